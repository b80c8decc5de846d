"""What every reply carries: the id of its request, its trace, how long it took, and what keeps a
browser from doing more with it than it should."""

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from litestar.types import Scope, Send

from service.ids import new_id

_ID = re.compile(rb"[A-Za-z0-9._:+=/@-]{1,128}")
_TRACE = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_NO_TRACE, _NO_SPAN = b"0" * 32, b"0" * 16
_STATE = "bylaw"
_TYPED = (b"x-content-type-options", b"nosniff")
CURRENT: ContextVar["Noted"] = ContextVar("noted")
_NOT_STORED = (b"cache-control", b"no-store")


@dataclass(slots=True, eq=False)
class Noted:
    """What is known of a request from its head. `decided` is the seconds that the engine took."""

    began: float
    id: str
    headers: Mapping[bytes, bytes]
    trace: bytes | None = None
    flags: bytes = b""
    decided: float | None = None

    @property
    def trace_id(self) -> str | None:
        return self.trace.decode() if self.trace else None


def current() -> Noted:
    """Of the request that is answered at the door for other clients."""
    return CURRENT.get()


def noted_of(scope: Scope) -> Noted:
    noted: Noted = scope["state"][_STATE]
    return noted


def request_id(scope: Scope) -> str:
    """The caller's own where it is fit to be repeated, else a new one."""
    return noted_of(scope).id


async def send_json(
    send: Send,
    status: int,
    body: bytes,
    headers: Mapping[str, str],
    media: bytes = b"application/json",
) -> None:
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    told.append((b"content-type", media))
    told.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def note(scope: Scope) -> Noted:
    """Kept with the request, too."""
    headers = dict(scope["headers"])
    given = headers.get(b"x-request-id", b"")
    noted = Noted(
        perf_counter(), given.decode("ascii") if _ID.fullmatch(given) else new_id(), headers
    )
    parent = headers.get(b"traceparent")
    if parent is not None and (found := _TRACE.fullmatch(parent)):
        trace, span, noted.flags = found.groups()
        noted.trace = trace if trace != _NO_TRACE and span != _NO_SPAN else None
    scope.setdefault("state", {})[_STATE] = noted
    return noted


def sign(headers: list[Any], noted: Noted) -> list[Any]:
    headers.append(_TYPED)
    if b"etag" not in dict(headers):
        headers.append(_NOT_STORED)
    headers.append((b"x-request-id", noted.id.encode()))
    if noted.trace is not None:
        span = secrets.token_hex(8).encode()
        headers.append((b"traceparent", b"-".join((b"00", noted.trace, span, noted.flags))))
    total = f"total;dur={(perf_counter() - noted.began) * 1000:.3f}"
    if noted.decided is not None:
        total = f"decide;dur={noted.decided * 1000:.3f}, {total}"
    headers.append((b"server-timing", total.encode()))
    return headers
