"""Issues that went some way, and the book that holds them: made up, written straight to a store.

What becomes of an issue here is drawn, not decided: whatever a report is asked of, it must add up.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from sqlite_utils import Database

HOUR = 3_600_000_000
DAY = 24 * HOUR
OPEN = {"DETECTED", "ACKNOWLEDGED", "IN_PROGRESS", "RESOLVED", "REOPENED"}
RESOLVE_WITHIN = {
    "O": (24, 72, 168), "P": (4, 24, 72), "J": (8, 48, 168), "E": (24, 72, 336), "A": (4, 24, 72),
    "V": (8, 48, 168), "R": (4, 24, 72),
}  # fmt: skip
"""6.2: the hours of a domain at I3, I2 and I1."""
ACKNOWLEDGE_WITHIN = {"I3": 1, "I2": 8, "I1": 24}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Life:
    """`moves` are where it went and when, after its detection."""

    domain: str
    created_at: int
    moves: tuple[tuple[int, str], ...] = ()
    intensity: str = "I2"
    tta_missed_at: int | None = None
    ttr_missed_at: int | None = None
    manual: bool = False

    def first(self, state: str) -> int | None:
        return next((at for at, to in self.moves if to == state), None)


def instant(text: str) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def written(at: int) -> str:
    return (_EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")


def lives(seed: int, count: int, since: int, until: int) -> Iterator[Life]:
    """As many issues, detected between the two instants."""
    random = Random(seed)
    for _ in range(count):
        domain, strength = random.choice("OPJEAVR"), random.choice((0, 1, 1, 2))
        intensity = f"I{3 - strength}"
        created = random.randrange(since, until) // 1_000_000 * 1_000_000
        moves = tuple(_moves(random, created))
        life = Life(domain, created, moves, intensity, manual=random.random() < 0.05)
        acknowledge = created + ACKNOWLEDGE_WITHIN[intensity] * HOUR
        resolve = created + RESOLVE_WITHIN[domain][strength] * HOUR
        yield Life(
            domain,
            created,
            moves,
            intensity,
            acknowledge if _missed(life, "ACKNOWLEDGED", acknowledge) else None,
            resolve if _missed(life, "RESOLVED", resolve) else None,
            life.manual,
        )


def dashboard() -> list[Life]:
    """Issues of December 2025 and January 2026 that give the dashboard of 6.5, figure by figure,
    when January is looked at on the 1st of June."""
    january = _month(
        instant("2026-01-10"),
        dict(zip("OPJEAVR", (33, 39, 140, 61, 47, 44, 41), strict=True)),
        dict(zip("OPJEAVR", (4, 2, 30, 6, 6, 7, 3), strict=True)),
        _Counts(resolved_late=29, acknowledged=25, reopened=34, verified=297, tta_late=27),
    )
    december = _month(
        instant("2025-12-01"),
        {"O": 355},
        {"O": 45},
        _Counts(resolved_late=33, acknowledged=3, reopened=35, verified=245, tta_late=32, stale=3),
    )
    waits = next(
        life for life in december if life.moves[-1] == (instant("2025-12-01") + 95 * DAY, "STALE")
    )
    december.remove(waits)
    refused = [Life("O", instant("2026-01-10"), ((instant("2026-01-11"), "DECLINED"),))] * 7
    withdrawn = (instant("2025-12-02"), "ACKNOWLEDGED"), (instant("2025-12-03"), "DECLINED")
    return [
        *_closed(january, [instant("2026-03-01")] * 33 + [instant("2026-05-15")] * 8),
        *_closed(december, [instant("2026-03-01")] * 47),
        replace(waits, moves=waits.moves[:-1], manual=True),
        *refused,
        *[Life("O", instant("2025-12-01"), withdrawn)] * 4,
    ]


@dataclass(frozen=True)
class _Counts:
    """Of the issues of a month: `reopened`, `stale` and `verified` are of those resolved."""

    resolved_late: int
    acknowledged: int
    reopened: int
    verified: int
    tta_late: int
    stale: int = 0


def _month(
    day: int, in_time: Mapping[str, int], late: Mapping[str, int], counts: _Counts
) -> list[Life]:
    """Those that were resolved in time or late, and those that never were; all were acknowledged.
    The resolved ones that nothing else became of are stale in the end."""
    began = (day + HOUR // 2, "ACKNOWLEDGED"), (day + HOUR, "IN_PROGRESS")
    missed = day + 3 * DAY
    domains = [each for each, count in late.items() for _ in range(count)]
    resolved = [
        Life(each, day, (*began, (day + 2 * HOUR, "RESOLVED")))
        for each, count in in_time.items()
        for _ in range(count)
    ]
    resolved += [
        Life(each, day, (*began, (day + 5 * DAY, "RESOLVED")), ttr_missed_at=missed)
        for each in domains[: counts.resolved_late]
    ]
    unresolved = [
        Life(each, day, began[:1] if place < counts.acknowledged else began, ttr_missed_at=missed)
        for place, each in enumerate(domains[counts.resolved_late :])
    ]
    fates = [(day + 15 * DAY, "REOPENED")] * counts.reopened
    fates += [(day + 35 * DAY, "STALE")] * counts.stale
    fates += [(day + 20 * DAY, "VERIFIED")] * counts.verified
    fates += [(day + 95 * DAY, "STALE")] * (len(resolved) - len(fates))
    Random(0).shuffle(fates)
    made = unresolved + [
        replace(life, moves=(*life.moves, fate)) for life, fate in zip(resolved, fates, strict=True)
    ]
    return [
        replace(life, tta_missed_at=day + HOUR // 3) if place < counts.tta_late else life
        for place, life in enumerate(made)
    ]


def _closed(made: list[Life], ends: list[int]) -> Iterator[Life]:
    """Those that are still worked on are declined at these instants, as many as there are."""
    waiting = iter(ends)
    for life in made:
        working = life.moves[-1][1] in ("ACKNOWLEDGED", "IN_PROGRESS", "REOPENED")
        end = next(waiting, None) if working else None
        yield life if end is None else replace(life, moves=(*life.moves, (end, "DECLINED")))


def fill(db: Database, made: Iterable[Life], clock: int | None = None) -> None:
    """The tables of the book, in one transaction; `clock` is to when time was played."""
    db.execute("BEGIN")
    if clock is not None:
        db.execute("INSERT OR REPLACE INTO marks VALUES ('clock', ?)", [str(clock)])
    seq = 0
    for number, life in enumerate(made, 1):
        db.execute(_INSERT, _row(number, life))
        before = ""
        for at, state in ((life.created_at, "DETECTED"), *life.moves):
            seq += 1
            db.execute(
                "INSERT INTO transitions (seq, issue, at, from_state, to_state, event, trigger)"
                " VALUES (?, ?, ?, ?, ?, 'made', 'manual')",
                (seq, number, at, before, state),
            )
            before = state
    db.conn.commit()


_INSERT = """
INSERT INTO issues (number, issue_id, subcode, domain, state, takes, open, created_at, newest_at,
span_count, max_intensity, priority, label, confidence, revision, policy, facts, kept)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 3, ?, 2.0, 'normal', 0.8, 1, '', ?, '{}')
"""


def _row(number: int, life: Life) -> tuple[object, ...]:
    state = life.moves[-1][1] if life.moves else "DETECTED"
    subcode = f"{life.domain}2.05"
    moments = {
        "created_at": life.created_at,
        "first_acknowledged_at": life.first("ACKNOWLEDGED"),
        "first_resolved_at": life.first("RESOLVED"),
        "tta_missed_at": life.tta_missed_at,
        "ttr_missed_at": life.ttr_missed_at,
    }
    facts = {
        "primary_subcode": subcode,
        "span_count": 3,
        "max_intensity": life.intensity,
        "first_intensity": life.intensity,
        "marks": {"CR-N": {written(life.created_at)[:10]: 3}},
        "reviews": 3,
        "evidence": {"ES": 3},
        "intensities": {life.intensity: 3},
        "specificity": "S2",
        "owner_team": "Support Operations",
        "resolution_notes": "what was done about it, in a sentence of the usual length",
        "manual": life.manual,
        **{name: written(at) for name, at in moments.items() if at is not None},
    }
    return (
        number, f"ISSUE-2026-{number:04d}", subcode, life.domain, state, int(state != "STALE"),
        int(state in OPEN), life.created_at, life.created_at, life.intensity, json.dumps(facts),
    )  # fmt: skip


def _moves(random: Random, at: int) -> Iterator[tuple[int, str]]:
    state = "DETECTED"
    while state in _NEXT and random.random() < 0.9:
        ways, hours = _NEXT[state]
        at += int(random.expovariate(1 / hours) * HOUR) + 1_000_000
        state = random.choice(ways)
        yield at, state


_NEXT: dict[str, tuple[tuple[str, ...], float]] = {
    "DETECTED": (("ACKNOWLEDGED",) * 9 + ("DECLINED",), 4),
    "ACKNOWLEDGED": (("IN_PROGRESS",) * 8 + ("DECLINED",), 6),
    "IN_PROGRESS": (("RESOLVED",) * 9 + ("ACKNOWLEDGED",), 24),
    "RESOLVED": (("VERIFIED",) * 6 + ("REOPENED", "STALE"), 500),
    "REOPENED": (("IN_PROGRESS",), 20),
}


def _missed(life: Life, state: str, target: int) -> bool:
    reached = life.first(state)
    declined = life.first("DECLINED")
    ends = [at for at in (reached, declined) if at is not None]
    return min(ends, default=1 << 60) > target
