"""A lifecycle to what is idle in it: transitions and deadlines that never hold or never move,
transitions that lead apart, and states that nothing leads to or out of."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.backends.proof.bits import Bit, both, no
from engine.backends.proof.facts import SOME_INSTANT, Case
from engine.backends.proof.lives import EVENT, STATE, Due, Lives, Step, Turn, lives
from engine.backends.proof.session import Found, Session
from engine.backends.proof.solve import Question, told
from engine.backends.python.lifecycle import Subject
from engine.backends.python.steps import Names
from engine.backends.python.trace import Tracer, facts_of
from engine.decision import Decision
from engine.diagnostics.deep import (
    AlwaysHolds,
    Named,
    NeverDecides,
    NeverHolds,
    NoEffect,
    RulesOverlap,
    TrappingState,
    UnreachableState,
)
from engine.program import nodes as program
from engine.program.reads import Paths
from engine.program.terms import names_in
from engine.source import Source, Span
from engine.verbs.decide import evaluator
from engine.verbs.deep.looking import Looking
from engine.verbs.deep.terms import SharedTerms
from engine.verbs.deep.witness import witness

Ways = frozenset[tuple[str, str]]
"""From which state to which some case leads."""


def look_at_lifecycle(looking: Looking, of: program.Lifecycle, shared: SharedTerms) -> Ways:
    return _Living(looking, of, shared).look()


@dataclass(frozen=True)
class _Life:
    """A subject, an event and what it brings; no event where only time passes."""

    facts: tuple[Any, ...]
    state: str
    event: str | None
    payload: tuple[Any, ...]
    now: int


class _Living:
    def __init__(self, looking: Looking, of: program.Lifecycle, shared: SharedTerms) -> None:
        self.looking, self.of, self.shared = looking, of, shared
        several = [each.condition for each in of.transitions]
        several += [each.condition for each in of.deadlines]
        left = shared.read_by([each for each in several if each is not None])
        made: list[Lives] = []

        def build(encoder: Any) -> Question:
            made.append(lives(encoder, of, looking.reads, left))
            return Question(encoder, True, made[-1].read)

        told(looking.policy, build)
        self.lives = made[-1]
        self.session = Session(self.lives.encoder, self.lives.read, looking.budget)
        self.wires = {each.name: each.wire for each in of.states}
        self.examples = list(self._shown())
        self.idle: set[str] = set()
        self._known: dict[int, tuple[_Life, Decision | None]] = {}

    def look(self) -> Ways:
        ways: set[tuple[str, str]] = set()
        for step in self.lives.steps:
            self._step(step)
            ways |= self._ways(step)
        for due in self.lives.dues:
            ways |= self._due(due)
        self._overlaps()
        for turn in self.lives.turns:
            self._turn(turn)
        for turn in self.lives.shared:
            self.shared.settle(turn.term, self._find([turn.matters], partial(self._shares, turn)))
        self._states(frozenset(ways))
        return frozenset(ways)

    # transitions

    def _step(self, step: Step) -> None:
        each = step.transition
        found = self._find([step.moves], partial(self._moves, each, None))
        if found.kind == "no":
            self.idle.add(each.name)
            self._idle(step)
        elif found.kind != "yes":
            self._unsettled(found, each, f"whether `{each.name}` ever moves anything")
        if each.condition is None or each.name in self.idle:
            return
        other = self._find(
            [step.here, no(step.surely)], partial(self._is_not_true, each, each.event)
        )
        if other.kind == "no":
            self.idle.add(each.name)
            self.looking.tell(
                AlwaysHolds(
                    span=each.condition.span,
                    subject=self._path(each),
                    kind="transition",
                    name=each.name,
                )
            )

    def _idle(self, step: Step) -> None:
        each = step.transition
        if self.session.ask([step.holds]) == "no":
            self.looking.tell(
                NeverHolds(
                    span=each.span if each.condition is None else each.condition.span,
                    subject=self._path(each),
                    kind="transition",
                    name=each.name,
                )
            )
            return
        others = [
            one
            for one in self.lives.steps
            if one is not step
            and one.transition.event == each.event
            and one.transition.target != each.target
        ]
        places = self.session.culprits([step.holds], [no(one.holds) for one in others])
        by = tuple(
            Named(others[place].transition.name, others[place].transition.span) for place in places
        )
        self.looking.tell(
            NeverDecides(
                span=each.span, subject=self._path(each), kind="transition", name=each.name, by=by
            )
        )

    def _ways(self, step: Step) -> set[tuple[str, str]]:
        each = step.transition
        ways = set()
        for source in each.sources:
            if source == each.target:
                continue
            supposed = [both(step.moves, self.lives.within(source))]
            if self._find(supposed, partial(self._moves, each, source)).kind != "no":
                ways.add((source, each.target))
        return ways

    def _due(self, due: Due) -> set[tuple[str, str]]:
        each = due.deadline
        is_one = partial(self._comes, each)
        found = self._find([due.comes], is_one)
        if found.kind == "no":
            self.idle.add(each.name)
            span = each.span if each.condition is None else each.condition.span
            subject = (self.of.name, each.name)
            self.looking.tell(
                NeverHolds(span=span, subject=subject, kind="deadline", name=each.name)
            )
            return set()
        if found.kind != "yes":
            self._unsettled(found, each, f"whether `{each.name}` ever comes")
        if each.go is None:
            return set()
        return {
            (state, each.go)
            for state in each.states
            if state != each.go
            and self._find([both(due.comes, self.lives.within(state))], is_one).kind != "no"
        }

    def _overlaps(self) -> None:
        for place, one in enumerate(self.lives.steps):
            for other in self.lives.steps[place + 1 :]:
                first, second = one.transition, other.transition
                if first.event != second.event or first.target == second.target:
                    continue
                found = self._find(
                    [one.chosen, other.chosen], partial(self._conflicts, first, second), shown=True
                )
                if found.kind == "yes":
                    self._overlap(first, second, self._life(first.event, found.case))
                elif found.kind != "no":
                    question = f"whether `{first.name}` and `{second.name}` can hold together"
                    self._unsettled(found, second, question)

    def _overlap(self, first: program.Transition, second: program.Transition, life: _Life) -> None:
        names = {wire: name for name, wire in self.wires.items()}
        self.looking.tell(
            RulesOverlap(
                span=second.span,
                subject=self._path(second),
                name=second.name,
                other=Named(first.name, first.span),
                witness=self._witness(life, first, second),
                state=names[life.state],
            )
        )

    # terms

    def _turn(self, turn: Turn) -> None:
        of = turn.of
        if of is None or of.name in self.idle:
            return
        found = self._find([turn.matters], partial(self._turns, turn))
        if found.kind == "no":
            self.looking.tell(
                NoEffect(
                    span=turn.term.node.span,
                    subject=self._path(of),
                    called=names_in(turn.term.node),
                    term=self.looking.written(turn.term.node),
                    where=of.name,
                )
            )
        elif found.kind != "yes":
            question = f"whether `{self.looking.written(turn.term.node)}` changes anything"
            self._unsettled(found, of, question)

    # states

    def _states(self, ways: Ways) -> None:
        initial = next(each.name for each in self.of.states if each.initial)
        finals = {each.name for each in self.of.states if each.final}
        reached = reachable(initial, ways)
        ending = {each.name for each in self.of.states if finals & reachable(each.name, ways)}
        for each in self.of.states:
            span, subject = self._declared(each), (self.of.name, each.name)
            if each.name not in reached:
                self.looking.tell(
                    UnreachableState(
                        span=span,
                        subject=subject,
                        lifecycle=self.of.name,
                        state=each.name,
                        initial=initial,
                    )
                )
                continue
            leaves = any(source == each.name for source, _ in ways)
            if each.final or (leaves and (not finals or each.name in ending)):
                continue
            self.looking.tell(
                TrappingState(
                    span=span,
                    subject=subject,
                    lifecycle=self.of.name,
                    state=each.name,
                    final=leaves,
                )
            )

    def _declared(self, state: program.State) -> Span:
        return declared(self.looking.policy.source, self.of, state.name)

    # what they share

    def _shown(self) -> Sequence[_Life]:
        return [
            _Life(
                _values(each.arguments[0]),
                self.wires[each.state],
                each.event,
                _values(each.payload),
                SOME_INSTANT if each.now is None else each.now,
            )
            for each in self.looking.shown.lives.get(self.of.name, [])
            if each.state is not None
        ]

    def _find(
        self, supposed: Sequence[Bit], is_one: Callable[[Any], bool], *, shown: bool = False
    ) -> Found:
        for life in self.examples:
            if is_one(life):
                return Found("yes", life)
        return self.session.find(supposed, is_one, shown=shown)

    def _life(self, event: str | None, case: Case | _Life) -> _Life:
        if isinstance(case, _Life):
            return case
        facts, state, *payloads = case.arguments
        at = next((n for n, each in enumerate(self.of.events) if each.name == event), None)
        return _Life(facts, state, event, () if at is None else payloads[at], case.now)

    def _decided(self, life: _Life) -> Decision | None:
        known = self._known.get(id(life))
        if known is None:
            known = self._known[id(life)] = life, self._deciding(life)
        return known[1]

    def _deciding(self, life: _Life) -> Decision | None:
        """By both machines, which must agree."""
        subject = Subject(life.facts, life.state, life.now)
        event = life.event or ""
        machine = evaluator(self.looking.policy).lifecycles[self.of.name]
        other = self.looking.tracer.lives[self.of.name].machine
        _, one = machine.step(subject, event, life.payload, life.now)
        _, two = other.step(subject, event, life.payload, life.now)
        return one if one == two else None

    def _moves(self, of: program.Transition, source: str | None, case: Case | _Life) -> bool:
        life = self._life(of.event, case)
        if life.event != of.event or (source is not None and life.state != self.wires[source]):
            return False
        decided = self._decided(life)
        return (
            decided is not None and decided.basis == "transition" and of.name in decided.determining
        )

    def _conflicts(
        self, first: program.Transition, second: program.Transition, case: Case | _Life
    ) -> bool:
        life = self._life(first.event, case)
        if life.event != first.event:
            return False
        decided = self._decided(life)
        return decided is not None and {first.name, second.name} <= set(decided.determining)

    def _names(self, life: _Life) -> Names:
        given = [self.of.parameter, program.Parameter(STATE, self.of.state_type)]
        values: list[Any] = [life.facts, life.state]
        for each in self.of.events:
            if each.name == life.event:
                given.append(program.Parameter(EVENT, each.payload))
                values.append(life.payload)
        return facts_of(given, values, life.now)

    def _is_not_true(
        self,
        of: program.Transition | program.Deadline,
        event: str | None,
        case: Case | _Life,
    ) -> bool:
        life = self._life(event, case)
        if not self._is_here(of, life) or of.condition is None:
            return False
        return self._value(self.looking.tracer, of.condition, life) is not True

    def _is_here(self, of: program.Transition | program.Deadline, life: _Life) -> bool:
        if isinstance(of, program.Transition):
            return life.event == of.event and life.state in [self.wires[s] for s in of.sources]
        return life.state in [self.wires[each] for each in of.states]

    def _comes(self, of: program.Deadline, case: Case | _Life) -> bool:
        life = self._life(None, case)
        tracer = self.looking.tracer
        if not self._is_here(of, life) or self._value(tracer, of.at, life) is None:
            return False
        return of.condition is None or self._value(tracer, of.condition, life) is True

    def _turns(self, turn: Turn, case: Case | _Life) -> bool:
        of = turn.of
        if of is None or of.condition is None:
            return False
        life = self._life(of.event if isinstance(of, program.Transition) else None, case)
        if not self._is_here(of, life):
            return False
        tracer = self.looking.tracer
        one = self._value(tracer, of.condition, life)
        two = self._value(tracer, turn.term.without, life)
        plain = not isinstance(of, program.Transition) or not of.guard
        return (one is True) != (two is True) if plain else one is not two

    def _shares(self, turn: Turn, case: Case | _Life) -> bool:
        """Whether anything holds otherwise without a term of a define."""
        other = self.shared.lacking(turn.term)
        several: list[program.Transition | program.Deadline] = [*self.of.transitions]
        several += self.of.deadlines
        for of in several:
            life = self._life(of.event if isinstance(of, program.Transition) else None, case)
            if of.condition is None or not self._is_here(of, life):
                continue
            one = self._value(self.looking.tracer, of.condition, life)
            if one is not self._value(other, of.condition, life):
                return True
        return False

    def _value(self, tracer: Tracer, node: program.Expression, life: _Life) -> Any:
        tracer.interpreter.forget()
        return tracer.interpreter.step(node, self._names(life)).value

    def _witness(self, life: _Life, *several: program.Transition) -> str:
        names = [self.of.parameter.name, EVENT]
        read: Paths = frozenset().union(
            *(self.looking.reads.facts(each.condition, names) for each in several)
        )
        given, values = [self.of.parameter], [life.facts]
        for each in self.of.events:
            if each.name == life.event:
                given.append(program.Parameter(EVENT, each.payload))
                values.append(life.payload)
        return witness(given, values, life.now, read)

    def _path(self, of: program.Transition | program.Deadline) -> tuple[str, ...]:
        if isinstance(of, program.Deadline):
            return self.of.name, of.name
        return self.of.name, of.sources[0], of.target, of.event

    def _unsettled(
        self, found: Found, of: program.Transition | program.Deadline, question: str
    ) -> None:
        rough = list(self.lives.encoder.rough)
        self.looking.unsettled(found, of.span, self._path(of), question, rough)


def reachable(state: str, ways: Ways) -> set[str]:
    """The states that some way leads to, and the state itself."""
    reached, waiting = {state}, [state]
    while waiting:
        here = waiting.pop()
        for source, target in ways:
            if source == here and target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def declared(source: Source, of: program.Lifecycle, state: str) -> Span:
    """Where a state is declared."""
    pattern = re.compile(rf"^[ \t]*state\s+({re.escape(state)})\b", re.MULTILINE)
    found = pattern.search(source.text, of.span.start, of.span.end)
    return of.span if found is None else Span(*found.span(1))


def _values(record: object) -> tuple[Any, ...]:
    return record if isinstance(record, tuple) else ()
