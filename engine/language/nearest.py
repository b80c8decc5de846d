"""A word that is not known, and those that are: to the one that was probably meant."""

from collections.abc import Iterable

LONGEST = 64


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that fewest slips away from the word; None where all are too far off.

    A slip is a letter left out, put in, mistaken, or swapped with its neighbour; one is allowed for
    each three letters, and at least one. Of equals the first wins. Case and the choice of `_`, `-`
    or a blank count for nothing.
    """
    wanted = _plain(word)
    best, least = None, min(max(1, len(wanted) // 3) + 1, len(wanted))
    if len(wanted) > LONGEST:
        return None
    for candidate in candidates:
        found = _plain(candidate)
        if candidate == word or abs(len(found) - len(wanted)) >= least:
            continue
        slips = _slips(wanted, found)
        if slips < least:
            best, least = candidate, slips
    return best


def _plain(word: str) -> str:
    return word.casefold().replace("-", "_").replace(" ", "_")


def _slips(one: str, other: str) -> int:
    """The distance of Damerau and Levenshtein, no letter moved twice."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, left in enumerate(one, start=1):
        line = [row]
        for column, right in enumerate(other, start=1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (left != right))
            if before and column > 1 and left == other[column - 2] and one[row - 2] == right:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]
