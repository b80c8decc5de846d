"""`GET /v1/events`: what happened, in order. By pages, or as it happens to who goes on listening.

Who listens gets every event once and in its order, as Server-Sent Events whose ids are places in
the feed; who comes back with the last one misses nothing. A line without meaning goes out where
nothing happens for a while, so that a connection that is gone shows. When the service stops, the
stream ends after a whole event.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.response import Stream

from service.api.asking import error
from service.api.queries import cursor, only, wants
from service.auth import needs
from service.desks import feed
from service.problems import ProblemError

MEDIA = "text/event-stream"
_AT_ONCE = 500
_LOOK = 0.25
"""Seconds between two looks whether something happened."""
_SILENCE = 15.0
"""Seconds after which something is said although nothing happened."""
_MOST_DIGITS = 16
_AGAIN = "retry: 2000\n\n"


@get("/v1/events", guards=[needs("report", "audit")])
async def events(request: Request[Any, Any, Any], state: State) -> Response[Any]:
    only(request, "after", "limit")
    after, limit = cursor(request)
    last = request.headers.get("Last-Event-ID")
    if last is not None:
        after = _place(last)
    if wants(request, MEDIA):
        return Stream(told(state, after), media_type=MEDIA)
    return Response(await asyncio.to_thread(_page, state, after, limit))


def _place(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return int(text)
    wrong = error("Last-Event-ID", "not-a-number", "the id of an event", f"`{text[:100]}`")
    raise ProblemError(400, "malformed-request", "a header cannot be understood", [wrong])


def _page(state: State, after: int, limit: int) -> dict[str, Any]:
    db = state.store.reader()
    found = feed.after(db, after, limit)
    return {"events": found, "next": found[-1]["seq"] if found else after, "last": feed.last(db)}


async def told(state: State, after: int) -> AsyncIterator[str]:
    yield _AGAIN
    silent = 0.0
    while not state.stopping.is_set():
        if feed.last(state.store.reader()) > after:
            found = await asyncio.to_thread(_behind, state, after)
            yield "".join(map(_written, found))
            after, silent = found[-1]["seq"], 0.0
            continue
        if silent >= _SILENCE:
            yield ":\n\n"
            silent = 0.0
        await asyncio.sleep(_LOOK)
        silent += _LOOK


def _behind(state: State, after: int) -> list[dict[str, Any]]:
    return feed.after(state.store.reader(), after, _AT_ONCE)


def _written(event: dict[str, Any]) -> str:
    data = msgspec.json.encode(event).decode()
    return f"id: {event['seq']}\nevent: {event['type']}\ndata: {data}\n\n"
