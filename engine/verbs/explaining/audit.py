"""A trace to what an auditor wants to see: the case as it was taken in, and every condition of
every rule with its value and its place."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import rfc8785

from engine.backends.python.asked import Asked
from engine.backends.python.births import escaped
from engine.backends.python.grounds import inside
from engine.backends.python.steps import Step
from engine.backends.python.trace import Trace, Traced
from engine.backends.python.trace_lifecycle import EVENT, LifeTrace
from engine.language import types
from engine.language.values import to_wire
from engine.program import nodes as program
from engine.program import say
from engine.program.cases import is_whole_case
from engine.program.say import Voice
from engine.program.words import value_words, words
from engine.verbs.explaining.models import (
    AuditExplanation,
    Condition,
    DefaultAudit,
    FactAudit,
    FaultAudit,
    IgnoredAudit,
    PolicyAudit,
    ReasonAudit,
    RuleAudit,
    Truth,
)

_TRUTHS: Mapping[bool | None, Truth] = {True: "true", False: "false", None: "unknown"}


def audit(
    policy: program.Program, trace: Traced, given: Mapping[str, Any], engine: str, key: bytes | None
) -> AuditExplanation:
    """`given` is the case as it came; without a key sensitive facts are withheld."""
    decision = trace.decision
    looked = list(_facts(trace, given)) if trace.facts else []
    guards = trace.guards if isinstance(trace, Trace) else ()
    rules = trace.rules if isinstance(trace, Trace) else trace.asked
    return AuditExplanation(
        engine=engine,
        policy=_policy(policy),
        decision=decision.decision,
        as_of=decision.as_of,
        outcome=decision.outcome,
        basis=decision.basis,
        determining=list(decision.determining),
        reasons=[ReasonAudit(code=each.code, text=each.text) for each in decision.reasons],
        unknown=list(decision.unknown),
        ignored=[
            IgnoredAudit(fact=each.pointer, nearest=each.nearest) for each in decision.ignored
        ],
        faults=[
            FaultAudit(fact=each.pointer, code=each.code, expected=each.expected, got=each.got)
            for each in decision.faults
        ],
        allowed=list(decision.allowed),
        case=_case(trace, given, key) if trace.facts else None,
        facts=[fact for fact, _ in looked],
        defaults=[default for _, default in looked if default is not None],
        guards=[rule_audit(policy, trace, each) for each in guards],
        rules=[rule_audit(policy, trace, each) for each in rules],
    )


def _policy(policy: program.Program) -> PolicyAudit:
    return PolicyAudit(
        name=policy.name,
        version=policy.version,
        language=policy.language,
        content_hash=policy.content_hash,
        meaning_hash=policy.meaning_hash,
    )


def _case(trace: Traced, given: Mapping[str, Any], key: bytes | None) -> Any:
    """In the form in which it came, with what holds by default filled in."""
    told = {
        each.name: hidden(trace.facts[each.name].value, each.type, key, sensitive=False)
        for each in trace.parameters
    }
    if isinstance(trace, LifeTrace):
        event = {"event": {"name": given["event"]["name"], **told[EVENT]}} if EVENT in told else {}
        plain = {each: given[each] for each in ("state", "entered") if each in given}
        return {**told, **plain, **event}
    return next(iter(told.values())) if is_whole_case(trace.parameters) else told


def hidden(value: Any, type_: types.Type, key: bytes | None, *, sensitive: bool) -> Any:
    """A value in wire form, with a keyed hash in place of what is sensitive."""
    if value is None:
        return None
    if sensitive:
        return _hashed(to_wire(value, type_), key)
    match type_:
        case types.Record(fields=fields):
            return {
                field.wire: hidden(each, field.type, key, sensitive=field.sensitive)
                for field, each in zip(fields, value, strict=True)
            }
        case types.ListOf(element=element):
            return [hidden(each, element, key, sensitive=False) for each in value]
        case _:
            return to_wire(value, type_)


def _hashed(value: Any, key: bytes | None) -> dict[str, Any]:
    if key is None:
        return {"withheld": True}
    digest = hmac.new(key, rfc8785.dumps(value), hashlib.sha256).hexdigest()
    return {"withheld": True, "hmac": f"sha256:{digest}"}


def _facts(
    trace: Traced, given: Mapping[str, Any]
) -> Iterator[tuple[FactAudit, DefaultAudit | None]]:
    whole = isinstance(trace, Trace) and is_whole_case(trace.parameters)
    for each in trace.parameters:
        inside, at = (given, "") if whole else (given.get(each.name), f"/{escaped(each.name)}")
        yield from _facts_in(each.type, inside, at, sensitive=False)


def _facts_in(
    type_: types.Type, given: Any, at: str, *, sensitive: bool
) -> Iterator[tuple[FactAudit, DefaultAudit | None]]:
    """Of each declared fact whether it came; of a list's elements, of each of theirs."""
    match type_:
        case types.Record(fields=fields):
            for field in fields:
                value = given.get(field.wire) if isinstance(given, Mapping) else None
                yield from _field(field, value, at, sensitive=sensitive or field.sensitive)
        case types.ListOf(element=types.Record() as element) if isinstance(given, Sequence):
            for place, each in enumerate(given):
                yield from _facts_in(element, each, f"{at}/{place}", sensitive=sensitive)


def _field(
    field: types.Field, value: Any, above: str, *, sensitive: bool
) -> Iterator[tuple[FactAudit, DefaultAudit | None]]:
    at = f"{above}/{escaped(field.wire)}"
    if value is not None:
        yield FactAudit(fact=at, presence="given", sensitive=sensitive), None
    elif field.has_default:
        default = to_wire(field.default, field.type)
        applied = DefaultAudit(fact=at, value=default, because=field.because)
        yield FactAudit(fact=at, presence="default", sensitive=sensitive), applied
    else:
        blank = isinstance(field.type, types.Record) and not field.optional
        presence = FactAudit(
            fact=at, presence="default" if blank else "absent", sensitive=sensitive
        )
        yield presence, None
        if not blank:
            return
    yield from _facts_in(field.type, value, at, sensitive=sensitive)


def rule_audit(policy: program.Program, trace: Traced, asked: Asked) -> RuleAudit:
    return RuleAudit(
        name=asked.rule.name,
        kind=_kind(trace, asked),
        place=place(policy, asked.rule.span.start),
        truth=_TRUTHS[asked.truth],
        consulted=asked.consulted,
        determining=asked.rule.name in trace.decision.determining,
        condition=None if asked.step is None else condition(policy, asked.step, trace.voice),
    )


def _kind(trace: Traced, asked: Asked) -> str:
    if isinstance(trace, Trace):
        return asked.rule.kind
    if any(each.name == asked.rule.name for each in trace.of.deadlines):
        return "deadline"
    return "guard transition" if asked.rule.kind == "guard" else "transition"


def place(policy: program.Program, offset: int) -> str:
    return f"{policy.source.name}:{policy.source.line(offset)}"


def condition(policy: program.Program, step: Step, voice: Voice) -> Condition:
    """The whole tree of it, into the `define`s and over the elements of lists."""
    node = step.node
    withheld = step.sensitive and step.value is not None
    asked = isinstance(node.type, types.Bool)
    told = withheld or asked
    return Condition(
        text=_text(node, voice),
        place=place(policy, node.span.start),
        truth=_TRUTHS[step.value] if asked and not withheld else None,
        value=None if told else hidden(step.value, node.type, None, sensitive=False),
        said="withheld" if withheld else None if asked else value_words(step.value, node.type),
        withheld=withheld,
        fact=step.at,
        unknown=list(step.born),
        parts=[condition(policy, each, within) for each, within in _parts(policy, step, voice)],
    )


def _text(node: program.Expression, voice: Voice) -> str:
    match node:
        case program.Chain(symbol="and"):
            return "all of these hold"
        case program.Chain():
            return "at least one of these holds"
        case program.Not(operand=program.Chain()):
            return "this does not hold"
        case _ if isinstance(node.type, types.Bool):
            return say.condition(node, voice)
        case _:
            return say.noun(node, voice)


def _parts(policy: program.Program, step: Step, voice: Voice) -> Iterator[tuple[Step, Voice]]:
    """What the step was made of, but for the records on the way to a fact and for fixed values."""
    node = step.node
    match node:
        case program.Call(define=name):
            within, body = inside(node, voice, policy.defines[name]), step.steps[0]
            if isinstance(body.node, program.Chain):
                yield from _parts(policy, body, within)
            else:
                yield body, within
        case program.Quantified(variable=variable, items=items):
            for number, each in enumerate(step.steps, 1):
                yield (
                    each,
                    voice.calling(variable, f"{words(say.element_noun(items, voice))} {number}"),
                )
        case program.FieldOf() | program.Variable():
            return
        case program.Not(operand=operand) if not isinstance(operand, program.Chain):
            yield from _parts(policy, step.steps[0], voice)
        case program.Settle():
            yield from _parts(policy, step.steps[0], voice)
        case program.Gather(variable=variable, items=items):
            within = voice.calling(variable, f"the {say.element_noun(items, voice)}")
            yield from ((each, within) for each in step.steps[1:])
        case program.Aggregate(name="count", gather=gather):
            noun = say.element_noun(gather.items, voice)
            for number, each in enumerate(step.steps[1:], 1):
                yield each, voice.calling(gather.variable, f"{noun} {number}")
        case program.Aggregate():
            yield from _parts(policy, step.steps[0], voice)
        case _:
            yield from ((each, voice) for each in step.steps if _is_told(each))


def _is_told(step: Step) -> bool:
    """A fixed value says nothing new, and of records their fields are told."""
    type_ = step.node.type
    if isinstance(type_, types.ListOf):
        type_ = type_.element
    return not isinstance(step.node, program.Constant) and not isinstance(type_, types.Record)
