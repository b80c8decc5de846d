"""The one thread that writes: what waits is written together and shares one sync to disk.

Who adds an entry is answered when the transaction that holds it is on disk, or has failed. Entries
are handed over when the loop has run through all that was ready, and while they are written the
next ones come together; so under load a group is large, and who comes alone waits for nobody. A
group of plain rows is one statement, for each statement hands the interpreter over and back.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from typing import Any

from service.store.sqlite import Database
from service.store.store import Store

COLUMNS = ("id", "at", "policy", "version", "subject", "record", "mentioned", "facts", "sealed")
_MOST_ROWS = 100

Row = tuple[Any, ...]
Statement = tuple[str, Sequence[Any]]
Job = Callable[[Database], Any]
Settled = tuple[asyncio.Future[Any], Any, BaseException | None]
"""Who waits, and what came of it."""


@dataclass(slots=True, eq=False)
class Entry:
    """Rows of the journal, with what must be written before them. `done` is settled when all of it
    is on disk."""

    rows: Sequence[Row]
    before: Sequence[Statement]
    done: asyncio.Future[None]
    since: float


@dataclass(slots=True, eq=False)
class _Task:
    """Anything else; what writes does so in a transaction of its own."""

    job: Job
    writes: bool
    done: asyncio.Future[Any]


class Writer:
    """`observe` is told of each group how many entries it had and how many seconds it took."""

    def __init__(self, store: Store, observe: Callable[[int, float], None]) -> None:
        self._store = store
        self._db = store.connect()
        self._observe = observe
        self.failing = False
        """Whether the last thing to write could not be written."""
        self.lost = False
        """Whether the file is gone, so that nothing may be written to what is left of it."""
        self._loop = asyncio.get_running_loop()
        self._gathered: list[Entry] = []
        self._writing = False
        self._waiting: queue.SimpleQueue[list[Entry] | _Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def add(self, rows: Sequence[Row], before: Sequence[Statement] = ()) -> asyncio.Future[None]:
        entry = Entry(rows, before, self._loop.create_future(), time.monotonic())
        self._gathered.append(entry)
        if not self._writing:
            self._writing = True
            self._loop.call_soon(self._hand_over)
        return entry.done

    def do(self, job: Job) -> asyncio.Future[Any]:
        return self._put(job, writes=True)

    def look(self, job: Job) -> asyncio.Future[Any]:
        """The same for what only reads, on the connection that writes."""
        return self._put(job, writes=False)

    def lag(self) -> float:
        """How many seconds the oldest entry waits that is not handed over yet."""
        gathered = self._gathered
        return time.monotonic() - gathered[0].since if gathered else 0.0

    async def close(self) -> None:
        """Writes what waits."""
        while self._writing:
            await asyncio.sleep(0.001)
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)

    def _put(self, job: Job, *, writes: bool) -> asyncio.Future[Any]:
        task = _Task(job, writes, self._loop.create_future())
        self._waiting.put(task)
        return task.done

    def _hand_over(self) -> None:
        entries, self._gathered = self._gathered, []
        self._writing = bool(entries)
        if entries:
            self._waiting.put(entries)

    def _run(self) -> None:
        while (work := self._waiting.get()) is not None:
            if isinstance(work, _Task):
                self._tell(_settle, [self._carried_out(work)])
                continue
            began = time.perf_counter()
            error = self._attempt(partial(_write, entries=work), writes=True)
            self.failing = error is not None
            self._observe(len(work), time.perf_counter() - began)
            self._tell(self._written, [(each.done, None, error) for each in work])
        self._db.conn.close()

    def _carried_out(self, task: _Task) -> Settled:
        made: list[Any] = []

        def work(db: Database) -> None:
            if task.writes:
                db.execute("BEGIN IMMEDIATE")
            made.append(task.job(db))
            db.conn.commit()

        error = self._attempt(work, writes=task.writes)
        if task.writes:  # what a job itself refuses is no trouble of the store
            self.failing = isinstance(error, sqlite3.Error | OSError)
        return task.done, made[0] if error is None else None, error

    def _attempt(self, work: Callable[[Database], None], *, writes: bool) -> BaseException | None:
        """What went wrong, after all of it was undone. A connection that cannot even undo is
        given up for a new one."""
        if writes and self.lost:
            return sqlite3.OperationalError("the file of the store is gone, or another one")
        try:
            work(self._db)
        except Exception as error:
            try:
                if self._db.conn.in_transaction:
                    self._db.conn.rollback()
            except sqlite3.Error:
                with suppress(sqlite3.Error):
                    self._db.conn.close()
                    self._db = self._store.connect()
            return error
        return None

    def _written(self, settled: Sequence[Settled]) -> None:
        _settle(settled)
        self._hand_over()

    def _tell(
        self, settle: Callable[[Sequence[Settled]], None], settled: Sequence[Settled]
    ) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(settle, settled)


def _settle(settled: Sequence[Settled]) -> None:
    for done, result, error in settled:
        if done.done():
            continue
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)


def _write(db: Database, entries: Sequence[Entry]) -> None:
    before = [statement for entry in entries for statement in entry.before]
    rows = [row for entry in entries for row in entry.rows]
    execute = db.conn.execute
    if not before and len(rows) <= _MOST_ROWS:
        _insert(db, rows)  # a statement alone is a transaction
        return
    execute("BEGIN IMMEDIATE")
    for sql, values in before:
        execute(sql, values)
    for start in range(0, len(rows), _MOST_ROWS):
        _insert(db, rows[start : start + _MOST_ROWS])
    db.conn.commit()


def _insert(db: Database, rows: Sequence[Row]) -> None:
    """Run as many, though it is one: to run one asks for its number, and hands over once more."""
    db.conn.executemany(_insertion(len(rows)), [tuple(chain.from_iterable(rows))])


@cache
def _insertion(rows: int) -> str:
    row = f"({', '.join('?' * len(COLUMNS))})"
    return f"INSERT INTO journal ({', '.join(COLUMNS)}) VALUES {', '.join([row] * rows)}"
