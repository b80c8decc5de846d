"""A trigger to a reader: from a text's words to the policy's own words that are mentioned there."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import assert_never

from engine.language.phrases import Near, Pattern, Phrase, Trigger

Reader = Callable[[Sequence[str]], tuple[str, ...]]
Starts = dict[int, list[int]]
"""Where each phrase begins; a phrase is told by its number, for to hash one takes long."""

Found = list[tuple[Pattern, set[int]]]
Numbered = tuple[int, int]
"""A phrase's number, and of how many words it is."""

_BLANK = ""  # fits no word of a phrase, and holds its place


def reader(trigger: Trigger) -> Reader:
    """In the order of the policy; nothing where the trigger is not mentioned.

    All that the exceptions cover is found first, and blanked at once.
    """
    patterns, exceptions = _finder(trigger.patterns), _finder(trigger.exceptions)

    def read(words: Sequence[str]) -> tuple[str, ...]:
        blanked = set[int]().union(*(covered for _, covered in exceptions(words)))
        if blanked:
            words = [_BLANK if at in blanked else word for at, word in enumerate(words)]
        return tuple(dict.fromkeys(pattern.said for pattern, _ in patterns(words)))

    return read


def _finder(patterns: Sequence[Pattern]) -> Callable[[Sequence[str]], Found]:
    """One look at the words for all patterns: those that occur, and the words they cover."""
    numbers = {phrase: number for number, phrase in enumerate(dict.fromkeys(_phrases(patterns)))}
    coverers = [(pattern, _coverer(pattern, numbers)) for pattern in patterns]
    beginning_with = defaultdict[int, list[int]](list)
    for place, pattern in enumerate(patterns):
        beginning_with[numbers[next(iter(_phrases([pattern])))]].append(place)
    whole = defaultdict[str, list[tuple[int, Phrase]]](list)
    stems = defaultdict[int, dict[str, list[tuple[int, Phrase]]]](lambda: defaultdict(list))
    for phrase, number in numbers.items():
        first = phrase.words[0]
        beginning = stems[len(first.text)] if first.stem else whole
        beginning[first.text].append((number, phrase))

    def find(words: Sequence[str]) -> Found:
        starts: Starts = defaultdict(list)
        if not coverers:
            return []
        for word in whole.keys() & words:
            for at in _places(word, words):
                _note(whole[word], words, at, starts)
        for length, stemmed in stems.items():
            for at, word in enumerate(words):
                if word[:length] in stemmed:
                    _note(stemmed[word[:length]], words, at, starts)
        if not starts:
            return []
        asked = sorted(place for number in starts for place in beginning_with.get(number, ()))
        found = ((coverers[place][0], coverers[place][1](starts)) for place in asked)
        return [(pattern, places) for pattern, places in found if places]

    return find


def _places(word: str, words: Sequence[str]) -> Iterable[int]:
    at = -1
    for _ in range(words.count(word)):
        at = words.index(word, at + 1)
        yield at


def _note(
    phrases: Iterable[tuple[int, Phrase]], words: Sequence[str], at: int, starts: Starts
) -> None:
    for number, phrase in phrases:
        if _stands(phrase, words, at):
            starts[number].append(at)


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


def _coverer(pattern: Pattern, numbers: Mapping[Phrase, int]) -> Callable[[Starts], set[int]]:
    """From where phrases begin to the words that the pattern covers."""
    match pattern:
        case Phrase():
            number, length = numbers[pattern], len(pattern.words)
            return lambda starts: _words_of(starts.get(number, ()), length)
        case Near(left=left, right=right, within=within):
            one, other = (numbers[left], len(left.words)), (numbers[right], len(right.words))
            return lambda starts: (
                _in_order(one, other, within, starts) | _in_order(other, one, within, starts)
            )
        case _:
            assert_never(pattern)


def _in_order(first: Numbered, then: Numbered, within: int, starts: Starts) -> set[int]:
    """For each place the nearest on the other side decides."""
    last = first[1] - 1
    firsts, thens = starts.get(first[0], []), starts.get(then[0], [])
    near_firsts, near_thens = [], []
    for start in firsts:
        after = bisect_right(thens, start + last)
        if after < len(thens) and thens[after] - (start + last) <= within:
            near_firsts.append(start)
    for start in thens:
        before = bisect_left(firsts, start - last)
        if before and start - (firsts[before - 1] + last) <= within:
            near_thens.append(start)
    return _words_of(near_firsts, first[1]) | _words_of(near_thens, then[1])


def _words_of(starts: Iterable[int], length: int) -> set[int]:
    return {start + place for start in starts for place in range(length)}
