"""Another span of an issue to what is counted of it then, as the policy declares the tallies."""

from collections.abc import Mapping
from typing import Any

from service.desks.book.issue import Issue
from service.desks.book.rules import Tally, Values
from service.desks.book.sheet import Sheet

_DAY = 24 * 60 * 60 * 1_000_000


def count(
    sheet: Sheet, issue: Issue, span: Values, *, complaint: bool, mark: str, now: int
) -> None:
    """A span is a `Mark`, and a `Complaint` where the placement says so."""
    rules = sheet.rules
    fields = {name: span[place] for name, place in rules.span.places.items()}
    records = {"Mark": {"mark": mark, "at": fields["at"]}}
    if complaint:
        records["Complaint"] = fields
    facts = list(issue.subject.facts)
    for tally in rules.tallies:
        record = records.get(tally.record)
        if record is not None:
            facts[tally.place] = _added(sheet, issue, tally, facts[tally.place], record)
    issue.subject = rules.machine.change(issue.subject, tuple(facts), now)


def _added(sheet: Sheet, issue: Issue, tally: Tally, kept: Any, record: Mapping[str, Any]) -> Any:
    value = record[tally.by]
    match tally.kind:
        case "count" if tally.daily:
            day = record["at"] // _DAY * _DAY
            days = (kept or {}).get(value, {})
            return {**(kept or {}), value: {**days, day: days.get(day, 0) + 1}}
        case "count":
            return {**(kept or {}), value: (kept or {}).get(value, 0) + 1}
        case "distinct":
            return (kept or 0) + int(sheet.seen(issue.number, tally.name, str(value)))
        case _ if kept is None:
            return value
        case "maximum":
            return max(kept, value, key=tally.height)
        case _:
            return min(kept, value, key=tally.height)
