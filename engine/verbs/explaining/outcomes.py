"""An outcome in a few words: `routed to Email Support Team`, `verdict expired`, `2 notices`."""

from collections.abc import Mapping
from typing import Any

from engine.language import types
from engine.program import nodes as program
from engine.program import say
from engine.program.say import Voice
from engine.program.words import counted, done, words

_ACTION = "action"
_DESTINATIONS = ("team", "queue", "desk")
_LEADS_TO = frozenset({"route", "assign", "escalate", "transfer", "forward", "send", "hand"})


def outcome_said(outcome: Any, type_: types.Type) -> str:
    """Of an outcome in wire form."""
    match type_, outcome:
        case types.Record(), Mapping():
            return _record_said(outcome, type_)
        case types.ListOf(element=types.Record(name=name)), list():
            return f"{counted(len(outcome), words(name))}" if outcome else f"no {words(name)}s"
        case _:
            return wire_words(outcome)


def wire_words(value: Any) -> str:
    """A value in wire form, where its type does not matter."""
    match value:
        case None:
            return "missing"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(wire_words, value)) or "nothing"
        case _:
            return str(value)


def _record_said(outcome: Mapping[str, Any], record: types.Record) -> str:
    action = record.field(_ACTION)
    if action is not None and isinstance(outcome.get(action.wire), str):
        return _acted(outcome[action.wire], _destination(outcome, record))
    field = _leading(record)
    return f"{words(field.name)} {outcome_said(outcome.get(field.wire), field.type)}"


def _acted(action: str, destination: str | None) -> str:
    last = action.rsplit("_and_", maxsplit=1)[-1].split("_", maxsplit=1)[0]
    told = done(action)
    return f"{told} to {destination}" if destination and last in _LEADS_TO else told


def _destination(outcome: Mapping[str, Any], record: types.Record) -> str | None:
    fields = (record.field(name) for name in _DESTINATIONS)
    wires = [field.wire for field in fields if field is not None]
    return next((outcome[wire] for wire in wires if isinstance(outcome.get(wire), str)), None)


def _leading(record: types.Record) -> types.Field:
    """The field that matters most: an ordered choice, else a choice, else the first."""
    enums = [each for each in record.fields if isinstance(each.type, types.Enum)]
    ordered = [each for each in enums if isinstance(each.type, types.Enum) and each.type.order]
    return (*ordered, *enums, *record.fields)[0]


def would_be(node: program.Expression, voice: Voice) -> str:
    """Of what a rule would give, before it has."""
    record = node.type
    if not isinstance(node, program.MakeRecord) or not isinstance(record, types.Record):
        return f"given {say.value(node, voice)}"
    action = record.field(_ACTION)
    field = action or _leading(record)
    value = node.values[record.places[field.name]]
    if isinstance(value, program.Constant) and isinstance(value.value, str) and action is not None:
        return done(value.value)
    return f"given {words(field.name)} {'' if value is None else say.value(value, voice)}".rstrip()
