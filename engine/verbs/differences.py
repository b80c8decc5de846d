"""What an example expects and what was found to their differences, in the author's spelling."""

import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from engine.diagnostics.examples import Difference
from engine.language import types
from engine.language.types import Type
from engine.language.values import to_wire, write_number
from engine.program.nodes import Expected

_LONGEST = 60


def differences(expected: Expected, found: Any, type_: Type) -> Iterator[Difference]:
    """`found` is in wire form; where the example names fields, only those are looked at."""
    if expected.fields is None:
        wanted = to_wire(expected.value, type_)
        yield from _differing("the result", wanted, found, type_, expected.digits)
        return
    if not isinstance(type_, types.Record):
        raise TypeError(type_)
    for place, value in expected.fields.items():
        field = type_.fields[place]
        wanted, digits = to_wire(value, field.type), expected.field_digits.get(place)
        yield from _differing(f"`{field.name}`", wanted, found[field.wire], field.type, digits)


def _differing(
    what: str, wanted: Any, found: Any, type_: Type, digits: int | None
) -> Iterator[Difference]:
    if _alike(wanted, found, digits):
        return
    if isinstance(wanted, str) and isinstance(found, str) and len(wanted) + len(found) > _LONGEST:
        yield from _lines_apart(what, wanted, found)
    else:
        yield Difference(what, expected=_spelled(wanted, type_), found=_spelled(found, type_))


def _alike(wanted: Any, found: Any, digits: int | None) -> bool:
    """With `digits`, numbers are alike that print alike with so many decimals."""
    if digits is None or wanted is None or found is None:
        return bool(wanted == found)
    return f"{wanted:.{digits}f}" == f"{found:.{digits}f}"


def _lines_apart(what: str, wanted: str, found: str) -> Iterator[Difference]:
    """Long texts are told apart by the first line that differs."""
    pairs = list(zip_longest(wanted.split("\n"), found.split("\n")))
    number = next(place for place, (one, other) in enumerate(pairs) if one != other)
    where = what if len(pairs) == 1 else f"line {number + 1} of {what}"
    one, other = pairs[number]
    yield Difference(where, expected=_line(one), found=_line(other))


def _line(line: str | None) -> str:
    return "not there" if line is None else f"`{_quoted(line)}`"


def _spelled(value: Any, type_: Type) -> str:
    return "missing" if value is None else f"`{_written(value, type_)}`"


def _written(value: Any, type_: Type) -> str:
    match type_, value:
        case types.Enum(members=members), _:
            return next((each.name for each in members if each.wire == value), str(value))
        case types.ListOf(element=element), list():
            return f"[{', '.join(_written(each, element) for each in value)}]"
        case types.Record(fields=fields), dict():
            given = ((each, value[each.wire]) for each in fields if value[each.wire] is not None)
            inside = ", ".join(f"{each.name}: {_written(one, each.type)}" for each, one in given)
            return f"{{ {inside} }}"
        case ((types.Duration() | types.Instant()), str()):
            return value
        case types.Number(), int() | float():
            return write_number(value)
        case _:
            return _quoted(value)


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
