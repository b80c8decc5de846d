"""Text to tokens: the signs, words and values of the grammar, each as the parser asks for it.

Whether a word is a keyword depends on where it stands, so the parser tells with every question
which tokens it could take. Spellings that are none of the language's (a text that is never closed,
a sign of another language) are read as wholes too, so that each costs its author one complaint.
"""

import re
from collections.abc import Container, Iterable
from typing import Any

from engine.source import Span
from engine.syntax import nodes as syntax
from engine.syntax.grammar import Terminal

END = "$END"
INSERTION_END = "INSERTION_END"
MUTE = object()  # the value of a token that says nothing beyond its kind

DECLARATIONS = frozenset(
    (
        *("ENUM", "CODE", "RECORD", "THRESHOLD", "LIST", "WHITELIST", "TRIGGER", "TABLE"),
        *("DEFINE", "DECISION", "LIFECYCLE", "GUARANTEE", "EXAMPLE", "WAIVE"),
    )
)
ITEMS = frozenset(
    (
        *("GUARD", "RULE", "GUARDRAIL", "OTHERWISE", "ALWAYS", "REFUSED"),
        *("FIRST", "UNIQUE", "COLLECT", "SUM", "STRICTEST"),
    )
)
LIFECYCLE_ITEMS = frozenset(("STATE", "EVENT", "TRANSITION", "GUARD", "DEADLINE"))

# Spellings of no use to the grammar, and when they are tried: the greater the number, the earlier.
_FOREIGN: dict[str, tuple[float, str]] = {
    "UNCLOSED_BLOCK": (3, r'"{3}[\s\S]*'),
    "BAD_INSTANT": (3, r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}T[0-9][-+0-9:.]*[zZ]?(?!\w)"),
    "BAD_VERSION": (3, r"[0-9]+(?:\.[0-9]+){2,}\w*"),
    "SLASH_COMMENT": (1, r"//[^\n]*|/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/)?"),
    "FOREIGN_SIGN": (1, r"==+|!=|<>|=[<>]|&&|\|\||:=|\*\*|\+=|-=|\+\+|\.\.\."),
    "CURLY_TEXT": (-1, r"[“”„«‟][^“”„«»‟\"\n]*[“”»\"]?"),
    "SINGLE_TEXT": (-1, r"'[^'\n]*'|[‘‚`][^’‘`\n]*[’‘`]"),
    "UNCLOSED_TEXT": (-1, r'"[^\n]*'),
    "POINT_FIRST": (1, r"\.[0-9]\w*"),
    "BAD_NUMBER": (-1, r"[0-9]+(?:\.[0-9]+)*\w*"),
    "STRANGE": (-2, r"[\s\S]"),
}
_FOREIGN_WORDS = frozenset(("None", "null", "nil", "True", "False"))


class Token:
    """A token; on the parser's stack also what a rule has built: a value and its place."""

    __slots__ = ("depth", "end", "file", "first", "start", "type", "value")

    def __init__(
        self, type: str, start: int, end: int, value: Any, file: Any, *, first: bool = False
    ) -> None:
        self.type = type
        self.start = start
        self.end = end
        self.value = value
        self.file = file
        self.first = first  # on its line
        self.depth = 0

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @property
    def text(self) -> str:
        text: str = self.file.source.text
        return text[self.start : self.end]


class Lexicon:
    """The terminals of the grammar, ready to be matched."""

    def __init__(self, terminals: Iterable[Terminal]) -> None:
        spelled = {t.name: t for t in terminals if not t.name.startswith("__IGNORE")}
        fixed = {name: t for name, t in spelled.items() if t.fixed}
        self.spelling = {name: t.pattern for name, t in fixed.items()}
        self.words = {text: name for name, text in self.spelling.items() if text.isidentifier()}
        self.reserved = frozenset(word for word, name in self.words.items() if fixed[name].priority)
        self.finding = re.compile(r"\s*+(" + spelled.pop("FINDING").pattern + ")")
        alternatives = _FOREIGN | {"END": (0, r"\Z")}
        for name, t in spelled.items():
            if t.pattern not in self.words:
                alternatives[name] = t.priority, re.escape(t.pattern) if t.fixed else t.pattern
        ranked = sorted(alternatives.items(), key=lambda item: (-item[1][0], -len(item[1][1])))
        grouped = "|".join(f"(?P<{name}>{pattern})" for name, (_, pattern) in ranked)
        self.pattern = re.compile(rf"\s*+(?:{grouped})")


_SAYING = frozenset(
    (
        *("STRING", "TEXT_BLOCK", "INT", "NUMBER", "DURATION", "INSTANT", "VERSION"),
        *("FINDING", "COMPARISON"),
    )
)
_STARTING = DECLARATIONS | ITEMS | LIFECYCLE_ITEMS
_COLON = re.compile(r"\s*:")
_NAME_BESIDE = re.compile(r"[ \t]+([^\W\d]\w*)")
_REST_OF_LINE_IS_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")


class Tokens:
    """The tokens of a stretch of a file. `position` is where the next one is looked for."""

    def __init__(self, lexicon: Lexicon, file: Any, start: int, end: int) -> None:
        self.lexicon = lexicon
        self.file = file
        self.text: str = file.source.text
        self.position = start
        self.end = end
        self.comments: list[syntax.Comment] = []

    def next(self, choices: Container[str]) -> Token:
        """`choices` are the kinds of token that the parser can take here."""
        if "FINDING" in choices:
            finding = self.lexicon.finding.match(self.text, self.position, self.end)
            if finding:
                self.position = finding.end()
                start, end = finding.span(1)
                return Token("FINDING", start, end, finding[1], self.file)
        while True:
            match = self.lexicon.pattern.match(self.text, self.position, self.end)
            assert match is not None  # STRANGE takes anything
            kind = str(match.lastgroup)
            start, end = match.span(kind)
            first = self.position == 0 or self.text.find("\n", self.position, start) >= 0
            self.position = end
            if kind == "NAME":
                return self._word(start, end, first, choices)
            if kind != "COMMENT":
                return self._token(kind, start, end, first, choices)
            self._comment(start, end, first)

    def _word(self, start: int, end: int, first: bool, choices: Container[str]) -> Token:
        word = self.text[start:end]
        kind = self.lexicon.words.get(word)
        if kind is None and word in _FOREIGN_WORDS:
            kind = "FOREIGN_WORD"
        if kind is None or self._is_name(word, kind, end, first, choices):
            name = syntax.Name(word, span=Span(start, end))
            return Token("NAME", start, end, name, self.file, first=first)
        return Token(kind, start, end, MUTE, self.file, first=first)

    def _is_name(
        self, word: str, kind: str, end: int, first: bool, choices: Container[str]
    ) -> bool:
        if word in self.lexicon.reserved or kind == "FOREIGN_WORD" or "NAME" not in choices:
            return False
        if kind in choices:
            return _COLON.match(self.text, end, self.end) is not None
        return not (first and kind in _STARTING and self._opens_something(end))

    def _opens_something(self, end: int) -> bool:
        """Whether a name stands beside a word like `rule`, so that the word is none itself."""
        beside = _NAME_BESIDE.match(self.text, end, self.end)
        return beside is not None and beside[1] not in self.lexicon.words

    def _token(
        self, kind: str, start: int, end: int, first: bool, choices: Container[str]
    ) -> Token:
        if kind in _SAYING:
            return Token(kind, start, end, self.text[start:end], self.file, first=first)
        if kind == "END":
            kind = END
        elif kind == "FOREIGN_SIGN" and self.text[start] == "|" and "OR" not in choices:
            kind, end = "BAR", start + 1  # `||` is an empty cell
            self.position = end
        if kind == "BAR":
            kind = self._bar(end, first)
        return Token(kind, start, end, MUTE, self.file, first=first)

    def _bar(self, end: int, first: bool) -> str:
        if first:
            return "ROW"
        last = _REST_OF_LINE_IS_BLANK.match(self.text, end, self.end)
        return "ROW_END" if last else "BAR"

    def _comment(self, start: int, end: int, own_line: bool) -> None:
        text = self.text[start:end].rstrip()
        span = Span(start, start + len(text))
        self.comments.append(syntax.Comment(text, own_line, span=span))
