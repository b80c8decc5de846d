"""A case to what may be kept of it: the triggers that its sensitive texts mention, and the case
with those facts withheld."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from engine.backends.python.births import escaped
from engine.backends.python.validate import validate
from engine.language import types
from engine.program import nodes as program
from engine.program.cases import as_field, is_whole_case
from engine.verbs.compiled import Compiled
from engine.verbs.decide import evaluator, named, parameters_of
from engine.verbs.explaining.audit import hidden

Texts = Iterator[tuple[str, str]]
Reader = Callable[[Any, str], Texts]
Mentions = Callable[[Mapping[str, Any]], dict[str, list[str]]]


def mentioned(
    policy: program.Program, case: Mapping[str, Any], decision: str | None = None
) -> dict[str, list[str]]:
    """By the pointer of each sensitive text that mentions a trigger. The case must have been taken
    by the decision."""
    read = _mentions.of(policy, named(policy, decision))
    return {} if read is None else read(case)


def withheld(
    policy: program.Program, case: Mapping[str, Any], decision: str | None, key: bytes
) -> Any:
    """The case as it was taken in, its defaults filled in, with an HMAC by this key in place of
    each sensitive fact; None where the case would be refused."""
    parameters = parameters_of(policy, named(policy, decision))
    arguments = validate(parameters, case).arguments
    if arguments is None:
        return None
    if is_whole_case(parameters):
        return hidden(arguments[0], parameters[0].type, key, sensitive=False)
    whole = types.Record("case", tuple(map(as_field, parameters)))
    return hidden(arguments, whole, key, sensitive=False)


def fact_at(
    policy: program.Program, decision: str, path: str
) -> Literal["plain", "sensitive"] | None:
    """What a path as `order.linked` or `intents.0.name` leads to; None where to nothing."""
    parameters = parameters_of(policy, decision)
    at: types.Type = types.Record("case", tuple(map(as_field, parameters)))
    if is_whole_case(parameters):
        at = parameters[0].type
    found: Literal["plain", "sensitive"] = "plain"
    for step in path.split("."):
        match at:
            case types.Record(fields=fields):
                field = next((each for each in fields if each.wire == step), None)
                if field is None:
                    return None
                found = "sensitive" if field.sensitive else found
                at = field.type
            case types.ListOf(element=element) if step.isdecimal():
                at = element
            case _:
                return None
    return found


def _made(policy: program.Program, name: str) -> Mentions | None:
    parameters = parameters_of(policy, name)
    whole = types.Record("case", tuple(map(as_field, parameters)))
    type_ = parameters[0].type if is_whole_case(parameters) else whole
    texts = _texts_of(type_, sensitive=False) if policy.triggers else None
    if texts is None:
        return None
    match, names = evaluator(policy).matcher.match, [each.name for each in policy.triggers]

    def read(case: Mapping[str, Any]) -> dict[str, list[str]]:
        return {
            pointer: [name for place, name in enumerate(names) if bits >> place & 1]
            for pointer, text in texts(case, "")
            if (bits := match(text))
        }

    return read


_mentions = Compiled(_made)


def _texts_of(type_: types.Type, *, sensitive: bool) -> Reader | None:
    """None where a value of this type holds no sensitive text."""
    match type_:
        case types.Text() if sensitive:
            return _text
        case types.Record(fields=fields):
            inside = [
                (field.wire, f"/{escaped(field.wire)}", reader)
                for field in fields
                if (reader := _texts_of(field.type, sensitive=sensitive or field.sensitive))
            ]
            return _in_fields(inside) if inside else None
        case types.ListOf(element=element):
            each = _texts_of(element, sensitive=sensitive)
            return _in_elements(each) if each else None
        case _:
            return None


def _text(value: Any, pointer: str) -> Texts:
    yield pointer, value


def _in_fields(fields: list[tuple[str, str, Reader]]) -> Reader:
    def read(value: Any, pointer: str) -> Texts:
        for wire, place, reader in fields:
            inside = value.get(wire)
            if inside is not None:
                yield from reader(inside, pointer + place)

    return read


def _in_elements(reader: Reader) -> Reader:
    def read(value: Any, pointer: str) -> Texts:
        for place, each in enumerate(value):
            yield from reader(each, f"{pointer}/{place}")

    return read
