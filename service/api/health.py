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
    """503 while no policy is active."""
    shelf: Shelf = state.shelf
    active = {name: program.version for name in shelf.names() if (program := shelf.active(name))}
    body = {
        "status": "ready" if active else "not ready",
        "active": active,
        "not_loaded": list(shelf.troubles),
    }
    return Response(body, status_code=200 if active else 503)
