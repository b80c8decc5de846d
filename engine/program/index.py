"""A table to a tree that finds the first true row in one step for each column.

A step is a dictionary or one bisection.

The tree is the table column after column: below a branch stand only the rows that its values leave
possible, and a row that asks nothing of the columns below shuts out the rows after it. Equal
subtrees are one. Which column comes first can make a tree large; where one order fails, each column
is tried as the first.

Where an argument is unknown, the first row that is not false decides: it is true where it says `-`
for everything unknown, else the result is unknown. So a tree over the known columns alone
(`index(table, columns)`) finds the row, and the row's own cells tell whether it is true
(`asks_nothing`).
"""

from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from engine.language.types import Range
from engine.program import domains
from engine.program.domains import Classes, Column, Cut, Listed
from engine.program.nodes import Anything, Cell, Row, Table, Values, Within

MOST_STEPS = 1_000_000
"""How many rows may be placed in branches before a tree is given up: about a second."""


@dataclass(frozen=True, eq=False)
class Leaf:
    """The row, from 0; None where no row is true."""

    row: int | None


@dataclass(frozen=True, eq=False)
class ByValue:
    """`branches.get(arguments[column], default)`; for enums by wire name, codes by their whole
    text."""

    column: int
    branches: Mapping[object, "Tree"]
    default: "Tree"


@dataclass(frozen=True, eq=False)
class ByRange:
    """`branches[bisect_right(cuts, arguments[column])]`; one branch more than cuts."""

    column: int
    cuts: tuple[int | float, ...]
    branches: tuple["Tree", ...]


Tree = Leaf | ByValue | ByRange


@dataclass(frozen=True)
class TooLarge:
    """What `index` gives for a table whose tree would explode: many rows that say `-`, or overlap,
    in turns."""

    table: str
    rows: int


def index(table: Table, columns: Sequence[int] | None = None) -> Tree | TooLarge:
    """The tree over all columns, or over these: then it finds the first row whose cells there are
    true."""
    grid = partition(table)
    chosen = tuple(range(len(grid.columns))) if columns is None else tuple(columns)
    by_effort = sorted(chosen, key=lambda place: effort(grid, place))
    for first in by_effort or (None,):
        order = tuple(place for place in by_effort if place != first)
        tree = _Builder(grid, order if first is None else (first, *order)).tree()
        if tree is not None:
            return tree
    return TooLarge(table.name, len(table.rows))


def look_up(tree: Tree, arguments: Sequence[Any]) -> int | None:
    """The row for known arguments, by walking the tree."""
    while True:
        match tree:
            case Leaf(row=row):
                return row
            case ByValue(column=column, branches=named, default=default):
                tree = named.get(arguments[column], default)
            case ByRange(column=column, cuts=cuts, branches=branches):
                tree = branches[bisect_right(cuts, arguments[column])]
            case _:
                assert_never(tree)


def look_up_unknown(table: Table, arguments: Sequence[object]) -> int | None:
    """The row where some arguments may be None, for unknown, by looking at one row after the other;
    None where the result is unknown. It is the meaning of a table."""
    for number, row in enumerate(table.rows):
        verdicts = [
            compare(cell, argument) for cell, argument in zip(row.cells, arguments, strict=True)
        ]
        if False not in verdicts:
            return None if None in verdicts else number
    return None


def asks_nothing(row: Row, columns: Iterable[int]) -> bool:
    """Whether the row says `-` for all of these."""
    return all(isinstance(row.cells[column], Anything) for column in columns)


def compare(cell: Cell, argument: object) -> bool | None:
    match cell:
        case Anything():
            return True
        case Values(values=values):
            return None if argument is None else argument in values
        case Within(range=Range() as within):
            return None if argument is None else within.contains(argument)  # type: ignore[arg-type]
        case _:
            assert_never(cell)


@dataclass(frozen=True)
class Grid:
    """A table in classes: `cells[row][column]`."""

    columns: tuple[Column, ...]
    cells: tuple[tuple[Classes, ...], ...]


def partition(table: Table) -> Grid:
    columns = tuple(
        domains.column(parameter, [row.cells[place] for row in table.rows])
        for place, parameter in enumerate(table.parameters)
    )
    known: dict[tuple[int, Cell], Classes] = {}
    for row in table.rows:
        for place, cell in enumerate(row.cells):
            if (place, cell) not in known:
                known[place, cell] = domains.classes(columns[place], cell)
    cells = tuple(
        tuple(known[place, cell] for place, cell in enumerate(row.cells)) for row in table.rows
    )
    return Grid(columns, cells)


def effort(grid: Grid, place: int) -> int:
    """How many classes the rows take in; the fewer, the sooner the column tells them apart."""
    return sum(len(each) for row in grid.cells for each in row[place])


def branches(node: ByValue | ByRange, column: Column) -> Iterable[tuple["Tree", Classes]]:
    """Each different subtree of a node with the classes that lead there; one stretch at a time for
    numbers."""
    match node, column:
        case ByRange(cuts=cuts), Cut():
            ends = [0, *(column.place(cut) for cut in cuts), column.size]
            return [
                (branch, (range(start, stop),))
                for branch, start, stop in zip(node.branches, ends, ends[1:], strict=False)
            ]
        case ByValue(), Listed():
            taken = domains.joined(
                range(place, place + 1) for place in map(column.place, node.branches)
            )
            found: dict[Tree, list[range]] = {node.default: list(domains.remaining(column, taken))}
            for value, branch in node.branches.items():
                place = column.place(value)
                found.setdefault(branch, []).append(range(place, place + 1))
            return [
                (branch, domains.joined(stretches))
                for branch, stretches in found.items()
                if stretches
            ]
        case _:
            raise TypeError(f"{node} does not branch on {column}")


def split(
    stretches: Sequence[tuple[int, range]], size: int, shutting: Container[int], most: int
) -> list[tuple[int, list[int]]] | None:
    """Rows by the classes they stand in: where each part begins, and its rows in order. A row of
    `shutting` lets none after it into its parts. None where there would be more than `most` to
    place."""
    ends = sorted({0, size, *(end for _, each in stretches for end in (each.start, each.stop))})
    places = {end: place for place, end in enumerate(ends)}
    parts: list[list[int]] = [[] for _ in ends[1:]]
    following = list(range(len(ends)))
    for row, each in stretches:
        stop, shuts = places[each.stop], row in shutting
        place = _still_open(following, places[each.start])
        while place < stop:
            parts[place].append(row)
            most -= 1
            if shuts:
                following[place] = place + 1
            place = _still_open(following, place + 1)
        if most < 0:
            return None
    return list(zip(ends, parts, strict=False))


def _still_open(following: list[int], place: int) -> int:
    """The first part from this one on that is not shut; the way there is made short for the next
    time."""
    found = place
    while following[found] != found:
        found = following[found]
    while following[place] != found:
        following[place], place = found, following[place]
    return found


class _Builder:
    """Builds one tree; subtrees are known by the rows they decide between, nodes by what they
    hold."""

    def __init__(self, grid: Grid, order: tuple[int, ...]) -> None:
        self.grid = grid
        self.order = order
        self.steps_left = MOST_STEPS
        self.subtrees: dict[tuple[int, tuple[int, ...]], Tree] = {}
        self.nodes: dict[tuple[object, ...], Tree] = {}
        self.asks = [self._asks_up_to(row) for row in grid.cells]

    def tree(self) -> Tree | None:
        return self._subtree(0, tuple(range(len(self.grid.cells))))

    def _asks_up_to(self, row: tuple[Classes, ...]) -> int:
        """How many columns, in order, a row must be asked before it is sure to be true."""
        for depth in range(len(self.order), 0, -1):
            column = self.order[depth - 1]
            if row[column] != domains.everything(self.grid.columns[column]):
                return depth
        return 0

    def _subtree(self, depth: int, rows: tuple[int, ...]) -> Tree | None:
        if not rows or self.asks[rows[0]] <= depth:
            row = rows[0] if rows else None
            return self.nodes.setdefault((row,), Leaf(row))
        known = self.subtrees.get((depth, rows))
        if known is None:
            parts = self._parts(depth, rows)
            known = None if parts is None else self._node(self.order[depth], parts)
            if known is not None:
                self.subtrees[depth, rows] = known
        return known

    def _parts(self, depth: int, rows: tuple[int, ...]) -> list[tuple[int, Tree]] | None:
        """The subtrees of one column, each with the class where it begins, none like the one before
        it."""
        column = self.order[depth]
        stretches = [(row, each) for row in rows for each in self.grid.cells[row][column]]
        shutting = {row for row in rows if self.asks[row] <= depth + 1}
        parts = split(stretches, self.grid.columns[column].size, shutting, self.steps_left)
        if parts is None:
            return None
        found: list[tuple[int, Tree]] = []
        for start, inside in parts:
            self.steps_left -= len(inside)
            below = self._subtree(depth + 1, tuple(inside))
            if below is None or self.steps_left < 0:
                return None
            if not found or found[-1][1] is not below:
                found.append((start, below))
        return found

    def _node(self, place: int, parts: list[tuple[int, Tree]]) -> Tree:
        if len(parts) == 1:
            return parts[0][1]
        column = self.grid.columns[place]
        match column:
            case Cut(cuts=cuts):
                starts = tuple(cuts[start - 1] for start, _ in parts[1:])
                below = tuple(tree for _, tree in parts)
                return self.nodes.setdefault((place, starts, below), ByRange(place, starts, below))
            case Listed():
                default = _default(column, parts)
                named = _named(column, parts, default)
                return self.nodes.setdefault(
                    (place, *named.items(), default), ByValue(place, named, default)
                )
            case _:
                assert_never(column)


def _ends_of(column: Column, parts: list[tuple[int, Tree]]) -> list[int]:
    return [*(start for start, _ in parts[1:]), column.size]


def _default(column: Listed, parts: list[tuple[int, Tree]]) -> Tree:
    """The subtree of any other value, or that of most values where all are named."""
    if column.other:
        return parts[-1][1]
    sizes: dict[Tree, int] = {}
    for (start, tree), stop in zip(parts, _ends_of(column, parts), strict=True):
        sizes[tree] = sizes.get(tree, 0) + stop - start
    return max(sizes, key=sizes.__getitem__)


def _named(column: Listed, parts: list[tuple[int, Tree]], default: Tree) -> dict[object, Tree]:
    return {
        value: tree
        for (start, tree), stop in zip(parts, _ends_of(column, parts), strict=True)
        if tree is not default
        for value in column.values[start:stop]
    }
