"""Instants and durations in whole microseconds: read from text, written, cut to days and months.

The calendar is arithmetic on whole numbers here, alike on every engine and in every time zone.
"""

from engine.backends.columns import terms
from engine.backends.columns.terms import Term
from engine.language.types import DURATION_UNITS
from engine.language.values import DAY, FIRST_INSTANT, LAST_INSTANT

_SECOND = DURATION_UNITS["s"]
_STAMP = (
    r"\A([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,6})?Z)?\z"
)
_SPAN = r"\A(-?[0-9]{1,9})(min|s|h|d)\z"


def read_instant(text: Term) -> tuple[Term, Term]:
    """Of text in UTC, or a date; and where it is neither, though it may be an instant in another
    form."""
    year, month, day, hour, minute, second = (
        terms.known_or(terms.read_whole(terms.extracted(text, _STAMP, group)), terms.whole(0))
        for group in (1, 2, 3, 5, 6, 7)
    )
    fraction = terms.joined(terms.extracted(text, _STAMP, 8), terms.text("000000"))
    micros = terms.known_or(terms.read_whole(terms.cut(fraction, 1, 6)), terms.whole(0))
    other = terms.any_of(
        terms.negate(terms.matches(text, _STAMP)),
        _out_of_calendar(year, month, day),
        terms.less(terms.whole(23), hour),
        terms.less(terms.whole(59), minute),
        terms.less(terms.whole(59), second),
    )
    made = instant_of(year, month, day, hour, minute, second, micros)
    is_there = terms.known(text)
    return terms.case([(is_there, made)], terms.null("int")), terms.all_of(is_there, other)


def instant_of(
    year: Term, month: Term, day: Term, hour: Term, minute: Term, second: Term, micros: Term
) -> Term:
    clock = _sum(_scaled(hour, 3600), _scaled(minute, 60), second)
    seconds = terms.plus(_scaled(_days(year, month, day), 86400), clock)
    return terms.plus(_scaled(seconds, _SECOND), micros)


def read_duration(text: Term) -> tuple[Term, Term]:
    """Of whole units; and where it is in another form."""
    count = terms.read_whole(terms.extracted(text, _SPAN, 1))
    unit = terms.extracted(text, _SPAN, 2)
    sizes = [(terms.equal(unit, terms.text(name)), terms.whole(size)) for name, size in
             DURATION_UNITS.items()]  # fmt: skip
    made = terms.times(terms.known_or(count, terms.whole(0)), terms.case(sizes, terms.whole(0)))
    return (
        terms.case([(terms.missing(text), terms.null("int"))], made),
        terms.negate(terms.matches(text, _SPAN)),
    )


def day(instant: Term) -> Term:
    return terms.minus(instant, terms.remainder(instant, DAY))


def month(instant: Term) -> Term:
    days, _ = _day_and_clock(_held(day(instant)))
    year, of_year, _ = _civil(days)
    return terms.times(_days(year, of_year, terms.whole(1)), terms.whole(DAY))


def write_instant(instant: Term) -> Term:
    days, clock = _day_and_clock(_held(instant))
    year, of_year, of_month = _civil(days)
    seconds, micros = terms.quotient(clock, _SECOND), terms.remainder(clock, _SECOND)
    date = [_digits(year, 4), terms.text("-"), _digits(of_year, 2), terms.text("-"),
            _digits(of_month, 2), terms.text("T")]  # fmt: skip
    minutes = terms.quotient(seconds, 60)
    time = [_digits(terms.quotient(minutes, 60), 2), terms.text(":"),
            _digits(terms.remainder(minutes, 60), 2), terms.text(":"),
            _digits(terms.remainder(seconds, 60), 2)]  # fmt: skip
    return terms.joined(*date, *time, fraction(micros, 6), terms.text("Z"))


def write_duration(duration: Term) -> Term:
    branches = [(terms.equal(duration, terms.whole(0)), terms.text("0s"))]
    for unit in ("d", "h", "min", "s"):
        length = DURATION_UNITS[unit]
        fits = terms.equal(terms.remainder(duration, length), terms.whole(0))
        if unit == "d":
            fits = terms.all_of(fits, terms.at_most(terms.whole(2 * length), terms.size(duration)))
        count = terms.quotient(duration, length)
        branches.append((fits, terms.joined(terms.written(count), terms.text(unit))))
    size = terms.size(duration)
    sign = terms.case([(terms.less(duration, terms.whole(0)), terms.text("-"))], terms.text(""))
    rest = terms.remainder(size, _SECOND)
    whole = terms.written(terms.quotient(size, _SECOND))
    odd = terms.joined(sign, whole, fraction(rest, 6), terms.text("s"))
    return terms.case([(terms.missing(duration), terms.null("text")), *branches], odd)


def fraction(part: Term, digits: int) -> Term:
    """`.25` of 250000 millionths; nothing of none."""
    branches = [(terms.equal(part, terms.whole(0)), terms.text(""))]
    for shown in range(1, digits):
        unit = 10 ** (digits - shown)
        fits = terms.equal(terms.remainder(part, unit), terms.whole(0))
        short = _digits(terms.quotient(part, unit), shown)
        branches.append((fits, terms.joined(terms.text("."), short)))
    return terms.case(branches, terms.joined(terms.text("."), _digits(part, digits)))


def _digits(count: Term, width: int) -> Term:
    """With zeros before."""
    return terms.cut(terms.written(terms.plus(count, terms.whole(10**width))), 1)


def _held(instant: Term) -> Term:
    first, last = terms.whole(FIRST_INSTANT), terms.whole(LAST_INSTANT)
    return terms.case(
        [(terms.less(instant, first), first), (terms.less(last, instant), last)], instant
    )


def _day_and_clock(instant: Term) -> tuple[Term, Term]:
    return terms.quotient(instant, DAY), terms.remainder(instant, DAY)


def _scaled(count: Term, by: int) -> Term:
    return terms.times(count, terms.whole(by))


def _sum(*counts: Term) -> Term:
    total = counts[0]
    for each in counts[1:]:
        total = terms.plus(total, each)
    return total


def _days(year: Term, month: Term, day: Term) -> Term:
    """Days since 1970 (the way of Hinnant's `days_from_civil`); years from 1 on."""
    one = terms.whole(1)
    early = terms.at_most(month, terms.whole(2))
    shifted = terms.case([(early, terms.minus(year, one))], year)
    era = terms.quotient(shifted, 400)
    of_era = terms.remainder(shifted, 400)
    since_march = terms.remainder(terms.plus(month, terms.whole(9)), 12)
    of_year = terms.quotient(terms.plus(_scaled(since_march, 153), terms.whole(2)), 5)
    leaps = terms.minus(terms.quotient(of_era, 4), terms.quotient(of_era, 100))
    days = _sum(_scaled(of_era, 365), leaps, of_year, terms.minus(day, one))
    return terms.minus(terms.plus(_scaled(era, 146_097), days), terms.whole(719_468))


def _civil(days: Term) -> tuple[Term, Term, Term]:
    """Year, month and day of the month."""
    shifted = terms.plus(days, terms.whole(719_468))
    era, of_era = terms.quotient(shifted, 146_097), terms.remainder(shifted, 146_097)
    leaps = terms.minus(terms.quotient(of_era, 36_524), terms.quotient(of_era, 1_460))
    years = terms.quotient(
        terms.minus(terms.plus(of_era, leaps), terms.quotient(of_era, 146_096)), 365
    )
    passed = _sum(_scaled(years, 365), terms.quotient(years, 4))
    of_year = terms.minus(terms.plus(of_era, terms.quotient(years, 100)), passed)
    since_march = terms.quotient(terms.plus(_scaled(of_year, 5), terms.whole(2)), 153)
    before = terms.quotient(terms.plus(_scaled(since_march, 153), terms.whole(2)), 5)
    month = terms.case(
        [(terms.less(since_march, terms.whole(10)), terms.plus(since_march, terms.whole(3)))],
        terms.minus(since_march, terms.whole(9)),
    )
    year = terms.plus(years, _scaled(era, 400))
    early = terms.at_most(month, terms.whole(2))
    return (
        terms.case([(early, terms.plus(year, terms.whole(1)))], year),
        month,
        terms.plus(terms.minus(of_year, before), terms.whole(1)),
    )


def _out_of_calendar(year: Term, month: Term, day: Term) -> Term:
    four, hundred, many = (
        terms.equal(terms.remainder(year, each), terms.whole(0)) for each in (4, 100, 400)
    )
    leap = terms.any_of(terms.all_of(four, terms.negate(hundred)), many)
    february = terms.case([(leap, terms.whole(29))], terms.whole(28))
    longest = terms.case(
        [
            (terms.equal(month, terms.whole(2)), february),
            (terms.among(month, (4, 6, 9, 11)), terms.whole(30)),
        ],
        terms.whole(31),
    )
    return terms.any_of(
        terms.less(year, terms.whole(1)),
        terms.less(month, terms.whole(1)),
        terms.less(terms.whole(12), month),
        terms.less(day, terms.whole(1)),
        terms.less(longest, day),
    )
