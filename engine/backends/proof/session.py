"""Many questions about the cases of one encoding, each answered by itself.

The formulas of a policy are given to the solver once, under names; a question only says which of
the names it supposes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import z3

from engine.backends.proof.bits import Bit, no, parted, same
from engine.backends.proof.drawn import Drawn
from engine.backends.proof.encode import Encoder
from engine.backends.proof.facts import UnwritableError
from engine.backends.proof.numbers import COMPUTED
from engine.backends.proof.rounds import round_numbers
from engine.backends.proof.solve import STEPS, Budget, suppose

_MOST_TRIES = 6
_EASY = 2 * STEPS

Verdict = Literal["no", "some", "spent"]
IsOne = Callable[[Any], bool]


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
        self._known = encoder.known()
        self._plain = _Named(_solver(self._known))
        self._arithmetic = _Arithmetic(encoder.arithmetic)
        self._computing: dict[frozenset[int], _Named] = {}
        self._seen: Any = None
        self._drawn: Drawn | None = None

    def draw(self, asked: Iterable[Bit]) -> None:
        """Draws cases that may answer these questions before the solver does, which is slower by
        far. Where a model is not surely a case they are none."""
        if self.is_exact:
            self._drawn = Drawn(self._known, asked)

    @property
    def is_exact(self) -> bool:
        """Whether every model is a case: nothing was told roughly, and texts can be written."""
        encoder = self.encoder
        texts = any(asked for _, asked in encoder.texts.asked())
        return not (encoder.rough or texts or encoder.policy.codes or encoder.arithmetic)

    def ask(self, supposed: Iterable[Bit]) -> Verdict:
        """Whether there are cases of which all of that holds."""
        bits = _parts(supposed)
        return "no" if any(bit is False for bit in bits) else self._asked(bits)[0]

    def find(
        self,
        supposed: Iterable[Bit],
        is_one: IsOne,
        *,
        shown: bool = False,
    ) -> Found:
        """Looks for a case that `is_one`. Where every model is a case it is read only if it shall
        be `shown`."""
        supposed = tuple(supposed)
        if not shown and self._drawn is not None and self._drawn.show(supposed):
            return Found("yes")
        bits = _parts(supposed)
        if any(bit is False for bit in bits):
            return Found("no")
        verdict, solver = self._asked(bits)
        if verdict != "some":
            return Found(verdict)
        if self.is_exact and not shown:
            self._seen = solver.solver.model() if self._seen is None else self._seen
            return Found("yes")
        return self._confirmed(solver, bits, is_one)

    def has_seen(self, bit: Bit) -> bool:
        """Whether it holds of a case that was found before."""
        if self._seen is None or isinstance(bit, bool):
            return bit is True
        return bool(z3.is_true(self._seen.eval(bit, model_completion=True)))

    def culprits(self, supposed: Sequence[Bit], among: Sequence[Bit]) -> list[int]:
        """Of what cannot hold together: the places of as few `among` as it takes."""
        kept = self._core(supposed, among)
        for place in list(kept):
            left = [each for each in kept if each != place]
            if self.ask([*supposed, *(among[each] for each in left)]) == "no":
                kept = left
        return kept

    def _core(self, supposed: Sequence[Bit], among: Sequence[Bit]) -> list[int]:
        """The places of those that the solver needed."""
        kept = [place for place, bit in enumerate(among) if bit is not True]
        bits = [*_parts(supposed), *(bit for bit in among if bit is not True)]
        if any(bit is False for bit in bits):
            return [place for place in kept if among[place] is False][:1]
        verdict, named = self._asked(bits)
        if verdict != "no":
            return kept
        core = {each.get_id() for each in named.solver.unsat_core()}
        return [place for place in kept if named.named(among[place]).get_id() in core]

    def _asked(self, bits: Sequence[Any]) -> tuple[Verdict, "_Named"]:
        """Arithmetic is hard, and few answers hang on it; without it there are more cases. Only
        what is computed for the question is looked at."""
        needed = self._arithmetic.needed(bits)
        verdict = self._checked(self._plain, bits, _EASY if needed else None)
        if not needed or verdict == "no":
            return verdict, self._plain
        solver = self._computing.get(needed)
        if solver is None:
            computed = [self._arithmetic.axioms[place] for place in sorted(needed)]
            solver = self._computing[needed] = _Named(_solver([*self._known, *computed]))
        return self._checked(solver, bits, None), solver

    def _checked(self, solver: "_Named", bits: Sequence[Any], most: int | None) -> Verdict:
        literals = [solver.named(bit) for bit in bits]
        found = self.budget.check(solver.solver, *literals, most=most)
        if found == z3.unsat:
            return "no"
        return "some" if found == z3.sat else "spent"

    def _confirmed(self, named: "_Named", bits: Sequence[Any], is_one: IsOne) -> Found:
        """Looks first among cases with round numbers, then where none is rounded, then at all."""
        solver, exactly = named.solver, self.encoder.workshop.exactly
        literals = [named.named(bit) for bit in bits]
        for more in (round_numbers(self._arithmetic.formulas(bits)), [exactly], []):
            solver.push()
            solver.add(*more)
            found = self._tried(solver, literals, is_one)
            solver.pop()
            if found is not None:
                return found
        return Found("perhaps")

    def _tried(self, solver: Any, literals: Sequence[Any], is_one: IsOne) -> Found | None:
        for _ in range(_MOST_TRIES):
            if self.budget.check(solver, *literals) != z3.sat:
                return None
            model = solver.model()
            case = self._case(model)
            if case is not None and is_one(case):
                return Found("yes", case)
            solver.add(self._another(model))
        return None

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


class _Named:
    """A solver that knows formulas by name."""

    def __init__(self, solver: Any) -> None:
        self.solver = solver
        self._names: dict[int, tuple[Any, Any]] = {}

    def named(self, bit: Any) -> Any:
        """A name that stands for the formula, or what is none but a name or its opposite."""
        known = self._names.get(bit.get_id())
        if known is None:
            known = self._names[bit.get_id()] = self._made(bit), bit
        return known[0]

    def _made(self, bit: Any) -> Any:
        join, parts = parted(bit)
        if join == z3.Z3_OP_NOT:
            return no(self.named(parts[0]))
        if z3.is_const(bit):
            return bit
        name = z3.Bool(f"name {len(self._names)}")
        suppose(self.solver, same(name, bit))
        return name


class _Arithmetic:
    """What holds of computed numbers. Each axiom tells of the newest number in it, by those made
    before, and asks nothing of cases in which that is not read."""

    def __init__(self, axioms: Sequence[Any]) -> None:
        self.axioms = axioms
        self._constants: dict[int, tuple[Any, frozenset[int]]] = {}
        self._about: dict[int, list[int]] = {}
        for place, each in enumerate(axioms):
            newest = max(self._of(each), default=-1)
            self._about.setdefault(newest, []).append(place)

    def needed(self, bits: Sequence[Any]) -> frozenset[int]:
        """The places of the axioms that matter to the formulas."""
        if not self.axioms:
            return frozenset()
        waiting = {constant for bit in bits for constant in self._of(bit)}
        seen, found = set[int](), set[int]()
        while waiting:
            constant = waiting.pop()
            seen.add(constant)
            for place in self._about.get(constant, ()):
                if place not in found:
                    found.add(place)
                    waiting |= self._of(self.axioms[place]) - seen
        return frozenset(found)

    def formulas(self, bits: Sequence[Any]) -> list[Any]:
        """They and what is computed for them; none where nothing is."""
        needed = self.needed(bits)
        return [*bits, *(self.axioms[place] for place in needed)] if needed else []

    def _of(self, node: Any) -> frozenset[int]:
        """The computed numbers in a formula, by their own number."""
        key = node.get_id()
        known = self._constants.get(key)
        if known is None:
            if z3.is_const(node):
                name = node.decl().name()
                number = name.removeprefix(COMPUTED)
                inside = frozenset([int(number)]) if number != name else frozenset[int]()
            else:
                inside = frozenset[int]().union(*map(self._of, node.children()))
            known = self._constants[key] = node, inside
        return known[1]


def _solver(known: Sequence[Any]) -> Any:
    """For many small questions: to find out which formulas matter would take longer than to look at
    them all."""
    solver = z3.SimpleSolver()
    solver.set("smt.relevancy", 0)
    solver.add(*known)
    return solver


def _parts(bits: Iterable[Bit]) -> list[Any]:
    """What must hold together, each by itself, so that parts that questions share have one name."""
    found: list[Any] = []
    for bit in bits:
        if bit is False:
            found.append(bit)
        elif bit is not True:
            join, parts = parted(bit)
            found += _parts(parts) if join == z3.Z3_OP_AND else [bit]
    return found
