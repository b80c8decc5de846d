"""Many questions about the cases of one encoding, each answered by itself.

The formulas of a policy are given to the solver once, under names; a question only says which of
the names it supposes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import z3

from engine.backends.proof.bits import Bit, no
from engine.backends.proof.encode import Encoder
from engine.backends.proof.facts import UnwritableError
from engine.backends.proof.solve import STEPS, Budget

_MOST_TRIES = 6
_EASY = 2 * STEPS

Verdict = Literal["no", "some", "spent"]


@dataclass(frozen=True)
class Found:
    """`no`: there is no such case. `yes`: there is, and `case` is one where it was asked for.
    `perhaps`: what was found is not surely one. `spent`: the budget was."""

    kind: Literal["no", "yes", "perhaps", "spent"]
    case: Any = None


class Session:
    """`read` gives the case of a model."""

    def __init__(self, encoder: Encoder, read: Callable[[Any], Any], budget: Budget) -> None:
        self.encoder = encoder
        self.budget = budget
        self._read = read
        self._names: dict[int, tuple[Any, Any]] = {}
        known = encoder.known()
        self._solvers = [_solver(known)]
        if encoder.arithmetic:
            self._solvers.append(_solver([*known, *encoder.arithmetic]))

    @property
    def is_exact(self) -> bool:
        """Whether every model is a case: nothing was told roughly, and texts can be written."""
        encoder = self.encoder
        texts = any(asked for _, asked in encoder.texts.asked())
        return not (encoder.rough or texts or encoder.policy.codes or encoder.arithmetic)

    def ask(self, supposed: Iterable[Bit]) -> Verdict:
        """Whether there are cases of which all of that holds."""
        bits = list(supposed)
        if any(bit is False for bit in bits):
            return "no"
        literals = [self._named(bit) for bit in bits if bit is not True]
        return self._check(literals)

    def find(
        self,
        supposed: Iterable[Bit],
        is_one: Callable[[Any], bool],
        *,
        shown: bool = False,
    ) -> Found:
        """Looks for a case that `is_one`. Where every model is a case it is read only if it shall
        be `shown`."""
        bits = list(supposed)
        if any(bit is False for bit in bits):
            return Found("no")
        literals = [self._named(bit) for bit in bits if bit is not True]
        verdict = self._check(literals)
        if verdict != "some":
            return Found(verdict)
        if self.is_exact and not shown:
            return Found("yes")
        return self._confirmed(literals, is_one)

    def culprits(self, supposed: Sequence[Bit], among: Sequence[Bit]) -> list[int]:
        """Of what cannot hold together: the places of as few `among` as it takes."""
        base = [self._named(bit) for bit in supposed if bit is not True]
        kept = [place for place, bit in enumerate(among) if bit is not True]
        for place in list(kept):
            left = [each for each in kept if each != place]
            if self._check([*base, *(self._named(among[each]) for each in left)]) == "no":
                kept = left
        return kept

    def _confirmed(self, literals: Sequence[Any], is_one: Callable[[Any], bool]) -> Found:
        solver = self._solvers[-1]
        exactly = self.encoder.workshop.exactly
        solver.push()
        try:
            for assumed in (exactly, None):
                for _ in range(_MOST_TRIES):
                    more = () if assumed is None else (assumed,)
                    if solver.check(*literals, *more) != z3.sat:
                        break
                    model = solver.model()
                    case = self._case(model)
                    if case is not None and is_one(case):
                        return Found("yes", case)
                    solver.add(self._another(model))
        finally:
            solver.pop()
        return Found("perhaps")

    def _check(self, literals: Sequence[Any]) -> Verdict:
        """Arithmetic is hard, and few answers hang on it; without it there are more cases."""
        found: Any = z3.unknown
        for solver in self._solvers:
            most = _EASY if solver is not self._solvers[-1] else None
            found = self.budget.check(solver, *literals, most=most)
            if found == z3.unsat:
                return "no"
        return "some" if found == z3.sat else "spent"

    def _named(self, bit: Any) -> Any:
        """A name that stands for a formula."""
        if bit is False:
            return z3.BoolVal(False)
        if z3.is_const(bit) or (z3.is_not(bit) and z3.is_const(bit.arg(0))):
            return bit
        if z3.is_not(bit):
            return z3.Not(self._named(bit.arg(0)))
        known = self._names.get(bit.get_id())
        if known is None:
            name = z3.Bool(f"name {len(self._names)}")
            known = self._names[bit.get_id()] = name, bit
            for solver in self._solvers:
                solver.add(name == bit)
        return known[0]

    def _case(self, model: Any) -> Any:
        try:
            return self._read(model)
        except UnwritableError:
            return None

    def _another(self, model: Any) -> Any:
        """That something of which there are few values is otherwise."""
        terms = [*self.encoder.facts.discrete]
        terms += [bit for _, asked in self.encoder.texts.asked() for bit in asked.values()]
        same = [term == model.eval(term, model_completion=True) for term in terms]
        return no(z3.And(same)) if same else z3.BoolVal(False)


def _solver(known: Sequence[Any]) -> Any:
    solver = z3.SimpleSolver()
    solver.add(*known)
    return solver
