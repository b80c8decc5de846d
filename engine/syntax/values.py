"""The spelling of a number, duration or instant to its value, or a complaint."""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from engine.diagnostics import syntax as said
from engine.syntax import nodes as syntax
from engine.syntax.tokens import Token

_MICROSECONDS = {"s": 10**6, "min": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}
_GREATEST_INTEGER = 2**53  # beyond it JSON and 64-bit floats no longer tell neighbours apart
_LONGEST = 10**18  # microseconds, some thirty thousand years
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def number(here: Token, written: str) -> syntax.Number:
    if "." in written:
        value: int | float = float(written)
        is_known = value <= 1e300
    else:
        value = int(written) if len(written) < 20 else 10**20
        is_known = value <= _GREATEST_INTEGER
    if not is_known:
        here.file.complain(said.NumberTooLarge(span=here.span))
    return syntax.Number(value, written, span=here.span)


def count(here: Token, written: str) -> int:
    value = number(here, written).value
    assert isinstance(value, int)
    return value


def duration(here: Token, written: str) -> syntax.Duration:
    match = re.fullmatch(r"([0-9.]+)([a-z]+)", written)
    assert match
    amount, unit = match.groups()
    exact = Fraction(amount) * _MICROSECONDS[unit] if len(amount) < 30 else Fraction(10**20)
    if exact > _LONGEST:
        here.file.complain(said.NumberTooLarge(span=here.span))
    elif exact.denominator != 1:
        here.file.complain(said.DurationTooFine(span=here.span, written=written))
    return syntax.Duration(int(exact), written, span=here.span)


def instant(here: Token, written: str) -> syntax.Instant:
    microseconds = 0
    fraction = re.search(r"\.([0-9]+)", written)
    try:
        moment = datetime.fromisoformat(_cut_to_microseconds(written))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        microseconds = (moment - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        here.file.complain(said.NoSuchInstant(span=here.span, written=written))
    else:
        if fraction and fraction[1][6:].strip("0"):
            here.file.complain(said.InstantTooFine(span=here.span, written=written))
    return syntax.Instant(microseconds, written, span=here.span)


def _cut_to_microseconds(written: str) -> str:
    return re.sub(r"\.([0-9]{1,6})[0-9]*", lambda match: f".{match[1]:0<6}", written)
