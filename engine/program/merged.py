"""Two types of one fact, as two versions have it, to the type of the values that both take in.

Where a version has no such fact it ignores it. An enum keeps the members of both, a number the part
of its range that both allow. What one version fills in by a default and the other misses may be
left out.
"""

from dataclasses import replace
from typing import Any

from engine.language import types
from engine.language.ranges import number_range
from engine.program import nodes as program
from engine.program.cases import as_field, is_whole_case
from engine.program.same import spelled


def case_type(of: program.Decision) -> types.Record:
    """The object that a case of the decision is."""
    if is_whole_case(of.parameters) and isinstance(of.parameters[0].type, types.Record):
        return of.parameters[0].type
    return types.Record("case", tuple(map(as_field, of.parameters)))


def merged(old: types.Type, new: types.Type) -> types.Type | None:
    """None where no value is one for both."""
    match old, new:
        case (
            (types.Bool(), types.Bool())
            | (types.Text(), types.Text())
            | (types.Instant(), types.Instant())
        ):
            return new
        case types.Number(), types.Number():
            inside: types.Range | None = old.range
            if old.range != new.range:
                inside = _common(number_range(old), number_range(new))
            integer = old.integer or new.integer
            return None if inside is None else types.Number(integer, new.unit, inside)
        case types.Duration(), types.Duration():
            inside = _common(old.range, new.range)
            return None if inside is None else types.Duration(inside)
        case types.Enum(), types.Enum():
            kept = {each.wire for each in old.members}
            members = tuple(each for each in new.members if each.wire in kept)
            return replace(new, members=members) if members else None
        case types.Code(), types.Code():
            return new if spelled(old) == spelled(new) else replace(new, name=f"{new.name} in both")
        case types.Record(), types.Record():
            return _records(old, new)
        case types.ListOf(), types.ListOf():
            element = merged(old.element, new.element)
            return element and types.ListOf(element, min(old.bound, new.bound))
        case types.Tally(), types.Tally() if old.daily == new.daily:
            member = merged(old.member, new.member)
            return types.Tally(member, new.daily) if isinstance(member, types.Enum) else None
        case _:
            return None


def facts_alike(both: types.Record, old: program.Decision, new: program.Decision) -> bool:
    """Whether both versions see the same case of the type that they have in common."""
    return (
        is_whole_case(old.parameters) == is_whole_case(new.parameters)
        and [each.name for each in old.parameters] == [each.name for each in new.parameters]
        and all(alike(both, case_type(each)) for each in (old, new))
    )


def _common(one: types.Range, other: types.Range) -> types.Range | None:
    low, low_open = _tighter(one.low, one.low_open, other.low, other.low_open, max)
    high, high_open = _tighter(one.high, one.high_open, other.high, other.high_open, min)
    if None not in (low, high) and (low > high or (low == high and (low_open or high_open))):
        return None
    return types.Range(low, high, low_open, high_open)


def _tighter(one: Any, one_open: bool, other: Any, other_open: bool, pick: Any) -> tuple[Any, bool]:
    if one is None or other is None:
        return (other, other_open) if one is None else (one, one_open)
    if one == other:
        return one, one_open or other_open
    return pick((one, one_open), (other, other_open), key=lambda end: end[0])  # type: ignore[no-any-return]


def _records(old: types.Record, new: types.Record) -> types.Record | None:
    before = {each.wire: each for each in old.fields}
    fields: list[types.Field] = []
    for each in new.fields:
        other = before.pop(each.wire, None)
        both = each if other is None else _fields(other, each)
        if both is None:
            return None
        fields.append(both)
    return replace(new, fields=(*fields, *before.values()))


def _fields(old: types.Field, new: types.Field) -> types.Field | None:
    type_ = merged(old.type, new.type)
    if type_ is None:
        if old.required or new.required:
            return None
        return replace(new, type=NEVER, optional=True, has_default=False, default=None)
    if old.required or new.required:
        return replace(new, type=type_, optional=False, has_default=False, default=None)
    if old.has_default and new.has_default and repr(old.default) == repr(new.default):
        return replace(new, type=type_)
    return replace(new, type=type_, optional=True, has_default=False, default=None)


NEVER = types.Enum("never", ())
"""The type of a fact that no case may give: the versions differ on what it is."""


def alike(both: types.Type, side: types.Type) -> bool:
    """Whether a value of both stands for one of the side as it is."""
    match both, side:
        case types.Record(), types.Record():
            return len(both.fields) >= len(side.fields) and all(
                one.wire == other.wire
                and alike(one.type, other.type)
                and not (one.optional and other.has_default)
                for one, other in zip(both.fields, side.fields, strict=False)
            )
        case types.ListOf(), types.ListOf():
            return alike(both.element, side.element)
        case types.Enum(), types.Enum():
            return bool(spelled(both) == spelled(replace(side, order=both.order)))
        case types.Tally(), types.Tally():
            return alike(both.member, side.member)
        case _:
            return True
