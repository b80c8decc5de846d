"""`POST /v1/clock`: all that time alone causes up to an instant, each at its own."""

from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import State

import engine
from engine import write_instant
from service.api.asking import error
from service.api.bodies import read_object
from service.api.spans import ahead_of_time
from service.auth import within_rate
from service.desks.book.desk import Desk
from service.problems import ProblemError
from service.replies import noted_of


@post("/v1/clock", status_code=200)
async def clock(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any]]:
    headers = noted_of(request.scope).headers
    caller = state.access.who(headers, "operate")
    within_rate(caller)
    body, _ = await read_object(headers, request.receive, state.settings)
    at = instant_of(body.get("at"), "/at")
    if at is None or set(body) != {"at"}:
        told = error("", "wrong-type", "an object of `at`, an instant", "something else")
        raise ProblemError(400, "malformed-request", "the body cannot be understood", [told])
    desk: Desk = state.desk
    if desk.is_ahead(at):
        raise ahead_of_time(
            [error("/at", "ahead-of-time", "a time that has come", str(body["at"]))]
        )
    looked = await desk.look(at)
    return Response({"clock": write_instant(looked.clock), "happened": dict(looked.times)})


def instant_of(value: Any, pointer: str) -> int | None:
    """None where nothing is said."""
    if value is None:
        return None
    at = engine.parse_instant(value) if isinstance(value, str) else None
    if at is None:
        told = error(pointer, "wrong-form", "an instant as 2026-01-15T14:32:00Z", "something else")
        raise ProblemError(400, "malformed-request", "the body cannot be understood", [told])
    return at
