"""`GET /v1/policies/{name}/changes`: what is other in a second version, as JSON or as Markdown."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State

import engine
from engine import Program
from service.api.policies import loaded
from service.api.queries import only, wrong
from service.auth import needs

_MARKDOWN = "text/markdown"


@get("/v1/policies/{name:str}/changes", guards=[needs()])
async def changes(request: Request[Any, Any, Any], state: State) -> Response[Any]:
    only(request, "from", "to")
    old, new = (_version(request, state, each) for each in ("from", "to"))
    key = "changes", old.content_hash, new.content_hash
    told, page = await state.solving.once(key, lambda: _changes(old, new))
    if _wants_markdown(request.headers.get("Accept", "")):
        return Response(page, media_type=_MARKDOWN)
    return Response(told)


def _version(request: Request[Any, Any, Any], state: State, which: str) -> Program:
    version = request.query_params.get(which)
    if version is None:
        raise wrong(which, "missing", "a version, as 1.0.0", None)
    return loaded(state.shelf, request.path_params["name"], version)


def _wants_markdown(accept: str) -> bool:
    wanted = [each.partition(";")[0].strip().lower() for each in accept.split(",")]
    if _MARKDOWN not in wanted:
        return False
    return "application/json" not in wanted[: wanted.index(_MARKDOWN)]


def _changes(old: Program, new: Program) -> tuple[dict[str, Any], str]:
    found = engine.compare(old, new)
    return engine.changes_record(found), engine.changes_markdown(found)
