"""Two cases of one decision to the facts in which the second differs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from engine.backends.python.births import escaped
from engine.language import types
from engine.program import nodes as program

Kind = Literal["value", "given", "missing", "list", "gone", "more"]


@dataclass(frozen=True)
class Difference:
    """`place` points into the case as it was, `now` into the other: to a value that is another, is
    `given` where none was, or is `missing`; to a `list` of values; to an element that is `gone` or
    is one `more`. `optional` says that the fact may be missing."""

    kind: Kind
    place: str
    now: str
    type: types.Type
    before: Any
    after: Any
    sensitive: bool


def differences(
    parameters: Sequence[program.Parameter],
    before: Sequence[Any],
    after: Sequence[Any],
    *,
    alone: bool,
) -> list[Difference]:
    """`alone` says that the only argument is the case itself."""
    found: list[Difference] = []
    for each, old, new in zip(parameters, before, after, strict=True):
        pointer = "" if alone else f"/{escaped(each.name)}"
        found += _between(each.type, old, new, pointer, pointer, sensitive=False)
    return found


def _between(
    type_: types.Type, old: Any, new: Any, place: str, now: str, *, sensitive: bool
) -> Iterator[Difference]:
    if old == new:
        return
    match type_:
        case types.Record(fields=fields):
            if new is None:
                yield Difference("missing", place, now, type_, old, None, sensitive)
                return
            parts = old if old is not None else [_unsaid(each) for each in fields]
            for each, one, other in zip(fields, parts, new, strict=True):
                below = f"/{escaped(each.wire)}"
                hidden = sensitive or each.sensitive
                yield from _between(
                    each.type, one, other, place + below, now + below, sensitive=hidden
                )
        case types.ListOf(element=types.Record() as element) if new is not None:
            yield from _of_lists(element, old or (), new, place, now, sensitive=sensitive)
        case _:
            kind: Kind = "missing" if new is None else "given" if old is None else "value"
            if isinstance(type_, types.ListOf) and kind != "missing":
                kind = "list"
            yield Difference(kind, place, now, type_, old, new, sensitive)


def _unsaid(field: types.Field) -> Any:
    """What is no news of a record that is new."""
    return field.default if field.has_default else None


def _of_lists(
    element: types.Record,
    old: Sequence[Any],
    new: Sequence[Any],
    place: str,
    now: str,
    *,
    sensitive: bool,
) -> Iterator[Difference]:
    pairs = _paired(element, tuple(old), tuple(new))
    for at, each in enumerate(old):
        if at not in pairs:
            yield Difference("gone", f"{place}/{at}", now, element, each, None, sensitive)
            continue
        other = pairs[at]
        yield from _between(
            element, each, new[other], f"{place}/{at}", f"{now}/{other}", sensitive=sensitive
        )
    for other in range(len(pairs), len(new)):
        there = f"{now}/{other}"
        yield Difference("more", f"{place}/-", there, element, None, new[other], sensitive)
        yield from _between(element, None, new[other], f"{place}/-", there, sensitive=sensitive)


def _paired(element: types.Record, old: tuple[Any, ...], new: tuple[Any, ...]) -> dict[int, int]:
    """Which old elements the first of the new ones are, so that least differs; those that come
    stand after them."""

    @lru_cache(None)
    def least(at: int, other: int) -> tuple[int, tuple[tuple[int, int], ...]]:
        if at == len(old):
            return sum(_size(element, each) for each in new[other:]), ()
        size, pairs = least(at + 1, other)
        best = size + 1, pairs
        if other < len(new):
            size, pairs = least(at + 1, other + 1)
            size += len(list(_between(element, old[at], new[other], "", "", sensitive=False)))
            best = min(best, (size, ((at, other), *pairs)), key=lambda each: each[0])
        return best

    return dict(least(0, 0)[1])


def _size(type_: types.Record, value: Any) -> int:
    return max(1, len(list(_between(type_, None, value, "", "", sensitive=False))))
