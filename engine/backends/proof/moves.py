"""Two versions of what an event does in a state, and of when a deadline falls, as formulas over one
case."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import z3

from engine.backends.proof import numbers
from engine.backends.proof.bits import Bit, both, either, every, no, some
from engine.backends.proof.decisions import Decided
from engine.backends.proof.encode import Encoder
from engine.backends.proof.facts import NOW
from engine.backends.proof.regions import Case, Told, Versions, plainly
from engine.backends.proof.seen import seen
from engine.backends.proof.solve import Budget, Question, told
from engine.backends.proof.symbols import UNKNOWN, Sym, choose, true, unknown
from engine.language import types
from engine.program import nodes as program
from engine.program.differing import Compared, Kind, Label

STAYS: Label = ("stays",)
EVENT = "event"
STATE = "state"


@dataclass(frozen=True)
class Leaving:
    """What an event may do in a state, by one version."""

    policy: program.Program
    lifecycle: program.Lifecycle
    state: program.State
    event: program.Event

    @property
    def transitions(self) -> tuple[program.Transition, ...]:
        return tuple(
            each
            for each in self.lifecycle.transitions
            if each.event == self.event.name and self.state.name in each.sources
        )


@dataclass(frozen=True)
class _Held:
    """Where each transition is among those that are carried out, and what it sets there."""

    transitions: tuple[program.Transition, ...]
    chosen: tuple[Bit, ...]
    given: tuple[Mapping[int, Sym], ...]


@dataclass
class ToldMove(Told):
    """As `Told`, of an event in a state."""

    held: tuple[_Held, _Held] = ()  # type: ignore[assignment]
    sides: tuple[Leaving, Leaving] = ()  # type: ignore[assignment]

    def _differs_at_all(self) -> Bit:
        apart = no(self._same_label())
        return some([apart, *(self._differs(each) for each in self.versions.fields)])

    def _touches(self) -> Bit:
        return True

    def _labels(self, of: Any) -> list[tuple[Label, Bit]]:
        key = "labels", id(of)
        if key not in self._bits:
            place = 0 if of is self.before else 1
            self._bits[key] = list(_labels_of(self.held[place], self.sides[place]))
        found: list[tuple[Label, Bit]] = self._bits[key]
        return found

    def _ends(self, of: Compared) -> tuple[Sym, Sym]:
        return self._set(0, of.old_place or 0), self._set(1, of.new_place or 0)

    def _set(self, side: int, place: int) -> Sym:
        """What the field is set to; missing where it is not set."""
        held = self.held[side]
        record = self.sides[side].lifecycle.parameter.type
        found = Sym(None, False)
        for chosen, given in zip(held.chosen, held.given, strict=True):
            if place in given:
                type_ = record.fields[place].type  # type: ignore[union-attr]
                found = choose(chosen, given[place], found, type_)
        moves = some(
            bit for label, bit in _labels_of(held, self.sides[side]) if label[0] == "transition"
        )
        return Sym(found.value, both(moves, found.known))


def tell_move(versions: Versions, old: Leaving, new: Leaving) -> ToldMove:
    """`versions` holds the type of a case: the facts, and what the event brings."""
    made: list[ToldMove] = []

    def build(encoder: Encoder) -> Question:
        made.append(_tell(encoder, versions, old, new))
        return Question(encoder, made[-1].differs(), made[-1].read)

    told(old.policy, build)
    return made[-1]


def _tell(encoder: Encoder, of: Versions, old: Leaving, new: Leaving) -> ToldMove:
    other = Encoder(of.new_policy, {}, (), beside=encoder)
    case, now, read = _case(encoder, of.case)
    before = _held(encoder, old, _names(encoder, case, now, of.case, old))
    after = _held(other, new, _names(other, case, now, of.case, new))
    held = before, after
    return ToldMove(
        of, encoder, case, now, read, _nothing(), _nothing(), held=held, sides=(old, new)
    )


def _nothing() -> Decided:
    """Stands for a version where its labels are asked for: no rule of a decision decides here."""
    return Decided(UNKNOWN, (), (), {}, {})


def _case(encoder: Encoder, type_: types.Record) -> tuple[Sym, Sym, Callable[[Any], Case]]:
    case, reads = encoder.facts.fact(type_, "case")
    now, at = encoder.facts.fact(types.Instant(), NOW)

    def read(model: Any) -> Case:
        encoder.facts.forget()
        values = reads(model)
        return Case(values, plainly(values, type_), at(model))

    return case, now, read


def _names(
    encoder: Encoder, case: Sym, now: Sym, type_: types.Record, of: Leaving
) -> dict[str, Sym]:
    places = {each.name: place for place, each in enumerate(type_.fields)}
    subject = of.lifecycle.parameter
    at = places[subject.name]
    names = {
        subject.name: seen(encoder, case.value.field(at), type_.fields[at].type, subject.type),
        STATE: encoder.constant(of.state.wire, of.lifecycle.state_type),
        NOW: now,
    }
    if EVENT in places:
        at = places[EVENT]
        brought = case.value.field(at)
        names[EVENT] = seen(encoder, brought, type_.fields[at].type, of.event.payload)
    return names


def _held(encoder: Encoder, of: Leaving, names: Mapping[str, Sym]) -> _Held:
    """True guards before unknown ones, and beside them what leads to the same state."""
    leaving = of.transitions
    conditions = [encoder.truth(each.condition, names) for each in leaving]
    surely = [true(each) for each in conditions]
    blurred = [unknown(each) for each in conditions]
    guards = [place for place, each in enumerate(leaving) if each.guard]
    known = some(surely[place] for place in guards)
    unsure = both(no(known), some(blurred[place] for place in guards))
    first: dict[int, Bit] = {
        place: either(both(known, surely[place]), both(unsure, blurred[place])) for place in guards
    }
    chosen: list[Bit] = []
    for place, each in enumerate(leaving):
        if place in first:
            chosen.append(first[place])
            continue
        alike = every(
            no(bit) for other, bit in first.items() if leaving[other].target != each.target
        )
        guarded = either(known, unsure)
        chosen.append(both(surely[place], either(no(guarded), alike)))
    given = [
        {part.place: encoder.express(part.value, names) for part in each.sets} for each in leaving
    ]
    return _Held(leaving, tuple(chosen), tuple(given))


def _labels_of(held: _Held, of: Leaving) -> Iterator[tuple[Label, Bit]]:
    """One for each set of transitions that may hold together."""
    wires = {each.name: each.wire for each in of.lifecycle.states}
    for way in product((False, True), repeat=len(held.transitions)):
        bit = every(
            chosen if holds else no(chosen) for chosen, holds in zip(held.chosen, way, strict=True)
        )
        if bit is False:
            continue
        both_held = [each for each, holds in zip(held.transitions, way, strict=True) if holds]
        yield label_of([(wires[each.target], each.name) for each in both_held]), bit


def label_of(held: Sequence[tuple[str, str]]) -> Label:
    """By the targets and the names of the transitions that hold."""
    targets = {target for target, _ in held}
    names = tuple(name for _, name in held)
    if not held:
        return STAYS
    if len(targets) > 1:
        return ("conflict", *names)
    return ("transition", targets.pop(), *names)


# deadlines


@dataclass
class ToldDeadline(Told):
    """As `Told`, of the instant of a deadline in a state."""

    at: tuple[Sym, Sym] = ()  # type: ignore[assignment]

    def _differs_at_all(self) -> Bit:
        return some(bit for _, bit in self._kinds())

    def _touches(self) -> Bit:
        return True

    def parts_of(self, kind: Kind) -> list[Bit]:
        return [dict(self._kinds()).get(kind.new, False)]

    def kind(self, model: Any) -> Kind:
        for label, bit in self._kinds():
            if not isinstance(bit, bool) and z3.is_true(model.eval(bit, model_completion=True)):
                return Kind(("deadline",), label)
        return Kind(("deadline",), ("sooner",))

    def decided_before(self, kind: Kind) -> Bit:
        return True

    def _kinds(self) -> list[tuple[Label, Bit]]:
        old, new = self.at
        if old.known is False or new.known is False:
            gone = both(old.known, no(new.known))
            come = both(no(old.known), new.known)
            return [(("never",), gone), (("now falls",), come)]
        known = both(old.known, new.known)
        return [
            (("sooner",), both(known, numbers.compared("<", new.value, old.value))),
            (("later",), both(known, numbers.compared(">", new.value, old.value))),
            (("never",), both(old.known, no(new.known))),
            (("now falls",), both(no(old.known), new.known)),
        ]


def tell_deadline(
    versions: Versions,
    old: tuple[program.Lifecycle, program.Deadline],
    new: tuple[program.Lifecycle, program.Deadline],
    state: tuple[program.State, program.State],
) -> ToldDeadline:
    made: list[ToldDeadline] = []

    def build(encoder: Encoder) -> Question:
        other = Encoder(versions.new_policy, {}, (), beside=encoder)
        case, now, read = _case(encoder, versions.case)
        at = tuple(
            using.express(deadline.at, _subject(using, case, now, versions.case, lifecycle, its))
            for using, (lifecycle, deadline), its in zip(
                (encoder, other), (old, new), state, strict=True
            )
        )
        one, two = at
        made.append(
            ToldDeadline(versions, encoder, case, now, read, _nothing(), _nothing(), at=(one, two))
        )
        return Question(encoder, made[-1].differs(), read)

    told(versions.old_policy, build)
    return made[-1]


def _subject(
    encoder: Encoder,
    case: Sym,
    now: Sym,
    type_: types.Record,
    of: program.Lifecycle,
    state: program.State,
) -> dict[str, Sym]:
    (fact,) = type_.fields
    inside = seen(encoder, case.value.field(0), fact.type, of.parameter.type)
    return {of.parameter.name: inside, STATE: encoder.constant(state.wire, of.state_type), NOW: now}


# what can happen at all


def possible(
    policy: program.Program, of: program.Lifecycle, budget: Budget
) -> frozenset[tuple[str, str]]:
    """From which state to which a transition or deadline may lead, by wire name; one that no facts
    make hold leads nowhere."""
    wires = {each.name: each.wire for each in of.states}
    found = {
        (wires[state], wires[each.go])
        for each in of.deadlines
        for state in each.states
        if each.go is not None
    }
    for each in of.transitions:
        for source in each.sources:
            if _may_hold(policy, of, each, source, budget):
                found.add((wires[source], wires[each.target]))
    return frozenset(found)


def _may_hold(
    policy: program.Program,
    of: program.Lifecycle,
    each: program.Transition,
    source: str,
    budget: Budget,
) -> bool:
    if each.condition is None:
        return True
    state = next(one for one in of.states if one.name == source)
    event = next(one for one in of.events if one.name == each.event)
    case = types.Record(
        "case",
        (
            types.Field(of.parameter.name, of.parameter.name, of.parameter.type),
            types.Field(EVENT, EVENT, event.payload),
        ),
    )

    def build(encoder: Encoder) -> Question:
        facts, now, read = _case(encoder, case)
        names = _names(encoder, facts, now, case, Leaving(policy, of, state, event))
        condition = encoder.truth(each.condition, names)
        holds = either(true(condition), both(each.guard, unknown(condition)))
        return Question(encoder, holds, read)

    question = told(policy, build)
    if isinstance(question.asked, bool):
        return question.asked
    solver = z3.Solver()
    solver.add(*question.encoder.known(), question.asked)
    return bool(budget.check(solver) != z3.unsat)
