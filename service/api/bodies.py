"""A request's body to the JSON object that it holds, or a problem that says what it is."""

from typing import Any

from litestar import Request

from engine import JsonError, read_json
from service.problems import ProblemError

Object = dict[str, Any]


async def read_object(request: Request[Any, Any, Any], deepest: int) -> Object:
    kind, _ = request.content_type
    if kind != "application/json":
        detail = (
            f"the body must be `application/json`, and is `{kind}`"
            if kind
            else "say `Content-Type: application/json`"
        )
        headers = {"Accept": "application/json"}
        raise ProblemError(415, "unsupported-media-type", detail, headers=headers)
    body = _parse(await request.body())
    if not isinstance(body, dict):
        raise _malformed("the body must be a JSON object")
    if _is_deeper(body, deepest):
        raise _malformed(f"the body nests deeper than {deepest} levels")
    return body


def _parse(body: bytes) -> Any:
    try:
        return read_json(body.decode())
    except UnicodeDecodeError as error:
        raise _malformed("the body is not UTF-8 text") from error
    except JsonError as error:
        raise _malformed(f"the body is not JSON: {error}") from error


def _is_deeper(value: Any, deepest: int) -> bool:
    level = [value]
    for _ in range(deepest):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    inside = value.values() if isinstance(value, dict) else value
    return [child for child in inside if isinstance(child, dict | list)]


def _malformed(detail: str) -> ProblemError:
    return ProblemError(400, "malformed-request", detail)
