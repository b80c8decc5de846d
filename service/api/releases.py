"""`/v1/releases` and `/v1/programs`: one exact version of a policy is proposed, approved, live in
its program for a bounded time, watched, and ended, as the release policy decides."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from litestar import Request, Response, get, post, route
from litestar.datastructures import State

import engine
from service.api.asking import error, kind
from service.api.bodies import Object, read_object
from service.api.queries import cursor, only
from service.auth import APPROVES, Caller, approver_of, needs, within_rate
from service.desks.journal import between
from service.desks.releases import desk as doing
from service.desks.releases import kept, told
from service.desks.releases.desk import Person
from service.desks.releases.evidence import Gathered, gather
from service.desks.releases.kept import Release
from service.desks.releases.rules import Facts, Rules, UnreadableError
from service.desks.releases.rules import rules as rules_of
from service.desks.releases.steps import Desk, NotAllowedError, RefusedError
from service.desks.replays import finder
from service.ids import micros
from service.problems import ProblemError
from service.replies import noted_of
from service.shelf import Shelf
from service.store.sqlite import Database

T = TypeVar("T")
_READS = ("report", "author", "operate", "audit", APPROVES)
_DAYS = 28
"""Of evidence, where nothing else is asked for; whether that is enough the release policy says."""
_PROPOSED = (
    "policy",
    "version",
    "content_hash",
    "program",
    "scope",
    "approver_role",
    "valid_from",
    "valid_until",
    "restore_target",
    "floors",
    "rollback_criteria",
)
_SIGNALS = (
    "at",
    "override_rate",
    "baseline_override_rate",
    "complaint_rate",
    "baseline_complaint_rate",
    "coverage",
    "privacy_miss_rate",
    "fairness_gap",
    "escaped_defects",
    "specialist_load",
)


@route("/v1/releases", http_method="OPTIONS", status_code=204)
async def options() -> Response[None]:
    """The framework's own answer would name the methods of one handler alone."""
    return Response(None, headers={"Allow": "GET, OPTIONS, POST"})


@get("/v1/releases", sync_to_thread=True, guards=[needs(*_READS)])
def releases(request: Request[Any, Any, Any], state: State) -> Facts:
    only(request, "after", "limit")
    after, limit = cursor(request)
    found = kept.every(state.store.reader(), after, limit)
    return {
        "releases": [told.short(each) for each in found],
        "next": found[-1].number if len(found) == limit else None,
    }


@get("/v1/releases/{release:str}", guards=[needs(*_READS)])
async def release(request: Request[Any, Caller, Any], state: State) -> Response[Facts]:
    """Whoever may approve it has inspected it with this."""
    person = _person(request.auth)

    def look(desk: Desk) -> Facts:
        found = _found(desk, request.path_params["release"])
        if person.roles:
            found = doing.inspect(desk, person, found)
        return _told(desk, found)

    return _answer(await _asked(state, look, reads=not person.roles))


@post("/v1/releases", status_code=201)
async def propose(request: Request[Any, Any, Any], state: State) -> Response[Facts]:
    """Gathers the evidence first, which takes its time."""
    caller, body = await _body(request, state, ("author",), (*_PROPOSED, "evidence"))
    _texts(body, "policy", "version", "valid_until")
    window = _window(body.pop("evidence", None))
    await state.reload()
    asked = partial(_prepared, body=body, window=window)
    manifest, live, looked = await asyncio.to_thread(_read, state, asked)
    gathered = await _gathered(state, manifest, live, looked)
    person = _person(caller)

    def work(desk: Desk) -> Facts:
        return _told(desk, doing.propose(desk, person, manifest, gathered))

    answer = _answer(await _asked(state, work), 201)
    answer.headers["Location"] = f"/v1/releases/{answer.content['id']}"
    return answer


@post("/v1/releases/{release:str}/approve", status_code=200)
async def approve(request: Request[Any, Any, Any], state: State) -> Response[Facts]:
    fields = ("content_hash", "manifest_hash", "reason")
    caller, body = await _body(request, state, (APPROVES, "author"), fields)
    return await _done(request, state, partial(doing.approve, told=body), caller)


@post("/v1/releases/{release:str}/activate", status_code=200)
async def activate(request: Request[Any, Any, Any], state: State) -> Response[Facts]:
    caller, _ = await _body(request, state, (APPROVES, "author", "operate"), ())
    return await _done(request, state, doing.activate, caller)


@post("/v1/releases/{release:str}/renew", status_code=200)
async def renew(request: Request[Any, Any, Any], state: State) -> Response[Facts]:
    fields = ("content_hash", "manifest_hash", "reason", "valid_until", "signals_at")
    caller, body = await _body(request, state, (APPROVES, "author"), fields)
    return await _done(request, state, partial(doing.renew, told=body), caller)


@post("/v1/releases/{release:str}/rollback", status_code=200)
async def rollback(request: Request[Any, Any, Any], state: State) -> Response[Facts]:
    caller, body = await _body(request, state, (APPROVES, "operate"), ("reason",))
    _texts(body, "reason")
    return await _done(request, state, partial(doing.roll_back, reason=body["reason"]), caller)


@post("/v1/releases/{release:str}/withdraw", status_code=200)
async def withdraw(request: Request[Any, Any, Any], state: State) -> Response[Facts]:
    caller, _ = await _body(request, state, ("author",), ())
    return await _done(request, state, doing.withdraw, caller)


@get("/v1/programs/{program:str}/active", guards=[needs()])
async def active(request: Request[Any, Any, Any], state: State) -> Response[Facts | None]:
    """What its dashboards and queues go by."""
    program = request.path_params["program"]

    def look(desk: Desk) -> Facts | None:
        return told.active(desk, program, _policy_of(desk.rules, program))

    found = await _asked(state, look, reads=True)
    if found is None:
        detail = f"no version is live in the program `{program}`"
        raise ProblemError(503, "no-active-version", detail)
    tag = f'"{kept.hash_of(found)}"'
    if request.headers.get("If-None-Match") == tag:
        return Response(None, status_code=304, headers={"ETag": tag})
    return Response(found, headers={"ETag": tag})


@post("/v1/programs/{program:str}/signals", status_code=200)
async def signals(request: Request[Any, Any, Any], state: State) -> Response[Facts]:
    caller, body = await _body(request, state, ("operate",), _SIGNALS)
    program, person = request.path_params["program"], _person(caller)

    def work(desk: Desk) -> Facts:
        _policy_of(desk.rules, program)
        observed = doing.observe(desk, person, program, {"coverage": {}, **body})
        if observed is None:
            detail = f"no release is live in the program `{program}`, so there is none to watch"
            raise ProblemError(409, "not-allowed", detail, more={"allowed": []})
        after, verdict = observed
        reasons = [{"code": each.code, "text": each.text} for each in verdict.reasons]
        act = verdict.outcome["act"]
        return {"act": act, "reasons": reasons, "release": told.short(after)}

    return Response(await _asked(state, work))


# what they share


async def _body(
    request: Request[Any, Any, Any], state: State, roles: tuple[str, ...], fields: tuple[str, ...]
) -> tuple[Caller, Object]:
    """Who asks, and an object of nothing but these fields."""
    headers = noted_of(request.scope).headers
    caller = state.access.who(headers, *roles)
    within_rate(caller)
    body, _ = await read_object(headers, request.receive, state.settings)
    errors = [_unknown_key(key, fields) for key in body if key not in fields]
    if errors:
        raise ProblemError(400, "malformed-request", "the body cannot be understood", errors)
    return caller, {name: value for name, value in body.items() if value is not None}


async def _done(
    request: Request[Any, Any, Any],
    state: State,
    step: Callable[[Desk, Person, Release], Release],
    caller: Caller,
) -> Response[Facts]:
    """One step of the release that the path names."""
    await state.reload()  # a candidate that was edited a moment ago is no longer what was proposed
    person, stale = _person(caller), request.headers.get("If-Match")

    def work(desk: Desk) -> Facts:
        found = _found(desk, request.path_params["release"])
        if stale not in (None, "*", _tag(found.id, found.revision)):
            detail = f"{found.id} is not what it was when you read it; read it again"
            headers = {"ETag": _tag(found.id, found.revision)}
            raise ProblemError(412, "stale-version", detail, headers=headers)
        return _told(desk, step(desk, person, found))

    return _answer(await _asked(state, work))


async def _asked(state: State, work: Callable[[Desk], T], *, reads: bool = False) -> T:
    """In one transaction; what is live by then decides when this returns."""
    if reads:
        return await asyncio.to_thread(_read, state, work)
    done = await state.writer.do(lambda db: _written(db, state.shelf, work))
    if isinstance(done, ProblemError):
        raise done
    await state.reload()
    made: T = done
    return made


def _written(db: Database, shelf: Shelf, work: Callable[[Desk], T]) -> T | ProblemError:
    """What is refused is undone; that is no trouble of the store."""
    try:
        return _with_desk(db, shelf, work)
    except (RefusedError, NotAllowedError, UnreadableError) as refused:
        db.conn.rollback()
        return _problem(refused)
    except ProblemError as problem:
        db.conn.rollback()
        return problem


def _read(state: State, work: Callable[[Desk], T]) -> T:
    try:
        return _with_desk(state.store.reader(), state.shelf, work)
    except (RefusedError, NotAllowedError, UnreadableError) as refused:
        raise _problem(refused) from refused


def _with_desk(db: Database, shelf: Shelf, work: Callable[[Desk], T]) -> T:
    rules = rules_of(db, shelf, micros())
    if rules is None:
        detail = "no release policy is live, so nothing is released; `bylaw live` makes one live"
        raise ProblemError(503, "no-active-version", detail)
    return work(Desk(db, rules, shelf))


def _prepared(
    desk: Desk, body: Object, window: tuple[int, int] | None
) -> tuple[Facts, engine.Program | None, tuple[int, int]]:
    """The manifest as far as it goes, what is live, and the window of the evidence."""
    policy, version = body["policy"], body["version"]
    if policy not in desk.shelf.names():
        raise _unknown("policy", policy, f"there is no policy `{policy}`", desk.shelf.names())
    if desk.candidate(policy, version) is None:
        loaded = list(desk.shelf.programs.get(policy, {}))
        raise _unknown("version", version, f"no version {version} of `{policy}` is loaded", loaded)
    if desk.rules.program_of(policy) is None and "program" not in body:
        detail = f"no program takes versions of `{policy}`; `bylaw live` makes one live"
        raise ProblemError(409, "not-governed", detail)
    manifest = doing.filled(desk, body)
    live = desk.shelf.active(policy)
    begins = engine.parse_instant(str(manifest["valid_from"]))
    until = min(desk.rules.now, desk.rules.now if begins is None else begins)
    return manifest, live, window or (until - _DAYS * 86_400_000_000, until)


async def _gathered(
    state: State, manifest: Facts, live: engine.Program | None, window: tuple[int, int]
) -> Gathered:
    """The solver works in a thread of its own, and nobody waits for it but who proposes."""

    def work() -> Gathered:
        db, shelf = state.store.connect(), state.shelf
        try:
            rules = rules_of(db, shelf, micros())
            candidate = shelf.version(manifest["policy"], manifest["version"])
            assert rules is not None
            assert candidate is not None
            since, until = window
            made = between(db, state.vault, since, until, policy=manifest["policy"])
            shown = engine.write_instant(since), engine.write_instant(until)
            name = candidate.name
            version = finder(db, name, lambda of: shelf.hashed(name, of))
            return gather(rules, manifest["program"], candidate, live, made, shown, version)
        finally:
            db.conn.close()

    gathered: Gathered = await state.solving.done(work)
    return gathered


def _window(told: Any) -> tuple[int, int] | None:
    if told is None:
        return None
    given = told if isinstance(told, dict) else {}
    texts = [given.get(name) for name in ("window_from", "window_until")]
    since, until = (engine.parse_instant(each) if isinstance(each, str) else None for each in texts)
    if since is None or until is None or {*given} != {"window_from", "window_until"}:
        expected = "an object of `window_from` and `window_until`, two instants"
        errors = [error("/evidence", "wrong-type", expected, kind(told))]
        raise ProblemError(400, "malformed-request", "the body cannot be understood", errors)
    return since, until


def _texts(body: Object, *names: str) -> None:
    errors = [
        error(f"/{name}", "wrong-type" if name in body else "missing", "a text", kind(body[name]))
        if name in body
        else error(f"/{name}", "missing", "a text", "nothing")
        for name in names
        if not isinstance(body.get(name), str)
    ]
    if errors:
        raise ProblemError(400, "malformed-request", "the body cannot be understood", errors)


def _person(caller: Caller) -> Person:
    roles = (approver_of(each) for each in sorted(caller.roles))
    return Person(caller.name, tuple(each for each in roles if each is not None))


def _found(desk: Desk, id: str) -> Release:
    found = kept.find(desk.db, id)
    if found is None:
        raise ProblemError(404, "unknown-release", f"there is no release `{id}`")
    return found


def _policy_of(rules: Rules, program: str) -> str:
    known = list(rules.programs())
    if program not in known:
        raise _unknown("program", program, f"there is no program `{program}`", known)
    return rules.policy_of(program)


def _told(desk: Desk, release: Release) -> Facts:
    return {**told.whole(desk.db, release), "revision": release.revision}


def _answer(told: Facts, status: int = 200) -> Response[Facts]:
    shown = {name: value for name, value in told.items() if name != "revision"}
    tag = _tag(told["id"], told["revision"])
    return Response(shown, status_code=status, headers={"ETag": tag})


def _tag(id: str, revision: int) -> str:
    return f'"{id}.{revision}"'


def _problem(refused: RefusedError | NotAllowedError | UnreadableError) -> ProblemError:
    match refused:
        case RefusedError(violations=violations):
            detail = "; ".join(dict.fromkeys(str(each["text"]) for each in violations))
            return ProblemError(
                409, "release-refused", detail, more={"violations": list(violations)}
            )
        case NotAllowedError(why=why, allowed=allowed):
            return ProblemError(409, "not-allowed", why, more={"allowed": list(allowed)})
        case UnreadableError(faults=faults):
            errors = [_in_the_body(each) for each in faults]
            return ProblemError(400, "malformed-request", "the body cannot be understood", errors)


def _in_the_body(fault: engine.Fault) -> dict[str, str]:
    """The policy was asked of the body under the name of a parameter."""
    _, _, inside = fault.pointer.removeprefix("/").partition("/")
    pointer = f"/{inside}" if inside else fault.pointer
    return error(pointer, fault.code, fault.expected, fault.got)


def _unknown_key(key: str, known: tuple[str, ...]) -> dict[str, str]:
    near = engine.nearest(key, known)
    listed = ", ".join(f"`{each}`" for each in known)
    expected = f"`{near}`" if near else f"one of {listed}" if known else "an empty object"
    return error(f"/{key}", "unknown-key", expected, f"`{key}`")


def _unknown(what: str, name: str, detail: str, known: list[str]) -> ProblemError:
    near = engine.nearest(name, known)
    meant = f"; did you mean `{near}`?" if near else ""
    more: Mapping[str, Any] = {"nearest": near, "known": known}
    return ProblemError(404, f"unknown-{what}", detail + meant, more=more)
