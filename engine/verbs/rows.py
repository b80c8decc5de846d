"""A row of a table back to the case that it tells.

A column is a fact by its path (`order.linked`, `intents.0.name`), or holds records and lists as
Parquet does. Text in a column of a fact that is no text is read as JSON, as in a CSV file; what
cannot be read stays text, and the evaluator says what is wrong with it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from engine.language import types
from engine.language.plain_json import JsonError, read_json
from engine.language.types import Type
from engine.language.values import parse_instant, write_instant
from engine.program.cases import as_field, is_whole_case
from engine.program.nodes import Parameter

_YES_NO = {"true": True, "yes": True, "false": False, "no": False}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Column:
    """`steps` lead to where its values stand in a case; `type` is declared there, or nothing."""

    name: str
    steps: tuple[str | int, ...]
    type: Type | None


def columns_of(names: Sequence[str], parameters: Sequence[Parameter]) -> list[Column]:
    """Those that lead to a declared fact, or into one."""
    root = _root(parameters)
    found = [column(name, parameters) for name in names]
    declared = {each.wire for each in root.fields} if isinstance(root, types.Record) else set()
    return [each for each in found if each.steps[0] in declared]


def named_twice(names: Sequence[str]) -> str | None:
    """Columns that have no name are left aside."""
    return next((each for each, times in Counter(names).items() if each and times > 1), None)


def beyond(name: str, parameters: Sequence[Parameter]) -> tuple[str, types.ListOf] | None:
    """The place in a list to which a column leads, where the list has no room for it."""
    at: Type | None = _root(parameters)
    for step in name.strip().split("."):
        if isinstance(at, types.ListOf) and step.isdecimal() and _is_above(step, at.bound):
            return step, at
        at = _below(at, step)
    return None


def _is_above(step: str, bound: int) -> bool:
    """A number may be too long to be read."""
    return len(step.lstrip("0")) > len(str(bound)) or int(step) >= bound


def case_of(row: Mapping[str, Any], columns: Sequence[Column]) -> dict[str, Any]:
    case: dict[str, Any] = {}
    for column in columns:
        value = row[column.name]
        if value is not None:
            _put(case, column.steps, _value(value, column.type))
    return case


def instant(value: Any) -> int | None:
    """Microseconds since 1970, a text, or a time stamp, to the first of these."""
    told = _value(value, None)
    if isinstance(told, str):
        return parse_instant(told)
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def column(name: str, parameters: Sequence[Parameter]) -> Column:
    """Also of what nobody declared."""
    at: Type | None = _root(parameters)
    steps: list[str | int] = []
    for step in name.strip().split("."):
        is_place = isinstance(at, types.ListOf) and step.isdecimal()
        steps.append(int(step) if is_place else step)
        at = _below(at, step)
    return Column(name, tuple(steps), at)


def _root(parameters: Sequence[Parameter]) -> Type:
    if is_whole_case(parameters):
        return parameters[0].type
    return types.Record("case", tuple(map(as_field, parameters)))


def _below(type_: Type | None, step: str) -> Type | None:
    match type_:
        case types.Record(fields=fields):
            return next((each.type for each in fields if each.wire == step), None)
        case types.ListOf(element=element):
            return element
        case _:
            return None


def _put(case: dict[str, Any], steps: Sequence[str | int], value: Any) -> None:
    at: Any = case
    for step, following in pairwise(steps):
        at = _child(at, step, [] if isinstance(following, int) else {})
    _child(at, steps[-1], value)


def _child(at: Any, step: str | int, otherwise: Any) -> Any:
    """What stands below a step; put there first where nothing does."""
    if isinstance(at, list) and isinstance(step, int):
        at.extend([None] * (step + 1 - len(at)))
        at[step] = otherwise if at[step] is None else at[step]
        return at[step]
    if isinstance(at, dict):
        return at.setdefault(step, otherwise)
    return otherwise


def _value(value: Any, type_: Type | None) -> Any:
    match value:
        case str():
            return _read(value, type_)
        case datetime():
            return _instant(value)
        case date():
            return value.isoformat()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dict():
            found = {name: _value(each, _below(type_, name)) for name, each in value.items()}
            return {name: each for name, each in found.items() if each is not None}
        case list():
            return [_value(each, _below(type_, "")) for each in value]
        case _:
            return value


def _instant(value: datetime) -> str:
    """Without a time zone it is told in UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return write_instant((aware - _EPOCH) // (datetime.resolution))


def _read(cell: str, type_: Type | None) -> Any:
    match type_:
        case types.Bool():
            return _YES_NO.get(cell.lower(), cell)
        case types.Number() | types.ListOf() | types.Record() | types.Tally():
            try:
                return read_json(cell)
            except JsonError:
                return cell
        case _:
            return cell
