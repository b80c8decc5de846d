"""What a number may come to: bounds of results, and whether an operation may fail within them."""

from collections.abc import Iterable, Sequence

from engine.language import types, values
from engine.language.operators import Operation, Signature
from engine.language.types import ANY_NUMBER, Range
from engine.program import nodes as program


def bounds_of(
    row: Operation, signature: Signature, operands: Sequence[program.Expression]
) -> Range:
    counted = operands[0].type
    if row.symbol == "count" and isinstance(counted, types.ListOf):
        return Range(0, counted.bound)
    return (
        signature.bounds(*(operand.bounds for operand in operands))
        if signature.bounds
        else ANY_NUMBER
    )


def may_overflow(bounds: Range, symbol: str) -> bool:
    if symbol in ("ln", "log2", "log10", "sqrt", "similarity", "days", "hours", "round"):
        return False
    return bounds.low is None or bounds.high is None or bounds.low < -1e300 or bounds.high > 1e300


def is_total(symbol: str, operands: Sequence[program.Expression]) -> bool:
    """Whether the operands' bounds keep a partial operation from failing."""
    match symbol:
        case "/":
            low, high = operands[1].bounds.low, operands[1].bounds.high
            return (low is not None and low > 0) or (high is not None and high < 0)
        case "ln" | "log2" | "log10":
            low = operands[0].bounds.low
            return low is not None and low > 0
        case "sqrt":
            low = operands[0].bounds.low
            return low is not None and low >= 0
        case "exp":
            high = operands[0].bounds.high
            return high is not None and high <= 700
        case _:
            return False


def aggregate_bounds(name: str, gather: program.Gather) -> Range:
    bound = gather.type.bound if isinstance(gather.type, types.ListOf) else 0
    low, high = gather.bounds.low, gather.bounds.high
    match name:
        case "count":
            return Range(0, bound)
        case "sum":
            return Range(
                None if low is None else min(0, low * bound),
                None if high is None else max(0, high * bound),
            )
        case _:
            return gather.bounds


def within(inner: Range, outer: Range) -> bool:
    low = outer.low is None or (
        inner.low is not None
        and (
            inner.low > outer.low
            or (inner.low == outer.low and (not outer.low_open or inner.low_open))
        )
    )
    high = outer.high is None or (
        inner.high is not None
        and (
            inner.high < outer.high
            or (inner.high == outer.high and (not outer.high_open or inner.high_open))
        )
    )
    return low and high


def hull(found: Iterable[object]) -> Range:
    numbers = [
        each for each in found if isinstance(each, int | float) and not isinstance(each, bool)
    ]
    return Range(min(numbers), max(numbers)) if numbers else ANY_NUMBER


def either(ranges: Sequence[Range]) -> Range:
    lows, highs = [each.low for each in ranges], [each.high for each in ranges]
    low = None if None in lows else min(low for low in lows if low is not None)
    high = None if None in highs else max(high for high in highs if high is not None)
    return Range(low, high)


def as_share(value: int | float, bounds: Range) -> str | None:
    share = value / 100
    return (
        f"a share is written `{values.write_number(share)}`"
        if bounds == Range(0, 1) and 1 < value <= 100
        else None
    )
