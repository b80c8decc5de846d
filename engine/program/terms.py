"""An expression to its terms: what could be taken out of it, each with what is left without it.

A term is an operand of `and`, `or`, `+` or `-`, or a `when` before a value; also inside a
quantifier or an argument, but not inside a define that is called, which has terms of its own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from engine.language import types
from engine.program import nodes as program
from engine.program import walk

Rebuild = Callable[[program.Expression], program.Expression]


@dataclass(frozen=True)
class Term:
    """`without` is the whole expression with the term taken out."""

    node: program.Expression
    of: Literal["and", "or", "sum", "when"]
    without: program.Expression


def terms(node: program.Expression) -> Iterator[Term]:
    """Outer ones before those that stand inside them."""
    return _terms(node, lambda new: new)


def names_in(node: program.Expression) -> tuple[str, ...]:
    """What a term may be called by: the names that stand in it, those first that say the most."""
    found = sorted(
        (place, order, name)
        for order, each in enumerate(walk.everything(node))
        for place, name in _names(each)
    )
    return tuple(dict.fromkeys(name for _, _, name in found))


def _names(node: program.Expression) -> Iterator[tuple[int, str]]:
    match node:
        case program.Call(define=name) | program.Lookup(table=name):
            yield 0, name
        case program.Mentions(triggers=triggers):
            yield from ((0, name) for name in triggers)
        case program.FieldOf(name=name) | program.PartOf(name=name):
            yield 1, name
        case program.Constant(name=str() as name):
            yield 2, name
        case program.Variable(name=name):
            yield 3, name
        case _:
            return


def _terms(node: program.Expression, rebuild: Rebuild) -> Iterator[Term]:
    for part, of, left in _parts(node):
        yield Term(part, of, rebuild(left))
    for child, put in _slots(node):
        yield from _terms(child, lambda new, put=put: rebuild(put(new)))  # type: ignore[misc]


_Part = tuple[program.Expression, Literal["and", "or", "sum", "when"], program.Expression]


def _parts(node: program.Expression) -> Iterator[_Part]:
    match node:
        case program.Chain(symbol=symbol, operands=operands):
            for place, each in enumerate(operands):
                others = (*operands[:place], *operands[place + 1 :])
                left = others[0] if len(others) == 1 else replace(node, operands=others)
                yield each, symbol, left
        case program.Apply(symbol="+", operands=(left, right)) if _is_amount(left, right):
            yield left, "sum", right
            yield right, "sum", left
        case program.Apply(symbol="-", operands=(left, right)) if _is_amount(left, right):
            yield right, "sum", left
        case program.Choice(branches=branches, otherwise=otherwise):
            for place, branch in enumerate(branches):
                kept = (*branches[:place], *branches[place + 1 :])
                yield (
                    branch.condition,
                    "when",
                    replace(node, branches=kept) if kept else otherwise,
                )
        case _:
            return


def _is_amount(left: program.Expression, right: program.Expression) -> bool:
    amounts = (types.Number, types.Duration)
    return isinstance(left.type, amounts) and type(left.type) is type(right.type)


def _slots(node: program.Expression) -> Iterator[tuple[program.Expression, Rebuild]]:
    """Each expression that stands inside, with the way to put another in its place."""
    match node:
        case program.Constant() | program.Variable() | program.Template():
            return
        case program.FieldOf(record=inner):
            yield inner, lambda new: replace(node, record=new)
        case program.PartOf(code=inner):
            yield inner, lambda new: replace(node, code=new)
        case program.Settle(operand=inner) | program.Not(operand=inner):
            yield inner, lambda new: replace(node, operand=new)
        case program.Mentions(text=inner):
            yield inner, lambda new: replace(node, text=new)
        case program.Apply(operands=several) | program.Chain(operands=several):
            yield from _several(several, lambda new: replace(node, operands=new))
        case program.Lookup(arguments=several) | program.Call(arguments=several):
            yield from _several(several, lambda new: replace(node, arguments=new))
        case program.MakeList(items=several):
            yield from _several(several, lambda new: replace(node, items=new))
        case program.Quantified(items=items, condition=condition):
            yield items, lambda new: replace(node, items=new)
            yield condition, lambda new: replace(node, condition=new)
        case program.Gather():
            yield from _gathered(node)
        case program.Aggregate(gather=gather):
            for child, put in _gathered(gather):
                yield child, lambda new, put=put: replace(node, gather=put(new))  # type: ignore[misc]
        case program.CompareCount(count=count, other=other):
            for child, put in _gathered(count.gather):
                yield (
                    child,
                    lambda new, put=put: replace(node, count=replace(count, gather=put(new))),  # type: ignore[misc]
                )
            yield other, lambda new: replace(node, other=new)
        case program.Choice(branches=branches, otherwise=otherwise):
            yield from _branches(node, branches)
            yield otherwise, lambda new: replace(node, otherwise=new)
        case program.MakeRecord(values=values):
            for place, value in enumerate(values):
                if value is not None:
                    yield value, _setting(node, values, place)
        case _:
            assert_never(node)


def _several(
    several: tuple[program.Expression, ...],
    put: Callable[[tuple[program.Expression, ...]], program.Expression],
) -> Iterator[tuple[program.Expression, Rebuild]]:
    def placing(place: int) -> Rebuild:
        return lambda new: put((*several[:place], new, *several[place + 1 :]))

    for place, each in enumerate(several):
        yield each, placing(place)


def _gathered(node: program.Gather) -> Iterator[tuple[program.Expression, Rebuild]]:
    yield node.items, lambda new: replace(node, items=new)
    yield node.value, lambda new: replace(node, value=new)
    if node.condition is not None:
        yield node.condition, lambda new: replace(node, condition=new)


def _branches(
    node: program.Choice, branches: tuple[program.Branch, ...]
) -> Iterator[tuple[program.Expression, Rebuild]]:
    def placing(place: int, branch: program.Branch) -> program.Expression:
        return replace(node, branches=(*branches[:place], branch, *branches[place + 1 :]))

    for place, branch in enumerate(branches):
        yield (
            branch.condition,
            lambda new, at=place, of=branch: placing(at, replace(of, condition=new)),  # type: ignore[misc]
        )
        yield branch.value, lambda new, at=place, of=branch: placing(at, replace(of, value=new))  # type: ignore[misc]


def _setting(
    node: program.MakeRecord, values: tuple[program.Expression | None, ...], place: int
) -> Rebuild:
    return lambda new: replace(node, values=(*values[:place], new, *values[place + 1 :]))
