"""`GET /v1/policies/{name}/versions/{version}/guarantees` and `/findings`: what is proved of a
version, and what it says that no case ever shows."""

from functools import partial
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State

import engine
from engine import Program
from service.api.policies import finding, findings, version_asked
from service.api.queries import only
from service.auth import needs
from service.shelf import Shelf

_VERSION = "/v1/policies/{name:str}/versions/{version:str}"


@get(f"{_VERSION}/guarantees", guards=[needs()])
async def guarantees(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any]]:
    only(request)
    program = version_asked(state.shelf, request)
    key = "guarantees", program.content_hash
    found = await state.solving.once(key, partial(_proved, program))
    return Response(found)


@get(f"{_VERSION}/findings", guards=[needs()])
async def deep_findings(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any]]:
    only(request)
    program = version_asked(state.shelf, request)
    before = _before(state.shelf, program)
    key = "findings", program.content_hash, before and before.content_hash
    found = await state.solving.once(key, partial(_found, program, before))
    return Response(found)


def _before(shelf: Shelf, program: Program) -> Program | None:
    """The newest version that is older."""
    number = engine.version_number
    versions = shelf.programs[program.name]
    older = [each for each in versions if number(each) < number(program.version)]
    return versions[max(older, key=number)] if older else None


def _proved(program: Program) -> dict[str, Any]:
    return engine.prove(program).model_dump(mode="json")


def _found(program: Program, before: Program | None) -> dict[str, Any]:
    deep = engine.check_deep(program, before)
    return {
        "policy": program.name,
        "version": program.version,
        "hash": program.content_hash,
        "findings": [*findings(program.source), *map(finding, deep)],
    }
