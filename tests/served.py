"""A service within the test: a folder of policies to a client of it, its store beside the folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from litestar.testing import TestClient

from service.app import create_app
from service.replies import Service
from service.settings import Settings

HERE = "http://127.0.0.1:8000"


@contextmanager
def serving(
    folder: Path, key: str | None = None, **told: Any
) -> Iterator[TestClient[Service]]:
    """`told` are settings; `key` is shown with every request."""
    settings = Settings(**{"policies": folder, "store": folder.parent / "bylaw.db", **told})
    app = create_app(settings)
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        if key is not None:
            client.headers["Authorization"] = f"Bearer {key}"
        yield client
