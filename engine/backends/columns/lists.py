"""What is asked of lists, place by place."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.backends.columns import numbers, terms, values
from engine.backends.columns.orders import rank
from engine.backends.columns.scope import Names
from engine.backends.columns.terms import FALSE, TRUE, UNKNOWN, Term
from engine.backends.columns.values import Gap, List, Place, Value
from engine.language import types
from engine.program import nodes as program

if TYPE_CHECKING:
    from engine.backends.columns.expressions import Translator

_MOST_COMPARED = 40
_SURELY_SUMMED = 2


def quantified(of: "Translator", node: program.Quantified, names: Names) -> Term:
    items = of.items(node.items, names)
    asked = [
        (each, of.term(node.condition, names.binding(node.variable, each.value)))
        for each in items.places
    ]
    if node.quantity == "any":
        found = terms.any_of(*[terms.all_of(each.taken, holds) for each, holds in asked])
    else:
        found = terms.all_of(
            *[terms.any_of(terms.negate(each.taken), holds) for each, holds in asked]
        )
    return _where_known(items.known, found)


def gather(of: "Translator", node: program.Gather, names: Names) -> List:
    items = of.items(node.items, names)
    places: list[Place] = []
    doubts: list[Term] = []
    for each in items.places:
        inner = names.binding(node.variable, each.value)
        kept = each.taken
        if node.condition is not None:
            condition = of.term(node.condition, inner)
            doubts.append(terms.all_of(each.taken, terms.missing(condition)))
            kept = terms.all_of(each.taken, terms.holds(condition))
        value = of.value(node.value, inner)
        doubts.append(terms.all_of(kept, terms.negate(values.known(value))))
        places.append(Place(kept, value))
    is_known = terms.all_of(items.known, terms.negate(terms.any_of(*doubts)))
    return List(is_known, values.bounded(places))


def aggregate(of: "Translator", node: program.Aggregate, names: Names) -> Term:
    if node.name == "count":
        is_known, low, high = _interval(of, node, names)
        sure = terms.all_of(is_known, terms.equal(low, high))
        return terms.case([(sure, low)], terms.null("int"))
    found = gather(of, node.gather, names)
    made = _of_values(of, node, found)
    return terms.case([(found.known, made)], terms.null(made.kind))


def _of_values(of: "Translator", node: program.Aggregate, found: List) -> Term:
    kind = values.kind_of(node.type)
    given = [(each.taken, _scalar(each.value)) for each in found.places]
    match node.name:
        case "sum":
            return total(of, given, kind, node.bounds)
        case "mean":
            return _mean(of, given, node)
        case _:
            return _extreme(node, given, kind)


def total(
    of: "Translator",
    given: Sequence[tuple[Term, Term]],
    kind: terms.Kind,
    bounds: types.Range = types.ANY_NUMBER,
) -> Term:
    """The sum of what is taken."""
    zero = terms.fixed(0, kind)
    operands = [
        terms.case([(taken, terms.as_float(each) if kind == "float" else each)], zero)
        for taken, each in given
    ]
    made = zero
    for each in operands:
        if kind == "int":
            made, large = numbers.safely("plus", made, each, bounds)
            of.met.early(terms.known_or(large, FALSE))
        else:
            made = terms.plus(made, each) if made is not zero else each
    if kind == "float":
        of.met.early(terms.known_or(numbers.too_large(made, bounds), FALSE))
        _note_error(of, made, operands)
    return made


def _note_error(of: "Translator", total: Term, operands: Sequence[Term]) -> None:
    """Of two numbers there is one sum; of more it is a question of the order, and of its care."""
    if any(each in of.errors for each in operands):
        raise Gap("a sum", "of what is not computed to the last bit")
    if len(operands) > _SURELY_SUMMED:
        of.errors[total] = numbers.sum_error(operands)


def _mean(of: "Translator", given: Sequence[tuple[Term, Term]], node: program.Node) -> Term:
    summed = total(of, given, "float", node.bounds)
    size = terms.as_float(count([taken for taken, _ in given]))
    some = terms.less(terms.number(0.0), size)
    made = terms.case([(some, terms.over(summed, size))], terms.null("float"))
    if summed in of.errors:
        of.errors[made] = of.errors[summed]
    return made


def _extreme(node: program.Aggregate, given: Sequence[tuple[Term, Term]], kind: terms.Kind) -> Term:
    best, enum = terms.null(kind), node.gather.value.type
    for taken, each in given:
        here, there = (
            (rank(best, enum), rank(each, enum)) if isinstance(enum, types.Enum) else (best, each)
        )
        better = terms.less(here, there) if node.name == "max" else terms.less(there, here)
        chosen = terms.all_of(taken, terms.any_of(terms.missing(best), better))
        best = terms.case([(chosen, each)], best)
    return best


def compare_count(of: "Translator", node: program.CompareCount, names: Names) -> Term:
    is_known, low, high = _interval(of, node.count, names)
    other = of.term(node.other, names)
    sign = node.symbol if node.count_left else _TURNED[node.symbol]
    return _where_known(
        terms.all_of(is_known, terms.known(other)), _compared(sign, low, high, other)
    )


_TURNED = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "is": "is", "is not": "is not"}


def _compared(sign: str, low: Term, high: Term, other: Term) -> Term:
    match sign:
        case ">=":
            sure, never = terms.at_most(other, low), terms.less(high, other)
        case ">":
            sure, never = terms.less(other, low), terms.at_most(high, other)
        case "<=":
            sure, never = terms.at_most(high, other), terms.less(other, low)
        case "<":
            sure, never = terms.less(high, other), terms.at_most(other, low)
        case "is":
            return _same(low, high, other)
        case _:
            return terms.negate(_same(low, high, other))
    return terms.case([(sure, TRUE), (never, FALSE)], UNKNOWN)


def _same(low: Term, high: Term, other: Term) -> Term:
    outside = terms.any_of(terms.less(other, low), terms.less(high, other))
    if other.kind == "float":
        small = terms.less(terms.size(other), terms.number(2.0**52))
        guarded = terms.case([(small, other)], terms.number(0.5))
        outside = terms.any_of(outside, terms.negate(terms.equal(terms.floor(guarded), guarded)))
    one = terms.equal(low, high)
    return terms.case([(outside, FALSE), (one, terms.equal(low, other))], UNKNOWN)


def _interval(of: "Translator", node: program.Aggregate, names: Names) -> tuple[Term, Term, Term]:
    """Whether the list is known, and the least and the greatest that the count can be."""
    gather = node.gather
    items = of.items(gather.items, names)
    if gather.condition is None:
        size = _length(items)
        return items.known, size, size
    surely, perhaps = [], []
    for each in items.places:
        condition = of.term(gather.condition, names.binding(gather.variable, each.value))
        surely.append(terms.all_of(each.taken, terms.holds(condition)))
        perhaps.append(terms.all_of(each.taken, terms.missing(condition)))
    low = count(surely)
    return items.known, low, terms.plus(low, count(perhaps))


def _length(items: List) -> Term:
    return items.length or count([each.taken for each in items.places])


def _some(items: List) -> Term:
    if items.length is not None:
        return terms.less(terms.whole(0), items.length)
    return terms.any_of(*[each.taken for each in items.places])


def count(conditions: Sequence[Term]) -> Term:
    total = terms.whole(0)
    for each in conditions:
        total = terms.plus(total, terms.case([(each, terms.whole(1))], terms.whole(0)))
    return total


def applied(node: program.Apply, operands: Sequence[Value]) -> Value:
    """The operators and functions that take lists."""
    match node.symbol, operands:
        case "in", (Term() as value, List() as items):
            return _contains(value, items)
        case "not in", (Term() as value, List() as items):
            return terms.negate(_contains(value, items))
        case "is empty", (List() as items,):
            return _where_known(items.known, terms.negate(_some(items)))
        case "is not empty", (List() as items,):
            return _where_known(items.known, _some(items))
        case "+", (List() as left, List() as right):
            both = terms.all_of(left.known, right.known)
            return List(both, values.bounded((*left.places, *right.places)))
        case "count", (List() as items,):
            return terms.case([(items.known, _length(items))], terms.null("int"))
        case "first", (List() as items,):
            nothing = values.nothing_of(node.type)
            return values.where(
                items.known, values.first_taken(items.places, lambda _: TRUE, nothing)
            )
        case "distinct", (List() as items,):
            return _distinct(items)
        case symbol, _:
            raise Gap(f"`{symbol}`", "of lists")


def _contains(value: Term, items: List) -> Term:
    fixed = [each.value for each in items.places if _is_fixed(each)]
    rest = [each for each in items.places if not _is_fixed(each)]
    found = [terms.all_of(each.taken, terms.equal(value, _scalar(each.value))) for each in rest]
    found.append(_among(value, [each for each in fixed if isinstance(each, Term)]))
    holds = terms.any_of(*found)
    if fixed:  # then it is unknown where the value is
        return _where_known(items.known, holds)
    return _where_known(terms.all_of(terms.known(value), items.known), holds)


def _among(value: Term, fixed: Sequence[Term]) -> Term:
    if not fixed:
        return FALSE
    if any(each.kind != value.kind for each in fixed):
        value, fixed = terms.as_float(value), [terms.as_float(each) for each in fixed]
    if value.kind == "float":
        return terms.any_of(*[terms.equal(value, each) for each in fixed])
    return terms.among(value, [terms.value_of(each) for each in fixed])


def _is_fixed(each: Place) -> bool:
    return each.taken is TRUE and isinstance(each.value, Term) and each.value.fixed


def _distinct(items: List) -> List:
    if len(items.places) > _MOST_COMPARED:
        raise Gap("`distinct`", f"of a list that may have more than {_MOST_COMPARED} elements here")
    places: list[Place] = []
    for place, each in enumerate(items.places):
        again = [
            terms.all_of(before.taken, terms.equal(_scalar(before.value), _scalar(each.value)))
            for before in items.places[:place]
        ]
        fresh = terms.negate(terms.any_of(*[terms.known_or(one, FALSE) for one in again]))
        places.append(Place(terms.all_of(each.taken, fresh), each.value))
    return List(items.known, values.bounded(places))


def _scalar(value: Value) -> Term:
    if not isinstance(value, Term):
        raise Gap("a list of records or lists", "its elements are compared or counted as a whole")
    return value


def _where_known(is_known: Term, condition: Term) -> Term:
    return condition if is_known is TRUE else terms.case([(is_known, condition)], UNKNOWN)
