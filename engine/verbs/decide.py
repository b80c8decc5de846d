"""A case to its decision by a program. Each program is compiled once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.backends.python.evaluator import Evaluator
from engine.decision import Decision
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
    """`decision` may be left out where the policy has one of its own name, or only one. `now` is in
    microseconds since 1970."""
    return evaluator(policy).decide(case, decision_of(policy, decision).name, now)


def decision_of(policy: program.Program, name: str | None) -> program.Decision:
    known = policy.decisions
    if name is None:
        name = (
            policy.name if policy.name in known else next(iter(known)) if len(known) == 1 else None
        )
    if name is None or name not in known:
        near = name and nearest(name, known)
        raise UnknownDecisionError(policy.name, name, tuple(known), near or None)
    return known[name]


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
    """A case to try, of the shortest example: its decision, and the case as JSON carries it."""
    cases = [
        (example.of, _case(policy.decisions[example.of], example.arguments))
        for example in policy.examples
        if example.kind == "decision"
    ]
    return min(cases, key=lambda each: len(str(each)), default=None)


def _case(decision: program.Decision, arguments: Sequence[object]) -> Mapping[str, Any]:
    wire = {
        parameter.name: _given(to_wire(argument, parameter.type))
        for parameter, argument in zip(decision.parameters, arguments, strict=True)
    }
    return wire[decision.parameters[0].name] if len(wire) == 1 else wire


def _given(value: Any) -> Any:
    """Without what is absent."""
    match value:
        case dict():
            return {key: _given(each) for key, each in value.items() if each is not None}
        case list():
            return [_given(each) for each in value]
        case _:
            return value
