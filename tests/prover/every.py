"""All values of a type, as the evaluator has them."""

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Any

from engine.language import types


def every(
    type_: types.Type, texts: Sequence[str] = (), shares: Sequence[float] = ()
) -> Iterator[Any]:
    """Of texts, and of numbers that are not whole, those that are given."""
    match type_:
        case types.Bool():
            yield from (False, True)
        case types.Enum(members=members):
            yield from (each.wire for each in members)
        case types.Number(integer=False) if shares:
            yield from shares
        case types.Number(range=within):
            yield from range(int(within.low or 0), int(within.high or 0) + 1)
        case types.Text() if texts:
            yield from texts
        case types.ListOf(element=element, bound=bound):
            for size in range(bound + 1):
                yield from product(list(every(element, texts, shares)), repeat=size)
        case types.Record(fields=fields):
            parts = [
                [*([None] if each.optional else []), *every(each.type, texts, shares)]
                for each in fields
            ]
            yield from product(*parts)
        case _:
            raise TypeError(type_)


def few(type_: types.Type, most: int) -> list[Any] | None:
    """None where they are more."""
    found = list(islice(every(type_), most + 1))
    return found if len(found) <= most else None
