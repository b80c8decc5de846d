"""A token that cannot stand where it stands, with all around it, and what is said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.diagnostics import syntax as said
from engine.diagnostics.base import Diagnostic
from engine.source import Span
from engine.syntax.expected import expected, found
from engine.syntax.tokens import DECLARATIONS, END, ITEMS, LIFECYCLE_ITEMS, Lexicon, Token

SAME = "SAME"  # among the kinds of token to read instead: the token itself
NEARBY = 80


@dataclass(frozen=True)
class Mistake:
    """`wanted` are the kinds of token that could have stood there, `previous` is the token before,
    `opened` are the brackets open there, `heading` the words that began the declaration or item."""

    token: Token
    wanted: frozenset[str]
    previous: Token | None
    opened: Sequence[Token]
    heading: Sequence[Token]
    section: str | None
    lexicon: Lexicon

    @cached_property
    def before(self) -> str:
        return self._text(max(0, self.token.start - NEARBY), self.token.start)

    @cached_property
    def after(self) -> str:
        return self._text(self.token.end, self.token.end + NEARBY)

    def _text(self, start: int, end: int) -> str:
        text: str = self.token.file.source.text
        return text[start:end]

    def wants(self, *kinds: str) -> bool:
        return self.wanted.issuperset(kinds)

    @property
    def wants_value(self) -> bool:
        return self.wants("INT", "LPAR")

    def follows(self, *kinds: str) -> bool:
        return self.previous is not None and self.previous.type in kinds

    @property
    def touches(self) -> bool:
        """Whether nothing stands between this token and the one before."""
        return self.previous is not None and self.previous.end == self.token.start

    @property
    def begins_something(self) -> bool:
        """Whether a new rule or declaration begins here, or the file ends."""
        starting = DECLARATIONS | ITEMS | LIFECYCLE_ITEMS
        return self.token.type == END or (self.token.first and self.token.type in starting)

    def span_from_previous(self) -> Span:
        start = self.previous.start if self.previous else self.token.start
        return Span(start, self.token.end)

    @property
    def is_left_open(self) -> bool:
        """Whether the line before breaks off where something had to follow."""
        is_word = self.token.type != "NAME" and self.token.text in self.lexicon.words
        must_follow = self.wanted.isdisjoint(("PLUS", "AND", "OR", "RECORD", "THEN"))
        return self.token.first and must_follow and (is_word or self.wanted == {"UP"})


@dataclass(frozen=True)
class Complaint:
    """`instead` are the kinds of token to read in place of the text up to `end`; None when reading
    must start again further on. What has a `habit` is told once in a file."""

    diagnostic: Diagnostic
    instead: tuple[str, ...] | None = None
    end: int | None = None
    habit: str | None = None


def unexpected(
    mistake: Mistake, cure: str | None = None, wanted: str | None = None
) -> said.UnexpectedText:
    previous, token = mistake.previous, mistake.token
    kind = previous.type if previous else None
    wanted = wanted or expected(mistake.wanted, kind, mistake.lexicon.spelling)
    span, what = token.span, found(token)
    if previous is not None and mistake.is_left_open:
        span, what = Span(previous.end, previous.end), "the end of the line"
    return said.UnexpectedText(span=span, found=what, expected=wanted, cure=cure)


def missing(mistake: Mistake, sign: str, *instead: str, habit: str | None = None) -> Complaint:
    """Only this sign is missing, before the token or at the end of the line before it."""
    token, previous = mistake.token, mistake.previous
    what = "a comma" if sign == "," else f"`{sign}`"
    told = unexpected(mistake, f"put {what} before {found(token)}", f"`{sign}`")
    if token.first and previous is not None and sign != "then":
        told = said.UnexpectedText(
            span=Span(previous.end, previous.end),
            found="the end of the line",
            expected=f"`{sign}`",
            cure=f"put {what} after {found(previous)}",
        )
    return Complaint(told, (*instead, SAME), habit=habit)
