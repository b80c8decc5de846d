"""Where every request comes in: it is noted, handed to whoever answers it, and its reply signed.

Decisions and batches, which others wait for, are answered on the bare protocol; everything else by
the framework. What comes in at the port for clients of the Open Policy Agent is answered there.
"""

from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from types import SimpleNamespace
from typing import cast

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import (
    ASGIApp,
    HTTPScope,
    LifeSpanReceive,
    LifeSpanScope,
    LifeSpanSend,
    Message,
    Receive,
    Scope,
    Send,
)

from service import problems
from service.metrics import Metrics
from service.problems import ProblemError
from service.replies import CURRENT, Noted, note, send_json, sign

Handler = Callable[[SimpleNamespace, Noted, HTTPScope, Receive, Send], Awaitable[None]]


class Service(Litestar):
    """`direct` has what answers the paths that begin so; `opa` what answers at `opa_port`, where
    there is such a port. `desks` is all that `state` holds, as plain attributes: those of `state`
    are looked up by a function."""

    desks: SimpleNamespace
    metrics: Metrics
    direct: Mapping[str, Handler]
    opa: ASGIApp | None = None
    opa_port: int | None = None

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        scope = cast("HTTPScope", scope)
        if scope["method"] == "HEAD":  # the server knows, and leaves the body out
            scope = cast("HTTPScope", {**scope, "method": "GET"})
        noted = note(scope)
        metrics = self.metrics
        begun = False

        async def signed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = sign(list(message["headers"]), noted)
                metrics.answered(message["status"], perf_counter() - noted.began)
            await send(message)  # type: ignore[arg-type]

        try:
            if self.opa is not None and _port(scope) == self.opa_port:
                CURRENT.set(noted)
                await self.opa(scope, receive, signed)  # type: ignore[arg-type]
                return
            for start, handler in self.direct.items():
                if scope["path"].startswith(start):
                    await _answer(handler, self.desks, noted, scope, receive, signed)  # type: ignore[arg-type]
                    return
            await super().__call__(scope, receive, signed)
        except CancelledError:  # the service stops, and waits no longer
            if begun:
                raise
            await _tell(problems.STOPPING, noted, signed)


async def _answer(
    handler: Handler,
    desks: SimpleNamespace,
    noted: Noted,
    scope: HTTPScope,
    receive: Receive,
    send: Send,
) -> None:
    try:
        await handler(desks, noted, scope, receive, send)
    except Exception as error:
        await _tell(problems.as_problem(error, noted.id), noted, send)


async def _tell(problem: ProblemError, noted: Noted, send: Send) -> None:
    body = problems.written(problem, noted.id)
    await send_json(send, problem.status, body, problem.headers, problems.MEDIA.encode())


def _port(scope: Scope) -> int | None:
    server = scope.get("server")
    return server[1] if server is not None else None
