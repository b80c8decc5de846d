"""A case to its arguments, or to everything that is wrong with it: the full intake, after the fast
one has given up, and a case's text to its objects.

Objects and lists may be any mappings and sequences here, so that a case from Python need not be
made of plain dictionaries.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, assert_never

from engine.backends.python import facts
from engine.backends.python.births import escaped
from engine.backends.python.codes import parts_reader
from engine.decision import Fault, Ignored
from engine.language import types
from engine.language.nearest import LONGEST, nearest
from engine.language.plain_json import JsonError, read_json_texts
from engine.language.ranges import GREATEST_WHOLE, duration_range, number_range
from engine.language.types import describe
from engine.language.values import parse_duration, parse_instant, write_text
from engine.program import nodes as program
from engine.program.cases import as_field, is_whole_case

MOST_TOLD = 100
_MOST_MEMBERS = 20
_LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Taken:
    """`arguments` is None where there are faults."""

    arguments: tuple[Any, ...] | None
    faults: tuple[Fault, ...]
    ignored: tuple[Ignored, ...]


def validate(parameters: Sequence[program.Parameter], case: object) -> Taken:
    taker = _Taker()
    arguments: Any
    if is_whole_case(parameters):
        arguments = (taker.take(case, parameters[0].type, "", hidden=False),)
    else:
        whole = types.Record("case", tuple(map(as_field, parameters)))
        arguments = taker.take(case, whole, "", hidden=False)
    faults = tuple(taker.faults[:MOST_TOLD])
    return Taken(None if faults else arguments, faults, tuple(taker.ignored[:MOST_TOLD]))


def validate_record(record: types.Record, case: object, pointer: str) -> Taken:
    """The same for one record at its place; the record is the only argument."""
    taker = _Taker()
    value = taker.take(case, record, pointer, hidden=False)
    faults = tuple(taker.faults[:MOST_TOLD])
    return Taken(None if faults else (value,), faults, tuple(taker.ignored[:MOST_TOLD]))


def undeclared(
    parameters: Sequence[program.Parameter], case: Mapping[str, Any]
) -> tuple[Ignored, ...]:
    """What is ignored of a case that is an object and has no fault."""
    type_ = parameters[0].type
    if not is_whole_case(parameters):
        type_ = types.Record("case", tuple(map(as_field, parameters)))
    return tuple(islice(_undeclared(case, type_, ""), MOST_TOLD))


def _undeclared(value: Any, type_: types.Type, pointer: str) -> Iterator[Ignored]:
    match type_:
        case types.Record() if isinstance(value, Mapping):
            yield from _others(value, type_, pointer)
            for each in type_.fields:
                if each.wire in value:
                    place = f"{pointer}/{escaped(each.wire)}"
                    yield from _undeclared(value[each.wire], each.type, place)
        case types.ListOf(element=types.Record() as element) if isinstance(value, list):
            for number, one in enumerate(value):
                yield from _undeclared(one, element, f"{pointer}/{number}")
        case _:
            return


def _others(value: Mapping[str, Any], type_: types.Record, pointer: str) -> Iterator[Ignored]:
    wires = tuple(each.wire for each in type_.fields)
    for name in value:
        if name not in wires:
            word = _word(name)
            near = _nearest(word, wires) if len(word) <= LONGEST else None
            yield Ignored(f"{pointer}/{escaped(word)}", near)


def _word(name: object) -> str:
    """A name as a pointer has it; what is no text can be one in Python only."""
    return name if isinstance(name, str) else _got(name, hidden=False)


def decode(text: str | bytes) -> Any:
    """The value that the text is, or the fault that keeps it from being one."""
    try:
        return read_json_texts(text if isinstance(text, str) else text.decode())
    except UnicodeDecodeError:
        return Fault("", "malformed", "JSON in UTF-8", "other bytes")
    except JsonError as error:
        return Fault("", "malformed", "JSON", str(error))


_COUNT = types.Number(integer=True, range=types.Range(0, GREATEST_WHOLE))
_NOTHING: Any = object()
"""What was complained of already."""


class _Taker:
    """Takes values, and collects what is wrong with them."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.ignored: list[Ignored] = []

    def take(self, value: object, type_: types.Type, pointer: str, *, hidden: bool) -> Any:
        """`hidden` says that the value must not be shown."""
        match type_:
            case types.Record():
                return self._record(value, type_, pointer, hidden)
            case types.ListOf():
                return self._list(value, type_, pointer, hidden)
            case types.Number():
                return self._number(value, type_, pointer, hidden)
            case types.Bool():
                taken = value if value is True or value is False else _NOTHING
                return self._or_fault(taken, pointer, "wrong-type", type_, value, hidden)
            case types.Text():
                if not isinstance(value, str):
                    return self._fault(pointer, "wrong-type", describe(type_), value, hidden)
                taken = value if facts.is_sound(value) else _NOTHING
                return self._or_fault(taken, pointer, "broken-text", type_, value, hidden=True)
            case types.Enum():
                return self._member(value, type_, pointer, hidden)
            case types.Code():
                fits = isinstance(value, str) and parts_reader(type_)(value) is not None
                taken = value if fits else _NOTHING
                return self._or_fault(taken, pointer, "wrong-form", type_, value, hidden)
            case types.Instant():
                taken = parse_instant(value) if isinstance(value, str) else None
                taken = _NOTHING if taken is None else taken
                return self._or_fault(taken, pointer, "wrong-form", type_, value, hidden)
            case types.Duration():
                return self._duration(value, type_, pointer, hidden)
            case types.Tally():
                return self._tally(value, type_, pointer, hidden)
            case _:
                assert_never(type_)

    def _record(self, value: object, type_: types.Record, pointer: str, hidden: bool) -> Any:
        if not isinstance(value, Mapping):
            return self._fault(
                pointer, "wrong-type", f"object with the facts of {type_.name}", value, hidden
            )
        self.ignored += islice(_others(value, type_, pointer), MOST_TOLD - len(self.ignored))
        return tuple(
            self._field(value.get(each.wire), each, f"{pointer}/{escaped(each.wire)}", hidden)
            for each in type_.fields
        )

    def _field(self, value: object, each: types.Field, pointer: str, hidden: bool) -> Any:
        if value is not None:
            return self.take(value, each.type, pointer, hidden=hidden or each.sensitive)
        if facts.may_be_left_out(each):
            return facts.left_out(each)
        self.faults.append(Fault(pointer, "missing", _wanted(each.type), "nothing"))
        return _NOTHING

    def _list(self, value: object, type_: types.ListOf, pointer: str, hidden: bool) -> Any:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            return self._fault(pointer, "wrong-type", _wanted(type_), value, hidden)
        if len(value) > type_.bound:
            return self._fault(pointer, "too-long", _wanted(type_), value, hidden)
        return tuple(
            self.take(each, type_.element, f"{pointer}/{place}", hidden=hidden)
            for place, each in enumerate(value)
        )

    def _number(self, value: object, type_: types.Number, pointer: str, hidden: bool) -> Any:
        wanted = _wanted(type_)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return self._fault(pointer, "wrong-type", wanted, value, hidden)
        try:
            number = facts.whole(value) if type_.integer else value
        except (ValueError, OverflowError):
            return self._fault(pointer, "wrong-type", wanted, value, hidden)
        exact = isinstance(value, float) or -GREATEST_WHOLE <= value <= GREATEST_WHOLE
        if not exact or not _contains(number_range(type_), number):
            return self._fault(pointer, "out-of-range", wanted, value, hidden)
        return number

    def _member(self, value: object, type_: types.Enum, pointer: str, hidden: bool) -> Any:
        if isinstance(value, str) and value in type_.ranks:
            return value
        expected = _wanted(type_)
        if not isinstance(value, str):
            return self._fault(pointer, "wrong-type", expected, value, hidden)
        near = nearest(value, type_.ranks)
        hint = f", perhaps {_quoted(near)}" if near and not hidden else ""
        return self._fault(pointer, "not-a-member", expected + hint, value, hidden)

    def _duration(self, value: object, type_: types.Duration, pointer: str, hidden: bool) -> Any:
        taken = parse_duration(value) if isinstance(value, str) else None
        if taken is None:
            return self._fault(pointer, "wrong-form", _wanted(type_), value, hidden)
        within = duration_range(type_)
        if not within.contains(taken):
            outside = type_.range.contains(taken)  # then an end was passed that is not stated
            expected = _wanted(types.Duration(within) if outside else type_)
            return self._fault(pointer, "out-of-range", expected, value, hidden)
        return taken

    def _tally(self, value: object, type_: types.Tally, pointer: str, hidden: bool) -> Any:
        if not isinstance(value, Mapping):
            return self._fault(pointer, "wrong-type", _wanted(type_), value, hidden)
        taken: dict[Any, Any] = {}
        for member, counts in value.items():
            place = f"{pointer}/{escaped(_word(member))}"
            if self._member(member, type_.member, place, hidden) is not _NOTHING:
                taken[member] = self._counts(counts, type_, place, hidden)
        return taken

    def _counts(self, value: object, type_: types.Tally, pointer: str, hidden: bool) -> Any:
        if not type_.daily:
            return self._number(value, _COUNT, pointer, hidden)
        if not isinstance(value, Mapping):
            return self._fault(pointer, "wrong-type", "object with a count by day", value, hidden)
        counts: dict[Any, Any] = {}
        for day, count in value.items():
            place = f"{pointer}/{escaped(_word(day))}"
            try:
                counts[facts.day_of(day)] = self._number(count, _COUNT, place, hidden)
            except (TypeError, ValueError):
                self._fault(place, "wrong-form", "day as 2026-01-31", day, hidden)
        return counts

    def _or_fault(
        self, taken: Any, pointer: str, code: str, type_: types.Type, value: object, hidden: bool
    ) -> Any:
        if taken is _NOTHING:
            return self._fault(pointer, code, _wanted(type_), value, hidden)
        return taken

    def _fault(self, pointer: str, code: str, expected: str, value: object, hidden: bool) -> Any:
        self.faults.append(Fault(pointer, code, expected, _got(value, hidden)))
        return _NOTHING


@lru_cache(4096)
def _nearest(word: str, names: tuple[str, ...]) -> str | None:
    return nearest(word, names)


def _contains(range_: types.Range, value: int | float) -> bool:
    """False for what is no number too."""
    return value == value and range_.contains(value)  # noqa: PLR0124


def _wanted(type_: types.Type) -> str:
    match type_:
        case types.Number():
            range_ = number_range(type_)
            return f"{describe(type_)} {_said(range_, type_)}"
        case types.Duration(range=range_) if range_ != types.ANY_NUMBER:
            return f"duration as 24h or 7d, {_said(range_, type_)}"
        case types.Duration():
            return "duration as 24h or 7d"
        case types.Instant():
            return "instant as 2026-01-31T12:00:00Z"
        case types.Bool():
            return "true or false"
        case types.Enum(ranks=ranks):
            shown = ", ".join(list(ranks)[:_MOST_MEMBERS])
            return f"one of {shown}" + (", …" if len(ranks) > _MOST_MEMBERS else "")
        case types.Code():
            return f"text in the form of {type_.name}"
        case types.ListOf(bound=bound):
            return f"{describe(type_)} up to {bound}"
        case types.Tally(member=member, daily=daily):
            counts = "a count for each UTC day" if daily else "a count"
            return f"object with {counts} by member of {member.name}"
        case _:
            return describe(type_)


def _said(range_: types.Range, type_: types.Type) -> str:
    low = None if range_.low is None else write_text(range_.low, type_)
    high = None if range_.high is None else write_text(range_.high, type_)
    if low is not None and high is not None and not range_.low_open:
        return f"{low} {'..<' if range_.high_open else '..'} {high}"
    said = []
    if low is not None:
        said.append(f"{'more than' if range_.low_open else 'at least'} {low}")
    if high is not None:
        said.append(f"{'less than' if range_.high_open else 'at most'} {high}")
    return " and ".join(said)


def _got(value: object, hidden: bool) -> str:
    """What was found, in few words; of what must not be shown only its kind."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false" if hidden else str(value).lower()
        case int() | float():
            return "a number" if hidden or _is_huge(value) else _shortened(repr(value))
        case str():
            return f"a text of {len(value)} characters" if hidden else _quoted(value)
        case Mapping():
            return "an object"
        case Sequence():
            return f"a list of {len(value)}"
        case _:
            return "no JSON"


def _is_huge(value: int | float) -> bool:
    return isinstance(value, int) and value.bit_length() > 256


def _quoted(text: str) -> str:
    return _shortened(json.dumps(text, ensure_ascii=not facts.is_sound(text)))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
