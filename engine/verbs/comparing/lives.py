"""Two versions of one lifecycle to what events and deadlines do otherwise, and to the states that
can be reached no more, or only now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from engine.backends.python.lifecycle import Machine
from engine.decision import Decision
from engine.language import types
from engine.language.values import write_instant
from engine.program import nodes as program
from engine.program.differing import Compared, Decided, Kind, Label, changes
from engine.program.mattering import Fact
from engine.program.merged import merged
from engine.program.same import Same, spelled
from engine.verbs.comparing.models import LifecycleChanges, Move, Witness
from engine.verbs.comparing.witness import nearest
from engine.verbs.decide import evaluator
from engine.verbs.explain import tracer

if TYPE_CHECKING:
    from engine.backends.proof.moves import Leaving
    from engine.backends.proof.regions import Case, Found, Told, Versions
    from engine.backends.proof.solve import Budget

Effect = Literal["gained", "lost", "redirected", "other facts", "another transition"]
_EVENT = "event"
_STATE = "state"


def lifecycle_changes(
    old_policy: program.Program,
    new_policy: program.Program,
    name: str,
    same: Same,
    budget: "Budget",
) -> LifecycleChanges:
    comparing = _Comparing(
        old_policy,
        new_policy,
        old_policy.lifecycles[name],
        new_policy.lifecycles[name],
        same,
        budget,
    )
    return comparing.changes()


@dataclass(frozen=True)
class _Pair:
    """A state, and an event of it, that both versions have."""

    states: tuple[program.State, program.State]
    events: tuple[program.Event, program.Event]


@dataclass
class _Comparing:
    old_policy: program.Program
    new_policy: program.Program
    old: program.Lifecycle
    new: program.Lifecycle
    same: Same
    budget: "Budget"
    complete: bool = True
    rough: tuple[str, ...] = ()

    def changes(self) -> LifecycleChanges:
        before = {each.wire: each.name for each in self.old.states}
        after = {each.wire: each.name for each in self.new.states}
        moves: list[Move] = []
        unchanged = 0
        for pair in self._pairs():
            found = self._moves(pair) if self._may_differ(pair) else []
            moves += found
            unchanged += not found
        moves += self._deadlines()
        gained = tuple(name for wire, name in after.items() if wire not in before)
        lost = tuple(name for wire, name in before.items() if wire not in after)
        untouched = not moves and not gained and not lost and self._untouched()
        reached, dropped = ((), ()) if untouched else self._reached(before, after)
        return LifecycleChanges(
            self.new.name,
            tuple(moves),
            gained,
            lost,
            reached,
            dropped,
            self.complete,
            unchanged,
            rough=self.rough,
            untouched=untouched,
        )

    def _untouched(self) -> bool:
        return not any(map(self._may_differ, self._pairs())) and self.old.states == self.new.states

    def _pairs(self) -> Iterator[_Pair]:
        states = {each.wire: each for each in self.old.states}
        events = {each.name: each for each in self.old.events}
        for state in self.new.states:
            for event in self.new.events:
                if state.wire in states and event.name in events:
                    yield _Pair((states[state.wire], state), (events[event.name], event))

    def _leaving(self, pair: _Pair) -> tuple["Leaving", "Leaving"]:
        from engine.backends.proof.moves import Leaving

        (one, other), (first, second) = pair.states, pair.events
        return (
            Leaving(self.old_policy, self.old, one, first),
            Leaving(self.new_policy, self.new, other, second),
        )

    def _may_differ(self, pair: _Pair) -> bool:
        old, new = (each.transitions for each in self._leaving(pair))
        alike = len(old) == len(new) and all(map(self._is_same, old, new))
        return not alike or (bool(old) and not self._facts_same(pair))

    def _facts_same(self, pair: _Pair) -> bool:
        types_of = (self.old.parameter.type, self.new.parameter.type)
        payloads = tuple(spelled(each.payload) for each in pair.events)
        return bool(spelled(types_of[0]) == spelled(types_of[1]) and payloads[0] == payloads[1])

    def _is_same(self, old: program.Transition, new: program.Transition) -> bool:
        return (
            (old.name, old.guard, old.target) == (new.name, new.guard, new.target)
            and self.same.expression(old.condition, new.condition)
            and [each.place for each in old.sets] == [each.place for each in new.sets]
            and all(
                self.same.expression(one.value, other.value)
                for one, other in zip(old.sets, new.sets, strict=True)
            )
        )

    # events

    def _moves(self, pair: _Pair) -> list[Move]:
        from engine.backends.proof.moves import tell_move
        from engine.backends.proof.regions import Search

        old, new = self._leaving(pair)
        case = self._case_type(pair)
        if case is None:
            return []
        versions = self._versions(case, tuple(self._fields(old, new)))
        told = tell_move(versions, old, new)
        looking = _Event(self, pair, versions)
        search = Search(told, self.budget, looking.look)
        search.run()
        self._note(search.complete, told, search.found)
        return [looking.move(each, told) for each in search.found]

    def _note(self, complete: bool, told: "Told", found: Sequence["Found"]) -> None:
        self.complete = self.complete and complete
        if not complete or any(each.case is None for each in found):
            self.rough = tuple(dict.fromkeys((*self.rough, *told.encoder.rough)))

    def _versions(self, case: types.Record, fields: tuple[Compared, ...]) -> "Versions":
        from engine.backends.proof.regions import Versions

        nothing: Any = None
        return Versions(self.old_policy, self.new_policy, nothing, nothing, case, fields, self.same)

    def _case_type(self, pair: _Pair | None) -> types.Record | None:
        """The facts, and what the event brings, that both versions take."""
        one, other = self.old.parameter, self.new.parameter
        facts = merged(one.type, other.type)
        if facts is None or one.name != other.name:
            return None
        fields = [types.Field(other.name, other.name, facts)]
        if pair is not None:
            brought = merged(*(each.payload for each in pair.events))
            if brought is None:
                return None
            fields.append(types.Field(_EVENT, _EVENT, brought))
        return types.Record("case", tuple(fields))

    def _fields(self, old: "Leaving", new: "Leaving") -> Iterator[Compared]:
        """The facts that the transitions set."""
        before, after = self.old.parameter.type, self.new.parameter.type
        if not isinstance(before, types.Record) or not isinstance(after, types.Record):
            return
        sets = [
            {record.fields[part.place].wire for each in side.transitions for part in each.sets}
            for side, record in ((old, before), (new, after))
        ]
        places = {each.wire: place for place, each in enumerate(before.fields)}
        for at, each in enumerate(after.fields):
            place = places.get(each.wire)
            if each.wire in sets[0] | sets[1] and place is not None:
                one = before.fields[place].type
                yield Compared(each.name, each.wire, one, each.type, place, at)

    # deadlines

    def _deadlines(self) -> Iterator[Move]:
        before = {each.name: each for each in self.old.deadlines}
        for each in self.new.deadlines:
            other = before.pop(each.name, None)
            if other is None:
                yield self._bare(each, "gained", "no such deadline", "a deadline")
                continue
            if not self._does_the_same(other, each):
                yield self._bare(each, "redirected", "a deadline", "another deadline")
            if not self.same.expression(other.at, each.at):
                yield from self._falls(other, each)
        for gone in before.values():
            yield self._bare(gone, "lost", "a deadline", "no such deadline")

    def _bare(self, of: program.Deadline, effect: Effect, old: str, new: str) -> Move:
        states = ", ".join(of.states)
        return Move(states, "", effect, old, new, (of.name,), None, exactly=False, witness=None)

    def _does_the_same(self, old: program.Deadline, new: program.Deadline) -> bool:
        return (
            (old.states, old.go) == (new.states, new.go)
            and self.same.expression(old.condition, new.condition)
            and [each.place for each in old.sets] == [each.place for each in new.sets]
            and all(
                self.same.expression(one.value, other.value)
                for one, other in zip(old.sets, new.sets, strict=True)
            )
        )

    def _falls(self, old: program.Deadline, new: program.Deadline) -> Iterator[Move]:
        """Where it falls at another instant."""
        from engine.backends.proof.moves import tell_deadline
        from engine.backends.proof.regions import Search

        case = self._case_type(None)
        before = {each.name: each for each in self.old.states}
        for state in self.new.states:
            if case is None or state.name not in new.states or state.name not in before:
                continue
            versions = self._versions(case, ())
            sides = (before[state.name], state)
            told = tell_deadline(versions, (self.old, old), (self.new, new), sides)
            looking = _Falling(self, state, old, new)
            search = Search(told, self.budget, looking.look)
            search.run()
            self._note(search.complete, told, search.found)
            for each in search.found:
                yield looking.move(each, told)

    # states

    def _reached(
        self, before: dict[str, str], after: dict[str, str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        from engine.backends.proof.moves import possible

        one, other = (
            _reach(of, possible(policy, of, self.budget))
            for policy, of in ((self.old_policy, self.old), (self.new_policy, self.new))
        )
        kept = [wire for wire in after if wire in before]
        return (
            tuple(after[each] for each in kept if each in other and each not in one),
            tuple(after[each] for each in kept if each in one and each not in other),
        )


def _reach(of: program.Lifecycle, edges: frozenset[tuple[str, str]]) -> set[str]:
    found = {each.wire for each in of.states if each.initial}
    while True:
        more = {target for source, target in edges if source in found} - found
        if not more:
            return found
        found |= more


@dataclass(frozen=True)
class _Event:
    """Decides a case by both versions."""

    of: _Comparing
    pair: _Pair
    versions: "Versions"

    def look(self, case: "Case") -> Kind | None:
        return self.kind(case.input, case.now)

    def kind(self, input: Any, now: int) -> Kind | None:
        both = self._decided(input, now)
        if both is None:
            return None
        old, new = both
        labels = self._label(old, self.of.old), self._label(new, self.of.new)
        changed = changes(self.versions.fields, _set(old, self), _set(new, self))
        return None if labels[0] == labels[1] and not changed else Kind(*labels, changed)

    def whole(self, input: Any) -> Any:
        """A case as JSON carries it."""
        subject = self.of.new.parameter.name
        brought = {"name": self.pair.events[1].name, **input.get(_EVENT, {})}
        return {subject: input.get(subject, {}), _STATE: self.pair.states[1].wire, _EVENT: brought}

    def _decided(self, input: Any, now: int) -> tuple[Decision, Decision] | None:
        case, name = self.whole(input), self.of.new.name
        old = evaluator(self.of.old_policy).decide(case, name, now)
        new = evaluator(self.of.new_policy).decide(case, name, now)
        return None if "refused" in (old.basis, new.basis) else (old, new)

    def _label(self, of: Decision, by: program.Lifecycle) -> Label:
        from engine.backends.proof.moves import label_of

        wires = {each.name: each.wire for each in by.states}
        targets = {each.name: wires[each.target] for each in by.transitions}
        return label_of([(targets[name], name) for name in of.determining])

    def move(self, found: "Found", told: "Told") -> Move:
        from engine.backends.proof.mattering import Matters

        where: tuple[Fact, ...] | None = None
        exactly, witness = False, None
        if found.case is not None:
            input, now = nearest(
                found.case.input,
                found.case.now,
                [],
                {},
                lambda tried, at: self.kind(tried, at) == found.kind,
            )
            case = _as_case(self.versions.case, input, now)
            mattering = None if case is None else Matters(told, self.of.budget).of(found.kind, case)
            witness = self._witness(
                input, now, frozenset() if mattering is None else mattering.alone
            )
            if mattering is not None:
                where, exactly = mattering.facts, mattering.exactly
        names = {
            each.wire: each.name for side in (self.of.old, self.of.new) for each in side.states
        }
        old, new = found.kind.old, found.kind.new
        return Move(
            self.pair.states[1].name,
            self.pair.events[1].name,
            _effect(found.kind),
            _goes(old, names),
            _goes(new, names),
            tuple(dict.fromkeys((*old[2:], *new[2:]))),
            where,
            exactly,
            witness,
        )

    def _witness(self, input: Any, now: int, matters: frozenset[Any]) -> Witness | None:
        both = self._decided(input, now)
        case, name = self.whole(input), self.of.new.name
        traced = tuple(
            tracer(policy).trace_lifecycle(case, name, now).decision
            for policy in (self.of.old_policy, self.of.new_policy)
        )
        if both is None or traced != both:
            return None
        old, new = (Decided(each.basis, each.determining, each.outcome) for each in both)
        return Witness(case, write_instant(now), old, new, matters)


def _set(of: Decision, event: _Event) -> dict[str, Any]:
    given = of.outcome["set"]
    return {each.wire: given.get(each.wire) for each in event.versions.fields}


def _effect(kind: Kind) -> Effect:
    old, new = kind.old, kind.new
    if new[0] == "transition" and old[0] != "transition":
        return "gained"
    if old[0] == "transition" and new[0] != "transition":
        return "lost"
    if old[:2] != new[:2]:
        return "redirected"
    return "other facts" if kind.changes else "another transition"


def _goes(label: Label, names: dict[str, str]) -> str:
    match label[0]:
        case "transition":
            return f"goes to {names[label[1]]}"
        case "conflict":
            return "stays, for several that lead apart"
        case _:
            return "stays"


@dataclass(frozen=True)
class _Falling:
    """Looks when a deadline falls by both versions."""

    of: _Comparing
    state: program.State
    old: program.Deadline
    new: program.Deadline

    def look(self, case: "Case") -> Kind | None:
        return self.kind(case.input, case.now)

    def kind(self, input: Any, now: int) -> Kind | None:
        ends = self._ends(input, now)
        if ends is None or ends[0] == ends[1]:
            return None
        old, new = ends
        if old is None or new is None:
            return Kind(("deadline",), ("now falls",) if old is None else ("never",))
        return Kind(("deadline",), ("later",) if new > old else ("sooner",))

    def _ends(self, input: Any, now: int) -> tuple[int | None, int | None] | None:
        found = []
        for policy, lifecycle in (
            (self.of.old_policy, self.of.old),
            (self.of.new_policy, self.of.new),
        ):
            machine: Machine = evaluator(policy).lifecycles[lifecycle.name]
            facts = _facts(lifecycle, input)
            if facts is None:
                return None
            place = [each.name for each in lifecycle.deadlines].index(self.new.name)
            found.append(machine.steps.instants[place](facts, self.state.wire, now))
        return found[0], found[1]

    def move(self, found: "Found", told: "Told") -> Move:
        from engine.backends.proof.mattering import Matters

        where: tuple[Fact, ...] | None = None
        exactly, witness, ends = False, None, None
        if found.case is not None:
            input, now = nearest(
                found.case.input,
                found.case.now,
                [],
                {},
                lambda tried, at: self.kind(tried, at) == found.kind,
            )
            ends = self._ends(input, now)
            case = _as_case(told.versions.case, input, now)
            mattering = None if case is None else Matters(told, self.of.budget).of(found.kind, case)
            if mattering is not None:
                where, exactly = mattering.facts, mattering.exactly
            alone = frozenset() if mattering is None else mattering.alone
            if ends is not None:
                old, new = (Decided("deadline", (self.new.name,), _instant(each)) for each in ends)
                whole = {**input, _STATE: self.state.wire}
                witness = Witness(whole, write_instant(now), old, new, alone)
        told_ends = ("", "") if ends is None else tuple(map(_falls, ends))
        effect: Effect = {"never": "lost", "now falls": "gained"}.get(
            found.kind.new[0], "redirected"
        )  # type: ignore[assignment]
        return Move(
            self.state.name,
            "",
            effect,
            told_ends[0] or "falls at one instant",
            told_ends[1] or f"falls {found.kind.new[0]}",
            (self.new.name,),
            where,
            exactly,
            witness,
        )


def _instant(at: int | None) -> str | None:
    return None if at is None else write_instant(at)


def _falls(at: int | None) -> str:
    return "never falls" if at is None else f"falls at {write_instant(at)}"


def _facts(of: program.Lifecycle, input: Any) -> Any:
    from engine.backends.python.validate import validate_record

    record = of.parameter.type
    if not isinstance(record, types.Record):
        return None
    taken = validate_record(record, input.get(of.parameter.name, {}), "")
    return None if taken.arguments is None else taken.arguments[0]


def _as_case(type_: types.Record, input: Any, now: int) -> "Case | None":
    from engine.backends.proof.regions import Case
    from engine.backends.python.validate import validate_record

    taken = validate_record(type_, input, "")
    return None if taken.arguments is None else Case(taken.arguments[0], input, now)
