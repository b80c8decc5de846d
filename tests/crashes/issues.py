"""An issue book whose service is killed while it takes feedback and while time is played: asked
again for what was not answered, it comes to what it comes to when nothing happens.

`python -m tests.crashes.issues 50` kills it fifty times.
"""

import json
import random
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.generate.feedback import spans
from tests.issues import Wire, contents, keeping, policies_in
from tests.live import started

_BULK = 60


@dataclass
class Asked:
    """The requests of a life, in order; `done` are those that were answered, with their answers."""

    requests: Sequence[tuple[str, Any]]
    done: list[Any] = field(default_factory=list)


def requests(seed: int, bulks: int) -> Iterator[tuple[str, Any]]:
    """Feedback of many days in bulks; after each, time is played to the middle of the gap."""
    made = list(spans(seed, _BULK * bulks, days=20.0 * bulks, subcodes=12))
    for start in range(0, len(made), _BULK):
        bulk = made[start : start + _BULK]
        first = datetime.fromisoformat(bulk[0]["at"]).astimezone(UTC)
        for number, each in enumerate(bulk):  # all within a day, and then nineteen of silence
            moment = first + timedelta(minutes=20 * number)
            each["at"] = moment.isoformat().replace("+00:00", "Z")
        yield "/v1/spans", bulk
        later = first + timedelta(days=10)
        yield "/v1/clock", {"at": later.isoformat().replace("+00:00", "Z")}


def killed(folder: Path, asked: Asked, seed: int) -> None:
    """Goes on with what was not answered, and dies in the midst of it."""
    drawn = random.Random(seed)
    with started(folder, "--simulation") as server, httpx.Client(timeout=60) as client:
        client.base_url = httpx.URL(server.url)
        _go_on(client, asked, drawn.randrange(1, 5))
        timer = threading.Timer(drawn.uniform(0, 0.1), server.process.kill)
        timer.start()
        _go_on(client, asked)
        timer.cancel()


def _go_on(client: httpx.Client, asked: Asked, most: int | None = None) -> None:
    rest = asked.requests[len(asked.done) :]
    for path, body in rest[:most]:
        try:
            reply = client.post(path, json=body)
        except httpx.TransportError:
            return
        assert reply.status_code == 200, reply.text
        asked.done.append(reply.json())


def kill_often(folder: Path, seeds: Iterable[int], bulks: int) -> int:
    """Kills once for each seed, then lets it end; how many answers came before the last kill."""
    asked = Asked(list(requests(1, bulks)))
    policies = policies_in(folder / "killed")
    answered = 0
    for seed in seeds:
        killed(policies, asked, seed)
        answered = len(asked.done)
        _whole(policies.parent / "bylaw.db")
    with started(policies, "--simulation") as server, httpx.Client(timeout=60) as client:
        client.base_url = httpx.URL(server.url)
        _go_on(client, asked)
        for (path, body), told in zip(asked.requests, asked.done, strict=True):
            if path == "/v1/spans":
                again = client.post(path, json=body).json()["spans"]
                assert list(map(_did, again)) == list(map(_did, told["spans"]))
                assert all(each["known"] for each in again)
    with keeping(folder / "killed") as survivor, keeping(folder / "unhurt") as unhurt:
        for path, body in asked.requests:
            assert unhurt.http.post(path, json=body).status_code == 200
        but = {"revision"}
        assert contents(survivor, but) == contents(unhurt, but)
    return answered


def _did(placed: Wire) -> Wire:
    """What a span did, but for the issue that it came to later."""
    return {name: placed[name] for name in ("span_id", "effect", "decisions")}


def _whole(path: Path) -> None:
    """Every span that was decided has its decision, and every issue its spans."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        lost = "SELECT count(*) FROM spans WHERE decision NOT IN (SELECT id FROM journal)"
        assert db.execute(lost).fetchone() == (0,)
        counted = (
            "SELECT count(*) FROM issues WHERE span_count != (SELECT count(*) FROM issue_spans m"
            " JOIN spans s ON s.seq = m.seq WHERE m.issue = number AND s.complaint)"
        )
        assert db.execute(counted).fetchone() == (0,)
        for (body,) in db.execute("SELECT body FROM events"):
            json.loads(body)


def main(times: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        answered = kill_often(Path(place), range(times), bulks=times * 4)
    print(f"{times} kills: {answered} answers came before the last of them")
    print("what was answered was there again, and the book is what it is without any kill")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
