"""A question about all cases to its answer: there is none, there is this one, or nobody knows.

The budget is counted in the solver's own steps and not in seconds, so that an answer is the same on
every machine.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import z3

from engine.backends.proof.bits import Bit
from engine.backends.proof.encode import Encoder
from engine.backends.proof.facts import FEW_TOLD, UnwritableError, root_of
from engine.backends.proof.rounds import round_numbers
from engine.backends.proof.stop import unless_given_up
from engine.program import nodes as program

STEPS = 1_000_000
"""The unit of budgets."""
_LITTLE = STEPS // 2
MOST_TOLD = 10
MOST_WHOLE = 50
_MOST_ROUNDS = 8
_MOST_TRIES = 8
_FEW_TRIES = 2


@dataclass
class Budget:
    """Millions of steps for each question, and for all of them together."""

    each: int = 10
    all: int = 1000
    spent: int = 0

    def room(self) -> int:
        return min(self.each * STEPS, self.all * STEPS - self.spent)

    def check(self, solver: Any, *assumed: Any, most: int | None = None) -> Any:
        """`unknown` where there is no room left."""
        room = self.room() if most is None else min(self.room(), most)
        if room <= 0:
            return z3.unknown
        solver.set("rlimit", room)
        meter = _meter_of(solver.ctx)
        before = _steps_so_far(meter)
        found = unless_given_up(solver.ctx, lambda: _checked(solver, assumed))
        self.spent += _steps_so_far(meter) - before
        return found


def suppose(solver: Any, bit: Any) -> None:
    """Adds a formula, by the solver's own call, as `bits` makes it."""
    z3.Z3_solver_assert(solver.ctx.ref(), solver.solver, bit.as_ast())


def _checked(solver: Any, assumed: Sequence[Any]) -> Any:
    several = (z3.Ast * len(assumed))(*(each.as_ast() for each in assumed))
    found = z3.Z3_solver_check_assumptions(solver.ctx.ref(), solver.solver, len(assumed), several)
    return z3.CheckSatResult(found)


@lru_cache(maxsize=1)
def _meter_of(world: Any) -> Any:
    """A solver that is asked nothing: its steps are those of all solvers of its world. It counts
    them as soon as there are any."""
    meter = z3.SimpleSolver(ctx=world)
    meter.check()
    return meter


def _steps_so_far(meter: Any) -> int:
    return int(meter.statistics().get_key_value("rlimit count"))


@dataclass(frozen=True)
class Question:
    """`asked` holds of the cases that are looked for; `read` gives the case of a model."""

    encoder: Encoder
    asked: Bit
    read: Callable[[Any], Any]


@dataclass(frozen=True)
class Answer:
    """`no`: there is no such case. `perhaps`: what was found is not surely one. `spent`: the budget
    was. `rough` tells what was told roughly, or of which lists not everything was."""

    kind: Literal["no", "perhaps", "spent"]
    rough: tuple[str, ...] = ()


def ask(
    policy: program.Program,
    build: Callable[[Encoder], Question],
    is_one: Callable[[Any], bool],
    budget: Budget,
) -> Answer:
    """Looks for a case that `is_one`; where one is found the answer does not matter."""
    found = False

    def is_found(case: Any) -> bool:
        nonlocal found
        found = found or is_one(case)
        return found

    question = told(policy, build)
    answer = _answer(question, is_found, budget)
    if found or answer.kind == "no" or not _is_short(question.encoder):
        return answer
    return _answer(told(policy, build, MOST_WHOLE), is_found, budget)


def _is_short(encoder: Encoder) -> bool:
    """Whether the lists that were cut can be told to their ends."""
    cut = [encoder.facts.bounds.get(root, 0) for root in encoder.facts.cut]
    return 0 < sum(cut) <= MOST_WHOLE and not any("[]." in root for root in encoder.facts.cut)


def _answer(question: Question, is_one: Callable[[Any], bool], budget: Budget) -> Answer:
    asking = _Asking(question, budget)
    rough = tuple(question.encoder.rough)
    for is_last, look in ((False, asking.without_arithmetic), (True, asking.with_arithmetic)):
        found = look()
        if found == z3.unsat:
            return Answer("no")
        tries = _MOST_TRIES if is_last or not question.encoder.arithmetic else _FEW_TRIES
        if found == z3.sat and any(is_one(case) for case in asking.cases(tries)):
            return Answer("perhaps", rough)
        if is_last or (found == z3.sat and not question.encoder.arithmetic):
            return Answer("perhaps" if found == z3.sat else "spent", rough)
    raise AssertionError


def impossible(
    policy: program.Program, build: Callable[[Encoder], Question], budget: Budget
) -> bool:
    """Whether it is quickly proved that there is no such case."""
    asking = _Asking(told(policy, build), budget)
    looks = (asking.without_arithmetic, asking.with_arithmetic)
    return any(look(_LITTLE) == z3.unsat for look in looks)


def told(
    policy: program.Program, build: Callable[[Encoder], Question], most: int = MOST_TOLD
) -> Question:
    """Each list told of as many elements as there are questions asked of it, at `most` so many."""
    lengths: dict[str, int] = {}
    cut: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        encoder = Encoder(policy, lengths, cut)
        question = build(encoder)
        more = _more(encoder, lengths, cut)
        if not more:
            return question
        for root, wanted in more.items():
            if wanted > most:
                cut.add(root)
                lengths.pop(root, None)
            else:
                lengths[root] = wanted
    cut |= set(encoder.facts.bounds)
    return build(Encoder(policy, lengths, cut))


def _more(encoder: Encoder, lengths: Mapping[str, int], cut: set[str]) -> dict[str, int]:
    """The lists of which too little was told."""
    found: dict[str, int] = {}
    for path, wanted in encoder.uses.items():
        root = root_of(path)
        enough = min(encoder.facts.bounds[root], lengths.get(root, FEW_TOLD))
        if root not in cut and wanted > enough:
            found[root] = max(wanted, found.get(root, 0))
    return found


@dataclass
class _Asking:
    question: Question
    budget: Budget
    solver: Any = field(default_factory=z3.SimpleSolver)

    def __post_init__(self) -> None:
        self._begun = self.budget.spent

    def without_arithmetic(self, most: int | None = None) -> Any:
        """Arithmetic is hard, and few answers hang on it; without it there are more cases."""
        asked = self.question.asked
        if isinstance(asked, bool):
            asked = z3.BoolVal(asked)
        self.solver.add(*self.question.encoder.known(), asked)
        return self.check(most=most)

    def with_arithmetic(self, most: int | None = None) -> Any:
        self.solver = z3.SimpleSolver()
        self.without_arithmetic(0)
        self.solver.add(*self.question.encoder.arithmetic)
        return self.check(most=most)

    def check(self, *assumed: Any, most: int | None = None) -> Any:
        """All checks of one question share what there is for each."""
        room = self.budget.each * STEPS - (self.budget.spent - self._begun)
        room = room if most is None else min(room, most)
        return self.budget.check(self.solver, *assumed, most=room) if room > 0 else z3.unknown

    def cases(self, tries: int) -> Iterator[Any]:
        """Cases of several models, first with round numbers, then where nothing is rounded."""
        encoder = self.question.encoder
        computed = encoder.arithmetic
        rounds = round_numbers([self.question.asked, *computed]) if computed else []
        for more in (rounds, [encoder.workshop.exactly], []):
            self.solver.push()
            self.solver.add(*more)
            for _ in range(tries):
                if self.check() != z3.sat:
                    break
                model = self.solver.model()
                case = self._read(model)
                if case is not None:
                    yield case
                self.solver.add(self._another(model))
            self.solver.pop()

    def _read(self, model: Any) -> Any:
        try:
            return self.question.read(model)
        except UnwritableError:
            return None

    def _another(self, model: Any) -> Any:
        """That something of which there are few values is otherwise."""
        encoder = self.question.encoder
        terms = [*encoder.facts.discrete]
        terms += [bit for _, asked in encoder.texts.asked() for bit in asked.values()]
        return z3.Not(z3.And([term == model.eval(term, model_completion=True) for term in terms]))
