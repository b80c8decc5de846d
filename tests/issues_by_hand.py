"""The life of issues as its document and our readings of it say, written down once more by hand:
plain lists in memory, every span compared with every other, nothing remembered that can be counted.

It knows nothing of the policy, the engine or the service; it is slow, and there to compare with.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
RANK = {"I1": 1, "I2": 2, "I3": 3}
WEIGHT = {"I1": 1.0, "I2": 2.0, "I3": 4.0}
NEEDED = {"I1": 5, "I2": 3, "I3": 1}
TTA_TARGET = {"I3": 1, "I2": 8, "I1": 24}
TTA_MAXIMUM = {"I3": 4, "I2": 24, "I1": 72}
TTR = {
    "O": {"I3": 24, "I2": 72, "I1": 168},
    "P": {"I3": 4, "I2": 24, "I1": 72},
    "J": {"I3": 8, "I2": 48, "I1": 168},
    "E": {"I3": 24, "I2": 72, "I1": 336},
    "A": {"I3": 4, "I2": 24, "I1": 72},
    "V": {"I3": 8, "I2": 48, "I1": 168},
    "R": {"I3": 4, "I2": 24, "I1": 72},
}
WINDOW = {"O": 30, "J": 30, "P": 60, "E": 60, "A": 60, "R": 90, "V": 90}
OPEN = ("DETECTED", "ACKNOWLEDGED", "IN_PROGRESS", "REOPENED")
RESTING = ("VERIFIED", "DECLINED", "STALE")
EVIDENCE = {"ES": 1.0, "EI": 0.7, "EC": 0.5}
BONUS = {"S1": 0.0, "S2": 0.05, "S3": 0.10}


@dataclass(eq=False)
class Issue:
    number: int
    subcode: str
    created: datetime
    state: str = "DETECTED"
    spans: list[dict[str, Any]] = field(default_factory=list)
    complaints: list[dict[str, Any]] = field(default_factory=list)
    strongest: str = "I1"
    moves: list[tuple[str, datetime]] = field(default_factory=list)
    told: list[tuple[str, datetime]] = field(default_factory=list)
    resolved: datetime | None = None
    ever_resolved: bool = False
    against: int = 0
    praise: int = 0
    reopens: int = 0
    false_resolutions: int = 0
    regression: bool = False
    root_cause: datetime | None = None
    tta_target: datetime | None = None
    tta_maximum: datetime | None = None
    ttr_target: datetime | None = None
    tta_late: bool = False
    tta_breached: bool = False
    ttr_breached: bool = False
    root_cause_overdue: bool = False
    passed: dict[str, datetime] = field(default_factory=dict)
    midnight: datetime | None = None
    priority: float = 0.0
    confidence: float = 0.0
    next: tuple[datetime, str] | None = None

    @property
    def domain(self) -> str:
        return self.subcode[0]


class Book:
    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self.by_subcode: dict[str, list[Issue]] = {}
        self.waiting: dict[str, list[dict[str, Any]]] = {}
        self.effects: dict[str, str] = {}

    def clock(self, at: datetime) -> None:
        for issue in self.issues:
            while issue.next is not None and issue.next[0] <= at:
                self._passes(issue, issue.next[1], issue.next[0])
                issue.next = _next(issue)

    def take(self, span: dict[str, Any]) -> None:
        now = span["at"]
        self.clock(now)
        taker = self._taker(span)
        if taker is not None:
            self.effects[span["id"]] = self._attach(taker, span)
            taker.next = _next(taker)
        elif span["valence"] != "V-":
            self.effects[span["id"]] = "ignored"
        else:
            waiting = self.waiting.setdefault(span["subcode"], [])
            newest = sorted(waiting, key=_age)[-50:]
            others = [each for each in newest if _in_window(each, span) and _alike(each, span)]
            if len(others) + 1 >= NEEDED[span["intensity"]]:
                self._open(others, span)
                self.effects[span["id"]] = "opened"
            else:
                waiting.append(span)
                self.effects[span["id"]] = "buffered"

    def event(self, issue: Issue, name: str, now: datetime) -> None:
        """One that is allowed."""
        self.clock(now)
        match name:
            case "ack":
                self._go(issue, "ACKNOWLEDGED", now)
            case "start_work":
                self._go(issue, "IN_PROGRESS", now)
                self._score(issue, now)
            case "pause":
                self._go(issue, "ACKNOWLEDGED", now)
            case "decline":
                self._go(issue, "DECLINED", now)
            case "resolve":
                issue.resolved, issue.ever_resolved = now, True
                issue.against = issue.praise = 0
                self._go(issue, "RESOLVED", now)
            case "reopen":
                self._reopen(issue, now)
                self._score(issue, now)
        issue.next = _next(issue)

    def _taker(self, span: dict[str, Any]) -> Issue | None:
        """Open ones first; of several the best match, then the oldest."""
        of_it = self.by_subcode.get(span["subcode"], [])
        there = [each for each in of_it if each.state != "STALE"]
        there.sort(key=lambda each: (max(one["at"] for one in each.spans), each.number))
        there = there[-50:]
        found: list[tuple[bool, float, float, int]] = []
        for issue in there:
            scores = [
                round(_correlation(own, span), 9)
                for own in sorted(issue.spans, key=_age)[-20:]
                if _takes(issue, own, span)
            ]
            if scores:
                is_open = issue.state in OPEN
                found.append((is_open, max(scores), -issue.created.timestamp(), -issue.number))
        if not found:
            return None
        return self.issues[-max(found)[3] - 1]

    def _open(self, others: list[dict[str, Any]], span: dict[str, Any]) -> None:
        now = span["at"]
        issue = Issue(len(self.issues) + 1, span["subcode"], now)
        self.issues.append(issue)
        self.by_subcode.setdefault(issue.subcode, []).append(issue)
        for each in (*others, span):
            issue.spans.append(each)
            issue.complaints.append(each)
        waiting = self.waiting.get(issue.subcode, [])
        self.waiting[issue.subcode] = [each for each in waiting if each not in others]
        issue.strongest = max(
            (each["intensity"] for each in issue.complaints), key=RANK.__getitem__
        )
        issue.moves.append(("DETECTED", now))
        issue.midnight = _midnight_after(now)
        self._score(issue, now)
        issue.next = _next(issue)

    def _attach(self, issue: Issue, span: dict[str, Any]) -> str:
        now, bad, state = span["at"], span["valence"] == "V-", issue.state
        worse = bad and span["comparative"] == "CR-W"
        same = bad and span["comparative"] == "CR-S"
        better = span["valence"] == "V+" and span["comparative"] == "CR-B"
        effect, reopened = "attached", False
        rises = bad and RANK[span["intensity"]] > RANK[issue.strongest]
        old_ttr = _ttr_due(issue)
        if rises:
            issue.strongest = span["intensity"]
        if state == "RESOLVED" and bad:
            if worse or same or span["intensity"] == "I3" or issue.against + 1 >= 2:
                issue.false_resolutions += 1
                reopened = True
            else:
                issue.against += 1
        elif state == "RESOLVED" and span["valence"] == "V+":
            score = (1.0 if better else (issue.praise + 1) * 0.5) + (0 if issue.against else 0.3)
            if better:
                score += issue.praise * 0.5
            issue.praise += 0 if better else 1
            effect = "confirmed"
            if score >= 1.0:
                self._go(issue, "VERIFIED", now)
                effect = "verified"
        elif state == "VERIFIED" and bad:
            reopened = True
        if reopened:
            if worse:
                issue.regression, issue.root_cause_overdue = True, False
                issue.root_cause = now + 24 * HOUR
                issue.passed.pop("root_cause_overdue", None)
            self._reopen(issue, now)
            effect = "escalated" if worse or issue.reopens >= 2 else "reopened"
        elif state in OPEN:
            issue.ttr_target = old_ttr
        if rises and not reopened and state in OPEN:
            self._tighten(issue, span["intensity"], now, state, old_ttr)
        issue.spans.append(span)
        if bad:
            issue.complaints.append(span)
        self._score(issue, now)
        return effect

    def _tighten(
        self, issue: Issue, intensity: str, now: datetime, state: str, old_ttr: datetime
    ) -> None:
        issue.ttr_target = min(old_ttr, now + TTR[issue.domain][intensity] * HOUR)
        if issue.ttr_target > now:
            issue.passed.pop("ttr_target_passed", None)
        if state not in ("DETECTED", "REOPENED"):
            return
        target, maximum = now + TTA_TARGET[intensity] * HOUR, now + TTA_MAXIMUM[intensity] * HOUR
        before = issue.tta_target or issue.created + TTA_TARGET[_strongest(issue)] * HOUR
        last = issue.tta_maximum or issue.created + TTA_MAXIMUM[_strongest(issue)] * HOUR
        issue.tta_target = target if issue.tta_late else min(before, target)
        issue.tta_maximum = maximum if issue.tta_breached else min(last, maximum)
        issue.tta_late = issue.tta_breached = False
        for name in ("tta_target_passed", "tta_maximum_passed"):
            issue.passed.pop(name, None)

    def _reopen(self, issue: Issue, now: datetime) -> None:
        issue.reopens += 1
        issue.resolved = None
        issue.tta_target = now + TTA_TARGET[issue.strongest] * HOUR
        issue.tta_maximum = now + TTA_MAXIMUM[issue.strongest] * HOUR
        issue.tta_late = issue.tta_breached = False
        self._go(issue, "REOPENED", now)

    def _go(self, issue: Issue, state: str, now: datetime) -> None:
        """Whoever comes into a state has its deadlines anew, but those that it had already."""
        for name, states in _STATES.items():
            if state in states and issue.state not in states:
                issue.passed.pop(name, None)
        issue.state = state
        issue.moves.append((state, now))
        if state in RESTING:
            issue.midnight = None
        elif issue.midnight is None:
            issue.midnight = _midnight_after(now)

    def _passes(self, issue: Issue, name: str, at: datetime) -> None:
        if name == "daily":
            issue.midnight = at + DAY
            self._score(issue, at)
            return
        issue.passed[name] = at
        told = True
        match name:
            case "tta_target_passed":
                told, issue.tta_late = not issue.tta_late, True
            case "tta_maximum_passed":
                told, issue.tta_breached = not issue.tta_breached, True
            case "ttr_target_passed":
                told = not issue.ttr_breached and not issue.ever_resolved
                issue.ttr_breached = issue.ttr_breached or told
            case "root_cause_overdue":
                told, issue.root_cause_overdue = not issue.root_cause_overdue, True
            case "neglected" | "unconfirmed":
                self._go(issue, "STALE", at)
        if told:
            issue.told.append((name, at))

    def _score(self, issue: Issue, now: datetime) -> None:
        marks = [(_mark(each), each["at"]) for each in issue.spans]
        signals = sum(1 for mark, _ in marks if mark in ("CR-S", "CR-W"))
        since = _midnight_after(now) - 14 * DAY
        recent = Counter(mark for mark, at in marks if at >= since)
        worse, better = recent["CR-W"] >= 2, recent["CR-B"] >= 2
        trend = 1.3 if worse and not better else 0.7 if better and not worse else 1.0
        age = max(0.0, (now - issue.created) / DAY)
        issue.priority = (
            WEIGHT[issue.strongest]
            * (1 + math.log10(len(issue.complaints)))
            * math.exp(-math.log(2) / 30 * age)
            * (1 + 0.5 * math.log2(signals + 1))
            * trend
        )
        reviews = len({each["review"] for each in issue.complaints})
        steps = ((11, 0.95), (6, 0.90), (4, 0.85), (3, 0.80), (2, 0.70), (1, 0.50))
        base = next(value for least, value in steps if reviews >= least)
        bonus = max(BONUS[each["specificity"]] for each in issue.complaints)
        kinds = [EVIDENCE[each["evidence"]] for each in issue.complaints]
        issue.confidence = min(0.95, base + bonus) * sum(kinds) / len(kinds)


_STATES = {
    "tta_target_passed": ("DETECTED", "REOPENED"),
    "tta_maximum_passed": ("DETECTED", "REOPENED"),
    "ttr_target_passed": OPEN,
    "root_cause_overdue": ("REOPENED", "ACKNOWLEDGED", "IN_PROGRESS", "RESOLVED"),
    "neglected": ("DETECTED",),
    "unconfirmed": ("RESOLVED",),
}


def _next(issue: Issue) -> tuple[datetime, str] | None:
    """What time does next, in the order of the document where several come together."""
    dues: list[tuple[datetime, int, str]] = []
    for place, (name, states) in enumerate(_STATES.items()):
        at = _due(issue, name)
        if issue.state in states and at is not None and name not in issue.passed:
            # what lies in the past when it comes into being happens then
            dues.append((max(at, issue.moves[-1][1] if _fresh(issue, name) else at), place, name))
    if issue.midnight is not None:
        dues.append((issue.midnight, len(_STATES), "daily"))
    if not dues:
        return None
    at, _, name = min(dues)
    return at, name


def _fresh(issue: Issue, name: str) -> bool:
    """Whether the issue came into a state of the deadline by its last move."""
    before = issue.moves[-2][0] if len(issue.moves) > 1 else ""
    return before not in _STATES[name]


def _due(issue: Issue, name: str) -> datetime | None:
    match name:
        case "tta_target_passed":
            return issue.tta_target or issue.created + TTA_TARGET[issue.strongest] * HOUR
        case "tta_maximum_passed":
            return issue.tta_maximum or issue.created + TTA_MAXIMUM[issue.strongest] * HOUR
        case "ttr_target_passed":
            return _ttr_due(issue)
        case "root_cause_overdue":
            return issue.root_cause
        case "neglected":
            return issue.created + 30 * DAY
        case _:
            return issue.resolved and issue.resolved + WINDOW[issue.domain] * DAY


def _ttr_due(issue: Issue) -> datetime:
    return issue.ttr_target or issue.created + TTR[issue.domain][issue.strongest] * HOUR


def _strongest(issue: Issue) -> str:
    """Of its complaints so far."""
    found: str = max((each["intensity"] for each in issue.complaints), key=RANK.__getitem__)
    return found


def _takes(issue: Issue, own: dict[str, Any], span: dict[str, Any]) -> bool:
    if issue.state in OPEN:
        both = own["valence"] == "V-" and span["valence"] == "V-"
        reached = both and _in_window(own, span)
    elif issue.state == "RESOLVED":
        assert issue.resolved is not None
        reached = span["at"] - issue.resolved <= WINDOW[issue.domain] * DAY
    else:
        reached = True
    return reached and _alike(own, span)


def _in_window(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(abs(one["at"] - other["at"]) <= 30 * DAY)


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    here, there = one["location"], other["location"]
    if here is not None and there is not None and here != there:
        return False
    if here == there and one["entity"] == other["entity"]:
        return True
    return round(_correlation(one, other), 9) >= 0.70


def _correlation(one: dict[str, Any], other: dict[str, Any]) -> float:
    days = abs((one["at"].date() - other["at"].date()).days)
    entities = one["entity"], other["entity"]
    missing = None in entities
    same = float(entities == (None, None)) if missing else _cosine(*entities)
    score: float = (
        0.40
        + 0.25 * same
        + 0.20 * _cosine(one["text"], other["text"])
        + 0.15 * max(0.0, 1 - days / 30)
    )
    return min(1.0, score)


def _cosine(one: str, other: str) -> float:
    a, b = _words(one), _words(other)
    shared = sum(count * b[word] for word, count in a.items())
    length = math.sqrt(sum(n * n for n in a.values()) * sum(n * n for n in b.values()))
    return min(1.0, shared / length)


_KNOWN: dict[str, Counter[str]] = {}


def _words(text: str) -> Counter[str]:
    if text not in _KNOWN:
        _KNOWN[text] = Counter(re.findall(r"[a-z0-9]+", text.lower()))
    return _KNOWN[text]


def _mark(span: dict[str, Any]) -> str:
    """What its comparative weighs."""
    weighs = {"V-": ("CR-S", "CR-W"), "V+": ("CR-B",)}.get(span["valence"], ())
    return span["comparative"] if span["comparative"] in weighs else "CR-N"


def _midnight_after(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + DAY


def _age(span: dict[str, Any]) -> tuple[datetime, str]:
    return span["at"], span["id"]


def allowed(issue: Issue) -> Iterator[str]:
    """What a person may do about it."""
    yield from {
        "DETECTED": ("ack", "decline"),
        "ACKNOWLEDGED": ("start_work", "decline", "reopen"),
        "IN_PROGRESS": ("resolve", "pause", "decline"),
        "REOPENED": ("start_work", "ack"),
        "DECLINED": ("reopen",),
    }.get(issue.state, ())
