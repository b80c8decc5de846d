"""Rows to documents whose cells stand under each other.

A cell is as wide as the widest of those above and below it, in an unbroken run of rows that go on
after it. A note for which that leaves no room gets a line of its own; if even the cells would be
too wide, nothing is aligned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from engine.syntax.layout import WIDTH, Break, Doc, Group, Indent, flat_width

WIDE_GAP = "   "


@dataclass(frozen=True)
class Row:
    """The note comes last; only after a wide gap is it aligned."""

    cells: tuple[Doc, ...]
    note: Doc = ""
    gap: str = WIDE_GAP

    @property
    def width(self) -> float:
        return _width(self, bool(self.note))


def aligned(rows: Sequence[Row], indent: int) -> list[Doc]:
    room = WIDTH - indent
    noted = [bool(row.note) for row in rows]
    while True:
        padding = _padding([_followed(*each, room) for each in zip(rows, noted, strict=True)])
        widths = [
            _width(row, has_note) + sum(pads)
            for row, has_note, pads in zip(rows, noted, padding, strict=True)
        ]
        fitting = [
            has_note and width <= room for has_note, width in zip(noted, widths, strict=True)
        ]
        if fitting == noted:
            break
        noted = fitting
    if any(
        width > room and sum(pads) and _width(row, False) <= room
        for row, width, pads in zip(rows, widths, padding, strict=True)
    ):
        padding = [[] for _ in rows]
    return [_row(*each) for each in zip(rows, noted, padding, strict=True)]


def _followed(row: Row, has_note: bool, room: int) -> list[int]:
    """The widths of the cells after which something stands on the same line."""
    is_aligned = has_note and row.gap == WIDE_GAP
    widths = [flat_width(cell) for cell in (row.cells if is_aligned else row.cells[:-1])]
    return [int(width) for width in widths] if sum(widths) < room else []


def _padding(rows: list[list[int]]) -> list[list[int]]:
    """How many blanks each cell needs."""
    padding: list[list[int]] = [[] for _ in rows]
    for column in range(max(map(len, rows), default=0)):
        numbered = groupby(range(len(rows)), key=lambda number: len(rows[number]) > column)
        for run in (list(numbers) for goes_on, numbers in numbered if goes_on):
            widest = max(rows[number][column] for number in run)
            for number in run:
                padding[number].append(widest - rows[number][column])
    return padding


def _width(row: Row, has_note: bool) -> float:
    cells = sum(map(flat_width, row.cells)) + len(row.cells) - 1
    return cells + len(row.gap) + flat_width(row.note) if has_note else cells


def _row(row: Row, has_note: bool, pads: list[int]) -> Doc:
    pieces: list[Doc] = []
    for number, cell in enumerate(row.cells):
        pad = " " * pads[number] if number < len(pads) else ""
        last = number == len(row.cells) - 1
        pieces += [cell, pad, "" if last or not (cell or pad) else " "]
    if not row.note:
        return tuple(pieces)
    return Group((*pieces, Indent((Break(row.gap), row.note))), broken=not has_note)
