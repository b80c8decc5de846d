"""A month of the issue book to its figures, in all and by domain. The policy says of each issue
what it counts for, and of the sums what figures they make; here they are only added up."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec

from engine import Follower, Program, follow, parse_instant, write_instant
from service.desks.book.sheet import clock_of
from service.store.sqlite import Database

GOVERNS, LIFECYCLE = "issues", "issue"
_ASKED = frozenset({"period", "counted", "still_open", "figures"})
ALL = "all"
"""Stands where a domain does."""

Row = tuple[int, int, str, str]
"""Of a transition: its issue, its instant, and the states."""


@dataclass(frozen=True)
class Rate:
    """Which totals of the policy make a figure: `yes` of all in `of`. `left` is what is left out,
    by the name that `counted` has for it; `words` are what the policy says of the figure."""

    yes: str
    of: tuple[str, ...]
    left: str
    words: Mapping[str, str] = field(default_factory=dict)


RATES = {
    "tta_compliance": Rate("tta_yes", ("tta_yes", "tta_no"), "tta"),
    "ttr_compliance": Rate("ttr_yes", ("ttr_yes", "ttr_no"), "ttr"),
    "resolution_rate": Rate(
        "resolution_yes",
        ("resolution_yes", "resolution_no"),
        "resolution",
        {"level": "performance"},
    ),
    "recurrence_rate": Rate(
        "recurred",
        ("resolved",),
        "too_late",
        {"level": "recurrence", "action": "recurrence_action"},
    ),
    "verification_rate": Rate(
        "verification_yes", ("verification_yes", "verification_no"), "verification"
    ),
    "open_issues": Rate("open", ("open", "closed"), "open"),
}
_TOO_LATE = "reopened after the verification window"


@dataclass
class _Sums:
    """`totals` are the policy's; `left` has what is left out, with how many for each reason."""

    detected: int = 0
    totals: Counter[str] = field(default_factory=Counter)
    left: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, counted: Mapping[str, Any]) -> None:
        self.detected += 1
        for name, said in counted.items():
            if isinstance(said, dict):
                if said["share"] == "left_out":
                    self.left[name][said["why"]] += 1
                else:
                    self.totals[f"{name}_{said['share']}"] += 1
        self.totals["recurred"] += counted["recurred"]
        self.totals["resolved"] += counted["resolved"]
        if counted["too_late"]:
            self.left["too_late"][_TOO_LATE] += counted["too_late"]

    def merge(self, other: "_Sums") -> None:
        self.detected += other.detected
        self.totals.update(other.totals)
        for name, reasons in other.left.items():
            self.left[name].update(reasons)


@dataclass(frozen=True)
class _Period:
    """A month, and the instant at which it is looked at."""

    said: Mapping[str, str]
    as_of: int

    def instant(self, name: str) -> int:
        found = parse_instant(self.said[name])
        if found is None:
            raise ValueError(self.said[name])
        return found


def counts(policy: Program) -> bool:
    """Whether it says of issues what they count for."""
    return GOVERNS in policy.governs and set(policy.decisions) >= _ASKED


def latest(db: Database, now: int) -> int:
    """The last instant that a report can be of; where time is played, that to which it was."""
    played = db.table("marks").count_where("name = 'simulation'")
    return (clock_of(db).at if played else 0) or now


def sla(db: Database, policy: Program, month: int, as_of: int) -> dict[str, Any]:
    """`month` is any instant of it. All of it is read from the book as it is at one moment."""
    follower = follow(policy, LIFECYCLE)
    period = _Period(follower.ask("period", as_of, month).outcome, as_of)
    earlier = period.instant("as_of_before")
    one_before = period.instant("month_before")
    before = _Period(follower.ask("period", earlier, one_before).outcome, earlier)
    db.execute("BEGIN")
    try:
        (due,) = db.execute("SELECT min(due) FROM issues WHERE due <= ?", [as_of]).fetchone()
        sums, sums_before = (_summed(db, follower, each) for each in (period, before))
    finally:
        db.execute("ROLLBACK")
    names = {ALL: "All domains", **follower.members("opening", "domain")}
    return {
        "month": _month(period),
        "as_of": write_instant(as_of),
        "settled_at": period.said["settled_at"],
        "undecided_since": None if due is None else write_instant(due),
        "before": {"month": _month(before), "as_of": write_instant(earlier)},
        "policy": {"name": policy.name, "version": policy.version, "hash": policy.content_hash},
        "sections": [
            {"domain": domain, "name": name}
            | _section(follower, as_of, sums[domain], sums_before[domain])
            for domain, name in names.items()
        ],
    }


def _month(period: _Period) -> str:
    return period.said["month"][:7]


def _summed(db: Database, follower: Follower, period: _Period) -> defaultdict[str, _Sums]:
    """By domain, and of all of them."""
    sums: defaultdict[str, _Sums] = defaultdict(_Sums)
    for domain, counted in _counted(db, follower, period):
        sums[domain].add(counted)
    states = Counter(db.execute(_STATES, {"as_of": period.as_of}))
    for (domain, state), count in states.items():
        if follower.ask("still_open", period.as_of, state).outcome:
            sums[domain].totals["open"] += count
        else:
            sums[domain].totals["closed"] += count
            sums[domain].left["open"][state] += count
    whole = _Sums()
    for each in sums.values():
        whole.merge(each)
    sums[ALL] = whole
    return sums


def _counted(
    db: Database, follower: Follower, period: _Period
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The domain of each issue of the month, and what it counts for."""
    month, settled = period.instant("month"), period.instant("settled_at")
    given = {"month": month, "until": period.instant("until"), "as_of": period.as_of}
    read = follower.reader(follower.parameter("counted", 0))
    report = [each.name for each in follower.parameter("counted", 1).fields]
    moves = groupby(db.execute(_MOVES, given), itemgetter(0))
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for (number, domain, facts), (of, its) in zip(db.execute(_ISSUES, given), moves, strict=True):
        if number != of:
            raise LookupError(f"issue {number} has no history")
        rows: list[Row] = list(its)
        told = {
            "month": month,
            "state": rows[-1][3],
            "state_then": next((row[3] for row in reversed(rows) if row[1] <= settled), rows[0][3]),
            "rounds": _rounds(rows),
        }
        values = tuple(told[name] for name in report)
        yield domain, follower.ask("counted", period.as_of, read(decode(facts)), values).outcome


def _rounds(rows: list[Row]) -> tuple[tuple[int, int | None], ...]:
    """Each RESOLVED, and when it was undone."""
    rounds: list[tuple[int, int | None]] = []
    for _, at, source, target in rows:
        if target == "RESOLVED":
            rounds.append((at, None))
        elif target == "REOPENED" and source in ("RESOLVED", "VERIFIED") and rounds:
            rounds[-1] = rounds[-1][0], at
    return tuple(rounds)


def _section(follower: Follower, as_of: int, sums: _Sums, before: _Sums) -> dict[str, Any]:
    totals = follower.parameter("figures", 0)
    asked = [tuple(each.totals[one.wire] for one in totals.fields) for each in (sums, before)]
    said = follower.ask("figures", as_of, *asked).outcome
    return {
        "detected": sums.detected,
        "figures": {name: _figure(name, rate, said, sums) for name, rate in RATES.items()},
    }


def _figure(name: str, rate: Rate, said: Mapping[str, Any], sums: _Sums) -> dict[str, Any]:
    return {
        "value": said[name],
        "change": said[f"{name}_change"],
        "yes": sums.totals[rate.yes],
        "of": sum(sums.totals[each] for each in rate.of),
        "left_out": dict(sorted(sums.left[rate.left].items())),
        **{word: said[of] for word, of in rate.words.items()},
    }


_ISSUES = """
SELECT number, domain, facts FROM issues
WHERE created_at >= :month AND created_at < :until AND created_at <= :as_of
ORDER BY created_at, number
"""
_MOVES = """
SELECT issue, transitions.at, from_state, to_state FROM issues JOIN transitions ON issue = number
WHERE created_at >= :month AND created_at < :until AND created_at <= :as_of
AND transitions.at <= :as_of
ORDER BY created_at, number, transitions.at, transitions.seq
"""
_STATES = """
SELECT domain, (
  SELECT to_state FROM transitions WHERE issue = number AND at <= :as_of
  ORDER BY at DESC, seq DESC LIMIT 1
)
FROM issues WHERE created_at <= :as_of
"""
