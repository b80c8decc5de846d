"""An issue as the book works on it, and the row that it is in the store."""

from bisect import insort
from dataclasses import dataclass, field
from typing import Any

import msgspec

from engine import Subject, write_instant
from service.desks.book.rules import Rules, Values, Wire

COLUMNS = (
    "number",
    "issue_id",
    "subcode",
    "domain",
    "state",
    "takes",
    "open",
    "created_at",
    "newest_at",
    "span_count",
    "max_intensity",
    "priority",
    "label",
    "confidence",
    "owner_team",
    "owner_individual",
    "entity",
    "location",
    "duplicate_of",
    "due",
    "revision",
    "policy",
    "facts",
    "kept",
)

SCORE = ("priority", "label", "confidence", "due", "revision", "kept")
"""What changes of an issue with its score alone."""

Newest = tuple[int, str, Values]
"""A span by its instant and its id."""


@dataclass(slots=True, eq=False)
class Issue:
    """`subject` is what the lifecycle knows of it; `daily` when its score is computed anew, None
    where it rests; `newest` its newest spans, oldest first, None where nobody needs them."""

    number: int
    issue_id: str
    subject: Subject
    subcode: str
    domain: str
    created_at: int
    newest_at: int
    daily: int | None
    entity: str | None = None
    location: str | None = None
    assessed: Wire = field(default_factory=dict)
    revision: int = 0
    newest: list[Newest] | None = None
    candidate: Values | None = None
    """As `placement` looks at it, until it changes."""
    reference: Wire | None = None
    """The same without its spans, as JSON."""
    wire: tuple[Values, Wire] | None = None
    """Facts, and how JSON carries them."""
    stored: tuple[Values, str, int] | None = None
    """Facts, state and newest span as the store has them."""

    def due(self) -> int | None:
        """When time alone does something to it."""
        due = self.subject.due()
        return self.daily if due is None or (self.daily or due) < due else due

    def written(self, rules: Rules) -> Wire:
        """Its facts as JSON carries them."""
        facts = self.subject.facts
        if self.wire is None or self.wire[0] is not facts:
            self.wire = facts, rules.written(facts)
        return self.wire[1]

    def mark_stored(self) -> None:
        self.stored = self.subject.facts, self.subject.state, self.newest_at

    @property
    def is_stored(self) -> bool:
        """Whether nothing but its score and its deadlines has changed since it was written."""
        if self.stored is None:
            return False
        facts, state, newest_at = self.stored
        subject = self.subject
        return facts is subject.facts and (state, newest_at) == (subject.state, self.newest_at)

    def takes(self, rules: Rules) -> bool:
        """Whether a span may ever come to it."""
        return (
            self.subject.state not in rules.follower.final
            and rules.fact(self.subject.facts, "duplicate_of") is None
        )

    def add_newest(self, at: int, span_id: str, span: Values, most: int) -> None:
        self.newest_at = max(self.newest_at, at)
        if self.newest is not None:
            insort(self.newest, (at, span_id, span), key=_by_age)
            del self.newest[:-most]

    def seen_by(self, rules: Rules) -> Values:
        if self.candidate is None:
            newest = tuple(each[2] for each in self.newest or ())
            subject = self.subject
            self.candidate = rules.candidate_of(self.issue_id, subject.state, subject.facts, newest)
        return self.candidate

    def referred(self, rules: Rules) -> Wire:
        """By which what `placement` saw of it is found again."""
        if self.reference is None:
            bare = rules.candidate_of(self.issue_id, self.subject.state, self.subject.facts, ())
            self.reference = rules.follower.written(rules.candidate, bare)
            del self.reference["newest"]
        return self.reference


def row_of(issue: Issue, rules: Rules) -> tuple[Any, ...]:
    """By `COLUMNS`."""
    subject, assessed = issue.subject, issue.assessed
    facts = issue.written(rules)
    return (
        issue.number,
        issue.issue_id,
        issue.subcode,
        issue.domain,
        subject.state,
        int(issue.takes(rules)),
        int(issue.daily is not None),
        issue.created_at,
        issue.newest_at,
        facts["span_count"],
        facts["max_intensity"],
        assessed["priority_score"],
        assessed["priority_label"],
        assessed["confidence_score"],
        facts.get("owner_team"),
        facts.get("owner_individual"),
        issue.entity,
        issue.location,
        facts.get("duplicate_of"),
        issue.due(),
        issue.revision,
        rules.program.content_hash,
        msgspec.json.encode(facts).decode(),
        _kept(issue),
    )


def score_of(issue: Issue) -> tuple[Any, ...]:
    """By `SCORE`, and its number."""
    assessed = issue.assessed
    return (
        assessed["priority_score"],
        assessed["priority_label"],
        assessed["confidence_score"],
        issue.due(),
        issue.revision,
        _kept(issue),
        issue.number,
    )


def _kept(issue: Issue) -> str:
    subject = issue.subject
    kept = {
        "entered": subject.entered,
        "deadlines": subject.deadlines,
        "done": sorted(subject.done),
        "daily": issue.daily,
        "assessed": issue.assessed,
    }
    return msgspec.json.encode(kept).decode()


def issue_of(row: tuple[Any, ...], rules: Rules, clock: int) -> Issue:
    """`clock` is when another version looks at it for the first time."""
    told = dict(zip(COLUMNS, row, strict=True))
    facts, kept = msgspec.json.decode(told["facts"]), msgspec.json.decode(told["kept"])
    same = told["policy"] == rules.program.content_hash
    subject = Subject(
        rules.read_facts(facts) if same else _taken(facts, rules),
        told["state"],
        kept["entered"],
        tuple((name, at) for name, at in kept["deadlines"]),
        frozenset(kept["done"]),
    )
    if not same:
        subject = rules.machine.change(subject, subject.facts, clock)
    issue = Issue(
        told["number"],
        told["issue_id"],
        subject,
        told["subcode"],
        told["domain"],
        told["created_at"],
        told["newest_at"],
        kept["daily"],
        told["entity"],
        told["location"],
        kept["assessed"],
        told["revision"],
    )
    if same:
        issue.mark_stored()
    return issue


def stamp(at: int) -> str:
    return write_instant(at)


def _taken(facts: Wire, rules: Rules) -> Values:
    """By another version than the one that wrote them."""
    taken = rules.follower.take(rules.facts, facts)
    if taken.arguments is None:
        raise ValueError(f"facts of an issue that another version kept: {taken.faults}")
    values: Values = taken.arguments[0]
    return values


def _by_age(newest: Newest) -> tuple[int, str]:
    return newest[:2]
