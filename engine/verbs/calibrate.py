"""Labelled cases and thresholds to how right a policy is at each of their values.

Each case is decided only on either side of each number that a threshold is compared with, by one
program in which the thresholds are facts; that is exact for all values. A policy that does more
with a threshold than to compare it is decided at a number of values instead.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from engine.backends.python.evaluator import Evaluator
from engine.backends.python.validate import validate
from engine.decision import Fault
from engine.language import types
from engine.language.nearest import nearest
from engine.language.values import to_wire
from engine.program import nodes as program
from engine.program.cases import is_whole_case
from engine.verbs.calibrating.cautions import cautions
from engine.verbs.calibrating.choosing import choose
from engine.verbs.calibrating.counting import counts_at
from engine.verbs.calibrating.edit import edited
from engine.verbs.calibrating.figures import Measure, Mistake, figures
from engine.verbs.calibrating.lifted import lifted, only_compared
from engine.verbs.calibrating.models import (
    Aim,
    Calibration,
    Choice,
    Goal,
    HeldOut,
    Point,
    Steps,
    Swept,
)
from engine.verbs.calibrating.pieces import Ask, Pieces, TooManyError, pieces_at, pieces_of
from engine.verbs.calibrating.positive import Positive, derived_positive, named_positive
from engine.verbs.calibrating.values import (
    ends,
    evenly,
    thinned,
    worth_looking_at,
)
from engine.verbs.check import PolicyError, load
from engine.verbs.decide import named

_MOST_VARIANTS = 11
_MOST_STEPS = 41


@dataclass(frozen=True, slots=True)
class Labelled:
    """A case, and whether the positive outcome would be right for it. `now` is when it was decided,
    in microseconds since 1970, where that is known."""

    case: Mapping[str, Any]
    right: bool
    now: int | None = None


@dataclass(eq=False)
class NotCalibratableError(ValueError):
    """What was asked cannot be answered; `help` says what would."""

    message: str
    help: str | None = None

    def __str__(self) -> str:
        return f"{self.message}; {self.help}" if self.help else self.message


def calibrate(
    policy: program.Program,
    cases: Iterable[Labelled],
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
    name = decision_of(policy, decision)
    wanted = positive_of(policy, name, thresholds, positive)
    asked = _Asked(policy, name, swept, wanted, steps or Steps())
    seen, kept = Counter[tuple[Pieces, bool]](), Counter[tuple[Pieces, bool]]()
    for each in cases:
        pieces = asked.pieces(each.case, now if each.now is None else each.now)
        split = kept if holdout and _is_kept_back(each.case, holdout) else seen
        split[pieces, each.right] += 1
    asked.need_any_taken(seen.total() + kept.total())
    _need_both(seen, held_out=bool(holdout))
    values, is_thinned = asked.values(seen)
    by_values = _points(seen, values, wanted, level, weights)
    current = by_values[tuple(each.current for each in swept)]
    aim = aim or (_default_aim(goals, weights) if goals or weights else None)
    choice = None
    if aim is not None:
        points = [each for each in by_values.values() if asked.is_within(each)]
        choice = choose(points or [current], current, goals, aim, surely=surely)
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
        goals=tuple(goals),
        weights=dict(weights or {}),
        exact=asked.is_exact and not is_thinned,
        points=tuple(by_values.values()),
        current=current,
        choice=choice,
        held_out=_held_out(kept, current, choice, wanted, level, weights),
        warnings=(),
    )
    said = cautions(found, thinned=is_thinned, impossible=asked.impossible, unknown=asked.unknown)
    return replace(found, warnings=tuple(said))


def thresholds_of(policy: program.Program, names: Sequence[str]) -> tuple[Swept, ...]:
    if not 1 <= len(names) <= 2:
        raise NotCalibratableError("one threshold or two can be swept")
    if len(set(names)) < len(names):
        raise NotCalibratableError(f"`{names[0]}` is named twice", "name two thresholds")
    return tuple(_swept(policy, name) for name in names)


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


class _Asked:
    """How the cases of one sweep are decided."""

    def __init__(
        self,
        policy: program.Program,
        decision: str,
        swept: tuple[Swept, ...],
        positive: Positive,
        steps: Steps,
    ) -> None:
        self._node = policy.decisions[decision]
        self._swept, self._steps = swept, steps
        self._positive = positive
        self.refused = 0
        self.unknown = Counter[str]()
        self._fault: Fault | None = None
        self.impossible = 0
        names = [each.name for each in swept]
        self._lifted = lifted(policy, decision, names)
        is_inner = self._lifted is not None and is_whole_case(self._node.parameters)
        self._extra = f"/{self._node.parameters[0].name}" if is_inner else ""
        self.is_exact = self._lifted is not None and only_compared(self._lifted, names)
        self._ends = [ends(each) for each in swept]
        self._evaluator = None if self._lifted is None else Evaluator(self._lifted)
        self._evenly: list[list[float]] = []
        self._variants: dict[tuple[float, ...], Evaluator] = {}
        if not self.is_exact:
            self._prepare(policy)

    def pieces(self, case: Mapping[str, Any], now: int | None) -> Pieces:
        taken = validate(self._node.parameters, case)
        if taken.arguments is None:
            self.refused += 1
            self._fault = self._fault or taken.faults[0]
            kind = self._class_of(to_wire(self._node.refused, self._node.result))
            return Pieces(tuple((low,) for low, _ in self._ends), (kind,))
        unknown: set[str] = set()
        pieces = self._decided(self._ask(taken.arguments, now, unknown))
        self.unknown.update(unknown)
        return pieces

    def _decided(self, ask: Ask) -> Pieces:
        if not self.is_exact:
            return pieces_at(ask, self._evenly)
        try:
            lows, highs = zip(*self._ends, strict=True)
            return pieces_of(ask, lows, highs)
        except TooManyError as many:
            raise NotCalibratableError(
                "a case compares these thresholds with too many numbers to look at all of them",
                "sweep one threshold at a time",
            ) from many

    def need_any_taken(self, cases: int) -> None:
        fault = self._fault
        if fault is not None and self.refused == cases:
            raise NotCalibratableError(
                f"every case is refused: {fault.pointer or '/'} should be {fault.expected}, and is "
                f"{fault.got}",
                "a column stands for a fact by its path, as `order.linked`",
            )

    def values(self, seen: Iterable[tuple[Pieces, bool]]) -> tuple[list[list[float]], bool]:
        """For each threshold those at which to count, and whether some were left out."""
        if not self.is_exact:
            return self._evenly, False
        all_pieces = {pieces for pieces, _ in seen}
        found = []
        for place, each in enumerate(self._swept):
            starts = {start for pieces in all_pieces for start in pieces.starts[place]}
            found.append(worth_looking_at(each, starts, self._steps))
        if len(found) == 1:
            return found, False
        fewer = [
            thinned(values, each.current) for values, each in zip(found, self._swept, strict=True)
        ]
        return fewer, fewer != found

    def is_within(self, point: Point) -> bool:
        """Whether it lies where the sweep was to look."""
        first, last = self._steps.first, self._steps.last
        return all(
            (first is None or value >= first) and (last is None or value <= last)
            for value in point.values
        )

    def _prepare(self, policy: program.Program) -> None:
        """The values to decide at, and where need be a program for each of them."""
        alone = len(self._swept) == 1 and self._lifted is not None
        several = _MOST_STEPS if alone else _MOST_VARIANTS
        for each in self._swept:
            axis = evenly(each, self._steps, several)
            if axis is None:
                raise NotCalibratableError(
                    f"`{policy.name}` does more with `{each.name}` than to compare it, and its "
                    "range has no ends",
                    "say where to look with `--from`, `--to` and `--step`",
                )
            self._evenly.append(axis)
        if self._lifted is not None:
            return
        for values in product(*self._evenly):
            given = {each.name: value for each, value in zip(self._swept, values, strict=True)}
            try:
                self._variants[values] = Evaluator(load(edited(policy.source, given)))
            except PolicyError:
                self.impossible += 1
        if self.impossible:
            self._keep_possible(policy)

    def _keep_possible(self, policy: program.Program) -> None:
        possible = [
            [
                value
                for value in axis
                if all(
                    each in self._variants
                    for each in product(*self._evenly)
                    if each[place] == value
                )
            ]
            for place, axis in enumerate(self._evenly)
        ]
        for each, axis in zip(self._swept, possible, strict=True):
            if each.current not in axis:
                raise NotCalibratableError(
                    f"`{policy.name}` holds together at too few values of `{each.name}`",
                    "say where to look with `--from`, `--to` and `--step`",
                )
        self._evenly = possible

    def _ask(self, arguments: tuple[Any, ...], now: int | None, unknown: set[str]) -> Ask:
        def ask(values: tuple[float, ...]) -> int:
            if self._evaluator is None:
                decided = self._variants[values].decide_values(self._node.name, arguments, now)
            else:
                given = (*arguments, *values)
                decided = self._evaluator.decide_values(self._node.name, given, now)
            unknown.update(each.removeprefix(self._extra) for each in decided.unknown)
            return self._class_of(decided.outcome)

        return ask

    def _class_of(self, outcome: Any) -> int:
        return self._positive.class_of(outcome)


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


def _points(
    weighed: Mapping[tuple[Pieces, bool], int],
    values: Sequence[Sequence[float]],
    positive: Positive,
    level: float,
    weights: Mapping[Mistake, float] | None,
) -> dict[tuple[float, ...], Point]:
    counted = counts_at(weighed, values, ordered=positive.loosest is not None)
    return {
        at: Point(at, counts, figures(counts, level), counts.cost(weights) if weights else None)
        for at, counts in counted.items()
    }


def _default_aim(goals: Sequence[Goal], weights: Mapping[Mistake, float] | None) -> Aim:
    """What mistakes cost, where that is said; else what no goal is about."""
    if weights:
        return "cost"
    others: tuple[Measure, ...] = ("recall", "precision", "coverage")
    held = {each.measure for each in goals}
    return next((each for each in others if each not in held), "recall")


def _held_out(
    kept: Mapping[tuple[Pieces, bool], int],
    current: Point,
    choice: Choice | None,
    positive: Positive,
    level: float,
    weights: Mapping[Mistake, float] | None,
) -> HeldOut | None:
    if not kept:
        return None

    def at(point: Point) -> Point:
        values = [[each] for each in point.values]
        return _points(kept, values, positive, level, weights)[point.values]

    return HeldOut(sum(kept.values()), at(current), None if choice is None else at(choice.point))
