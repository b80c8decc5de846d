"""Texts to Markdown: headings, lists and tables, with nothing in a text taken for a mark."""

import re
from collections.abc import Iterable, Iterator, Sequence

_MARKS = re.compile(r"([\`*\[\]<|]|(?<!\w)_|_(?!\w))")


def plain(text: str) -> str:
    """A text of the author's, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    return f"`{text}`"


def heading(level: int, text: str) -> Iterator[str]:
    yield f"{'#' * level} {text}"
    yield ""


def paragraph(text: str) -> Iterator[str]:
    yield text
    yield ""


def bullets(items: Iterable[str], indent: str = "") -> Iterator[str]:
    for item in items:
        yield f"{indent}- {item}"
    yield ""


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Columns in which no row says anything are left out."""
    told = [list(row) for row in rows]
    kept = [place for place, _ in enumerate(headings) if any(row[place] for row in told)]
    yield _row([headings[place] for place in kept])
    yield _row(["---"] * len(kept))
    for row in told:
        yield _row([row[place] for place in kept])
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def quoted(text: str) -> Iterator[str]:
    """Lines as they stand, where a text has several."""
    yield "```text"
    yield from text.strip("\n").split("\n")
    yield "```"
    yield ""
