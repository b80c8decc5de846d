"""The audit chain: what was done by whom to what decides. Each entry hashes the one before it, so
that none can be changed or taken out in between without that showing."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from service.ids import micros

FIRST = "sha256:" + "0" * 64
"""What the first entry has before it."""


@dataclass(frozen=True)
class Broken:
    """The first entry that is not what was written."""

    seq: int
    why: str


def append(db: Database, actor: str, event: str, detail: Mapping[str, Any]) -> int:
    """In the transaction that does what it tells of. Gives the place in the chain."""
    last = db.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    seq, before = (1, FIRST) if last is None else (last[0] + 1, last[1])
    entry = {
        "seq": seq,
        "at": micros(),
        "actor": actor,
        "event": event,
        "detail": json.dumps(detail, sort_keys=True, ensure_ascii=False),
        "before": before,
    }
    db.table("audit").insert({**entry, "hash": _hash(entry)})
    return seq


def verify(db: Database) -> Broken | None:
    """None where every entry is as it was written and none is missing in between."""
    before = FIRST
    for place, row in enumerate(db.table("audit").rows_where(order_by="seq"), 1):
        found = row.pop("hash")
        if row["seq"] != place:
            return Broken(place, "it is missing")
        if row["before"] != before:
            return Broken(place, "it does not follow the one before it")
        if _hash(row) != found:
            return Broken(place, "it was changed")
        before = found
    return None


def _hash(entry: Mapping[str, Any]) -> str:
    text = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
