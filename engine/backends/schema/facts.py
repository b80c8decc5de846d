"""The parameters of a decision to the JSON Schema (2020-12) of the cases that it takes.

Every case that is taken fits. What JSON Schema cannot say (that a day exists, that a duration is
within its range) stands in the descriptions.
"""

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from engine.language import types
from engine.language.ranges import GREATEST_WHOLE, number_range
from engine.language.values import to_wire
from engine.program import nodes as program
from engine.program.cases import as_field, is_whole_case

Json = dict[str, Any]


def schema(parameters: Sequence[program.Parameter]) -> Json:
    """Facts that nobody declared are allowed: they are ignored, and told."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    if is_whole_case(parameters):
        return {**dialect, **_of(parameters[0].type)}
    return {**dialect, **_object([as_field(each) for each in parameters])}


def _of(type_: types.Type) -> Json:
    match type_:
        case types.Bool():
            return {"type": "boolean"}
        case types.Text():
            return {"type": "string"}
        case types.Number():
            return _number(type_)
        case types.Duration():
            return {"type": "string", "description": "a duration, as 90min, 24h or 7d"}
        case types.Instant():
            return {"type": "string", "description": "an instant, as 2026-01-15T14:32:00Z"}
        case types.Enum(members=members):
            return {"enum": [each.wire for each in members]}
        case types.Code(pattern=pattern):
            return {"type": "string", "pattern": f"^(?:{pattern})$"}
        case types.Record(name=name, fields=fields):
            return {"title": name, **_object(fields)}
        case types.ListOf(element=element, bound=bound):
            return {"type": "array", "items": _of(element), "maxItems": bound}
        case types.Tally(member=member, daily=daily):
            count = {"type": "integer", "minimum": 0, "maximum": GREATEST_WHOLE}
            counts = {"type": "object", "additionalProperties": count} if daily else count
            return {
                "type": "object",
                "properties": {each.wire: counts for each in member.members},
                "additionalProperties": False,
            }
        case _:
            assert_never(type_)


def _number(type_: types.Number) -> Json:
    range_ = number_range(type_)
    ends = {
        "exclusiveMinimum" if range_.low_open else "minimum": range_.low,
        "exclusiveMaximum" if range_.high_open else "maximum": range_.high,
    }
    unit = {} if type_.unit is None else {"description": f"in {type_.unit}"}
    return {"type": "integer" if type_.integer else "number", **ends, **unit}


def _object(fields: Sequence[types.Field]) -> Json:
    required = [each.wire for each in fields if not _may_be_left_out(each)]
    made: Json = {"type": "object", "properties": {each.wire: _field(each) for each in fields}}
    return {**made, "required": required} if required else made


def _may_be_left_out(each: types.Field) -> bool:
    """A record that needs nothing need not be given either."""
    if each.optional or each.has_default:
        return True
    return isinstance(each.type, types.Record) and all(map(_may_be_left_out, each.type.fields))


def _field(each: types.Field) -> Json:
    """What may be left out may be null too."""
    made = _of(each.type)
    if each.note:
        made = {**made, "description": "; ".join([each.note, *_described(made)])}
    if _may_be_left_out(each):
        made = {"anyOf": [made, {"type": "null"}]}
    if each.has_default:
        made = {**made, "default": to_wire(each.default, each.type)}
    return made


def _described(made: Mapping[str, Any]) -> list[str]:
    return [made["description"]] if "description" in made else []
