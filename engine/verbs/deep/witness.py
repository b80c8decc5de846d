"""A case to the few words that a finding shows of it: the facts that were read, as an author would
write them."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from engine.language import types
from engine.language.values import write_text
from engine.program import nodes as program
from engine.program.reads import ELEMENT, Path, Paths, touches

_LONGEST = 200


def witness(
    parameters: Sequence[program.Parameter], arguments: Sequence[Any], now: int, read: Paths
) -> str:
    """`ticket: { amount: 15, tier: gold }`, without what nobody read and what is missing."""
    told = [
        f"{each.name}: {_written(value, each.type, (each.name,), read)}"
        for each, value in zip(parameters, arguments, strict=True)
        if value is not None and touches(read, (each.name,))
    ]
    if touches(read, ("now",)):
        told.append(f"now: {write_text(now, types.Instant())}")
    said = ", ".join(told) or "every case"
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


def _written(value: Any, type_: types.Type, path: Path, read: Paths) -> str:
    match type_:
        case types.Record():
            told = list(_fields(value, type_, path, read))
            return f"{{ {', '.join(told)} }}" if told else "{}"
        case types.ListOf(element=element):
            inside = (_written(each, element, (*path, ELEMENT), read) for each in value)
            return f"[{', '.join(inside)}]"
        case _:
            return plainly(value, type_)


def _fields(value: Any, of: types.Record, path: Path, read: Paths) -> Iterator[str]:
    for field, each in zip(of.fields, value, strict=True):
        below = (*path, field.name)
        if each is not None and touches(read, below):
            yield f"{field.name}: {_written(each, field.type, below, read)}"


def plainly(value: Any, type_: types.Type) -> str:
    """A value without parts, as it is spelled in a policy."""
    match type_:
        case types.Enum(members=members):
            return next((each.name for each in members if each.wire == value), str(value))
        case types.Bool():
            return "true" if value else "false"
        case types.Text() | types.Code():
            return json.dumps(value, ensure_ascii=False)
        case types.Tally():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return write_text(value, type_)
