"""Labelled cases and thresholds to how right a policy is at each of their values.

Each case is decided only on either side of each number that a threshold is compared with, by one
program in which the thresholds are facts; that is exact for all values. A policy that does more
with a threshold than to compare it is decided at a number of values instead.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.language import types
from engine.language.nearest import nearest
from engine.language.values import write_number
from engine.program import nodes as program
from engine.verbs.calibrating.cautions import cautions, of_the_refused
from engine.verbs.calibrating.choosing import choose
from engine.verbs.calibrating.counting import counts_at
from engine.verbs.calibrating.deciding import Deciding
from engine.verbs.calibrating.figures import Counts, Measure, Mistake, figures
from engine.verbs.calibrating.models import (
    Aim,
    Calibration,
    Choice,
    Goal,
    HeldOut,
    Labelled,
    LabelledTable,
    NotCalibratableError,
    Point,
    Steps,
    Swept,
)
from engine.verbs.calibrating.pieces import Pieces
from engine.verbs.calibrating.positive import Positive, derived_positive, named_positive
from engine.verbs.calibrating.values import ends
from engine.verbs.decide import EVALUATOR, named
from engine.verbs.history import need_columns

if TYPE_CHECKING:
    from engine.verbs.calibrating.columns import Keeps, Tabled, Weighed


def calibrate(
    policy: program.Program,
    cases: Iterable[Labelled] | LabelledTable,
    thresholds: Sequence[str],
    *,
    decision: str | None = None,
    positive: str | None = None,
    goals: Sequence[Goal] = (),
    weights: Mapping[Mistake, float] | None = None,
    aim: Aim | None = None,
    steps: Steps | None = None,
    level: float = 0.95,
    surely: bool = False,
    holdout: float = 0.0,
    now: int | None = None,
) -> Calibration:
    """`positive` is as `action=reply_and_close`; without it the policy tells. A point is chosen
    where there are goals, weights or an aim. Raises NotCalibratableError, WrongWantError and
    UnknownDecisionError."""
    swept = thresholds_of(policy, thresholds)
    need_within(swept, steps or Steps())
    name = decision_of(policy, decision)
    wanted = positive_of(policy, name, thresholds, positive)
    asked = Deciding(policy, name, swept, wanted, steps or Steps())
    aim = aim or (_default_aim(goals, weights) if goals or weights else None)
    wants = _Wants(wanted, tuple(goals), dict(weights or {}), aim, level, surely)
    rows = _rows(asked, cases, now, holdout)
    seen, kept = Counter[tuple[Pieces, bool]](), Counter[tuple[Pieces, bool]]()
    for pieces, right, is_kept, times in rows.weighed():
        (kept if is_kept else seen)[pieces, right] += times
    asked.need_any_taken(seen.total() + kept.total())
    _need_both(seen, held_out=bool(holdout))
    values, is_thinned = asked.values(seen)
    looked = _looked_at(asked, wants, seen, values)
    if is_thinned and looked.choice is not None:
        values = asked.closer(values, looked.choice.point)
        looked = _looked_at(asked, wants, seen, values)
    found = Calibration(
        policy=policy.name,
        version=policy.version,
        decision=name,
        thresholds=swept,
        positive=wanted.words,
        loosest=wanted.loosest_words,
        cases=seen.total(),
        right=sum(times for (_, right), times in seen.items() if right),
        refused=asked.refused,
        level=level,
        surely=surely,
        goals=wants.goals,
        weights=wants.weights,
        exact=asked.is_exact and not is_thinned,
        points=looked.points,
        stretches=asked.stretches(values),
        current=looked.current,
        choice=looked.choice,
        held_out=_held_out(wants, kept, looked) if kept else None,
        by=rows.by,
        aside=rows.aside,
        gaps=rows.gaps,
        warnings=(),
    )
    return replace(found, warnings=tuple(_warnings(found, asked, rows, thinned=is_thinned)))


def thresholds_of(policy: program.Program, names: Sequence[str]) -> tuple[Swept, ...]:
    if not 1 <= len(names) <= 2:
        raise NotCalibratableError("one threshold or two can be swept")
    if len(set(names)) < len(names):
        raise NotCalibratableError(f"`{names[0]}` is named twice", "name two thresholds")
    return tuple(_swept(policy, name) for name in names)


def need_within(swept: Sequence[Swept], steps: Steps) -> None:
    """Where to look lies in the declared ranges."""
    for each in swept:
        low, high = ends(each)
        for value in (steps.first, steps.last):
            if value is not None and not low <= value <= high:
                raise NotCalibratableError(
                    f"`{each.name}` cannot be {value:g}",
                    f"it is declared to be from {write_number(low)} to {write_number(high)}",
                )


def decision_of(policy: program.Program, decision: str | None) -> str:
    name = named(policy, decision)
    if name not in policy.decisions:
        cure = "`--decision` names a decision" if policy.decisions else None
        raise NotCalibratableError(f"`{name}` is a lifecycle, which is not calibrated", cure)
    return name


def positive_of(
    policy: program.Program, decision: str, thresholds: Sequence[str], asked: str | None
) -> Positive:
    """What counts as positive, as it was asked for or as the policy tells."""
    node = policy.decisions[decision]
    if asked is not None:
        return named_positive(node, asked)
    found = derived_positive(policy, node, thresholds)
    if found is None:
        raise NotCalibratableError(
            f"`{policy.name}` does not tell which outcome counts as positive",
            "say it with `--positive`, as in `--positive action=reply_and_close`",
        )
    return found


def _swept(policy: program.Program, name: str) -> Swept:
    threshold = policy.thresholds.get(name)
    if threshold is None:
        near = nearest(name, policy.thresholds)
        known = ", ".join(f"`{each}`" for each in policy.thresholds) or "none"
        cure = f"did you mean `{near}`?" if near else f"there is {known}"
        raise NotCalibratableError(f"`{policy.name}` has no threshold `{name}`", cure)
    match threshold:
        case program.Threshold(
            type=types.Number(integer=integer, range=range, unit=unit), value=int() | float() as now
        ):
            return Swept(name, now, integer, range, unit)
    numbers = [
        f"`{each.name}`"
        for each in policy.thresholds.values()
        if isinstance(each.type, types.Number)
    ]
    raise NotCalibratableError(
        f"the threshold `{name}` is a {types.describe(threshold.type)}, and only numbers are swept",
        f"among the thresholds are the numbers {', '.join(numbers[:8])}" if numbers else None,
    )


class _Listed:
    """How cases are decided that are told one after the other: as `Tabled` has it of a table."""

    by, aside, gaps = EVALUATOR, 0, ()

    def __init__(
        self, asked: Deciding, cases: Iterable[Labelled], now: int | None, keeps: "Keeps | None"
    ) -> None:
        self._asked, self._cases, self._now, self._keeps = asked, cases, now, keeps
        self.unknown, self.looked_at = asked.unknown, 0

    def weighed(self) -> "Iterator[Weighed]":
        for each in self._cases:
            self.looked_at += 1
            pieces = self._asked.pieces(each.case, self._now if each.now is None else each.now)
            yield pieces, each.right, self._keeps is not None and self._keeps(each.case), 1


def _rows(
    asked: Deciding,
    cases: Iterable[Labelled] | LabelledTable,
    now: int | None,
    holdout: float,
) -> "_Listed | Tabled":
    keeps = partial(_is_kept_back, share=holdout) if holdout else None
    if not isinstance(cases, LabelledTable):
        return _Listed(asked, cases, now, keeps)
    need_columns()
    from engine.verbs.calibrating.columns import Tabled

    return Tabled(asked, cases, now, keeps)


def _is_kept_back(case: Mapping[str, Any], share: float) -> bool:
    """By the case itself, so that equal cases stay together and the order does not matter."""
    text = json.dumps(case, sort_keys=True, default=str)
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16) < share * 16**12


def _need_both(seen: Mapping[tuple[Pieces, bool], int], *, held_out: bool) -> None:
    labels = {right for _, right in seen}
    if not labels:
        message = "all cases are held out" if held_out else "there are no labelled cases"
        raise NotCalibratableError(message)
    if True not in labels:
        raise NotCalibratableError(
            "no case is labelled yes, so there is nothing to find",
            "a label says whether the positive outcome would be right for the case",
        )


@dataclass(frozen=True)
class _Wants:
    """What counts at a point, and what makes one the best."""

    positive: Positive
    goals: tuple[Goal, ...]
    weights: Mapping[Mistake, float]
    aim: Aim | None
    level: float
    surely: bool

    def points(
        self, weighed: Mapping[tuple[Pieces, bool], int], values: Sequence[Sequence[float]]
    ) -> dict[tuple[float, ...], Point]:
        counted = counts_at(weighed, values, ordered=self.positive.loosest is not None)
        return {at: self._point(at, counts) for at, counts in counted.items()}

    def _point(self, at: tuple[float, ...], counts: Counts) -> Point:
        cost = counts.cost(self.weights) if self.weights else None
        return Point(at, counts, figures(counts, self.level), cost)


class _Looked(NamedTuple):
    points: tuple[Point, ...]
    current: Point
    choice: Choice | None


def _looked_at(
    asked: Deciding,
    wants: _Wants,
    seen: Mapping[tuple[Pieces, bool], int],
    values: Sequence[Sequence[float]],
) -> _Looked:
    by_values = wants.points(seen, values)
    current = by_values[tuple(each.current for each in asked.swept)]
    points, choice = tuple(by_values.values()), None
    if wants.aim is not None:
        within = [each for each in points if asked.is_within(each)] or [current]
        choice = choose(within, current, wants.goals, wants.aim, surely=wants.surely)
    return _Looked(points, current, choice)


def _default_aim(goals: Sequence[Goal], weights: Mapping[Mistake, float] | None) -> Aim:
    """What mistakes cost, where that is said; else what no goal is about."""
    if weights:
        return "cost"
    others: tuple[Measure, ...] = ("recall", "precision", "coverage")
    held = {each.measure for each in goals}
    return next((each for each in others if each not in held), "recall")


def _held_out(wants: _Wants, kept: Mapping[tuple[Pieces, bool], int], looked: _Looked) -> HeldOut:
    def at(point: Point) -> Point:
        return wants.points(kept, [[each] for each in point.values])[point.values]

    choice = looked.choice
    return HeldOut(
        sum(kept.values()), at(looked.current), None if choice is None else at(choice.point)
    )


def _warnings(
    found: Calibration, asked: Deciding, rows: "_Listed | Tabled", *, thinned: bool
) -> Iterator[str]:
    yield from cautions(
        found,
        thinned=thinned,
        impossible=asked.impossible,
        unknown=rows.unknown,
        looked_at=rows.looked_at,
    )
    yield from of_the_refused(asked.faults, counts_as_positive=asked.lets_refused_through)
