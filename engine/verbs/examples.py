"""A program to those of its examples that come out otherwise than expected."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, assert_never

from engine.backends.python.evaluator import Evaluator
from engine.backends.python.lifecycle import BEFORE_ALL, Machine, Subject
from engine.decision import Decision
from engine.diagnostics.base import Diagnostic, Place
from engine.diagnostics.examples import Difference, FailedExample
from engine.language.types import Type
from engine.language.values import settle, to_wire
from engine.program import nodes as program
from engine.program import walk
from engine.source import Span
from engine.verbs.decide import evaluator as compiled
from engine.verbs.differences import differences


def failed_examples(policy: program.Program) -> Iterator[Diagnostic]:
    if not policy.examples:
        return
    evaluator = compiled(policy)
    for example in policy.examples:
        if _lacks_instant(policy, example):
            yield FailedExample(span=example.span, differences=(_NO_INSTANT,))
            continue
        failed = _run(policy, evaluator, example)
        if failed.differences:
            yield failed


_NO_INSTANT = Difference("`now`", expected="an instant, as in `at 2026-01-31`", found="missing")


def _lacks_instant(policy: program.Program, example: program.Example) -> bool:
    if example.now is not None:
        return False
    match example.kind:
        case "decision":
            return walk.reads_now(policy, policy.decisions[example.of])
        case "define":
            return walk.leads_to(policy, policy.defines[example.of].value, "now")
        case "table" | "lifecycle":
            return False
    assert_never(example.kind)


def _run(policy: program.Program, evaluator: Evaluator, example: program.Example) -> FailedExample:
    match example.kind:
        case "decision":
            return _decide(policy.decisions[example.of], evaluator, example)
        case "define":
            return _apply(policy.defines[example.of].value.type, evaluator, example)
        case "table":
            return _apply(policy.tables[example.of].result, evaluator, example)
        case "lifecycle":
            return _live(policy.lifecycles[example.of], evaluator, example)
    assert_never(example.kind)


def _apply(result: Type, evaluator: Evaluator, example: program.Example) -> FailedExample:
    value = evaluator.apply(example.of, example.arguments, example.now)
    if isinstance(value, float):
        value = settle(value)  # computed, perhaps, and about to be compared
    found = to_wire(value, result)
    differing = tuple(differences(example.expected, found, result))
    return FailedExample(span=example.span, differences=differing)


def _decide(of: program.Decision, evaluator: Evaluator, example: program.Example) -> FailedExample:
    decision = evaluator.decide_values(of.name, example.arguments, example.now)
    spans = {rule.name: rule.span for rule in (*of.guards, *of.rules)}
    if of.otherwise is not None:
        spans["otherwise"] = of.otherwise.span
    return FailedExample(
        span=example.span,
        differences=tuple(differences(example.expected, decision.outcome, of.result))
        or tuple(_other_rules(example, [decision])),
        decided=tuple(_decided(spans, [decision])),
        unknown=decision.unknown,
    )


def _live(of: program.Lifecycle, evaluator: Evaluator, example: program.Example) -> FailedExample:
    subject, decisions = lived(evaluator.lifecycles[of.name], example)
    wires = {state.name: state.wire for state in of.states}
    spans = {each.name: each.span for each in of.transitions}
    spans |= {each.name: each.span for each in of.deadlines}
    facts = to_wire(subject.facts, of.parameter.type)
    return FailedExample(
        span=example.span,
        differences=(
            *_other_state(example, wires, subject.state, decisions),
            *differences(example.expected, facts, of.parameter.type),
        )
        or tuple(_other_rules(example, decisions)),
        decided=tuple(_decided(spans, decisions)),
        unknown=tuple(fact for each in decisions for fact in each.unknown),
    )


def lived(machine: Machine, example: program.Example) -> tuple[Subject, Sequence[Decision]]:
    """Without an event time passes, up to the example's instant; an event is decided alone."""
    wires = {state.name: state.wire for state in machine.node.states}
    now, given = example.now or 0, _values(example.arguments[0])
    subject = machine.enter(given, BEFORE_ALL, example.state and wires[example.state])
    if example.event is None:
        return machine.advance(subject, now)
    alone = Subject(given, subject.state, now)
    subject, decision = machine.step(alone, example.event, _values(example.payload), now)
    return subject, [decision]


def _values(record: object) -> tuple[Any, ...]:
    """A record's value; an event may come without a payload."""
    return record if isinstance(record, tuple) else ()


def _other_state(
    example: program.Example, wires: Mapping[str, str], found: str, decisions: Sequence[Decision]
) -> Iterator[Difference]:
    names = {wire: name for name, wire in wires.items()}
    moved = bool(decisions) and decisions[-1].basis in ("transition", "deadline")
    if example.target is None and moved:
        yield Difference("the state", expected="no transition", found=f"`{names[found]}`")
    if example.target is not None and wires[example.target] != found:
        yield Difference("the state", expected=f"`{example.target}`", found=f"`{names[found]}`")


def _other_rules(example: program.Example, decisions: Sequence[Decision]) -> Iterator[Difference]:
    found = [name for each in decisions for name in determining(each)]
    missed = [name for name in example.by if name not in found]
    if missed:
        yield Difference("what decided", expected=_listed(missed), found=_listed(found))
    for name in example.not_by:
        if name in found:
            yield Difference("what decided", expected="something else", found=f"`{name}`")


def determining(decision: Decision) -> Sequence[str]:
    """Rules in conflict are told as reasons, but it is `otherwise` that decides then."""
    if decision.basis == "conflict":
        return ("otherwise",)
    return decision.determining or (decision.basis,)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def _decided(spans: Mapping[str, Span], decisions: Sequence[Decision]) -> Iterator[Place]:
    """The places of what determined the outcome, each with its reason."""
    for decision in decisions:
        reasons = {each.code.partition(".")[2]: each.text for each in decision.reasons}
        for name in decision.determining or (decision.basis,):
            if name in spans:
                reason = reasons.get(name)
                yield Place(spans[name], f"this decided: {reason}" if reason else "this decided")
