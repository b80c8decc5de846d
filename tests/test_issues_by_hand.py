"""What the book comes to, from feedback in shuffled bulks, is what the life of issues comes to when
it is written down by hand. `python -m tests.test_issues_by_hand 100000` does it for many."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from tests.generate.feedback import spans
from tests.issues import Client, Wire, keeping
from tests.issues_by_hand import Book, Issue, allowed

_SUITE = 20_000
_BULK = 500
_A_DAY = 400
"""Spans, so that there are months in a test."""


def test_shuffled_bulks_give_the_issues_that_are_found_by_hand(tmp_path: Path) -> None:
    said = compared(tmp_path, _SUITE, seed=1)
    seen = {"opened", "attached", "buffered", "ignored", "confirmed", "verified", "reopened"}
    assert seen | {"escalated"} == said.keys()


def compared(folder: Path, count: int, seed: int) -> Counter[str]:
    """How often spans did what."""
    random, book = Random(seed), Book()
    with keeping(folder) as client:
        for bulk in _bulks(list(spans(seed, count, count / _A_DAY))):
            effects = _taken(client, random, bulk)
            for each in bulk:
                book.take(_by_hand(each))
            assert effects == {each["span_id"]: book.effects[each["span_id"]] for each in bulk}
            _people_do_something(client, book, random, bulk[-1]["at"])
        last = "2027-01-01T00:00:00Z"
        client.clock(last)
        book.clock(_instant(last))
        records = {each["issue_id"]: each for each in client.issues(limit=1000)}
        assert len(records) == len(book.issues)
        for issue in book.issues:
            _agrees(client, records[_name(issue)], issue)
    return Counter(book.effects.values())


def _bulks(made: Sequence[Wire]) -> Iterator[Sequence[Wire]]:
    for start in range(0, len(made), _BULK):
        yield made[start : start + _BULK]


def _taken(client: Client, random: Random, bulk: Sequence[Wire]) -> dict[str, str]:
    shuffled = random.sample(bulk, len(bulk))
    return {each["span_id"]: each["effect"] for each in client.take(*shuffled)}


def _people_do_something(client: Client, book: Book, random: Random, at: str) -> None:
    """To a few issues, so that there are some in every state."""
    now = _instant(at)
    book.clock(now)
    waiting = [each for each in book.issues if any(True for _ in allowed(each))]
    for issue in random.sample(waiting, min(len(waiting), 30)):
        choices = [*allowed(issue)]
        event = random.choices(choices, range(2 * len(choices), len(choices), -1))[0]
        client.report(_name(issue), event, at, **_PAYLOADS.get(event, {}))
        book.event(issue, event, now)


_PAYLOADS = {"decline": {"reason": "DEC-EXT"}, "resolve": {"resolution_code": "FIX"}}


def _agrees(client: Client, record: Wire, issue: Issue) -> None:
    own = {
        "state": issue.state,
        "span_count": len(issue.complaints),
        "max_intensity": issue.strongest,
        "reopen_count": issue.reopens,
        "false_resolution_count": issue.false_resolutions,
        "regression": issue.regression,
        "tta_late": issue.tta_late,
        "tta_breached": issue.tta_breached,
        "ttr_breached": issue.ttr_breached,
        "root_cause_overdue": issue.root_cause_overdue,
        "negatives_since_resolved": issue.against,
        "positives_since_resolved": issue.praise,
        "reviews": len({each["review"] for each in issue.complaints}),
        "priority_score": pytest.approx(issue.priority, abs=1e-6),
        "confidence_score": pytest.approx(issue.confidence, abs=1e-6),
    }
    assert {name: record[name] for name in own} == own, record["issue_id"]
    history = client.history(record["issue_id"])
    moves = [
        (each["to_state"], _instant(each["timestamp"]))
        for each in history
        if each["event_type"] != "issue_event"
    ]
    assert moves == issue.moves, record["issue_id"]
    told = [
        (each["cause"], _instant(each["timestamp"]))
        for each in history
        if each["trigger"] == "clock"
    ]
    assert told == issue.told, record["issue_id"]
    assert record["span_ids"] == [each["id"] for each in issue.spans][-20:]


def _name(issue: Issue) -> str:
    return f"ISSUE-2026-{issue.number:04d}"


def _by_hand(span: Wire) -> Wire:
    return {
        **{name: span.get(name) for name in ("entity", "location")},
        **span,
        "id": span["span_id"],
        "review": span["review_id"],
        "at": _instant(span["at"]),
    }


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with TemporaryDirectory() as folder:
        print(compared(Path(folder), many, seed=2))
