"""A column and the declared type to the value it has there, and to where it has none that fits.

What does not fit sets the row aside: the evaluator knows what is wrong with it, or that it is right
in a form that is rare.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ibis.expr import operations as ops
from ibis.expr import types as ir

from engine.backends.columns import moments, terms
from engine.backends.columns.terms import FALSE, TRUE, Kind, Term
from engine.backends.columns.values import kind_of
from engine.language import types
from engine.language.ranges import GREATEST_WHOLE, duration_range, number_range

_NUMBER = r"\A-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?\z"
_YES_NO = {"true": TRUE, "yes": TRUE, "false": FALSE, "no": FALSE}
_MOST_EXACT = 15
_LONG = 8  # bytes


Read = Callable[[Any], Any]
"""From an Ibis table to one of its columns, or what is made of it."""


class Facts:
    """What is read of a table, by the names that terms have for it. `plain` are columns as they
    are."""

    def __init__(self, table: ir.Table) -> None:
        self.table = table
        self.reads: dict[str, Read] = {}
        self.plain: set[str] = set()

    def column(self, place: str, read: Read, kind: Kind, *, nullable: bool = True) -> Term:
        name = f"{place} {kind}"
        self.reads.setdefault(name, read)
        if isinstance(read(self.table).op(), ops.Field):
            self.plain.add(name)
        return terms.column(name, kind, nullable)

    def absent(self, place: str, read: Read) -> Term:
        def isnull(table: Any) -> Any:
            return read(table).isnull()

        return self.column(f"{place} absent", isnull, "bool", nullable=False)


@dataclass(frozen=True)
class Leaf:
    """A fact in a column of its own; `sure` says that a row is set aside where it is absent."""

    facts: Facts
    place: str
    read: Read
    sure: bool

    @property
    def type(self) -> Any:
        return self.read(self.facts.table).type()

    def column(self, kind: Kind) -> Term:
        return self.facts.column(self.place, self.read, kind, nullable=not self.sure)

    def made(self, make: Read) -> "Leaf":
        """What is made of the column."""
        return replace(self, read=lambda table: make(self.read(table)))


def leaf(leaf: Leaf, type_: types.Type) -> tuple[Term, Term]:
    """The value, null where it is absent, and where the row must be set aside: not where this is
    unknown."""
    dtype = leaf.type
    match type_:
        case types.Bool() if dtype.is_boolean():
            return leaf.column("bool"), FALSE
        case types.Bool() if dtype.is_string():
            return _yes_or_no(leaf.column("text"))
        case types.Text() if dtype.is_string():
            return leaf.column("text"), FALSE
        case types.Number():
            return _number(leaf, type_)
        case types.Duration() if dtype.is_string():
            value, other = moments.read_duration(leaf.column("text"))
            return _within(value, other, duration_range(type_))
        case types.Instant():
            return _instant(leaf)
        case types.Enum() if dtype.is_string():
            value = leaf.column("text")
            return value, terms.negate(terms.among(value, type_.ranks))
        case types.Code() if dtype.is_string():
            return _code(leaf.column("text"), type_)
        case types.Record() | types.ListOf() | types.Tally():
            raise TypeError(type_)
        case _:
            return _none_fits(leaf, type_)


def _yes_or_no(cell: Term) -> tuple[Term, Term]:
    word = terms.lowered(cell)
    branches = [(terms.equal(word, terms.text(each)), value) for each, value in _YES_NO.items()]
    return terms.case(branches, terms.UNKNOWN), terms.negate(terms.among(word, _YES_NO))


def _number(leaf: Leaf, type_: types.Number) -> tuple[Term, Term]:
    dtype = leaf.type
    if dtype.is_integer():
        return _of_whole(leaf, type_)
    if dtype.is_string():
        cell = leaf.column("text")
        value = terms.read_float(cell)
        return _of_float(value, terms.negate(terms.matches(cell, _NUMBER)), type_)
    exact = dtype.is_decimal() and dtype.precision is not None and dtype.precision <= _MOST_EXACT
    if dtype.is_floating() or exact:
        floats = leaf if dtype.is_float64() else leaf.made(lambda raw: raw.cast("float64"))
        value = floats.column("float")
        return _of_float(value, terms.is_no_number(value), type_)
    return _none_fits(leaf, type_)


def _of_float(value: Term, other: Term, type_: types.Number) -> tuple[Term, Term]:
    if not type_.integer:
        return _within(value, other, number_range(type_))
    large = terms.less(terms.number(float(GREATEST_WHOLE)), terms.size(value))
    small = terms.case([(terms.negate(large), value)], terms.null("float"))
    odd = terms.negate(terms.equal(terms.floor(small), small))
    made = terms.case([(terms.known(small), terms.as_whole(small))], terms.null("int"))
    other = terms.any_of(other, large, odd)
    return _within(made, other, number_range(type_))


def _of_whole(leaf: Leaf, type_: types.Number) -> tuple[Term, Term]:
    """What is too large is taken away before anybody computes with it."""
    other = FALSE
    if leaf.type.nbytes == _LONG:
        exact = replace(leaf.made(_is_exact), place=f"{leaf.place} exact", sure=False)
        other = terms.negate(exact.column("bool"))
        leaf = leaf.made(lambda raw: _is_exact(raw).ifelse(raw, None))
    whole = leaf.made(lambda raw: raw.cast("int64")).column("int")
    made = whole if type_.integer else terms.as_float(whole)
    return _within(made, other, number_range(type_))


def _is_exact(raw: Any) -> Any:
    return raw.between(-GREATEST_WHOLE, GREATEST_WHOLE)


def _none_fits(leaf: Leaf, type_: types.Type) -> tuple[Term, Term]:
    """Any value that is there is none of this type, or in a form that is rare."""
    absent = leaf.facts.absent(leaf.place, leaf.read)
    return terms.null(kind_of(type_)), terms.negate(absent)


def _within(value: Term, other: Term, range_: types.Range) -> tuple[Term, Term]:
    inside = terms.all_of(at_least(value, range_), at_end(value, range_))
    return value, terms.any_of(other, terms.negate(inside))


def at_least(value: Term, range_: types.Range) -> Term:
    if range_.low is None:
        return TRUE
    low = _end(range_.low, value.kind)
    return terms.less(low, value) if range_.low_open else terms.at_most(low, value)


def at_end(value: Term, range_: types.Range) -> Term:
    if range_.high is None:
        return TRUE
    high = _end(range_.high, value.kind)
    return terms.less(value, high) if range_.high_open else terms.at_most(value, high)


def _end(end: int | float, kind: Kind) -> Term:
    return terms.whole(int(end)) if kind == "int" and end == int(end) else terms.number(end)


def _instant(leaf: Leaf) -> tuple[Term, Term]:
    dtype = leaf.type
    if dtype.is_string():
        cell = leaf.column("text")
        value, other = moments.read_instant(cell)
        return value, other
    if dtype.is_date():
        leaf = leaf.made(lambda raw: raw.cast("timestamp"))
    if dtype.is_timestamp() or dtype.is_date():
        return moment_of(leaf), FALSE
    return _none_fits(leaf, types.Instant())


_PARTS: Mapping[str, Read] = {
    "year": lambda raw: raw.year().cast("int64"),
    "month": lambda raw: raw.month().cast("int64"),
    "day": lambda raw: raw.day().cast("int64"),
    "hour": lambda raw: raw.hour().cast("int64"),
    "minute": lambda raw: raw.minute().cast("int64"),
    "second": lambda raw: raw.second().cast("int64"),
    "microsecond": lambda raw: raw.microsecond().cast("int64"),
}


def moment_of(leaf: Leaf) -> Term:
    """A time stamp by its parts; the session's time zone is UTC."""
    found = [
        replace(leaf.made(make), place=f"{leaf.place} {name}").column("int")
        for name, make in _PARTS.items()
    ]
    return moments.instant_of(*found)


def _code(value: Term, type_: types.Code) -> tuple[Term, Term]:
    """A part that is a number must lie in its range."""
    fits = [terms.matches(value, rf"\A(?:{type_.pattern})\z")]
    for place, part in enumerate(type_.named):
        if isinstance(part.type, types.Number):
            found = part_of(value, type_, place)
            inside = terms.all_of(at_least(found, part.type.range), at_end(found, part.type.range))
            fits.append(terms.known_or(inside, FALSE))
    return value, terms.all_of(terms.known(value), terms.negate(terms.all_of(*fits)))


def part_of(value: Term, type_: types.Code, place: int) -> Term:
    """A named part of a code that fits."""
    text = terms.extracted(value, rf"\A(?:{type_.pattern})\z", place + 1)
    part = type_.named[place].type
    if isinstance(part, types.Number):
        return terms.read_whole(text)
    return terms.case([(terms.missing(value), terms.null("text"))], text)
