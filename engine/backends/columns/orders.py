"""Values that have an order: compared, and the first of the least or the greatest."""

from collections.abc import Sequence

from engine.backends.columns import terms
from engine.backends.columns.terms import Term
from engine.language import types


def compared(symbol: str, left: Term, right: Term, type_: types.Type) -> Term:
    if isinstance(type_, types.Enum):
        left, right = rank(left, type_), rank(right, type_)
    match symbol:
        case "<":
            return terms.less(left, right)
        case "<=":
            return terms.at_most(left, right)
        case ">":
            return terms.less(right, left)
        case _:
            return terms.at_most(right, left)


def extreme(symbol: str, operands: Sequence[Term], type_: types.Type) -> Term:
    """The first of the least or the greatest; null where any is."""
    best = operands[0]
    for each in operands[1:]:
        one, other = terms.alike(best, each)
        here, there = (
            (rank(one, type_), rank(other, type_))
            if isinstance(type_, types.Enum)
            else (one, other)
        )
        better = terms.less(there, here) if symbol == "min" else terms.less(here, there)
        kept = terms.negate(better)
        best = terms.case([(better, other), (kept, one)], terms.null(one.kind))
    return best


def rank(member: Term, enum: types.Enum) -> Term:
    if member.fixed:
        return terms.fixed(None if member.is_null else enum.ranks[terms.value_of(member)], "int")
    branches = [
        (terms.equal(member, terms.text(wire)), terms.whole(place))
        for wire, place in enum.ranks.items()
    ]
    return terms.case(branches, terms.null("int"))
