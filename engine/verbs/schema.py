"""A decision or lifecycle to the JSON Schema of its cases, and of its outcomes."""

from typing import Any

from engine.backends.schema import facts, outcome
from engine.program.nodes import Program


def schema(policy: Program, decision: str) -> dict[str, Any]:
    """Of the facts that it is asked with."""
    if decision in policy.lifecycles:
        return facts.step(policy.lifecycles[decision])
    return facts.schema(policy.decisions[decision].parameters)


def outcome_schema(policy: Program, decision: str) -> dict[str, Any]:
    """Of what it gives, also where it refuses a case."""
    if decision in policy.lifecycles:
        return outcome.step(policy.lifecycles[decision])
    return outcome.schema(policy.decisions[decision])
