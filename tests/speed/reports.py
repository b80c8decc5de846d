"""`python -m tests.speed.reports [ISSUES]`: how long a month's report takes, over a book of so many
issues that came in a year, and over as many that all came in the month itself."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from engine import Library, load
from service.desks.reports import sla
from service.store.store import Store
from tests.booked import fill, instant, lives
from tests.live import ROOT

_TURNS = 5
_BOOKS = (("in a year", "2025-08-01", "2026-08-01"), ("in the month", "2026-01-01", "2026-02-01"))


def main(issues: int) -> None:
    policy = load(Library(ROOT / "policies").source("lifecycle@1.0.0"))
    month, as_of = instant("2026-01-01"), instant("2026-08-01")
    for words, since, until in _BOOKS:
        with TemporaryDirectory() as folder:
            store = Store(Path(folder) / "bylaw.db").create()
            db = store.connect()
            fill(db, lives(1, issues, instant(since), instant(until)))
            (moves,) = db.execute("SELECT count(*) FROM transitions").fetchone()
            detected: list[int] = []

            def report(store: Store = store, seen: list[int] = detected) -> None:
                made = sla(store.reader(), policy, month, as_of)
                seen.append(made["sections"][0]["detected"])

            wall, processor = map(min, zip(*(_timed(report) for _ in range(_TURNS)), strict=True))
            what = f"{issues:,} issues {words}, {moves:,} moves, {detected[0]:,} of the month"
            print(f"{what:<70} {wall:.2f} s, {processor:.2f} s of the processor")
            db.conn.close()
            store.close()


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    """By the clock, and of the processor alone, which others may be using too."""
    began = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began[0], time.process_time() - began[1]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
