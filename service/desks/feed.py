"""What happened, in order: each desk appends, and who wants to know reads from a cursor."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlite_utils import Database


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
