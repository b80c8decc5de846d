"""Items to lines: what stands in a file, a record, a decision or a lifecycle, one after the other.

Neighbours of one kind between which there is no empty line have their cells aligned. Between
declarations there is an empty line, but short ones of one kind may stand together: there, and
between fields and the parts of a lifecycle, the author's empty lines are kept.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.source import Span
from engine.syntax import nodes as syntax
from engine.syntax.columns import Row, aligned
from engine.syntax.layout import STEP, WIDTH, Doc, Gap, Line, Mark, flat_width, lay_out

_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n")


@dataclass(frozen=True)
class Item:
    """A head, whose cells may be aligned with its neighbours'; below it and one step deeper the
    body, each document on lines of its own, and the items that it holds."""

    node: syntax.Node
    row: Row
    body: tuple[Doc, ...] = ()
    items: tuple["Item", ...] = ()

    @property
    def is_short(self) -> bool:
        """One line, or an example's two."""
        lines = [self.row.width, *map(flat_width, self.body)]
        most = 2 if isinstance(self.node, syntax.Example) else 1
        return not self.items and len(lines) <= most and max(lines) <= WIDTH - STEP


def laid_out(items: Sequence[Item], text: str, indent: int = 0) -> Iterator[Line]:
    for run in _runs(items, text):
        heads = aligned([item.row for item, _ in run], indent)
        for (item, gap), head in zip(run, heads, strict=True):
            lines = lay_out((_beginning(item.node), head), indent)
            lines[0].gap = gap
            for clause in item.body:
                lines += lay_out(clause, indent + STEP)
            lines += laid_out(item.items, text, indent + STEP)
            if not isinstance(item.node, syntax.Header):  # its lines are not in the author's order
                lines[-1].mark(Span(item.node.span.end, item.node.span.end))
            yield from lines


def _runs(items: Sequence[Item], text: str) -> Iterator[list[tuple[Item, Gap]]]:
    """The items with the gaps above them, parted at empty lines and where the kind changes."""
    run = [(item, Gap.NONE) for item in items[:1]]
    for above, below in pairwise(items):
        gap = _gap(above, below)
        if _is_parted(above, below, gap, text):
            yield run
            run = []
        run.append((below, gap))
    yield run


def _is_parted(above: Item, below: Item, gap: Gap, text: str) -> bool:
    if gap is Gap.ALWAYS or type(above.node) is not type(below.node):
        return True
    return bool(_EMPTY_LINE.search(text, above.node.span.end, below.node.span.start))


def _gap(above: Item, below: Item) -> Gap:
    of_one_kind = type(above.node) is type(below.node)
    match below.node:
        case _ if isinstance(above.node, syntax.HitPolicy):
            return Gap.NONE
        case syntax.Field():
            return Gap.KEPT
        case syntax.State() | syntax.Event() | syntax.Transition() | syntax.Deadline():
            return Gap.KEPT if of_one_kind else Gap.ALWAYS
        case _:
            are_short = above.is_short and below.is_short
            return Gap.KEPT if of_one_kind and are_short else Gap.ALWAYS


def _beginning(node: syntax.Node) -> Mark:
    return Mark(Span(node.span.start, node.span.start))
