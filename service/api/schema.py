"""`GET /schema` and `/schema/openapi.json`: how the service is asked, by what is live."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State

import engine
from service.auth import needs
from service.page import CONTENT_SECURITY
from service.page import page as page_of
from service.shelf import Shelf


@dataclass(frozen=True)
class Described:
    """`of` is what it tells of: the service's address, and the content hashes of what is live."""

    of: tuple[str, ...]
    page: bytes
    openapi: bytes


@get("/schema", sync_to_thread=True, guards=[needs()])
def page(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    answer = _answer(request, _described(request, state).page, "text/html")
    answer.set_header("Content-Security-Policy", CONTENT_SECURITY)
    return answer


@get("/schema/openapi.json", sync_to_thread=True, guards=[needs()])
def openapi(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    return _answer(request, _described(request, state).openapi, "application/json")


def _described(request: Request[Any, Any, Any], state: State) -> Described:
    """Made again when another version is live."""
    shelf: Shelf = state.shelf
    programs = shelf.actives()
    address = f"http://{request.headers.get('Host', 'localhost')}"
    of = (address, *(each.content_hash for each in programs.values()))
    kept: Described | None = state.get("described")
    if kept is None or kept.of != of:
        from service.openapi import document  # a hundred models, which deciding does not need

        made = document(programs, engine.__version__)
        written = json.dumps(made, ensure_ascii=False).encode()
        kept = Described(of, page_of(made, address).encode(), written)
        state.described = kept
    return kept


def _answer(request: Request[Any, Any, Any], body: bytes, media: str) -> Response[bytes]:
    tag = f'"sha256:{hashlib.sha256(body).hexdigest()}"'
    if request.headers.get("If-None-Match") == tag:
        return Response(b"", status_code=304, headers={"ETag": tag})
    return Response(body, media_type=media, headers={"ETag": tag})
