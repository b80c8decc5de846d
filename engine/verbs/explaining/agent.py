"""A trace to what the person who gets the ticket wants to know."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.backends.python.asked import Asked
from engine.backends.python.grounds import (
    Ground,
    effort,
    facts,
    grounds,
    lacking,
    missing,
    said,
    wanted_said,
)
from engine.backends.python.steps import Step
from engine.backends.python.trace import Trace, Traced
from engine.language import types
from engine.language.values import to_wire
from engine.program import nodes as program
from engine.program.words import words
from engine.verbs.explaining.headline import headline
from engine.verbs.explaining.models import AgentExplanation
from engine.verbs.explaining.outcomes import would_be

_MOST_NEAR = 3
_MOST_EFFORT = 3


@dataclass(frozen=True, slots=True)
class _Near:
    """Another rule, the statements that it lacks, those by which a guard stood before it, and what
    would free it of the guard."""

    asked: Asked
    lacks: tuple[Ground, ...]
    stopped: tuple[Ground, ...]
    freed: tuple[Ground, ...]
    effort: int


def agent(policy: program.Program, trace: Trace) -> AgentExplanation:
    near = _near(policy, trace)
    would_have = [_would_have(trace, each) for each in near]
    to_change = list(_to_change(policy, trace, near))
    return explained(policy, trace, headline(policy, trace), would_have, to_change)


Json = dict[str, Any]
"""Parts of the explanation before it is made, all at once."""


def explained(
    policy: program.Program,
    trace: Traced,
    headline: str,
    would_have: Sequence[Json],
    to_change: Sequence[str],
) -> AgentExplanation:
    return AgentExplanation.model_validate(
        {
            "policy": policy.name,
            "version": policy.version,
            "decision": trace.name,
            "headline": headline,
            "because": list(_because(policy, trace)),
            "would_have": would_have,
            "to_change": to_change,
            "not_checked": _not_checked(trace),
        }
    )


def _because(policy: program.Program, trace: Traced) -> Iterator[Json]:
    for asked in trace.asked:
        if asked.rule.name in trace.decision.determining and asked.step is not None:
            for ground in grounds(asked.step, trace.voice, policy):
                read = [_read(trace, step) for step in facts(ground.step)]
                yield {"text": said(ground), "rule": asked.rule.name, "read": read}


def _read(trace: Traced, step: Step) -> Json:
    at = step.at or ""
    value = None if step.sensitive else to_wire(step.value, step.node.type)
    withheld = step.sensitive and step.value is not None
    return {"fact": at, "called": _called(trace, at), "value": value, "withheld": withheld}


def _called(trace: Traced, at: str) -> str:
    memo = trace.voice.memo
    if at not in memo:
        memo[at] = trace.called(at)
    called: str = memo[at]
    return called


def _near(policy: program.Program, trace: Trace) -> Sequence[_Near]:
    """The rules that came nearest, the one that takes least to change first."""
    stopped = tuple(_stopped(policy, trace))
    freed = tuple(_freed(policy, trace))
    found = []
    for asked in _candidates(trace):
        lacks = () if asked.step is None else lacking(asked.step, trace.voice, policy)
        found.append(_Near(asked, lacks, stopped, freed, effort((*freed, *lacks))))
    found.sort(key=lambda near: near.effort)
    close = [near for near in _different(found) if near.effort <= _MOST_EFFORT]
    return close[:_MOST_NEAR] or found[:1]


def _different(found: Sequence[_Near]) -> Iterator[_Near]:
    """Without those that lack the same as one before."""
    known = set()
    for near in found:
        lacks = frozenset(id(each.step) for each in near.lacks)
        if lacks not in known:
            known.add(lacks)
            yield near


def _stopped(policy: program.Program, trace: Trace) -> Iterator[Ground]:
    for guard in trace.guards:
        if guard.applies and guard.step is not None:
            yield from grounds(guard.step, trace.voice, policy)


def _freed(policy: program.Program, trace: Trace) -> Iterator[Ground]:
    for guard in trace.guards:
        if guard.applies and guard.step is not None:
            yield from lacking(guard.step, trace.voice, policy, wanted=False)


def _candidates(trace: Trace) -> Iterator[Asked]:
    """Rules that would have determined the outcome, had they held, and give another one; what
    protects is none of them."""
    determining = trace.decision.determining
    by_guard = any(guard.rule.name in determining for guard in trace.guards)
    for asked in trace.rules:
        if asked.rule.kind == "guardrail" or _is_outdone(asked, trace):
            continue
        if asked.rule.name in determining:
            if trace.of.hit == "first":
                return
            continue
        if not asked.applies and not _gives_the_same(asked, trace):
            yield asked
        elif asked.applies and by_guard:
            if not _gives_the_same(asked, trace):
                yield asked
            if trace.of.hit == "first":
                return


def _is_outdone(asked: Asked, trace: Trace) -> bool:
    """Whether what the rule gives would not have been the strictest."""
    of, record = trace.of, trace.of.result
    if of.strictest_by is None or trace.decision.basis != "rule":
        return False
    if not isinstance(record, types.Record):
        raise TypeError(record)
    field, given = record.fields[of.strictest_by], dict(_sets(asked, trace) or ())
    ranks = field.type.ranks if isinstance(field.type, types.Enum) else {}
    mine = ranks.get(given.get(field.wire, ""), len(ranks))
    return mine >= ranks[trace.decision.outcome[field.wire]]


def _gives_the_same(asked: Asked, trace: Trace) -> bool:
    """Whether nothing that the rule sets itself differs from the outcome as it is."""
    given, outcome = _sets(asked, trace), trace.decision.outcome
    if given is None or not isinstance(outcome, dict):
        return False
    return all(outcome[wire] == value for wire, value in given)


def _sets(asked: Asked, trace: Trace) -> list[tuple[str, Any]] | None:
    key, memo = ("gives", id(asked.rule)), trace.voice.memo
    if key not in memo:
        memo[key] = _fixed(asked.rule.outcome)
    given: list[tuple[str, Any]] | None = memo[key]
    return given


def _fixed(node: program.Expression) -> list[tuple[str, Any]] | None:
    """What a rule sets, in wire form, but for what `always` does; None where that hangs on the
    case, or is no record."""
    record = node.type
    if not isinstance(node, program.MakeRecord) or not isinstance(record, types.Record):
        return None
    fixed: list[tuple[str, Any]] = []
    for field, value in zip(record.fields, node.values, strict=True):
        if value is None:
            fixed.append((field.wire, None))
        elif not isinstance(value, program.Constant):
            return None
        elif value.value is not None:
            fixed.append((field.wire, to_wire(value.value, field.type)))
    return fixed


def _would_have(trace: Trace, near: _Near) -> Json:
    but_for = list(dict.fromkeys(said(each) for each in (*near.stopped, *near.lacks)))
    rule, memo = near.asked.rule, trace.voice.memo
    if id(rule) not in memo:
        memo[id(rule)] = would_be(rule.outcome, trace.voice)
    outcome = memo[id(rule)]
    told = f"Would have been {outcome} ({words(rule.name)}) but for: {'; '.join(but_for)}."
    return {"rule": rule.name, "outcome": outcome, "text": told, "but_for": but_for}


def _to_change(policy: program.Program, trace: Trace, near: Sequence[_Near]) -> Iterator[str]:
    """For the nearest other rule; where requirements were not met, for meeting them."""
    broken = [
        ground
        for asked in trace.rules
        if asked.rule.kind == "guardrail" and asked.applies and asked.step is not None
        for ground in lacking(asked.step, trace.voice, policy, wanted=False)
    ]
    nearest = (*near[0].freed, *near[0].lacks) if near else ()
    yield from dict.fromkeys(wanted_said(each) for each in broken or nearest)


def _not_checked(trace: Traced) -> Json:
    absent: dict[str, None] = {}
    for asked in trace.asked:
        if asked.step is not None:
            missing(asked.step, absent)
    return {
        "facts": [{"fact": at, "called": _called(trace, at)} for at in absent],
        "rules": [asked.rule.name for asked in trace.asked if not asked.consulted],
    }
