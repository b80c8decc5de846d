"""What one job of the book will write: gathered while it decides, and written together, so that a
thousand spans cost a few statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from service.desks.book.issue import COLUMNS, SCORE, Issue, row_of, score_of
from service.desks.book.rules import Rules, Wire
from service.store.sqlite import Database
from service.store.writer import COLUMNS as JOURNAL

_MOST_ROWS = 100
"""Of one statement."""

SPANS = (
    "seq",
    "span_id",
    "at",
    "subcode",
    "sealed",
    "mark",
    "complaint",
    "effect",
    "late",
    "issue",
    "decision",
    "step",
)
_TABLES = {
    "spans": SPANS,
    "issue_spans": ("issue", "at", "span_id", "seq", "since"),
    "buffer": ("subcode", "at", "span_id", "seq"),
    "events": ("seq", "at", "type", "about", "body"),
    "transitions": ("seq", "issue", "at", "from_state", "to_state", "event", "trigger"),
    "journal": JOURNAL,
    "issues": COLUMNS,
}
_UPDATE = f"UPDATE issues SET {', '.join(f'{each} = ?' for each in COLUMNS[1:])} WHERE number = ?"
_SCORE = f"UPDATE issues SET {', '.join(f'{each} = ?' for each in SCORE)} WHERE number = ?"


@dataclass
class Clock:
    """`at` is the instant until which the book is decided, `turn` counts what was written."""

    at: int
    turn: int


class Sheet:
    """`changed` are issues that are not as the store has them."""

    def __init__(self, db: Database, rules: Rules, clock: Clock) -> None:
        self.db = db
        self.rules = rules
        self.clock = clock
        self.changed: dict[int, Issue] = {}
        self._new: set[int] = set()
        self._rows: dict[str, list[tuple[Any, ...]]] = {each: [] for each in _TABLES}
        self._taken: list[tuple[int, int]] = []
        self._left: list[tuple[str, int, str]] = []
        self._seen: set[tuple[int, str, str]] = set()
        self._last = {
            table: int(self._one(f"SELECT coalesce(max({key}), 0) FROM {table}"))
            for table, key in (("spans", "seq"), ("events", "seq"), ("issues", "number"))
        }
        self._serials: dict[int, int] = {}
        self._began = clock.at

    @property
    def written_on(self) -> bool:
        """Whether there is anything to write."""
        return bool(
            self.changed or self.clock.at != self._began or any(self._rows.values()) or self._taken
        )

    def next(self, table: str) -> int:
        self._last[table] += 1
        return self._last[table]

    def name(self, year: int) -> str:
        """The id of one more issue of this year."""
        if year not in self._serials:
            found = self.db.conn.execute(
                "SELECT value FROM marks WHERE name = ?", (_serial(year),)
            ).fetchone()
            self._serials[year] = int(found[0]) if found else 0
        self._serials[year] += 1
        return f"ISSUE-{year}-{self._serials[year]:04d}"

    def add(self, table: str, row: tuple[Any, ...]) -> None:
        self._rows[table].append(row)

    def event(self, at: int, type: str, about: str, body: Wire) -> int:
        seq = self.next("events")
        self.add("events", (seq, at, type, about, msgspec.json.encode(body).decode()))
        return seq

    def change(self, issue: Issue, *, new: bool = False) -> None:
        issue.candidate = issue.reference = None
        if issue.number not in self.changed:
            issue.revision += 1
            self.changed[issue.number] = issue
        if new:
            self._new.add(issue.number)

    def take(self, seq: int, issue: int, waiting: tuple[str, int, str]) -> None:
        """A span that has waited belongs to an issue now."""
        self._taken.append((issue, seq))
        self._left.append(waiting)

    def seen(self, issue: int, tally: str, value: str) -> bool:
        """Whether a value is new to a tally of different ones; from now on it is not."""
        key = issue, tally, value
        if key in self._seen:
            return False
        self._seen.add(key)
        written = self.db.conn.execute(
            "INSERT OR IGNORE INTO tallied (issue, tally, value) VALUES (?, ?, ?)", key
        )
        return bool(written.rowcount)

    def flush(self) -> None:
        """Writes what was gathered; the job goes on, or ends with it."""
        execute = self.db.conn.execute
        self._rows["issues"] += [
            row_of(each, self.rules) for number, each in self.changed.items() if number in self._new
        ]
        for table, rows in self._rows.items():
            _insert(self.db, table, _TABLES[table], rows)
            rows.clear()
        many = self.db.conn.executemany
        if self._taken:
            many("UPDATE spans SET issue = ? WHERE seq = ?", self._taken)
            many("DELETE FROM buffer WHERE subcode = ? AND at = ? AND span_id = ?", self._left)
        self._update([each for number, each in self.changed.items() if number not in self._new])
        for each in self.changed.values():
            each.mark_stored()
        self.clock.turn += 1
        self._began = self.clock.at
        marks = {_serial(year): serial for year, serial in self._serials.items()}
        marks |= {"clock": self.clock.at, "book": self.clock.turn}
        values = [part for name, value in marks.items() for part in (name, str(value))]
        execute(
            f"INSERT INTO marks (name, value) VALUES {_places(2, len(marks))}"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            values,
        )
        for gathered in (self.changed, self._new, self._taken, self._left, self._seen):
            gathered.clear()

    def _update(self, issues: Sequence[Issue]) -> None:
        many = self.db.conn.executemany
        many(_SCORE, [score_of(each) for each in issues if each.is_stored])
        rows = [row_of(each, self.rules) for each in issues if not each.is_stored]
        many(_UPDATE, [(*row[1:], row[0]) for row in rows])

    def _one(self, sql: str) -> Any:
        return self.db.conn.execute(sql).fetchone()[0]


def clock_of(db: Database) -> Clock:
    rows = db.conn.execute("SELECT name, value FROM marks WHERE name IN ('clock', 'book')")
    told = {name: int(value) for name, value in rows}
    return Clock(told.get("clock", 0), told.get("book", 0))


def _insert(
    db: Database, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    for start in range(0, len(rows), _MOST_ROWS):
        some = rows[start : start + _MOST_ROWS]
        values: Iterable[Any] = (value for row in some for value in row)
        db.conn.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES {_places(len(columns), len(some))}",
            tuple(values),
        )


def _places(columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return ", ".join([row] * rows)


def _serial(year: int) -> str:
    return f"issues of {year}"
