"""A service that is killed while it answers: what it had acknowledged is on disk, and nothing half.

`python -m tests.crashes 50` kills it fifty times, one store for all.
"""

import json
import random
import sqlite3
import threading
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from service.desks.journal import find
from service.store.store import Store
from service.vault import open_vault
from tests.live import Server, started
from tests.served import CLEAR

_THREADS = 8
_CASE = {**CLEAR, "message": "Do you open on Sundays?"}


@dataclass(frozen=True)
class Held:
    """How many decisions were acknowledged before the kill, and how many the journal has more."""

    acknowledged: int
    unacknowledged: int


def kill_under_load(folder: Path, seed: int) -> Held:
    """Asserts what must hold."""
    acknowledged: dict[str, Any] = {}
    before = _kept(folder)
    with started(folder) as server:
        threads = [
            threading.Thread(target=_ask, args=(server, number, acknowledged))
            for number in range(_THREADS)
        ]
        for each in threads:
            each.start()
        threading.Event().wait(random.Random(seed).uniform(0.3, 1.0))
        server.process.kill()
        for each in threads:
            each.join()
    more = _check(folder, acknowledged) - before - len(acknowledged)
    return Held(len(acknowledged), more)


def _ask(server: Server, number: int, acknowledged: dict[str, Any]) -> None:
    """Single ones and batches, until there is nobody to answer."""
    with httpx.Client(base_url=server.url, timeout=10) as client:
        for count in range(1_000_000):
            subject = f"customer-{number}-{count % 50}"
            try:
                if count % 10:
                    body = {"input": _CASE, "subject": subject}
                    response = client.post("/v1/decisions/greetings", json=body)
                    records = [response.json()]
                else:
                    items = [
                        {"id": str(each), "input": _CASE, "subject": subject} for each in range(20)
                    ]
                    response = client.post("/v1/batches/greetings", json={"items": items})
                    records = response.json()["items"]
            except httpx.TransportError:
                return
            assert response.status_code == 200, response.text
            for record in records:
                record.pop("id", None)
                acknowledged[record["decision_id"]] = record


def _check(folder: Path, acknowledged: dict[str, Any]) -> int:
    """How many decisions the journal has."""
    path = folder.parent / "bylaw.db"
    store = Store(path).create()
    db = store.reader()
    vault = open_vault(path.with_name("bylaw.db.secret"), db)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    for id, record in acknowledged.items():
        found = find(db, vault, id)
        assert found is not None, f"{id} was acknowledged and is not in the journal"
        assert found.record == record
        assert found.asked is not None
        assert found.asked["input"] == _CASE, found.gone
    for id, record in db.execute("SELECT id, record FROM journal"):
        assert json.loads(record)["decision_id"] == id
    count: int = db.table("journal").count
    db.conn.close()
    return count


def _kept(folder: Path) -> int:
    path = folder.parent / "bylaw.db"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT count(*) FROM journal").fetchone()[0])


def kill_often(folder: Path, times: Iterable[int]) -> list[Held]:
    return [kill_under_load(folder, seed) for seed in times]
