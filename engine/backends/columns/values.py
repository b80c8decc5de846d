"""What an expression comes to in columns: a term, a record of such, or a list as a row of places.

A list has as many places as it may have elements at most. Each place has a condition that it is
taken and the value that stands there; what is gathered, joined or filtered leaves gaps and keeps
the order. So every element is a column like any other.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from engine.backends.columns import terms
from engine.backends.columns.terms import FALSE, TRUE, Kind, Term
from engine.language import types


class Gap(Exception):  # noqa: N818
    """What columns do not do, and why."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")
        self.what, self.why = what, why


@dataclass(frozen=True, eq=False)
class Record:
    """`known` is never null; the fields are unknown where it is false."""

    known: Term
    fields: tuple["Value", ...]


@dataclass(frozen=True, eq=False)
class Place:
    """`taken` is never null; it is told only of lists that are known."""

    taken: Term
    value: "Value"


@dataclass(frozen=True, eq=False)
class List:
    """`length` is told where it is told elsewhere than by the places."""

    known: Term
    places: tuple[Place, ...]
    length: Term | None = None


Value = Term | Record | List


def kind_of(type_: types.Type) -> Kind:
    match type_:
        case types.Bool():
            return "bool"
        case types.Text() | types.Enum() | types.Code():
            return "text"
        case types.Number(integer=False):
            return "float"
        case types.Number() | types.Duration() | types.Instant():
            return "int"
        case types.Record() | types.ListOf() | types.Tally():
            raise Gap(types.describe(type_), "a tally is no column")
        case _:
            assert_never(type_)


def fixed(value: object, type_: types.Type) -> Value:
    """A value as `engine/language/values.py` has them."""
    match type_:
        case types.Record(fields=fields):
            if value is None:
                return Record(FALSE, tuple(fixed(None, each.type) for each in fields))
            if not isinstance(value, tuple):
                raise TypeError(value)
            made = zip(value, fields, strict=True)
            return Record(TRUE, tuple(fixed(one, each.type) for one, each in made))
        case types.ListOf(element=element):
            if value is None:
                return List(FALSE, ())
            if not isinstance(value, tuple):
                raise TypeError(value)
            return List(TRUE, tuple(Place(TRUE, fixed(each, element)) for each in value))
        case types.Tally():
            raise Gap(types.describe(type_), "a tally is no column")
        case _:
            return terms.fixed(value, kind_of(type_))


def known(value: Value) -> Term:
    return terms.known(value) if isinstance(value, Term) else value.known


def chosen(branches: Sequence[tuple[Term, Value]], otherwise: Value) -> Value:
    """The value of the first true condition. Only what is known of it counts."""
    if not branches or all(value is otherwise for _, value in branches):
        return otherwise
    match otherwise:
        case Term():
            pairs = [(test, value) for test, value in branches if isinstance(value, Term)]
            return terms.case(pairs, otherwise)
        case Record(fields=fields):
            rows = [(test, value) for test, value in branches if isinstance(value, Record)]
            made = tuple(
                chosen([(test, value.fields[place]) for test, value in rows], each)
                for place, each in enumerate(fields)
            )
            return Record(
                terms.case([(t, value.known) for t, value in rows], otherwise.known), made
            )
        case List():
            lists = [(test, value) for test, value in branches if isinstance(value, List)]
            return _chosen_list(lists, otherwise)
        case _:
            assert_never(otherwise)


def _chosen_list(branches: Sequence[tuple[Term, List]], otherwise: List) -> List:
    """All that any branch has, each taken only where its branch is."""
    places: list[Place] = []
    before = FALSE
    for test, value in [*branches, (TRUE, otherwise)]:
        here = terms.all_of(terms.negate(before), terms.holds(test))
        places += [Place(terms.all_of(here, each.taken), each.value) for each in value.places]
        before = terms.any_of(before, terms.holds(test))
    is_known = terms.case([(test, value.known) for test, value in branches], otherwise.known)
    return List(is_known, bounded(places))


_MOST_PLACES = 120


def bounded(places: Iterable[Place]) -> tuple[Place, ...]:
    made = tuple(each for each in places if each.taken is not FALSE)
    if len(made) > _MOST_PLACES:
        raise Gap("a long list", f"it may have more than {_MOST_PLACES} elements here")
    return made


def where(is_known: Term, value: Value) -> Value:
    """The value where the condition is true, and else unknown."""
    if is_known is TRUE:
        return value
    match value:
        case Term():
            return terms.case([(is_known, value)], terms.null(value.kind))
        case Record(known=inner, fields=fields):
            both = terms.all_of(is_known, inner)
            return Record(both, tuple(where(is_known, each) for each in fields))
        case List(known=inner):
            return replace(value, known=terms.all_of(is_known, inner))
        case _:
            assert_never(value)


def first_taken(places: Sequence[Place], wanted: Callable[[Place], Term], nothing: Value) -> Value:
    """The value of the first place that is taken and wanted."""
    return chosen(
        [(terms.all_of(each.taken, wanted(each)), each.value) for each in places], nothing
    )


def nothing_of(type_: types.Type) -> Value:
    return fixed(None, type_)
