"""What stands for a fact of two versions, as each of the two sees it."""

from typing import Any

import z3

from engine.backends.proof.bits import Bit
from engine.backends.proof.encode import Encoder
from engine.backends.proof.symbols import Counter, Num, Rec, Seq, Sym, choose, number
from engine.language import types
from engine.program.merged import NEVER, alike


def seen(encoder: Encoder, value: Sym, both: types.Type, side: types.Type) -> Sym:
    """What stands for a value of both, as it stands for one of a side. The very same where nothing
    of the type differs, so that what asks it alike is alike."""
    if alike(both, side) or value.known is False:
        return value
    match both, side:
        case types.Enum(), types.Enum():
            return Sym(_place(value.value, both, side), value.known)
        case types.Record(), types.Record():
            return Sym(_record(encoder, value.value, both, side), value.known)
        case types.ListOf(), types.ListOf():
            return Sym(_list(encoder, value.value, both, side), value.known)
        case types.Tally(), types.Tally():
            return Sym(_tally(value.value, both, side), value.known)
        case _:
            return value


def _place(place: Any, both: types.Enum, side: types.Enum) -> Any:
    ranks = [side.ranks[each.wire] for each in both.members]
    if ranks == list(range(len(ranks))):
        return place
    if isinstance(place, int):
        return ranks[place]
    found: Any = z3.IntVal(ranks[0])
    for at, rank in enumerate(ranks[1:], start=1):
        found = z3.If(place == at, rank, found)
    return found


def _record(encoder: Encoder, value: Rec, both: types.Record, side: types.Record) -> Rec:
    places = {each.wire: place for place, each in enumerate(both.fields)}

    def make(place: int) -> Sym:
        wanted = side.fields[place]
        there = both.fields[places[wanted.wire]]
        if there.type is NEVER:
            return _left_out(encoder, wanted)
        found = seen(encoder, value.field(places[wanted.wire]), there.type, wanted.type)
        if there.optional and wanted.has_default:
            instead = encoder.constant(wanted.default, wanted.type)
            return choose(found.known, Sym(found.value), instead, wanted.type)
        return found

    return Rec(make)


def _left_out(encoder: Encoder, of: types.Field) -> Sym:
    return encoder.constant(of.default if of.has_default else None, of.type)


def _list(encoder: Encoder, value: Seq, both: types.ListOf, side: types.ListOf) -> Seq:
    def one(element: Sym) -> Sym:
        return seen(encoder, element, both.element, side.element)

    generic = value.generic

    def any_one() -> tuple[Bit, Sym]:
        holds, element = generic()  # type: ignore[misc]
        return holds, one(element)

    return Seq(
        tuple((there, one(each)) for there, each in value.items),
        value.rest,
        value.roots,
        None if generic is None else any_one,
    )


def _tally(value: Counter, both: types.Tally, side: types.Tally) -> Counter:
    ranks = {side.member.ranks[each.wire]: at for at, each in enumerate(both.member.members)}

    def total(member: int) -> Num:
        return value.total(ranks[member]) if member in ranks else number(0)

    def since(member: int, at: Any) -> Num:
        return value.since(ranks[member], at) if member in ranks else number(0)

    return Counter(total, since)
