"""Random cases of a program: what each type's facts look like as JSON, and what they should not."""

from typing import Any

from hypothesis import strategies as st

from engine.language.types import (
    Bool,
    Code,
    Duration,
    Enum,
    Field,
    Instant,
    ListOf,
    Number,
    Range,
    Record,
    Tally,
    Text,
    Type,
)
from engine.program import nodes as program

WRONG: tuple[Any, ...] = (
    None,
    True,
    3.5,
    -1,
    10**400,
    "?",
    "",
    [],
    {},
    [None],
    {"": 1},
    [[1]],
    "nan",
    "\ud800",
)
TEXTS = (
    "",
    "a",
    "refund",
    "stolen my card",
    "No, they HARASSED me",
    "größe 日本",
    "İ😀",
    "saying no",
)
NUMBERS = (-1.5, 0, 0.1, 0.25, 0.3, 0.5, 0.7, 0.7000000001, 0.85, 1, 1.5, 1e14)
INTEGERS = (-3, 0, 1, 2, 3, 10, 11, 10**14)
DURATIONS = ("0s", "59min", "1h", "90min", "24h", "1d", "2d", "30d", "-1h", "0.5s")
INSTANTS = (
    "1969-12-31T23:00:00Z",
    "2025-12-31T23:59:59.999999Z",
    "2026-01-01",
    "2026-01-01T01:00:00+01:00",
    "2026-01-15T14:32:00Z",
    "2026-04-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
)
DAYS = ("2025-12-31", "2026-01-01", "2026-01-15")


@st.composite
def cases(draw: st.DrawFn, of: program.Program, decision: str = "drawn") -> dict[str, Any]:
    (parameter,) = of.decisions[decision].parameters
    assert isinstance(parameter.type, Record)
    faulty = draw(st.integers(0, 5)) == 5
    found: dict[str, Any] = draw(records(parameter.type, faulty))
    if draw(st.integers(0, 5)) == 5:
        found["undeclared"] = draw(st.sampled_from(WRONG))
    return found


def facts(type_: Type, faulty: bool = False) -> st.SearchStrategy[Any]:
    """Values of a type; where `faulty`, now and then one that is none."""
    good = _facts(type_, faulty)
    return st.one_of(good, good, good, good, st.sampled_from(WRONG)) if faulty else good


def _facts(type_: Type, faulty: bool) -> st.SearchStrategy[Any]:
    match type_:
        case Bool():
            return st.booleans()
        case Text():
            return st.sampled_from(TEXTS)
        case Number(integer=True, range=within):
            return st.sampled_from([each for each in INTEGERS if within.contains(each)])
        case Number(range=within):
            return st.sampled_from([each for each in NUMBERS if within.contains(each)])
        case Duration(range=Range(low=low)):
            return st.sampled_from([each for each in DURATIONS if low is None or each[0] != "-"])
        case Instant():
            return st.sampled_from(INSTANTS)
        case Enum(members=members):
            return st.sampled_from([member.wire for member in members])
        case Code():
            return codes(type_)
        case ListOf(element=element, bound=bound):
            most = bound + 1 if faulty else bound
            return st.lists(facts(element, faulty), max_size=min(most, 4))
        case Tally():
            return tallies(type_)
        case Record():
            return records(type_, faulty)


def codes(code: Code) -> st.SearchStrategy[str]:
    channel = code.parts[0].type
    assert isinstance(channel, Enum)
    wires = st.sampled_from([member.wire for member in channel.members])
    return st.builds(
        "{}-{}-{}".format, wires, st.integers(1, 3), st.sampled_from(["0", "7", "012"])
    )


def tallies(tally: Tally) -> st.SearchStrategy[Any]:
    counts = st.integers(0, 5)
    value = st.dictionaries(st.sampled_from(DAYS), counts, max_size=3) if tally.daily else counts
    members = st.sampled_from([member.wire for member in tally.member.members])
    return st.dictionaries(members, value, max_size=3)


def records(record: Record, faulty: bool) -> st.SearchStrategy[dict[str, Any]]:
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for field in record.fields:
        value = facts(field.type, faulty)
        if _needed(field) and not faulty:
            required[field.wire] = value
        else:
            optional[field.wire] = st.none() | value if not field.required else value
    return st.fixed_dictionaries(required, optional=optional)


def _needed(field: Field) -> bool:
    if isinstance(field.type, Record) and not any(map(_needed, field.type.fields)):
        return False
    return field.required
