"""Many cases by lot, all looked at at once: what holds of one of them needs no solver to be found.

What a formula comes to in all cases is one whole number, of which each binary digit stands for a
case; what a term comes to is one such number for each of its values. Facts get the values on which
the formulas hang: the numbers that they are compared with, and one between each two of these. The
lot always falls the same.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from hashlib import shake_128
from itertools import count, pairwise
from operator import and_, eq, ge, gt, le, lt, or_
from typing import Any

import z3

from engine.backends.proof.bits import Bit

CASES = 1 << 14
_ALL = (1 << CASES) - 1

Cases = int
Values = dict[Fraction, Cases]
"""Each case stands by one value."""

_NUMBER, _BIT, _WHOLE, _REAL, _STRANGE = range(-5, 0)
_ORDERS: Mapping[int, Callable[[Any, Any], bool]] = {
    z3.Z3_OP_EQ: eq, z3.Z3_OP_LE: le, z3.Z3_OP_GE: ge, z3.Z3_OP_LT: lt, z3.Z3_OP_GT: gt
}  # fmt: skip
_TURNED = {
    z3.Z3_OP_EQ: z3.Z3_OP_EQ, z3.Z3_OP_LE: z3.Z3_OP_GE, z3.Z3_OP_GE: z3.Z3_OP_LE,
    z3.Z3_OP_LT: z3.Z3_OP_GT, z3.Z3_OP_GT: z3.Z3_OP_LT,
}  # fmt: skip
_FACTS = {z3.Z3_BOOL_SORT: _BIT, z3.Z3_INT_SORT: _WHOLE, z3.Z3_REAL_SORT: _REAL}
_JOINS = frozenset(
    {
        *_ORDERS,
        *(z3.Z3_OP_TRUE, z3.Z3_OP_FALSE, z3.Z3_OP_AND, z3.Z3_OP_OR, z3.Z3_OP_NOT),
        *(z3.Z3_OP_ITE, z3.Z3_OP_TO_REAL),
    }
)


class Drawn:
    """`known` is what holds of all cases. Of a formula in which something is strange, nothing is
    shown."""

    def __init__(self, known: Sequence[Any], asked: Iterable[Bit]) -> None:
        self._kept = [*known, *(bit for bit in asked if not isinstance(bit, bool))]
        nodes = _Nodes()
        places = [nodes.read(each) for each in self._kept]
        found = _Lot(nodes, places[: len(known)]).found()
        held = [found[place] for place in places]
        possible = reduce(and_, (each or 0 for each in held[: len(known)]), _ALL)
        self._cases = {
            each.get_id(): possible & (cases or 0)
            for each, cases in zip(self._kept, held, strict=True)
        }

    def show(self, bits: Iterable[Bit]) -> bool:
        """Whether one of them is a case of which all of that holds; of what was not `asked` of at
        first, nothing is shown."""
        return reduce(and_, map(self._held, bits), _ALL) != 0

    def _held(self, bit: Bit) -> Cases:
        if isinstance(bit, bool):
            return _ALL if bit else 0
        return self._cases.get(bit.get_id(), 0)


class _Nodes:
    """Formulas and what they are made of, each once, and after its parts. They are read by the
    solver's own calls, as `bits` makes them."""

    def __init__(self) -> None:
        self.joins: list[int] = []
        self.parts: list[tuple[int, ...]] = []
        self.numbers: dict[int, Fraction] = {}
        self._places: dict[int, int] = {}

    def read(self, formula: Any) -> int:
        world, key = formula.ctx.ref(), formula.get_id()
        waiting: list[tuple[Any, int, int, list[int] | None]] = [(formula.as_ast(), key, 0, None)]
        while waiting:
            node, number, join, below = waiting.pop()
            if number in self._places:
                continue
            if below is None:
                join = self._join(world, node)
                inner = _inner(world, node) if join >= 0 else []
                below = [its for its, _ in inner]
                left = [(each, its, 0, None) for its, each in inner if its not in self._places]
                if left:
                    waiting += [(node, number, join, below), *left]
                    continue
            self._places[number] = len(self.joins)
            self.joins.append(join)
            self.parts.append(tuple(self._places[each] for each in below))
        return self._places[key]

    def _join(self, world: Any, node: Any) -> int:
        kind = z3.Z3_get_ast_kind(world, node)
        if kind == z3.Z3_NUMERAL_AST:
            self.numbers[len(self.joins)] = Fraction(z3.Z3_get_numeral_string(world, node))
            return _NUMBER
        if kind != z3.Z3_APP_AST:
            return _STRANGE
        join = z3.Z3_get_decl_kind(world, z3.Z3_get_app_decl(world, node))
        if join in _JOINS:
            return int(join)
        if join != z3.Z3_OP_UNINTERPRETED or z3.Z3_get_app_num_args(world, node):
            return _STRANGE
        return _FACTS.get(z3.Z3_get_sort_kind(world, z3.Z3_get_sort(world, node)), _STRANGE)


def _inner(world: Any, node: Any) -> list[tuple[int, Any]]:
    """Its parts, each by its number; the same one may be there twice."""
    many = range(z3.Z3_get_app_num_args(world, node))
    parts = (z3.Z3_get_app_arg(world, node, place) for place in many)
    return [(z3.Z3_get_ast_id(world, each), each) for each in parts]


class _Lot:
    """Deals values to facts. `known` are the places of what holds of all cases."""

    def __init__(self, nodes: _Nodes, known: Iterable[int]) -> None:
        self._nodes = nodes
        self._known = set(known)
        self._draws = count()
        self._wanted: dict[int, set[Fraction]] = {}
        self._ends: dict[int, list[tuple[int, Fraction]]] = {}
        for place, join in enumerate(nodes.joins):
            if join in _ORDERS:
                self._compared(place, join)

    def _compared(self, place: int, join: int) -> None:
        """A fact with a number."""
        nodes, (left, right) = self._nodes, self._nodes.parts[place]
        if nodes.joins[left] == _NUMBER:
            left, right, join = right, left, _TURNED[join]
        if nodes.joins[left] in (_WHOLE, _REAL) and nodes.joins[right] == _NUMBER:
            number = nodes.numbers[right]
            self._wanted.setdefault(left, set()).add(number)
            if place in self._known:
                self._ends.setdefault(left, []).append((join, number))

    def found(self) -> list[Any]:
        """The cases of each formula, the values of each term; None of what is strange."""
        found: list[Any] = []
        for place, (join, parts) in enumerate(
            zip(self._nodes.joins, self._nodes.parts, strict=True)
        ):
            below = [found[each] for each in parts]
            found.append(self._alone(place, join) if join < 0 else _joined(join, below))
        return found

    def _alone(self, place: int, join: int) -> Any:
        if join == _STRANGE:
            return None
        if join == _NUMBER:
            return {self._nodes.numbers[place]: _ALL}
        if join == _BIT:
            return self._half()
        return dict(self._dealt(self._values(place, whole=join == _WHOLE), _ALL))

    def _values(self, place: int, *, whole: bool) -> list[Fraction]:
        """All on which something may hang."""
        numbers = sorted(self._wanted.get(place, {Fraction(0)}))
        between = [(low + high) / 2 for low, high in pairwise(numbers)]
        if whole:
            between = [Fraction(each // 1) for each in between]
        values = {numbers[0] - 1, *numbers, *between, numbers[-1] + 1}
        ends = self._ends.get(place, [])
        return sorted(
            each for each in values if all(_ORDERS[join](each, end) for join, end in ends)
        )

    def _dealt(self, values: Sequence[Fraction], cases: Cases) -> Iterator[tuple[Fraction, Cases]]:
        """To each about as many of the cases as to another."""
        if len(values) <= 1:
            yield from ((each, cases) for each in values)
            return
        middle, some = len(values) // 2, self._half()
        yield from self._dealt(values[:middle], cases & some)
        yield from self._dealt(values[middle:], cases & ~some)

    def _half(self) -> Cases:
        """Each by a coin."""
        coins = shake_128(str(next(self._draws)).encode()).digest(CASES // 8)
        return int.from_bytes(coins, "little")


def _joined(join: int, parts: Sequence[Any]) -> Any:
    if None in parts:
        return None
    match join:
        case z3.Z3_OP_AND:
            return reduce(and_, parts, _ALL)
        case z3.Z3_OP_OR:
            return reduce(or_, parts, 0)
        case z3.Z3_OP_NOT:
            return _ALL ^ parts[0]
        case z3.Z3_OP_TRUE | z3.Z3_OP_FALSE:
            return _ALL if join == z3.Z3_OP_TRUE else 0
        case z3.Z3_OP_TO_REAL:
            return parts[0]
        case z3.Z3_OP_ITE:
            return _either(*parts)
        case _:
            left, right = parts
            if isinstance(left, int):
                return _ALL ^ left ^ right
            return _compared(_ORDERS[join], left, right)


def _either(asked: Cases, then: Any, otherwise: Any) -> Any:
    if isinstance(then, int):
        return (asked & then) | (~asked & otherwise)
    found: Values = {value: cases & asked for value, cases in then.items()}
    for value, cases in otherwise.items():
        found[value] = found.get(value, 0) | (cases & ~asked)
    return found


def _compared(holds: Callable[[Any, Any], bool], left: Values, right: Values) -> Cases:
    return reduce(
        or_,
        (
            cases & others
            for value, cases in left.items()
            for other, others in right.items()
            if holds(value, other)
        ),
        0,
    )
