"""Text to tokens: the signs, words and values of the grammar, one by one as the parser asks for them.

Whether a word is a keyword depends on where it stands, so the parser tells with every question
which tokens it could take. Spellings that are none of the language's (a text that is never closed,
a sign of another language) are read as wholes too, so that each costs its author one complaint.
"""

import re
from collections.abc import Container, Iterable
from typing import Any

from engine.source import Span
from engine.syntax import nodes as syntax

END = "$END"
MUTE = object()  # the value of a token that says nothing beyond its kind

# Spellings of no use to the grammar, and when they are tried: the greater the number, the earlier.
_FOREIGN = {
    "UNCLOSED_BLOCK": (3, r'"{3}[\s\S]*'),
    "SLASH_COMMENT": (1, r"//[^\n]*|/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/)?"),
    "FOREIGN_SIGN": (1, r"==+|!=|<>|=[<>]|&&|:=|\*\*|\+=|-=|\+\+"),
    "CURLY_TEXT": (-1, r"[“”„«‟][^“”„«»‟\"\n]*[“”»\"]?"),
    "SINGLE_TEXT": (-1, r"'[^'\n]*'|[‘‚`][^’‘`\n]*[’‘`]"),
    "UNCLOSED_TEXT": (-1, r'"[^\n]*'),
    "BAD_INSTANT": (
        0.5,
        r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:T[0-9][0-9:.]*(?:[zZ]|[+-][0-9:]+)?)?(?!\w)",
    ),
    "BAD_NUMBER": (-1, r"[0-9]+(?:\.[0-9]+)*\w*|\.[0-9]\w*"),
    "STRANGE": (-2, r"[\s\S]"),
}


class Token:
    """A token; on the parser's stack also what a rule has built: a value and its place."""

    __slots__ = ("depth", "end", "file", "start", "type", "value")

    def __init__(self, type: str, start: int, end: int, value: Any, file: Any) -> None:
        self.type = type
        self.start = start
        self.end = end
        self.value = value
        self.file = file
        self.depth = 0

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @property
    def text(self) -> str:
        text: str = self.file.source.text
        return text[self.start : self.end]


class Lexicon:
    """The terminals of the grammar, ready to be matched. They come as Lark gives them."""

    def __init__(self, terminals: Iterable[Any]) -> None:
        spelled = {t.name: t for t in terminals if not t.name.startswith("__IGNORE")}
        fixed = {name: t for name, t in spelled.items() if type(t.pattern).__name__ == "PatternStr"}
        self.words = {
            t.pattern.value: name for name, t in fixed.items() if t.pattern.value.isidentifier()
        }
        self.reserved = frozenset(word for word, name in self.words.items() if fixed[name].priority)
        self.finding = re.compile(r"\s*+(" + spelled.pop("FINDING").pattern.value + ")")
        alternatives = _FOREIGN | {"END": (0, r"\Z")}
        for name, t in spelled.items():
            if t.pattern.value not in self.words:
                alternatives[name] = (t.priority, t.pattern.to_regexp())
        ranked = sorted(alternatives.items(), key=lambda item: (-item[1][0], -len(item[1][1])))
        grouped = "|".join(f"(?P<{name}>{pattern})" for name, (_, pattern) in ranked)
        self.pattern = re.compile(rf"\s*+(?:{grouped})")


_SAYING = frozenset(
    (
        *("STRING", "TEXT_BLOCK", "INT", "NUMBER", "DURATION", "INSTANT", "VERSION"),
        *("FINDING", "COMPARISON"),
    )
)
_COLON = re.compile(r"\s*:")
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
                return self._token("FINDING", finding.start(1), finding.end())
        while True:
            match = self.lexicon.pattern.match(self.text, self.position, self.end)
            assert match and match.lastgroup  # STRANGE takes anything
            kind, start, end = match.lastgroup, match.start(match.lastgroup), match.end()
            blank = self.position
            self.position = end
            if kind == "NAME":
                return self._word(start, end, choices)
            if kind == "COMMENT":
                self._comment(blank, start, end)
                continue
            if kind == "END":
                kind = END
            elif kind == "BAR":
                kind = self._bar(blank, start, end)
            return self._token(kind, start, end)

    def _word(self, start: int, end: int, choices: Container[str]) -> Token:
        word = self.text[start:end]
        kind = self.lexicon.words.get(word)
        if kind is None or self._is_name(word, kind, end, choices):
            name = syntax.Name(word, span=Span(start, end))
            return Token("NAME", start, end, name, self.file)
        return Token(kind, start, end, MUTE, self.file)

    def _is_name(self, word: str, kind: str, end: int, choices: Container[str]) -> bool:
        if word in self.lexicon.reserved or "NAME" not in choices:
            return False
        return kind not in choices or _COLON.match(self.text, end, self.end) is not None

    def _token(self, kind: str, start: int, end: int) -> Token:
        value = self.text[start:end] if kind in _SAYING else MUTE
        return Token(kind, start, end, value, self.file)

    def _bar(self, blank: int, start: int, end: int) -> str:
        if blank == 0 or "\n" in self.text[blank:start]:
            return "ROW"
        last = _REST_OF_LINE_IS_BLANK.match(self.text, end, self.end)
        return "ROW_END" if last else "BAR"

    def _comment(self, blank: int, start: int, end: int) -> None:
        own_line = blank == 0 or "\n" in self.text[blank:start]
        text = self.text[start:end].rstrip()
        span = Span(start, start + len(text))
        self.comments.append(syntax.Comment(text, own_line, span=span))
