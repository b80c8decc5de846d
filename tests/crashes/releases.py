"""A service that is killed while releases go live and are rolled back: a program has exactly one
live version, the one that its releases say, what was acknowledged is so, and the chain is whole."""

import random
import threading
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from service.desks import audit
from service.desks.releases import desk as doing
from service.desks.releases.desk import Person
from service.desks.releases.steps import Desk
from tests.live import Server, started
from tests.releasing import PROGRAM, WELL, Stage

_READY = 12
"""Releases that are approved and wait, before each kill."""


@dataclass
class Seen:
    """The state of each release in the last answer that came, and how many steps were answered."""

    states: dict[str, str] = field(default_factory=dict)
    steps: int = 0


def kill_while_releasing(stage: Stage, seed: int) -> int:
    """Gives how many steps were answered; asserts what must hold."""
    _end_what_is_live(stage)
    waiting = [stage.approved().id for _ in range(_READY)]
    seen = Seen()
    with started(stage.folder, "--store", str(stage.path)) as server:
        thread = threading.Thread(target=_release, args=(server, stage, waiting, seen))
        thread.start()
        chance = random.Random(seed)
        _wait_for(chance.randrange(5), seen, thread)
        threading.Event().wait(chance.uniform(0, 0.2))
        server.process.kill()
        thread.join()
    _check(stage, seen)
    return seen.steps


def _wait_for(steps: int, seen: Seen, thread: threading.Thread) -> None:
    while seen.steps < steps and thread.is_alive():
        thread.join(0.005)


def _release(server: Server, stage: Stage, waiting: list[str], seen: Seen) -> None:
    """Each goes live and is rolled back, by figures or by a person, until nobody answers."""
    bad = {**WELL, "override_rate": 0.5}
    key = {"Authorization": f"Bearer {stage.keys['ops']}"}
    with httpx.Client(base_url=server.url, timeout=10, headers=key) as client:
        for number, id in zip(count(), waiting, strict=False):
            try:
                _answered(client, f"/v1/releases/{id}/activate", {}, id, seen)
                if number % 2:
                    _answered(client, f"/v1/releases/{id}/rollback", {"reason": "x"}, id, seen)
                else:
                    at = _activated(client, id)
                    path = f"/v1/programs/{PROGRAM}/signals"
                    _answered(client, path, {**bad, "at": at}, id, seen)
            except httpx.TransportError:
                return


def _activated(client: httpx.Client, id: str) -> str:
    told = client.get(f"/v1/releases/{id}").json()
    return str(told["activated_at"])


def _answered(client: httpx.Client, path: str, body: Any, id: str, seen: Seen) -> None:
    response = client.post(path, json=body)
    assert response.status_code == 200, response.text
    told = response.json()
    seen.states[id] = told.get("release", told)["state"]
    seen.steps += 1


def _check(stage: Stage, seen: Seen) -> None:
    db = stage.store.reader()
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert audit.verify(db) == []
    live = db.execute("SELECT hash FROM live WHERE name = 'review_scoring'").fetchall()
    assert len(live) == 1
    active = db.execute("SELECT hash FROM releases WHERE state = 'ACTIVE'").fetchall()
    assert len(active) <= 1
    before = db.execute("SELECT hash FROM lived WHERE name = 'review_scoring' ORDER BY seq LIMIT 1")
    assert live == (active or before.fetchall())
    found = {f"REL-{number:04}": state for number, state in db.execute(_STATES)}
    for id, state in seen.states.items():
        stored = found[id]
        assert stored in (state, "ROLLED_BACK"), f"{id} is {stored}, was answered as {state}"
    kept = db.execute(_STEPS).fetchone()[0]
    audited = db.execute("SELECT count(*) FROM audit WHERE event LIKE 'release-%'").fetchone()[0]
    told = db.execute("SELECT count(*) FROM events WHERE type = 'release'").fetchone()[0]
    assert kept == audited == told


def _end_what_is_live(stage: Stage) -> None:
    def work(desk: Desk) -> None:
        release = doing.live_release(desk, PROGRAM)
        if release is not None:
            doing.roll_back(desk, Person("ops"), release, "the next kill")

    stage.do(work)


_STATES = "SELECT number, state FROM releases"
_STEPS = "SELECT count(*) FROM release_steps"
