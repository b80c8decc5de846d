"""A trigger to a reader: from a text's words to the policy's own words that are mentioned there."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from engine.language.phrases import Near, Pattern, Phrase, Trigger

Reader = Callable[[Sequence[str]], tuple[str, ...]]
Starts = dict[Phrase, list[int]]

_BLANK = ""  # fits no word of a phrase, and holds its place


def reader(trigger: Trigger) -> Reader:
    """In the order of the policy; nothing where the trigger is not mentioned.

    All that the exceptions cover is found first, and blanked at once.
    """
    patterns, exceptions = _finder(trigger.patterns), _finder(trigger.exceptions)

    def read(words: Sequence[str]) -> tuple[str, ...]:
        blanked = set[int]().union(*exceptions(words).values())
        if blanked:
            words = [_BLANK if at in blanked else word for at, word in enumerate(words)]
        return tuple(dict.fromkeys(pattern.said for pattern in patterns(words)))

    return read


def _finder(patterns: Sequence[Pattern]) -> Callable[[Sequence[str]], dict[Pattern, set[int]]]:
    """One look at the words for all patterns: those that occur, and the words they cover."""
    whole = defaultdict[str, list[Phrase]](list)
    stems = defaultdict[int, dict[str, list[Phrase]]](lambda: defaultdict(list))
    for phrase in dict.fromkeys(_phrases(patterns)):
        first = phrase.words[0]
        if first.stem:
            stems[len(first.text)][first.text].append(phrase)
        else:
            whole[first.text].append(phrase)

    def find(words: Sequence[str]) -> dict[Pattern, set[int]]:
        starts: Starts = defaultdict(list)
        for word in whole.keys() & words:
            for at in _places(word, words):
                _note(whole[word], words, at, starts)
        for length, stemmed in stems.items():
            for at, word in enumerate(words):
                if word[:length] in stemmed:
                    _note(stemmed[word[:length]], words, at, starts)
        covered = {pattern: _covered(pattern, starts) for pattern in patterns} if starts else {}
        return {pattern: places for pattern, places in covered.items() if places}

    return find


def _places(word: str, words: Sequence[str]) -> Iterable[int]:
    at = -1
    for _ in range(words.count(word)):
        at = words.index(word, at + 1)
        yield at


def _note(phrases: Iterable[Phrase], words: Sequence[str], at: int, starts: Starts) -> None:
    for phrase in phrases:
        if _stands(phrase, words, at):
            starts[phrase].append(at)


def _phrases(patterns: Iterable[Pattern]) -> Iterable[Phrase]:
    for pattern in patterns:
        match pattern:
            case Phrase():
                yield pattern
            case Near(left=left, right=right):
                yield from (left, right)
            case _:
                assert_never(pattern)


def _stands(phrase: Phrase, words: Sequence[str], at: int) -> bool:
    return at + len(phrase.words) <= len(words) and all(
        word.fits(words[at + place]) for place, word in enumerate(phrase.words)
    )


def _covered(pattern: Pattern, starts: Starts) -> set[int]:
    match pattern:
        case Phrase():
            return _words_of(pattern, starts.get(pattern, ()))
        case Near(left=left, right=right, within=within):
            return _in_order(left, right, within, starts) | _in_order(right, left, within, starts)
        case _:
            assert_never(pattern)


def _in_order(first: Phrase, then: Phrase, within: int, starts: Starts) -> set[int]:
    """For each place the nearest on the other side decides."""
    last = len(first.words) - 1
    firsts, thens = starts.get(first, []), starts.get(then, [])
    near_firsts, near_thens = [], []
    for start in firsts:
        after = bisect_right(thens, start + last)
        if after < len(thens) and thens[after] - (start + last) <= within:
            near_firsts.append(start)
    for start in thens:
        before = bisect_left(firsts, start - last)
        if before and start - (firsts[before - 1] + last) <= within:
            near_thens.append(start)
    return _words_of(first, near_firsts) | _words_of(then, near_thens)


def _words_of(phrase: Phrase, starts: Iterable[int]) -> set[int]:
    return {start + place for start in starts for place in range(len(phrase.words))}
