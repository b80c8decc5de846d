"""What is wanted of an outcome: from what somebody wrote to values, to words, and to a test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.backends.python.validate import validate_record
from engine.language import types
from engine.language.nearest import nearest
from engine.language.values import to_wire
from engine.program import nodes as program
from engine.program.words import done, field_noun, listed, value_words

OUTCOME = "outcome"
"""How the whole outcome is named, where it is no record."""


@dataclass(eq=False)
class WrongWantError(ValueError):
    """`help` says what could be wanted instead; `name` is what was asked for."""

    name: str
    message: str
    help: str

    def __str__(self) -> str:
        return f"{self.message}; {self.help}"


@dataclass(frozen=True)
class Want:
    """`place` is that of a field of the outcome, None for the whole; `value` is as
    `engine/language/values.py` has it, None where the field is to be missing."""

    name: str
    place: int | None
    type: types.Type
    value: Any
    wire: Any


def wants_of(decision: program.Decision, asked: Mapping[str, Any]) -> tuple[Want, ...]:
    """By the wire names of the outcome's fields, with values as JSON carries them."""
    if not asked:
        raise WrongWantError("", "nothing is wanted", f"there is {_names(decision)}")
    return tuple(_want(decision, name, wire) for name, wire in asked.items())


def read_want(decision: program.Decision, name: str, text: str) -> Any:
    """The value as JSON carries it, of words as they are typed: `yes`, `0.5`, `missing`."""
    field = _field(decision, name)
    match field.type:
        case _ if text == "missing" and field.optional:
            return None
        case types.Bool():
            return {"yes": True, "true": True, "no": False, "false": False}.get(text, text)
        case types.Number(integer=integer):
            return _number(text, integer=integer)
        case types.ListOf():
            return [] if text in ("[]", "empty", "none") else text
        case _:
            return text


def said(wants: Sequence[Want]) -> str:
    """`it would be replied and closed`, `the team would be "Desk"`."""
    return listed(_said(each, "would be") for each in wants)


def denied(wants: Sequence[Want]) -> str:
    """`it would not be replied and closed`."""
    if len(wants) == 1:
        return _said(wants[0], "would not be")
    return f"it would not be so that {listed(_said(each, 'is') for each in wants)}"


def _said(want: Want, would_be: str) -> str:
    if want.name == "action" and isinstance(want.value, str):
        return f"it {would_be} {done(want.value)}"
    called = field_noun("", want.name, want.type)
    if isinstance(want.type, types.Bool):
        called = f"“{called}”"
    would_be = "are" if would_be == "is" and isinstance(want.type, types.ListOf) else would_be
    told = "empty" if want.value == () else value_words(want.value, want.type)
    return f"{called} {would_be} {told}"


def is_given(wants: Sequence[Want], outcome: Any) -> bool:
    """Of an outcome in wire form."""
    return all(
        (outcome if each.place is None else outcome[each.name]) == each.wire for each in wants
    )


def _want(decision: program.Decision, name: str, wire: Any) -> Want:
    field = _field(decision, name)
    place = None
    if isinstance(decision.result, types.Record):
        place = decision.result.fields.index(field)
    if wire is None and field.optional:
        return Want(field.wire, place, field.type, None, None)
    match field.type:
        case types.Record() | types.Tally():
            message = f"`{name}` is made of several values"
            raise WrongWantError(name, message, f"want one of {_names(decision)}")
        case types.ListOf() if wire != []:
            raise WrongWantError(name, f"`{name}` is a list", "it can only be wanted empty: `[]`")
    taken = validate_record(types.Record("", (field,)), {field.wire: wire}, "")
    if taken.arguments is None:
        cure = _cure(field, wire, taken.faults[0].expected)
        raise WrongWantError(name, f"`{name}` is never {taken.faults[0].got}", cure)
    value = taken.arguments[0][0]
    return Want(field.wire, place, field.type, value, to_wire(value, field.type))


def _cure(field: types.Field, wire: Any, expected: str) -> str:
    match field.type:
        case types.Enum(members=members):
            known = [each.wire for each in members]
            near = nearest(wire, known) if isinstance(wire, str) else None
            return f"did you mean `{near}`?" if near else f"it is {_quoted(known)}"
        case types.Bool():
            return "it is `yes` or `no`"
        case _:
            return f"it is {expected}"


def _field(decision: program.Decision, name: str) -> types.Field:
    result = decision.result
    if not isinstance(result, types.Record):
        if name == OUTCOME:
            return types.Field(OUTCOME, OUTCOME, result)
        message = f"`{decision.name}` gives one value, which has no `{name}`"
        raise WrongWantError(name, message, f"call it `{OUTCOME}`")
    found = next((each for each in result.fields if each.wire == name), None)
    if found is not None:
        return found
    near = nearest(name, [each.wire for each in result.fields])
    cure = f"did you mean `{near}`?" if near else f"there is {_names(decision)}"
    raise WrongWantError(name, f"the outcome of `{decision.name}` has no `{name}`", cure)


def _names(decision: program.Decision) -> str:
    result = decision.result
    if not isinstance(result, types.Record):
        return f"`{OUTCOME}`"
    return _quoted([each.wire for each in result.fields])


def _quoted(names: Sequence[str]) -> str:
    return listed((f"`{each}`" for each in names), "or")


def _number(text: str, *, integer: bool) -> Any:
    try:
        return int(text) if integer else float(text)
    except ValueError:
        return text
