"""What `calibrate` takes, and what it finds: the figures at each value, the current one, and the
one it suggests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.language.types import Range
from engine.verbs.calibrating.figures import Counts, Figure, Measure, Mistake

Aim = Literal["precision", "recall", "coverage", "auto_close", "cost"]

Stretch = tuple[float, float]


@dataclass(eq=False)
class NotCalibratableError(ValueError):
    """What was asked cannot be answered; `help` says what would."""

    message: str
    help: str | None = None

    def __str__(self) -> str:
        return f"{self.message}; {self.help}" if self.help else self.message


@dataclass(frozen=True, slots=True)
class Labelled:
    """A case, and whether the positive outcome would be right for it. `now` is when it was decided,
    in microseconds since 1970, where that is known."""

    case: Mapping[str, Any]
    right: bool
    now: int | None = None


@dataclass(frozen=True)
class LabelledTable:
    """Labelled cases in an Ibis table. `right` reads what stands in the column `label`, also where
    that is nothing (None); `now` is the column that says when each was decided, `by` is what
    decides them, for those who read the figures, and `note` is told of rows as they are done."""

    table: Any
    label: str
    right: Callable[[Any], bool]
    now: str | None = None
    by: str = "columns"
    note: Callable[[int], None] = lambda _: None


@dataclass(frozen=True)
class Swept:
    """A threshold: its value in the policy, and the range declared for it."""

    name: str
    current: float
    integer: bool
    range: Range
    unit: str | None


@dataclass(frozen=True)
class Steps:
    """From one value to another; each `step`, or else wherever a case is decided otherwise."""

    first: float | None = None
    last: float | None = None
    step: float | None = None


@dataclass(frozen=True)
class Goal:
    """`precision>=0.95`."""

    measure: Aim
    sign: Literal[">=", "<="]
    bound: float


@dataclass(frozen=True)
class Point:
    """`values` are those of the thresholds; `cost` is there where mistakes have weights."""

    values: tuple[float, ...]
    counts: Counts
    figures: Mapping[Measure, Figure]
    cost: float | None


@dataclass(frozen=True)
class Miss:
    """A goal that a point does not meet, and by how much; None where there is no figure."""

    goal: Goal
    value: float | None
    by: float


@dataclass(frozen=True)
class Choice:
    """The best point that meets every goal, or else the one that comes nearest, with `misses`.
    `aim` is what was best among several."""

    point: Point
    aim: Aim
    misses: tuple[Miss, ...] = ()

    @property
    def meets(self) -> bool:
        return not self.misses


@dataclass(frozen=True)
class HeldOut:
    """The figures on cases that the choice has not seen."""

    cases: int
    current: Point
    chosen: Point | None


@dataclass(frozen=True)
class Calibration:
    """`points` go up, the last threshold fastest. `stretches` are, for each of their values, from
    where to before where it stands for all; where that is not known, to the next value. `exact`
    says that every value was looked at between which any case is decided otherwise. `choice` is
    None where nobody asked for one. `by` is what decided the cases, `aside` how many of them the
    evaluator did nevertheless, and `gaps` say why."""

    policy: str
    version: str
    decision: str
    thresholds: tuple[Swept, ...]
    positive: str
    loosest: str | None
    cases: int
    right: int
    refused: int
    level: float
    surely: bool
    goals: tuple[Goal, ...]
    weights: Mapping[Mistake, float]
    exact: bool
    points: tuple[Point, ...]
    stretches: tuple[tuple[Stretch, ...], ...]
    current: Point
    choice: Choice | None
    held_out: HeldOut | None
    by: str
    aside: int
    gaps: tuple[str, ...]
    warnings: tuple[str, ...]
