"""`python -m tests.speed.issues [SPANS]`: how many spans a second the issue book takes in bulk,
with few stored and with many, and what the clock takes over many open issues.

The feedback: 500 subcodes by Zipf, three entities to a subcode, 30 % of the spans without any, and
as many a day that the first subcode has 20,000 spans within the window of 30 days. It comes in
bulks of 250, each read from JSON, validated, decided, and on disk before the next. The collector is
set as the service sets it.
"""

import gc
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from engine import Source, load
from service.cli.serve import COLLECT
from service.desks.book.book import Book, Happening
from service.desks.book.decisions import Keeping
from service.desks.book.rules import Rules, Values
from service.store.store import Store
from service.vault import Vault
from tests.generate.feedback import spans

POLICY = Path(__file__).parents[2] / "policies" / "lifecycle" / "1.0.0.bylaw"
_BULK = 250
_FEW = 10_000
_WINDOW = 10_000
"""Spans over which the cost of one is taken."""
_A_DAY = 20_000 / 30 * sum(1 / rank for rank in range(1, 501))
_OPEN = 100_000
_HOUR = 3_600_000_000


class Kept:
    """A book and its store."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bylaw.db"
        self.db: Database = Store(self.path).create().connect()
        self.rules = Rules(load(Source("lifecycle", POLICY.read_text(encoding="utf-8"))))
        self.book = Book(Keeping("sealed", Vault(bytes(32))))

    def do(self, job: Callable[..., Any], *arguments: Any) -> Any:
        """As the thread that writes does."""
        self.db.execute("BEGIN IMMEDIATE")
        done = job(self.db, self.rules, *arguments)
        self.db.conn.commit()
        return done

    def take(self, bulk: Sequence[dict[str, Any]]) -> None:
        self.do(self.book.take, [self._read(each) for each in bulk])

    def _read(self, span: dict[str, Any]) -> Values:
        taken = self.rules.follower.take(self.rules.span, span)
        assert taken.arguments is not None, taken.faults
        values: Values = taken.arguments[0]
        return values


def ingest(kept: Kept, count: int) -> None:
    made = spans(1, count, count / _A_DAY)
    _measured(kept, made, _FEW - _WINDOW, _WINDOW, "the first 10,000")
    few = _measured(kept, made, 0, _WINDOW, "with 10,000 stored")
    many = _measured(kept, made, count - _FEW - 2 * _WINDOW, _WINDOW, f"with {count:,} stored")
    print(f"{'a span then / a span with 10,000 stored':44} {many / few:10.2f}   at most 1.5")
    size = kept.path.stat().st_size / count
    issues = kept.db.table("issues").count
    first = kept.db.table("spans").count_where("subcode = ?", ["O1.01"])
    print(f"{issues:,} issues, {first:,} spans of the first subcode, {size:,.0f} bytes a span")


def _measured(
    kept: Kept, made: Iterator[dict[str, Any]], before: int, count: int, told: str
) -> float:
    """Microseconds of the processor for a span, after so many that are not counted."""
    for bulk in _bulks(made, before):
        kept.take(bulk)
    wall = processor = 0.0
    for bulk in _bulks(made, count):
        began, worked = time.perf_counter(), time.process_time()
        kept.take(bulk)
        wall += time.perf_counter() - began
        processor += time.process_time() - worked
    cost = processor / count * 1e6
    print(
        f"{told:44} {count / wall:10,.0f} spans a second, {count / processor:,.0f} by the processor"
        f" ({cost:,.0f} µs each)   at least 2,000",
        flush=True,
    )
    return cost


def _bulks(made: Iterator[dict[str, Any]], count: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, count, _BULK):
        yield list(islice(made, min(_BULK, count - start)))


def clock(kept: Kept) -> None:
    """A midnight over issues in every open state: as they are after a week of feedback and work,
    many times over."""
    kept.take([each for bulk in _bulks(spans(3, 2_000, 5), 2_000) for each in bulk])
    _work(kept)
    _multiply(kept)
    (at,) = kept.db.execute("SELECT value FROM marks WHERE name = 'clock'").fetchone()
    day = 24 * _HOUR
    midnight = (int(at) // day + 1) * day
    began, worked, times = time.perf_counter(), time.process_time(), 0
    done = False
    while not done:
        looked = kept.do(kept.book.look, midnight)
        times += sum(looked.times.values())
        done = looked.done
    wall, processor = time.perf_counter() - began, time.process_time() - worked
    print(
        f"{f'the clock over {_OPEN:,} open issues':44} {wall:10.2f} s, {processor:.2f} s by the"
        f" processor; {times:,} things happened   under 10 s"
    )


def _work(kept: Kept) -> None:
    """Every second issue is acknowledged, every fourth worked on, every eighth resolved."""
    (at,) = kept.db.execute("SELECT value FROM marks WHERE name = 'clock'").fetchone()
    payloads = kept.rules.follower.payloads
    for event, part, told in (
        ("ack", 2, {}),
        ("start_work", 4, {}),
        ("resolve", 8, {"resolution_code": "FIX"}),
    ):
        taken = kept.rules.follower.take(payloads[event], told)
        assert taken.arguments is not None
        rows = kept.db.query("SELECT issue_id FROM issues WHERE open AND number % ? = 0", [part])
        for row in list(rows):
            happening = Happening(event, int(at), "speed", taken.arguments[0], told)
            kept.do(kept.book.happen, row["issue_id"], happening)


def _multiply(kept: Kept) -> None:
    """Copies of all open issues, each with an id of its own, until there are enough."""
    columns = [each.name for each in kept.db.table("issues").columns]
    others = ", ".join(each for each in columns if each not in ("number", "issue_id"))
    there = kept.db.table("issues").count_where("open")
    with kept.db.conn:
        for turn in range(1, _OPEN // there + 1):
            kept.db.execute(
                f"INSERT INTO issues (issue_id, {others})"
                f" SELECT 'ISSUE-9999-' || (? * 100000 + number), {others} FROM issues"
                " WHERE open AND issue_id NOT LIKE 'ISSUE-9999-%' LIMIT ?",
                [turn, _OPEN - kept.db.table("issues").count_where("open")],
            )


def main(count: int) -> None:
    gc.set_threshold(*COLLECT)
    for measured in (clock, lambda kept: ingest(kept, count)):
        with tempfile.TemporaryDirectory() as folder:
            measured(Kept(Path(folder)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
