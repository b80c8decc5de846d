"""`GET /v1/policies/{name}/versions/{version}/guarantees` and `/findings`: what is proved of a
version, and what it says that no case ever shows."""

from functools import partial
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State

import engine
from engine import Program
from service.api.policies import finding, findings, loaded
from service.api.queries import only
from service.auth import needs
from service.shelf import Shelf

_VERSION = "/v1/policies/{name:str}/versions/{version:str}"


@get(f"{_VERSION}/guarantees", guards=[needs()])
async def guarantees(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any]]:
    program = _asked(request, state)
    key = "guarantees", program.content_hash
    found = await state.solving.once(key, partial(_proved, program))
    return Response(found)


@get(f"{_VERSION}/findings", guards=[needs()])
async def deep_findings(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any]]:
    program = _asked(request, state)
    before = _before(state.shelf, program)
    key = "findings", program.content_hash, before and before.content_hash
    found = await state.solving.once(key, partial(_found, program, before))
    return Response(found)


def _asked(request: Request[Any, Any, Any], state: State) -> Program:
    only(request)
    return loaded(state.shelf, request.path_params["name"], request.path_params["version"])


def _before(shelf: Shelf, program: Program) -> Program | None:
    """The newest version that is older."""
    versions = shelf.programs[program.name].values()
    older = [each for each in versions if _number(each) < _number(program)]
    return max(older, key=_number, default=None)


def _number(program: Program) -> tuple[int, ...]:
    return tuple(map(int, program.version.split(".")))


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
