"""Documents to lines: what fits on one line stands on one, what is too wide is broken from outside.

A document is made of words, groups and breaks. A group that fits into the width that is left is
written on one line, each of its breaks as the break's `flat` text; otherwise each of its own breaks
is a new line, and the groups inside it are tried in turn. A mark is invisible: it says where in the
source a line was read, by which comments and empty lines find their places again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from engine.source import Span

WIDTH = 100
STEP = 2


@dataclass(frozen=True, slots=True)
class Break:
    flat: str = " "


@dataclass(frozen=True, slots=True)
class Padding:
    """Blanks that are there only where the group around them is broken."""

    text: str


@dataclass(frozen=True, slots=True)
class Group:
    content: "Doc"
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Indent:
    content: "Doc"


@dataclass(frozen=True, slots=True)
class Mark:
    span: Span


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of which all but the first stand one step deeper than the line it begins on; `flat` is
    said instead where there can be one line only."""

    lines: tuple[str, ...]
    flat: str


Doc = str | tuple["Doc", ...] | Break | Padding | Group | Indent | Mark | Block


class Gap(Enum):
    """Whether an empty line stands before a line: `KEPT` is as the author has it."""

    NONE = auto()
    KEPT = auto()
    ALWAYS = auto()


@dataclass
class Line:
    """`start` and `end` are the places in the source of the first and the last word on it. A line
    carries in its text the lines of a block that begins on it."""

    indent: int
    text: str = ""
    start: int | None = None
    end: int = 0
    gap: Gap = Gap.NONE

    def mark(self, span: Span) -> None:
        self.start = span.start if self.start is None else min(self.start, span.start)
        self.end = max(self.end, span.end)


def lay_out(doc: Doc, indent: int = 0) -> list[Line]:
    lines = [Line(indent)]
    left = WIDTH - indent
    rest: list[tuple[int, bool, Doc]] = [(indent, False, doc)]
    while rest:
        depth, flat, each = rest.pop()
        match each:
            case str():
                lines[-1].text += each
                left -= len(each)
            case tuple():
                rest.extend((depth, flat, part) for part in reversed(each))
            case Mark(span=span):
                lines[-1].mark(span)
            case Indent(content=content):
                rest.append((depth + STEP, flat, content))
            case Group(content=content, broken=broken):
                fits = flat or (not broken and _fits(content, rest, left))
                rest.append((depth, fits, content))
            case Break(flat=text) if flat:
                lines[-1].text += text
                left -= len(text)
            case Break():
                lines[-1].text = lines[-1].text.rstrip(" ")
                lines.append(Line(depth))
                left = WIDTH - depth
            case Padding(text=text):
                lines[-1].text += "" if flat else text
                left -= 0 if flat else len(text)
            case Block(lines=block):
                lines[-1].text += _stacked(block, depth + STEP)
                left = WIDTH - depth - STEP - len(block[-1])
            case _:
                assert_never(each)
    return lines


def flat_text(doc: Doc) -> str:
    """The document on one line, come what may."""
    words: list[str] = []
    rest = [doc]
    while rest:
        match rest.pop():
            case (str() as text) | Break(flat=text) | Block(flat=text):
                words.append(text)
            case tuple() as parts:
                rest.extend(reversed(parts))
            case Indent(content=content) | Group(content=content):
                rest.append(content)
            case Mark() | Padding():
                pass
    return "".join(words)


def flat_width(doc: Doc) -> float:
    """How wide the document is on one line; infinite where it would not go there by itself."""
    rest = [doc]
    while rest:
        match rest.pop():
            case tuple() as parts:
                rest.extend(parts)
            case Indent(content=content) | Group(content=content, broken=False):
                rest.append(content)
            case Group() | Block():
                return float("inf")
    return len(flat_text(doc))


def joined(parts: Iterable[Doc], *between: Doc) -> Doc:
    pieces: list[Doc] = []
    for part in parts:
        pieces += (*between, part) if pieces else (part,)
    return tuple(pieces)


def bracketed(opening: str, items: Sequence[Doc], closing: Doc, padding: str = "") -> Doc:
    """Items with commas between brackets, on one line or each on its own."""
    if not items:
        return (opening, closing)
    listed = joined(items, ",", Break())
    return Group((opening, Indent((Break(padding), listed)), Break(padding), closing))


def _fits(content: Doc, rest: Sequence[tuple[int, bool, Doc]], left: int) -> bool:
    """Whether the content on one line, and what follows up to the next break, is no wider."""
    following = len(rest)
    stack: list[tuple[bool, Doc]] = [(True, content)]
    inside = True
    while left >= 0:
        if not stack:
            inside = False
            if not following:
                return True
            following -= 1
            _, flat, doc = rest[following]
            stack.append((flat, doc))
        flat, each = stack.pop()
        match each:
            case str():
                left -= len(each)
            case tuple():
                stack.extend((flat, part) for part in reversed(each))
            case Indent(content=content):
                stack.append((flat, content))
            case Group(content=content, broken=broken):
                if broken and flat:
                    return False
                stack.append((flat, content))
            case Break(flat=text):
                if not flat:
                    return True
                left -= len(text)
            case Padding(text=text):
                left -= 0 if flat else len(text)
            case Block(lines=block):
                return not inside and left >= len(block[0])
            case Mark():
                pass
    return False


def _stacked(lines: Sequence[str], indent: int) -> str:
    return "\n".join([lines[0], *(" " * indent + line if line else "" for line in lines[1:])])
