"""Two numbers, of which one is good and one is not, to where between them that ends."""

import math
from collections.abc import Callable
from typing import Any

from engine.language import types

_ROUNDED = 1e-9
"""A computed number is rounded before it is compared, so that a border may lie so much off."""
_DIGITS = 9


def border(
    type_: types.Type, good: Any, bad: Any, is_good: Callable[[Any], bool]
) -> tuple[Any, Any]:
    """The last that is good and the first that is not, as close as numbers of the type can be; the
    good one a little further off where it is a plainer number there."""
    while True:
        middle = _between(type_, good, bad)
        if middle is None:
            break
        if is_good(middle):
            good = middle
        else:
            bad = middle
    if not _is_whole(type_):
        for plain in (round(good, digits) for digits in range(_DIGITS + 1)):
            shorter = len(repr(plain)) < min(len(repr(good)), len(repr(bad)))
            away = (plain - bad) * (good - bad) > 0
            if shorter and away and abs(plain - good) <= _ROUNDED and is_good(plain):
                return plain, plain
    return good, bad


def outwards(type_: types.Type, value: Any, beyond: Any) -> Any:
    """The next number of the type, away from another."""
    step = 1 if value > beyond else -1
    return value + step if _is_whole(type_) else math.nextafter(value, step * math.inf)


def _between(type_: types.Type, one: Any, other: Any) -> Any:
    if _is_whole(type_):
        middle = (one + other) // 2
        return None if abs(one - other) <= 1 else middle
    middle = (one + other) / 2
    return None if middle in (one, other) else middle


def _is_whole(type_: types.Type) -> bool:
    return not isinstance(type_, types.Number) or type_.integer
