"""The functions and the aggregates: one row is a name, what it takes and gives, what it means, and
examples.

The rows have the form of the operators'. A function of several signatures takes the first that
fits.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from engine.language.operators import Operation, Signature
from engine.language.text import similarity
from engine.language.types import DURATION_UNITS, Range
from engine.language.values import DAY, NUMBER_LIMIT, write_instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def logarithm(function: Callable[[float], float]) -> Callable[[float], float | None]:
    def of(number: float) -> float | None:
        return function(number) if number > 0 else None

    return of


ln, log2, log10 = logarithm(math.log), logarithm(math.log2), logarithm(math.log10)


def exp(number: float) -> float | None:
    try:
        return math.exp(number)
    except OverflowError:
        return None


def sqrt(number: float) -> float | None:
    return math.sqrt(number) if number >= 0 else None


def rounded(number: float, digits: int) -> float:
    return round(number, digits)


def day(instant: int) -> int:
    return instant - instant % DAY


def month(instant: int) -> int:
    return _month_of_day(day(instant))


@lru_cache(maxsize=1024)
def _month_of_day(instant: int) -> int:
    """Kept, for the cases of a report lie on few days."""
    moment = datetime.fromisoformat(write_instant(instant))
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first - _EPOCH) // timedelta(microseconds=1)


def distinct(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def first(values: Sequence[Any]) -> Any:
    return values[0] if values else None


def tallied(tally: Mapping[str, int | Mapping[int, int]], member: str) -> int:
    counted = tally.get(member, 0)
    return counted if isinstance(counted, int) else sum(counted.values())


def tallied_since(tally: Mapping[str, Mapping[int, int]], member: str, instant: int) -> int:
    return sum(count for at, count in tally.get(member, {}).items() if at >= day(instant))


def count_of(values: Sequence[Any]) -> int:
    return len(values)


def sum_of(values: Sequence[Any]) -> Any:
    return sum(values)


def mean_of(values: Sequence[Any]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def max_of(values: Sequence[Any]) -> Any:
    return max(values) if values else None


def min_of(values: Sequence[Any]) -> Any:
    return min(values) if values else None


def _row(
    name: str, *signatures: Signature, doc: str, examples: tuple[tuple[str, str], ...]
) -> Operation:
    return Operation(name, signatures, doc, examples, precedence=10)


def _partial(
    name: str, meaning: Callable[[float], float | None], doc: str, *examples: tuple[str, str]
) -> Operation:
    signature = Signature(
        ("number",),
        "number",
        meaning,
        f"{name}({{}})",
        computes=True,
        partial=True,
        bounds=_rising(meaning),
    )
    return _row(name, signature, doc=doc, examples=examples)


def _rising(meaning: Callable[[float], float | None]) -> Callable[[Range], Range]:
    """The bounds of a function that never falls: its values at the operand's ends."""

    def bounds(operand: Range) -> Range:
        low = None if operand.low is None else meaning(operand.low)
        high = None if operand.high is None else meaning(operand.high)
        return Range(low, high)

    return bounds


def _in_units(unit: str) -> Callable[[Range], Range]:
    size = DURATION_UNITS[unit]

    def bounds(operand: Range) -> Range:
        low, high = operand.low, operand.high
        return Range(None if low is None else low / size, None if high is None else high / size)

    return bounds


def _min_bounds(*operands: Range) -> Range:
    return _choosing_bounds(operands, min)


def _max_bounds(*operands: Range) -> Range:
    return _choosing_bounds(operands, max)


def _choosing_bounds(operands: tuple[Range, ...], choose: Callable[..., Any]) -> Range:
    """`min` is bounded above by any bound above, `max` below by any bound below; the other end
    needs them all."""
    lows, highs = [each.low for each in operands], [each.high for each in operands]
    low_known, high_known = (
        [low for low in lows if low is not None],
        [high for high in highs if high is not None],
    )
    low = (
        choose(low_known) if low_known and (choose is max or len(low_known) == len(lows)) else None
    )
    high = (
        choose(high_known)
        if high_known and (choose is min or len(high_known) == len(highs))
        else None
    )
    return Range(low, high)


def _size_bounds(operand: Range) -> Range:
    if operand.low is None or operand.high is None:
        return Range(0, None)
    return Range(0, max(abs(operand.low), abs(operand.high)))


def _since(span: int) -> Callable[[Range], Range]:
    """The bounds of the first instant of a day, or of a month."""

    def bounds(operand: Range) -> Range:
        return Range(None if operand.low is None else operand.low - span, operand.high)

    return bounds


def _whole_bounds(operand: Range, *_: Range) -> Range:
    """Rounding moves a number by less than one."""
    low, high = operand.low, operand.high
    return Range(None if low is None else low - 1, None if high is None else high + 1)


def _counted(*_: Range) -> Range:
    return Range(0, NUMBER_LIMIT)


def _share(*_: Range) -> Range:
    return Range(0, 1)


_ROWS = (
    _row(
        "min",
        Signature(("ordered",), "same", min, "min({})", bounds=_min_bounds, variadic=True),
        doc="The least of two or more values.",
        examples=(
            ("min(3, 2)", "2"),
            ("min(3, 1, 2)", "1"),
            ("min(0.95, 0.85 + 0.1)", "0.95"),
            ("min(0.12345678901, 1) is 0.123456789", "false"),
        ),
    ),
    _row(
        "max",
        Signature(("ordered",), "same", max, "max({})", bounds=_max_bounds, variadic=True),
        doc="The greatest of two or more values.",
        examples=(
            ("max(3, 2)", "3"),
            ("max(1, 3, 2)", "3"),
            ("max(1h, 90min)", "90min"),
            ("max(0.12345678901, 0) is 0.123456789", "false"),
        ),
    ),
    _row(
        "abs",
        Signature(("integer",), "integer", abs, "abs({})", bounds=_size_bounds),
        Signature(("number",), "number", abs, "abs({})", bounds=_size_bounds),
        Signature(("duration",), "duration", abs, "abs({})", bounds=_size_bounds),
        doc="The size without the sign.",
        examples=(
            ("abs(2 - 5)", "3"),
            ("abs(0.5 - 2)", "1.5"),
            ("abs(1h - 3h)", "2h"),
            ("abs(0.12345678901) is 0.123456789", "false"),
        ),
    ),
    _row(
        "floor",
        Signature(("number",), "integer", math.floor, "floor({})", bounds=_whole_bounds),
        doc="The greatest integer that is not greater.",
        examples=(("floor(2.9)", "2"), ("floor(-0.5)", "-1")),
    ),
    _row(
        "ceiling",
        Signature(("number",), "integer", math.ceil, "ceiling({})", bounds=_whole_bounds),
        doc="The least integer that is not less.",
        examples=(("ceiling(2.1)", "3"), ("ceiling(2.0)", "2")),
    ),
    _row(
        "round",
        Signature(
            ("number", "integer"),
            "number",
            rounded,
            "rounded({}, {})",
            computes=True,
            bounds=_whole_bounds,
        ),
        doc="The number at that many decimals, the double rounded as in printing.",
        examples=(("round(2.345, 1)", "2.3"), ("round(0.8788, 3)", "0.879")),
    ),
    _partial(
        "exp",
        exp,
        "e to the power of the number.",
        ("exp(0)", "1"),
        ("exp(1)", "2.718281828"),
        ("exp(1000)", "unknown"),
    ),
    _partial(
        "ln",
        ln,
        "The natural logarithm; unknown from zero down.",
        ("ln(1)", "0"),
        ("ln(10)", "2.302585093"),
        ("ln(0)", "unknown"),
    ),
    _partial(
        "log2",
        log2,
        "The logarithm to base 2; unknown from zero down.",
        ("log2(8)", "3"),
        ("log2(10)", "3.321928095"),
        ("log2(0)", "unknown"),
    ),
    _partial(
        "log10",
        log10,
        "The logarithm to base 10; unknown from zero down.",
        ("log10(100)", "2"),
        ("log10(2)", "0.301029996"),
        ("log10(0)", "unknown"),
    ),
    _partial(
        "sqrt",
        sqrt,
        "The square root; unknown below zero.",
        ("sqrt(9)", "3"),
        ("sqrt(2)", "1.414213562"),
        ("sqrt(-1)", "unknown"),
    ),
    _row(
        "days",
        Signature(
            ("duration",),
            "number",
            lambda span: span / DURATION_UNITS["d"],
            "days({})",
            computes=True,
            bounds=_in_units("d"),
        ),
        doc="How many days a duration is, with fractions.",
        examples=(
            ("days(36h)", "1.5"),
            ("days(1h)", "0.041666667"),
            ("days(2026-01-31 - 2026-01-01)", "30"),
        ),
    ),
    _row(
        "hours",
        Signature(
            ("duration",),
            "number",
            lambda span: span / DURATION_UNITS["h"],
            "hours({})",
            computes=True,
            bounds=_in_units("h"),
        ),
        doc="How many hours a duration is, with fractions.",
        examples=(("hours(90min)", "1.5"), ("hours(1min)", "0.016666667"), ("hours(2d)", "48")),
    ),
    _row(
        "day",
        Signature(("instant",), "instant", day, "day({})", bounds=_since(DAY)),
        doc="The first instant of that UTC day.",
        examples=(("day(2026-01-15T14:32:00Z)", "2026-01-15"),),
    ),
    _row(
        "month",
        Signature(("instant",), "instant", month, "month({})", bounds=_since(31 * DAY)),
        doc="The first instant of that UTC month.",
        examples=(("month(2026-01-15T14:32:00Z)", "2026-01-01"),),
    ),
    _row(
        "count",
        Signature(("list",), "integer", count_of, "len({})", bounds=_counted),
        doc="How many values the list has.",
        examples=(("count([1, 2])", "2"), ("count([])", "0")),
    ),
    _row(
        "first",
        Signature(("list",), "element", first, "first({})", partial=True),
        doc="The first value of a list; unknown where it is empty.",
        examples=(('first(["a", "b"])', '"a"'), ("first([])", "unknown")),
    ),
    _row(
        "distinct",
        Signature(("list",), "list", distinct, "distinct({})"),
        doc="The list with each value once, where it first stood.",
        examples=(('distinct(["a", "b", "a"])', '["a", "b"]'),),
    ),
    _row(
        "similarity",
        Signature(
            ("text", "text"),
            "number",
            similarity,
            "similarity({}, {})",
            computes=True,
            bounds=_share,
        ),
        doc="How alike the words of two texts are: the cosine of their word counts, from 0 to 1.",
        examples=(
            ('similarity("the burger was cold", "the burger was cold")', "1"),
            ('similarity("cold soup", "cold tea")', "0.5"),
            ('similarity("cold", "cold and old")', "0.577350269"),
            ('similarity("cold", "loud")', "0"),
        ),
    ),
    _row(
        "tallied",
        Signature(("tally", "enum"), "integer", tallied, "tallied({}, {})", bounds=_counted),
        doc="How many a tally counted of one member.",
        examples=(),
    ),
    _row(
        "tallied_since",
        Signature(
            ("tally", "enum", "instant"),
            "integer",
            tallied_since,
            "tallied_since({}, {}, {})",
            bounds=_counted,
        ),
        doc="How many a daily tally counted of one member from the UTC day of an instant on.",
        examples=(),
    ),
)

FUNCTIONS = {row.symbol: row for row in _ROWS}


@dataclass(frozen=True)
class Aggregate:
    """`meaning` of the values that the condition kept, all known. `takes` is what it gathers."""

    name: str
    takes: str
    gives: str
    meaning: Callable[[Sequence[Any]], Any]
    computes: bool
    of_nothing: str
    doc: str
    example: tuple[str, str]


AGGREGATES = {
    row.name: row
    for row in (
        Aggregate(
            "count",
            "any",
            "integer",
            count_of,
            False,
            "0",
            "How many values there are.",
            ("count(x for x in [1, 2, 3] where x > 1)", "2"),
        ),
        Aggregate(
            "sum",
            "number",
            "same",
            sum_of,
            True,
            "0",
            "Their sum; of nothing it is 0.",
            ("sum(x for x in [1, 2, 3])", "6"),
        ),
        Aggregate(
            "max",
            "ordered",
            "same",
            max_of,
            False,
            "unknown",
            "The greatest; of nothing it is unknown.",
            ("max(x for x in [1, 3, 2])", "3"),
        ),
        Aggregate(
            "min",
            "ordered",
            "same",
            min_of,
            False,
            "unknown",
            "The least; of nothing it is unknown.",
            ("min(x for x in [2, 1, 3])", "1"),
        ),
        Aggregate(
            "mean",
            "number",
            "number",
            mean_of,
            True,
            "unknown",
            "Their sum by their number; of nothing it is unknown.",
            ("mean(x for x in [1, 2])", "1.5"),
        ),
    )
}
