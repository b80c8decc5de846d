"""`GET /v1/policies`, `/{name}` and `/{name}/versions/{version}`: what is loaded and live."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State

import engine
from engine import Finding, Program
from service.problems import ProblemError
from service.shelf import Shelf


@get("/v1/policies", sync_to_thread=False)
def policies(state: State) -> dict[str, Any]:
    shelf: Shelf = state.shelf
    return {"policies": [_policy(shelf, name) for name in shelf.names()]}


@get("/v1/policies/{name:str}", sync_to_thread=False)
def policy(request: Request[Any, Any, Any], state: State) -> dict[str, Any]:
    name = request.path_params["name"]
    _look_for(state.shelf, name)
    return _policy(state.shelf, name)


@get("/v1/policies/{name:str}/versions/{version:str}", sync_to_thread=True)
def version(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any] | None]:
    """The content hash is the ETag: who has this content is answered 304."""
    shelf: Shelf = state.shelf
    name, version = request.path_params["name"], request.path_params["version"]
    _look_for(shelf, name)
    program = shelf.version(name, version)
    if program is None:
        loaded = list(shelf.programs.get(name, {}))
        detail = f"no version {version} of `{name}` is loaded"
        raise _unknown("version", version, detail, loaded)
    tag = f'"{program.content_hash}"'
    if request.headers.get("If-None-Match") == tag:
        return Response(None, status_code=304, headers={"ETag": tag})
    return Response(_contents(shelf, program), headers={"ETag": tag})


def _look_for(shelf: Shelf, name: str) -> None:
    if name not in shelf.names():
        raise _unknown("policy", name, f"there is no policy `{name}`", shelf.names())


def _unknown(kind: str, name: str, detail: str, known: Sequence[str]) -> ProblemError:
    near = engine.nearest(name, known)
    meant = f"; did you mean `{near}`?" if near else ""
    more = {"nearest": near, "known": list(known)}
    return ProblemError(404, f"unknown-{kind}", detail + meant, more=more)


def _policy(shelf: Shelf, name: str) -> dict[str, Any]:
    broken = [each.partition("@") for each in shelf.broken]
    return {
        "name": name,
        "live": shelf.live.get(name),
        "versions": [_named(shelf, each) for each in shelf.programs.get(name, {}).values()],
        "not_loaded": [version for of, _, version in broken if of == name],
    }


def _named(shelf: Shelf, program: Program) -> dict[str, Any]:
    return {
        "version": program.version,
        "state": "live" if shelf.active(program.name) is program else "loaded",
        "content_hash": program.content_hash,
        "meaning_hash": program.meaning_hash,
    }


def _contents(shelf: Shelf, program: Program) -> dict[str, Any]:
    return {
        "name": program.name,
        **_named(shelf, program),
        "language": f"bylaw {program.language}",
        "title": program.title,
        "owner": program.owner,
        "governs": list(program.governs),
        "origin": program.origin,
        "decisions": {name: {"facts": engine.schema(program, name)} for name in program.decisions},
        "lifecycles": list(program.lifecycles),
        "findings": [_finding(each) for each in engine.check(program.source).findings],
        "source": program.source.text,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "help": finding.help,
        "line": finding.line,
    }
