"""A service within a test: a folder of policies to a client; its store stands beside the folder."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn
from litestar.testing import TestClient

import engine
from service.app import create_app
from service.entrance import Service
from service.log import Log
from service.settings import Settings

HERE = "http://127.0.0.1:8000"
NEW = engine.new("greetings")
CLEAR: dict[str, Any] = {
    "message": "When do you open?",
    "topic": "opening_hours",
    "confidence": 0.9,
}


def put(folder: Path, place: str, text: str) -> None:
    path = folder / f"{place}.bylaw"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def policies_in(folder: Path) -> Path:
    """A folder of two versions of one policy, of which the older is live."""
    policies = folder / "policies"
    put(policies, "greetings/1.0.0", NEW)
    put(policies, "greetings/1.1.0", NEW.replace("greetings 1.0.0", "greetings 1.1.0"))
    (policies / "live.toml").write_text('greetings = "1.0.0"\n', encoding="utf-8")
    return policies


@contextmanager
def serving(
    folder: Path, key: str | None = None, log: Log | None = None, **told: Any
) -> Iterator[TestClient[Service]]:
    """`told` are settings; `key` is shown with every request."""
    settings = Settings(**{"policies": folder, "store": folder.parent / "bylaw.db", **told})
    app = create_app(settings, log)
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        if key is not None:
            client.headers["Authorization"] = f"Bearer {key}"
        yield client


@contextmanager
def listening(settings: Settings) -> Iterator[str]:
    """The address of a service that really listens."""
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
