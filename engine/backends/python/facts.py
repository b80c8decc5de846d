"""What the declared facts say about a value from JSON, for the fast intake and the full one."""

from collections.abc import Mapping
from typing import Any

from engine.language import types
from engine.language.ranges import GREATEST_WHOLE
from engine.language.values import DAY, parse_instant


def may_be_left_out(each: types.Field) -> bool:
    return not each.required or _blank(each.type) is not None


def left_out(each: types.Field) -> Any:
    """What holds where a field that may be left out is: its default, the defaults of a record that
    needs nothing, else None for absent."""
    if each.has_default:
        return each.default
    return None if each.optional else _blank(each.type)


def _blank(type_: types.Type) -> tuple[Any, ...] | None:
    """The record of which nothing is given, where nothing need be."""
    if not isinstance(type_, types.Record) or not all(map(may_be_left_out, type_.fields)):
        return None
    return tuple(map(left_out, type_.fields))


def within_whole(range_: types.Range) -> bool:
    """Whether every whole number in the range is one that a float holds."""
    return (
        range_.low is not None
        and range_.high is not None
        and range_.low >= -GREATEST_WHOLE
        and range_.high <= GREATEST_WHOLE
    )


def whole(value: object) -> int:
    """A whole number that JSON wrote as `3.0`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    number = int(value)
    if number != value:
        raise ValueError(value)
    return number


def is_sound(text: str) -> bool:
    """Whether the text can be written down: no half of a pair of surrogates stands alone."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def taken_tally(value: object, type_: types.Tally) -> dict[str, Any]:
    """A tally from JSON, its days as instants; raises where it is none."""
    if not isinstance(value, Mapping) or not value.keys() <= type_.member.ranks.keys():
        raise TypeError(value)
    if not type_.daily:
        return {member: _counted(count) for member, count in value.items()}
    return {member: _byday_of(counts) for member, counts in value.items()}


def _byday_of(counts: object) -> dict[int, int]:
    if not isinstance(counts, Mapping):
        raise TypeError(counts)
    return {day_of(day): _counted(count) for day, count in counts.items()}


def day_of(text: str) -> int:
    """The UTC day that is named as a date; raises where it is none."""
    day = parse_instant(text)
    if day is None or day % DAY:
        raise ValueError(text)
    return day


def _counted(value: object) -> int:
    count = whole(value)
    if not 0 <= count <= GREATEST_WHOLE:
        raise ValueError(value)
    return count
