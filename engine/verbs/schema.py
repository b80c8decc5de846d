"""A decision to the JSON Schema of its cases."""

from typing import Any

from engine.backends.schema import facts
from engine.program.nodes import Program


def schema(policy: Program, decision: str) -> dict[str, Any]:
    """Of the facts that the decision is asked with."""
    return facts.schema(policy.decisions[decision].parameters)
