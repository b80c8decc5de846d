"""Issues that went some way, and the book that holds them: made up, written straight to a store.

What becomes of an issue here is drawn, not decided: whatever a report is asked of, it must add up.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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


def fill(db: Database, made: Iterable[Life]) -> None:
    """The tables of the book, in one transaction."""
    db.execute("BEGIN")
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
    while state in _NEXT and random.random() < 0.93:
        ways, hours = _NEXT[state]
        at += int(random.expovariate(1 / hours) * HOUR) + 1_000_000
        state = random.choice(ways)
        yield at, state


_NEXT: dict[str, tuple[tuple[str, ...], float]] = {
    "DETECTED": (("ACKNOWLEDGED",) * 9 + ("DECLINED",), 4),
    "ACKNOWLEDGED": (("IN_PROGRESS",) * 8 + ("DECLINED",), 6),
    "IN_PROGRESS": (("RESOLVED",) * 9 + ("ACKNOWLEDGED",), 24),
    "RESOLVED": (("VERIFIED",) * 6 + ("REOPENED", "STALE"), 500),
    "VERIFIED": (("REOPENED",), 20_000),
    "REOPENED": (("IN_PROGRESS",), 20),
    "DECLINED": (("REOPENED",), 20_000),
}


def _missed(life: Life, state: str, target: int) -> bool:
    reached = life.first(state)
    declined = life.first("DECLINED")
    ends = [at for at in (reached, declined) if at is not None]
    return min(ends, default=1 << 60) > target
