"""Quoted text to what it says: escapes resolved, and what stands between braces parsed."""

import re
from typing import Any

from engine.diagnostics import syntax as said
from engine.source import Span
from engine.syntax import nodes as syntax
from engine.syntax.tokens import Token

_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_ESCAPE = re.compile(r"\\([\s\S])")
_BRACE = re.compile(r"\{\{|\}\}|\{|\}")
_TAG = re.compile(r"\{\s*(?:(for|if)\b|(else|end)\s*\})")
_FORMAT = re.compile(r"([^{}\n]*)\}?")
_KNOWN_FORMAT = re.compile(r"0(\.0{1,15})?%?")
_OPENING_LINE = re.compile(r"[ \t]*\r?\n")
_DEEPEST = 20


def plain(here: Token) -> str:
    """A text in which braces are nothing special."""
    return _resolved(here.file, here.start + 1, here.end - 1)


def template(here: Token, block: bool) -> syntax.Text:
    """`here` is the whole text with its quotes, one or three."""
    quotes = 3 if block else 1
    start, end, shared = here.start + quotes, here.end - quotes, 0
    if block:
        start, end, shared = _without_layout(here.file.source.text, start, end)
    pieces = _Template(here.file, start, end, shared).pieces()
    return syntax.Text(pieces, block, span=here.span)


def _without_layout(text: str, start: int, end: int) -> tuple[int, int, int]:
    """Where the lines of a block begin and end, and how many blanks of indentation they share."""
    opening = _OPENING_LINE.match(text, start, end)
    if not opening:
        return start, end, 0
    first, last = opening.end(), text.rfind("\n", start, end)
    if text[last:end].strip():
        last = end
    elif text[last - 1] == "\r":
        last -= 1
    last = max(first, last)
    lines = [line for line in text[first:last].split("\n") if line.strip()]
    shared = min((len(line) - len(line.lstrip(" \t")) for line in lines), default=0)
    return first, last, shared


def _resolved(file: Any, start: int, end: int, line_start: re.Pattern[str] | None = None) -> str:
    """The text there, with its escapes resolved and its lines without their shared indentation."""
    raw: str = file.source.text[start:end]

    def resolve(found: re.Match[str]) -> str:
        character = found[1]
        if character is None:
            return "\n"
        if character not in _ESCAPES:
            span = Span(start + found.start(), start + found.end())
            file.complain(said.UnknownEscape(span=span, written=found[0]))
        return _ESCAPES.get(character, character)

    return (line_start or _ESCAPE).sub(resolve, raw)


class _Template:
    """Reads on from `position`; what it cannot understand it complains of and leaves out."""

    def __init__(self, file: Any, start: int, end: int, shared: int) -> None:
        self.file = file
        self.text: str = file.source.text
        self.position = start
        self.end = end
        self.is_broken = False  # what could not be read might have been a tag
        self.line_start = re.compile(rf"\\([\s\S])|\r?\n[ \t]{{0,{shared}}}")
        indentation = re.compile(rf"[ \t]{{0,{shared}}}").match(self.text, start, end)
        if indentation:
            self.position = indentation.end()

    def pieces(self) -> tuple[syntax.Piece, ...]:
        pieces: list[syntax.Piece] = []
        while True:
            found, closing = self._until_tag(0)
            pieces += found
            if closing is None:
                return tuple(pieces)
            self._stray(closing)

    def _stray(self, tag: Token) -> None:
        if not self.is_broken:
            self.file.complain(said.StrayTag(span=tag.span, tag=tag.text))

    def _until_tag(self, depth: int) -> tuple[tuple[syntax.Piece, ...], Token | None]:
        """The pieces up to `{else}` or `{end}`, and that tag; None at the end of the text."""
        pieces: list[syntax.Piece] = []
        while True:
            words = self._words()
            if words:
                pieces.append(words)
            if self.position >= self.end:
                return tuple(pieces), None
            tag = _TAG.match(self.text, self.position, self.end)
            if tag and tag[2]:
                self.position = tag.end()
                return tuple(pieces), Token(tag[2], tag.start(), tag.end(), None, self.file)
            piece = self._opened(tag, depth + 1) if tag else self._insertion()
            if piece:
                pieces.append(piece)

    def _words(self) -> syntax.Words | None:
        """Everything up to the next single opening brace."""
        start, parts = self.position, list[str]()
        while self.position < self.end:
            brace = _BRACE.search(self.text, self.position, self.end)
            stop = brace.start() if brace else self.end
            parts.append(_resolved(self.file, self.position, stop, self.line_start))
            self.position = stop
            if not brace or brace[0] == "{":
                break
            self.position = brace.end()
            parts.append(brace[0][0])
            if brace[0] == "}":
                span = Span(brace.start(), brace.end())
                self.file.complain(said.StrayBrace(span=span))
        text = "".join(parts)
        return syntax.Words(text, span=Span(start, self.position)) if text else None

    def _opened(self, tag: re.Match[str], depth: int) -> syntax.Piece | None:
        """`{for …}` or `{if …}` up to its `{end}`."""
        opening = Token(tag[1], tag.start(), tag.end(), None, self.file)
        head = self._head(opening)
        if depth > _DEEPEST:
            self.file.refuse(said.TooManyLevels(span=opening.span))
            self.position = self.end
            return None
        pieces, closing = self._until_tag(depth)
        otherwise: tuple[syntax.Piece, ...] = ()
        if closing and closing.type == "else":
            if opening.type == "for":
                self._stray(closing)
            otherwise, closing = self._until_tag(depth)
        if closing is None:
            if not self.is_broken:
                self.file.complain(said.UnclosedTag(span=opening.span, tag=tag[1]))
            return None
        if closing.type == "else":
            self._stray(closing)
        if head is None:
            return None
        span = Span(opening.start, closing.end)
        if opening.type == "for":
            variable, items = head
            return syntax.Repetition(variable, items, pieces, span=span)
        return syntax.Conditional(head, pieces, otherwise, span=span)

    def _head(self, opening: Token) -> Any:
        is_loop = opening.type == "for"
        start = opening.end - len("for") if is_loop else opening.end
        head = self.file.inserted("repeated" if is_loop else "condition", start, self.end)
        self.position = head.end
        self.is_broken |= head.value is None
        return head.value

    def _insertion(self) -> syntax.Insertion | None:
        start = self.position
        inserted = self.file.inserted("inserted", start + 1, self.end)
        self.position = inserted.end
        number_format = self._format() if inserted.closing == ":" else None
        if inserted.value is None:
            self.is_broken = True
            return None
        return syntax.Insertion(inserted.value, number_format, span=Span(start, self.position))

    def _format(self) -> str:
        match = _FORMAT.match(self.text, self.position, self.end)
        assert match
        written = match[1].strip()
        if not _KNOWN_FORMAT.fullmatch(written):
            self.file.complain(said.UnknownFormat(span=Span(*match.span(1)), written=written))
        self.position = match.end()
        return written
