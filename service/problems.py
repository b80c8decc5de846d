"""What went wrong with a request, as RFC 9457 tells it. No client ever sees a stack trace."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import HTTPScope

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


MEDIA = "application/problem+json"

STOPPING = ProblemError(
    503,
    "stopping",
    "the service was stopped before it could answer; try again",
    headers={"Retry-After": "1", "Connection": "close"},
)


def only(method: str, scope: HTTPScope) -> None:
    """A handler on the bare protocol is asked by every method."""
    if scope["method"] != method:
        raise ProblemError(405, _CODES[405], _DETAILS[405], headers={"Allow": method})


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    identity = request_id(request.scope)
    problem = as_problem(error, identity)
    return Response(
        written(problem, identity),
        status_code=problem.status,
        media_type=MEDIA,
        headers=dict(problem.headers),
    )


def as_problem(error: Exception, request_id: str) -> ProblemError:
    """A mistake of ours is logged in full, and told by its request id alone."""
    match error:
        case ProblemError():
            return error
        case HTTPException(status_code=status):
            code, detail = _CODES.get(status, "http-error"), _DETAILS.get(status, error.detail)
            return ProblemError(status, code, detail, headers=error.headers or {})
        case _:
            _LOG.error("request %s failed", request_id, exc_info=error)
            detail = "the service made a mistake; its log tells more under the request id"
            return ProblemError(500, _CODES[500], detail)


def written(problem: ProblemError, request_id: str) -> bytes:
    return json.dumps(told(problem, request_id), ensure_ascii=False).encode()


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


_DETAILS = {
    404: "there is nothing at this path",
    405: "this path does not take this method",
    413: "the body is larger than the service takes",
}
