"""What went wrong with a request, as RFC 9457 tells it. No client ever sees a stack trace."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import Scope

from service.replies import request_id

_LOG = logging.getLogger("bylaw")

_CODES = {
    400: "malformed-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
    500: "internal-error",
}

_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
"""As RFC 9110 names them; the names in Python change with its version."""


@dataclass(eq=False)
class ProblemError(Exception):
    """`errors` says of places in the request what was expected and found; `more` goes along."""

    status: int
    code: str
    detail: str
    errors: Sequence[Mapping[str, str]] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def only(method: str, scope: Scope) -> None:
    """A handler on the bare protocol is asked by every method."""
    if scope.get("method") != method:
        raise ProblemError(405, _CODES[405], _DETAILS[405], headers={"Allow": method})


def of_problem(request: Request[Any, Any, Any], problem: ProblemError) -> Response[bytes]:
    return Response(
        json.dumps(told(problem, request_id(request.scope)), ensure_ascii=False).encode(),
        status_code=problem.status,
        media_type="application/problem+json",
        headers=dict(problem.headers),
    )


def told(problem: ProblemError, request_id: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": _TITLES.get(problem.status) or HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "request_id": request_id,
        "errors": list(problem.errors),
        **problem.more,
    }


def of_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses by itself: an unknown path, a wrong method, a body too large."""
    status = error.status_code
    code = _CODES.get(status, "http-error")
    return of_problem(
        request,
        ProblemError(status, code, _DETAILS.get(status, error.detail), headers=error.headers or {}),
    )


def of_mistake(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A mistake of ours: logged in full, and told by its request id alone."""
    identity = request_id(request.scope)
    _LOG.error("request %s failed", identity, exc_info=error)
    detail = "the service made a mistake; its log tells more under the request id"
    return of_problem(request, ProblemError(500, _CODES[500], detail))


_DETAILS = {
    404: "there is nothing at this path",
    405: "this path does not take this method",
    413: "the body is larger than the service takes",
}
