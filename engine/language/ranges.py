"""How large a number from outside may be, where the policy says and where it does not."""

from engine.language import types
from engine.language.values import DURATION_LIMIT

GREATEST_WHOLE = 2**53
"""Beyond it a float does not hold every whole number, and JSON's readers part."""
GREATEST_UNSTATED = 1e15
_GREATEST_FLOAT = 1.7976931348623157e308


def number_range(type_: types.Number) -> types.Range:
    """The stated range with both its ends, or what holds where none is stated."""
    if type_.range == types.ANY_NUMBER:
        return types.Range(-GREATEST_UNSTATED, GREATEST_UNSTATED)
    return _ended(type_.range, GREATEST_WHOLE if type_.integer else _GREATEST_FLOAT)


def duration_range(type_: types.Duration) -> types.Range:
    return _ended(type_.range, DURATION_LIMIT)


def _ended(stated: types.Range, most: float) -> types.Range:
    return types.Range(
        -most if stated.low is None else stated.low,
        most if stated.high is None else stated.high,
        stated.low_open,
        stated.high_open,
    )
