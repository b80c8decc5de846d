"""Tree to text, in the one layout that every policy has.

A line is at most a hundred characters wide where its words allow it. Nothing but layout is decided
here: the author's spelling of numbers and instants, the blocks of text and every comment stay, and
reading what was written gives the same tree.
"""

import re

from engine.source import Span
from engine.syntax import nodes as syntax
from engine.syntax.columns import Row
from engine.syntax.comments import woven
from engine.syntax.items import Item, laid_out
from engine.syntax.layout import Doc, Gap, Line, Mark
from engine.syntax.write_declarations import declaration
from engine.syntax.write_expressions import word, words
from engine.syntax.write_texts import plain

_HEADER_WORD = re.compile(r'"(?:\\.|[^"\\\n])*"|#[^\n]*|\b(title|owner|governs|source)\b')


def write(tree: syntax.File, text: str | None = None) -> str:
    """`text` is what the tree was read from: there are the empty lines that the author chose."""
    source = text or ""
    items = [_header(tree.header, source), *map(declaration, tree.declarations)]
    language = Line(0, f"bylaw {tree.language}", tree.span.start, gap=Gap.KEPT)
    lines = [language, *laid_out(items, source)]
    lines[1].gap = Gap.ALWAYS
    return woven(lines, tree.comments, source)


def _header(node: syntax.Header, text: str) -> Item:
    marks = _marks(node, text)
    lines: list[tuple[str, Doc]] = []
    if node.title is not None:
        lines.append(("title", plain(node.title)))
    if node.owner is not None:
        lines.append(("owner", plain(node.owner)))
    if node.governs:
        lines.append(("governs", words(node.governs)))
    if node.source is not None:
        lines.append(("source", plain(node.source)))
    widest = max((len(keyword) for keyword, _ in lines), default=0)
    body = tuple((marks.get(keyword, ""), f"{keyword:{widest}} ", said) for keyword, said in lines)
    return Item(node, Row((("policy ", word(node.name), f" {node.version}"),)), body)


def _marks(node: syntax.Header, text: str) -> dict[str, Mark]:
    """Where the lines of the header begin; the tree does not know it."""
    found = _HEADER_WORD.finditer(text, node.name.span.end, node.span.end)
    places = [(word[1], Span(*word.span(1))) for word in found if word[1]]
    names = {name.span for name in node.governs}
    return {keyword: Mark(span) for keyword, span in places if span not in names}
