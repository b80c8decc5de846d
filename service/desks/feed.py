"""What happened, in order: each desk appends, and who wants to know reads from a cursor."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from engine import write_instant
from service.store.sqlite import Database


def append(db: Database, at: int, type: str, about: str, body: Mapping[str, Any]) -> int:
    """In the transaction that does what it tells of. Gives the place in the feed. `about` is an
    issue, a program, or whatever else it happened to."""
    return int(
        db.conn.execute(
            "INSERT INTO events (at, type, about, body) VALUES (?, ?, ?, ?)",
            (at, type, about, msgspec.json.encode(body).decode()),
        ).lastrowid
        or 0
    )


def after(db: Database, seq: int, limit: int) -> list[dict[str, Any]]:
    """What happened behind this place, in order."""
    rows = db.conn.execute(f"{_SELECT} WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))
    return list(map(_told, rows))


def between(db: Database, since: int, until: int) -> Iterator[dict[str, Any]]:
    """What happened from one instant until another, in order."""
    asked = since, until
    rows = db.conn.execute(f"{_SELECT} WHERE at >= ? AND at < ? ORDER BY seq", asked)
    return map(_told, rows)


def last(db: Database) -> int:
    """The place of what happened last; 0 before the first."""
    return int(db.conn.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])


_SELECT = "SELECT seq, at, type, about, body FROM events"


def _told(row: tuple[Any, ...]) -> dict[str, Any]:
    seq, at, type, about, body = row
    return {
        "seq": seq,
        "at": write_instant(at),
        "type": type,
        "about": about,
        "body": msgspec.json.decode(body),
    }
