"""A case of some kind to one of the same kind that is smaller, and nearer to an example of the
policy.

Cases are tried, by deciding them: nothing that is not of the kind is kept.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from engine.language import types
from engine.language.values import (
    DAY,
    FIRST_INSTANT,
    LAST_INSTANT,
    parse_instant,
    write_instant,
)

Is = Callable[[Any, int], bool]
"""Whether a case, as JSON carries it, is of the kind at an instant."""

_MOST_EXAMPLES = 3
_MOST_PASSES = 3
_MOST_GIVEN = 160
_MOST_OF_ONE = 12
_FEW_DIGITS = 2


def nearest(
    case: Any,
    now: int,
    examples: Sequence[tuple[Any, int | None]],
    values: Mapping[tuple[str, ...], Sequence[Any]],
    is_one: Is,
) -> tuple[Any, int]:
    """`examples` are whole cases with their instants, the best to begin with; `values`
    are what somebody would give, by where it stands (`*` for any place of a list)."""
    best: tuple[int, int, Any, int] | None = None
    for example, at in list(examples)[:_MOST_EXAMPLES] or [(case, None)]:
        near, then = _nearer(deepcopy(case), now, example, at, is_one)
        near, then = _smaller(near, then, is_one)
        apart = sum(1 for _ in _edits(near, example, ()))
        found = apart, len(json.dumps(near)), near, then
        if best is None or found[:2] < best[:2]:
            best = found
    assert best is not None
    near, then = _plainer(best[2], best[3], values, is_one)
    return _smaller(near, then, is_one)


Edit = tuple[tuple[str | int, ...], Any]
_GONE = object()


def _nearer(case: Any, now: int, example: Any, at: int | None, is_one: Is) -> tuple[Any, int]:
    """Every fact as in the example, where it stays one of the kind."""
    if at is not None:
        for tried in (case, _later(case, at - now)):
            if is_one(tried, at):
                case, now = tried, at
                break
    for _ in range(_MOST_PASSES):
        changed = False
        for path, value in _edits(case, example, ()):
            tried = _with(case, path, value)
            if is_one(tried, now):
                case, changed = tried, True
                break
        else:
            if at is not None and now != at and is_one(case, at):
                now, changed = at, True
        if not changed:
            break
        case, changed = _each(case, example, now, is_one)
    return case, now


def _each(case: Any, example: Any, now: int, is_one: Is) -> tuple[Any, bool]:
    done = False
    for path, value in list(_edits(case, example, ())):
        try:
            tried = _with(case, path, value)
        except (KeyError, IndexError, TypeError):
            continue  # an edit before took its place away
        if is_one(tried, now):
            case, done = tried, True
    return case, done


def _edits(case: Any, example: Any, path: tuple[str | int, ...]) -> Iterator[Edit]:
    """What would have to be changed, the larger parts first."""
    if case == example:
        return
    if isinstance(case, dict) and isinstance(example, dict):
        for key in dict.fromkeys((*case, *example)):
            if key not in example:
                yield (*path, key), _GONE
            elif key not in case:
                yield (*path, key), example[key]
            else:
                yield from _edits(case[key], example[key], (*path, key))
        return
    if path:
        yield path, example
    if isinstance(case, list) and isinstance(example, list):
        for place, (one, other) in enumerate(zip(case, example, strict=False)):
            yield from _edits(one, other, (*path, place))


def _later(case: Any, by: int) -> Any:
    """Every instant in it moved alike."""
    match case:
        case dict():
            return {key: _later(value, by) for key, value in case.items()}
        case list():
            return [_later(each, by) for each in case]
        case str() if (at := parse_instant(case)) is not None and "T" in case:
            return write_instant(min(max(at + by, FIRST_INSTANT), LAST_INSTANT))
        case _:
            return case


def _with(case: Any, path: tuple[str | int, ...], value: Any) -> Any:
    made = deepcopy(case)
    inside = made
    for step in path[:-1]:
        inside = inside[step]
    if value is _GONE:
        del inside[path[-1]]
    else:
        inside[path[-1]] = deepcopy(value)
    return made


def _smaller(case: Any, now: int, is_one: Is) -> tuple[Any, int]:
    """Without what need not be there."""
    for path in sorted(_parts(case, ()), key=lambda each: (len(each), -_last(each))):
        try:
            tried = _with(case, path, _GONE)
        except (KeyError, IndexError, TypeError):
            continue
        if is_one(tried, now):
            case = tried
    return case, now


def _last(path: tuple[str | int, ...]) -> int:
    return path[-1] if isinstance(path[-1], int) else 0


def _parts(case: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(case, dict):
        for key, value in case.items():
            yield (*path, key)
            yield from _parts(value, (*path, key))
    if isinstance(case, list):
        for place, value in enumerate(case):
            yield (*path, place)
            yield from _parts(value, (*path, place))


def _plainer(
    case: Any, now: int, values: Mapping[tuple[str, ...], Sequence[Any]], is_one: Is
) -> tuple[Any, int]:
    """What somebody would give, numbers of few digits, round times."""
    for path in list(_parts(case, ())):
        value = _at(case, path)
        for tried in _instead(value, values.get(_anywhere(path), ()), now):
            if tried == value:
                break
            changed = _with(case, path, tried)
            if is_one(changed, now):
                case = changed
                break
    return case, now


def _at(case: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        case = case[step]
    return case


def _anywhere(path: tuple[str | int, ...]) -> tuple[str, ...]:
    return tuple("*" if isinstance(step, int) else step for step in path)


def _instead(value: Any, given: Sequence[Any], now: int) -> Iterator[Any]:
    if isinstance(value, bool | dict | list) or value is None:
        return
    yield from (each for each in given[:_MOST_GIVEN] if type(each) is not bool)
    match value:
        case float() if round(value, _FEW_DIGITS) != value:
            for digits in range(8):
                yield round(value, digits)
        case str() if (parse_instant(value)) is not None:
            for days in (0, 1, 2, 7, 10, 14, 30, 60, 365, -1, -7):
                yield write_instant(now - days * DAY)
        case _:
            return


def values_in(cases: Sequence[Any]) -> dict[tuple[str, ...], list[Any]]:
    """What some cases give, by where it stands."""
    found: dict[tuple[str, ...], list[Any]] = {}
    for case in cases:
        for path in _parts(case, ()):
            value = _at(case, path)
            if isinstance(value, str | int | float):
                given = found.setdefault(_anywhere(path), [])
                if value not in given:
                    given.append(value)
    return found


def varied(
    case: Any, type_: types.Type, given: Mapping[tuple[str, ...], Sequence[Any]]
) -> Iterator[Any]:
    """The case with one of its facts changed, to each value of a few, or to one that is given
    elsewhere."""
    for path, inside in _places(case, type_, ()):
        for value in (*_few_values(inside), *given.get(_anywhere(path), ())[:_MOST_OF_ONE]):
            yield _with(case, path, value)


def _places(
    case: Any, type_: types.Type, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], types.Type]]:
    match type_, case:
        case types.Record(fields=fields), dict():
            for each in fields:
                yield (*path, each.wire), each.type
                if each.wire in case:
                    yield from _places(case[each.wire], each.type, (*path, each.wire))
        case types.ListOf(element=element), list():
            for place, each in enumerate(case):
                yield (*path, place), element
                yield from _places(each, element, (*path, place))
        case _:
            return


def _few_values(type_: types.Type) -> list[Any]:
    match type_:
        case types.Bool():
            return [True, False]
        case types.Enum(members=members):
            return [each.wire for each in members]
        case _:
            return []
