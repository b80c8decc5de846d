"""A subject and an event, or the clock, to the subject after it and what was decided.

Nothing is kept here: a subject goes in and another comes out. These are the readings where the laws
leave room:

- What a step sets is computed from the facts before it, all at once; where two transitions set one
  field, the later one in the file stands.
- Guard transitions come first: those that are true, else those that are unknown. A plain one holds
  beside them where it has the same target. Different targets are a conflict, and nothing moves.
- A deadline of several states is one deadline for as long as the subject stays in them; it is
  computed when the subject comes in from another state.
- What is due at an instant happens before an event at that instant. A deadline whose condition is
  not true at its instant has passed.
- A deadline that has happened or passed is over, unless a fact that it reads moves it to an instant
  that is still to come: a stricter target begins anew.
- At one instant a deadline happens at most once, also where deadlines lead round in a circle.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.backends.python.decisions import unknown_reason
from engine.backends.python.machines import Steps
from engine.decision import Decision, Reason
from engine.language import types
from engine.language.values import to_wire, write_instant
from engine.program import nodes as program

BEFORE_ALL = -(2**62)
"""An instant before every other: a subject that entered then has its deadlines at their own, and
never those that are counted from entering."""
MOST_HAPPENINGS = 10_000
"""How many deadlines one look at the clock may carry out."""


class RestlessError(ValueError):
    """Deadlines that lead round in a circle, each a little later than the one before."""


@dataclass(frozen=True)
class Subject:
    """`state` is a wire name; `deadlines` are those of the state, with their
    instants (None: never); `done` are those that have happened, or passed."""

    facts: tuple[Any, ...]
    state: str
    entered: int
    deadlines: tuple[tuple[str, int | None], ...] = ()
    done: frozenset[str] = frozenset()

    def due(self) -> int | None:
        """The next instant at which something may happen."""
        waiting = [at for name, at in self.deadlines if at is not None and name not in self.done]
        return min(waiting, default=None)


@dataclass(frozen=True)
class _Held:
    """A transition that holds: `known` is False where it holds because its condition is unknown."""

    transition: program.Transition
    known: bool
    missing: tuple[str, ...]
    values: tuple[Any, ...]
    text: str


class Machine:
    """One lifecycle of one policy."""

    def __init__(self, policy: str, node: program.Lifecycle, steps: Steps) -> None:
        self.node = node
        self.steps = steps
        self._policy = policy
        self._wires = {each.name: each.wire for each in node.states}
        self._initial = next(each.wire for each in node.states if each.initial)
        self._leaving: dict[tuple[str, str], list[int]] = {}
        for place, each in enumerate(node.transitions):
            for source in each.sources:
                self._leaving.setdefault((self._wires[source], each.event), []).append(place)
        self._places = {each.name: place for place, each in enumerate(node.deadlines)}
        self._staying = {
            each.name: frozenset(self._wires[state] for state in each.states)
            for each in node.deadlines
        }

    @property
    def states(self) -> frozenset[str]:
        return frozenset(self._wires.values())

    def enter(self, facts: tuple[Any, ...], now: int, state: str | None = None) -> Subject:
        """A subject that comes into a state, the initial one where none is named."""
        fresh = Subject(facts, state or self._initial, now)
        return self._timed(fresh, None, frozenset(), now)

    def change(self, subject: Subject, facts: tuple[Any, ...], now: int) -> Subject:
        """The facts change by themselves: deadlines that read them are computed anew."""
        changed = _changes(subject.facts, facts)
        return self._timed(replace(subject, facts=facts), subject.state, changed, now, subject)

    def is_timed(self, state: str, event: str | None) -> bool:
        """Whether what the event does there depends on the instant."""
        return any(self.steps.timed[place] for place in self._leaving.get((state, event or ""), ()))

    def allowed(self, state: str) -> tuple[str, ...]:
        """The events on which there is a transition from the state, in the file's order."""
        return tuple(each.name for each in self.node.events if (state, each.name) in self._leaving)

    def step(
        self, subject: Subject, event: str, payload: tuple[Any, ...] | None, now: int
    ) -> tuple[Subject, Decision]:
        """What an event does. The clock must have been looked at before (`advance`)."""
        due = subject.due()
        if due is not None and due <= now:
            raise ValueError("deadlines that are due come before the event")
        held, unknown = self._held(subject, event, payload, now)
        targets = {each.transition.target for each in held}
        if len(targets) != 1:
            return subject, self._stays(subject, event, held, unknown, now)
        facts, given = self._set(
            subject.facts, [(each.transition.sets, each.values) for each in held]
        )
        state = self._wires[targets.pop()]
        changed = _changes(subject.facts, facts)
        entered = subject.entered if state == subject.state else now
        moved = Subject(facts, state, entered)
        after = self._timed(moved, subject.state, changed, now, subject)
        decided = Decision(
            decision=self.node.name,
            outcome={"state": state, "set": given},
            basis="transition",
            determining=tuple(each.transition.name for each in held),
            reasons=tuple(map(self._reason, held)),
            unknown=unknown,
            as_of=write_instant(now),
        )
        return after, decided

    def advance(self, subject: Subject, now: int) -> tuple[Subject, list[Decision]]:
        """All that time alone causes up to now, each deadline at its own instant."""
        decisions: list[Decision] = []
        for after, decided in self.happenings(subject, now):
            subject = after
            if decided is not None:
                decisions.append(decided)
        return subject, decisions

    def happenings(self, subject: Subject, now: int) -> Iterator[tuple[Subject, Decision | None]]:
        """The same one by one: the subject after each, and what was decided; None of a deadline
        that has passed."""
        happened: dict[str, int] = {}
        for _ in range(MOST_HAPPENINGS):
            found = self._next(subject, now)
            if found is None:
                return
            name, at = found
            happened[name] = at
            just_now = {each for each, when in happened.items() if when == at}
            subject, decided = self._happen(subject, name, at, just_now)
            yield subject, decided
        raise RestlessError(f"`{self.node.name}` goes round and round with the clock")

    def waits(self, subject: Subject, now: int) -> Decision:
        """What is said where no deadline is due."""
        return self._nothing(subject, f"nothing is due in {subject.state}", now)

    # transitions

    def _held(
        self, subject: Subject, event: str, payload: tuple[Any, ...] | None, now: int
    ) -> tuple[list[_Held], tuple[str, ...]]:
        """Those that hold, in the file's order, and the facts missing for those that might have."""
        found: list[_Held] = []
        passed: list[str] = []
        for place in self._leaving.get((subject.state, event), ()):
            transition = self.node.transitions[place]
            holds, missing, values, text = self.steps.transitions[place](
                subject.facts, subject.state, payload, now
            )
            if holds or (holds is None and transition.guard):
                found.append(_Held(transition, holds is not None, missing, values, text))
            passed += missing
        true_guards = [each for each in found if each.transition.guard and each.known]
        unsure = [each for each in found if not each.known]
        first = true_guards or unsure
        if not first:
            return found, tuple(dict.fromkeys(passed))
        targets = {each.transition.target for each in first}
        beside = [
            each
            for each in found
            if not each.transition.guard and {each.transition.target} == targets
        ]
        unknown = [] if true_guards else [born for each in unsure for born in each.missing]
        chosen = [each for each in found if each in first or each in beside]
        return chosen, tuple(dict.fromkeys(unknown))

    def _stays(
        self,
        subject: Subject,
        event: str,
        held: Sequence[_Held],
        unknown: tuple[str, ...],
        now: int,
    ) -> Decision:
        """What is said where nothing moves: none holds, or those that hold lead apart."""
        said = f"`{event}` changes nothing in {subject.state} as things are"
        if (subject.state, event) not in self._leaving:
            said = f"`{event}` is not allowed in {subject.state}"
        refused = self._nothing(subject, said, now)
        if not held:
            return replace(refused, unknown=unknown)
        return replace(
            refused,
            basis="conflict",
            determining=tuple(each.transition.name for each in held),
            reasons=tuple(map(self._reason, held)),
            unknown=unknown,
        )

    def _nothing(self, subject: Subject, said: str, now: int) -> Decision:
        return Decision(
            decision=self.node.name,
            outcome={"state": subject.state, "set": {}},
            basis="no_transition",
            reasons=(Reason(f"{self._policy}.no_transition", said),),
            as_of=write_instant(now),
            allowed=self.allowed(subject.state),
        )

    def _reason(self, held: _Held) -> Reason:
        code = f"{self._policy}.{held.transition.name}"
        if not held.known:
            return unknown_reason(code, held.transition.name, held.missing)
        return Reason(code, held.text)

    def _set(
        self,
        facts: tuple[Any, ...],
        given: Sequence[tuple[tuple[program.Set, ...], tuple[Any, ...]]],
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The facts after it, and what was set, by wire name."""
        record = self.node.parameter.type
        if not isinstance(record, types.Record):
            raise TypeError(record)
        after = list(facts)
        wire: dict[str, Any] = {}
        for sets, values in given:
            for each, value in zip(sets, values, strict=True):
                field = record.fields[each.place]
                after[each.place] = value
                wire[field.wire] = to_wire(value, field.type)
        return tuple(after), wire

    # deadlines

    def _next(self, subject: Subject, now: int) -> tuple[str, int] | None:
        waiting = [
            (at, place, name)
            for place, (name, at) in enumerate(subject.deadlines)
            if at is not None and at <= now and name not in subject.done
        ]
        if not waiting:
            return None
        at, _, name = min(waiting)
        return name, at

    def _happen(
        self, subject: Subject, name: str, at: int, just_now: set[str]
    ) -> tuple[Subject, Decision | None]:
        deadline = self.node.deadlines[self._places[name]]
        step = self.steps.deadlines[self._places[name]]
        holds, _, values, text = step(subject.facts, subject.state, at)
        past = replace(subject, done=subject.done | {name})
        if not holds:
            return past, None
        facts, given = self._set(subject.facts, [(deadline.sets, values)])
        state = subject.state if deadline.go is None else self._wires[deadline.go]
        entered = subject.entered if state == subject.state else at
        moved = Subject(facts, state, entered, done=frozenset(just_now))
        changed = _changes(subject.facts, facts)
        after = self._timed(moved, subject.state, changed, at, past)
        decided = Decision(
            decision=self.node.name,
            outcome={"state": state, "set": given},
            basis="deadline",
            determining=(name,),
            reasons=(Reason(f"{self._policy}.{name}", text),),
            as_of=write_instant(at),
        )
        return after, decided

    def _timed(
        self,
        subject: Subject,
        source: str | None,
        changed: frozenset[int],
        now: int,
        before: Subject | None = None,
    ) -> Subject:
        """The subject with the deadlines of its state: those that it has had in `before` stay as
        they are, unless what they read has changed."""
        instants = dict(before.deadlines) if before else {}
        done = set[str]()
        deadlines: list[tuple[str, int | None]] = []
        for name, states in self._staying.items():
            if subject.state not in states:
                continue
            stays = source in states and before is not None and name in instants
            past = (stays and before is not None and name in before.done) or name in subject.done
            moved = not stays or self._affected(name, changed)
            at = self._instant(name, subject, now) if moved else instants[name]
            if past and not (stays and moved and at is not None and at > now):
                done.add(name)
                at = instants.get(name, at)
            deadlines.append((name, at))
        return replace(subject, deadlines=tuple(deadlines), done=frozenset(done))

    def _instant(self, name: str, subject: Subject, now: int) -> int | None:
        place = self._places[name]
        if now == BEFORE_ALL and self.steps.from_entering[place]:
            return None  # nobody knows when that was
        at: int | None = self.steps.instants[place](subject.facts, subject.state, now)
        return None if at is None else max(at, now)

    def _affected(self, name: str, changed: frozenset[int]) -> bool:
        reads = self.steps.reads[self._places[name]]
        return bool(changed) if reads is None else not reads.isdisjoint(changed)


def _changes(before: tuple[Any, ...], after: tuple[Any, ...]) -> frozenset[int]:
    return frozenset(
        place for place, (one, other) in enumerate(zip(before, after, strict=True)) if one != other
    )
