"""A policy to the cases of its own examples, as JSON carries them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.language import types
from engine.language.values import to_wire, write_instant
from engine.program import nodes as program
from engine.program.cases import is_whole_case

Input = Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """An example's title, its case without what may be left out, and its instant if it has one."""

    title: str
    input: Input
    as_of: str | None


def samples(policy: program.Program, decision: str) -> list[Sample]:
    """Of a decision or a lifecycle."""
    return [
        Sample(
            each.title,
            _case(policy, each),
            None if each.now is None else write_instant(each.now),
        )
        for each in policy.examples
        if each.kind in ("decision", "lifecycle") and each.of == decision
    ]


def sample(policy: program.Program) -> tuple[str, Input] | None:
    """A case to try in a shell, of the shortest example that needs no escaping there: its decision,
    and the case."""
    cases = [(name, each.input) for name in policy.decisions for each in samples(policy, name)]
    plain = [each for each in cases if "'" not in json.dumps(each)]
    return min(plain or cases, key=lambda each: len(str(each)), default=None)


def _case(policy: program.Program, example: program.Example) -> Input:
    if example.kind == "decision":
        return input_of(policy.decisions[example.of].parameters, example.arguments)
    lifecycle = policy.lifecycles[example.of]
    states = {each.name: each.wire for each in lifecycle.states}
    initial = next(each.name for each in lifecycle.states if each.initial)
    facts = shortest(example.arguments[0], lifecycle.parameter.type)
    given = {lifecycle.parameter.name: facts, "state": states[example.state or initial]}
    return given if example.event is None else {**given, "event": _event(lifecycle, example)}


def _event(lifecycle: program.Lifecycle, example: program.Example) -> Input:
    payload = next(each.payload for each in lifecycle.events if each.name == example.event)
    brought = shortest(example.payload, payload) if isinstance(example.payload, tuple) else {}
    return {"name": example.event, **brought}


def input_of(parameters: Sequence[program.Parameter], arguments: Sequence[object]) -> Input:
    """Arguments as a case carries them, without what may be left out."""
    given = {
        parameter.name: shortest(argument, parameter.type)
        for parameter, argument in zip(parameters, arguments, strict=True)
    }
    whole: Input = given[parameters[0].name] if is_whole_case(parameters) else given
    return whole


def shortest(value: Any, type_: types.Type) -> Any:
    """Without what may be left out: absent fields, defaults, and records of nothing else."""
    match type_:
        case types.Record(fields=fields):
            parts = (
                (field, shortest(each, field.type))
                for field, each in zip(fields, value, strict=True)
                if each is not None and not (field.has_default and each == field.default)
            )
            return {field.wire: part for field, part in parts if part != {}}
        case types.ListOf(element=element):
            return [shortest(each, element) for each in value]
        case _:
            return to_wire(value, type_)
