"""Values as they stand in sentences and in JSON (RFC 8785), as text in columns."""

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, assert_never

from engine.backends.columns import moments, numbers, terms, values
from engine.backends.columns.scope import Collector, Names
from engine.backends.columns.terms import FALSE, TRUE, Term
from engine.backends.columns.values import Gap, List, Record, Value
from engine.language import types
from engine.language.values import write_number
from engine.program import nodes as program

if TYPE_CHECKING:
    from engine.backends.columns.expressions import Translator

_FORMAT = re.compile(r"0(?:\.(0+))?( ?%)?")
_ODD = r'["\\\x00-\x1f]'
_ODDER = r"[\x00-\x07\x0b\x0e-\x1f]"
_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"),
            ("\b", "\\b"), ("\f", "\\f"))  # fmt: skip
_MOST_DECIMALS = 9
_LEAST_PLAIN = 1e-4  # what is smaller is written with an exponent
_NANO = 10**9


def sentence(of: "Translator", pieces: Sequence[program.Piece], names: Names) -> Term:
    return terms.joined(*[_piece(of, each, names) for each in pieces])


def _piece(of: "Translator", piece: program.Piece, names: Names) -> Term:
    match piece:
        case program.Words(text=text):
            return terms.text(text)
        case program.Show(value=shown, format=pattern):
            value = of.value(shown, names)
            if pattern is None:
                return said(of.met, value, shown.type)
            if not isinstance(value, Term):
                raise TypeError(shown)
            return _formatted(of.met, terms.as_float(value), pattern)
        case program.ShowMatched():
            raise Gap(
                "`{matched}`", "columns find whether a text mentions a trigger, not the words"
            )
        case program.Repeat(variable=variable, items=items, pieces=pieces):
            made = [
                terms.case(
                    [(each.taken, sentence(of, pieces, names.binding(variable, each.value)))],
                    terms.text(""),
                )
                for each in of.items(items, names).places
            ]
            return terms.joined(*made)
        case program.If(condition=condition, pieces=pieces, otherwise=otherwise):
            test = of.term(condition, names)
            then = sentence(of, pieces, names)
            return terms.case([(test, then)], sentence(of, otherwise, names))
        case _:
            assert_never(piece)


def said(met: Collector, value: Value, type_: types.Type) -> Term:
    """As `values.write_text` writes it."""
    match type_, value:
        case types.Number(), Term():
            return _number(met, value)
        case types.Duration(), Term():
            return moments.write_duration(value)
        case types.Instant(), Term():
            return moments.write_instant(value)
        case types.Bool(), Term():
            return terms.case(
                [(value, terms.text("yes")), (terms.missing(value), terms.null("text"))],
                terms.text("no"),
            )
        case types.ListOf(element=element), List(places=places):
            made = [_taken(", ", each.taken, said(met, each.value, element)) for each in places]
            return terms.cut(terms.joined(*made), 2)
        case types.Text() | types.Enum() | types.Code(), Term():
            return value
        case _:
            raise Gap(types.describe(type_), "as a part of a sentence")


def _formatted(met: Collector, value: Term, pattern: str) -> Term:
    found = _FORMAT.fullmatch(pattern)
    if found is None:
        raise ValueError(pattern)
    decimals, percent = len(found[1] or ""), found[2] or ""
    if decimals > _MOST_DECIMALS:
        raise Gap(f"`{pattern}`", f"more than {_MOST_DECIMALS} decimals")
    zero = terms.number(0.0)
    is_minus = terms.equal(terms.written(value), terms.text("-0.0"))
    met.early(terms.known_or(terms.all_of(terms.equal(value, zero), is_minus), FALSE))
    if percent:
        value = terms.times(value, terms.number(100.0))
    met.early(terms.known_or(terms.negate(numbers.is_small(value, decimals)), FALSE))
    count = terms.as_whole(numbers.counted(value, decimals))
    shown = terms.written(terms.size(count))
    if decimals:
        unit = 10**decimals
        rest = terms.written(
            terms.plus(terms.remainder(terms.size(count), unit), terms.whole(unit))
        )
        whole = terms.written(terms.quotient(terms.size(count), unit))
        shown = terms.joined(whole, terms.text("."), terms.cut(rest, 1))
    below = terms.less(value, zero)  # also what is printed as -0.00
    return terms.joined(
        terms.case([(below, terms.text("-"))], terms.text("")), shown, terms.text(percent)
    )


def _number(met: Collector, value: Term) -> Term:
    """The shortest text that reads back as this number, where it has no more than nine decimals."""
    if value.fixed and not value.is_null:
        return terms.text(write_number(terms.value_of(value)))
    if value.kind == "int":
        return terms.written(value)
    met.early(terms.known_or(terms.negate(_is_plain(value)), FALSE))
    count = terms.as_whole(numbers.counted(value, _MOST_DECIMALS))
    size = terms.size(count)
    sign = terms.case([(terms.less(value, terms.number(0.0)), terms.text("-"))], terms.text(""))
    part = moments.fraction(terms.remainder(size, _NANO), _MOST_DECIMALS)
    long = terms.joined(sign, terms.written(terms.quotient(size, _NANO)), part)
    whole = _whole_of(value)
    made = terms.case([(terms.known(whole), terms.written(whole))], long)
    return terms.case([(terms.missing(value), terms.null("text"))], made)


def _whole_of(value: Term) -> Term:
    """The whole number that it is, null where it is none or large."""
    small = terms.case(
        [(terms.less(terms.size(value), terms.number(1e15)), value)], terms.number(0.5)
    )
    is_whole = terms.equal(terms.floor(small), small)
    return terms.case([(is_whole, terms.as_whole(small))], terms.null("int"))


def _is_plain(value: Term) -> Term:
    """Whether its digits are those of its billionths: at most 15 of them, so that no shorter text
    is read as the same number."""
    count = numbers.counted(value, _MOST_DECIMALS)
    same = terms.equal(terms.over(count, terms.number(float(_NANO))), value)
    size = terms.size(value)
    inside = terms.all_of(
        terms.at_most(terms.number(_LEAST_PLAIN), size), terms.less(size, terms.number(1e6))
    )
    return terms.any_of(terms.known(_whole_of(value)), terms.all_of(inside, same))


# JSON


def wire(met: Collector, value: Value, type_: types.Type, *, optional: bool = False) -> Term:
    """As JSON carries it, in the one way of writing it; `null` where it is optional and unknown."""
    made = _known_wire(met, value, type_)
    if not optional or values.known(value) is TRUE:
        return made
    return terms.case([(values.known(value), made)], terms.text("null"))


def _known_wire(met: Collector, value: Value, type_: types.Type) -> Term:
    match type_, value:
        case types.Record(fields=fields), Record(fields=given):
            parts = sorted(
                zip(fields, given, strict=True), key=lambda pair: pair[0].wire.encode("utf-16-be")
            )
            made = [terms.text("{")]
            for place, (field, each) in enumerate(parts):
                name = ("," if place else "") + _dumped(field.wire) + ":"
                made += [terms.text(name), wire(met, each, field.type, optional=field.optional)]
            return terms.joined(*made, terms.text("}"))
        case types.ListOf(element=element), List(places=places):
            made = [_taken(",", each.taken, wire(met, each.value, element)) for each in places]
            return terms.joined(terms.text("["), terms.cut(terms.joined(*made), 1), terms.text("]"))
        case types.Number(), Term():
            return _number(met, value)
        case types.Bool(), Term():
            words = [(value, terms.text("true")), (terms.negate(value), terms.text("false"))]
            return terms.case(words, terms.null("text"))
        case types.Duration(), Term():
            return _plain(moments.write_duration(value))
        case types.Instant(), Term():
            return _plain(moments.write_instant(value))
        case types.Enum(), Term():
            return _member(value, type_)
        case types.Text() | types.Code(), Term():
            return quoted(met, value)
        case types.Tally(), Term() if value.is_null:
            return terms.text("null")
        case _:
            raise Gap(types.describe(type_), "as an outcome")


def _taken(separator: str, taken: Term, made: Term) -> Term:
    return terms.case([(taken, terms.joined(terms.text(separator), made))], terms.text(""))


def _plain(made: Term) -> Term:
    return terms.joined(terms.text('"'), made, terms.text('"'))


def _member(value: Term, enum: types.Enum) -> Term:
    if value.fixed or any(_is_odd(wire) for wire in enum.ranks):
        pairs = [
            (terms.equal(value, terms.text(wire)), terms.text(json.dumps(wire, ensure_ascii=False)))
            for wire in enum.ranks
        ]
        return terms.case(pairs, terms.null("text"))
    return _plain(value)


def _is_odd(text: str) -> bool:
    return re.search(_ODD, text) is not None


def quoted(met: Collector, value: Term) -> Term:
    """A text in quotes; other control characters than JSON has letters for set the row aside."""
    return _plain(_escaped(met, value))


def _escaped(met: Collector, value: Term) -> Term:
    """Part by part, so that what is fixed is escaped here and now."""
    match value.op:
        case "fixed":
            return value if value.is_null else terms.text(_dumped(terms.value_of(value))[1:-1])
        case "joined":
            return terms.joined(*[_escaped(met, each) for each in value.args])
        case "case":
            chosen = [_escaped(met, each) for each in value.args[1:-1:2]]
            pairs = zip(value.args[:-1:2], chosen, strict=True)
            return terms.case(pairs, _escaped(met, value.args[-1]))
        case "known_or":
            return terms.known_or(*[_escaped(met, each) for each in value.args])
        case "cut" if _is_tame(value.args[0]):
            return value
        case "cut" if value.extra[1] is None and _begins(value.args[0], value.extra[0]):
            return terms.cut(_escaped(met, value.args[0]), value.extra[0])
        case "written":
            return value
        case _:
            return _escaped_there(met, value)


def _escaped_there(met: Collector, value: Term) -> Term:
    met.early(terms.matches(value, _ODDER))
    escaped = value
    for old, new in _ESCAPES:
        escaped = terms.replaced(escaped, old, new)
    return terms.case([(terms.matches(value, _ODD), escaped)], value)


def _dumped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _begins(value: Term, length: int) -> bool:
    """Whether it is nothing, or begins with so many letters that need no escape."""
    match value.op:
        case "fixed" if not value.is_null:
            text = terms.value_of(value)
            return not text or (len(text) >= length and not _is_odd(text[:length]))
        case "joined" if value.args[0].fixed:
            return _begins(value.args[0], length)
        case "joined":
            return all(_begins(each, length) for each in value.args)
        case "case":
            return all(_begins(each, length) for each in (*value.args[1:-1:2], value.args[-1]))
        case _:
            return False


def _is_tame(value: Term) -> bool:
    """Whether it is put together from fixed texts and digits that need no escape."""
    match value.op:
        case "fixed":
            return value.is_null or not _is_odd(terms.value_of(value))
        case "case":
            return all(map(_is_tame, (*value.args[1:-1:2], value.args[-1])))
        case "known_or" | "joined":
            return all(map(_is_tame, value.args))
        case "cut":
            return _is_tame(value.args[0])
        case "written":
            return True
        case _:
            return False
