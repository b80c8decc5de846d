"""Arithmetic on numbers that floats hold: what is exact, and how far a float may lie from it.

A float is told by the shortest decimal that reads as it, so that comparing is exact. Where it goes
into arithmetic, what it really holds lies within `UNIT` of that, relatively, and each operation
adds as much again. All of it is summed up as `error`; where a number has no bound of its own, the
result is a fresh number held near the exact one.

`Workshop` makes the fresh numbers: the same one for the same term, so that what a policy computes
twice is the same twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import z3

from engine.backends.proof.bits import Bit, both, implies
from engine.backends.proof.symbols import FEW_PLACES, WHOLE, Ideal, Num, choose_number, number

UNIT = Fraction(1, 2**51)
"""More than an operation on floats may move a number, relatively: each operand to a float, and the
result."""
LEAST = Fraction(1, 2**1000)
HALF = Fraction(1, 2 * 10**FEW_PLACES)
COMPUTED = "computed "
"""How the fresh numbers are called."""
_EXACT_BELOW = 10**6
"""Below, nine decimals are told apart by floats, and a settled number is the decimal itself."""
_GREATEST = Fraction(2) ** 1023
LAST_DIGITS = "the last digits of a computed number"


class Workshop:
    """`axioms` is what holds of the fresh numbers; `roughly` is told what is known by bounds.

    `in_steps` says that a settled number is a whole number of its last decimal: more can be proved
    of it so, and a case that is nearest to another is harder to find.
    """

    def __init__(self, axioms: list[Any], roughly: Callable[[str], None]) -> None:
        self.in_steps = True
        self.axioms = axioms
        self.roughly = roughly
        self.exactly = z3.Bool("every computed number is exact")
        self._made: dict[object, Any] = {}
        self._kept: list[Any] = []
        self._linear: dict[int, bool] = {}
        self._curves: dict[str, list[tuple[Any, Any]]] = {}

    def fresh(self, key: tuple[Any, ...], make: Callable[[str], Any]) -> tuple[Any, bool]:
        """The term of this key, and whether it was made just now."""
        ids = tuple(each.get_id() if isinstance(each, z3.AstRef) else each for each in key)
        if ids in self._made:
            return self._made[ids], False
        self._kept.append(key)
        self._made[ids] = made = make(f"{COMPUTED}{len(self._made)}")
        return made, True

    # settling

    def settle(self, of: Num) -> Num:
        """Rounded to nine decimals."""
        if of.whole:
            return of
        small = of.most is not None and of.most < _EXACT_BELOW
        if small and of.places is not None and of.places <= FEW_PLACES and of.error < HALF * 4 / 5:
            return Num(of.term, places=of.places, most=of.most)
        self.roughly(LAST_DIGITS)
        if small and self.in_steps and self._is_linear(of.term):
            return self._in_steps(of)
        settled, new = self.fresh(("settled", of.term, of.error), z3.Real)
        if new:
            self._near(settled, of.term, of.error + HALF, UNIT * 2)
            self.axioms.append(implies(self.exactly, settled == of.term))
            if of.ideal is not None:
                self.axioms.append(implies(of.ideal.small, settled == of.ideal.term))
        return Num(settled, places=None, most=None if of.most is None else of.most + 1)

    def _in_steps(self, of: Num) -> Num:
        """A whole number of steps of the ninth decimal."""
        steps, new = self.fresh(("steps", of.term, of.error), z3.Int)
        settled = z3.ToReal(steps) / 10**FEW_PLACES
        if new:
            room = _real(of.error + HALF)
            self.axioms += [settled <= of.term + room, settled >= of.term - room]
        return Num(settled, places=FEW_PLACES, most=None if of.most is None else of.most + 1)

    def _is_linear(self, term: Any) -> bool:
        """Whether nothing that varies is multiplied with something that does."""
        known = self._linear.get(term.get_id())
        if known is None:
            parts = term.children()
            several = sum(not z3.is_rational_value(each) for each in parts) > 1
            curved = z3.is_mul(term) or z3.is_div(term)
            fresh = not parts and str(term).startswith(COMPUTED)
            known = not (curved and several) and not (fresh and z3.is_real(term))
            known = known and all(self._is_linear(each) for each in parts)
            self._linear[term.get_id()] = known
            self._kept.append(term)
        return known

    def _near(self, fresh: Any, exact: Any, by: Fraction, share: Fraction) -> None:
        room = _real(by) + _real(share) * _size(exact)
        self.axioms += [fresh <= exact + room, fresh >= exact - room]

    def held(self, of: Num) -> Num:
        """What the float really holds, as an exact number."""
        if of.whole:
            return Num(of.real, places=of.places, most=of.most)
        if _is_whole(of):
            return Num(of.real, places=0, most=of.most)
        self.roughly(LAST_DIGITS)
        held, new = self.fresh(("held", of.term, of.error), z3.Real)
        if new:
            self._near(held, of.term, of.error, UNIT)
            self.axioms.append(implies(self.exactly, held == of.term))
        return Num(held, places=None, most=None if of.most is None else of.most * 2 + of.error)

    def rounded(self, of: Num) -> Num:
        """The float nearest to an exact result that may be of any size."""
        self.roughly(LAST_DIGITS)
        nearest, new = self.fresh(("rounded", of.term), z3.Real)
        if new:
            self._near(nearest, of.term, LEAST, UNIT)
            self.axioms.append(implies(self.exactly, nearest == of.term))
        if of.places != 0:
            return Num(nearest, most=None if of.most is None else of.most * 2)
        self.axioms.append(implies(_size(of.term) <= WHOLE, nearest == of.term))
        return Num(nearest, places=0, most=of.most)

    # operations

    def add(self, left: Num, right: Num) -> Num:
        if left.whole and right.whole:
            return Num(left.term + right.term, places=0, most=_sum(left.most, right.most))
        exact = left.real + right.real
        most = _sum(left.most, right.most)
        places = _greatest(left.places, right.places)
        if most is None or most > _EXACT_BELOW:
            one, other = self.held(left), self.held(right)
            found = self.rounded(Num(one.real + other.real, places=places, most=most))
            return replace(found, ideal=_ideal("+", left, right))
        error = slack(left) + slack(right) + UNIT * (most + 1)
        if places == 0 and _exact(left, right):
            error = Fraction(0)
        return Num(exact, error, places, most)

    def subtract(self, left: Num, right: Num) -> Num:
        return self.add(left, negative(right))

    def multiply(self, left: Num, right: Num) -> Num:
        most = None if left.most is None or right.most is None else left.most * right.most
        if left.whole and right.whole:
            return Num(left.term * right.term, places=0, most=most)
        places = _sum(left.places, right.places)
        if most is None or left.most is None or right.most is None or most > _EXACT_BELOW:
            one, other = self.held(left), self.held(right)
            found = self.rounded(Num(one.real * other.real, places=places, most=most))
            return replace(found, ideal=_ideal("*", left, right))
        a, b = slack(left), slack(right)
        error = a * right.most + b * left.most + a * b + UNIT * (most + 1)
        if places == 0 and _exact(left, right):
            error = Fraction(0)
        return Num(left.real * right.real, error, places, most)

    def divide(self, left: Num, right: Num) -> tuple[Num, Bit]:
        """The quotient, and whether there is one."""
        by = right.constant
        if by is not None and right.error == 0:
            if by == 0:
                return left, False
            exact = left.real / _real(by)
            if left.most is None or left.most / abs(by) > _EXACT_BELOW:
                return self.rounded(Num(self.held(left).term / _real(by))), True
            most = left.most / abs(by)
            error = slack(left) / abs(by) + UNIT * 4 * (most + 1)
            return Num(exact, error, None, most), True
        one, other = self.held(left), self.held(right)
        quotient, new = self.fresh(("quotient", one.term, other.term), z3.Real)
        if new:
            self.axioms.append(implies(other.term != 0, quotient * other.term == one.term))
        known: Bit = other.term != 0
        return self.rounded(Num(quotient)), known

    def curve(
        self, name: str, meaning: Callable[[float], float | None], of: Num, low: float | None
    ) -> Num:
        """The float near a function that never falls, known by its values here and there."""
        self.roughly(f"`{name}`, which is known by bounds")
        at = self.held(of).term
        value, new = self.fresh((name, at), z3.Real)
        if new:
            others = self._curves.setdefault(name, [])
            for there, its in others:
                self.axioms += [
                    implies(at <= there, value <= its),
                    implies(at >= there, value >= its),
                ]
            others.append((at, value))
            if low is not None:
                self.axioms.append(value >= _real(Fraction(low)))
            for point in _POINTS:
                found = meaning(point)
                if found is not None:
                    room = abs(Fraction(found)) * UNIT * 8 + LEAST
                    above, below = Fraction(found) + room, Fraction(found) - room
                    self.axioms += [
                        implies(at <= _real(Fraction(point)), value <= _real(above)),
                        implies(at >= _real(Fraction(point)), value >= _real(below)),
                    ]
        near, new = self.fresh(("near", value), z3.Real)
        if new:
            self._near(near, value, LEAST, UNIT * 2)
        return Num(near, most=None)

    def nearest_whole(self, of: Num, room: Fraction) -> Num:
        """A whole number at most `room`, and what floats err, from the number."""
        self.roughly("a number that is rounded to a whole one")
        whole, new = self.fresh(("whole", of.term, of.error, room), z3.Int)
        if new:
            self._near(z3.ToReal(whole), of.real, of.error + room, UNIT * 2)
        return Num(whole, places=0, most=None if of.most is None else of.most + 2)

    def floor(self, of: Num) -> Num:
        if of.whole:
            return of
        if of.error == 0:
            return Num(z3.ToInt(of.term), places=0, most=None if of.most is None else of.most + 1)
        whole, new = self.fresh(("floor", of.term, of.error), z3.Int)
        if new:
            self.roughly("a number that is rounded down")
            error = _real(of.error)
            self.axioms += [whole <= of.term + error, whole > of.term - error - 1]
        return Num(whole, places=0, most=None if of.most is None else of.most + 2)

    def to_places(self, of: Num, digits: Num) -> Num:
        """Rounded to so many decimals."""
        at = digits.constant
        if of.whole and at is not None and at >= 0:
            return of
        self.roughly("`round`, which is known by bounds")
        fresh, new = self.fresh(("to places", of.term, of.error, digits.term), z3.Real)
        if new and at is not None and 0 <= at <= FEW_PLACES:
            self._near(fresh, of.real, of.error + Fraction(1, 2 * 10 ** int(at)), UNIT * 2)
        most = None if of.most is None else of.most + 1
        return Num(fresh, most=most if at is not None and at >= 0 else None)

    def fits_a_float(self, of: Num) -> Bit:
        """Whether a result is no greater than floats are."""
        if of.most is not None and of.most < _GREATEST:
            return True
        held, new = self.fresh(("held at all", of.term), z3.Bool)
        if new:
            self.roughly("a number that may be greater than can be counted with")
            self.axioms.append(implies(_size(of.real) <= _real(_GREATEST / 2), held))
        return held


_POINTS = (-700.0, -50.0, -10.0, -1.0, 0.0, 0.5, 1.0, 2.0, 4.0, 10.0, 100.0, 1000.0, 1e6, 1e15)


_SMALL = 100


def _ideal(symbol: str, left: Num, right: Num) -> Ideal | None:
    """As long as rounding to nine decimals gives it back."""
    one, other = _of_itself(left), _of_itself(right)
    if one is None or other is None:
        return None
    if symbol == "+":
        term, places = one.term + other.term, max(one.places, other.places)
        error = one.error + other.error
    else:
        term, places = one.term * other.term, one.places + other.places
        error = (one.error + other.error) * _SMALL + one.error * other.error
    error += UNIT * _SMALL
    if places > FEW_PLACES or error > HALF * 4 / 5:
        return None
    return Ideal(term, places, both(one.small, other.small, _size(term) <= _SMALL), error)


def _of_itself(of: Num) -> Ideal | None:
    if of.ideal is not None or of.places is None or of.places > FEW_PLACES:
        return of.ideal
    if of.most is None and of.error != 0:
        return None
    constant = of.constant
    small = _size(of.real) <= _SMALL if constant is None else abs(constant) <= _SMALL
    exact = of.error == 0 and of.places == 0
    return Ideal(of.real, of.places, small, of.error if exact else of.error + UNIT * _SMALL)


def slack(of: Num) -> Fraction:
    """How far what a float holds may lie from the term; of a bounded number."""
    if of.most is None or of.whole or _is_whole(of):
        return of.error
    return of.error + UNIT * of.most


def _is_whole(of: Num) -> bool:
    """Whether it is one that a float holds."""
    return of.places == 0 and of.error == 0 and of.most is not None and of.most <= WHOLE


def negative(of: Num) -> Num:
    return Num(-of.term, of.error, of.places, of.most)


def size(of: Num) -> Num:
    return Num(_size(of.term), of.error, of.places, of.most)


def compared(symbol: str, left: Num, right: Num) -> Bit:
    """Of settled numbers."""
    a, b = left.constant, right.constant
    if a is not None and b is not None:
        return _COMPARE[symbol](a, b)
    if left.whole and right.whole:
        return _COMPARE[symbol](left.term, right.term)
    return _COMPARE[symbol](left.real, right.real)


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "is": lambda a, b: a == b,
    "is not": lambda a, b: a != b,
}


def is_whole(of: Num) -> Bit:
    if of.whole:
        return True
    fixed = of.constant
    return z3.IsInt(of.term) if fixed is None else fixed.denominator == 1


def extreme(name: str, numbers: Sequence[Num]) -> Num:
    best, *others = numbers
    for each in others:
        better = compared("<" if name == "min" else ">", each, best)
        best = choose_number(better, each, best)
    return best


def within(of: Num, low: Any, high: Any, *, low_open: bool, high_open: bool) -> Bit:
    above = True if low is None else compared(">" if low_open else ">=", of, number(low))
    below = True if high is None else compared("<" if high_open else "<=", of, number(high))
    return both(above, below)


def _size(exact: Any) -> Any:
    return z3.If(exact >= 0, exact, -exact)


def _real(value: Fraction) -> Any:
    return z3.RealVal(str(value))


def _sum(left: Any, right: Any) -> Any:
    return None if left is None or right is None else left + right


def _greatest(left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else max(left, right)


def _exact(left: Num, right: Num) -> bool:
    return left.error == 0 and right.error == 0


HALF_OF_ONE = Fraction(1, 2)
MOST_COUNTED = Fraction(10**15)


def fraction(value: float) -> Fraction:
    return Fraction(value)
