"""`POST /v1/replays` and `GET /v1/replays/{id}`: a candidate over the decisions of the journal.

It is asked for, and looked at until it is done: the answer to the first says only where.
"""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State

import engine
from engine import Program, UnknownDecisionError
from service.api.asking import error, kind
from service.api.bodies import Object, read_object
from service.api.policies import loaded
from service.auth import APPROVES, Caller, needs, within_rate
from service.desks.replays import MOST_WAITING, Asked, TooManyError
from service.ids import micros
from service.problems import ProblemError
from service.replies import noted_of

_MAY = ("report", "author", "operate", "audit", APPROVES)
_KEYS = ("policy", "version", "against", "decision", "since", "until", "by")
_MOST_COLUMNS = 5


@post("/v1/replays", status_code=202)
async def begin(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any]]:
    headers = noted_of(request.scope).headers
    caller: Caller = state.access.who(headers, *_MAY)
    within_rate(caller)
    body, _ = await read_object(headers, request.receive, state.settings)
    asked = _asked(state, body)
    try:
        told = await state.replays.begin(asked, caller.name)
    except TooManyError as many:
        detail = f"{MOST_WAITING} replays wait or run; ask again when one of them is done"
        raise ProblemError(429, "too-many-replays", detail, headers={"Retry-After": "60"}) from many
    location = {"Location": f"/v1/replays/{told['id']}"}
    return Response(told, status_code=202, headers=location)


@get("/v1/replays/{replay:str}", sync_to_thread=True, guards=[needs(*_MAY)])
def replay(request: Request[Any, Any, Any], state: State) -> dict[str, Any]:
    id = request.path_params["replay"]
    found: dict[str, Any] | None = state.replays.told(state.store.reader(), id)
    if found is None:
        raise ProblemError(404, "unknown-replay", "there is no replay of this id")
    return found


def _asked(state: State, body: Object) -> Asked:
    errors = list(_wrong(body))
    if errors:
        raise ProblemError(400, "malformed-request", "the body cannot be understood", errors)
    new = loaded(state.shelf, body["policy"], body["version"])
    old = _against(state, body)
    try:
        name = _decision(old, new, body.get("decision"))
    except UnknownDecisionError as unknown:
        more = {"nearest": unknown.nearest, "known": list(unknown.known)}
        raise ProblemError(404, "unknown-decision", str(unknown), more=more) from unknown
    until = _instant(body.get("until"))
    since = _instant(body.get("since"))
    now = micros()
    by = tuple(dict.fromkeys(body.get("by") or ()))
    for each in by:
        _hold(each, old, name)
    return Asked(new, old, name, since or 0, min(now, until or now), by)


def _hold(column: str, old: Program, decision: str) -> None:
    """What cases are counted by stands in the report, and so must not be sensitive."""
    found = "plain" if column == "version" else engine.fact_at(old, decision, column)
    if found != "plain":
        expected = "a fact that is not sensitive, or `version`"
        told = [error("/by", "not-a-member", expected, f"`{column[:100]}`")]
        raise ProblemError(400, "malformed-request", "the body cannot be understood", told)


def _against(state: State, body: Object) -> Program:
    """What is live, where nothing else is named."""
    named = body.get("against")
    if named is not None:
        return loaded(state.shelf, body["policy"], named)
    live = state.shelf.active(body["policy"])
    if live is None:
        detail = f"no version of `{body['policy']}` is live; name one in `against`"
        raise ProblemError(503, "no-active-version", detail)
    return live  # type: ignore[no-any-return]


def _decision(old: Program, new: Program, asked: str | None) -> str:
    name = engine.named(old, asked)
    return engine.named(new, name)


def _wrong(body: Object) -> "list[dict[str, str]]":
    errors = [_unknown_key(key) for key in body if key not in _KEYS]
    for key, what in (("policy", "the name of a policy"), ("version", "a version, as 1.0.0")):
        if not isinstance(body.get(key), str):
            code = "wrong-type" if key in body else "missing"
            errors.append(error(f"/{key}", code, what, kind(body.get(key, ...))))
    for key in ("against", "decision"):
        if not isinstance(body.get(key), str | None):
            errors.append(error(f"/{key}", "wrong-type", "text", kind(body[key])))
    for key in ("since", "until"):
        if body.get(key) is not None and _instant(body[key]) is None:
            expected = "an instant, as 2026-01-15T14:32:00Z"
            errors.append(error(f"/{key}", "wrong-form", expected, kind(body[key])))
    by = body.get("by")
    texts = isinstance(by, list) and all(isinstance(each, str) for each in by)
    if by is not None and not (texts and len(by) <= _MOST_COLUMNS):
        expected = f"a list of at most {_MOST_COLUMNS} facts, as `channel` or `order.linked`"
        errors.append(error("/by", "wrong-type", expected, kind(by)))
    return errors


def _unknown_key(key: str) -> dict[str, str]:
    meant = engine.nearest(key, _KEYS)
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    known = ", ".join(f"`{each}`" for each in _KEYS)
    return error(pointer, "unknown-key", f"`{meant}`" if meant else f"one of {known}", f"`{key}`")


def _instant(value: Any) -> int | None:
    return engine.parse_instant(value) if isinstance(value, str) else None
