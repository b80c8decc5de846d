"""A candidate decides beside the live version, for a share of its cases, off the request's path:
how often both agree, and where they differ."""

import queue
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlite_utils import Database

import engine
from engine import Decision, Program
from service.desks import audit
from service.ids import micros
from service.metrics import Metrics
from service.shelf import Shelf

_MOST_WAITING = 10_000
_MOST_LISTED = 1_000


@dataclass(frozen=True)
class Plan:
    candidate: Program
    share: float


@dataclass(frozen=True, slots=True)
class _Offer:
    id: str
    plan: Plan
    live: Program
    case: Any
    now: int
    decided: Decision


@dataclass(slots=True)
class _Count:
    agreed: int = 0
    differed: int = 0
    dropped: int = 0


class Shadow:
    """Decides on a thread of its own; `take` hands over what was found since."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._plans: Mapping[str, Plan] = {}
        self._waiting: queue.SimpleQueue[_Offer | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], _Count] = {}
        self._differences: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
        self._thread.start()

    def load(self, db: Database, shelf: Shelf) -> None:
        plans = {}
        for row in db.table("shadows").rows:
            candidate = shelf.hashed(row["name"], row["hash"])
            if candidate is not None:
                plans[row["name"]] = Plan(candidate, row["share"])
        self._plans = plans

    def offer(self, id: str, live: Program, case: Any, now: int, decided: Decision) -> None:
        plan = self._plans.get(live.name)
        if plan is None or plan.candidate is live or random.random() >= plan.share:
            return
        if self._waiting.qsize() >= _MOST_WAITING:
            self._count(plan, live, "dropped")
            return
        self._waiting.put(_Offer(id, plan, live, case, now, decided))

    def close(self) -> None:
        """Decides what waits."""
        self._waiting.put(None)
        self._thread.join()

    def save(self, db: Database) -> None:
        """Adds what was found since the last time to the store."""
        with self._lock:
            counts, self._counts = self._counts, {}
            differences, self._differences = self._differences, []
        for (candidate, live), found in counts.items():
            db.execute(
                "INSERT INTO compared (hash, against, agreed, differed, dropped)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET agreed = agreed"
                " + excluded.agreed, differed = differed + excluded.differed, dropped = dropped"
                " + excluded.dropped",
                [candidate, live, found.agreed, found.differed, found.dropped],
            )
        for each in differences:
            db.table("differences").insert(each)
        for candidate in {each["hash"] for each in differences}:
            db.execute(
                "DELETE FROM differences WHERE hash = ? AND id NOT IN"
                " (SELECT id FROM differences WHERE hash = ? ORDER BY id DESC LIMIT ?)",
                [candidate, candidate, _MOST_LISTED],
            )

    def pending(self) -> bool:
        return bool(self._counts)

    def _run(self) -> None:
        while (offer := self._waiting.get()) is not None:
            decided = engine.decide(
                offer.plan.candidate, offer.case, offer.decided.decision, offer.now
            )
            live, candidate = _told(offer.decided), _told(decided)
            same = live["outcome"] == candidate["outcome"]
            if not same:
                difference = {
                    "id": offer.id,
                    "hash": offer.plan.candidate.content_hash,
                    "against": offer.live.content_hash,
                    "live": msgspec.json.encode(live).decode(),
                    "candidate": msgspec.json.encode(candidate).decode(),
                }
                with self._lock:
                    self._differences = [*self._differences[-_MOST_LISTED:], difference]
            self._count(offer.plan, offer.live, "agreed" if same else "differed")

    def _count(self, plan: Plan, live: Program, what: str) -> None:
        key = plan.candidate.content_hash, live.content_hash
        with self._lock:
            count = self._counts.setdefault(key, _Count())
            setattr(count, what, getattr(count, what) + 1)
        self._metrics.shadow.labels(live.name, what).inc()


def start(db: Database, actor: str, candidate: Program, share: float) -> None:
    row = {
        "name": candidate.name,
        "version": candidate.version,
        "hash": candidate.content_hash,
        "share": share,
    }
    db.table("shadows").upsert({**row, "since": micros()}, pk="name")
    audit.append(db, actor, "shadow", row)


def stop(db: Database, actor: str, name: str) -> bool:
    gone = db.execute("DELETE FROM shadows WHERE name = ?", [name]).rowcount
    if gone:
        audit.append(db, actor, "shadow-ended", {"name": name})
    return bool(gone)


def told(db: Database, candidate: str, against: str | None) -> dict[str, Any]:
    """What the store knows of a candidate beside a live version."""
    where, values = "hash = ? AND against = ?", [candidate, against]
    counts = next(iter(db.table("compared").rows_where(where, values)), None)
    rows = db.table("differences").rows_where(where, values, order_by="id desc", limit=100)
    differences = [
        {
            "decision_id": row["id"],
            "live": msgspec.json.decode(row["live"]),
            "candidate": msgspec.json.decode(row["candidate"]),
        }
        for row in rows
    ]
    counted = ("agreed", "differed", "dropped")
    return {
        **{each: counts[each] if counts else 0 for each in counted},
        "differences": differences,
    }


def _told(decided: Decision) -> dict[str, Any]:
    return {
        "outcome": decided.outcome,
        "basis": decided.basis,
        "determining": list(decided.determining),
    }
