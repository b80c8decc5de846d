"""A history and two versions to what comes of it: what `replay` takes in, and what it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from engine.program.differing import Change, Compared, Decided, Direction, Kind
from engine.program.nodes import Program
from engine.verbs.comparing.models import Changes, Region, Version
from engine.verbs.decide import EVALUATOR


@dataclass(frozen=True, slots=True)
class Said:
    """What was recorded of a decision. Of an outcome that is an object it may be a part, and what
    was not recorded is None."""

    outcome: Any
    basis: str | None = None
    determining: tuple[str, ...] | None = None

    def is_of(self, decided: Decided) -> bool:
        """Whether this is what was decided."""
        return (
            self.is_of_outcome(decided.outcome)
            and self.basis in (None, decided.basis)
            and self.determining in (None, decided.determining)
        )

    def is_of_outcome(self, outcome: Any) -> bool:
        return _within(self.outcome, outcome)


def _within(part: Any, whole: Any) -> bool:
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and whole[key] == value for key, value in part.items())
    return bool(part == whole)


@dataclass(frozen=True, slots=True)
class By:
    """Which version decided, as far as that is told."""

    version: str | None
    hash: str | None

    def is_of(self, policy: Program) -> bool:
        """By the hash, or else by the version."""
        if self.hash is None:
            return self.version == policy.version
        return self.hash == policy.content_hash


@dataclass(frozen=True, slots=True)
class Row:
    """One case of a history. `gone` says why its facts cannot be had; `other` is the case as the
    new version reads it, where that is not the same; `more` has what else was recorded of it.
    Where `mentioned` is there, hashes stand for sensitive facts in the case, and this is what each
    of them mentioned."""

    HYPOTHETICAL: ClassVar[str] = "it was hypothetical: another version, or another time"
    """Says so of what nobody was told to do."""

    name: str
    case: Any
    now: int | None = None
    said: Said | None = None
    by: By | None = None
    gone: str | None = None
    other: Any = None
    more: Mapping[str, Any] = field(default_factory=dict)
    mentioned: Mapping[str, Sequence[str]] | None = None


@dataclass(frozen=True)
class Differing:
    """A row whose recorded decision is not what the version that recorded it decides now."""

    name: str
    as_of: str | None
    version: str
    recorded: Said
    decided: Decided


@dataclass(frozen=True)
class Sample:
    """`other` is the case as the new version reads it, `said` why either decides it so."""

    name: str
    case: Any
    other: Any
    now: int | None
    old: Decided
    new: Decided
    kept: bool = True
    "Whether all its facts are; else nobody can say in what words it was decided."
    said: tuple[str, str] | None = None


@dataclass(frozen=True)
class Changed:
    """The cases that are decided otherwise in one way, and a few of them."""

    kind: Kind
    direction: Direction
    cases: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Part:
    """The cases that have one value in a column. `otherwise` counts those with another outcome,
    `outcomes` in which way."""

    value: str
    cases: int
    otherwise: int
    outcomes: Mapping[tuple[Change, ...], int]


@dataclass(frozen=True)
class Cohort:
    """`rest` are the cases of all the values that are too many to be told apart."""

    column: str
    parts: tuple[Part, ...]
    rest: int


@dataclass(frozen=True)
class Traffic:
    """A kind of cases that `compare` found, with how many of the history are of it."""

    region: Region
    cases: int


@dataclass(frozen=True)
class Beside:
    """What `compare` finds of the decision, beside the history: `unlisted` cases are of no kind
    that it lists, as may be where it is not complete."""

    changes: Changes
    regions: tuple[Traffic, ...]
    unlisted: int
    complete: bool


@dataclass(frozen=True)
class Replay:
    """`left_out` says why how many were not replayed; `refused` of them are those that the new
    version does not take. `checked` had something recorded of their decision, and `differing` of
    those are decided otherwise by the very version that decided them. `others` are of other
    decisions, and count for nothing."""

    old: Version
    new: Version
    decision: str
    fields: tuple[Compared, ...]
    recorded: int
    others: int
    left_out: Mapping[str, int]
    refused: int
    checked: int
    differing: int
    differences: tuple[Differing, ...]
    same: int
    changed: tuple[Changed, ...]
    cohorts: tuple[Cohort, ...]
    by: str = EVALUATOR
    "What decided."
    aside: int = 0
    "How many of them the evaluator decided, where something else did."
    gaps: tuple[str, ...] = ()
    "What of the policies they do not decide."
    unsaid: int = 0
    "How many of them were decided by what was mentioned then, for the texts are not kept."

    @property
    def replayed(self) -> int:
        return self.recorded - sum(self.left_out.values())

    @property
    def reproduced(self) -> bool:
        """Whether all that was recorded is decided so again."""
        return not self.differing

    @property
    def otherwise(self) -> int:
        """Cases with another outcome."""
        return sum(each.cases for each in self.changed if each.direction != "alike")

    @property
    def alike(self) -> int:
        """Cases with the same outcome, by something else."""
        return sum(each.cases for each in self.changed if each.direction == "alike")

    @property
    def differs(self) -> bool:
        return bool(self.changed or self.refused)
