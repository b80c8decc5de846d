"""What a fact looks like while it is decided upon, and the two ways between that and JSON's text.

bool             True, False
text             str
number, integer  float or int
duration         int, microseconds
instant          int, microseconds since 1970-01-01T00:00:00Z
enum             str, its wire name
code             str, the whole text
record           tuple, in the order of its fields
list             tuple
tally            dict of member to count, or of member to a dict of day to count
absent, unknown  None
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from engine.language import types
from engine.language.types import DURATION_UNITS, Type

DAY = DURATION_UNITS["d"]
NUMBER_LIMIT = 1e15
"""How far from zero a number may be, as a fact, where no end of its range is stated."""
DURATION_LIMIT = 4_000_000 * DAY
"""The same of a duration: more than lies between any two instants."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_INSTANT = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
LAST_INSTANT = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)([Zz]|[+-]\d{2}:\d{2}))?"
)
_DURATION = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,15}))?(min|s|h|d)", re.ASCII)


def settle(number: int | float) -> int | float:
    """A computed number as it is compared and kept: rounded to 9 decimals, and never minus zero."""
    return round(number, 9) + 0.0 if number.__class__ is float else number


def parse_instant(text: str) -> int | None:
    """RFC 3339, or a date alone for its first instant in UTC; None where it is neither."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    day, clock, zone = match.groups()
    written = f"{day}T{clock or '00:00'}{zone or 'Z'}".upper().replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(written)
        return (moment - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None


def write_instant(value: int) -> str:
    """RFC 3339 in UTC; what lies before year 1 or after year 9999 is held at that end."""
    seconds, micros = divmod(min(max(value, FIRST_INSTANT), LAST_INSTANT), 1_000_000)
    fraction = f".{micros:06d}".rstrip("0") if micros else ""
    return f"{_write_second(seconds)}{fraction}Z"


@lru_cache(maxsize=4096)
def _write_second(seconds: int) -> str:
    """Kept, for many cases are decided in one second."""
    return (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()


def parse_duration(text: str) -> int | None:
    """`24h`, `7d`, `1.5h`; None where it is none or no whole number of microseconds."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    sign, whole, fraction, unit = match.groups()
    digits = fraction or ""
    scaled = int(whole + digits) * DURATION_UNITS[unit]
    value, rest = divmod(scaled, int(10 ** len(digits)))
    if rest:
        return None
    return -value if sign else value


def write_duration(value: int) -> str:
    """In the greatest unit that gives a whole number, days from two on: `24h`, `7d`, `90min`."""
    if value == 0:
        return "0s"
    for unit in ("d", "h", "min", "s"):
        count, rest = divmod(value, DURATION_UNITS[unit])
        if rest == 0 and not (unit == "d" and abs(count) < 2):
            return f"{count}{unit}"
    sign, size = ("-" if value < 0 else ""), abs(value)
    whole, micros = divmod(size, DURATION_UNITS["s"])
    return f"{sign}{whole}.{micros:06d}".rstrip("0") + "s"


def write_number(value: int | float) -> str:
    """The shortest text that reads back as this number, without a needless `.0`."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    return repr(value)


_FORMAT = re.compile(r"0(?:\.(0+))?( ?%)?")


def is_format(text: str) -> bool:
    return _FORMAT.fullmatch(text) is not None


def format_number(value: int | float, pattern: str) -> str:
    """`0.00` prints two decimals, `0.0%` a hundredfold with one; rounded as C does."""
    match = _FORMAT.fullmatch(pattern)
    if match is None:
        raise ValueError(pattern)
    decimals, percent = match.groups()
    scaled = value * 100 if percent else value
    return f"{scaled:.{len(decimals or '')}f}{percent or ''}"


def write_text(value: object, type_: Type) -> str:
    """A known value as it stands in a sentence."""
    match type_, value:
        case types.Number(), int() | float():
            return write_number(value)
        case types.Duration(), int():
            return write_duration(value)
        case types.Instant(), int():
            return write_instant(value)
        case types.Bool(), bool():
            return "yes" if value else "no"
        case types.ListOf(element=element), tuple():
            return ", ".join(write_text(each, element) for each in value)
        case _:
            return str(value)


def to_wire(value: object, type_: Type) -> object:
    """A value as JSON carries it: records as objects by wire name, absent fields as null."""
    match type_, value:
        case _, None:
            return None
        case types.Instant(), int():
            return write_instant(value)
        case types.Duration(), int():
            return write_duration(value)
        case types.ListOf(element=element), tuple():
            return [to_wire(each, element) for each in value]
        case types.Record(fields=fields), tuple():
            return {
                field.wire: to_wire(each, field.type)
                for field, each in zip(fields, value, strict=True)
            }
        case types.Tally(daily=True), dict():
            return {member: _days_to_wire(counts) for member, counts in value.items()}
        case _:
            return value


def from_wire(wire: Any, type_: Type) -> Any:
    """The value that `to_wire` made this of."""
    match type_:
        case _ if wire is None:
            return None
        case types.Instant():
            return parse_instant(wire)
        case types.Duration():
            return parse_duration(wire)
        case types.ListOf(element=element):
            return tuple(from_wire(each, element) for each in wire)
        case types.Record(fields=fields):
            return tuple(from_wire(wire[each.wire], each.type) for each in fields)
        case types.Tally(daily=True):
            return {
                member: {parse_instant(day): count for day, count in counts.items()}
                for member, counts in wire.items()
            }
        case _:
            return wire


def _days_to_wire(counts: Mapping[int, int]) -> dict[str, int]:
    return {write_instant(day).partition("T")[0]: count for day, count in counts.items()}
