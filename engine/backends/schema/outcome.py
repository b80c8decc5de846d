"""A decision to the JSON Schema (2020-12) of its outcomes, the one of a refused case among them.

Every field is always there, and nothing else is; an optional one that was not set is null.
"""

from collections.abc import Sequence
from dataclasses import replace

from engine.backends.schema.values import DIALECT, Json, Side, noted, values
from engine.language import types
from engine.program import nodes as program


def schema(decision: program.Decision) -> Json:
    made = values(_held(_given_out(decision)), _GIVEN)
    if decision.hit == "collect":
        made.pop("maxItems")
    return {**DIALECT, **made}


def step(lifecycle: program.Lifecycle) -> Json:
    """Of the state that a step leads to, and the fields of the record that it sets. A refused case
    may name no state."""
    states = values(lifecycle.state_type, _GIVEN)
    return {
        **DIALECT,
        "type": "object",
        "properties": {
            "state": {"anyOf": [states, {"type": "null"}]},
            "set": {"type": "object", "description": "the fields that change, by their names"},
        },
        "required": ["state", "set"],
        "additionalProperties": False,
    }


def _given_out(decision: program.Decision) -> types.Type:
    """Rules that apply together are held to no range, nor to any length."""
    result = decision.result
    if decision.hit == "sum" and isinstance(result, types.Number):
        return replace(result, range=types.ANY_NUMBER)
    return result


def _held(type_: types.Type) -> types.Type:
    """The type as far as the checker holds what is given to it: not the ranges of a list's
    numbers."""
    match type_:
        case types.ListOf(element=types.Number() as number):
            return replace(type_, element=replace(number, range=types.ANY_NUMBER))
        case types.ListOf(element=element):
            return replace(type_, element=_held(element))
        case _:
            return type_


def _object(fields: Sequence[types.Field]) -> Json:
    return {
        "type": "object",
        "properties": {each.wire: _field(each) for each in fields},
        "required": [each.wire for each in fields],
        "additionalProperties": False,
    }


def _range(type_: types.Number) -> types.Range:
    return type_.range


_GIVEN = Side(_object, _range)


def _field(each: types.Field) -> Json:
    made = noted(values(_held(each.type), _GIVEN), each.note)
    return {"anyOf": [made, {"type": "null"}]} if each.optional else made
