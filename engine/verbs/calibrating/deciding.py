"""Cases to their pieces: by one program in which the thresholds are facts, where nothing is done
with them but to compare them; else at a number of values, where need be by a program for each.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from engine.backends.python.evaluator import Evaluator
from engine.backends.python.refuse import NO_NOW
from engine.backends.python.validate import validate
from engine.decision import Fault
from engine.language.values import to_wire
from engine.program import nodes as program
from engine.program import walk
from engine.program.cases import is_whole_case
from engine.verbs.calibrating.edit import edited
from engine.verbs.calibrating.lifted import lifted, only_compared
from engine.verbs.calibrating.models import NotCalibratableError, Point, Steps, Stretch, Swept
from engine.verbs.calibrating.pieces import Ask, Pieces, TooManyError, pieces_at, pieces_of
from engine.verbs.calibrating.positive import POSITIVE, Positive
from engine.verbs.calibrating.values import (
    closer,
    ends,
    evenly,
    stretches,
    thinned,
    worth_looking_at,
)
from engine.verbs.check import PolicyError, load

Case = Mapping[str, Any]
_MOST_VARIANTS = 11
_MOST_STEPS = 41


class Deciding:
    """How the cases of one sweep are decided."""

    def __init__(
        self,
        policy: program.Program,
        decision: str,
        swept: tuple[Swept, ...],
        positive: Positive,
        steps: Steps,
    ) -> None:
        self.node = policy.decisions[decision]
        self.swept, self._steps = swept, steps
        self.positive = positive
        self.refused = 0
        self.faults = Counter[str]()
        self.lets_refused_through = False
        self.unknown = Counter[str]()
        self._fault: Fault | None = None
        self.impossible = 0
        self._reads_now = walk.reads_now(policy, self.node)
        names = [each.name for each in swept]
        self.lifted = lifted(policy, decision, names)
        is_inner = self.lifted is not None and is_whole_case(self.node.parameters)
        self._extra = f"/{self.node.parameters[0].name}" if is_inner else ""
        self.is_exact = self.lifted is not None and only_compared(self.lifted, names)
        self.ends = [ends(each) for each in swept]
        self._evaluator = None if self.lifted is None else Evaluator(self.lifted)
        self._all: list[list[float]] = []
        self._starts: list[set[float]] = []
        self._evenly: list[list[float]] = []
        self._variants: dict[tuple[float, ...], Evaluator] = {}
        if not self.is_exact:
            self._prepare(policy)

    def pieces(self, case: Case, now: int | None) -> Pieces:
        arguments, fault = self._taken(case, now)
        if fault is not None:
            self.refused += 1
            self._fault = self._fault or fault
            self.faults[f"{fault.pointer or '/'} should be {fault.expected}"] += 1
            kind = self._class_of(to_wire(self.node.refused, self.node.result))
            self.lets_refused_through = bool(kind & POSITIVE)
            return Pieces(tuple((low,) for low, _ in self.ends), (kind,))
        unknown: set[str] = set()
        pieces = self._decided(self._ask(arguments, now, unknown))
        self.unknown.update(unknown)
        return pieces

    def missing(self, case: Case, now: int | None) -> set[str]:
        """The facts that it does not give and somebody asks for, at the values that there are and
        at the ends."""
        unknown: set[str] = set()
        arguments, fault = self._taken(case, now)
        if fault is None:
            ask = self._ask(arguments, now, unknown)
            for values in ((each.current for each in self.swept), *zip(*self.ends, strict=True)):
                ask(tuple(values))
        return unknown

    def _taken(self, case: Case, now: int | None) -> tuple[tuple[Any, ...], Fault | None]:
        """Its arguments, or what is wrong with it first."""
        taken = validate(self.node.parameters, case)
        if taken.arguments is None:
            return (), taken.faults[0]
        return taken.arguments, NO_NOW if now is None and self._reads_now else None

    def _decided(self, ask: Ask) -> Pieces:
        if not self.is_exact:
            return pieces_at(ask, self._evenly)
        try:
            lows, highs = zip(*self.ends, strict=True)
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
        self._starts = [
            {start for pieces in all_pieces for start in pieces.starts[place]}
            for place in range(len(self.swept))
        ]
        both = zip(self.swept, self._starts, strict=True)
        found = [worth_looking_at(each, starts, self._steps) for each, starts in both]
        if len(found) == 1:
            return found, False
        fewer = [
            thinned(values, each.current) for values, each in zip(found, self.swept, strict=True)
        ]
        self._all = found
        return fewer, fewer != found

    def stretches(self, values: list[list[float]]) -> tuple[tuple[Stretch, ...], ...]:
        """For each of these values where it begins to stand for others, and where it ends to."""
        unknown: Sequence[set[float] | None] = [None] * len(self.swept)
        starts = self._starts or unknown
        all_of = zip(self.swept, starts, values, strict=True)
        return tuple(stretches(*each, self._steps) for each in all_of)

    def closer(self, values: list[list[float]], point: Point) -> list[list[float]]:
        """With those that were left out on either side of the point."""
        all_of = zip(self._all, values, point.values, strict=True)
        return [closer(full, some, value) for full, some, value in all_of]

    def is_within(self, point: Point) -> bool:
        """Whether it lies where the sweep was to look."""
        first, last = self._steps.first, self._steps.last
        return all(
            (first is None or value >= first) and (last is None or value <= last)
            for value in point.values
        )

    def _prepare(self, policy: program.Program) -> None:
        """The values to decide at, and where need be a program for each of them."""
        alone = len(self.swept) == 1 and self.lifted is not None
        several = _MOST_STEPS if alone else _MOST_VARIANTS
        for each in self.swept:
            axis = evenly(each, self._steps, several)
            if axis is None:
                raise NotCalibratableError(
                    f"`{policy.name}` does more with `{each.name}` than to compare it, and its "
                    "range has no ends",
                    "say where to look with `--from`, `--to` and `--step`",
                )
            self._evenly.append(axis)
        if self.lifted is not None:
            return
        for values in product(*self._evenly):
            given = {each.name: value for each, value in zip(self.swept, values, strict=True)}
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
        for each, axis in zip(self.swept, possible, strict=True):
            if each.current not in axis:
                raise NotCalibratableError(
                    f"`{policy.name}` holds together at too few values of `{each.name}`",
                    "say where to look with `--from`, `--to` and `--step`",
                )
        self._evenly = possible

    def _ask(self, arguments: tuple[Any, ...], now: int | None, unknown: set[str]) -> Ask:
        def ask(values: tuple[float, ...]) -> int:
            if self._evaluator is None:
                decided = self._variants[values].decide_values(self.node.name, arguments, now)
            else:
                given = (*arguments, *values)
                decided = self._evaluator.decide_values(self.node.name, given, now)
            unknown.update(each.removeprefix(self._extra) for each in decided.unknown)
            return self._class_of(decided.outcome)

        return ask

    def _class_of(self, outcome: Any) -> int:
        return self.positive.class_of(outcome)
