"""`GET /v1/policies/{name}/changes`: what is other in a second version, as JSON or as Markdown.

What was found is kept: two versions never change."""

from collections import OrderedDict
from threading import Lock
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State

import engine
from engine import NoSolverError, Program
from service.api.policies import loaded
from service.api.queries import only, wrong
from service.auth import needs
from service.problems import ProblemError

_MOST_KEPT = 64
_MARKDOWN = "text/markdown"


@get("/v1/policies/{name:str}/changes", guards=[needs()])
async def changes(request: Request[Any, Any, Any], state: State) -> Response[Any]:
    only(request, "from", "to")
    old, new = (_version(request, state, each) for each in ("from", "to"))
    found = _kept.get(old, new)
    if found is None:
        try:
            found = await state.solving.done(lambda: _kept.made(old, new))
        except NoSolverError as missing:
            raise ProblemError(501, "no-solver", str(missing)) from missing
    told, page = found
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


Found = tuple[dict[str, Any], str]


class _Kept:
    """By the hashes of both versions; those that were asked for longest ago go first."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[str, str], Found] = OrderedDict()
        self._lock = Lock()

    def get(self, old: Program, new: Program) -> Found | None:
        with self._lock:
            key = old.content_hash, new.content_hash
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def made(self, old: Program, new: Program) -> Found:
        """Somebody else may have asked the same meanwhile."""
        known = self.get(old, new)
        if known is not None:
            return known
        found = engine.compare(old, new)
        made = engine.changes_record(found), engine.changes_markdown(found)
        with self._lock:
            self._found[old.content_hash, new.content_hash] = made
            while len(self._found) > _MOST_KEPT:
                self._found.popitem(last=False)
        return made


_kept = _Kept()
