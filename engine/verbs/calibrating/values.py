"""Where pieces of cases begin, to the values of a threshold that are worth looking at."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from math import ceil, floor, inf, log10, nextafter

from engine.language.values import NUMBER_LIMIT
from engine.verbs.calibrating.models import Steps, Stretch, Swept

_PAD = 0.05
_EVEN = 41
MOST_OF_TWO = 60
"""Of each of two thresholds."""


def ends(swept: Swept) -> tuple[float, float]:
    """The least and the greatest value that the threshold may have."""
    low, high = swept.range.low, swept.range.high
    step = 1.0 if swept.integer else 0.0
    least = -NUMBER_LIMIT if low is None else float(low)
    most = NUMBER_LIMIT if high is None else float(high)
    if low is not None and swept.range.low_open:
        least = least + step or nextafter(least, inf)
    if high is not None and swept.range.high_open:
        most = most - step if step else nextafter(most, -inf)
    return least, most


def worth_looking_at(swept: Swept, starts: Iterable[float], steps: Steps) -> list[float]:
    """One value of each piece, near its middle and with few decimals; the current one where it
    lies in it; or each step. The current value is always among them."""
    low, high = ends(swept)
    if steps.step is not None and steps.first is not None and steps.last is not None:
        stepped = _stepped(swept, steps.first, steps.last, steps.step)
        return sorted({each for each in stepped if low <= each <= high} | {swept.current})
    edges = sorted({each for each in starts if low < each <= high})
    low, high = _shown(swept, edges)
    first = low if steps.first is None else max(low, steps.first)
    last = high if steps.last is None else min(high, steps.last)
    found = {swept.current}
    pieces = zip([low, *edges], [*edges, nextafter(high, inf)], strict=True)
    for start, after in pieces:
        if start <= swept.current < after:
            continue
        begin, end = max(start, first), min(after, nextafter(last, inf))
        value = _roundest(begin, end, high - low, integer=swept.integer) if begin < end else None
        if value is not None:
            found.add(value)
    return sorted(found)


def stretches(
    swept: Swept, starts: Iterable[float] | None, values: Sequence[float], steps: Steps
) -> tuple[Stretch, ...]:
    """For each of these values where its piece begins and ends; where pieces are not known or not
    asked for, up to the next value."""
    if starts is None or steps.step is not None:
        return tuple(zip(values, [*values[1:], values[-1]], strict=True))
    low, high = ends(swept)
    inner = sorted({each for each in starts if low < each <= high})
    low, high = _shown(swept, inner)
    edges = [low, *inner, high]
    return tuple(_around(edges, value, steps, integer=swept.integer) for value in values)


def _around(edges: Sequence[float], value: float, steps: Steps, *, integer: bool) -> Stretch:
    after = min(max(1, bisect_right(edges, value)), len(edges) - 1)
    begin, end = edges[after - 1], edges[after]
    if integer:
        begin, end = ceil(begin), ceil(end)
    if steps.first is not None and value >= steps.first:
        begin = max(begin, steps.first)
    if steps.last is not None and value <= steps.last:
        end = min(end, steps.last)
    return begin, end


def evenly(swept: Swept, steps: Steps, several: int = _EVEN) -> list[float] | None:
    """Where pieces cannot be known: some values of the range; None where that has no ends."""
    low = swept.range.low if steps.first is None else steps.first
    high = swept.range.high if steps.last is None else steps.last
    if low is None or high is None:
        return None
    least, most = ends(swept)
    step = (high - low) / (several - 1) if steps.step is None else steps.step
    step = max(1, round(step)) if swept.integer else step
    stepped = _stepped(swept, low, high, step or 1)
    return sorted({each for each in stepped if least <= each <= most} | {swept.current})


def thinned(values: list[float], current: float, most: int = MOST_OF_TWO) -> list[float]:
    """Every so many of them, with the first, the last and the current one."""
    if len(values) <= most:
        return values
    kept = {values[round(at * (len(values) - 1) / (most - 1))] for at in range(most)}
    return sorted(kept | {current})


def closer(full: list[float], some: list[float], value: float) -> list[float]:
    """Some of all, and more of those that lie next to the value."""
    at = bisect_left(some, value)
    low, high = some[max(0, at - 1)], some[min(len(some) - 1, at + 1)]
    between = [each for each in full if low <= each <= high]
    return sorted({*some, *thinned(between, value, MOST_OF_TWO // 2)})


def _shown(swept: Swept, edges: list[float]) -> tuple[float, float]:
    """The ends of the range; where it has none, a little beyond where anything happens."""
    low, high = ends(swept)
    inner = [*edges, swept.current]
    pad = max((max(inner) - min(inner)) * _PAD, 1.0)
    if swept.range.low is None:
        low = floor(min(inner) - pad)
    if swept.range.high is None:
        high = ceil(max(inner) + pad)
    return low, high


def _roundest(begin: float, end: float, span: float, *, integer: bool) -> float | None:
    """A value from `begin` on and before `end`, with no more decimals than it takes."""
    if integer:
        whole = ceil(begin)
        return whole if whole < end else None
    middle = (begin + end) / 2
    for digits in range(max(0, 2 - floor(log10(span or 1))), 17):
        value = round(middle, digits)
        if begin <= value < end:
            return value + 0.0
    return begin


def _stepped(swept: Swept, first: float, last: float, step: float) -> list[float]:
    number = floor((last - first) / step + 1e-9)
    found = [round(first + at * step, 9) + 0.0 for at in range(number + 1)]
    return [float(each) if not swept.integer else int(each) for each in found if each <= last]
