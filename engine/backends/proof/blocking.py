"""What is wanted and cannot be had to what stands in the way: the facts that must stay, and what
always or never holds while they do."""

from collections.abc import Mapping, Sequence
from typing import Any

import z3

from engine.backends.proof.bits import Bit, both, no, some
from engine.backends.proof.changes import Stays
from engine.backends.proof.facts import NOW
from engine.backends.proof.smallest import Asked, solver_of, tell
from engine.backends.proof.solve import Budget
from engine.backends.proof.symbols import UNKNOWN, Sym, number, true
from engine.program import nodes as program

Env = Mapping[str, Sym]


def in_the_way(asked: Asked, stays: Stays, budget: Budget) -> tuple[str, ...] | None:
    """Pointers to facts of which none could be spared: were all but these free, it still could not
    be had. Empty where no case at all has the outcome; None where that is not known."""
    told = tell(asked, stays, assuming=True)
    solver = solver_of(told.question)
    bits = told.changes.assumed or {}
    if budget.check(solver, *bits.values()) != z3.unsat:
        return None
    core = {bit.get_id() for bit in solver.unsat_core()}
    kept = [pointer for pointer, bit in bits.items() if bit.get_id() in core]
    for pointer in list(kept):
        others = [bits[each] for each in kept if each != pointer]
        if budget.check(solver, *others) == z3.unsat:
            kept.remove(pointer)
    return tuple(kept)


class Fixed:
    """What holds of all cases that keep the facts which must stay."""

    def __init__(self, asked: Asked, stays: Stays, budget: Budget) -> None:
        self._asked, self._budget = asked, budget
        self._told = tell(asked, stays)
        self.encoder = self._told.encoder
        changes = self._told.changes
        now = UNKNOWN if asked.now is None else Sym(number(asked.now))
        names = (each.name for each in asked.decision.parameters)
        near = zip(names, changes.whole, strict=True)
        self.facts: dict[str, Sym] = {**{name: each.sym for name, each in near}, NOW: now}

    def applies(self, rule: str) -> bool:
        """Whether a guard always does."""
        return self._never(no(self._of(rule).applies))

    def cannot_hold(self, rule: str) -> bool:
        return self._never(self._of(rule).applies)

    def never(self, node: program.Expression, env: Env) -> bool:
        """Whether a condition is never true."""
        return self._never(true(self.encoder.express(node, env)))

    def beaten_by(self, rule: str, others: Sequence[str]) -> bool:
        """Whether one of the others applies wherever the rule does."""
        mine, theirs = self._of(rule).applies, some(self._of(each).applies for each in others)
        return self._never(both(mine, no(theirs)))

    def _of(self, rule: str) -> Any:
        outcome = self._told.outcome
        return next(each for each in (*outcome.guards, *outcome.rules) if each.rule.name == rule)

    def _never(self, bit: Bit) -> bool:
        if isinstance(bit, bool):
            return not bit
        solver = solver_of(self._told.question, asked=False)
        solver.add(bit)
        return bool(self._budget.check(solver) == z3.unsat)
