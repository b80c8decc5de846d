"""Triggers as one pattern of what RE2 and Java have in common, and values as sentences and JSON.

The patterns read ASCII alone, where normalising a text is folding its letters: what lies beyond
stands in the pattern as one more thing to find (`BEYOND`), so that a text is passed over once, and
a row in which it is found is set aside.
"""

import re
from collections.abc import Iterable, Iterator
from typing import assert_never

from engine.language.phrases import Near, NearGroup, Pattern, Phrase, Word, grouped

BEYOND = "[^\\x00-\\x7f]"
FAR = 8
_GAP = r"[\x00-/:-@\[-`{-\x7f]"
_LETTER = "[0-9A-Za-z]"

Wanted = frozenset[tuple[str, bool]]
"""Alternatives; whether a word may go on after it."""


def wanted(patterns: Iterable[Pattern]) -> Wanted:
    """What is looked for, as far as it is ASCII."""
    return frozenset(choice for each in grouped(patterns) for choice in _choices(each))


def beyond() -> Wanted:
    return frozenset([(BEYOND, True)])


def says_too_often(patterns: Iterable[Pattern]) -> bool:
    """Whether an automaton would have to count too far."""
    return any(map(is_far, patterns))


def is_far(pattern: Pattern) -> bool:
    return isinstance(pattern, Near) and pattern.within > FAR


def pattern_of(wanted: Wanted) -> str:
    words = sorted(choice for choice, goes_on in wanted if not goes_on)
    stems = sorted(choice for choice, goes_on in wanted if goes_on and choice != BEYOND)
    ends = [f"(?:{'|'.join(words)})(?:{_GAP}|\\z)"] if words else []
    found = rf"(?:\A|{_GAP})(?:{'|'.join([*ends, *stems])})" if ends or stems else ""
    others = [BEYOND] if (BEYOND, True) in wanted else []
    return "|".join([*([found] if found else []), *others])


def _choices(pattern: Phrase | NearGroup) -> Iterator[tuple[str, bool]]:
    match pattern:
        case Phrase():
            if _is_ascii(pattern):
                yield _phrase(pattern, last=True), pattern.words[-1].stem
        case NearGroup(left=left, right=right, within=within):
            for first, then in ((left, right), (right, left)):
                firsts = [_phrase(each, last=False) for each in first if _is_ascii(each)]
                for stems in (False, True):
                    thens = [
                        _phrase(each, last=True)
                        for each in then
                        if _is_ascii(each) and each.words[-1].stem is stems
                    ]
                    if firsts and thens:
                        yield f"{_either(firsts)}{_GAP}+{_between(within)}{_either(thens)}", stems
        case _:
            assert_never(pattern)


def _between(within: int) -> str:
    return "(?s:.*)" if within > FAR else f"(?:{_LETTER}+{_GAP}+){{0,{within - 1}}}"


def _either(choices: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(choices))})"


def _phrase(phrase: Phrase, *, last: bool) -> str:
    """`last` says that a stem at the end need not be followed to the end of the word."""
    made = [_word(each, going_on=True) for each in phrase.words[:-1]]
    return f"{_GAP}+".join([*made, _word(phrase.words[-1], going_on=not last)])


def _word(word: Word, *, going_on: bool) -> str:
    either = re.sub("[a-z]", lambda letter: f"[{letter[0].upper()}{letter[0]}]", word.text)
    return f"{either}{_LETTER}*" if word.stem and going_on else either


def _is_ascii(phrase: Phrase) -> bool:
    return all(each.text.isascii() for each in phrase.words)
