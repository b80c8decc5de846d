"""Pieces of cases and their labels to the counts at each combination of values."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate, product

from engine.verbs.calibrating.figures import Counts
from engine.verbs.calibrating.pieces import Pieces
from engine.verbs.calibrating.positive import LOOSEST, POSITIVE

Weighed = Mapping[tuple[Pieces, bool], int]
"""How often cases have these pieces and this label."""
_Grid = list[list[int]]
_ONE = (0.0,)
"""The values of a second threshold where there is none."""


def counts_at(
    weighed: Weighed, values: Sequence[Sequence[float]], *, ordered: bool
) -> dict[tuple[float, ...], Counts]:
    """For one threshold or two."""
    first, second = values[0], values[1] if len(values) > 1 else _ONE
    grids: dict[tuple[int, bool], _Grid] = {
        (kind, right): [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
        for kind in range(POSITIVE + LOOSEST + 1)
        for right in (False, True)
    }
    for (pieces, right), times in weighed.items():
        for kind, low, high in pieces.cells():
            top, bottom = bisect_left(first, low[0]), bisect_left(first, high[0])
            left, end = 0, 1
            if len(values) > 1:
                left, end = bisect_left(second, low[1]), bisect_left(second, high[1])
            grid = grids[kind, right]
            grid[top][left] += times
            grid[top][end] -= times
            grid[bottom][left] -= times
            grid[bottom][end] += times
    sums = {key: _summed(grid) for key, grid in grids.items()}
    found = {}
    for at, here in enumerate(product(*values)):
        row, column = divmod(at, len(second))
        one = {key: grid[row][column] for key, grid in sums.items()}
        found[here] = _counts(one, ordered=ordered)
    return found


def _summed(corners: _Grid) -> _Grid:
    """What stands at the corners of rectangles to how many of these cover each place."""
    down = zip(*(accumulate(column) for column in zip(*corners, strict=True)), strict=True)
    return [list(accumulate(row)) for row in down]


def _counts(found: Mapping[tuple[int, bool], int], *, ordered: bool) -> Counts:
    def of(right: bool, bit: int, wanted: int) -> int:
        return sum(
            times
            for (kind, labelled), times in found.items()
            if labelled == right and kind & bit == wanted
        )

    loosest = of(True, LOOSEST, LOOSEST) + of(False, LOOSEST, LOOSEST) if ordered else None
    return Counts(
        true_positive=of(True, POSITIVE, POSITIVE),
        false_positive=of(False, POSITIVE, POSITIVE),
        false_negative=of(True, POSITIVE, 0),
        true_negative=of(False, POSITIVE, 0),
        loosest=loosest,
    )
