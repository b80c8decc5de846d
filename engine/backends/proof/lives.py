"""A lifecycle to where each transition holds and moves, where two lead apart, and when a deadline
can come."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.backends.proof.bits import Bit, both, either, every, no, same, some
from engine.backends.proof.encode import Encoder
from engine.backends.proof.hinges import Apart, each_apart, without_term
from engine.backends.proof.symbols import Env, Sym, term, true, unknown
from engine.program import nodes as program
from engine.program.reads import Reads
from engine.program.terms import Term, terms

STATE = "state"
EVENT = "event"


@dataclass(frozen=True, eq=False)
class Step:
    """`holds` where it may be taken, `moves` where it is: where what is taken leads one way."""

    transition: program.Transition
    here: Bit
    surely: Bit
    holds: Bit
    chosen: Bit
    moves: Bit


@dataclass(frozen=True, eq=False)
class Due:
    """`comes` where its instant is known and its condition true."""

    deadline: program.Deadline
    comes: Bit
    here: Bit
    surely: Bit


@dataclass(frozen=True, eq=False)
class Turn:
    """A term of a transition's or a deadline's condition, or of a define (`of` is None): `matters`
    where without it something holds otherwise."""

    of: program.Transition | program.Deadline | None
    term: Term
    matters: Bit


@dataclass(frozen=True, eq=False)
class Lives:
    encoder: Encoder
    read: Callable[[Any], Any]
    steps: tuple[Step, ...]
    dues: tuple[Due, ...]
    turns: tuple[Turn, ...]
    shared: tuple[Turn, ...]
    within: Callable[[str], Bit]
    """Where the subject is in a state."""


def parameters_of(of: program.Lifecycle) -> tuple[program.Parameter, ...]:
    """What a case holds: the record, the state, and what each event would bring."""
    payloads = (program.Parameter(f"{EVENT} {each.name}", each.payload) for each in of.events)
    return (of.parameter, program.Parameter(STATE, of.state_type), *payloads)


def lives(
    encoder: Encoder,
    of: program.Lifecycle,
    reads: Reads,
    shared: Sequence[tuple[program.Define, Term]],
) -> Lives:
    facts, read = encoder.facts.case(parameters_of(of))
    members = [each.name for each in of.state_type.members]

    def within(state: str) -> Bit:
        return term(facts[STATE].value) == members.index(state)

    asking = _Asking(encoder, of, facts, within)
    steps = tuple(step for event in of.events for step in asking.steps(event.name))
    dues = tuple(map(asking.due, of.deadlines))
    with each_apart(encoder) as apart:
        turns = tuple(asking.turns(steps, dues, apart))
        beside = tuple(asking.shared(steps, dues, reads, shared, apart))
    return Lives(encoder, read, steps, dues, turns, beside, within)


@dataclass(frozen=True)
class _Asking:
    encoder: Encoder
    of: program.Lifecycle
    facts: Env
    within: Callable[[str], Bit]

    def steps(self, event: str) -> list[Step]:
        """Of one event: guards first, then what holds beside them and leads the same way."""
        several = [each for each in self.of.transitions if each.event == event]
        told = [self._verdict(each) for each in several]
        heres = [some(map(self.within, each.sources)) for each in several]
        surely = [both(here, true(each)) for here, each in zip(heres, told, strict=True)]
        unsure = [
            both(here, unknown(each)) if one.guard else False
            for one, here, each in zip(several, heres, told, strict=True)
        ]
        sure_guard = some(bit for one, bit in zip(several, surely, strict=True) if one.guard)
        first = [
            either(bit, both(no(sure_guard), blurred)) if one.guard else False
            for one, bit, blurred in zip(several, surely, unsure, strict=True)
        ]
        chosen = [
            bit if one.guard else both(plain, self._beside(one, several, first))
            for one, bit, plain in zip(several, first, surely, strict=True)
        ]
        return [
            Step(
                one,
                heres[place],
                surely[place],
                either(surely[place], unsure[place]),
                chosen[place],
                both(chosen[place], no(self._apart(one, several, chosen))),
            )
            for place, one in enumerate(several)
        ]

    def _beside(
        self, one: program.Transition, several: Sequence[program.Transition], first: Sequence[Bit]
    ) -> Bit:
        """Where no guard is taken that leads elsewhere."""
        return no(self._apart(one, several, first))

    def _apart(
        self, one: program.Transition, several: Sequence[program.Transition], bits: Sequence[Bit]
    ) -> Bit:
        pairs = zip(several, bits, strict=True)
        targets = {each.target for each in several} - {one.target}
        return some(bit for each, bit in pairs if each.target in targets)

    def due(self, of: program.Deadline) -> Due:
        here = some(map(self.within, of.states))
        at = self.encoder.express(of.at, self.facts)
        surely = true(self.encoder.truth(of.condition, self.facts))
        return Due(of, every((here, at.known, surely)), here, surely)

    def turns(self, steps: Sequence[Step], dues: Sequence[Due], apart: Apart) -> Iterator[Turn]:
        for step in steps:
            for one in _terms(step.transition.condition):
                with apart():
                    other = self._verdict(step.transition, one.without)
                    yield Turn(step.transition, one, self._turned(step, other))
        for due in dues:
            for one in _terms(due.deadline.condition):
                with apart():
                    other = self.encoder.truth(one.without, self.facts)
                    matters = both(due.here, no(same(due.surely, true(other))))
                    yield Turn(due.deadline, one, matters)

    def shared(
        self,
        steps: Sequence[Step],
        dues: Sequence[Due],
        reads: Reads,
        shared: Sequence[tuple[program.Define, Term]],
        apart: Apart,
    ) -> Iterator[Turn]:
        for define, one in shared:
            with apart():
                beside = _Asking(
                    without_term(self.encoder, define, one), self.of, self.facts, self.within
                )
                bits = []
                for step in steps:
                    condition = step.transition.condition
                    if condition is not None and reads.calls(condition, define.name):
                        bits.append(self._turned(step, beside._verdict(step.transition)))
                for due in dues:
                    condition = due.deadline.condition
                    if condition is not None and reads.calls(condition, define.name):
                        other = true(beside.encoder.truth(condition, self.facts))
                        bits.append(both(due.here, no(same(due.surely, other))))
            if bits:
                yield Turn(None, one, some(bits))

    def _verdict(self, of: program.Transition, condition: program.Expression | None = None) -> Sym:
        names = {**self.facts, EVENT: self.facts[f"{EVENT} {of.event}"]}
        return self.encoder.truth(condition or of.condition, names)

    def _turned(self, step: Step, other: Sym) -> Bit:
        surely = both(step.here, true(other))
        differs = no(same(step.surely, surely))
        if step.transition.guard:
            holds = both(step.here, either(true(other), unknown(other)))
            differs = either(differs, no(same(step.holds, holds)))
        return differs


def _terms(condition: program.Expression | None) -> Iterator[Term]:
    return iter(()) if condition is None else terms(condition)
