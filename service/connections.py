"""Connections of strangers to requests: how long each may take, how large its head may be, and how
many there may be at once.

The server reads whatever comes for as long as it comes. So a connection that says nothing, a head
that never ends, a body that comes a byte a minute, and an answer that nobody reads would each be
kept for ever, and a head without end would be kept whole.

Here a request must come in time: its head within `patience` seconds of its first byte, or of the
connection; its body within as many of its head. What does not is answered 408 and closed, and so is
what is not HTTP, with a problem in place of the server's own plain text. An answer must be taken
within the same time. Where there are too many connections a further one is answered 503, but for
its questions about health; where there are far too many it is closed unheard.

What stands behind a body (HTTP calls it a trailer) is no header of the request: headers tell who
asks, and who stands between may have looked at those alone.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from service.ids import new_id
from service.outbox import Outbox
from service.problems import ProblemError, told
from service.settings import Settings

if TYPE_CHECKING:
    from uvicorn._types import (
        ASGI3Application,
        ASGIReceiveCallable,
        ASGISendCallable,
        Scope,
    )

KEPT = 75
"""Seconds that a connection may rest between two requests."""
MOST_HEAD = 65_536
"""Bytes of a request that are not of its body."""
_LINGER = 2.0
"""Seconds in which what still comes is dropped: to close at once would take back what was said."""
_FAR_TOO_MANY = 100
"""So many connections more than there may be are told so."""

Answered = Callable[[int, float], None]
Headers = Sequence[tuple[bytes, bytes]]


def connections(settings: Settings, answered: Answered) -> type[asyncio.Protocol]:
    """What the server makes for each connection. `answered` is told the status of what is answered
    here, and the seconds that it took."""
    most, outbox = settings.most_connections, Outbox()
    made = partial(Connection, settings.patience, most, answered, outbox)
    return cast("type[asyncio.Protocol]", made)


class Connection(HttpToolsProtocol):
    """`_due` is when what is awaited must be there: a head, the rest of a body, the next request.
    `_fed` counts bytes since anything came of them, `_piece` those that came last. `_deaf` says
    that nothing is heard any more; `_last_word` is said when all before it is answered."""

    def __init__(
        self, patience: int, most: int, answered: Answered, outbox: Outbox, **given: Any
    ) -> None:
        super().__init__(**given)
        self._patience, self._most, self._answered = patience, most, answered
        self._outbox = outbox
        self._fed = self._piece = 0
        self._in_head = False
        self._deaf = False
        self._last_word: ProblemError | None = None
        self._due = self.loop.time() + patience
        self._stuck: float | None = None
        self._looking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        many = len(self.connections)
        if many > self._most + _FAR_TOO_MANY:
            transport.abort()
            return
        if many > self._most:
            self.app = _but_for_health(self.app, self._answered)
        self._looking = self.loop.call_later(self._patience, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        self._fed += len(data)
        self._piece = len(data)
        super().data_received(data)
        if self._fed > MOST_HEAD:
            self._refuse(_TOO_LARGE)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Who has sent all and says no more is still answered."""
        self._outbox.flush()
        if self._is_answering():
            self.cycle.keep_alive = False
            return True
        return False

    def shutdown(self) -> None:
        self._outbox.flush()
        super().shutdown()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._fed = 0
        self._in_head = True
        self._due = self.loop.time() + self._patience

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._due = self.loop.time() + self._patience
        in_pieces = self._fed > 0 or self._piece > MOST_HEAD
        if in_pieces and _length(self.url, self.headers) > MOST_HEAD:
            self._refuse(_TOO_LARGE)
            raise ValueError
        super().on_headers_complete()
        self.headers = []

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: "ASGI3Application") -> None:
        super()._start_asgi_task(cycle, partial(_in_one_write, cycle, app, self._outbox))

    def on_body(self, body: bytes) -> None:
        self._fed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._due = self.loop.time() + KEPT

    def on_response_complete(self) -> None:
        """As the server has it, but for a timer that ends who rests: `_look` does."""
        self.server_state.total_requests += 1
        if not (self._in_head or self.cycle.more_body):
            self._due = self.loop.time() + KEPT
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if len(self.pipeline) == 1 and self._last_word is not None:
            self.pipeline.clear()
            self._deaf = False
            self._refuse(self._last_word)
        elif self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stuck = None

    def send_400_response(self, msg: str) -> None:
        self._refuse(_NOT_HTTP)

    def _is_answering(self) -> bool:
        cycle = self.cycle
        return cycle is not None and not cycle.more_body and not cycle.response_complete

    def _look(self) -> None:
        now = self.loop.time()
        if self._stuck is not None and now - self._stuck >= self._patience:
            self.transport.abort()
            return
        wait = self._patience if self._is_answering() else self._due - now
        if wait <= 0 and not self.transport.is_closing():
            self._give_up()
            if self._deaf:
                return
        if self.transport.is_closing() and self._stuck is None:
            self._stuck = now
        wait = min(wait, self._patience) if wait > 0 else self._patience
        self._looking = self.loop.call_later(wait, self._look)

    def _give_up(self) -> None:
        cycle = self.cycle
        if self._in_head:
            self._refuse(_HEAD_TOO_SLOW)
        elif cycle is not None and cycle.more_body and not cycle.response_complete:
            self._refuse(_BODY_TOO_SLOW)
        else:
            self._outbox.flush()
            self.transport.close()

    def _refuse(self, problem: ProblemError) -> None:
        """After what came before is answered; nothing more is heard."""
        if self._deaf or self.transport.is_closing():
            return
        cycle = self.cycle
        if self._is_answering():
            cycle.keep_alive = False
            self.flow.pause_reading()
            return
        if self.pipeline:
            self._deaf, self._last_word = True, problem
            return
        self._outbox.flush()
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        if cycle is None or cycle.response_complete or not cycle.response_started:
            head, body = _raw(problem)
            lines = [b"%b: %b\r\n" % each for each in head]
            self.transport.write(b"".join([STATUS_LINE[problem.status], *lines, b"\r\n", body]))
            self._answered(problem.status, 0.0)
        self._deaf = True
        self.transport.write_eof()
        if self._looking is not None:
            self._looking.cancel()
        self._looking = self.loop.call_later(_LINGER, self.transport.abort)


async def _in_one_write(
    cycle: RequestResponseCycle,
    app: "ASGI3Application",
    outbox: Outbox,
    scope: "Scope",
    receive: "ASGIReceiveCallable",
    send: "ASGISendCallable",
) -> None:
    """An answer that is whole goes out at once, head and body: each write is a call to the system,
    and wakes who waits. Whatever else is sent goes out as the server has it."""
    head: Any = None

    async def joined(message: Any) -> None:
        nonlocal head
        if message["type"] == "http.response.start":
            named = dict(message["headers"])
            if b"content-length" in named and b"connection" not in named:
                head = message
                return
        begun, head = head, None
        if begun is not None:
            answer = _whole(begun, message)
            if answer is not None and cycle.keep_alive and cycle.scope["method"] != "HEAD":
                await _written(cycle, answer, outbox)
                return
            outbox.flush()
            await send(begun)
        await send(message)

    try:
        await app(scope, receive, joined)
    except BaseException:  # the server closes then
        outbox.flush()
        raise


def _length(url: bytes, headers: Headers) -> int:
    return len(url) + sum(len(name) + len(value) + 4 for name, value in headers)


def _whole(head: Any, message: Any) -> bytes | None:
    """Head and body as they are sent. None where there is more to come, or something about them is
    wrong, which the server tells."""
    headers, body = head["headers"], message.get("body", b"")
    lines = b"".join([b"%b: %b\r\n" % each for each in headers])
    length = b"%d" % len(body)
    if message.get("more_body") or dict(headers)[b"content-length"] != length:
        return None
    if lines.count(b"\n") != len(headers) or lines.count(b"\r") != len(headers):
        return None
    return b"%b%b\r\n%b" % (STATUS_LINE[head["status"]], lines, body)


async def _written(cycle: RequestResponseCycle, answer: bytes, outbox: Outbox) -> None:
    if cycle.flow.write_paused and not cycle.disconnected:
        await cycle.flow.drain()
    if cycle.disconnected:
        return
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    outbox.put(cycle.transport, answer)
    cycle.message_event.set()
    cycle.on_response()


def _but_for_health(app: "ASGI3Application", answered: Answered) -> "ASGI3Application":
    async def answer(
        scope: "Scope", receive: "ASGIReceiveCallable", send: "ASGISendCallable"
    ) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/health"):
            await app(scope, receive, send)
            return
        head, body = _raw(_TOO_MANY)
        await send({"type": "http.response.start", "status": _TOO_MANY.status, "headers": head})
        await send({"type": "http.response.body", "body": body, "more_body": False})
        answered(_TOO_MANY.status, 0.0)

    return answer


def _raw(problem: ProblemError) -> tuple[list[tuple[bytes, bytes]], bytes]:
    id = new_id()
    body = json.dumps(told(problem, id), ensure_ascii=False).encode()
    headers = {
        "content-type": "application/problem+json",
        "content-length": str(len(body)),
        "connection": "close",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-request-id": id,
        **problem.headers,
    }
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()], body


_NOT_HTTP = ProblemError(400, "malformed-request", "the request is not HTTP as it is written")
_HEAD_TOO_SLOW = ProblemError(408, "head-too-slow", "the head of the request did not come in time")
_BODY_TOO_SLOW = ProblemError(408, "body-too-slow", "the body of the request did not come in time")
_TOO_LARGE = ProblemError(
    431, "head-too-large", f"the head of the request is larger than {MOST_HEAD} bytes"
)
_TOO_MANY = ProblemError(
    503,
    "too-many-connections",
    "the service has as many connections as it takes; try again",
    headers={"Retry-After": "1"},
)
