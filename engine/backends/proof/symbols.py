"""What stands for the values of every case at once.

A value is a `Sym`: something that stands for the value, and whether it is known. What stands for it
hangs on the type:

bool                       a bit
number, duration, instant  a `Num`
text, code                 a whole number, one for each text; equal where the texts are
enum                       the member's place
record                     a `Rec`
list                       a `Seq`
tally                      a `Counter`
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import z3

from engine.backends.proof.bits import Bit, both, either, no, pick, some
from engine.language import types

FEW_PLACES = 9
WHOLE = 2**53
"""Up to here floats hold every whole number."""


@dataclass(frozen=True, eq=False, slots=True)
class Sym:
    value: Any
    known: Bit = True


Env = Mapping[str, Sym]
"""What stands for each name where an expression stands."""


@dataclass(frozen=True, eq=False, slots=True)
class Ideal:
    """What a computed number would be without floats: a multiple of that power of a tenth. Where
    `small` holds, what a float holds lies at most `error` from it."""

    term: Any
    places: int
    small: Bit
    error: Fraction


@dataclass(frozen=True, eq=False, slots=True)
class Num:
    """`term` is exact; what a float holds lies at most `error` from it. `places` says that it is a
    whole multiple of that power of a tenth, `most` how far from zero it may be (None: anywhere)."""

    term: Any
    error: Fraction = Fraction(0)
    places: int | None = None
    most: Fraction | None = None
    ideal: "Ideal | None" = None

    @property
    def whole(self) -> bool:
        return bool(z3.is_int(self.term))

    @property
    def real(self) -> Any:
        if z3.is_int_value(self.term):
            return z3.RealVal(self.term.as_long())
        return z3.ToReal(self.term) if self.whole else self.term

    @property
    def constant(self) -> Fraction | None:
        if z3.is_int_value(self.term):
            return Fraction(self.term.as_long())
        if z3.is_rational_value(self.term):
            return Fraction(self.term.numerator_as_long(), self.term.denominator_as_long())
        return None


@dataclass(eq=False, slots=True)
class Rec:
    """The fields are made when they are first read."""

    make: Callable[[int], Sym]
    made: dict[int, Sym] = field(default_factory=dict)

    def field(self, place: int) -> Sym:
        known = self.made.get(place)
        if known is None:
            known = self.made[place] = self.make(place)
        return known


@dataclass(frozen=True, eq=False, slots=True)
class Seq:
    """Elements that are there where their bit holds, in order; all of them are known. `rest` holds
    where there are more than those told here; they come after these where it is `ordered`. `roots`
    are the lists of facts that it is made of; `generic` gives any one element, and the condition
    that it is one."""

    items: tuple[tuple[Bit, Sym], ...]
    rest: Bit = False
    roots: frozenset[str] = frozenset()
    generic: Callable[[], tuple[Bit, Sym]] | None = None
    ordered: bool = True

    @property
    def filled(self) -> Bit:
        """Whether there is any element."""
        return either(some(bit for bit, _ in self.items), self.rest)


@dataclass(frozen=True, eq=False, slots=True)
class Counter:
    """A tally: how many of one member, and how many of it since an instant."""

    total: Callable[[int], Num]
    since: Callable[[int, Any], Num]


UNKNOWN = Sym(None, False)


def true(of: Sym) -> Bit:
    return False if of.known is False else both(of.known, of.value)


def false(of: Sym) -> Bit:
    return False if of.known is False else both(of.known, no(of.value))


def unknown(of: Sym) -> Bit:
    return no(of.known)


def kleene(truth: Bit, falsehood: Bit) -> Sym:
    return Sym(truth, either(truth, falsehood))


def number(value: int | float | Fraction) -> Num:
    """A float by the shortest decimal that is read as it: the order of floats is that of these."""
    if isinstance(value, int):
        return Num(z3.IntVal(value), places=0, most=Fraction(abs(value)))
    exact = value if isinstance(value, Fraction) else Fraction(repr(value))
    places = _places(exact) if abs(exact) <= WHOLE else None
    return Num(z3.RealVal(str(exact)), places=places, most=abs(exact))


def _places(exact: Fraction) -> int | None:
    return next((each for each in range(16) if (exact * 10**each).denominator == 1), None)


def choose(bit: Bit, then: Sym, otherwise: Sym, type_: types.Type) -> Sym:
    """One or the other, by a bit."""
    if bit is True or then is otherwise:
        return then
    if bit is False:
        return otherwise
    if then.known is False:
        return Sym(otherwise.value, both(no(bit), otherwise.known))
    if otherwise.known is False:
        return Sym(then.value, both(bit, then.known))
    value = _chosen(bit, then.value, otherwise.value, type_)
    return Sym(value, pick(bit, then.known, otherwise.known))


def _chosen(bit: Bit, then: Any, otherwise: Any, type_: types.Type) -> Any:
    match type_:
        case types.Bool():
            return pick(bit, then, otherwise)
        case types.Number() | types.Duration() | types.Instant():
            return choose_number(bit, then, otherwise)
        case types.Text() | types.Code() | types.Enum():
            return pick(bit, term(then), term(otherwise))
        case types.Record(fields=fields):
            return Rec(
                lambda place: choose(
                    bit, then.field(place), otherwise.field(place), fields[place].type
                )
            )
        case types.ListOf():
            return joined([narrowed(then, bit), narrowed(otherwise, no(bit))])
        case types.Tally():
            return Counter(
                lambda member: choose_number(bit, then.total(member), otherwise.total(member)),
                lambda member, at: choose_number(
                    bit, then.since(member, at), otherwise.since(member, at)
                ),
            )


def choose_number(bit: Bit, then: Num, otherwise: Num) -> Num:
    if then is otherwise or bit is True:
        return then
    if bit is False:
        return otherwise
    whole = then.whole and otherwise.whole
    left, right = (then.term, otherwise.term) if whole else (then.real, otherwise.real)
    return Num(
        pick(bit, left, right),
        max(then.error, otherwise.error),
        greatest([then.places, otherwise.places]),
        greatest([then.most, otherwise.most]),
    )


def greatest(of: Sequence[Any]) -> Any:
    """None where one is."""
    return None if None in of else max(of)


def term(value: Any) -> Any:
    return z3.IntVal(value) if isinstance(value, int) else value


def alike(left: Any, right: Any) -> Bit:
    """Whether two members or two texts are the same."""
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    return left == right


def narrowed(of: Seq, bit: Bit) -> Seq:
    """Its elements where the bit holds, else none."""
    generic = of.generic

    def any_one() -> tuple[Bit, Sym]:
        holds, element = generic()  # type: ignore[misc]
        return both(bit, holds), element

    return Seq(
        tuple((both(bit, there), each) for there, each in of.items),
        both(bit, of.rest),
        of.roots,
        None if generic is None else any_one,
        of.ordered,
    )


def joined(lists: Sequence[Seq]) -> Seq:
    """One after the other."""
    ordered = all(each.ordered for each in lists) and all(each.rest is False for each in lists[:-1])
    return Seq(
        tuple(item for each in lists for item in each.items),
        some(each.rest for each in lists),
        frozenset(root for each in lists for root in each.roots),
        ordered=ordered,
    )
