"""What is decided of a case by both evaluators, which must agree before a case is shown."""

from typing import Any

from engine.backends.python.trace import Trace
from engine.backends.python.validate import validate
from engine.decision import Decision
from engine.program import nodes as program
from engine.verbs.decide import evaluator
from engine.verbs.explain import tracer
from engine.verbs.samples import input_of

_SAME = ("outcome", "basis", "determining")


def confirmed(
    policy: program.Program, decision: str, arguments: tuple[Any, ...], now: int | None
) -> Decision | None:
    """The decision, where both come to the same."""
    found = traced(policy, decision, arguments, now)
    return None if found is None else found.decision


def traced(
    policy: program.Program, decision: str, arguments: tuple[Any, ...], now: int | None
) -> Trace | None:
    """The trace of a case that can come in, and that both evaluators decide alike."""
    of = policy.decisions[decision]
    if validate(of.parameters, input_of(of.parameters, arguments)).arguments != arguments:
        return None
    decided = evaluator(policy).decide_values(decision, arguments, now)
    found = tracer(policy).trace_values(of, arguments, now)
    alike = all(getattr(found.decision, each) == getattr(decided, each) for each in _SAME)
    return found if alike else None
