"""A case to its decision by a program. Each program is compiled once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.backends.python.evaluator import Evaluator
from engine.decision import Decision
from engine.language import types
from engine.language.nearest import nearest
from engine.language.values import to_wire
from engine.program import nodes as program

_MOST = 256
_evaluators: dict[int, tuple[program.Program, Evaluator]] = {}


@dataclass(eq=False)
class UnknownDecisionError(LookupError):
    """`name` is None where a policy with several decisions was asked for none of them."""

    policy: str
    name: str | None
    known: tuple[str, ...]
    nearest: str | None = None

    def __str__(self) -> str:
        if self.name is None:
            return f"`{self.policy}` has several decisions"
        return f"`{self.policy}` has no decision `{self.name}`"


def decide(
    policy: program.Program,
    case: Mapping[str, Any] | bytes | str,
    decision: str | None = None,
    now: int | None = None,
) -> Decision:
    """`decision` names a decision or a lifecycle; it may be left out where one has the policy's own
    name, or there is only one. `now` is in microseconds since 1970."""
    return evaluator(policy).decide(case, named(policy, decision), now)


def named(policy: program.Program, decision: str | None) -> str:
    """The decision or lifecycle that is meant."""
    if decision in policy.decisions or decision in policy.lifecycles:
        return str(decision)
    known = (*policy.decisions, *policy.lifecycles)
    if decision is not None:
        raise UnknownDecisionError(policy.name, decision, known, nearest(decision, known))
    if policy.name in known:
        return policy.name
    for alone in (policy.decisions, known):
        if len(alone) == 1:
            return next(iter(alone))
    raise UnknownDecisionError(policy.name, None, known)


def parameters_of(policy: program.Program, decision: str) -> Sequence[program.Parameter]:
    """What a case gives; a lifecycle's its record, the state, and an event with its payload."""
    if decision in policy.decisions:
        return policy.decisions[decision].parameters
    lifecycle = policy.lifecycles[decision]
    payload = {field.name: field for event in lifecycle.events for field in event.payload.fields}
    event = types.Record("event", (types.Field("name", "name", types.Text()), *payload.values()))
    return (
        lifecycle.parameter,
        program.Parameter("state", lifecycle.state_type),
        program.Parameter("entered", types.Instant()),
        program.Parameter("event", event),
    )


def evaluator(policy: program.Program) -> Evaluator:
    """The compiled program, kept for as long as no hundreds of others are wanted."""
    kept = _evaluators.get(id(policy))
    if kept is not None and kept[0] is policy:
        return kept[1]
    compiled = Evaluator(policy)
    if len(_evaluators) >= _MOST:
        del _evaluators[next(iter(_evaluators))]
    _evaluators[id(policy)] = policy, compiled
    return compiled


def record(policy: program.Program, decision: Decision, engine: str) -> dict[str, Any]:
    """A decision as it is handed on, with what made it; `engine` is the engine's version."""
    return {
        "policy": {"name": policy.name, "version": policy.version, "hash": policy.content_hash},
        "engine": engine,
        **decision.record(),
    }


def sample(policy: program.Program) -> tuple[str, Mapping[str, Any]] | None:
    """A case to try in a shell, of the shortest example that needs no escaping there: its decision,
    and the case as JSON carries it."""
    cases = [
        (example.of, _case(policy.decisions[example.of], example.arguments))
        for example in policy.examples
        if example.kind == "decision"
    ]
    plain = [each for each in cases if "'" not in json.dumps(each)]
    return min(plain or cases, key=lambda each: len(str(each)), default=None)


def _case(decision: program.Decision, arguments: Sequence[object]) -> Mapping[str, Any]:
    given = {
        parameter.name: _shortest(argument, parameter.type)
        for parameter, argument in zip(decision.parameters, arguments, strict=True)
    }
    return given[decision.parameters[0].name] if len(given) == 1 else given


def _shortest(value: Any, type_: types.Type) -> Any:
    """Without what may be left out: absent fields, defaults, and records of nothing else."""
    match type_:
        case types.Record(fields=fields):
            parts = (
                (field, _shortest(each, field.type))
                for field, each in zip(fields, value, strict=True)
                if each is not None and not (field.has_default and each == field.default)
            )
            return {field.wire: part for field, part in parts if part != {}}
        case types.ListOf(element=element):
            return [_shortest(each, element) for each in value]
        case _:
            return to_wire(value, type_)
