"""Text to tree: `parse(source)` gives the tree, or what keeps the text from having one."""

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.diagnostics import syntax as said
from engine.diagnostics.base import Diagnostic, Finding
from engine.source import Source, Span
from engine.syntax import nodes as syntax
from engine.syntax.build import builders
from engine.syntax.grammar import grammar
from engine.syntax.parser import Parser
from engine.syntax.tokens import (
    DECLARATIONS,
    END,
    INSERTION_END,
    ITEMS,
    LIFECYCLE_ITEMS,
    MUTE,
    Lexicon,
    Token,
    Tokens,
)

if TYPE_CHECKING:
    from engine.syntax.mistake import Complaint, Mistake

_LANGUAGE = "1"
_LONGEST = 4_000_000
_MOST_FINDINGS = 20
_MOST_MISTAKES = 100  # those not worth telling are counted too
_DEEPEST_STACK = 400
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u2069\u00ad\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True)
class Parsed:
    """`tree` is None when there was any finding."""

    tree: syntax.File | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Inserted:
    """What stands between braces; the text goes on at `end`, after `closing`, a brace or colon."""

    value: Any
    end: int
    closing: str | None


def parse(source: Source) -> Parsed:
    reading = _Reading(source)
    tree = reading.file()
    in_order = sorted(reading.complaints, key=_rank)
    findings = tuple(Finding(source, diagnostic) for diagnostic in in_order)
    return Parsed(None if findings else tree, findings)


def _rank(diagnostic: Diagnostic) -> tuple[bool, int]:
    """In the order of the text, and what says that there is more at the end."""
    return isinstance(diagnostic, said.TooManyMistakes), diagnostic.span.start


@cache
def _lexicon() -> Lexicon:
    return Lexicon(grammar().terminals)


class _Reading:
    """One source being read; the builders of nodes find it in every token and complain here."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.complaints: list[Diagnostic] = []
        self.mistakes = 0
        self.habits: set[str] = set()
        self.section: str | None = None
        self.heading: list[Token] = []
        self.tree: syntax.File | None = None
        self.comments_in_texts: list[syntax.Comment] = []
        self.is_refused = False  # nothing more is read or told

    @property
    def shown(self) -> int:
        return len(self.complaints)

    def complain(self, diagnostic: Diagnostic) -> None:
        if self.is_refused:
            return
        if len(self.complaints) == _MOST_FINDINGS:
            diagnostic = said.TooManyMistakes(span=diagnostic.span, shown=self.shown)
            self.is_refused = True
        self.complaints.append(diagnostic)

    def refuse(self, diagnostic: Diagnostic) -> None:
        """Complains, and reads no further."""
        self.complain(diagnostic)
        self.is_refused = True

    def hear(self, told: "Complaint") -> None:
        """What cannot be mended is not told where something was told already on the same line."""
        self.mistakes += 1
        if self.mistakes == _MOST_MISTAKES:
            self.refuse(said.TooManyMistakes(span=told.diagnostic.span, shown=self.shown))
        if told.habit in self.habits:
            return
        if told.habit:
            self.habits.add(told.habit)
        if told.instead is not None or not self._is_told_of(told.diagnostic.span.start):
            self.complain(told.diagnostic)

    def _is_told_of(self, offset: int) -> bool:
        if not self.complaints:
            return False
        last = self.source.line(self.complaints[-1].span.start)
        return last == self.source.line(offset)

    def file(self) -> syntax.File | None:
        text = self.source.text
        if len(text) > _LONGEST:
            place = Span(_LONGEST, _LONGEST + 1)
            self.complain(said.FileTooLong(span=place, megabytes=_LONGEST // 10**6))
            return None
        begin = 1 if text.startswith("\ufeff") else 0
        for unseen in _UNSEEN.finditer(text, begin):
            self.complain(said.UnseenCharacter(span=Span(*unseen.span()), character=unseen[0]))
        if self.complaints:
            return None
        tokens = Tokens(_lexicon(), self, begin, len(text))
        start = self._beginning(tokens)
        tokens = Tokens(_lexicon(), self, begin, len(text))
        while start:
            start = self._read(start, tokens)
        comments = [*tokens.comments, *self.comments_in_texts]
        comments.sort(key=lambda comment: comment.span.start)
        return self.tree and replace(self.tree, comments=tuple(comments))

    def _beginning(self, tokens: Tokens) -> str | None:
        """With what the file begins; None when there is no sense in reading it."""
        first = tokens.next(("BYLAW",))
        second = tokens.next(())
        match first.type:
            case "BYLAW" if second.text[:1].isdigit() and second.text != _LANGUAGE:
                place = said.UnknownLanguageVersion(span=second.span, version=second.text)
                self.complain(place)
            case "BYLAW" if second.type != "COLON":
                return "file"
            case "$END":
                self.complain(said.EmptyFile(span=Span(0, 0)))
            case "POLICY" if second.type != "COLON":
                self.complain(said.MissingFirstLine(span=first.span))
                return "unversioned"
            case kind if kind in DECLARATIONS:
                self.complain(said.MissingFirstLine(span=first.span))
                return "declarations"
            case "NAME" if first.text.lower() in ("bylaw", "policy"):
                self.complain(
                    said.MisspeltWord(span=first.span, found=first.text, nearest=first.text.lower())
                )
            case _:
                self.complain(said.NotAPolicy(span=first.span, looks_like=_kin(self.source.text)))
        return None

    def _read(self, start: str, tokens: Tokens) -> str | None:
        """Reads from here on; where to start again, if something could not be mended."""
        run = _Run(self, start, self.section, self.heading)
        while True:
            token = tokens.next(run.parser.choices())
            mended = run.take(token)
            if self.is_refused:
                return None
            if mended is None:
                self.section, self.heading = run.section, run.heading
                return self._resume(token, tokens, run)
            tokens.position = max(tokens.position, mended)
            if token.type == END:
                self.tree = run.result if start == "file" else None
                return None

    def _resume(self, token: Token, tokens: Tokens, run: "_Run") -> str | None:
        """Skips to where a declaration, item or field begins on a line of its own."""
        tokens.position = token.end if run.previous is None else token.start
        is_first = token.first
        while token.type != END:
            token = tokens.next(())
            start = _start(token, tokens, self.section) if token.first or is_first else None
            is_first = False
            if start:
                tokens.position = max(0, tokens.text.rfind("\n", 0, token.start))
                return start
        return None

    def inserted(self, start: str, position: int, end: int) -> Inserted:
        """Called from within a text: what stands between its braces."""
        run = _Run(self, start, None, [])
        tokens = Tokens(_lexicon(), self, position, end)
        tokens.comments = self.comments_in_texts
        closing = ("RBRACE", "COLON") if start == "inserted" else ("RBRACE",)
        while True:
            token = tokens.next(run.parser.choices())
            if token.type == END:
                in_block = self.source.text.startswith('"""', end)
                place = Span(position - 1, position)
                self.complain(said.UnclosedInsertion(span=place, in_block=in_block))
                return Inserted(None, end, None)
            closes = token.type in closing and not run.opened
            if self.is_refused:
                return Inserted(None, end, None)
            if run.take(token, as_end=closes) is None:
                brace = self.source.text.find("}", token.start, end)
                return Inserted(None, end if brace < 0 else brace + 1, None)
            if closes:
                return Inserted(run.result, token.end, token.text)


def _start(token: Token, tokens: Tokens, section: str | None) -> str | None:
    """The symbol of the grammar with which reading can start again at this token."""
    is_named = re.compile(r"\s*:").match(tokens.text, token.end)
    if section == "RECORD" and is_named and token.text.isidentifier():
        return "rest_of_record"
    if is_named:
        return None
    if section == "DECISION" and token.type in ITEMS:
        return "rest_of_decision"
    if section == "LIFECYCLE" and token.type in LIFECYCLE_ITEMS:
        return "rest_of_lifecycle"
    return "declarations" if token.type in DECLARATIONS else None


def _kin(text: str) -> str | None:
    """What a file seems to be that is not a policy."""
    for pattern, language in _KINS:
        if re.match(pattern, text):
            return language
    return None


_KINS = (
    (r"\s*[{\[]", "JSON"),
    (r"\s*(?:---|[\w-]+:(?:\s|$))", "YAML"),
    (r"\s*(?:def|class|import|from|\"\"\"|@)", "Python"),
    (r"\s*<", "XML or HTML"),
)


class _Run:
    """The parser being fed token by token. What it cannot take is complained of, and mended."""

    def __init__(
        self, reading: _Reading, start: str, section: str | None, heading: list[Token]
    ) -> None:
        self.reading = reading
        self.parser = Parser(grammar(), builders(), start)
        self.previous: Token | None = None
        self.opened: list[Token] = []
        self.heading = heading
        self.section = section
        self.is_inserted = start in ("inserted", "condition", "repeated")

    @property
    def result(self) -> Any:
        return self.parser.result and self.parser.result.value

    def take(self, token: Token, as_end: bool = False) -> int | None:
        """Up to where the text is read with this token, or None where the parser cannot go on."""
        if self._feed(token, as_end):
            return token.end
        from engine.syntax.hints import complaint  # wanted only where there is a mistake
        from engine.syntax.mistake import SAME

        told = complaint(self._mistake(token, as_end))
        self.reading.hear(told)
        if told.instead is None:
            return None
        for kind in told.instead:
            same = kind == SAME
            if not self._feed(token if same else _made(kind, token), as_end and same):
                return None
        return told.end or token.end

    def _feed(self, token: Token, as_end: bool = False) -> bool:
        if self.parser.depth > _DEEPEST_STACK:
            self.reading.refuse(said.TooManyLevels(span=token.span))
            return True
        fed = Token(END, token.start, token.end, None, token.file) if as_end else token
        if self.parser.take(fed):
            self._note(token)
            return True
        return False

    def _note(self, token: Token) -> None:
        kind = token.type
        if kind in ("LPAR", "LSQB", "LBRACE"):
            self.opened.append(token)
        elif kind in ("RPAR", "RSQB", "RBRACE") and self.opened:
            self.opened.pop()
        elif kind in DECLARATIONS and not self._is_in_type():
            self.section = kind
            self.heading = [token]
        elif token.first and (kind in ITEMS or kind in LIFECYCLE_ITEMS):
            self.heading = [token]
        elif kind == "NAME" and self.previous is not None and self.heading == [self.previous]:
            self.heading.append(token)
        self.previous = token

    def _is_in_type(self) -> bool:
        """Whether a `list` here would be a type."""
        return self.previous is not None and self.previous.type in ("COLON", "OF")

    def _mistake(self, token: Token, as_end: bool) -> "Mistake":
        if as_end:
            token = Token(INSERTION_END, token.start, token.end, None, token.file)
        elif token.type == END:
            end = len(self.reading.source.text[: token.end].rstrip())
            token = Token(END, end, end, None, token.file, first=token.first)
        from engine.syntax.mistake import Mistake

        return Mistake(
            token,
            frozenset(self._wanted()),
            self.previous,
            self.opened,
            self.heading,
            self.section,
            _lexicon(),
        )

    def _wanted(self) -> set[str]:
        parser = self.parser
        wanted = {kind for kind in parser.choices() if kind.isupper() and parser.would_take(kind)}
        if self.is_inserted and END in wanted:
            wanted = wanted - {END} | {INSERTION_END}
        return wanted


_STAND_INS = {
    "STRING": "",
    "INT": "1",
    "NUMBER": "1.0",
    "DURATION": "1s",
    "INSTANT": "2025-01-01",
    "VERSION": "1.0.0",
    "COMPARISON": "<",
}


def _made(kind: str, token: Token) -> Token:
    """A token that was not written, in the place of one that was."""
    value: Any = _STAND_INS.get(kind, MUTE)
    if kind == "NAME":
        value = syntax.Name(token.text, span=token.span)
    return Token(kind, token.start, token.end, value, token.file)
