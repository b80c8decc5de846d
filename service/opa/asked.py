"""What ASGI hands over to a request as the door reads it: its path, its query, its body."""

import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from engine import JsonError, read_json
from service.problems import ProblemError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """`path` is cut at its slashes and then unescaped, so that `%2f` stays within its part."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, list[str]]
    headers: tuple[tuple[bytes, bytes], ...]

    def wants(self, word: str) -> bool:
        """`?word`, or `?word=true` in any spelling, or `?word=1`."""
        values = self.query.get(word, [])
        return values == [""] or any(each.lower() in ("true", "1") for each in values)

    def header(self, name: bytes) -> bytes:
        return next((value for each, value in self.headers if each.lower() == name), b"")


def asked(scope: Mapping[str, Any]) -> Asked:
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    query = scope.get("query_string", b"").decode("latin-1")
    return Asked(
        scope["method"],
        tuple(unquote(part) for part in raw.decode("latin-1").split("/") if part),
        parse_qs(query, keep_blank_values=True),
        tuple((bytes(name), bytes(value)) for name, value in scope["headers"]),
    )


async def read_body(request: Asked, receive: Receive, most_bytes: int) -> bytes:
    """Reads no further than is allowed, however slowly and in whatever pieces it comes."""
    length = request.header(b"content-length")
    if length.isdigit() and int(length[:20]) > most_bytes:
        raise too_large(most_bytes)
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise malformed("body", "it ended too early")
        body += message.get("body", b"")
        if len(body) > most_bytes:
            raise too_large(most_bytes)
        more = message.get("more_body", False)
    if body and b"gzip" in request.header(b"content-encoding").lower():
        return _unzipped(bytes(body), most_bytes)
    return bytes(body)


def parse(text: bytes | str, deepest: int, place: str) -> Any:
    """`place` is where it stands: `body`, or `parameter`."""
    try:
        value = read_json(text if isinstance(text, str) else text.decode())
    except UnicodeDecodeError as error:
        raise malformed(place, "it is not UTF-8 text") from error
    except JsonError as error:
        raise malformed(place, f"it is not JSON: {error}") from error
    if _is_deeper(value, deepest):
        raise malformed(place, f"it nests deeper than {deepest} levels")
    return value


def malformed(place: str, why: str) -> ProblemError:
    detail = f"{place} contains malformed input document: {why}"
    return ProblemError(400, "malformed-request", detail)


def too_large(most_bytes: int) -> ProblemError:
    """OPA says 400 here, and not 413."""
    detail = f"request body too large: at most {most_bytes} bytes are read"
    return ProblemError(400, "malformed-request", detail)


def _is_deeper(value: Any, deepest: int) -> bool:
    level = _children([value])
    for _ in range(deepest):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    inside = value.values() if isinstance(value, dict) else value
    return [child for child in inside if isinstance(child, dict | list)]


def _unzipped(body: bytes, most_bytes: int) -> bytes:
    unzipping = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        unzipped = unzipping.decompress(body, most_bytes + 1)
    except zlib.error as error:
        raise _not_gzip() from error
    if len(unzipped) > most_bytes:
        raise too_large(most_bytes)
    if not unzipping.eof:
        raise _not_gzip()
    return unzipped


def _not_gzip() -> ProblemError:
    return ProblemError(400, "malformed-request", "could not decompress the body: it is not gzip")
