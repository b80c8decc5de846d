"""A lifecycle to the questions whether it ever goes from one state to another: on an event, or with
the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.backends.proof.bits import Bit, both, either, every, no, some
from engine.backends.proof.encode import Encoder
from engine.backends.proof.facts import NOW
from engine.backends.proof.numbers import compared, extreme
from engine.backends.proof.solve import Question
from engine.backends.proof.symbols import Env, Sym, true, unknown
from engine.language import types
from engine.program import nodes as program

STATE, EVENT = "state", "event"


@dataclass(frozen=True)
class Move:
    """From `source` to `target`, by names; `by` is an event, or a deadline where `timed`."""

    source: str
    by: str
    target: str
    timed: bool


@dataclass(frozen=True, slots=True)
class Moving:
    """The facts of a move, the event's payload, and when; `entered` is when a deadline's state was
    entered."""

    facts: Any
    payload: Any
    entered: int
    now: int


def moves(of: program.Lifecycle) -> Sequence[Move]:
    """All that are declared."""
    found: dict[Move, None] = {}
    for each in of.transitions:
        for source in each.sources:
            found[Move(source, each.event, each.target, timed=False)] = None
    for deadline in of.deadlines:
        for source in deadline.states:
            if deadline.go is not None:
                found[Move(source, deadline.name, deadline.go, timed=True)] = None
    return list(found)


def moving(encoder: Encoder, of: program.Lifecycle, move: Move) -> Question:
    """The cases where the move is made; of a deadline also some where another comes before it."""
    facts, read = encoder.facts.fact(of.parameter.type, of.parameter.name)
    now, at = encoder.facts.fact(types.Instant(), NOW)
    places = {each.name: place for place, each in enumerate(of.states)}
    names = {of.parameter.name: facts, STATE: Sym(places[move.source])}
    if move.timed:
        entered, entering = encoder.facts.fact(types.Instant(), "entered")
        asked = _happens(encoder, of, move, names, entered, now)
        return Question(
            encoder, asked, lambda model: Moving(read(model), None, entering(model), at(model))
        )
    payload = next(each.payload for each in of.events if each.name == move.by)
    event, brought = encoder.facts.fact(payload, EVENT)
    asked = _steps(encoder, of, move, {**names, NOW: now, EVENT: event})
    return Question(
        encoder, asked, lambda model: Moving(read(model), brought(model), at(model), at(model))
    )


@dataclass(frozen=True)
class _Leaving:
    """A transition: where its condition is true, and where it is unknown."""

    to_target: bool
    surely: Bit
    blurred: Bit


def _steps(encoder: Encoder, of: program.Lifecycle, move: Move, names: Env) -> Bit:
    """Guards come first, those that are true, then those that are unknown; all that count must lead
    to the target."""
    guards: list[_Leaving] = []
    others: list[_Leaving] = []
    for each in of.transitions:
        if each.event == move.by and move.source in each.sources:
            condition = encoder.truth(each.condition, names)
            leaving = _Leaving(each.target == move.target, true(condition), unknown(condition))
            (guards if each.guard else others).append(leaving)
    held, unsure = some(each.surely for each in guards), some(each.blurred for each in guards)
    by_guard = _all_lead([(each.to_target, each.surely) for each in guards])
    by_unsure = _all_lead([(each.to_target, each.blurred) for each in guards])
    by_others = _all_lead([(each.to_target, each.surely) for each in others])
    return either(by_guard, both(no(held), by_unsure), both(no(held), no(unsure), by_others))


def _all_lead(of: Sequence[tuple[bool, Bit]]) -> Bit:
    there = some(bit for to_target, bit in of if to_target)
    return both(there, every(no(bit) for to_target, bit in of if not to_target))


def _happens(
    encoder: Encoder, of: program.Lifecycle, move: Move, names: Env, entered: Sym, now: Sym
) -> Bit:
    """At the instant that is computed on entering, or at once where that is past."""
    deadline = next(each for each in of.deadlines if each.name == move.by)
    at = encoder.express(deadline.at, {**names, NOW: entered})
    if at.known is False:
        return False
    due = compared("is", now.value, extreme("max", [at.value, entered.value]))
    holds = encoder.truth(deadline.condition, {**names, NOW: now})
    return every((at.known, due, true(holds)))
