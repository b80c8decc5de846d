"""The one thread that writes: what waits is written together and shares one sync to disk.

Who adds an entry is answered when the transaction that holds it is on disk, or has failed. A group
of plain rows is one statement, for each statement hands the interpreter over and back.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlite_utils import Database

from service.store.store import Store

COLUMNS = ("id", "at", "policy", "version", "subject", "record", "mentioned", "facts", "sealed")
_GATHER = 0.002
"""Seconds that a busy writer lets more entries come together. A sync to disk costs more than all
else, and who comes alone waits for nobody."""
_ENOUGH = 32
_MOST_ROWS = 100
_MOST_ENTRIES = 1_000

Row = tuple[Any, ...]
Statement = tuple[str, Sequence[Any]]
Job = Callable[[Database], Any]


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
    """Any other change, in a transaction of its own."""

    job: Job
    done: asyncio.Future[Any]


class Writer:
    """`observe` is told of each group how many entries it had and how many seconds it took."""

    def __init__(self, store: Store, observe: Callable[[int, float], None]) -> None:
        self._store = store
        self._observe = observe
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.SimpleQueue[Entry | _Task | None] = queue.SimpleQueue()
        self._oldest: Entry | None = None
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def add(self, rows: Sequence[Row], before: Sequence[Statement] = ()) -> asyncio.Future[None]:
        entry = Entry(rows, before, self._loop.create_future(), time.monotonic())
        self._waiting.put(entry)
        return entry.done

    def do(self, job: Job) -> asyncio.Future[Any]:
        task = _Task(job, self._loop.create_future())
        self._waiting.put(task)
        return task.done

    def lag(self) -> float:
        """How many seconds the oldest entry has waited that is being written."""
        oldest = self._oldest
        return 0.0 if oldest is None else time.monotonic() - oldest.since

    async def close(self) -> None:
        """Writes what waits."""
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        db = self._store.connect()
        going = True
        while going:
            entries, tasks, going = self._take()
            if entries:
                self._oldest = entries[0]
                began = time.perf_counter()
                error = _attempt(db, partial(_write, db, entries))
                self._oldest = None
                self._observe(len(entries), time.perf_counter() - began)
                self._tell([(each.done, None, error) for each in entries])
                if 1 < len(entries) < _ENOUGH:
                    time.sleep(_GATHER)
            for task in tasks:
                self._tell([_carried_out(db, task)])
        db.conn.close()

    def _take(self) -> tuple[list[Entry], list[_Task], bool]:
        """All that waits; False with it where no more will come."""
        entries: list[Entry] = []
        tasks: list[_Task] = []
        item = self._waiting.get()
        while True:
            if item is None:
                return entries, tasks, False
            (entries if isinstance(item, Entry) else tasks).append(item)  # type: ignore[arg-type]
            if len(entries) >= _MOST_ENTRIES:
                return entries, tasks, True
            try:
                item = self._waiting.get_nowait()
            except queue.Empty:
                return entries, tasks, True

    def _tell(self, settled: list[tuple[asyncio.Future[Any], Any, BaseException | None]]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_settle, settled)


def _settle(settled: list[tuple[asyncio.Future[Any], Any, BaseException | None]]) -> None:
    for done, result, error in settled:
        if done.done():
            continue
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)


def _carried_out(
    db: Database, task: _Task
) -> tuple[asyncio.Future[Any], Any, BaseException | None]:
    made: list[Any] = []

    def work() -> None:
        db.execute("BEGIN IMMEDIATE")
        made.append(task.job(db))
        db.conn.commit()

    error = _attempt(db, work)
    return task.done, made[0] if error is None else None, error


def _attempt(db: Database, work: Callable[[], None]) -> BaseException | None:
    """What went wrong, after all of it was undone."""
    try:
        work()
    except Exception as error:
        if db.conn.in_transaction:
            db.conn.rollback()
        return error
    return None


def _write(db: Database, entries: Sequence[Entry]) -> None:
    before = [statement for entry in entries for statement in entry.before]
    rows = [row for entry in entries for row in entry.rows]
    execute = db.conn.execute
    if not before and len(rows) <= _MOST_ROWS:
        execute(*_insert(rows))  # a statement alone is a transaction
        return
    execute("BEGIN IMMEDIATE")
    for sql, values in before:
        execute(sql, values)
    for start in range(0, len(rows), _MOST_ROWS):
        execute(*_insert(rows[start : start + _MOST_ROWS]))
    db.conn.commit()


def _insert(rows: Sequence[Row]) -> Statement:
    row = f"({', '.join('?' * len(COLUMNS))})"
    values: Iterable[Any] = (value for each in rows for value in each)
    sql = f"INSERT INTO journal ({', '.join(COLUMNS)}) VALUES {', '.join([row] * len(rows))}"
    return sql, tuple(values)


def is_of_the_disk(error: BaseException) -> bool:
    """Whether it is the store that failed, and not the program."""
    return isinstance(error, sqlite3.Error | OSError)
