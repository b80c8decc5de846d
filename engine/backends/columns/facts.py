"""A decision's parameters and a table's columns to what each fact is there, and where a row must be
set aside before anything is asked of it.

A fact is found by its path: `order.linked` is a column of that name, or a field of the column
`order`; `intents.0.name` likewise leads into a list, and a column of lists is told element by
element, up to a number of them; longer ones set their row aside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

import ibis
from ibis.expr import types as ir

from engine.backends.columns import terms, values
from engine.backends.columns.leaves import Facts, Leaf, Read, leaf
from engine.backends.columns.terms import FALSE, TRUE, Term
from engine.backends.columns.values import List, Place, Record, Value
from engine.language import types
from engine.program import nodes as program
from engine.program.cases import as_field, is_whole_case

MOST_ELEMENTS = 8
"""Of a list that columns read; what has more is rare, or else decided sooner by the evaluator."""


@dataclass
class Found:
    """What stands at a path: a column or a part of one, and what lies below it in other columns."""

    value: Read | None = None
    below: dict[str, "Found"] = field(default_factory=dict)


@dataclass
class Taken:
    """The arguments; `aside` is where any of them does not fit, or is told in a form that is not
    read here."""

    arguments: dict[str, Value]
    aside: list[Term]
    facts: Facts


def take(
    parameters: Sequence[program.Parameter], table: ir.Table, elements: int = MOST_ELEMENTS
) -> Taken:
    taker = _Taker(table, elements)
    root = Found()
    for name in table.columns:
        at = root
        for step in name.strip().split("."):
            at = at.below.setdefault(step, Found())
        at.value = itemgetter(name)
    arguments: dict[str, Value] = {}
    if is_whole_case(parameters):
        (only,) = parameters
        if not isinstance(only.type, types.Record):
            raise TypeError(only.type)
        arguments[only.name] = taker.fields(only.type, root, only.name, TRUE, sure=True)
    else:
        for each in parameters:
            found = root.below.get(each.name, Found())
            arguments[each.name] = taker.field(as_field(each), found, each.name, TRUE, sure=True)
    return Taken(arguments, taker.aside, taker.facts)


class _Taker:
    def __init__(self, table: ir.Table, elements: int) -> None:
        self.facts = Facts(table)
        self.aside: list[Term] = []
        self._elements = elements

    def fields(
        self, record: types.Record, found: Found, place: str, present: Term, *, sure: bool
    ) -> Record:
        """The record's fields; `sure` says that nobody asks for them where it is not there."""
        made = []
        for each in record.fields:
            inner = self._part(found, each.wire, place)
            made.append(self.field(each, inner, f"{place}.{each.wire}", present, sure=sure))
        return Record(TRUE if sure else present, tuple(made))

    def field(
        self, each: types.Field, found: Found, place: str, present: Term, *, sure: bool
    ) -> Value:
        """What stands below an absent record is null by itself."""
        if isinstance(each.type, types.Record) and each.required and may_be_left_out(each):
            return self.fields(each.type, found, place, present, sure=sure)
        needed = sure and each.required
        value, is_there = self._value(each.type, found, place, present, sure=needed)
        if each.required:
            self._refuse(terms.all_of(present, terms.negate(is_there)))
            return _surely(value) if needed else value
        if not each.has_default:
            return value
        default = values.fixed(each.default, each.type)
        if isinstance(value, Term) and isinstance(default, Term):
            made: Value = terms.known_or(value, default)
        else:
            made = values.chosen([(is_there, value)], default)
        return made if sure else values.where(present, made)

    def _value(
        self, type_: types.Type, found: Found, place: str, present: Term, *, sure: bool
    ) -> tuple[Value, Term]:
        """The value, and whether there is one, never null."""
        match type_:
            case types.Record():
                return self._record(type_, found, place, present)
            case types.ListOf():
                return self._list(type_, found, place, present)
            case types.Tally():
                self._refuse(self._anything(found, place))
                return terms.null("text"), FALSE
            case _:
                if found.below:
                    self._refuse(self._anything(Found(None, found.below), place))
                if found.value is None:
                    return terms.null(values.kind_of(type_)), FALSE
                here = Leaf(self.facts, place, found.value, sure)
                value, other = leaf(here, type_)
                self._refuse(terms.all_of(present, other))
                return value, terms.negate(self.facts.absent(place, found.value))

    def _record(
        self, type_: types.Record, found: Found, place: str, present: Term
    ) -> tuple[Record, Term]:
        """Where a field is needed, it is only where the record is there."""
        if found.value is not None and not self._type(found.value).is_struct():
            self._refuse(self._anything(Found(found.value), place))
            found = Found(None, found.below)
        is_there = self._anything(found, place)
        inside = terms.all_of(present, is_there)
        return self.fields(type_, found, place, inside, sure=False), is_there

    def _list(
        self, type_: types.ListOf, found: Found, place: str, present: Term
    ) -> tuple[List, Term]:
        if found.value is not None and self._type(found.value).is_array():
            if found.below:
                self._refuse(self._anything(Found(None, found.below), place))
            return self._array(type_, found.value, place, present)
        return self._by_place(type_, found, place, present)

    def _array(
        self, type_: types.ListOf, value: Read, place: str, present: Term
    ) -> tuple[List, Term]:
        is_there = terms.negate(self.facts.absent(place, value))
        count = self.facts.column(f"{place} length", _length(value), "int")
        most = min(type_.bound, self._elements)
        self._refuse(terms.less(terms.whole(most), count))
        places: list[Place] = []
        faults: list[Term] = []
        for number in range(most):
            taken = terms.known_or(terms.less(terms.whole(number), count), FALSE)
            before, self.aside = self.aside, []
            inner = Found(_element(value, number))
            places.append(self._element(type_.element, inner, f"{place}.{number}", taken))
            faults.append(terms.any_of(*self.aside))
            self.aside = before
        inside = FALSE
        for each, fault in zip(reversed(places), reversed(faults), strict=True):
            inside = terms.all_of(each.taken, terms.any_of(fault, inside))
        self._refuse(terms.all_of(present, inside))
        return List(is_there, tuple(places), terms.known_or(count, terms.whole(0))), is_there

    def _by_place(
        self, type_: types.ListOf, found: Found, place: str, present: Term
    ) -> tuple[List, Term]:
        """By columns that count from 0; an empty list is written `[]` in the list's own column."""
        empty = FALSE
        if found.value is not None:
            empty = self._empty(found.value, place)
        numbers = sorted(int(each) for each in found.below if each.isdecimal())
        named = {name: each for name, each in found.below.items() if not name.isdecimal()}
        if named:
            self._refuse(self._anything(Found(None, named), place))
        places: list[Place] = []
        later = FALSE
        for number in reversed(range(numbers[-1] + 1 if numbers else 0)):
            inner = found.below.get(str(number), Found())
            here = self._anything(inner, f"{place}.{number}")
            self._refuse(terms.all_of(later, terms.negate(here)))
            later = terms.any_of(later, here)
            if number >= type_.bound:
                self._refuse(here)
                continue
            places.insert(0, self._element(type_.element, inner, f"{place}.{number}", here))
        self._refuse(terms.all_of(empty, later))
        is_there = terms.any_of(empty, later)
        return List(is_there, tuple(places)), is_there

    def _empty(self, value: Read, place: str) -> Term:
        if not self._type(value).is_string():
            self._refuse(self._anything(Found(value), place))
            return FALSE
        cell = self.facts.column(place, value, "text")
        self._refuse(terms.known_or(terms.negate(terms.equal(cell, terms.text("[]"))), FALSE))
        return terms.known(cell)

    def _element(self, type_: types.Type, found: Found, place: str, taken: Term) -> Place:
        """Nobody asks for it where it is not taken, so it counts as known."""
        if isinstance(type_, types.Record):
            self._refuse(terms.all_of(taken, terms.negate(self._anything(found, place))))
            return Place(taken, self.fields(type_, found, place, taken, sure=True))
        value, is_there = self._value(type_, found, place, taken, sure=True)
        self._refuse(terms.all_of(taken, terms.negate(is_there)))
        return Place(taken, _surely(value))

    def _anything(self, found: Found, place: str) -> Term:
        """Whether anything stands there."""
        here = FALSE
        if found.value is not None:
            here = terms.negate(self.facts.absent(place, found.value))
        inside = (self._anything(each, f"{place}.{name}") for name, each in found.below.items())
        return terms.any_of(here, *inside)

    def _part(self, found: Found, wire: str, place: str) -> Found:
        """A field of a record, by the columns' names or in the column itself."""
        inner = found.below.get(wire)
        value = found.value
        if value is None or not self._type(value).is_struct():
            return inner or Found()
        if found.below:
            self._refuse(self._anything(Found(None, found.below), place))
        return Found(_field(value, wire)) if wire in self._type(value).names else Found()

    def _type(self, value: Read) -> Any:
        return value(self.facts.table).type()

    def _refuse(self, condition: Term) -> None:
        if condition is not FALSE:
            self.aside.append(condition)


def _field(value: Read, wire: str) -> Read:
    return lambda table: value(table)[wire]


def _element(value: Read, number: int) -> Read:
    def read(table: Any) -> Any:
        """Some engines stop at a place that a list does not have."""
        items = value(table)
        nothing = ibis.null(items.type().value_type)
        return ibis.cases((items.length() > number, items[number]), else_=nothing)

    return read


def _length(value: Read) -> Read:
    return lambda table: value(table).length().cast("int64")


def _surely(value: Value) -> Value:
    """What is missing here sets its row aside, so it counts as known."""
    match value:
        case Record(fields=fields):
            return Record(TRUE, fields)
        case List():
            return replace(value, known=TRUE)
        case _:
            return value


def may_be_left_out(each: types.Field) -> bool:
    if each.required and isinstance(each.type, types.Record):
        return all(map(may_be_left_out, each.type.fields))
    return not each.required
