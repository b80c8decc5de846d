"""Numbers as the evaluator computes them, to the last bit, in what every engine has: +, -, *, /.

A computed number is rounded to 9 decimals exactly: `x * 1e9` is a float too, and only where it ends
in one half can it hide on which side of it the product lies. There the rest that the
multiplication lost is computed (Veltkamp's and Dekker's way), so no engine's own `round` is asked.
From 2**23 on a float has no ninth decimal left to round.

What no engine computes to the last bit (logarithms, long sums) carries the most that it may be off;
where that leaves the ninth decimal open, the row is set aside.
"""

from collections.abc import Sequence

from engine.backends.columns import terms
from engine.backends.columns.terms import FALSE, Term
from engine.language.ranges import GREATEST_WHOLE
from engine.language.types import Range

EPSILON = 2.0**-52
_HALF = terms.number(0.5)
_SPLIT = terms.number(134217729.0)
_UNROUNDED = terms.number(2.0**23)
_LARGE = terms.number(float(GREATEST_WHOLE))


def rounded(operand: Term, decimals: int, beyond: Term | None = None) -> Term:
    """To that many decimals, up to nine, as Python's `round` does; what is too large for it is
    `beyond`, or itself."""
    small = terms.less(terms.size(operand), terms.number(2.0**52 / 10 ** max(decimals, 0)))
    if decimals == 9:
        small = terms.less(terms.size(operand), _UNROUNDED)
    count = _count_of(terms.case([(small, operand)], terms.number(0.0)), decimals)
    near = terms.over(count, terms.number(10.0**decimals))
    return terms.case([(small, near)], operand if beyond is None else beyond)


def counted(operand: Term, decimals: int) -> Term:
    """How many of the last decimals it is, to the nearest, as a float; for what is small."""
    small = terms.less(terms.size(operand), terms.number(2.0**52 / 10**decimals))
    return _count_of(terms.case([(small, operand)], terms.number(0.0)), decimals)


def is_small(operand: Term, decimals: int) -> Term:
    return terms.less(terms.size(operand), terms.number(2.0**52 / 10**decimals))


def _count_of(operand: Term, decimals: int) -> Term:
    scale = 10.0**decimals
    product = terms.times(operand, terms.number(scale))
    low = terms.floor(product)
    rest = terms.minus(product, low)
    lost = _lost(operand, product, scale)
    odd = terms.less(
        terms.number(0.0),
        terms.minus(low, terms.times(terms.number(2.0), terms.floor(terms.times(low, _HALF)))),
    )
    at_half = terms.any_of(
        terms.less(terms.number(0.0), lost),
        terms.all_of(terms.equal(lost, terms.number(0.0)), odd),
    )
    up = terms.any_of(terms.less(_HALF, rest), terms.all_of(terms.equal(rest, _HALF), at_half))
    return terms.plus(low, terms.case([(up, terms.number(1.0))], terms.number(0.0)))


def _lost(operand: Term, product: Term, scale: float) -> Term:
    """What `operand * scale` is more than its product."""
    spread = scale * 134217729.0
    high_scale = terms.number(spread - (spread - scale))
    low_scale = terms.number(scale - (spread - (spread - scale)))
    wide = terms.times(operand, _SPLIT)
    high = terms.minus(wide, terms.minus(wide, operand))
    low = terms.minus(operand, high)
    first = terms.minus(terms.times(high, high_scale), product)
    second = terms.plus(first, terms.times(high, low_scale))
    third = terms.plus(second, terms.times(low, high_scale))
    return terms.plus(third, terms.times(low, low_scale))


def nearest_whole(operand: Term) -> Term:
    """A float to the nearest whole number, halves to even; for what is small."""
    return terms.as_whole(counted(operand, 0))


def too_large(operand: Term, bounds: Range) -> Term:
    """Where floats and whole numbers part."""
    low, high = bounds.low, bounds.high
    if low is not None and high is not None and low >= -GREATEST_WHOLE and high <= GREATEST_WHOLE:
        return FALSE
    return terms.less(_LARGE, terms.size(terms.as_float(operand)))


def undecided(operand: Term, error: Term, decimals: int) -> Term:
    """Where what it may be off leaves open how it is rounded."""
    scale = terms.number(10.0**decimals)
    product = terms.times(_guarded(operand), scale)
    rest = terms.minus(product, terms.floor(product))
    slack = terms.plus(terms.times(error, scale), terms.number(1e-6))
    distance = terms.size(terms.minus(rest, _HALF))
    return terms.any_of(
        terms.at_most(distance, slack),
        terms.at_most(_UNROUNDED, terms.size(operand)),
        terms.less(terms.number(0.25), slack),
    )


def near_whole(operand: Term, error: Term) -> Term:
    """Where what it may be off leaves open which whole numbers it lies between."""
    guarded = _guarded(operand)
    distance = terms.size(terms.minus(guarded, terms.floor(terms.plus(guarded, terms.number(0.5)))))
    return terms.any_of(
        terms.at_most(distance, terms.plus(error, terms.number(1e-12))),
        terms.at_most(_UNROUNDED, terms.size(operand)),
    )


def _guarded(operand: Term) -> Term:
    small = terms.less(terms.size(operand), _UNROUNDED)
    return terms.case([(small, operand)], terms.number(0.0))


def sum_error(operands: Sequence[Term]) -> Term:
    """The most that a sum of floats may be off, in whatever order it is done."""
    total = terms.number(0.0)
    for each in operands:
        total = terms.plus(total, terms.size(each))
    return terms.times(total, terms.number(2 * EPSILON * len(operands)))


def floor_of(operand: Term) -> Term:
    """The whole number below; for what is small."""
    small = terms.less(terms.size(operand), _LARGE)
    guarded = terms.case([(small, operand)], terms.number(0.0))
    made = terms.as_whole(terms.floor(guarded))
    return terms.case([(terms.known(operand), made)], terms.null("int"))


def safely(op: str, left: Term, right: Term, bounds: Range) -> tuple[Term, Term]:
    """`plus`, `minus` or `times` of whole numbers, and where the row must be set aside for what is
    too large."""
    meaning = {"plus": terms.plus, "minus": terms.minus, "times": terms.times}[op]
    about = meaning(terms.as_float(left), terms.as_float(right))
    large = too_large(about, bounds)
    if large is FALSE:
        return meaning(left, right), FALSE
    fits = terms.at_most(terms.size(about), _LARGE)
    return terms.case([(fits, meaning(left, right))], terms.null("int")), large
