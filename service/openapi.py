"""The policies that are live to the OpenAPI 3.1 document of the service.

Each of their decisions has a path of its own in it, with its facts, its outcomes and its examples.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

import engine
from engine import Program, Sample
from service import wire
from service.operations import (
    ALWAYS_GIVEN,
    ALWAYS_TAKEN,
    DECIDE,
    HEADERS,
    OPERATIONS,
    PARAMETERS,
    PROBLEMS,
    Answer,
    Operation,
    Parameter,
)

Json = dict[str, Any]

_MOST_EXAMPLES = 5
_SOME_ID = "019bc1f4-2a00-7cc3-98d1-5f2b7a1e4c60"
_SOME_TIME = "2026-01-15T14:32:00Z"
_ABOUT = """\
Facts in, decisions out, each with its reasons and the exact version of the policy that made it.

A decision of "no" is never an error. What goes wrong with a request is told as
`application/problem+json`, with a `code` for programs; a case that breaks the declared facts gets a
`safe_outcome` all the same.

As soon as the service has keys, every request but those for its health says
`Authorization: Bearer` and a key. Which roles are enough is told at each operation.
"""
_TAGS = {
    "Decisions": "Cases to decisions, by any policy.",
    "Journal": "Decisions that were made, and why.",
    "Policies": "What is loaded, what is live, and what could be.",
    "Issues": "Feedback in; issues, and what happens to them.",
    "Events": "What happened, for ticketing, CRM, alerts and BI.",
    "Reports": "What the books add up to.",
    "Releases": "One exact version at a time goes live in its program, approved and for a while.",
    "Audit": "Who did what to what decides.",
    "Service": "Its health, its figures, and this description.",
}


def document(programs: Mapping[str, Program], version: str) -> Json:
    """`version` is the service's own."""
    paths: Json = {}
    tried = _tried(programs)
    for operation in OPERATIONS:
        made = _operation(operation)
        paths.setdefault(operation.path, {})[operation.method] = _with_example(made, tried)
    schemas = _models()
    for program in programs.values():
        for name in (*program.decisions, *program.lifecycles):
            operation = _concrete(program, name)
            paths[operation.path] = {operation.method: _typed(operation, program, name, schemas)}
    policies = [
        {"name": each.name, "description": f"{each.title or each.name} {each.version}, live."}
        for each in programs.values()
        if each.decisions or each.lifecycles
    ]
    return {
        "openapi": "3.1.1",
        "info": {"title": "Bylaw", "version": version, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "tags": [*policies, *({"name": name, "description": of} for name, of in _TAGS.items())],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": dict(map(_trouble, _troubles())),
            "parameters": {
                _plain(name): _parameter(of, _examples(tried)) for name, of in PARAMETERS.items()
            },
            "headers": {
                name: {"description": says, "schema": schema}
                for name, (says, schema) in HEADERS.items()
            },
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation) -> Json:
    named = re.findall(r"{(\w+)}", operation.path)
    made: Json = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": " ".join(filter(None, (operation.more, _may(operation.roles)))),
        "tags": [operation.tag],
        "security": [{"key": [role]} for role in operation.roles or ()] or [{"key": []}],
        "parameters": [
            {"$ref": f"#/components/parameters/{_plain(name)}"}
            for name in (*named, *operation.takes, *ALWAYS_TAKEN)
        ],
    }
    if operation.roles is None:
        made["security"] = []
    if operation.body is not None:
        content = {"application/json": {"schema": _ref(operation.body)}}
        made["requestBody"] = {"required": True, "content": content}
    answers = {str(status): _answer(each) for status, each in operation.answers.items()}
    return {**made, "responses": {**answers, **_problems(operation)}}


def _may(roles: Sequence[str] | None) -> str:
    if roles is None:
        return "Nobody needs a key."
    if not roles:
        return "Any key may."
    *most, last = (f"`{role}`" for role in roles)
    return f"Needs the role {' or '.join(filter(None, (', '.join(most), last)))}."


def _answer(answer: Answer) -> Json:
    made: Json = {"description": answer.says, "headers": _headers(answer.headers)}
    forms = [_ref(each) for each in answer.models]
    others = {each: {"schema": {"type": "string"}} for each in answer.also}
    match forms, answer.media:
        case _, None:
            return made
        case [], media:
            kind = "object" if media == "application/json" else "string"
            return {**made, "content": {media: {"schema": {"type": kind}}, **others}}
        case [form], media:
            return {**made, "content": {media: {"schema": form}, **others}}
        case _, media:
            return {**made, "content": {media: {"schema": {"anyOf": forms}}, **others}}


def _problems(operation: Operation) -> Json:
    """By status, with the codes that it may have here."""
    return {
        str(PROBLEMS[codes[0]].status): {"$ref": f"#/components/responses/{'.'.join(codes)}"}
        for codes in _by_status(operation)
    }


def _by_status(operation: Operation) -> list[tuple[str, ...]]:
    statuses = sorted({PROBLEMS[code].status for code in operation.problems})
    return [
        tuple(code for code in operation.problems if PROBLEMS[code].status == status)
        for status in statuses
    ]


def _troubles() -> list[tuple[str, ...]]:
    return sorted({codes for operation in OPERATIONS for codes in _by_status(operation)})


def _trouble(codes: tuple[str, ...]) -> tuple[str, Json]:
    return ".".join(codes), _problem(codes, _ref(wire.Problem))


def _problem(codes: Sequence[str], schema: Json) -> Json:
    headers = [name for code in codes for name in PROBLEMS[code].headers]
    return {
        "description": "\n".join(f"`{code}`: {PROBLEMS[code].says}" for code in codes),
        "headers": _headers(headers),
        "content": {"application/problem+json": {"schema": schema}},
    }


def _headers(names: Sequence[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*names, *ALWAYS_GIVEN)}


_Tried = tuple[Program, str]


def _tried(programs: Mapping[str, Program]) -> _Tried | None:
    """What is asked in examples where any policy may be: one that needs not name its decision, if
    there is one."""
    every = [(each, name) for each in programs.values() for name in each.decisions]
    plain = (each for each in every if each[1] == each[0].name or len(each[0].decisions) == 1)
    return next(plain, next(iter(every), None))


def _with_example(operation: Json, tried: _Tried | None) -> Json:
    """A body that can be sent as it stands."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    cases = engine.samples(*tried) if tried is not None else []
    if content is None or not cases:
        return operation
    match content["schema"]:
        case {"$ref": "#/components/schemas/Question"}:
            content["examples"] = {cases[0].title: {"value": {"input": cases[0].input}}}
        case {"$ref": "#/components/schemas/Batch"}:
            items = [
                {"id": f"case-{place}", "input": each.input}
                for place, each in enumerate(cases[:2], 1)
            ]
            content["examples"] = {"Some cases": {"value": {"items": items}}}
    return operation


def _examples(tried: _Tried | None) -> Mapping[str, str]:
    """Of the parameters of paths: what is really there."""
    if tried is None:
        return {"id": _SOME_ID}
    program, decision = tried
    return {
        "policy": program.name,
        "name": program.name,
        "decision": decision,
        "version": program.version,
        "id": _SOME_ID,
    }


def _parameter(parameter: Parameter, examples: Mapping[str, str]) -> Json:
    example = {"example": examples[parameter.name]} if parameter.name in examples else {}
    return {
        **example,
        "name": parameter.name.removeprefix("?"),
        "in": parameter.place,
        "required": parameter.required or parameter.place == "path",
        "description": parameter.says,
        "schema": dict(parameter.schema),
    }


def _concrete(program: Program, decision: str) -> Operation:
    """`DECIDE` of one decision."""
    return replace(
        DECIDE,
        id=_word(f"decide_{program.name}_{decision}"),
        path=f"/v1/decisions/{quote(program.name)}/{quote(decision)}",
        summary=f"Decide {decision.replace('_', ' ')}",
        tag=program.name,
        more=f"Facts, outcome and examples are those of version {program.version}, which is live.",
    )


def _typed(operation: Operation, program: Program, decision: str, schemas: Json) -> Json:
    """With the decision's own facts, outcome and examples. Its records go among the schemas."""
    made, shown = _operation(operation), _shown(program, decision)
    facts = _apart(engine.schema(program, decision), f"{_word(program.name)}.input", schemas)
    outcome = _apart(
        engine.outcome_schema(program, decision), f"{_word(program.name)}.outcome", schemas
    )
    made["requestBody"]["content"]["application/json"] = _exemplified(
        _narrowed(wire.Question, {"input": facts}), {each.title: _question(each) for each in shown}
    )
    made["responses"]["200"]["content"]["application/json"] = _exemplified(
        _narrowed(wire.Record, {"outcome": outcome}),
        {each.title: _record(each, program, decision) for each in shown},
    )
    refused = _narrowed(wire.Problem, {"safe_outcome": outcome})
    made["responses"]["422"] = _problem(["refused-case"], refused)
    return made


def _apart(schema: Any, place: str, schemas: Json) -> Any:
    """Each record becomes a schema of its own, and a reference to it; the dialect is that of the
    document."""
    match schema:
        case {"title": str(title), "properties": {}}:
            inner = {name: _apart(of, place, schemas) for name, of in schema.items()}
            said = {name: inner.pop(name) for name in ("description",) if name in inner}
            inner.pop("$schema", None)
            schemas[f"{place}.{_word(title)}"] = inner
            return {**_named(f"{place}.{_word(title)}"), **said}
        case dict():
            return {
                name: _apart(of, place, schemas) for name, of in schema.items() if name != "$schema"
            }
        case list():
            return [_apart(each, place, schemas) for each in schema]
        case _:
            return schema


def _narrowed(model: type[BaseModel], properties: Json) -> Json:
    return {"allOf": [_ref(model), {"type": "object", "properties": properties}]}


def _exemplified(schema: Json, values: Json) -> Json:
    if not values:
        return {"schema": schema}
    return {"schema": schema, "examples": {name: {"value": of} for name, of in values.items()}}


def _shown(program: Program, decision: str) -> list[Sample]:
    """Some examples from the whole length of the file."""
    every = list({each.title: each for each in engine.samples(program, decision)}.values())
    step = max(1, -(-len(every) // _MOST_EXAMPLES))
    return every[::step]


def _question(sample: Sample) -> Json:
    asked = {"input": sample.input}
    return asked if sample.as_of is None else {**asked, "as_of": sample.as_of}


def _record(sample: Sample, program: Program, decision: str) -> Json:
    """What it is answered, but for the id."""
    now = engine.parse_instant(sample.as_of or _SOME_TIME)
    decided = engine.decide(program, sample.input, decision, now)
    made = engine.record(program, decided, engine.__version__)
    hypothetical = {} if sample.as_of is None else {"hypothetical": True}
    return {"decision_id": _SOME_ID, **made, **hypothetical}


def _word(name: str) -> str:
    """Names of components hold no letters but these."""
    return re.sub(r"[^A-Za-z0-9_]", lambda found: f"-{ord(found[0]):x}-", name)


def _plain(name: str) -> str:
    return f"{name.removeprefix('?')}-asked" if name.startswith("?") else name


def _ref(model: type[BaseModel]) -> Json:
    return _named(model.__name__)


def _named(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


class _Schemas(GenerateJsonSchema):
    """No titles that only say a field's name again, and no default that only says not there."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        return {name: of for name, of in made.items() if (name, of) != ("default", None)}


def _models() -> Json:
    _, made = models_json_schema(
        [(model, "validation") for model in _used()],
        ref_template="#/components/schemas/{model}",
        schema_generator=_Schemas,
    )
    found: Json = made["$defs"]
    return found


def _used() -> Iterator[type[BaseModel]]:
    used: set[type[BaseModel]] = {wire.Problem}
    for operation in OPERATIONS:
        used |= {operation.body} if operation.body else set()
        used |= {model for answer in operation.answers.values() for model in answer.models}
    yield from sorted(used, key=lambda model: model.__name__)
