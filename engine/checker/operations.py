"""Operand types to an operation's signature and the type it gives, by the table of operators and
functions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.language import types
from engine.language.operators import Kind, Operation, Signature
from engine.language.types import Type


@dataclass(frozen=True)
class Resolved:
    signature: Signature
    result: Type


def resolve(row: Operation, operands: Sequence[Type]) -> Resolved | None:
    """The first signature that fits, with the type of its result; None where none does."""
    for signature in row.signatures:
        kinds = kinds_for(signature, len(operands))
        if kinds is None or not all(map(_is_kind, kinds, operands)):
            continue
        result = _result(row, signature, kinds, operands)
        if result is not None:
            return Resolved(signature, result)
    return None


def kinds_for(signature: Signature, count: int) -> tuple[Kind, ...] | None:
    if signature.variadic:
        return signature.operands[:1] * count if count >= 2 else None
    return signature.operands if len(signature.operands) == count else None


def join(left: Type, right: Type) -> Type | None:
    """The one type that holds both; None where they do not go together."""
    match left, right:
        case types.Number(), types.Number():
            if left.unit and right.unit and left.unit != right.unit:
                return None
            return types.Number(left.integer and right.integer, left.unit or right.unit)
        case types.Text() | types.Code(), types.Text() | types.Code():
            return left if left == right else types.Text()
        case types.ListOf(), types.ListOf():
            if 0 in (left.bound, right.bound):
                return left if right.bound == 0 else right
            element = join(left.element, right.element)
            return None if element is None else types.ListOf(element, max(left.bound, right.bound))
        case _:
            return left if left == right else None


def fits(found: Type, wanted: Type) -> bool:
    """Whether a value of one type may stand where another is wanted."""
    match found, wanted:
        case types.Number(), types.Number():
            same_unit = found.unit is None or wanted.unit is None or found.unit == wanted.unit
            return same_unit and (found.integer or not wanted.integer)
        case types.Code(), types.Text():
            return True
        case types.ListOf(), types.ListOf():
            return found.bound == 0 or (
                fits(found.element, wanted.element) and found.bound <= wanted.bound
            )
        case _:
            return found == wanted


def takes(row: Operation) -> tuple[str, ...]:
    """What an operation takes, in the author's words."""
    said = {
        "bool": "a condition",
        "text": "a text",
        "number": "a number",
        "integer": "an integer",
        "duration": "a duration",
        "instant": "an instant",
        "list": "a list",
        "enum": "a member of an enum",
        "tally": "a tally",
        "code": "a code",
        "ordered": "a value with an order",
        "same": "the same type on both sides",
        "alike": "the same type on both sides",
        "any": "any value",
        "element": "a value",
    }
    lines = []
    for signature in row.signatures:
        kinds = [said[kind] for kind in signature.operands]
        if kinds == [said["same"]] * 2:
            lines.append(said["same"])
        elif kinds == [said["ordered"]] * 2:
            lines.append("two numbers, durations, instants, or members of an enum with an order")
        elif len(set(kinds)) == 1 and len(kinds) == 2:
            lines.append(f"two {kinds[0].split(' ', 1)[1]}s")
        else:
            lines.append(" and ".join(kinds))
    distinct = dict.fromkeys(line for line in lines if line != "two integers")
    return tuple(f"{'it takes ' if not place else ''}{line}" for place, line in enumerate(distinct))


def _is_kind(kind: Kind, type_: Type) -> bool:
    match kind:
        case "bool":
            return isinstance(type_, types.Bool)
        case "text":
            return isinstance(type_, types.Text | types.Code)
        case "number":
            return isinstance(type_, types.Number)
        case "integer":
            return isinstance(type_, types.Number) and type_.integer
        case "duration":
            return isinstance(type_, types.Duration)
        case "instant":
            return isinstance(type_, types.Instant)
        case "list":
            return isinstance(type_, types.ListOf)
        case "tally":
            return isinstance(type_, types.Tally)
        case "enum":
            return isinstance(type_, types.Enum)
        case "code":
            return isinstance(type_, types.Code)
        case "ordered":
            plain = isinstance(type_, types.Number | types.Duration | types.Instant)
            return plain or (isinstance(type_, types.Enum) and type_.order is not None)
        case "same":
            return not isinstance(type_, types.Record | types.ListOf | types.Tally)
        case "any" | "alike" | "element":
            return True


_JOINED = ("same", "alike", "ordered")


def _result(
    row: Operation, signature: Signature, kinds: Sequence[Kind], operands: Sequence[Type]
) -> Type | None:
    joined = _joined(kinds, operands)
    if joined is None and any(kind in _JOINED for kind in kinds):
        return None
    match signature.result:
        case "bool":
            return types.Bool() if _element_fits(kinds, operands) else None
        case "number" | "integer":
            unit = _unit(row.symbol, operands)
            if unit is _CLASH or not _member_fits(kinds, operands):
                return None
            return types.Number(
                signature.result == "integer", unit if isinstance(unit, str) else None
            )
        case "duration":
            return types.Duration()
        case "instant":
            return types.Instant()
        case "same" | "alike":
            return joined
        case "list":
            return _list(operands)
        case "element":
            first = operands[0]
            return first.element if isinstance(first, types.ListOf) else None
        case _:
            return types.Text()


def _joined(kinds: Sequence[Kind], operands: Sequence[Type]) -> Type | None:
    joined: Type | None = None
    for kind, operand in zip(kinds, operands, strict=True):
        if kind in _JOINED:
            joined = operand if joined is None else join(joined, operand)
            if joined is None:
                return None
    return joined


def _element_fits(kinds: Sequence[Kind], operands: Sequence[Type]) -> bool:
    if tuple(kinds) != ("element", "list"):
        return True
    value, values = operands
    return isinstance(values, types.ListOf) and (
        values.bound == 0 or join(value, values.element) is not None
    )


def _member_fits(kinds: Sequence[Kind], operands: Sequence[Type]) -> bool:
    if tuple(kinds[:2]) != ("tally", "enum"):
        return True
    tally = operands[0]
    daily_enough = len(operands) == 2 or (isinstance(tally, types.Tally) and tally.daily)
    return isinstance(tally, types.Tally) and tally.member == operands[1] and daily_enough


def _list(operands: Sequence[Type]) -> Type | None:
    lists = [operand for operand in operands if isinstance(operand, types.ListOf)]
    joined: Type | None = lists[0]
    for each in lists[1:]:
        joined = None if joined is None else join(joined, each)
    if not isinstance(joined, types.ListOf):
        return None
    return replace(joined, bound=sum(each.bound for each in lists))


_CLASH = object()


def _unit(symbol: str, operands: Sequence[Type]) -> object:
    """The unit of a number made of others, None for none, `_CLASH` where theirs do not go
    together."""
    units = [operand.unit for operand in operands if isinstance(operand, types.Number)]
    named = [unit for unit in units if unit is not None]
    match symbol:
        case "*":
            return _CLASH if len(named) > 1 else (named[0] if named else None)
        case "/":
            if len(named) == 2:
                return None if named[0] == named[1] else _CLASH
            return units[0] if units else None
        case "round":
            return units[0]
        case _:
            return _CLASH if len(set(named)) > 1 else (named[0] if named else None)
