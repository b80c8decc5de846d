"""The audit chain: what was done by whom to what decides. Each entry hashes the one before it, so
that none can be changed, moved or taken out in between without that showing."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from service.ids import micros
from service.store.sqlite import Database

FIRST = "sha256:" + "0" * 64
"""What the first entry has before it."""

Entry = dict[str, Any]


@dataclass(frozen=True)
class Broken:
    """A place in the chain at which there is not what was written."""

    seq: int
    why: str


def append(
    db: Database, actor: str, event: str, detail: Mapping[str, Any], at: int | None = None
) -> int:
    """In the transaction that does what it tells of. Gives the place in the chain."""
    seq, before = _head(db)
    text = rfc8785.dumps(dict(detail)).decode()
    row = {
        "seq": seq + 1,
        "at": micros() if at is None else at,
        "actor": actor,
        "event": event,
        "detail": text,
        "before": before,
    }
    db.table("audit").insert({**row, "hash": hash_of({**row, "detail": json.loads(text)})})
    return seq + 1


def head(db: Database) -> tuple[int, str]:
    """The place and the hash of the last entry; 0 and `FIRST` where there is none."""
    return _head(db)


def entries(db: Database, after: int, most: int) -> list[Entry]:
    """In the order of the chain, with what each tells as an object."""
    rows = db.query("SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", [after, most])
    return [{**row, "detail": json.loads(row["detail"])} for row in rows]


def verify(db: Database) -> list[Broken]:
    """Every place that is not as it was written, in order."""
    return list(_broken(db))


def hash_of(entry: Mapping[str, Any]) -> str:
    """Of all but the hash itself, in the canonical form of RFC 8785."""
    told = {name: value for name, value in entry.items() if name != "hash"}
    return "sha256:" + hashlib.sha256(rfc8785.dumps(told)).hexdigest()


def _head(db: Database) -> tuple[int, str]:
    last = db.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return (0, FIRST) if last is None else (int(last[0]), str(last[1]))


def _broken(db: Database) -> Iterator[Broken]:
    last = _head(db)[0]
    place = 0
    before: str | None = FIRST  # None after one that is not whole: it says nothing of the next
    for row in db.table("audit").rows_where(order_by="seq"):
        seq = row["seq"]
        yield from (Broken(gone, "it is missing") for gone in range(place + 1, seq))
        whole = _is_whole(row, seq)
        if not whole:
            yield Broken(seq, _changed(row, last))
        elif before is not None and seq == place + 1 and row["before"] != before:
            yield Broken(seq, "it does not follow the one before it")
        place, before = seq, row["hash"] if whole else None


def _is_whole(row: Mapping[str, Any], seq: int) -> bool:
    try:
        told = {**row, "seq": seq, "detail": json.loads(row["detail"])}
        return hash_of(told) == str(row["hash"])
    except (ValueError, TypeError):
        return False


def _changed(row: Mapping[str, Any], last: int) -> str:
    """An entry that is whole at another place was moved from there."""
    for seq in range(1, last + 2):
        if _is_whole(row, seq):
            return f"what stands there was written as entry {seq}"
    return "it was changed"
