"""A case and what is wanted of its outcome to the smallest changes of the case that give it.

First fewest facts, then the least distance. A model of the solver is brought nearer by trying cases
between it and the case itself, until the solver knows that nothing is nearer still. What is given
back was tried; what is said to be smallest was proved to be.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import z3

from engine.backends.proof.bits import Bit, every, no
from engine.backends.proof.borders import border, outwards
from engine.backends.proof.changes import Changes, Moving, Stays
from engine.backends.proof.decisions import decided
from engine.backends.proof.encode import Encoder
from engine.backends.proof.facts import NOW, UnwritableError
from engine.backends.proof.sayings import Sayings
from engine.backends.proof.solve import Budget, Question, told
from engine.backends.proof.symbols import UNKNOWN, Sym, number
from engine.program import nodes as program

Arguments = tuple[Any, ...]
Wanted = Callable[[Encoder, Sym], Bit]
IsOne = Callable[[Arguments], bool]

MOST_WAYS = 5
_MOST_TRIES = 8
_MOST_NEARER = 40
_CLOSE = Fraction(1, 10**7)


@dataclass(frozen=True)
class Asked:
    """A case of a decision, and what is wanted of the outcome. `alone` says that the case is the
    only argument; `is_one` tells whether a case has the wanted outcome."""

    policy: program.Program
    decision: program.Decision
    arguments: Arguments
    now: int | None
    alone: bool
    wanted: Wanted
    is_one: IsOne
    sayings: Sayings = field(default_factory=Sayings)
    "Of all that is asked of one case, for to find out how triggers read takes long."


@dataclass(frozen=True)
class Smallest:
    """`ways` are the arguments of cases as small a change as another, at most five; `more` says
    that there are more. `surely` says that no change is smaller. `rough` names what was told
    roughly, where something hangs on it."""

    kind: Literal["found", "impossible", "unknown"]
    ways: tuple[Arguments, ...] = ()
    facts: int = 0
    surely: bool = True
    more: bool = False
    rough: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Told:
    """The question, with what its cases are made of."""

    question: Question
    changes: Changes
    outcome: Any

    @property
    def encoder(self) -> Encoder:
        return self.question.encoder


def smallest(asked: Asked, stays: Stays, budget: Budget) -> Smallest:
    return _Search(asked, tell(asked, stays), budget).found()


def tell(asked: Asked, stays: Stays, *, assuming: bool = False) -> Told:
    made: list[tuple[Changes, Any]] = []

    def build(encoder: Encoder) -> Question:
        encoder.texts.sayings = asked.sayings
        encoder.workshop.in_steps = False
        changes = Changes(encoder, stays, {} if assuming else None)
        facts = changes.of_case(asked.decision.parameters, asked.arguments, alone=asked.alone)
        facts[NOW] = UNKNOWN if asked.now is None else Sym(number(asked.now))
        outcome = decided(encoder, asked.decision, facts)
        wanted = asked.wanted(encoder, outcome.outcome)
        changes.cost()  # what must be supplied is made now, before anything is known of all facts
        made.append((changes, outcome))
        return Question(encoder, wanted, changes.read)

    question = told(asked.policy, build)
    return Told(question, *made[-1])


def solver_of(question: Question, *, asked: bool = True) -> Any:
    solver = z3.Solver()
    solver.add(*question.encoder.known(), *question.encoder.arithmetic)
    if asked:
        solver.add(_formula(question.asked))
    return solver


def _formula(bit: Bit) -> Any:
    return z3.BoolVal(bit) if isinstance(bit, bool) else bit


@dataclass(frozen=True)
class _Way:
    arguments: Arguments
    distance: Fraction
    shape: tuple[Bit, ...]


@dataclass
class _Search:
    asked: Asked
    told: Told
    budget: Budget
    solver: Any = field(init=False)

    def __post_init__(self) -> None:
        self.solver = solver_of(self.told.question)
        self.changes = self.told.changes
        self.cost, self.distance = self.changes.cost(), self.changes.distance()

    def found(self) -> Smallest:
        rough = tuple(self.told.encoder.rough)
        first = self.check()
        if first == z3.unsat:
            return Smallest("impossible")
        if first != z3.sat:
            return Smallest("unknown", rough=rough)
        surely = True
        most = max(1, self._whole(self.solver.model(), self.cost))
        for facts in range(1, most + 1):
            self.solver.push()
            self.solver.add(self.cost == facts)
            answer = self.check()
            if answer == z3.sat:
                ways, proved, more = self._ways()
                if ways:
                    found = tuple(each.arguments for each in ways)
                    sure = surely and proved
                    return Smallest("found", found, facts, sure, more, () if sure else rough)
            self.solver.pop()
            surely = surely and answer == z3.unsat
        return Smallest("unknown", rough=rough)

    def check(self) -> Any:
        return self.budget.check(self.solver)

    def _whole(self, model: Any, term: Any) -> int:
        return term if isinstance(term, int) else model.eval(term, model_completion=True).as_long()

    def _ways(self) -> tuple[list[_Way], bool, bool]:
        """Those of so many facts that are nearest, whether that is proved, and whether there are
        more."""
        first = self._some_way()
        if first is None:
            return [], False, False
        best, proved = self._nearest(first)
        ways = [best]
        self.solver.add(_at_most(self.distance, best.distance + _CLOSE))
        while len(ways) <= MOST_WAYS:
            self.solver.add(no(every(ways[-1].shape)))
            if self.check() != z3.sat:
                break
            another = self._some_way()
            if another is None:
                break
            ways.append(another)
        ways = _different(ways)
        return ways[:MOST_WAYS], proved, len(ways) > MOST_WAYS

    def _some_way(self) -> _Way | None:
        """From the model that the solver has, or another; None where none is as it seems."""
        model = self.solver.model()
        self.solver.push()
        found = None
        for _ in range(_MOST_TRIES):
            for each, named in (*self._plainer(), (model, True)):
                shape = tuple(self.changes.shape(each, named=named))
                found = self._tried(each, shape)
                if found is not None:
                    break
            self.solver.add(no(every(shape)))
            if found is not None or self.check() != z3.sat:
                break
            model = self.solver.model()
        self.solver.pop()
        return found

    def _plainer(self) -> Iterator[tuple[Any, bool]]:
        """Models in which nothing is rounded, and no text that changed is one that somebody names;
        and whether such may be."""
        plain = self.changes.plain_texts()
        exact = [self.told.encoder.workshop.exactly] if self.told.encoder.arithmetic else []
        for more, named in (([*plain, *exact], not plain), (exact, True)):
            if more:
                self.solver.push()
                self.solver.add(*more)
                model = self.solver.model() if self.check() == z3.sat else None
                self.solver.pop()
                if model is not None:
                    yield model, named

    def _tried(self, model: Any, shape: tuple[Bit, ...]) -> _Way | None:
        """Brought as near as one number after the other can be."""
        held = self.changes.held
        held.clear()
        try:
            moved = self.changes.moved(model)
            if not self._is_one(model) and not self._is_one_nearby(model, moved):
                return None
            distance = _fraction(model, self.distance)
            for each in moved:
                new = held.get(each.path, each.new)
                held[each.path] = nearer = self._nearer(model, each, new)
                distance -= _far(each, each.new) - _far(each, nearer)
            arguments = self.changes.read(model)
        except UnwritableError:
            return None
        finally:
            held.clear()
        return _Way(arguments, distance, shape)

    def _is_one(self, model: Any) -> bool:
        return self.asked.is_one(self.changes.read(model))

    def _is_one_nearby(self, model: Any, moved: Sequence[Moving]) -> bool:
        """A number of the model may be too fine for a float."""
        held = self.changes.held
        for each in moved:
            held[each.path] = outwards(each.type, each.new, each.old)
        return bool(moved) and self._is_one(model)

    def _nearer(self, model: Any, of: Moving, new: Any) -> Any:
        """There may be other borders between the two; this finds one."""

        case = self.changes.reader(model, of.path)
        return border(of.type, new, of.old, lambda value: self.asked.is_one(case(value)))[0]

    def _nearest(self, first: _Way) -> tuple[_Way, bool]:
        """And whether nothing is surely nearer. Where nearer ways are many, by halves."""
        best, below, halve = first, Fraction(0), False
        for _ in range(_MOST_NEARER):
            just_nearer = best.distance - _CLOSE
            target = (best.distance + below) / 2 if halve else just_nearer
            if just_nearer <= below:
                return best, True
            self.solver.push()
            self.solver.add(_at_most(self.distance, target))
            answer = self.check()
            another = self._some_way() if answer == z3.sat else None
            self.solver.pop()
            if answer == z3.unsat and not halve:
                return best, True
            if answer == z3.unsat:
                below = target
            elif another is None:
                return best, False
            else:
                best = min(best, another, key=lambda way: way.distance)
            halve = not halve
        return best, False


def _different(ways: Sequence[_Way]) -> list[_Way]:
    return list({repr(each.arguments): each for each in ways}.values())


def _at_most(distance: Any, most: Fraction) -> Any:
    if isinstance(distance, int):
        return z3.BoolVal(distance <= most)
    return distance <= z3.RealVal(str(most))


def _fraction(model: Any, term: Any) -> Fraction:
    if isinstance(term, int):
        return Fraction(term)
    found = model.eval(term, model_completion=True)
    if z3.is_algebraic_value(found):
        found = found.approx(20)
    return Fraction(found.numerator_as_long(), found.denominator_as_long())


def _far(of: Moving, value: Any) -> Fraction:
    return abs(Fraction(repr(value)) - Fraction(repr(of.old))) / of.width
