"""Issues and their story as the store has them, to the records that are shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from service.desks.book.issue import stamp
from service.store.sqlite import Database

Wire = dict[str, Any]

FILTERS = (
    "state",
    "domain",
    "subcode",
    "label",
    "owner_team",
    "owner_individual",
    "entity",
    "location",
    "duplicate_of",
)
ORDERS = ("priority", "created_at")
"""By which issues are listed; `-` before it turns it round."""
_FIRST = (
    "issue_id",
    "state",
    "primary_subcode",
    "domain",
    "span_ids",
    "span_count",
    "max_intensity",
    "priority_score",
    "confidence_score",
    "owner_team",
    "owner_individual",
    "created_at",
    "acknowledged_at",
    "resolved_at",
    "verified_at",
    "reopen_count",
    "decline_reason",
    "resolution_code",
    "resolution_notes",
    "causal_codes",
    "entity",
    "location",
    "verification_window_days",
    "state_history",
)
"""The fields of 8.1, in its order; the others stand behind them."""
_STORY = ("issue_opened", "state_transition", "issue_event")
_MOST_SPANS = 20
"""Of each issue in a list; the issue by itself has them all."""


@dataclass(frozen=True)
class Listing:
    """Which issues, in which order, and how many; `after` is where the last page ended."""

    filters: Mapping[str, str] = field(default_factory=dict)
    open: bool | None = None
    order: str = "priority"
    falling: bool = True
    limit: int = 100
    after: tuple[float, int] | None = None


def listed(db: Database, asked: Listing) -> tuple[list[Wire], tuple[float, int] | None]:
    """Records, and where the next page goes on."""
    where, values = ["1"], list[Any]()
    for name, value in asked.filters.items():
        where.append(f"{name} = ?")
        values.append(value)
    if asked.open is not None:
        where.append("open = ?")
        values.append(int(asked.open))
    if asked.after is not None:
        where.append(f"({asked.order}, number) {'<' if asked.falling else '>'} (?, ?)")
        values += asked.after
    turn = "DESC" if asked.falling else "ASC"
    rows = list(
        db.query(
            f"SELECT * FROM issues WHERE {' AND '.join(where)}"
            f" ORDER BY {asked.order} {turn}, number {turn} LIMIT ?",
            [*values, asked.limit + 1],
        )
    )
    shown = rows[: asked.limit]
    more = len(rows) > asked.limit
    after = (shown[-1][asked.order], shown[-1]["number"]) if more else None
    return [_record(row, _spans(db, row["number"], _MOST_SPANS)) for row in shown], after


def found(db: Database, issue_id: str) -> tuple[Wire, int] | None:
    """The whole record, with how it came to its state, and its revision."""
    row = next(iter(db.query("SELECT * FROM issues WHERE issue_id = ?", [issue_id])), None)
    if row is None:
        return None
    record = _record(row, _spans(db, row["number"], -1))
    record["state_history"] = [_stay(body) for body in _bodies(db, row["number"])]
    kept = msgspec.json.decode(row["kept"])
    done = set(kept["done"])
    record["deadlines"] = [
        {"name": name, "at": stamp(at)}
        for name, at in kept["deadlines"]
        if at is not None and name not in done
    ]
    return _in_order(record), row["revision"]


def every(db: Database, since: int, until: int) -> Iterator[Wire]:
    """The records of those that were detected from one instant until another, in that order."""
    rows = db.query(
        "SELECT * FROM issues WHERE created_at >= ? AND created_at < ? ORDER BY created_at, number",
        [since, until],
    )
    for row in rows:
        yield _record(row, _spans(db, row["number"], -1))


def story(db: Database, issue_id: str, after: int, limit: int) -> list[Wire] | None:
    """What happened to the issue behind a place in the feed; None where there is no such issue."""
    if not db.table("issues").count_where("issue_id = ?", [issue_id]):
        return None
    kinds = ", ".join("?" * len(_STORY))
    rows = db.query(
        f"SELECT seq, body FROM events WHERE about = ? AND seq > ? AND type IN ({kinds})"
        " ORDER BY seq LIMIT ?",
        [issue_id, after, *_STORY, limit],
    )
    return [{"seq": row["seq"], **msgspec.json.decode(row["body"])} for row in rows]


def _record(row: Mapping[str, Any], span_ids: Sequence[str]) -> Wire:
    """In the form of 8.1, with what else is kept of it."""
    facts, kept = msgspec.json.decode(row["facts"]), msgspec.json.decode(row["kept"])
    own = {
        "issue_id": row["issue_id"],
        "state": row["state"],
        "domain": row["domain"],
        "entity": row["entity"],
        "location": row["location"],
        "span_ids": list(span_ids),
    }
    record = {
        **{name: value for name, value in own.items() if value is not None},
        **facts,
        **{name: value for name, value in kept["assessed"].items() if value is not None},
        "open": bool(row["open"]),
        "revision": row["revision"],
    }
    return _in_order(record)


def _in_order(record: Wire) -> Wire:
    first = {name: record[name] for name in _FIRST if name in record}
    return {**first, **record}


def _spans(db: Database, number: int, most: int) -> list[str]:
    """The newest; oldest first."""
    rows = db.conn.execute(
        "SELECT span_id FROM issue_spans WHERE issue = ? ORDER BY at DESC, span_id DESC LIMIT ?",
        (number, most),
    )
    return [span_id for (span_id,) in rows][::-1]


def _bodies(db: Database, number: int) -> list[Wire]:
    rows = db.conn.execute(
        "SELECT body FROM transitions JOIN events ON events.seq = transitions.seq"
        " WHERE issue = ? ORDER BY transitions.seq",
        (number,),
    )
    return [msgspec.json.decode(body) for (body,) in rows]


def _stay(body: Mapping[str, Any]) -> Wire:
    """A state that the issue came into."""
    told = {
        "state": body["to_state"],
        "timestamp": body["timestamp"],
        "actor": body["actor"],
        "notes": body.get("notes"),
    }
    return {name: value for name, value in told.items() if value is not None}
