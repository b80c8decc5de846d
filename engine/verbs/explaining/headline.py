"""A decision in one sentence."""

from collections.abc import Sequence

from engine.backends.python.asked import Asked
from engine.backends.python.grounds import grounds, said
from engine.backends.python.trace import Trace
from engine.language import types
from engine.program import nodes as program
from engine.program.say import Voice
from engine.program.words import counted, listed, sentence, words
from engine.verbs.explaining.outcomes import outcome_said

_MOST_GROUNDS = 3


def headline(policy: program.Program, trace: Trace) -> str:
    decision = trace.decision
    told = _outcome(trace)
    match decision.basis:
        case "refused":
            return sentence(f"{told} because the case could not be read: {_faults(trace)}")
        case "otherwise":
            return sentence(f"{told}{_otherwise(trace.of, trace)}")
        case "conflict":
            rules = listed(words(name) for name in decision.determining)
            return sentence(f"{told} because several rules hold at once: {rules}")
        case _:
            return sentence(f"{told}{_because(policy, trace)}")


def _outcome(trace: Trace) -> str:
    told = outcome_said(trace.decision.outcome, trace.of.result)
    if isinstance(trace.of.result, types.Record | types.ListOf):
        return told
    return f"{words(trace.of.name)}: {told}"


def _nothing(of: program.Decision) -> str:
    if of.rules and all(rule.kind == "guardrail" for rule in of.rules):
        return "every requirement is met"
    return "no rule applied"


def _faults(trace: Trace) -> str:
    first, *more = trace.decision.faults
    fact = trace.called(first.pointer) or "the case"
    others = f" (and {counted(len(more), 'more fault')})" if more else ""
    return f"{fact} should be {first.expected}{others}"


def _otherwise(of: program.Decision, trace: Trace) -> str:
    reason = "" if of.otherwise is None or of.otherwise.because is None else _reason(trace)
    if not (of.rules or of.guards):
        return _joined(reason) if reason else ""
    return f" because {_nothing(of)}" + (f" ({reason})" if reason else "")


def _reason(trace: Trace) -> str:
    return " ".join(trace.decision.reasons[0].text.split())


def _joined(reason: str) -> str:
    """A reason that is a sentence of its own is told as one."""
    first = reason.split(" ", maxsplit=1)[0]
    return f": {reason}" if first.istitle() and first.isalpha() else f" because {reason}"


def _because(policy: program.Program, trace: Trace) -> str:
    asked = [each for each in trace.asked if each.rule.name in trace.decision.determining]
    if len(asked) > 1:
        return f" because of {listed(words(each.rule.name) for each in asked)}"
    rule = asked[0]
    if rule.truth is None:
        missing = _grounds(policy, rule, trace.voice)
        return f" because {missing}, so “{words(rule.rule.name)}” could not be ruled out"
    if rule.rule.because is None:
        told = _grounds(policy, rule, trace.voice)
        return f" because {told or f'of {words(rule.rule.name)}'}"
    return _joined(_reason(trace))


def _grounds(policy: program.Program, asked: Asked, voice: Voice) -> str:
    if asked.step is None:
        return ""
    found: Sequence[str] = [said(each) for each in grounds(asked.step, voice, policy)]
    return listed(dict.fromkeys(found[:_MOST_GROUNDS]))
