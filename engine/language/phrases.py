"""What a trigger looks for: phrases, and phrases near each other, as the policy wrote them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from engine.language.text import words

NEAR = 5


@dataclass(frozen=True)
class Word:
    """A normalised word, or with `stem` every word that begins with it."""

    text: str
    stem: bool = False

    def fits(self, word: str) -> bool:
        return word.startswith(self.text) if self.stem else word == self.text


@dataclass(frozen=True)
class Phrase:
    """Words in a row."""

    words: tuple[Word, ...]
    said: str


@dataclass(frozen=True)
class Near:
    """Both phrases, in either order and not overlapping, at most `within` words apart.

    Counted from the last word of the one to the first of the other: 1 is next to it.
    """

    left: Phrase
    right: Phrase
    within: int = NEAR

    @property
    def said(self) -> str:
        return f"{self.left.said} … {self.right.said}"


Pattern = Phrase | Near


@dataclass(frozen=True)
class NearGroup:
    """Each of the one side near each of the other."""

    left: tuple[Phrase, ...]
    right: tuple[Phrase, ...]
    within: int


def grouped(patterns: Iterable[Pattern]) -> tuple[Phrase | NearGroup, ...]:
    """The same, shorter: words that are looked for near the same words stand together."""
    phrases: list[Phrase] = []
    beside: dict[tuple[int, Phrase], list[Phrase]] = {}
    for pattern in patterns:
        if isinstance(pattern, Phrase):
            phrases.append(pattern)
        else:
            beside.setdefault((pattern.within, pattern.left), []).append(pattern.right)
    groups: dict[tuple[int, tuple[Phrase, ...]], list[Phrase]] = {}
    for (within, left), right in beside.items():
        groups.setdefault((within, tuple(dict.fromkeys(right))), []).append(left)
    near = (NearGroup(tuple(left), right, within) for (within, right), left in groups.items())
    return (*phrases, *near)


@dataclass(frozen=True)
class Trigger:
    """Mentioned where a pattern stands on words of which no exception covers any."""

    name: str
    patterns: tuple[Pattern, ...]
    exceptions: tuple[Pattern, ...] = ()

    def __hash__(self) -> int:
        """Found once: of hundreds of patterns it takes long."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.name, self.patterns, self.exceptions))


class Unreadable(Enum):
    """Why a text is no phrase."""

    EMPTY = "no letter and no digit"
    STAR_ALONE = "a star without a word before it"
    STAR_INSIDE = "a star before the end of a word"


def parse_phrase(said: str) -> Phrase | Unreadable:
    """`stolen card`, or `harass*` with a stem."""
    found = words(said, stars=True)
    for word in found:
        if not word.strip("*") or word.endswith("**"):
            return Unreadable.STAR_ALONE
        if "*" in word[:-1]:
            return Unreadable.STAR_INSIDE
    if not found:
        return Unreadable.EMPTY
    return Phrase(tuple(Word(word.removesuffix("*"), word.endswith("*")) for word in found), said)
