"""A decision to the JSON Schema of its cases, and of its outcomes."""

from typing import Any

from engine.backends.schema import facts, outcome
from engine.program.nodes import Program


def schema(policy: Program, decision: str) -> dict[str, Any]:
    """Of the facts that the decision is asked with."""
    return facts.schema(policy.decisions[decision].parameters)


def outcome_schema(policy: Program, decision: str) -> dict[str, Any]:
    """Of what the decision gives, also where it refuses a case."""
    return outcome.schema(policy.decisions[decision])
