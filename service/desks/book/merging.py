"""A duplicate and the issue that goes on in its place: what the one has counted the other counts
too."""

from dataclasses import dataclass
from typing import Any

from engine import Decision
from service.desks.book import steps, tallies
from service.desks.book.decisions import Keeping
from service.desks.book.issue import Issue, stamp
from service.desks.book.memory import Memory, open_span
from service.desks.book.rules import Rules, Values
from service.desks.book.sheet import Sheet
from service.desks.book.steps import Cause

EVENT = "merge"


@dataclass(frozen=True, slots=True)
class _Joining:
    """A span of the duplicate that the other issue does not have."""

    at: int
    span_id: str
    seq: int
    complaint: bool
    mark: str
    span: Values


def merge(
    sheet: Sheet, memory: Memory, keeping: Keeping, duplicate: Issue, kept: Issue, cause: Cause
) -> Decision | None:
    """What `kept` says to the complaints of the duplicate, which it takes where it moves; None
    where it has them all."""
    rules = sheet.rules
    joining = _joining(sheet, keeping, duplicate, kept)
    complaints = [each for each in joining if each.complaint]
    if not complaints:
        return None
    strongest = max(complaints, key=lambda each: (_rank(rules, each.span), -each.at)).span
    told = {
        "complaints": len(complaints),
        "strongest": rules.follower.written(rules.span, strongest),
    }
    before = kept.subject.state
    merging = Cause(
        name=EVENT,
        at=cause.at,
        actor=cause.actor,
        late=cause.late,
        told=(("duplicate", duplicate.issue_id),),
    )
    payload = (len(complaints), strongest)
    decided, id = steps.happen(sheet, keeping, kept, merging, payload, told)
    if id is None:
        return decided
    _join(sheet, joining, kept, cause.at)
    steps.carry(sheet, kept, merging, decided, before, id)
    memory.reread(kept.subcode)
    body: dict[str, Any] = {
        "issue_id": kept.issue_id,
        "timestamp": stamp(cause.at),
        "duplicate": duplicate.issue_id,
        "span_ids": [each.span_id for each in joining],
        "actor": cause.actor,
    }
    sheet.event(cause.at, "issue_merged", kept.issue_id, body)
    return decided


def _joining(sheet: Sheet, keeping: Keeping, duplicate: Issue, kept: Issue) -> list[_Joining]:
    rows = sheet.db.conn.execute(
        "SELECT s.at, s.span_id, s.seq, s.complaint, s.mark, s.sealed"
        " FROM issue_spans m JOIN spans s ON s.seq = m.seq WHERE m.issue = ? AND NOT EXISTS"
        " (SELECT 1 FROM issue_spans k WHERE k.issue = ? AND k.at = m.at AND k.span_id = m.span_id)"
        " ORDER BY s.at, s.span_id",
        (duplicate.number, kept.number),
    )
    read = sheet.rules.read_span
    return [
        _Joining(
            at, span_id, seq, bool(complaint), mark, read(open_span(keeping.vault, sealed, span_id))
        )
        for at, span_id, seq, complaint, mark, sealed in rows
    ]


def _join(sheet: Sheet, joining: list[_Joining], kept: Issue, now: int) -> None:
    since = sheet.next("spans")  # a place in the order of spans, that none has
    for each in joining:
        tallies.count(sheet, kept, each.span, complaint=each.complaint, mark=each.mark, now=now)
        sheet.add("issue_spans", (kept.number, each.at, each.span_id, each.seq, since))
        kept.newest_at = max(kept.newest_at, each.at)


def _rank(rules: Rules, span: Values) -> int:
    place = rules.span.places["intensity"]
    rank: int = rules.span.fields[place].type.ranks[span[place]]  # type: ignore[union-attr]
    return rank
