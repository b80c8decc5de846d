"""`/health/live` and `/health/ready`: whether the process runs, and whether it can decide."""

from typing import Any

from litestar import Response, get
from litestar.datastructures import State

from service.shelf import Shelf


@get("/health/live", sync_to_thread=False)
def live() -> dict[str, str]:
    return {"status": "live"}


@get("/health/ready", sync_to_thread=False)
def ready(state: State) -> Response[dict[str, Any]]:
    """503 while no policy is active, or while decisions cannot be written down and are refused."""
    shelf: Shelf = state.shelf
    written = not state.writer.failing or state.settings.on_journal_failure != "refuse"
    active = {name: program.version for name, program in shelf.actives().items()}
    body = {
        "status": "ready" if active and written else "not ready",
        "active": active,
        "not_loaded": list(shelf.troubles),
    }
    return Response(body, status_code=200 if active and written else 503)
