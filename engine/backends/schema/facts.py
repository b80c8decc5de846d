"""The parameters of a decision to the JSON Schema (2020-12) of the cases that it takes.

Every case that is taken fits. What JSON Schema cannot say (that a day exists, that a duration is
within its range) stands in the descriptions.
"""

from collections.abc import Sequence

from engine.backends.schema.values import DIALECT, Json, Side, noted, values
from engine.language import types
from engine.language.ranges import number_range
from engine.language.values import to_wire
from engine.program import nodes as program
from engine.program.cases import as_field, is_whole_case


def schema(parameters: Sequence[program.Parameter]) -> Json:
    """Facts that nobody declared are allowed: they are ignored, and told."""
    if is_whole_case(parameters):
        return {**DIALECT, **values(parameters[0].type, _TAKEN)}
    return {**DIALECT, **_object([as_field(each) for each in parameters])}


def step(lifecycle: program.Lifecycle) -> Json:
    """Of a lifecycle's record, its state, since when it is in it, and the event that happens. An
    event that nobody declared is taken, too, and leads nowhere."""
    made = _object(
        [
            as_field(lifecycle.parameter),
            types.Field("state", "state", lifecycle.state_type),
            types.Field("entered", "entered", types.Instant(), optional=True),
        ]
    )
    known = {"enum": [each.name for each in lifecycle.events]}
    other = {
        "type": "object",
        "properties": {"name": {"type": "string", "not": known}},
        "required": ["name"],
        "description": "any other event leads nowhere",
    }
    forms = [*map(_event, lifecycle.events), other, {"type": "null"}]
    return {**DIALECT, **made, "properties": {**made["properties"], "event": {"anyOf": forms}}}


def _event(event: program.Event) -> Json:
    made = _object(event.payload.fields)
    return noted(
        {
            "type": "object",
            "properties": {"name": {"const": event.name}, **made["properties"]},
            "required": ["name", *made.get("required", ())],
        },
        event.note,
    )


def _object(fields: Sequence[types.Field]) -> Json:
    required = [each.wire for each in fields if not _may_be_left_out(each)]
    made: Json = {"type": "object", "properties": {each.wire: _field(each) for each in fields}}
    return {**made, "required": required} if required else made


_TAKEN = Side(_object, number_range)


def _may_be_left_out(each: types.Field) -> bool:
    """A record that needs nothing need not be given either."""
    if each.optional or each.has_default:
        return True
    return isinstance(each.type, types.Record) and all(map(_may_be_left_out, each.type.fields))


def _field(each: types.Field) -> Json:
    """What may be left out may be null too."""
    made = noted(values(each.type, _TAKEN), each.note)
    if _may_be_left_out(each):
        made = {"anyOf": [made, {"type": "null"}]}
    if each.has_default:
        made = {**made, "default": to_wire(each.default, each.type)}
    return made
