"""Cases decided by two versions, one by one or many alike at once, to their counts.

What is kept grows with the ways in which cases differ, not with the cases: of each way a few cases,
the first by their names, so that it does not hang on the order in which they come.
"""

from bisect import insort
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.program.differing import Change, Kind
from engine.verbs.replaying.models import Changed, Cohort, Differing, Part, Sample

Counted = TypeVar("Counted")
MOST_SAMPLES = 3
_MOST_CAUSES = 200
_MOST_VALUES = 1_000
_MOST_DIFFERENCES = 20
OTHER_CAUSES = "for other reasons"


@dataclass
class _Kept:
    cases: int = 0
    samples: list[tuple[tuple[int, str], Sample]] = field(default_factory=list)

    def wants(self, name: str) -> bool:
        return len(self.samples) < MOST_SAMPLES or by_name(name) < self.samples[-1][0]

    def add(self, sample: Sample) -> None:
        insort(self.samples, (by_name(sample.name), sample), key=lambda of: of[0])
        del self.samples[MOST_SAMPLES:]


def by_name(name: str) -> tuple[int, str]:
    """So that line 9 comes before line 10."""
    return len(name), name


@dataclass
class _Value:
    cases: int = 0
    otherwise: int = 0
    outcomes: Counter[tuple[Change, ...]] = field(default_factory=Counter)


class Tally:
    def __init__(self, columns: Sequence[str]) -> None:
        self.recorded = self.others = self.refused = self.checked = self.differing = self.same = 0
        self.aside = self.unsaid = 0
        self.causes: Counter[str] = Counter()
        self.differences: list[Differing] = []
        self._kinds: dict[Kind, _Kept] = {}
        self._columns: dict[str, dict[str, _Value]] = {each: {} for each in columns}
        self._rest: Counter[str] = Counter()

    def leave_out(self, cause: str, count: int = 1) -> None:
        known = cause in self.causes or len(self.causes) < _MOST_CAUSES
        self.causes[cause if known else OTHER_CAUSES] += count

    def differ(self, row: Differing) -> None:
        self.differing += 1
        insort(self.differences, row, key=lambda each: by_name(each.name))
        del self.differences[_MOST_DIFFERENCES:]

    def add(self, kind: Kind | None, values: Sequence[str], count: int = 1) -> None:
        """`values` are those of the columns, in their order."""
        if kind is None:
            self.same += count
        else:
            self._kinds.setdefault(kind, _Kept()).cases += count
        for column, value in zip(self._columns, values, strict=True):
            self._count(column, value, kind, count)

    def wants(self, kind: Kind, name: str) -> bool:
        """Whether a case of this name would be kept as a sample."""
        kept = self._kinds.get(kind)
        return kept is None or kept.wants(name)

    def sample(self, kind: Kind, sample: Sample) -> None:
        self._kinds.setdefault(kind, _Kept()).add(sample)

    def changed(self, direction: Callable[[Kind], Any]) -> tuple[Changed, ...]:
        """Those first that are of most cases."""
        found = [
            Changed(kind, direction(kind), kept.cases, tuple(one for _, one in kept.samples))
            for kind, kept in self._kinds.items()
        ]
        return tuple(sorted(found, key=lambda each: (-each.cases, repr(each.kind))))

    def cohorts(self) -> tuple[Cohort, ...]:
        return tuple(
            Cohort(
                column,
                tuple(
                    Part(value, of.cases, of.otherwise, ordered(of.outcomes))
                    for value, of in sorted(found.items(), key=lambda at: (-at[1].cases, at[0]))
                ),
                self._rest[column],
            )
            for column, found in self._columns.items()
        )

    def _count(self, column: str, value: str, kind: Kind | None, count: int) -> None:
        found = self._columns[column]
        if value not in found and len(found) >= _MOST_VALUES:
            self._rest[column] += count
            return
        of = found.setdefault(value, _Value())
        of.cases += count
        if kind is not None and kind.changes:
            of.otherwise += count
            of.outcomes[kind.changes] += count


def ordered(counts: Mapping[Counted, int]) -> dict[Counted, int]:
    """The most first, whatever came first."""
    return dict(sorted(counts.items(), key=lambda each: (-each[1], repr(each[0]))))
