"""`GET /v1/issues`, `/{id}` and `/{id}/history`: the issues of the book and what happened to them.
`POST /v1/issues/{id}/events` reports what somebody did about one."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State

import engine
from service.api.asking import error, headers_of
from service.api.bodies import read_object
from service.api.clock import instant_of
from service.api.queries import MOST, USUAL, cursor, number, only, wrong
from service.api.spans import ahead_of_time
from service.auth import needs, within_rate
from service.desks.book import records
from service.desks.book.book import Happening, NotPossibleError
from service.desks.book.desk import Desk
from service.desks.book.merging import EVENT as MERGE
from service.desks.book.records import FILTERS, ORDERS, Listing
from service.desks.book.rules import Rules, Wire, rules_of
from service.problems import ProblemError
from service.replies import noted_of

_MAY_READ = needs("decide", "report", "operate", "audit")
_BY_THE_BOOK = ("span", MERGE)
"""Events that only the book itself reports."""
_BESIDE = ("reason", "notes")
"""May be said of any event, and stand in the story beside it."""
_LONGEST_ACTOR = 200
_STATUS = {
    "unknown-issue": 404,
    "not-allowed": 409,
    "not-mergeable": 409,
    "stale-version": 412,
}


@get("/v1/issues", sync_to_thread=True, guards=[_MAY_READ])
def issues(request: Request[Any, Any, Any], state: State) -> dict[str, Any]:
    shown, after = records.listed(state.store.reader(), _asked(request))
    told = None if after is None else f"{after[0]!r},{after[1]}"
    return {"issues": shown, "next": told}


@get("/v1/issues/{issue:str}", sync_to_thread=True, guards=[_MAY_READ])
def issue(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any] | None]:
    id = request.path_params["issue"]
    found = records.found(state.store.reader(), id)
    if found is None:
        raise _unknown(id)
    record, revision = found
    tag = _tag(id, revision)
    if request.headers.get("If-None-Match") == tag:
        return Response(None, status_code=304, headers={"ETag": tag})
    return Response(record, headers={"ETag": tag})


@get("/v1/issues/{issue:str}/history", sync_to_thread=True, guards=[_MAY_READ])
def history(request: Request[Any, Any, Any], state: State) -> dict[str, Any]:
    only(request, "after", "limit")
    id, (after, limit) = request.path_params["issue"], cursor(request)
    story = records.story(state.store.reader(), id, after, limit)
    if story is None:
        raise _unknown(id)
    return {"history": story, "next": story[-1]["seq"] if len(story) == limit else None}


@post("/v1/issues/{issue:str}/events", status_code=200)
async def events(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any]]:
    headers = noted_of(request.scope).headers
    caller = state.access.who(headers, "decide", "operate")
    within_rate(caller)
    body, _ = await read_object(headers, request.receive, state.settings)
    rules, desk = rules_of(state.shelf), state.desk
    id = request.path_params["issue"]
    happening = _happening(rules, desk, state, body, _revision(request, id))
    try:
        happened = await desk.happen(rules, id, happening)
    except NotPossibleError as refused:
        raise _refused(rules, id, refused) from refused
    tag = _tag(id, happened.revision)
    return Response(happened.told, headers={"ETag": tag, **headers_of(rules.program)})


def _happening(
    rules: Rules, desk: Desk, state: State, body: Wire, revision: int | None
) -> Happening:
    name, actor = body.get("event"), body.get("actor")
    known = [each for each in rules.follower.payloads if each not in _BY_THE_BOOK]
    errors = []
    if not isinstance(name, str) or name not in known:
        near = engine.nearest(name, known) if isinstance(name, str) else None
        expected = f"`{near}`" if near else f"one of {', '.join(known)}"
        errors.append(error("/event", "not-a-member", expected, _shown(name)))
    if not isinstance(actor, str) or not 0 < len(actor) <= _LONGEST_ACTOR:
        expected = f"who did it, a text of 1 to {_LONGEST_ACTOR} characters"
        errors.append(error("/actor", "wrong-type", expected, _shown(actor)))
    if errors:
        raise ProblemError(400, "malformed-request", "the body cannot be understood", errors)
    at = instant_of(body.get("at"), "/at")
    if at is not None and desk.is_ahead(at):
        raise ahead_of_time([error("/at", "ahead-of-time", "a time that has come", body["at"])])
    payload = rules.follower.payloads[str(name)]
    declared = {each.wire for each in payload.fields}
    given = {key: body[key] for key in body if key not in ("event", "actor", "at")}
    _refuse_unknown(given, declared)
    taken = rules.follower.take(payload, {key: given[key] for key in given if key in declared})
    if taken.arguments is None:
        detail = f"the event `{name}` breaks the declared facts"
        errors = [asdict(each) for each in taken.faults]
        raise ProblemError(422, "refused-case", detail, errors, headers=headers_of(rules.program))
    told = {key: value for key, value in given.items() if value is not None}
    return Happening(
        str(name),
        desk.now(state.store.reader()) if at is None else at,
        str(actor),
        taken.arguments[0],
        {key: value for key, value in told.items() if key in declared},
        tuple(told.items()),
        revision,
    )


def _refuse_unknown(given: Wire, declared: set[str]) -> None:
    """What the event does not take; `reason` and `notes` are taken of every event, as texts."""
    known = sorted({*declared, *_BESIDE, "event", "actor", "at"})
    errors = []
    for key, value in given.items():
        pointer = "/" + key.replace("~", "~0").replace("/", "~1")
        if key not in known:
            near = engine.nearest(key, known)
            expected = f"`{near}`" if near else f"one of {', '.join(known)}"
            errors.append(error(pointer, "unknown-key", expected, f"`{key}`"))
        elif key not in declared and not isinstance(value, str | None):
            errors.append(error(pointer, "wrong-type", "text", _shown(value)))
    if errors:
        raise ProblemError(400, "malformed-request", "the body cannot be understood", errors)


def _refused(rules: Rules, id: str, refused: NotPossibleError) -> ProblemError:
    more: dict[str, Any] = {}
    headers: Mapping[str, str] = {}
    if refused.code == "not-allowed" and refused.decided is not None:
        state = refused.decided.outcome["state"]
        allowed = [each for each in rules.machine.allowed(state) if each not in _BY_THE_BOOK]
        more = {"state": state, "allowed": allowed}
    if refused.revision is not None:
        headers = {"ETag": _tag(id, refused.revision)}
    return ProblemError(
        _STATUS[refused.code], refused.code, refused.detail, more=more, headers=headers
    )


def _revision(request: Request[Any, Any, Any], id: str) -> int | None:
    """What `If-Match` says that the issue is at; None where anything will do."""
    said = request.headers.get("If-Match")
    if said is None or said == "*":
        return None
    name, _, revision = said.strip('"').rpartition(".")
    if name == id and revision.isascii() and revision.isdigit() and len(revision) < 16:
        return int(revision)
    return -1


def _tag(id: str, revision: int) -> str:
    return f'"{id}.{revision}"'


def _unknown(id: str) -> ProblemError:
    return ProblemError(404, "unknown-issue", f"there is no issue `{id}`")


def _asked(request: Request[Any, Any, Any]) -> Listing:
    only(request, *FILTERS, "open", "order", "limit", "page")
    given = request.query_params
    limit = number(request, "limit", USUAL, 1, MOST)
    order = given.get("order", "-priority")
    if order.removeprefix("-") not in ORDERS:
        known = ", ".join(f"{each}, -{each}" for each in ORDERS)
        raise wrong("order", "not-a-member", f"one of {known}", order)
    is_open = given.get("open")
    if is_open not in (None, "true", "false"):
        raise wrong("open", "not-a-member", "true or false", is_open)
    return Listing(
        {name: given[name] for name in FILTERS if name in given},
        None if is_open is None else is_open == "true",
        order.removeprefix("-"),
        order.startswith("-"),
        limit,
        _after(given.get("page")),
    )


def _after(text: str | None) -> tuple[float, int] | None:
    if text is None:
        return None
    value, _, place = text.partition(",")
    try:
        return float(value) if "." in value or "e" in value else int(value), int(place)
    except (ValueError, OverflowError):
        raise wrong("page", "wrong-form", "`next` of the page before", text) from None


def _shown(value: Any) -> str:
    return "nothing" if value is None else f"`{value}`"[:100]
