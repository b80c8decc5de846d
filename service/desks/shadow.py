"""A candidate decides beside the live version, for a share of its cases, off the request's path:
how often both agree, and where they differ."""

import logging
import queue
import random
import threading
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

import engine
from engine import Decision, Program
from service.desks import audit
from service.ids import micros
from service.metrics import Metrics
from service.shelf import Shelf
from service.store.sqlite import Database

_LOG = logging.getLogger("bylaw")
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


@dataclass(frozen=True)
class Seen:
    """What was found since the last time: how often, by both hashes and what came of it; and what
    differs."""

    counts: Mapping[tuple[str, str, str], int]
    differences: Sequence[Mapping[str, Any]]


class Shadow:
    """Decides on a thread of its own; `take` hands over what was found since."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._plans: Mapping[str, Plan] = {}
        self._waiting: queue.SimpleQueue[_Offer | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._differences: deque[Mapping[str, Any]] = deque(maxlen=_MOST_LISTED)
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
        self._thread.start()

    def load(self, db: Database, shelf: Shelf) -> tuple[list[str], list[Plan]]:
        """The policies of which nothing decides in shadow any more, and what does from now on."""
        plans: dict[str, Plan] = {}
        for row in db.table("shadows").rows:
            candidate = shelf.hashed(row["name"], row["hash"])
            if candidate is not None:
                plans[row["name"]] = Plan(candidate, row["share"])
        before, self._plans = self._plans, plans
        begun = [plan for name, plan in plans.items() if before.get(name) != plan]
        return [name for name in before if name not in plans], begun

    def decides(self, live: Program) -> bool:
        """Whether a candidate is to decide beside this version."""
        return self._plan(live) is not None

    def offer(self, id: str, live: Program, case: Any, now: int, decided: Decision) -> None:
        plan = self._plan(live)
        if plan is None or random.random() >= plan.share:
            return
        if self._waiting.qsize() >= _MOST_WAITING:
            self._count(plan, live, "dropped")
            return
        self._waiting.put(_Offer(id, plan, live, case, now, decided))

    def close(self) -> None:
        """Decides what waits."""
        self._waiting.put(None)
        self._thread.join()

    def take(self) -> Seen | None:
        """To be saved; None where nothing was found."""
        with self._lock:
            seen = Seen(self._counts, list(self._differences))
            self._counts = Counter()
            self._differences.clear()
        return seen if seen.counts else None

    def give_back(self, seen: Seen) -> None:
        """What could not be saved."""
        with self._lock:
            self._counts.update(seen.counts)
            self._differences.extendleft(reversed(seen.differences))

    def _plan(self, live: Program) -> Plan | None:
        plan = self._plans.get(live.name)
        return None if plan is None or plan.candidate is live else plan

    def _run(self) -> None:
        while (offer := self._waiting.get()) is not None:
            try:
                self._compare(offer)
            except Exception as error:
                reference = f"{offer.plan.candidate.name}@{offer.plan.candidate.version}"
                _LOG.error("%s cannot decide in shadow: %s", reference, type(error).__name__)
                self._count(offer.plan, offer.live, "differed")

    def _compare(self, offer: _Offer) -> None:
        decided = engine.decide(offer.plan.candidate, offer.case, offer.decided.decision, offer.now)
        live, candidate = _shown(offer.decided), _shown(decided)
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
                self._differences.append(difference)
        self._count(offer.plan, offer.live, "agreed" if same else "differed")

    def _count(self, plan: Plan, live: Program, what: str) -> None:
        with self._lock:
            self._counts[plan.candidate.content_hash, live.content_hash, what] += 1
        self._metrics.shadow.labels(live.name, what).inc()


def save(db: Database, seen: Seen) -> None:
    for (candidate, live, what), count in seen.counts.items():
        db.execute(
            "INSERT OR IGNORE INTO compared (hash, against, agreed, differed, dropped)"
            " VALUES (?, ?, 0, 0, 0)",
            [candidate, live],
        )
        db.execute(
            f"UPDATE compared SET {what} = {what} + ? WHERE hash = ? AND against = ?",
            [count, candidate, live],
        )
    for each in seen.differences:
        db.table("differences").insert(dict(each), ignore=True)
    for candidate in {each["hash"] for each in seen.differences}:
        db.execute(
            "DELETE FROM differences WHERE hash = ? AND id NOT IN"
            " (SELECT id FROM differences WHERE hash = ? ORDER BY id DESC LIMIT ?)",
            [candidate, candidate, _MOST_LISTED],
        )


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


def is_live(db: Database, program: Program) -> bool:
    return db.table("live").count_where("hash = ?", [program.content_hash]) > 0


def running(db: Database) -> list[dict[str, Any]]:
    """Every candidate that decides in shadow, with how it did beside what is live now."""
    return list(
        db.query(
            "SELECT shadows.name, shadows.version, share, agreed, differed, dropped FROM shadows"
            " LEFT JOIN live ON live.name = shadows.name"
            " LEFT JOIN compared ON compared.hash = shadows.hash AND against = live.hash"
            " ORDER BY shadows.name"
        )
    )


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


def _shown(decided: Decision) -> dict[str, Any]:
    return {
        "outcome": decided.outcome,
        "basis": decided.basis,
        "determining": list(decided.determining),
    }
