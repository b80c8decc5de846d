"""`GET /v1/policies`, `/{name}` and `/{name}/versions/{version}`: what is loaded and live, and how
a candidate does in shadow. `POST /v1/policies/{name}/versions` uploads one."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.datastructures import State

import engine
from engine import Finding, Program, Source
from service.api.asking import error, kind
from service.api.bodies import read_object
from service.auth import needs, within_rate
from service.desks import policies as desk
from service.desks.shadow import told as told_in_shadow
from service.lifecycles import lifecycle
from service.problems import ProblemError
from service.replies import noted_of
from service.shelf import Shelf, Trouble


@get("/v1/policies", sync_to_thread=False, guards=[needs()])
def policies(state: State) -> dict[str, Any]:
    shelf: Shelf = state.shelf
    return {"policies": [_policy(shelf, name) for name in shelf.names()]}


@get("/v1/policies/{name:str}", sync_to_thread=False, guards=[needs()])
def policy(request: Request[Any, Any, Any], state: State) -> dict[str, Any]:
    name = request.path_params["name"]
    _look_for(state.shelf, name)
    return _policy(state.shelf, name)


@get("/v1/policies/{name:str}/versions/{version:str}", sync_to_thread=True, guards=[needs()])
def version(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any] | None]:
    """The content hash is the ETag: who has this content is answered 304."""
    program = version_asked(state.shelf, request)
    tag = f'"{program.content_hash}"'
    if request.headers.get("If-None-Match") == tag:
        return Response(None, status_code=304, headers={"ETag": tag})
    return Response(_contents(program), headers={"ETag": tag})


@post("/v1/policies/{name:str}/versions", status_code=201)
async def upload(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any]]:
    """A candidate: `{"source": text}`. What has an error is told with every finding."""
    headers = noted_of(request.scope).headers
    caller = state.access.who(headers, "author")
    within_rate(caller)
    body, _ = await read_object(headers, request.receive, state.settings)
    if set(body) != {"source"} or not isinstance(body["source"], str):
        got = kind(body) if set(body) != {"source"} else f"`source` is {kind(body['source'])}"
        told = error("", "wrong-type", "an object of `source`, the policy's text", got)
        raise ProblemError(400, "malformed-request", "the body cannot be understood", [told])
    async with state.checking:
        program = await asyncio.to_thread(_checked, request.path_params["name"], body["source"])
    try:
        new = await state.writer.do(lambda db: desk.upload(db, caller.name, state.shelf, program))
    except desk.NotACandidateError as clash:
        raise ProblemError(409, clash.code, f"{clash.message}; {clash.help}") from clash
    if new:
        await state.reload()
    told = {"name": program.name, **_named(state.shelf, program)}
    path = f"/v1/policies/{quote(program.name)}/versions/{program.version}"
    tag = f'"{program.content_hash}"'
    return Response(told, status_code=201 if new else 200, headers={"Location": path, "ETag": tag})


@get(
    "/v1/policies/{name:str}/versions/{version:str}/shadow",
    sync_to_thread=True,
    guards=[needs("report", "author", "operate", "audit")],
)
def shadow(request: Request[Any, Any, Any], state: State) -> dict[str, Any]:
    """How often the version, in shadow, agreed with what is live now, and where it did not."""
    program = version_asked(state.shelf, request)
    live = state.shelf.active(program.name)
    against = None if live is None else live.content_hash
    return told_in_shadow(state.store.reader(), program.content_hash, against)


def _checked(name: str, text: str) -> Program:
    """The program, where `bylaw check` finds no error in it."""
    checked = engine.check(Source(f"{name} as uploaded", text))
    program = checked.program
    findings = [finding(each) for each in checked.findings]
    if program is None or any(each["severity"] == "error" for each in findings):
        detail = "the policy has errors; `findings` has each with its line and a cure"
        raise ProblemError(422, "policy-has-errors", detail, more={"findings": findings})
    if program.name != name:
        detail = f"the policy is `{program.name}`, and was sent to `{name}`"
        raise ProblemError(422, "another-policy", detail, more={"findings": findings})
    return program


def version_asked(shelf: Shelf, request: Request[Any, Any, Any]) -> Program:
    return loaded(shelf, request.path_params["name"], request.path_params["version"])


def loaded(shelf: Shelf, name: str, version: str) -> Program:
    """A version that is loaded, or a problem that says what is."""
    _look_for(shelf, name)
    program = shelf.version(name, version)
    if program is None:
        loaded = list(shelf.programs.get(name, {}))
        detail = f"no version {version} of `{name}` is loaded"
        raise _unknown("version", version, detail, loaded)
    return program


def _look_for(shelf: Shelf, name: str) -> None:
    if name not in shelf.names():
        raise _unknown("policy", name, f"there is no policy `{name}`", shelf.names())


def _unknown(kind: str, name: str, detail: str, known: Sequence[str]) -> ProblemError:
    near = engine.nearest(name, known)
    meant = f"; did you mean `{near}`?" if near else ""
    more = {"nearest": near, "known": list(known)}
    return ProblemError(404, f"unknown-{kind}", detail + meant, more=more)


def _policy(shelf: Shelf, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "live": shelf.live.get(name),
        "versions": [_named(shelf, each) for each in shelf.programs.get(name, {}).values()],
        "not_loaded": [
            {"version": version, **_trouble(trouble)}
            for reference, trouble in shelf.troubles.items()
            for of, _, version in [reference.partition("@")]
            if of == name
        ],
    }


def _trouble(trouble: Trouble) -> dict[str, Any]:
    findings = [finding(each) for each in trouble.findings]
    return {"message": trouble.message, "help": trouble.help, "findings": findings}


def _named(shelf: Shelf, program: Program) -> dict[str, Any]:
    state = "live" if shelf.active(program.name) is program else "candidate"
    return {**_hashed(program), "state": state}


def _hashed(program: Program) -> dict[str, Any]:
    return {
        "version": program.version,
        "content_hash": program.content_hash,
        "meaning_hash": program.meaning_hash,
    }


def _contents(program: Program) -> dict[str, Any]:
    return {
        "name": program.name,
        **_hashed(program),
        "language": f"bylaw {program.language}",
        "title": program.title,
        "owner": program.owner,
        "governs": list(program.governs),
        "origin": program.origin,
        "decisions": {name: {"facts": engine.schema(program, name)} for name in program.decisions},
        "lifecycles": {name: lifecycle(program, name) for name in program.lifecycles},
        "findings": findings(program.source),
        "source": program.source.text,
    }


def findings(source: Source) -> list[dict[str, Any]]:
    """To check takes up to seconds, and who asks again and again must not hold up decisions."""
    with _CHECKING:
        return list(_found(source))


@lru_cache(maxsize=256)
def _found(source: Source) -> tuple[dict[str, Any], ...]:
    return tuple(finding(each) for each in engine.check(source).findings)


_CHECKING = Lock()


def finding(found: Finding) -> dict[str, Any]:
    source = found.source
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "help": found.help,
        "line": found.line,
        "column": found.column,
        "places": [
            {
                "label": other.label,
                "line": source.line(other.span.start),
                "column": source.column(other.span.start),
            }
            for other in found.diagnostic.places()
        ],
    }
