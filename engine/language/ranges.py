"""How large a number from outside may be, where the policy says and where it does not."""

from engine.language import types

GREATEST_WHOLE = 2**53
"""Beyond it a float does not hold every whole number, and JSON's readers part."""
GREATEST_UNSTATED = 1e15
_GREATEST_FLOAT = 1.7976931348623157e308


def number_range(type_: types.Number) -> types.Range:
    """The stated range with both its ends, or what holds where none is stated."""
    stated = type_.range
    if stated == types.ANY_NUMBER:
        return types.Range(-GREATEST_UNSTATED, GREATEST_UNSTATED)
    most = GREATEST_WHOLE if type_.integer else _GREATEST_FLOAT
    return types.Range(
        -most if stated.low is None else stated.low,
        most if stated.high is None else stated.high,
        stated.low_open,
        stated.high_open,
    )
