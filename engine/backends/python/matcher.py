"""All triggers of a policy to one matcher, and a text to the triggers it mentions.

One `re2.Set` passes over the text once, in linear time, with one pattern for all phrases of a
trigger (one for each phrase would be thousands of threads, which hostile texts keep alive). The
patterns normalise ASCII themselves, so that only other texts are normalised before. They read the
bytes of UTF-8: in a normalised text every byte beyond ASCII belongs to a word.

Two things they say too often, so that the trigger's reader has to decide, word by word: a mention
where an exception occurs too, and phrases near each other at a long distance (an automaton that
counts far has too many states).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import assert_never

import re2

from engine.language.mentions import reader
from engine.language.phrases import (
    Near,
    NearGroup,
    Pattern,
    Phrase,
    Trigger,
    Word,
    grouped,
)
from engine.language.text import normalise, words

FAR = 8
MOST_PLAIN = 64
MEMORY = 64 << 20  # a bound, which only hostile texts come near


class Matcher:
    """Triggers are the bits of a number, the first trigger 1: `matcher.match(text) & 0b101`."""

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        entries = [entry for place, each in enumerate(triggers) for entry in _entries(each, place)]
        self.scan = _scanner(pattern for pattern, _, _ in entries)
        self._masks = tuple((mentions, doubts) for _, mentions, doubts in entries)
        self._readers = tuple(reader(trigger) for trigger in triggers)
        plain = [each.patterns if _is_plain(each) else () for each in triggers]
        self._plain = tuple(
            (_scanner(_any_of([each]) for each in phrases), [each.said for each in phrases])
            for phrases in plain
        )
        self._doubtful = sum(1 << place for place, each in enumerate(plain) if not each)

    def match(self, text: str) -> int:
        found = self.scan((text if text.isascii() else normalise(text)).encode())
        return self.settle(found, text) if found else 0

    def said(self, text: str, triggers: int) -> tuple[str, ...]:
        """The policy's words for what the text mentions of these triggers, in policy order."""
        if not triggers & self._doubtful:
            plain = text if text.isascii() else normalise(text)
            return self._said_plainly(plain.encode(), triggers)
        mentions = self._read(text, triggers).values()
        return tuple(dict.fromkeys(said for mention in mentions for said in mention))

    def settle(self, found: Iterable[int], text: str) -> int:
        """What a scan found in a text to the triggers that are mentioned for sure."""
        mentioned = doubted = 0
        for number in found:
            mentions, doubts = self._masks[number]
            mentioned |= mentions
            doubted |= doubts
        doubted &= mentioned
        if not doubted:
            return mentioned
        confirmed = sum(1 << place for place in self._read(text, doubted))
        return mentioned & ~doubted | confirmed

    def _said_plainly(self, text: bytes, triggers: int) -> tuple[str, ...]:
        said: dict[str, None] = {}
        for scan, phrases in self._plain:
            if triggers & 1:
                for number in sorted(scan(text) or ()):
                    said[phrases[number]] = None
            triggers >>= 1
        return tuple(said)

    def _read(self, text: str, triggers: int) -> dict[int, tuple[str, ...]]:
        read = words(text)
        mentions = {
            place: reader(read)
            for place, reader in enumerate(self._readers)
            if triggers >> place & 1
        }
        return {place: said for place, said in mentions.items() if said}


def _is_plain(trigger: Trigger) -> bool:
    """Whether an automaton alone can tell which of its phrases occur, and is not large."""
    far = any(isinstance(each, Near) and each.within > FAR for each in trigger.patterns)
    return not trigger.exceptions and not far and len(trigger.patterns) <= MOST_PLAIN


def _scanner(patterns: Iterable[str]) -> Callable[[bytes], list[int] | None]:
    """Which of the patterns occur in these bytes, by number."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # a byte is a letter
    options.max_mem = MEMORY
    union = re2.Set.SearchSet(options)
    for pattern in patterns:
        union.Add(pattern.encode("latin-1"))
    union.Compile()
    scan: Callable[[bytes], list[int] | None] = union.Match
    return scan


def _entries(trigger: Trigger, place: int) -> Iterator[tuple[str, int, int]]:
    """Patterns, with the trigger that each mentions and the one that it casts doubt on."""
    bit = 1 << place
    far = [each for each in trigger.patterns if _is_far(each)]
    sure = [each for each in trigger.patterns if not _is_far(each)]
    for patterns, mentions, doubts in (
        (sure, bit, 0),
        (far, bit, bit),
        (trigger.exceptions, 0, bit),
    ):
        if patterns:
            yield _any_of(patterns), mentions, doubts


_LETTER = r"[0-9A-Za-z\x80-\xff]"
_GAP = r"[^0-9A-Za-z\x80-\xff]+"


def _any_of(patterns: Iterable[Pattern]) -> str:
    choices = sorted(choice for pattern in grouped(patterns) for choice in _choices(pattern))
    return rf"(?:^|{_GAP})(?:{'|'.join(choices)})(?:$|{_GAP})"


def _is_far(pattern: Pattern) -> bool:
    return isinstance(pattern, Near) and pattern.within > FAR


def _choices(pattern: Phrase | NearGroup) -> Iterator[str]:
    match pattern:
        case Phrase(words=words):
            yield _GAP.join(map(_word, words))
        case NearGroup(left=left, right=right, within=within):
            few = f"(?:{_LETTER}+{_GAP}){{0,{within - 1}}}"
            between = "(?s:.*)" if within > FAR else few
            for first, then in ((left, right), (right, left)):
                yield "".join((_either(first), _GAP, between, _either(then)))
        case _:
            assert_never(pattern)


def _either(phrases: Sequence[Phrase]) -> str:
    return f"(?:{'|'.join(sorted(choice for each in phrases for choice in _choices(each)))})"


def _word(word: Word) -> str:
    folded = word.text.encode().decode("latin-1")
    either = re.sub("[a-z]", lambda letter: f"[{letter[0].upper()}{letter[0]}]", folded)
    return f"{either}{_LETTER}*" if word.stem else either
