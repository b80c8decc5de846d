"""What every reply carries: the id of its request, given or made, and how long it took."""

import re
from time import perf_counter
from typing import Any

from litestar import Litestar
from litestar.datastructures import MutableScopeHeaders
from litestar.types import (
    LifeSpanReceive,
    LifeSpanScope,
    LifeSpanSend,
    Message,
    Receive,
    Scope,
    Send,
)

from service.ids import new_id

_ID = re.compile(rb"[A-Za-z0-9._:+=/@-]{1,128}")
_STATE = "bylaw"


class Service(Litestar):
    """Notes when a request came in."""

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        if scope["type"] != "lifespan":
            scope.setdefault("state", {})[_STATE] = {
                "began": perf_counter(),
                "id": _given_id(scope),
            }
        await super().__call__(scope, receive, send)


def request_id(scope: Scope) -> str:
    """The caller's own where it is fit to be repeated, else a new one."""
    return str(_noted(scope)["id"])


def note_decided(scope: Scope, seconds: float) -> None:
    """How long the engine took, for `Server-Timing`."""
    _noted(scope)["decided"] = seconds


async def sign(message: Message, scope: Scope) -> None:
    if message["type"] != "http.response.start":
        return
    noted = _noted(scope)
    headers = MutableScopeHeaders(message)
    headers["X-Request-ID"] = noted["id"]
    timings = {"decide": noted.get("decided"), "total": perf_counter() - noted["began"]}
    headers["Server-Timing"] = ", ".join(
        f"{name};dur={seconds * 1000:.3f}"
        for name, seconds in timings.items()
        if seconds is not None
    )


def _noted(scope: Scope) -> dict[str, Any]:
    noted: dict[str, Any] = scope["state"][_STATE]
    return noted


def _given_id(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given.decode("ascii") if _ID.fullmatch(given) else new_id()
