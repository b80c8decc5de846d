"""A case that has what is wanted, and numbers of it, to how far these may go while it stays so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import z3

from engine.backends.proof.bits import no
from engine.backends.proof.borders import border
from engine.backends.proof.changes import Scalar, What
from engine.backends.proof.facts import UnwritableError, exact
from engine.backends.proof.smallest import Arguments, Asked, Told, solver_of, tell
from engine.backends.proof.solve import Budget
from engine.backends.proof.symbols import Num
from engine.language import types

_MOST_TRIES = 6
_CLOSE = Fraction(1, 10**7)


@dataclass(frozen=True)
class Margin:
    """`low` and `high` are the last numbers that do; None where every one does on that side. Of
    `below` and `above` each is the first that does not, where it is the next number."""

    low: Any = None
    high: Any = None
    below: Any = None
    above: Any = None


def margins(asked: Asked, pointers: Sequence[str], budget: Budget) -> dict[str, Margin]:
    """Of the case that is asked, where that can be told."""
    found: dict[str, Margin] = {}
    for pointer in pointers:
        margin = _Reach(asked, pointer, budget).margin()
        if margin is not None:
            found[pointer] = margin
    if len(found) > 1 and not _hold_together(asked, found, budget):
        return {}
    return found


def _told(asked: Asked, pointers: Sequence[str]) -> Told:
    def stays(pointer: str, what: What, _type: types.Type, _sensitive: bool) -> bool:
        return what != "value" or pointer not in pointers

    return tell(asked, stays)


def _hold_together(asked: Asked, found: dict[str, Margin], budget: Budget) -> bool:
    told = _told(asked, list(found))
    solver = solver_of(told.question, asked=False)
    solver.add(_formula(no(told.question.asked)))
    for pointer, margin in found.items():
        near = told.changes.scalars.get(pointer)
        if near is None:
            continue
        if margin.low is not None:
            solver.add(near.term >= exact(margin.low) + _room(told, margin.low))
        if margin.high is not None:
            solver.add(near.term <= exact(margin.high) - _room(told, margin.high))
    return bool(budget.check(solver) == z3.unsat)


class _Reach:
    def __init__(self, asked: Asked, pointer: str, budget: Budget) -> None:
        self.told, self.budget, self.asked = _told(asked, [pointer]), budget, asked
        self.near = self.told.changes.scalars.get(pointer)

    def margin(self) -> Margin | None:
        near = self.near
        if near is None or not isinstance(near.sym.value, Num):
            return Margin()
        solver = solver_of(self.told.question, asked=False)
        solver.add(_formula(no(self.told.question.asked)))
        sides = []
        for side in (-1, 1):
            found = self._side(solver, near, side)
            if found is None:
                return None
            sides.append(found)
        (low, below), (high, above) = sides
        return Margin(low, high, below, above)

    def _side(self, solver: Any, near: Scalar, side: int) -> tuple[Any, Any] | None:
        """The last that does and the first that does not; None where that cannot be told."""
        start = near.old
        room = _room(self.told, start)
        beyond = (near.term - exact(start)) * side > room
        good, bad = None, None
        for _ in range(_MOST_TRIES):
            solver.push()
            solver.add(beyond)
            if good is not None:
                solver.add((exact(good) - near.term) * side >= _room(self.told, good))
            answer = self.budget.check(solver)
            model = solver.model() if answer == z3.sat else None
            solver.pop()
            if answer == z3.unsat:
                return good, bad
            if model is None:
                return None
            try:
                wrong = near.model_read(model)
            except UnwritableError:
                return None
            case = self.told.changes.reader(model, near.path)
            is_one = partial(self._is_one, case)
            if wrong == start or is_one(wrong):
                return None
            good, bad = border(near.type, start, wrong, is_one)
        return None

    def _is_one(self, case: Callable[[Any], Arguments], value: Any) -> bool:
        return self.asked.is_one(case(value))


def _room(told: Told, value: Any) -> Any:
    """How near to its end it is not looked at, where the last digits of what is computed of it are
    known by bounds."""
    if not told.encoder.arithmetic:
        return 0
    return z3.RealVal(str(_CLOSE * max(Fraction(1), abs(Fraction(value)))))


def _formula(bit: Any) -> Any:
    return z3.BoolVal(bit) if isinstance(bit, bool) else bit
