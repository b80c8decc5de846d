"""The operators: one row is a sign, how tight it binds, what it takes and gives, what it means,
and examples.

The checker, the evaluators, the documentation and the generator of random programs all read this
table. A meaning is a function of known values; where an operand is unknown, so is the result.
`and`, `or`, `not`, `else` and the presence tests are the rows whose meaning takes None for
unknown.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor, inf, isfinite
from typing import Any, Literal

from engine.language.types import Range

Kind = Literal[
    "bool",
    "text",
    "number",
    "integer",
    "duration",
    "instant",
    "code",
    "tally",
    "enum",
    "list",
    "ordered",
    "same",
    "alike",
    "any",
    "element",
]
"""`same`: one type for all operands so marked, no list and no record; `alike`: one type of any
kind. `ordered`: the same, and of a type that has an order. `element`: the type of the list's
elements; with `list`: lists of one element type."""

Bounds = Callable[..., Range]


@dataclass(frozen=True)
class Signature:
    """`python` is a format over operands' code; `computes` marks a number that is rounded before
    it is compared; `partial` may give None for known operands; `bounds` gives the range of the
    result from those of the operands."""

    operands: tuple[Kind, ...]
    result: Kind
    meaning: Callable[..., Any]
    python: str
    computes: bool = False
    partial: bool = False
    bounds: Bounds | None = None
    variadic: bool = False


@dataclass(frozen=True)
class Operation:
    """`examples` are pairs of an expression and what it gives, in the language itself;
    `takes_unknown` says that the meaning itself is told of unknowns."""

    symbol: str
    signatures: tuple[Signature, ...]
    doc: str
    examples: tuple[tuple[str, str], ...]
    precedence: int = 0
    takes_unknown: bool = False


def kleene_and(*operands: bool | None) -> bool | None:
    if any(operand is False for operand in operands):
        return False
    return None if any(operand is None for operand in operands) else True


def kleene_or(*operands: bool | None) -> bool | None:
    if any(operand is True for operand in operands):
        return True
    return None if any(operand is None for operand in operands) else False


def kleene_not(operand: bool | None) -> bool | None:
    return None if operand is None else not operand


def divide(left: int | float, right: int | float) -> float | None:
    try:
        quotient: float | None = finite(left / right)
    except (ZeroDivisionError, OverflowError):
        return None
    return quotient


def shrink(duration: int, by: int | float) -> int | None:
    quotient = divide(duration, by)
    return None if quotient is None else round(quotient)


def stretch(left: int | float, right: int | float) -> int:
    """A duration times a number, to the nearest microsecond."""
    return round(left * right)


def finite(number: int | float) -> Any:
    """None for what a float cannot hold."""
    return number if -_GREATEST <= number <= _GREATEST else None


_GREATEST = 1.7976931348623157e308


def _sum_bounds(left: Range, right: Range) -> Range:
    (a, b), (c, d) = _ends(left), _ends(right)
    return _range(a + c, b + d)


def _difference_bounds(left: Range, right: Range) -> Range:
    return _sum_bounds(left, _negative_bounds(right))


def _negative_bounds(operand: Range) -> Range:
    low, high = _ends(operand)
    return _range(-high, -low)


def _product_bounds(left: Range, right: Range) -> Range:
    products = [a * b if a and b else 0 for a in _ends(left) for b in _ends(right)]
    return _range(min(products), max(products))


def _quotient_bounds(left: Range, right: Range) -> Range:
    low, high = _ends(right)
    if low <= 0 <= high:
        return Range()
    return _product_bounds(left, Range(1 / high if high < inf else 0, 1 / low if low > -inf else 0))


def _whole(bounds: Bounds) -> Bounds:
    """What the nearest whole number may be."""

    def of(*operands: Range) -> Range:
        low, high = _ends(bounds(*operands))
        return _range(floor(low) if isfinite(low) else low, ceil(high) if isfinite(high) else high)

    return of


def _either_bounds(*operands: Range) -> Range:
    ends = [_ends(operand) for operand in operands]
    return _range(min(low for low, _ in ends), max(high for _, high in ends))


def _ends(operand: Range) -> tuple[float, float]:
    return (
        -inf if operand.low is None else operand.low,
        inf if operand.high is None else operand.high,
    )


def _range(low: float, high: float) -> Range:
    return Range(None if low == -inf else low, None if high == inf else high)


def _comparison(
    symbol: str, meaning: Callable[[Any, Any], bool], doc: str, *examples: tuple[str, str]
) -> Operation:
    signature = Signature(("ordered", "ordered"), "bool", meaning, f"({{}} {symbol} {{}})")
    return Operation(symbol, (signature,), doc, examples, precedence=4)


_ROWS = (
    Operation(
        "or",
        (Signature(("bool", "bool"), "bool", kleene_or, "", variadic=True),),
        "True when any operand is true; unknown when none is true and one is unknown.",
        (
            ("1 > 2 or 2 > 1", "true"),
            ("1 > 2 or 2 > 3", "false"),
            ("1 > 2 or 1 / 0 > 1", "unknown"),
            ("2 > 1 or 1 / 0 > 1", "true"),
        ),
        precedence=1,
        takes_unknown=True,
    ),
    Operation(
        "and",
        (Signature(("bool", "bool"), "bool", kleene_and, "", variadic=True),),
        "True when every operand is true; unknown when none is false and one is unknown.",
        (
            ("2 > 1 and 3 > 2", "true"),
            ("2 > 1 and 1 > 2", "false"),
            ("2 > 1 and 1 / 0 > 1", "unknown"),
            ("1 > 2 and 1 / 0 > 1", "false"),
        ),
        precedence=2,
        takes_unknown=True,
    ),
    Operation(
        "not",
        (Signature(("bool",), "bool", kleene_not, ""),),
        "True when the operand is false; unknown when it is unknown.",
        (("not 1 > 2", "true"), ("not 2 > 1", "false"), ("not 1 / 0 > 1", "unknown")),
        precedence=3,
        takes_unknown=True,
    ),
    _comparison(
        "<",
        operator.lt,
        "Less than, or earlier in a written order.",
        ("1 < 2", "true"),
        ("2 < 2", "false"),
    ),
    _comparison(
        "<=",
        operator.le,
        "At most.",
        ("2 <= 2", "true"),
        ("0.1 + 0.2 <= 0.3", "true"),
        ("3 <= 2", "false"),
    ),
    _comparison(
        ">", operator.gt, "More than.", ("24h > 1d", "false"), ("0.1 + 0.2 > 0.3", "false")
    ),
    _comparison(">=", operator.ge, "At least.", ("2 >= 2", "true"), ("1 >= 2", "false")),
    Operation(
        "is",
        (Signature(("same", "same"), "bool", operator.eq, "({} == {})"),),
        "The same value.",
        (
            ('"a" is "a"', "true"),
            ('"a" is "A"', "false"),
            ("0.1 + 0.2 is 0.3", "true"),
            ("48h is 2d", "true"),
        ),
        precedence=4,
    ),
    Operation(
        "is not",
        (Signature(("same", "same"), "bool", operator.ne, "({} != {})"),),
        "Another value; unknown when either is.",
        (('"a" is not "b"', "true"), ("2 is not 2", "false")),
        precedence=4,
    ),
    Operation(
        "in",
        (
            Signature(
                ("element", "list"), "bool", lambda value, values: value in values, "({} in {})"
            ),
        ),
        "One of the list's values.",
        (('"b" in ["a", "b"]', "true"), ("3 in [1, 2]", "false"), ("0.1 + 0.2 in [0.3]", "true")),
        precedence=4,
    ),
    Operation(
        "not in",
        (
            Signature(
                ("element", "list"),
                "bool",
                lambda value, values: value not in values,
                "({} not in {})",
            ),
        ),
        "None of the list's values.",
        (('"c" not in ["a", "b"]', "true"), ("1 not in [1, 2]", "false")),
        precedence=4,
    ),
    Operation(
        "is known",
        (Signature(("any",), "bool", lambda value: value is not None, "({} is not None)"),),
        "The fact is there.",
        (("1 is known", "true"), ("1 / 0 is known", "false")),
        precedence=4,
        takes_unknown=True,
    ),
    Operation(
        "is missing",
        (Signature(("any",), "bool", lambda value: value is None, "({} is None)"),),
        "The fact is not there.",
        (("1 is missing", "false"), ("1 / 0 is missing", "true")),
        precedence=4,
        takes_unknown=True,
    ),
    Operation(
        "is empty",
        (
            Signature(("list",), "bool", operator.not_, "(not {})"),
            Signature(("text",), "bool", operator.not_, "(not {})"),
        ),
        "A list without elements, a text without characters; unknown when the list is missing.",
        (
            ("[1] is empty", "false"),
            ("[] is empty", "true"),
            ('"" is empty', "true"),
            ('" " is empty', "false"),
        ),
        precedence=4,
    ),
    Operation(
        "is not empty",
        (
            Signature(("list",), "bool", bool, "(not not {})"),
            Signature(("text",), "bool", bool, "(not not {})"),
        ),
        "A list with an element, a text with a character.",
        (
            ("[1] is not empty", "true"),
            ("[] is not empty", "false"),
            ('"" is not empty', "false"),
            ('" " is not empty', "true"),
        ),
        precedence=4,
    ),
    Operation(
        "else",
        (
            Signature(
                ("alike", "alike"),
                "alike",
                lambda value, fallback: fallback if value is None else value,
                "",
                bounds=_either_bounds,
            ),
        ),
        "The left value where it is known, the right one otherwise.",
        (
            ("1 / 0 else 7", "7"),
            ("3 else 7", "3"),
            ("0.12345678901 else 0 is 0.123456789", "false"),
            ("1 / 0 else 1 / 0", "unknown"),
        ),
        precedence=5,
        takes_unknown=True,
    ),
    Operation(
        "+",
        (
            Signature(
                ("integer", "integer"), "integer", operator.add, "({} + {})", bounds=_sum_bounds
            ),
            Signature(
                ("number", "number"),
                "number",
                operator.add,
                "({} + {})",
                computes=True,
                bounds=_sum_bounds,
            ),
            Signature(
                ("duration", "duration"), "duration", operator.add, "({} + {})", bounds=_sum_bounds
            ),
            Signature(
                ("instant", "duration"), "instant", operator.add, "({} + {})", bounds=_sum_bounds
            ),
            Signature(
                ("duration", "instant"), "instant", operator.add, "({} + {})", bounds=_sum_bounds
            ),
            Signature(("list", "list"), "list", operator.add, "({} + {})"),
        ),
        "Sum of numbers or durations, an instant some time later, one list after the other.",
        (
            ("0.1 + 0.2", "0.3"),
            ("2 + 3", "5"),
            ("24h + 24h", "2d"),
            ("2026-01-01 + 36h", "2026-01-02T12:00:00Z"),
            ("36h + 2026-01-01", "2026-01-02T12:00:00Z"),
            ("[1] + [2]", "[1, 2]"),
        ),
        precedence=6,
    ),
    Operation(
        "-",
        (
            Signature(
                ("integer", "integer"),
                "integer",
                operator.sub,
                "({} - {})",
                bounds=_difference_bounds,
            ),
            Signature(
                ("number", "number"),
                "number",
                operator.sub,
                "({} - {})",
                computes=True,
                bounds=_difference_bounds,
            ),
            Signature(
                ("duration", "duration"),
                "duration",
                operator.sub,
                "({} - {})",
                bounds=_difference_bounds,
            ),
            Signature(
                ("instant", "duration"),
                "instant",
                operator.sub,
                "({} - {})",
                bounds=_difference_bounds,
            ),
            Signature(
                ("instant", "instant"),
                "duration",
                operator.sub,
                "({} - {})",
                bounds=_difference_bounds,
            ),
        ),
        "Difference; the time between two instants.",
        (
            ("5 - 3", "2"),
            ("0.3 - 0.1", "0.2"),
            ("3d - 36h", "36h"),
            ("2026-01-03 - 2026-01-01", "2d"),
            ("2026-01-03 - 48h", "2026-01-01"),
        ),
        precedence=6,
    ),
    Operation(
        "*",
        (
            Signature(
                ("integer", "integer"), "integer", operator.mul, "({} * {})", bounds=_product_bounds
            ),
            Signature(
                ("number", "number"),
                "number",
                operator.mul,
                "({} * {})",
                computes=True,
                bounds=_product_bounds,
            ),
            Signature(
                ("number", "duration"),
                "duration",
                stretch,
                "stretch({}, {})",
                bounds=_whole(_product_bounds),
            ),
            Signature(
                ("duration", "number"),
                "duration",
                stretch,
                "stretch({}, {})",
                bounds=_whole(_product_bounds),
            ),
        ),
        "Product; a duration some number of times.",
        (("3 * 4", "12"), ("0.1 * 3", "0.3"), ("2 * 24h", "48h"), ("1h * 1.5", "90min")),
        precedence=7,
    ),
    Operation(
        "/",
        (
            Signature(
                ("number", "number"),
                "number",
                divide,
                "divide({}, {})",
                computes=True,
                partial=True,
                bounds=_quotient_bounds,
            ),
            Signature(
                ("duration", "number"),
                "duration",
                shrink,
                "shrink({}, {})",
                partial=True,
                bounds=_whole(_quotient_bounds),
            ),
            Signature(
                ("duration", "duration"),
                "number",
                divide,
                "divide({}, {})",
                computes=True,
                partial=True,
                bounds=_quotient_bounds,
            ),
        ),
        "Quotient; division by zero is unknown.",
        (
            ("7 / 2", "3.5"),
            ("0.3 / 0.1", "3"),
            ("1 / 0", "unknown"),
            ("48h / 1d", "2"),
            ("1h / 3h", "0.333333333"),
            ("1h / 0s", "unknown"),
            ("1h / 2", "30min"),
            ("1h / 0", "unknown"),
        ),
        precedence=7,
    ),
    Operation(
        "negative",
        (
            Signature(("integer",), "integer", operator.neg, "(-{})", bounds=_negative_bounds),
            Signature(("number",), "number", operator.neg, "(-{})", bounds=_negative_bounds),
            Signature(("duration",), "duration", operator.neg, "(-{})", bounds=_negative_bounds),
        ),
        "The opposite, written `-`.",
        (
            ("-(2 + 3)", "-5"),
            ("-(0.5 + 1)", "-1.5"),
            ("-0.12345678901 is -0.123456789", "false"),
            ("-(24h)", "-24h"),
        ),
        precedence=8,
    ),
)

OPERATORS = {row.symbol: row for row in _ROWS}
