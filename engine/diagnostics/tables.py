"""What can be wrong with a table: its shape, its gaps, its overlaps."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.diagnostics.base import Diagnostic, Place
from engine.source import Span


@dataclass(frozen=True, kw_only=True)
class WrongHeading(Diagnostic):
    table: str
    wanted: tuple[str, ...]
    found: tuple[str, ...]

    def message(self) -> str:
        return f"the heading of `{self.table}` does not name its columns"

    def help(self) -> str | None:
        return f"write `| {' | '.join(self.wanted)} |`"


@dataclass(frozen=True, kw_only=True)
class UnevenRow(Diagnostic):
    found: int
    wanted: int
    heading: Span

    def message(self) -> str:
        cells = "cell" if self.found == 1 else "cells"
        return f"this row has {self.found} {cells}, and the heading has {self.wanted}"

    def places(self) -> Sequence[Place]:
        return (Place(self.heading, "the heading"),)

    def help(self) -> str | None:
        return (
            "write `-` in a cell that matches anything"
            if self.found < self.wanted
            else "take the surplus cells out"
        )


@dataclass(frozen=True, kw_only=True)
class TableGap(Diagnostic):
    table: str
    regions: tuple[str, ...]
    more: int = 0

    def message(self) -> str:
        more = f", and {self.more} more" if self.more else ""
        return f"`{self.table}` says nothing for {'; '.join(self.regions)}{more}"

    def help(self) -> str | None:
        return "add a row for it, or a last row with `-` for all that is left"


@dataclass(frozen=True, kw_only=True)
class TableOverlap(Diagnostic):
    table: str
    region: str
    first: Span

    def message(self) -> str:
        return f"two rows of `{self.table}` match {self.region}"

    def places(self) -> Sequence[Place]:
        return (Place(self.first, "this row matches too"),)

    def help(self) -> str | None:
        return "make one of them narrower, or write `-` where the later one is to be the default"


@dataclass(frozen=True, kw_only=True)
class UnreachableRow(Diagnostic):
    table: str
    by: tuple[Span, ...]

    def message(self) -> str:
        why = "earlier rows take all its cases" if self.by else "there is nothing within its cells"
        return f"this row of `{self.table}` can never match: {why}"

    def places(self) -> Sequence[Place]:
        return tuple(Place(span, "this one takes them") for span in self.by[:2])

    def help(self) -> str | None:
        return "take it out, or put it before them" if self.by else "mend its cells, or take it out"


@dataclass(frozen=True, kw_only=True)
class TableTooLarge(Diagnostic):
    table: str

    def message(self) -> str:
        return f"the rows of `{self.table}` cut one another into too many regions"

    def help(self) -> str | None:
        return "split it into several tables of fewer columns"
