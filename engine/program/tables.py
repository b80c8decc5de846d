"""What is wrong with a table: cases that no row covers, and rows that cover the same ones.

A table is looked at through its index, so that ten thousand rows take no longer than their tree.
All found is said over the parameters' types: whole numbers leave no gap between `<= 3` and `>= 4`,
a named member none beside the rest.

Two rows may hold together where the later one says `-` and the earlier one does not: then it is a
default. Any other overlap is a mistake, and so is a row of which the rows before it leave nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from engine.program import domains
from engine.program.domains import Classes, Column
from engine.program.index import (
    MOST_STEPS,
    ByRange,
    ByValue,
    Grid,
    Leaf,
    TooLarge,
    Tree,
    asks_nothing,
    branches,
    effort,
    index,
    look_up,
    look_up_unknown,
    partition,
    split,
)
from engine.program.nodes import Anything, Row, Table

__all__ = [
    "ByRange", "ByValue", "Leaf", "Overlap", "Region", "TooLarge", "Tree", "asks_nothing",
    "gaps", "index", "look_up", "look_up_unknown", "overlaps",
]  # fmt: skip

MOST_FOUND = 1000
_MOST_COMPARED = 200_000

Box = tuple[Classes, ...]
"""The classes of each column that a region spans."""


@dataclass(frozen=True)
class Region:
    """Arguments of a table, column by column; the columns that may be anything are left out."""

    parts: tuple[tuple[Column, Classes], ...]

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Each parameter's name and what it is: `("confidence", "0.7 ..< 0.85")`."""
        return tuple((column.name, domains.words(column, taken)) for column, taken in self.parts)

    def words(self) -> str:
        """`channel is voice and confidence 0.7 ..< 0.85`"""
        return " and ".join(f"{name} {what}" for name, what in self.columns) or "every case"


@dataclass(frozen=True)
class Overlap:
    """The row `later`, counted from 0, says of `region` what the first row of `earlier` says
    already, and of other regions what the others say. `never` is that nothing is left to it;
    `earlier` is then what takes it all, or nothing where a cell of its own takes in nothing."""

    later: int
    earlier: tuple[int, ...]
    region: Region
    never: bool


def gaps(table: Table) -> list[Region]:
    """What no row covers, in few regions that are each as large as can be; the first thousand of
    them."""
    tree = index(table)
    if isinstance(tree, TooLarge):
        return []  # said already
    grid = partition(table)
    whole = tuple(domains.everything(column) for column in grid.columns)
    found = list(islice(_uncovered(tree, grid, whole), MOST_FOUND))
    if len(found) * max(len(found), len(grid.cells)) <= _MOST_COMPARED:
        found = _needed([_grown(box, grid) for box in found], found)
    return [_region(box, grid) for box in found]


def overlaps(table: Table) -> list[Overlap]:
    """Rows that can never match, and others that hold together with an earlier one where neither is
    the default; one complaint for one later row."""
    tree = index(table)
    if isinstance(tree, TooLarge):
        return []  # said already
    grid = partition(table)
    hidden = sorted(set(range(len(table.rows))) - set(_rows(tree)))
    pairs = islice(_pairs(table, grid, frozenset(hidden)), MOST_FOUND)
    earlier: dict[int, set[int]] = {}
    for one, two in pairs:
        earlier.setdefault(two, set()).add(one)
    both = [_both(later, sorted(rows), grid) for later, rows in earlier.items()]
    never = [_never(row, grid) for row in hidden[:MOST_FOUND]]
    return sorted([*never, *both], key=lambda overlap: overlap.later)


def _uncovered(tree: Tree, grid: Grid, box: Box) -> Iterator[Box]:
    match tree:
        case Leaf(row=None):
            yield box
        case Leaf():
            return
        case _:
            place = tree.column
            for below, taken in branches(tree, grid.columns[place]):
                yield from _uncovered(below, grid, (*box[:place], taken, *box[place + 1 :]))


def _grown(box: Box, grid: Grid) -> Box:
    """The box made as large as the rows allow, column by column; numbers stay one stretch."""
    for place, column in enumerate(grid.columns):
        blocked = domains.joined(
            each for row in grid.cells if _meet_beside(row, box, place) for each in row[place]
        )
        free = domains.remaining(column, blocked)
        if isinstance(column, domains.Cut):
            free = tuple(each for each in free if domains.inside(box[place], (each,)))
        box = (*box[:place], free, *box[place + 1 :])
    return box


def _meet_beside(row: Box, box: Box, place: int) -> bool:
    """Whether they have something in common in every other column."""
    return all(
        domains.common(ours, theirs)
        for other, (ours, theirs) in enumerate(zip(row, box, strict=True))
        if other != place
    )


def _needed(candidates: Sequence[Box], parts: Sequence[Box]) -> list[Box]:
    """Of the candidates those that it takes to cover every part."""
    boxes = list(dict.fromkeys(candidates))
    covered = [[place for place, part in enumerate(parts) if _inside(part, box)] for box in boxes]
    times = Counter(place for places in covered for place in places)
    chosen: list[Box] = []
    for box, places in zip(reversed(boxes), reversed(covered), strict=True):
        if all(times[place] > 1 for place in places):
            times.subtract(places)
        else:
            chosen.append(box)
    return chosen[::-1]


def _both(later: int, earlier: Sequence[int], grid: Grid) -> Overlap:
    region = _common(grid.cells[earlier[0]], grid.cells[later])
    return Overlap(later, tuple(earlier), _region(region, grid), never=False)


def _never(row: int, grid: Grid) -> Overlap:
    cells = grid.cells[row]
    meeting = [each for each in range(row) if all(_common(grid.cells[each], cells))]
    alone = next((each for each in meeting if _inside(cells, grid.cells[each])), None)
    earlier = tuple(meeting) if alone is None else (alone,)
    return Overlap(row, earlier if all(cells) else (), _region(cells, grid), never=True)


def _pairs(table: Table, grid: Grid, hidden: frozenset[int]) -> Iterator[tuple[int, int]]:
    """The overlaps that are mistakes. The later row may say `-` only where the earlier one does
    too, so both ask the columns that the earlier one asks, and only those are compared."""
    kinds: dict[frozenset[int], list[int]] = {}
    for number, row in enumerate(table.rows):
        if number not in hidden:
            kinds.setdefault(_silent(row), []).append(number)
    for silent, earlier in kinds.items():
        later = {number for kind, numbers in kinds.items() if kind <= silent for number in numbers}
        asked = sorted(
            set(range(len(grid.columns))) - silent, key=lambda place: effort(grid, place)
        )
        yield from _meeting(grid, asked, sorted({*earlier, *later}), frozenset(earlier), later)


def _silent(row: Row) -> frozenset[int]:
    return frozenset(place for place, cell in enumerate(row.cells) if isinstance(cell, Anything))


def _meeting(
    grid: Grid, asked: Sequence[int], rows: Sequence[int], earlier: frozenset[int], later: set[int]
) -> Iterator[tuple[int, int]]:
    """Pairs of rows that have something in common in each of the columns asked; some of them more
    than once."""
    if len(rows) < 2:
        return
    if not asked:
        yield from _paired(rows, earlier, later)
        return
    place, *rest = asked
    stretches = [(row, each) for row in rows for each in grid.cells[row][place]]
    parts = split(stretches, grid.columns[place].size, (), MOST_STEPS)
    if parts is None:
        for one, two in _paired(rows, earlier, later):
            both = _common(grid.cells[one], grid.cells[two])
            if all(both[each] for each in asked):
                yield one, two
        return
    for _, inside in parts:
        yield from _meeting(grid, rest, inside, earlier, later)


def _paired(
    rows: Sequence[int], earlier: frozenset[int], later: set[int]
) -> Iterator[tuple[int, int]]:
    seen: list[int] = []
    for row in rows:
        if row in later:
            yield from ((each, row) for each in seen)
        if row in earlier:
            seen.append(row)


def _rows(tree: Tree) -> Iterable[int]:
    found: set[int] = set()
    seen: set[Tree] = set()
    open_nodes = [tree]
    while open_nodes:
        node = open_nodes.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case Leaf(row=int(row)):
                found.add(row)
            case Leaf():
                pass
            case ByValue(branches=named, default=default):
                open_nodes += [*named.values(), default]
            case ByRange(branches=below):
                open_nodes += below
    return found


def _common(left: Box, right: Box) -> Box:
    return tuple(domains.common(one, two) for one, two in zip(left, right, strict=True))


def _inside(inner: Box, outer: Box) -> bool:
    return all(domains.inside(one, two) for one, two in zip(inner, outer, strict=True))


def _region(box: Box, grid: Grid) -> Region:
    return Region(
        tuple(
            (column, taken)
            for column, taken in zip(grid.columns, box, strict=True)
            if taken and taken != domains.everything(column)
        )
    )
