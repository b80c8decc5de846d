"""What mutants are made of: all policies of the repository, with cases for them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from engine import Program, Source
from engine.language.types import Type
from engine.language.values import parse_instant, to_wire
from engine.program import nodes as program
from engine.program.cases import is_whole_case

_ROOT = Path(__file__).parents[2]
_FOLDERS = ("policies", "tests/corpus")


@dataclass(frozen=True)
class Sample:
    """A case of a decision or a lifecycle, as JSON carries it."""

    of: str
    case: Any
    now: int | None


def files() -> list[Source]:
    """Each is named by its path."""
    paths = (path for each in _FOLDERS for path in sorted((_ROOT / each).rglob("*.bylaw")))
    return [Source(str(path), path.read_bytes().decode()) for path in paths]


def samples_of(made: Program) -> Iterator[Sample]:
    """The cases of the policy's own examples."""
    for example in made.examples:
        match example.kind:
            case "decision":
                of = made.decisions[example.of]
                yield Sample(of.name, _case(of.parameters, example.arguments), example.now)
            case "lifecycle":
                yield _lived(made.lifecycles[example.of], example)
            case "define" | "table":
                pass
            case _:
                assert_never(example.kind)


def samples_beside(source: Source, made: Program) -> Iterator[Sample]:
    """The cases in the file beside the policy's."""
    beside = Path(source.name).with_suffix(".cases.json")
    for each in json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else ():
        now = parse_instant(each["as_of"]) if "as_of" in each else None
        if "decision" in each:
            yield Sample(each["decision"], each["input"], now)
            continue
        of = made.lifecycles[each["lifecycle"]]
        given = {of.parameter.name: each["input"], "state": each["state"]}
        if "event" in each:
            given["event"] = {"name": each["event"], **each.get("payload", {})}
        yield Sample(of.name, given, now)


def _case(parameters: Sequence[program.Parameter], arguments: Sequence[object]) -> Any:
    wire = {
        parameter.name: _wire(argument, parameter.type)
        for parameter, argument in zip(parameters, arguments, strict=True)
    }
    return wire[parameters[0].name] if is_whole_case(parameters) else wire


def _lived(of: program.Lifecycle, example: program.Example) -> Sample:
    states = {each.name: each.wire for each in of.states}
    given = {of.parameter.name: _wire(example.arguments[0], of.parameter.type)}
    given["state"] = states[example.state or of.states[0].name]
    if example.event is not None:
        event = next(each for each in of.events if each.name == example.event)
        payload = _wire(example.payload, event.payload) if example.payload else {}
        given["event"] = {"name": example.event, **payload}
    return Sample(of.name, given, example.now)


def _wire(value: object, type_: Type) -> Any:
    return _given(to_wire(value, type_))


def _given(value: Any) -> Any:
    """Without what is absent."""
    match value:
        case Mapping():
            return {key: _given(each) for key, each in value.items() if each is not None}
        case list():
            return [_given(each) for each in value]
        case _:
            return value
