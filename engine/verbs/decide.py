"""A case to its decision by a program. Each program is compiled once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.backends.python.evaluator import Evaluator
from engine.decision import Decision
from engine.language import types
from engine.language.nearest import nearest
from engine.program import nodes as program
from engine.verbs.compiled import Compiled


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


def decider(
    policy: program.Program, decision: str | None = None, now: int | None = None
) -> Callable[[Mapping[str, Any] | bytes | str], Decision]:
    """The same for many cases, which are decided at one instant."""
    return evaluator(policy).decider(named(policy, decision), now)


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


EVALUATOR = "the evaluator"
"""As it is called where something else may have decided."""
_evaluators = Compiled(Evaluator)
evaluator = _evaluators.of


def record(policy: program.Program, decision: Decision, engine: str) -> dict[str, Any]:
    """A decision as it is handed on, with what made it; `engine` is the engine's version."""
    return {
        "policy": {"name": policy.name, "version": policy.version, "hash": policy.content_hash},
        "engine": engine,
        **decision.record(),
    }
