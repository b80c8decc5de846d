"""A lifecycle's case from JSON to its decision.

    {"issue": {…}, "state": "DETECTED", "entered"?: instant, "event"?: {"name": "ack", …}}

The facts stand under the name of the lifecycle's parameter, an event's payload beside its name.
Without an event the clock alone is looked at: what `entered` and `now` make happen. Without
`entered` each deadline has its own instant, however early, and an event is decided alone. With
both, what the clock brings comes before the event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.backends.python.lifecycle import (
    BEFORE_ALL,
    Machine,
    RestlessError,
    Subject,
)
from engine.backends.python.refuse import NO_NOW, refused
from engine.backends.python.validate import validate_record
from engine.decision import Decision, Fault, Ignored
from engine.language import types
from engine.language.values import write_instant
from engine.program import nodes as program


@dataclass(frozen=True)
class _Case:
    """`payload` is None where the event is not declared."""

    facts: tuple[Any, ...]
    state: str
    entered: int | None
    event: str | None
    payload: tuple[Any, ...] | None
    ignored: tuple[Ignored, ...]


def decide_case(policy: str, machine: Machine, case: Any, now: int | None) -> Decision:
    as_of = None if now is None else write_instant(now)
    taken = _take(machine, case)
    if isinstance(taken, _Case):
        alone = taken.event is not None and taken.entered is None
        if now is not None or (alone and not machine.is_timed(taken.state, taken.event)):
            decided = _decided(machine, taken, 0 if now is None else now)
            if isinstance(decided, Decision):
                return replace(decided, ignored=taken.ignored, as_of=as_of)
            taken = [decided]
        else:
            taken = [NO_NOW]
    named = case.get("state") if isinstance(case, Mapping) else None
    stays = isinstance(named, str) and named in machine.states
    outcome: dict[str, Any] = {"state": named if stays else None, "set": {}}
    return refused(policy, machine.node.name, outcome, tuple(taken), (), as_of)


def _decided(machine: Machine, case: _Case, now: int) -> Decision | Fault:
    subject = Subject(case.facts, case.state, now)
    happened: list[Decision] = []
    if case.event is None or case.entered is not None:
        entered = BEFORE_ALL if case.entered is None else case.entered
        try:
            subject, happened = machine.advance(machine.enter(case.facts, entered, case.state), now)
        except RestlessError as error:
            return Fault("", "restless", "deadlines that come to rest", str(error))
    if case.event is None:
        return joined(happened or [machine.waits(subject, now)])
    _, decided = machine.step(subject, case.event, case.payload, now)
    return joined([*happened, decided])


def joined(decisions: Sequence[Decision]) -> Decision:
    """One decision of several in a row: the last, with what those before it set and said."""
    *before, last = decisions
    if not before:
        return last
    settings: dict[str, Any] = {}
    for each in decisions:
        settings |= each.outcome["set"]
    return replace(
        last,
        outcome={"state": last.outcome["state"], "set": settings},
        determining=tuple(name for each in decisions for name in each.determining),
        reasons=tuple(reason for each in decisions for reason in each.reasons),
    )


_EVENT = types.Record("event", (types.Field("name", "name", types.Text()),))


def _take(machine: Machine, case: Any) -> _Case | list[Fault]:
    """What the case says, or all that is wrong with it."""
    if isinstance(case, Fault):
        return [case]
    event = case.get("event") if isinstance(case, Mapping) else None
    around = {key: case[key] for key in case if key != "event"} if event is not None else case
    looked = validate_record(_whole(machine.node), around, "")
    faults, ignored = list(looked.faults), looked.ignored
    name, payload = None, None
    if event is not None:
        faults += validate_record(_EVENT, event, "/event").faults
    if event is not None and isinstance(event, Mapping):
        name = event.get("name")
        declared = next((each for each in machine.node.events if each.name == name), None)
        if declared is not None:
            given = {key: event[key] for key in event if key != "name"}
            inside = validate_record(declared.payload, given, "/event")
            faults, ignored = [*faults, *inside.faults], (*ignored, *inside.ignored)
            payload = inside.arguments and inside.arguments[0]
    if faults or looked.arguments is None:
        return faults
    facts, state, entered = looked.arguments[0]
    return _Case(facts, state, entered, name, payload, ignored)


def _whole(node: program.Lifecycle) -> types.Record:
    """A case but for its event."""
    return types.Record(
        node.name,
        (
            types.Field(node.parameter.name, node.parameter.name, node.parameter.type),
            types.Field("state", "state", node.state_type),
            types.Field("entered", "entered", types.Instant(), optional=True),
        ),
    )
