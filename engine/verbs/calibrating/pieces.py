"""A case to the pieces of a threshold's range within which it is decided alike.

The evaluator decides with a number that remembers what it was compared with. Nothing else can
change what it decides: so it need be asked only once on either side of each of those numbers, and
that is what all values in between give.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf, nextafter
from typing import Any

Ask = Callable[[tuple[float, ...]], int]
"""Values of the thresholds to the class of the outcome."""
_MOST = 20_000


class TooManyError(ArithmeticError):
    """A case that must be decided too often."""


@dataclass(frozen=True)
class Pieces:
    """`starts` are where the pieces begin, for each threshold; `classes` are those of all of their
    combinations, the last threshold going fastest."""

    starts: tuple[tuple[float, ...], ...]
    classes: tuple[int, ...]

    def cells(self) -> Iterator[tuple[int, tuple[float, ...], tuple[float, ...]]]:
        """The class, where the piece begins, and where the next ones do."""
        ends = [(*axis[1:], inf) for axis in self.starts]
        yield from zip(self.classes, product(*self.starts), product(*ends), strict=True)


def pieces_of(ask: Ask, lows: Sequence[float], highs: Sequence[float]) -> Pieces:
    """Between these ends, each included."""
    axes = [{low} for low in lows]
    known: dict[tuple[float, ...], int] = {}
    while True:
        new = [each for each in product(*map(sorted, axes)) if each not in known]
        if not new:
            return merged([sorted(axis) for axis in axes], known)
        if len(known) + len(new) > _MOST:
            raise TooManyError
        for values in new:
            probes = tuple(map(_Probe, values))
            known[values] = ask(probes)
            for axis, probe, high in zip(axes, probes, highs, strict=True):
                low = min(axis)
                axis.update(each for each in probe.edges if low < each <= high)


def pieces_at(ask: Ask, values: Sequence[Sequence[float]]) -> Pieces:
    """Asked at all of these values, as if each held up to the next."""
    return merged(values, {each: ask(each) for each in product(*values)})


def merged(axes: Sequence[Sequence[float]], known: dict[tuple[float, ...], int]) -> Pieces:
    """Without the beginnings at which nothing becomes other."""
    kept = [list(axis) for axis in axes]
    for place, axis in enumerate(kept):
        others = [each for at, each in enumerate(kept) if at != place]
        last: list[int] | None = None
        beginnings = []
        for value in axis:
            here = [known[_with(rest, place, value)] for rest in product(*others)]
            if here != last:
                beginnings.append(value)
            last = here
        kept[place] = beginnings
    return Pieces(tuple(map(tuple, kept)), tuple(known[each] for each in product(*kept)))


def _with(rest: tuple[float, ...], place: int, value: float) -> tuple[float, ...]:
    return (*rest[:place], value, *rest[place:])


class _Probe(float):
    """A number that keeps the values from which on it would compare otherwise."""

    __slots__ = ("edges",)

    def __new__(cls, value: float) -> "_Probe":
        made = super().__new__(cls, value)
        made.edges = set()
        return made

    edges: set[float]

    def __le__(self, other: Any) -> bool:
        self.edges.add(nextafter(other, inf))
        return float.__le__(self, other)

    def __gt__(self, other: Any) -> bool:
        self.edges.add(nextafter(other, inf))
        return float.__gt__(self, other)

    def __lt__(self, other: Any) -> bool:
        self.edges.add(float(other))
        return float.__lt__(self, other)

    def __ge__(self, other: Any) -> bool:
        self.edges.add(float(other))
        return float.__ge__(self, other)

    def __eq__(self, other: object) -> bool:
        return self._same(other)

    def __ne__(self, other: object) -> bool:
        return not self._same(other)

    def _same(self, other: object) -> bool:
        if isinstance(other, int | float):
            self.edges.update((float(other), nextafter(other, inf)))
        return float.__eq__(self, other)

    __hash__ = float.__hash__
