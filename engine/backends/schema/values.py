"""A type to the JSON Schema of its values.

How a record's fields are told, how far a number goes and whether a list ends depends on the side:
what a decision takes in, or what it gives.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from engine.language import types
from engine.language.ranges import GREATEST_WHOLE

Json = dict[str, Any]

DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


_DURATION: Json = {
    "type": "string",
    "pattern": r"^-?[0-9]+(\.[0-9]+)?(min|s|h|d)$",
    "description": "a duration, as 90min, 24h or 7d",
}
_INSTANT: Json = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2}))?$",
    "description": "an instant, as 2026-01-15T14:32:00Z",
}


@dataclass(frozen=True)
class Side:
    """`within` is the range of a number; `fields` are told as an object."""

    fields: Callable[[Sequence[types.Field]], Json]
    within: Callable[[types.Number], types.Range]


def values(type_: types.Type, side: Side) -> Json:
    match type_:
        case types.Bool():
            return {"type": "boolean"}
        case types.Text():
            return {"type": "string"}
        case types.Number():
            return _number(type_, side.within(type_))
        case types.Duration():
            return dict(_DURATION)
        case types.Instant():
            return dict(_INSTANT)
        case types.Enum(members=members):
            return {"enum": [each.wire for each in members]}
        case types.Code(pattern=pattern):
            return {"type": "string", "pattern": f"^(?:{pattern})$"}
        case types.Record(name=name, fields=fields):
            return {"title": name, **side.fields(fields)}
        case types.ListOf(element=element, bound=bound):
            return {"type": "array", "items": values(element, side), "maxItems": bound}
        case types.Tally(member=member, daily=daily):
            return _tally(member, daily=daily)
        case _:
            assert_never(type_)


def noted(made: Json, note: str | None) -> Json:
    """With the author's words before those that it has."""
    own = [made["description"]] if "description" in made else []
    return {**made, "description": "; ".join([note, *own])} if note else made


def _number(type_: types.Number, range_: types.Range) -> Json:
    ends = {
        "exclusiveMinimum" if range_.low_open else "minimum": range_.low,
        "exclusiveMaximum" if range_.high_open else "maximum": range_.high,
    }
    told = {name: end for name, end in ends.items() if end is not None}
    unit = {} if type_.unit is None else {"description": f"in {type_.unit}"}
    return {"type": "integer" if type_.integer else "number", **told, **unit}


def _tally(member: types.Enum, *, daily: bool) -> Json:
    count = {"type": "integer", "minimum": 0, "maximum": GREATEST_WHOLE}
    counts = {"type": "object", "additionalProperties": count} if daily else count
    return {
        "type": "object",
        "properties": {each.wire: counts for each in member.members},
        "additionalProperties": False,
    }
