"""A store in which releases are proposed, with evidence that was made by hand: what it says is not
what these tests are about, and to gather it takes seconds."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from litestar.testing import TestClient

import engine
from engine import Library
from service.auth import create
from service.desks import policies
from service.desks.releases import desk as doing
from service.desks.releases import kept
from service.desks.releases.desk import Person
from service.desks.releases.evidence import Gathered
from service.desks.releases.kept import Release
from service.desks.releases.rules import rules
from service.desks.releases.steps import Desk
from service.entrance import Service
from service.ids import micros
from service.shelf import Shelf
from service.store.store import Store
from service.vault import open_vault
from tests.served import serving

T = TypeVar("T")
SHIPPED = Path(__file__).parents[1] / "policies"
DIRECTOR = "Director of Support Quality"
PROGRAM = "enterprise_review"
DAY = 86_400_000_000
ROLES = {
    "lead": ["author", "audit", "report"],
    "director": [f"approve:{DIRECTOR}"],
    "both": ["author", f"approve:{DIRECTOR}"],
    "other": ["approve:Head of Support Operations"],
    "ops": ["operate", "decide"],
}
WELL: dict[str, Any] = {
    "override_rate": 0.04,
    "baseline_override_rate": 0.05,
    "complaint_rate": 0.02,
    "baseline_complaint_rate": 0.02,
    "coverage": {"privacy_sensitive": 0.97, "executive_reopen": 0.94, "outage_recovery": 0.90},
    "privacy_miss_rate": 0.01,
    "fairness_gap": 0.02,
    "escaped_defects": 3,
    "specialist_load": 0.85,
}


def policies_of_reviews(folder: Path, live: str = 'review_scoring = "1.0.0"\n') -> Path:
    """The gate and what is released by it, without the others."""
    into = folder / "policies"
    for name in ("release", "review_scoring"):
        shutil.copytree(SHIPPED / name, into / name)
    (into / "live.toml").write_text(f'release = "1.0.0"\n{live}', encoding="utf-8")
    return into


@dataclass
class Stage:
    """`folder` holds the policies, which several stages may share."""

    folder: Path
    path: Path
    keys: dict[str, str]

    @property
    def store(self) -> Store:
        return Store(self.path).create()

    @contextmanager
    def serving(self) -> Iterator["Asking"]:
        with serving(self.folder, store=self.path) as client:
            yield Asking(client, self.keys)

    def do(self, work: Callable[[Desk], T]) -> T:
        """In a transaction of its own."""
        with self.store.writing() as db:
            shelf = _READ[0] = policies.shelve(db, Library(self.folder), _READ[0])
            asked = rules(db, shelf, micros())
            assert asked is not None
            return work(Desk(db, asked, shelf))

    def proposed(self, since: int = 0, until: int = 20 * DAY, **more: Any) -> Release:
        """A release of 1.1.0, its window told in microseconds from now."""
        now = micros()
        told = {
            "policy": "review_scoring",
            "version": "1.1.0",
            "valid_from": engine.write_instant(now + since),
            "valid_until": engine.write_instant(now + until),
            **more,
        }

        def work(desk: Desk) -> Release:
            live = kept.live_hash(desk.db, "review_scoring")
            manifest = doing.filled(desk, told)
            return doing.propose(desk, Person("lead"), manifest, _gathered(now + since, live))

        return self.do(work)

    def approved(self, since: int = 0, until: int = 20 * DAY, **more: Any) -> Release:
        release = self.proposed(since, until, **more)
        person = Person("director", (DIRECTOR,))
        return self.do(lambda desk: doing.approve(desk, person, release, approval(release)))

    def active(self, since: int = 0, until: int = 20 * DAY, **more: Any) -> Release:
        release = self.approved(since, until, **more)
        return self.do(lambda desk: doing.activate(desk, Person("ops"), release))

    def live(self) -> str | None:
        sql = "SELECT version FROM live WHERE name = 'review_scoring'"
        row = self.store.reader().execute(sql).fetchone()
        return None if row is None else str(row[0])

    def states(self) -> list[str]:
        rows = self.store.reader().query("SELECT state FROM releases ORDER BY number")
        return [row["state"] for row in rows]

    def audited(self) -> list[tuple[str, Any]]:
        rows = self.store.reader().query("SELECT event, detail FROM audit ORDER BY seq")
        return [(row["event"], json.loads(row["detail"])) for row in rows]


@dataclass
class Asking:
    client: TestClient[Service]
    keys: dict[str, str]

    def get(self, who: str, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers={**self._key(who), **headers})

    def post(self, who: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return self.client.post(path, json=body or {}, headers={**self._key(who), **headers})

    def release(self, id: str) -> Any:
        return self.get("lead", f"/v1/releases/{id}").json()

    def signals(self, **figures: Any) -> httpx.Response:
        at = engine.write_instant(micros())
        path = f"/v1/programs/{PROGRAM}/signals"
        return self.post("ops", path, {"at": at, **WELL, **figures})

    def _key(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[who]}"}


def staged(place: Path, folder: Path) -> Stage:
    """The store is made in the place, of these policies."""
    with Store(place / "bylaw.db").create().writing() as db:
        open_vault(place / "bylaw.db.secret", db)
        policies.seed(db, Library(folder))
        keys = {name: create(db, "test", name, roles).secret for name, roles in ROLES.items()}
    return Stage(folder, place / "bylaw.db", keys)


def approval(release: Release) -> dict[str, str]:
    hashes = {"content_hash": release.hash, "manifest_hash": release.manifest_hash}
    return {**hashes, "reason": "the replay shows what was underweighted"}


def codes(response: httpx.Response) -> list[str]:
    assert (response.status_code, response.json()["code"]) == (409, "release-refused")
    return [each["code"] for each in response.json()["violations"]]


def clock(patch: pytest.MonkeyPatch, offset: int) -> None:
    """The time is another one from now on, by so many microseconds."""
    patch.undo()
    real = time.time_ns
    patch.setattr(time, "time_ns", lambda: real() + offset * 1000)


_READ: list[Shelf | None] = [None]
"""What was read last; a file that says the same is not read again."""


def _gathered(until: int, live: str | None) -> Gathered:
    findings: dict[str, Any] = {
        "findings": [],
        "open": 0,
        "examples": 1,
        "guarantees": [],
        "broken": 0,
    }
    parts: dict[str, dict[str, Any]] = {
        "findings": findings,
        "changes": {"against": live},
        "replay": {"cases": 600, "outcomes": [], "left_out": {}, "coverage": {}},
    }
    told = {
        "window_from": engine.write_instant(until - 28 * DAY),
        "window_until": engine.write_instant(until),
        "cases": 600,
        "coverage": WELL["coverage"],
    }
    return Gathered(parts, told, live)
