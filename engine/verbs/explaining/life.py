"""A lifecycle's trace to what the person wants to know who sees the thing move, or stay."""

from collections.abc import Iterator

from engine.backends.python.asked import Asked
from engine.backends.python.grounds import grounds, lacking, said, wanted_said
from engine.backends.python.trace_lifecycle import LifeTrace
from engine.decision import Reason
from engine.program import nodes as program
from engine.program.words import listed, sentence, words
from engine.verbs.explaining.agent import Json, explained
from engine.verbs.explaining.models import AgentExplanation
from engine.verbs.explaining.outcomes import wire_words

_MOST_NEAR = 3
_MOST_LACKING = 3


def life_agent(
    policy: program.Program, trace: LifeTrace, state: object, event: object
) -> AgentExplanation:
    """`state` is the one that it was in, `event` what happened, if anything did."""
    near = list(_near(policy, trace))
    return explained(
        policy,
        trace,
        sentence(_headline(policy, trace, state, event)),
        [told for told, _ in near[:_MOST_NEAR]],
        near[0][1] if near else [],
    )


def _headline(policy: program.Program, trace: LifeTrace, state: object, event: object) -> str:
    decision = trace.decision
    target = decision.outcome["state"]
    stays = target in (None, state)
    moved = f"stays {target or 'as it is'}" if stays else f"{state} to {target}"
    match decision.basis:
        case "refused":
            return f"{moved} because the case could not be read: {_faults(trace)}"
        case "no_transition":
            allowed = listed((words(each) for each in decision.allowed), "or")
            told = decision.reasons[0].text
            return f"{moved}: {told}" + (f"; allowed from here: {allowed}" if allowed else "")
        case "conflict":
            return f"{moved} because what holds leads apart: {listed(decision.determining)}"
        case _:
            changed = _changed(trace) if state == target else ""
            return f"{moved}{changed}{_because(policy, trace, event)}"


def _changed(trace: LifeTrace) -> str:
    """What was set where the state stays."""
    given = trace.decision.outcome["set"].items()
    told = listed(f"{words(wire)} becomes {wire_words(value)}" for wire, value in given)
    return f", {told}," if told else ""


def _faults(trace: LifeTrace) -> str:
    fault = trace.decision.faults[0]
    return f"{trace.called(fault.pointer) or 'the case'} should be {fault.expected}"


def _because(policy: program.Program, trace: LifeTrace, event: object) -> str:
    """The reasons given, or else what happened."""
    asked = [each for each in trace.asked if each.rule.name in trace.decision.determining]
    reasons = zip(asked, trace.decision.reasons, strict=True)
    told = [_reason(policy, trace, each, reason) for each, reason in reasons]
    given = [each for each in dict.fromkeys(told) if each]
    if given:
        return f" because {listed(given)}"
    if isinstance(event, str):
        return f" on {words(event)}"
    return f" by {listed(words(name) for name in trace.decision.determining)}"


def _reason(policy: program.Program, trace: LifeTrace, asked: Asked, reason: Reason) -> str | None:
    if asked.step is not None and asked.truth is None:
        missing = listed(said(each) for each in grounds(asked.step, trace.voice, policy))
        return f"{missing}, so {asked.rule.name} could not be ruled out"
    return None if asked.rule.because is None else reason.text


def _near(policy: program.Program, trace: LifeTrace) -> Iterator[tuple[Json, list[str]]]:
    """Other moves that were asked and lacked little, with what would have had to be different."""
    state = trace.decision.outcome["state"]
    found = [
        (lacking(asked.step, trace.voice, policy), asked)
        for asked in trace.asked
        if asked.step is not None and not asked.applies and _target(asked) != state
    ]
    found.sort(key=lambda each: len(each[0]))
    for lacks, asked in found:
        if len(lacks) <= _MOST_LACKING:
            but_for = list(dict.fromkeys(map(said, lacks)))
            yield _near_miss(asked, but_for), [wanted_said(each) for each in lacks]


def _near_miss(asked: Asked, but_for: list[str]) -> Json:
    target = _target(asked)
    move = "happened" if target is None else f"gone to {target}"
    told = f"Would have {move} ({asked.rule.name}) but for: {'; '.join(but_for)}."
    outcome = "" if target is None else str(target)
    return {"rule": asked.rule.name, "outcome": outcome, "text": told, "but_for": but_for}


def _target(asked: Asked) -> object:
    outcome = asked.rule.outcome
    return outcome.value if isinstance(outcome, program.Constant) else None
