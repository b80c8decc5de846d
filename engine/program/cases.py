"""The parameters of a decision to the form of the cases that are put to it."""

from collections.abc import Sequence

from engine.language import types
from engine.program import nodes as program


def is_whole_case(parameters: Sequence[program.Parameter]) -> bool:
    """Whether the case itself is the only argument, not an object of them by name."""
    return len(parameters) == 1 and isinstance(parameters[0].type, types.Record)


def as_field(parameter: program.Parameter) -> types.Field:
    return types.Field(parameter.name, parameter.name, parameter.type)
