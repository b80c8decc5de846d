"""A request's body to the JSON object that it holds, or a problem that says what it is."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar.types import Receive

from engine import JsonError, read_json
from service.problems import ProblemError
from service.settings import Settings

Object = dict[str, Any]


async def read_object(
    headers: Mapping[bytes, bytes], receive: Receive, limits: Settings
) -> tuple[Object, bytes]:
    """The object, and the bytes that it was read from."""
    _take_json(headers)
    body = await _read(headers, receive, limits.most_bytes)
    return parse(body, limits), body


async def read_value(
    headers: Mapping[bytes, bytes], receive: Receive, limits: Settings
) -> tuple[Object | list[Any], bytes]:
    """The same, where a list will do too."""
    _take_json(headers)
    body = await _read(headers, receive, limits.most_bytes)
    value = _parse(body, limits)
    if not isinstance(value, dict | list):
        raise _malformed("the body must be a JSON object, or a list of them")
    return value, body


def parse(body: bytes, limits: Settings) -> Object:
    value = _parse(body, limits)
    if not isinstance(value, dict):
        raise _malformed("the body must be a JSON object")
    return value


def _take_json(headers: Mapping[bytes, bytes]) -> None:
    kind = headers.get(b"content-type", b"")
    if kind == b"application/json":
        return
    name = kind.partition(b";")[0].strip().lower().decode("latin-1")
    if name != "application/json":
        detail = (
            f"the body must be `application/json`, and is `{name}`"
            if name
            else "say `Content-Type: application/json`"
        )
        told = {"Accept": "application/json"}
        raise ProblemError(415, "unsupported-media-type", detail, headers=told)


async def _read(headers: Mapping[bytes, bytes], receive: Receive, most: int) -> bytes:
    """Stops at the limit, whatever the length that was said."""
    said = headers.get(b"content-length", b"")
    if said.isdigit() and int(said[:19]) > most:
        raise _too_large(most)
    whole = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _malformed("the body ended before its length")
        body = message["body"]
        if len(whole) + len(body) > most:
            raise _too_large(most)
        if not message["more_body"] and not whole:
            return body
        whole += body
        if not message["more_body"]:
            return bytes(whole)


def _parse(body: bytes, limits: Settings) -> Any:
    """What is surely right is read at once; whatever may be wrong is read anew by the engine, which
    says what it is."""
    value = _surely_right(body, limits)
    if value is not None:
        return value
    try:
        value = read_json(body.decode())
    except UnicodeDecodeError as error:
        raise _malformed("the body is not UTF-8 text") from error
    except JsonError as error:
        raise _malformed(f"the body is not JSON: {error}") from error
    if isinstance(value, dict | list):
        _hold_limits(value, limits)
    return value


def _surely_right(body: bytes, limits: Settings) -> Object | list[Any] | None:
    """Of names that are given twice msgspec takes the last and says nothing. But every name and
    every text stands between two quotes, so where there are no more of these, none was lost."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(value, dict | list):
        return None
    texts = _texts(value, limits)
    if texts is None:
        return None
    quotes = body.count(b'"')
    if quotes > 2 * texts and rb"\\" not in body:
        quotes -= body.count(rb"\"")
    return value if quotes == 2 * texts else None


def _texts(value: Object | list[Any], limits: Settings) -> int | None:
    """How many there are in it, names too; None where it breaks a limit."""
    texts, longest = 0, limits.longest_text
    level: list[Any] = [value]
    for _ in range(limits.deepest):
        below = []
        for parent in level:
            if type(parent) is dict:
                texts += len(parent)
            elif len(parent) > limits.longest_list:
                return None
            for each in parent.values() if type(parent) is dict else parent:
                kind = type(each)
                if kind is str:
                    texts += 1
                    if len(each) > longest:
                        return None
                elif kind is dict or kind is list:
                    below.append(each)
        if not below:
            return texts
        level = below
    return None


def _hold_limits(value: Any, limits: Settings) -> None:
    level = [("", value)]
    for _ in range(limits.deepest):
        level = [
            (f"{place}/{name}", inside)
            for place, parent in level
            for name, inside in _children(place, parent, limits)
        ]
        if not level:
            return
    raise _malformed(f"the body nests deeper than {limits.deepest} levels")


def _children(place: str, parent: Any, limits: Settings) -> list[tuple[str, Any]]:
    """Objects and lists in a value; its texts and its own length are looked at on the way."""
    if isinstance(parent, list) and len(parent) > limits.longest_list:
        raise _too_long(place, f"at most {limits.longest_list} elements", len(parent))
    pairs = parent.items() if isinstance(parent, dict) else enumerate(parent)
    inside = [(_escaped(name), each) for name, each in pairs]
    for name, each in inside:
        if isinstance(each, str) and len(each) > limits.longest_text:
            expected = f"at most {limits.longest_text} characters"
            raise _too_long(f"{place}/{name}", expected, len(each))
    return [(name, each) for name, each in inside if isinstance(each, dict | list)]


def _escaped(name: str | int) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _too_large(most: int) -> ProblemError:
    return ProblemError(413, "body-too-large", f"the body is larger than {most} bytes")


def _too_long(pointer: str, expected: str, got: int) -> ProblemError:
    error = {"pointer": pointer, "code": "too-long", "expected": expected, "got": str(got)}
    return ProblemError(400, "malformed-request", "the body holds more than it may", [error])


def _malformed(detail: str) -> ProblemError:
    return ProblemError(400, "malformed-request", detail)
