"""A policy with a lifecycle to what a book needs that follows many subjects through it: values are
read once, and then asked with again and again."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, assert_never

from engine.backends.python.facts import left_out
from engine.backends.python.lifecycle import Machine
from engine.backends.python.lifecycle_cases import joined
from engine.backends.python.validate import Taken, validate_record
from engine.decision import Decision
from engine.language import types
from engine.language.values import parse_duration, parse_instant, to_wire, write_instant
from engine.program import nodes as program
from engine.verbs.compiled import Compiled
from engine.verbs.decide import evaluator

Values = tuple[Any, ...]
Wire = dict[str, Any]


class Follower:
    """What is known of one lifecycle of one policy; every method only computes."""

    def __init__(self, policy: program.Program, lifecycle: str) -> None:
        self.policy = policy
        self._evaluator = evaluator(policy)
        self.machine: Machine = self._evaluator.lifecycles[lifecycle]
        self.node = self.machine.node
        self.facts = _record(self.node.parameter.type)
        self.final = frozenset(each.wire for each in self.node.states if each.final)
        self.payloads = {each.name: each.payload for each in self.node.events}
        self._writers: dict[int, Callable[[Values], Wire]] = {}

    def ask(self, decision: str, now: int, *arguments: Any) -> Decision:
        """What a decision says of values that were taken or made before."""
        return self._evaluator.decide_values(decision, arguments, now)

    def parameter(self, decision: str, place: int) -> types.Record:
        """The record that a decision takes there, or a list of it."""
        type_ = self.policy.decisions[decision].parameters[place].type
        return _record(type_.element if isinstance(type_, types.ListOf) else type_)

    def bound(self, decision: str, place: int) -> int:
        """How long the list may be that a decision takes there."""
        type_ = self.policy.decisions[decision].parameters[place].type
        if not isinstance(type_, types.ListOf):
            raise TypeError(type_)
        return type_.bound

    def members(self, decision: str, field: str) -> dict[str, str]:
        """Of an enum among the fields of what a decision gives: each with the words beside it."""
        given = _record(self.policy.decisions[decision].result)
        type_ = next(each.type for each in given.fields if each.wire == field)
        if not isinstance(type_, types.Enum):
            raise TypeError(type_)
        return {each.wire: each.note or each.wire for each in type_.members}

    def take(self, record: types.Record, given: object, pointer: str = "") -> Taken:
        """A record from JSON to its values, or to everything that is wrong with it."""
        return validate_record(record, given, pointer)

    def written(self, record: types.Record, values: Values) -> Wire:
        """Values as JSON carries them; what is absent is left out."""
        write = self._writers.get(id(record))
        if write is None:
            write = self._writers[id(record)] = _record_writer(record)
        return write(values)

    def joined(self, decisions: Sequence[Decision]) -> Decision:
        """What is decided of a case in which all of these happen at one instant."""
        return joined(decisions)

    def reader(self, record: types.Record) -> Callable[[Mapping[str, Any]], Values]:
        """What reads again what `written` gave, and does not look for faults in it."""
        return _record_reader(record)


_follower = Compiled(Follower).of


def follow(policy: program.Program, lifecycle: str) -> Follower:
    """Made once for each policy."""
    return _follower(policy, lifecycle)


def _record_reader(record: types.Record) -> Callable[[Mapping[str, Any]], Values]:
    fields = [(each.wire, _reader(each.type), left_out(each)) for each in record.fields]

    def read(wire: Mapping[str, Any]) -> Values:
        get = wire.get
        return tuple(
            [
                absent if (value := get(name)) is None else value if turn is None else turn(value)
                for name, turn, absent in fields
            ]
        )

    return read


def _record_writer(record: types.Record) -> Callable[[Values], Wire]:
    """`record` is part of the policy, which lives longer than what is made here."""
    fields = [(each.wire, _writer(each.type)) for each in record.fields]

    def write(values: Values) -> Wire:
        return {
            name: value if turn is None else turn(value)
            for (name, turn), value in zip(fields, values, strict=True)
            if value is not None
        }

    return write


def _writer(type_: types.Type) -> Callable[[Any], Any] | None:
    """None for what JSON has as it is."""
    match type_:
        case types.Bool() | types.Text() | types.Number() | types.Enum() | types.Code():
            return None
        case types.Instant():
            return write_instant
        case types.Tally(daily=False):
            return None
        case types.Duration() | types.ListOf() | types.Record() | types.Tally():
            return lambda value: to_wire(value, type_)
        case _:
            assert_never(type_)


def _reader(type_: types.Type) -> Callable[[Any], Any] | None:
    """None for what JSON has as it is."""
    match type_:
        case types.Bool() | types.Text() | types.Number() | types.Enum() | types.Code():
            return None
        case types.Instant():
            return _instant
        case types.Duration():
            return parse_duration
        case types.ListOf(element=element):
            turn = _reader(element)
            return tuple if turn is None else lambda wire: tuple(map(turn, wire))
        case types.Record():
            return _record_reader(type_)
        case types.Tally(daily=False):
            return dict
        case types.Tally():
            return _by_day
        case _:
            assert_never(type_)


_instant = lru_cache(maxsize=65_536)(parse_instant)
"""Many subjects know the same instants."""


def _by_day(wire: Mapping[str, Mapping[str, int]]) -> dict[str, dict[int | None, int]]:
    return {
        member: {_instant(day): count for day, count in days.items()}
        for member, days in wire.items()
    }


def _record(type_: types.Type) -> types.Record:
    if not isinstance(type_, types.Record):
        raise TypeError(type_)
    return type_
