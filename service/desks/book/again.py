"""A placement that was decided to the case that it was decided on. What it looked at the book keeps
anyway: only where to find it stands with the decision."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.desks.book.memory import open_span
from service.store.sqlite import Database
from service.vault import Vault

Wire = dict[str, Any]


def case(db: Database, vault: Vault, told: Mapping[str, Any]) -> Wire | None:
    """None where the book has the span no more."""
    span = next(_spans(db, vault, "span_id = ?", [told["span"]]), None)
    if span is None:
        return None
    issues = [
        {**each, "newest": _newest(db, vault, each["issue_id"], told["before"], told["newest"])}
        for each in told["issues"]
    ]
    places = ", ".join("?" * len(told["waiting"]))
    waiting = list(_spans(db, vault, f"seq IN ({places})", told["waiting"]))
    return {"input": {"span": span, "issues": issues, "buffered": waiting}}


def _newest(db: Database, vault: Vault, issue_id: str, before: int, most: int) -> list[Wire]:
    """Of the spans that the issue had when this one came."""
    where = (
        "seq IN (SELECT s.seq FROM issue_spans s JOIN issues i ON i.number = s.issue"
        " WHERE i.issue_id = ? AND s.since < ? ORDER BY s.at DESC, s.span_id DESC LIMIT ?)"
    )
    return list(_spans(db, vault, where, [issue_id, before, most]))


def _spans(db: Database, vault: Vault, where: str, values: Sequence[Any]) -> Iterator[Wire]:
    rows = db.conn.execute(
        f"SELECT span_id, sealed FROM spans WHERE {where} ORDER BY at, span_id", values
    )
    for span_id, sealed in rows:
        yield open_span(vault, sealed, span_id)
