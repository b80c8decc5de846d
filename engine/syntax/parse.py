"""Text to tree: `parse(source)` gives the tree, or what keeps the text from having one."""

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from engine.diagnostics import syntax as said
from engine.diagnostics.base import Diagnostic, Finding
from engine.source import Source, Span
from engine.syntax import hints
from engine.syntax import nodes as syntax
from engine.syntax.grammar import tables
from engine.syntax.tokens import END, Lexicon, Token, Tokens

LANGUAGE = 1
_LONGEST = 4_000_000
_MOST_FINDINGS = 20
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True)
class Parsed:
    """`tree` is None when there was any finding."""

    tree: syntax.File | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Inserted:
    """What stands between braces; `end` is where the text goes on after `closing`, a brace or colon."""

    value: Any
    end: int
    closing: str | None


def parse(source: Source) -> Parsed:
    reading = _Reading(source)
    tree = reading.file()
    findings = tuple(Finding(source, diagnostic) for diagnostic in reading.complaints)
    return Parsed(None if findings else tree, findings)


@cache
def _lexicon() -> Lexicon:
    return Lexicon(tables().terminals)


class _Reading:
    """One source being read; the builders of nodes find it in every token and complain here."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.complaints: list[Diagnostic] = []
        self.start = 1 if source.text.startswith("\ufeff") else 0

    def complain(self, diagnostic: Diagnostic) -> None:
        if len(self.complaints) < _MOST_FINDINGS:
            self.complaints.append(diagnostic)
        elif len(self.complaints) == _MOST_FINDINGS:
            self.complaints.append(said.TooManyMistakes(span=diagnostic.span, shown=_MOST_FINDINGS))

    def file(self) -> syntax.File | None:
        text = self.source.text
        if len(text) > _LONGEST:
            self.complain(
                said.FileTooLong(span=Span(_LONGEST, _LONGEST + 1), megabytes=_LONGEST // 10**6)
            )
            return None
        for unseen in _UNSEEN.finditer(text, self.start):
            span = Span(*unseen.span())
            self.complain(said.UnseenCharacter(span=span, character=unseen[0]))
        if self.complaints:
            return None
        tokens = Tokens(_lexicon(), self, self.start, len(text))
        tree: syntax.File | None = self._read("file", tokens)
        return tree and replace(tree, comments=tuple(tokens.comments))

    def _read(self, start: str, tokens: Tokens) -> Any:
        from lark.exceptions import UnexpectedToken

        parser = tables().parse_interactive(start=start)
        while True:
            token = tokens.next(parser.choices())
            try:
                result = parser.feed_token(token)  # type: ignore[arg-type]
            except UnexpectedToken as problem:
                self.complain(hints.complaint(token, problem.expected))
                return None
            if token.type == END:
                return result.value

    def inserted(self, start: str, position: int, end: int) -> Inserted:
        """Called from within a text: what stands between its braces."""
        from lark.exceptions import UnexpectedToken

        tokens = Tokens(_lexicon(), self, position, end)
        parser = tables().parse_interactive(start=start)
        depth = 0
        while True:
            token = tokens.next(parser.choices())
            if token.type in ("LPAR", "LSQB", "LBRACE"):
                depth += 1
            elif token.type in ("RPAR", "RSQB", "RBRACE"):
                depth -= 1
            closes = depth < 0 or (depth == 0 and token.type == "COLON") or token.type == END
            if token.type == END:
                self.complain(said.UnclosedInsertion(span=Span(position - 1, position)))
                return Inserted(None, end, None)
            try:
                result = parser.feed_token(
                    Token(END, token.start, token.end, None, self) if closes else token
                )
            except UnexpectedToken as problem:
                self.complain(hints.complaint(token, problem.expected))
                brace = self.source.text.find("}", token.start, end)
                return Inserted(None, end if brace < 0 else brace + 1, None)
            if closes:
                return Inserted(result.value, token.end, token.text)
