"""Labelled messages to how often a policy's triggers are right about them, and where not."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from engine.backends.python.matcher import Matcher
from engine.program.nodes import Program

Message = tuple[str, str]
"""A text and its label."""


@dataclass(frozen=True)
class Counts:
    """`missed` are wanted messages that were not found."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float | None:
        """None where nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        """None where nothing is wanted."""
        return self.right / (self.right + self.missed) if self.right + self.missed else None


@dataclass(frozen=True)
class Score:
    """`by_trigger` counts each trigger alone, `wrongly` the messages found wrongly by their label,
    most of them first."""

    policy: str
    version: str
    together: Counts
    by_trigger: Mapping[str, Counts]
    wrongly: Mapping[str, int]


def score(
    program: Program,
    messages: Iterable[Message],
    wanted: Collection[str],
    triggers: Collection[str] | None = None,
) -> Score:
    """A message is found when it mentions any of the triggers (of all, where none are named), and
    that is right when its label is wanted."""
    chosen = [each for each in program.triggers if triggers is None or each.name in triggers]
    matcher = Matcher(chosen)
    matched = Counter[tuple[int, str]]()
    for text, label in messages:
        matched[matcher.match(text), label] += 1
    wrongly = Counter[str]()
    for (bits, label), times in matched.items():
        if bits and label not in wanted:
            wrongly[label] += times
    return Score(
        program.name,
        program.version,
        _counts(matched, wanted, -1),
        {each.name: _counts(matched, wanted, 1 << at) for at, each in enumerate(chosen)},
        dict(sorted(wrongly.items(), key=lambda each: (-each[1], each[0]))),
    )


def _counts(matched: Mapping[tuple[int, str], int], wanted: Collection[str], mask: int) -> Counts:
    right = wrong = missed = 0
    for (bits, label), times in matched.items():
        if label not in wanted:
            wrong += times if bits & mask else 0
        elif bits & mask:
            right += times
        else:
            missed += times
    return Counts(right, wrong, missed)
