"""A case to mutants of it: facts left out, facts of a wrong type, facts that nobody declared, and
what no JSON holds."""

import json
from collections.abc import Iterable
from itertools import islice
from random import Random
from types import MappingProxyType
from typing import Any

Place = tuple[Any, ...]


def mutant(random: Random, case: Any) -> Any:
    """Now and then as the text of JSON, with a few characters changed too."""
    for _ in range(random.choice((0, 1, 1, 1, 2, 4))):
        case = _changed(random, case)
    return _written(random, case) if random.random() < _SHARE_OF_TEXTS else case


_SHARE_OF_TEXTS = 0.15


def _changed(random: Random, case: Any) -> Any:
    places = list(_places(case, ()))
    place = random.choice(places)
    match random.randrange(9):
        case 0 | 1:
            return _without(case, place)
        case 2:
            return _put(case, place, random.choice(_STRANGE))
        case 3:
            return _put(case, place, random.choice(_NUMBERS))
        case 4:
            return _put(case, place, random.choice(_TEXTS))
        case 5:
            return _put(case, place, _at(case, random.choice(places)))
        case 6:
            return _put(case, place, _nudged(random, _at(case, place)))
        case 7:
            return _put(case, place, _longer(random, _at(case, place)))
        case _:
            return _put(case, place, _with_another(random, _at(case, place)))


_NUMBERS: tuple[Any, ...] = (
    *(0, -1, 1, 0.0, -0.0, 1.5, True, False, 2**53, 2**53 + 1, -(2**63), 2**64, 10**400, 10**5000),
    *(1e15, 1e308, 5e-324, 0.1 + 0.2, float("nan"), float("inf"), float("-inf")),
)
_TEXTS = (
    *("", " ", "a", "\x00", "\ud800", "\udfff\ud800", "🙂", "e\u0301", "\u202e", "ſ", "İ", "ﬃ"),
    *("2026-01-31", "2026-02-30", "9999-12-31T23:59:59Z", "0001-01-01", "2026-01-01T00:00+99:99"),
    *("24h", "-1h", "999999999999999d", "0.0000001s", "٣h", "٣", "NaN", "null", "true", "1e5"),
    *("fraud", "stolen\ncard", "FRAUD!" * 1000, "harass" + "é" * 50, "{matched}", "\u2028"),
    "x" * 100_000,
)


def _nest(depth: int, kind: type) -> Any:
    made: Any = None
    for _ in range(depth):
        made = [made] if kind is list else {"a": made}
    return made


_STRANGE: tuple[Any, ...] = (
    *(
        None,
        [],
        {},
        (),
        "",
        [None],
        [[]],
        {"": None},
        {1: 2},
        {None: 1},
        {("a",): 1},
        {1.5: {2: 3}},
    ),
    *(object(), object, {1, 2}, frozenset(), b"bytes", bytearray(b"a"), 1j, range(3), iter(())),
    *(_nest(50, list), _nest(50, dict), _nest(50_000, list), _nest(50_000, dict)),
    *([0] * 10_000, [{}] * 100, ["a"] * 21, {str(each): each for each in range(1000)}),
    MappingProxyType({"a": 1}),
)


def _nudged(random: Random, value: Any) -> Any:
    """A value of the same type, near by."""
    match value:
        case bool():
            return not value
        case int():
            return value + random.choice((-1, 1))
        case float():
            return value + random.choice((-1.0, 1.0, 0.5, -0.0001, 0.0001))
        case str() if value:
            spot = random.randrange(len(value))
            other = random.choice(("", "x", " ", value[spot].upper()))
            return value[:spot] + other + value[spot + 1 :]
        case list():
            return [*value, *value] if random.random() < 0.5 else value[::-1]
        case _:
            return value


def _longer(random: Random, value: Any) -> Any:
    times = random.choice((2, 20, 1000))
    match value:
        case str():
            return (value + random.choice(("", " ", "\n")))[:100] * times
        case list():
            return value[:3] * times
        case _:
            return [value] * times


_NAMES: tuple[Any, ...] = (
    *("", "a/b~c", "größe", "\ud800", "x" * 1000, 1, 10**5000, None, 1.5, True, b"a", ("a",)),
)


def _with_another(random: Random, value: Any) -> Any:
    """With a fact that nobody declared, or under another name."""
    if not isinstance(value, dict):
        return {"value": value}
    names = list(value)
    odd = random.choice(_NAMES)
    if names and random.random() < 0.5:
        name = random.choice(names)
        alike = (f"{name}s", name.upper(), name[:-1]) if isinstance(name, str) else ()
        other = random.choice((odd, *alike))
        return {other if each == name else each: one for each, one in value.items()}
    return value | {odd: random.choice(_STRANGE)}


# places in a case


def _places(value: Any, at: Place) -> list[Place]:
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inside = islice(value.items(), _BROADEST)
    elif isinstance(value, list):
        inside = islice(enumerate(value), _BROADEST)
    if len(at) == _DEEPEST:
        return [at]
    return [at, *(each for key, one in inside for each in _places(one, (*at, key)))]


_DEEPEST = 6
_BROADEST = 12


def _at(value: Any, place: Place) -> Any:
    for key in place:
        value = value[key]
    return value


def _put(value: Any, place: Place, new: Any) -> Any:
    if not place:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = _put(value[place[0]], place[1:], new)
    return copy


def _without(value: Any, place: Place) -> Any:
    if not place:
        return {}
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if len(place) == 1:
        del copy[place[0]]
    else:
        copy[place[0]] = _without(value[place[0]], place[1:])
    return copy


# a case as text


def _written(random: Random, case: Any) -> str | bytes:
    try:
        text = json.dumps(case)
    except (TypeError, ValueError, RecursionError):
        return random.choice(_NO_JSON)
    for _ in range(random.choice((0, 1, 2))):
        start = random.randrange(len(text) + 1)
        piece = random.choice(_PIECES)
        text = text[:start] + piece + text[start + random.choice((0, 1)) :]
    return text if random.random() < 0.5 else text.encode("utf-8", "surrogatepass")


_NO_JSON: tuple[str | bytes, ...] = (
    *("", " ", "{", "nul", "{}{}", '{"a":1,"a":2}', "[" * 100_000, '{"a":' * 100_000, "1" * 5000),
    *(b"", b"\xff\xfe", b"\x80", "{}".encode("utf-16"), b'\xef\xbb\xbf{"a": 1}', b"\x00"),
    b'"\xed\xa0\x80"',
)
_PIECES = ("", ",", '"', "{", "]", "NaN", "-", "1e999", "\\", "\\ud800", "\x00", "é")
