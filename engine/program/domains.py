"""A column of a table, cut into classes of values that none of its cells tells apart.

Every pass over tables counts in these classes, numbered from 0, and so in whole numbers. A class of
a listed column is one value, the last perhaps `any other`; one of a cut column is a stretch of
numbers `[cut, next cut)`. A cell that takes in its upper end is cut just above it, so that one
bisection finds the class of a number.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import ceil, floor, inf, nextafter
from typing import assert_never

from engine.language.types import (
    ANY_NUMBER,
    Bool,
    Code,
    Duration,
    Enum,
    Instant,
    Number,
    Range,
    Type,
)
from engine.language.values import write_text
from engine.program.nodes import Anything, Cell, Parameter, Values, Within

Classes = tuple[range, ...]
"""Classes of one column: stretches in ascending order that neither meet nor touch."""

_FINEST_WHOLE = 2.0**53
_MOST_CODES = 1000
_MOST_WORDS = 5


@dataclass(frozen=True)
class Listed:
    """Values one by one; where `other`, one class more for all that are not named."""

    name: str
    type: Type
    values: tuple[object, ...]
    other: bool

    @cached_property
    def places(self) -> dict[object, int]:
        return {value: place for place, value in enumerate(self.values)}

    @property
    def size(self) -> int:
        return len(self.values) + self.other

    def place(self, value: object) -> int:
        return self.places.get(value, len(self.values))


@dataclass(frozen=True)
class Cut:
    """Stretches between the cuts. `above` maps a cut to the number that it lies just above; the
    ends of the type are those of the first and the last class, and are not cuts."""

    name: str
    type: Type
    cuts: tuple[int | float, ...]
    above: dict[int | float, int | float] = field(compare=False, repr=False)

    @property
    def size(self) -> int:
        return len(self.cuts) + 1

    def place(self, value: int | float) -> int:
        return bisect_right(self.cuts, value)


Column = Listed | Cut


def column(parameter: Parameter, cells: Sequence[Cell]) -> Column:
    match parameter.type:
        case Bool():
            return Listed(parameter.name, parameter.type, (True, False), other=False)
        case Enum(members=members):
            wires = tuple(member.wire for member in members)
            return Listed(parameter.name, parameter.type, wires, other=False)
        case Number() | Duration() | Instant():
            return _cut(parameter, cells)
        case _:
            known = _codes(parameter.type) if isinstance(parameter.type, Code) else None
            named = dict.fromkeys(value for cell in cells for value in _values(cell))
            return Listed(parameter.name, parameter.type, known or tuple(named), other=not known)


def classes(column: Column, cell: Cell) -> Classes:
    """What a cell takes in; nothing where it lies outside the type."""
    match cell, column:
        case Anything(), _:
            return everything(column)
        case Values(values=values), Listed():
            return joined(
                range(place, place + 1)
                for place in map(column.place, values)
                if place < column.size
            )
        case Values(values=values), Cut():
            return joined(_stretch(column, Range(value, value)) for value in values)  # type: ignore[arg-type]
        case Within(range=within), Cut():
            return joined((_stretch(column, within),))
        case _:
            raise TypeError(f"{cell} cannot stand in a column of {column.type}")


def everything(column: Column) -> Classes:
    return (range(column.size),)


def joined(stretches: Iterable[range]) -> Classes:
    merged: list[range] = []
    for each in sorted((each for each in stretches if each), key=lambda each: each.start):
        if merged and each.start <= merged[-1].stop:
            merged[-1] = range(merged[-1].start, max(merged[-1].stop, each.stop))
        else:
            merged.append(each)
    return tuple(merged)


def common(left: Classes, right: Classes) -> Classes:
    if len(left) == len(right) == 1:
        both = range(max(left[0].start, right[0].start), min(left[0].stop, right[0].stop))
        return (both,) if both else ()
    return joined(
        range(max(one.start, two.start), min(one.stop, two.stop)) for one in left for two in right
    )


def remaining(column: Column, taken: Classes) -> Classes:
    starts = [0, *(each.stop for each in taken)]
    stops = [*(each.start for each in taken), column.size]
    return joined(range(start, stop) for start, stop in zip(starts, stops, strict=True))


def inside(inner: Classes, outer: Classes) -> bool:
    return common(inner, outer) == inner


def words(column: Column, taken: Classes) -> str:
    """As it follows the column's name: `is voice or social`, `0.7 ..< 0.85`."""
    match column:
        case Listed():
            named = [
                _write(value, column.type)
                for each in taken
                for value in column.values[each.start : each.stop]
            ]
            others = (
                [f"any other {_kind(column.type)}"] if taken[-1].stop > len(column.values) else []
            )
            return "is " + _either([*named, *others])
        case Cut():
            return _either([_stretch_words(column, each) for each in taken])
        case _:
            assert_never(column)


def _values(cell: Cell) -> tuple[object, ...]:
    return cell.values if isinstance(cell, Values) else ()


def _codes(code: Code) -> tuple[object, ...] | None:
    """Every text of the code, where they are few."""
    choices: list[list[str]] = []
    for part in code.parts:
        match part.type:
            case None:
                choices.append([part.text or ""])
            case Enum(members=members):
                choices.append([member.wire for member in members])
            case Number(integer=True, range=Range(low=int(low), high=int(high))) if (
                high - low < _MOST_CODES
            ):
                choices.append([str(number) for number in range(low, high + 1)])
            case _:
                return None
    combinations = 1
    for choice in choices:
        combinations *= len(choice)
    return tuple(map("".join, product(*choices))) if combinations <= _MOST_CODES else None


def _cut(parameter: Parameter, cells: Sequence[Cell]) -> Cut:
    low, high = _ends(_type_range(parameter.type), parameter.type)
    cuts: set[int | float] = set()
    above: dict[int | float, int | float] = {}
    for within in (within for cell in cells for within in _ranges(cell)):
        for end, bound, is_open in zip(
            _ends(within, parameter.type),
            (within.low, within.high),
            (within.low_open, not within.high_open),
            strict=True,
        ):
            if (
                end is None
                or bound is None
                or (low is not None and end <= low)
                or (high is not None and end >= high)
            ):
                continue
            cuts.add(end)
            if is_open:
                above[end] = bound
    return Cut(parameter.name, parameter.type, tuple(sorted(cuts)), above)


def _ranges(cell: Cell) -> Iterable[Range]:
    match cell:
        case Anything():
            return ()
        case Values(values=values):
            return (Range(value, value) for value in values)  # type: ignore[arg-type]
        case Within(range=within):
            return (within,)
        case _:
            assert_never(cell)


def _type_range(type_: Type) -> Range:
    return type_.range if isinstance(type_, Number | Duration) else ANY_NUMBER


def _ends(within: Range, type_: Type) -> tuple[int | float | None, int | float | None]:
    """The range as `[low, high)`."""
    whole = not isinstance(type_, Number) or type_.integer
    low = None if within.low is None else _cut_at(within.low, within.low_open, whole)
    high = None if within.high is None else _cut_at(within.high, not within.high_open, whole)
    return low, high


def _cut_at(number: int | float, above: bool, whole: bool) -> int | float:
    """The least value that is at, or above, the number."""
    if whole:
        return floor(number) + 1 if above else ceil(number)
    if not above:
        return number
    # from here on floats stand further apart than the integers that may come in as well
    return int(number) + 1 if abs(number) >= _FINEST_WHOLE else nextafter(number, inf)


def _stretch(column: Cut, within: Range) -> range:
    low, high = _ends(within, column.type)
    least, greatest = _ends(_type_range(column.type), column.type)
    if low is not None and greatest is not None and low >= greatest:
        return range(0)
    if high is not None and least is not None and high <= least:
        return range(0)
    start = 0 if low is None else bisect_right(column.cuts, low)
    stop = column.size if high is None else bisect_left(column.cuts, high) + 1
    return range(start, stop) if low is None or high is None or low < high else range(0)


def _stretch_words(column: Cut, stretch: range) -> str:
    low = column.cuts[stretch.start - 1] if stretch.start else None
    high = column.cuts[stretch.stop - 1] if stretch.stop < column.size else None
    if isinstance(column.type, Number) and column.type.integer:
        return _whole_words(column.type, low, high)
    return _range_words(column, low, high)


def _whole_words(type_: Type, low: int | float | None, high: int | float | None) -> str:
    match low, high:
        case None, None:
            return "any"
        case None, int():
            return f"<= {_write(high - 1, type_)}"
        case int(), None:
            return f">= {_write(low, type_)}"
        case int(), int() if low == high - 1:
            return f"is {_write(low, type_)}"
        case int(), int():
            return f"{_write(low, type_)} .. {_write(high - 1, type_)}"
        case _:
            raise TypeError((low, high))


def _range_words(column: Cut, low: int | float | None, high: int | float | None) -> str:
    below = low is not None and low in column.above
    closed = high is not None and high in column.above
    first = "" if low is None else _write(column.above.get(low, low), column.type)
    last = "" if high is None else _write(column.above.get(high, high), column.type)
    if low is None and high is None:
        return "any"
    if low is None:
        return f"{'<=' if closed else '<'} {last}"
    if high is None:
        return f"{'>' if below else '>='} {first}"
    if below:
        return f"> {first} and {'<=' if closed else '<'} {last}"
    if first == last:
        return f"is {first}"
    return f"{first} {'..' if closed else '..<'} {last}"


def _write(value: object, type_: Type) -> str:
    match type_, value:
        case Bool(), bool():
            return "true" if value else "false"
        case Enum(members=members), _:
            return next((member.name for member in members if member.wire == value), str(value))
        case ((Number() | Duration() | Instant()), _):
            return write_text(value, type_)
        case _:
            return f'"{value}"'


def _kind(type_: Type) -> str:
    return type_.name if isinstance(type_, Code) else "text"


def _either(choices: Sequence[str]) -> str:
    if len(choices) > _MOST_WORDS + 1:
        choices = [*choices[:_MOST_WORDS], f"{len(choices) - _MOST_WORDS} more"]
    return " or ".join(part for part in (", ".join(choices[:-1]), choices[-1]) if part)
