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

_LANGUAGE = "1"
_LONGEST = 4_000_000
_MOST_FINDINGS = 20
_DEEPEST_STACK = 400
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
    """What stands between braces; the text goes on at `end`, after `closing`, a brace or colon."""

    value: Any
    end: int
    closing: str | None


def parse(source: Source) -> Parsed:
    reading = _Reading(source)
    tree = reading.file()
    in_order = sorted(reading.complaints, key=lambda diagnostic: diagnostic.span.start)
    findings = tuple(Finding(source, diagnostic) for diagnostic in in_order)
    return Parsed(None if findings else tree, findings)


@cache
def _lexicon() -> Lexicon:
    return Lexicon(tables().terminals)


class _Reading:
    """One source being read; the builders of nodes find it in every token and complain here."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.complaints: list[Diagnostic] = []
        self.habits: set[str] = set()
        self.section: str | None = None
        self.tree: syntax.File | None = None
        self.is_refused = False  # nothing more is read or told

    def complain(self, diagnostic: Diagnostic) -> None:
        if self.is_refused:
            return
        if len(self.complaints) == _MOST_FINDINGS:
            diagnostic = said.TooManyMistakes(span=diagnostic.span, shown=_MOST_FINDINGS)
            self.is_refused = True
        self.complaints.append(diagnostic)

    def refuse(self, diagnostic: Diagnostic) -> None:
        """Complains, and reads no further."""
        self.complain(diagnostic)
        self.is_refused = True

    def hear(self, told: hints.Complaint) -> None:
        """What cannot be mended is not told where something was told already on the same line."""
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
        return self.tree and replace(self.tree, comments=tuple(tokens.comments))

    def _beginning(self, tokens: Tokens) -> str | None:
        """With what the file begins; None when there is no sense in reading it."""
        first = tokens.next(("BYLAW",))
        second = tokens.next(())
        match first.type:
            case "BYLAW" if second.type == "INT" and second.text != _LANGUAGE:
                place = said.UnknownLanguageVersion(span=second.span, version=second.text)
                self.complain(place)
            case "BYLAW":
                return "file"
            case "$END":
                self.complain(said.EmptyFile(span=Span(0, 0)))
            case "POLICY" if second.type != "COLON":
                self.complain(said.MissingFirstLine(span=first.span))
                return "unversioned"
            case kind if kind in DECLARATIONS:
                self.complain(said.MissingFirstLine(span=first.span))
                return "declarations"
            case _:
                self.complain(said.NotAPolicy(span=first.span, looks_like=_kin(self.source.text)))
        return None

    def _read(self, start: str, tokens: Tokens) -> str | None:
        """Reads from here on; where to start again, if something could not be mended."""
        run = _Run(self, start, self.section)
        while True:
            token = tokens.next(run.choices())
            mended = run.take(token)
            if self.is_refused:
                return None
            if mended is None:
                self.section = run.section
                return self._resume(token, tokens, run)
            tokens.position = max(tokens.position, mended)
            if token.type == END:
                if start == "file" and run.result is not None:
                    self.tree = run.result.value
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
                tokens.position = token.start
                return start
        return None

    def inserted(self, start: str, position: int, end: int) -> Inserted:
        """Called from within a text: what stands between its braces."""
        run = _Run(self, start, None)
        tokens = Tokens(_lexicon(), self, position, end)
        closing = ("RBRACE", "COLON") if start == "inserted" else ("RBRACE",)
        while True:
            token = tokens.next(run.choices())
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
                value = run.result and run.result.value
                return Inserted(value, token.end, token.text)


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
    """Lark's parser being fed token by token. What it cannot take is complained of, and mended."""

    def __init__(self, reading: _Reading, start: str, section: str | None) -> None:
        self.reading = reading
        self.parser: Any = tables().parse_interactive(start=start)
        self.result: Token | None = None
        self.previous: Token | None = None
        self.opened: list[Token] = []
        self.heading: list[Token] = []
        self.section = section
        self.is_inserted = start in ("inserted", "condition", "repeated")

    def choices(self) -> dict[str, Any]:
        choices: dict[str, Any] = self.parser.choices()
        return choices

    def take(self, token: Token, as_end: bool = False) -> int | None:
        """Up to where the text is read with this token, or None where the parser cannot go on."""
        if self._feed(token, as_end):
            return token.end
        told = hints.complaint(self._mistake(token, as_end))
        self.reading.hear(told)
        if told.instead is None:
            return None
        for kind in told.instead:
            same = kind == hints.SAME
            if not self._feed(token if same else _made(kind, token), as_end and same):
                return None
        return told.end or token.end

    def _feed(self, token: Token, as_end: bool = False) -> bool:
        from lark.exceptions import UnexpectedToken

        state = self.parser.parser_state
        states, values = state.state_stack[:], state.value_stack[:]
        if len(states) > _DEEPEST_STACK:
            self.reading.refuse(said.NestedTooDeep(span=token.span))
            return True
        fed: Any = Token(END, token.start, token.end, None, token.file) if as_end else token
        try:
            self.result = self.parser.feed_token(fed)
        except UnexpectedToken:
            state.state_stack[:], state.value_stack[:] = states, values
            return False
        self._note(token)
        return True

    def _note(self, token: Token) -> None:
        kind = token.type
        if kind in ("LPAR", "LSQB", "LBRACE"):
            self.opened.append(token)
        elif kind in ("RPAR", "RSQB", "RBRACE") and self.opened:
            self.opened.pop()
        elif kind in DECLARATIONS and not self.opened and token.value is MUTE:
            self.section = kind
            self.heading = [token]
        elif kind in ITEMS or kind in LIFECYCLE_ITEMS:
            self.heading = [token]
        elif kind == "NAME" and self.previous is not None and self.heading == [self.previous]:
            self.heading.append(token)
        self.previous = token

    def _mistake(self, token: Token, as_end: bool) -> hints.Mistake:
        if as_end:
            token = Token(INSERTION_END, token.start, token.end, None, token.file)
        elif token.type == END:
            end = len(self.reading.source.text[: token.end].rstrip())
            token = Token(END, end, end, None, token.file, first=token.first)
        return hints.Mistake(
            token,
            frozenset(self._wanted()),
            self.previous,
            self.opened,
            self.heading,
            self.section,
            _lexicon(),
        )

    def _wanted(self) -> set[str]:
        """The kinds of token that could really be taken here, reductions looked through."""
        wanted = {kind for kind in self.choices() if not kind.islower() and self._would_take(kind)}
        if self.is_inserted and END in wanted:
            wanted = wanted - {END} | {INSERTION_END}
        return wanted

    def _would_take(self, kind: str) -> bool:
        state = self.parser.parser_state
        states, ends = state.parse_conf.states, state.parse_conf.end_state
        height, pushed = len(state.state_stack), list[Any]()
        while True:
            top = pushed[-1] if pushed else state.state_stack[height - 1]
            if kind not in states[top]:
                return False
            action, rule = states[top][kind]
            if action.name == "Shift":
                return True
            size = len(rule.expansion)
            held = min(size, len(pushed))
            del pushed[len(pushed) - held :]
            height -= size - held
            top = pushed[-1] if pushed else state.state_stack[height - 1]
            pushed.append(states[top][rule.origin.name][1])
            if kind == END and pushed[-1] == ends:
                return True


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
