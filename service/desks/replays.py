"""Replays of the journal: one at a time, on a thread of its own; what was asked, how far it is, and
what came of it. What was under way when the service ended is lost, and says so.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from threading import Event
from typing import Any

import msgspec

import engine
from engine import By, Changes, NoSolverError, PolicyError, Program, Replay, Row, Said
from service.desks.journal import Found, between
from service.ids import first_id, micros, new_id
from service.shelf import Shelf
from service.solving import Solving
from service.store.sqlite import Database
from service.store.store import Store
from service.store.writer import Writer
from service.vault import Vault

_LOG = logging.getLogger("bylaw")
MOST_WAITING = 4
_MOST_KEPT = 100
_AT_ONCE = 200
_PAUSE = 0.001
"""Seconds in which others get their turn."""
_STEP = "UPDATE replays SET state = ?, report = ?, problem = ? WHERE id = ? AND state = ?"
_UNDER_WAY = "state IN ('waiting', 'running')"


# the journal as a history


def recorded(
    db: Database,
    vault: Vault,
    policy: str,
    decision: str,
    since: int,
    until: int,
    keep: Collection[str] = (),
) -> Iterator[Row | None]:
    """What a policy decided from one instant until before another; None is another decision of
    it. `keep` are columns by which they are counted. No reading lasts long."""
    last = ""
    while True:
        found = list(between(db, vault, since, until, policy=policy, after=last, most=_AT_ONCE))
        for each in found:
            yield row_of(each, keep) if each.record["decision"] == decision else None
        if len(found) < _AT_ONCE:
            return
        last = found[-1].id


def how_many(db: Database, policy: str, since: int, until: int) -> int:
    where = "policy = ? AND id >= ? AND id < ?"
    return db.table("journal").count_where(where, [policy, first_id(since), first_id(until)])


def finder(
    db: Database, policy: str, hashed: Callable[[str], Program | None] = lambda _: None
) -> Callable[[By], Program | None]:
    """What decided a row: by its hash, loaded, or as the store keeps it."""

    def find(by: By) -> Program | None:
        loaded = None if by.hash is None else hashed(by.hash)
        if loaded is not None:
            return loaded
        row = next(iter(db.table("versions").rows_where("hash = ?", [by.hash])), None)
        if row is None:
            return None
        try:
            return engine.load(engine.Source(f"{policy}@{row['version']}", row["source"]))
        except PolicyError:
            return None

    return find


def row_of(found: Found, keep: Collection[str] = (), *, whole: bool = False) -> Row:
    """Where hashes are kept, with what was mentioned; or, where only the `whole` case will do, as
    one that is gone."""
    record, asked = found.record, found.asked
    of = record["policy"]
    hashed = asked is not None and found.gone is not None and not whole
    gone = None if hashed else found.gone
    return Row(
        found.id,
        None if asked is None else asked["input"],
        engine.parse_instant(record["as_of"]),
        Said(record["outcome"], record["basis"], tuple(record["determining"])),
        By(of["version"], of["hash"]),
        Row.HYPOTHETICAL if record.get("hypothetical") else gone,
        more={"version": of["version"]} if "version" in keep else {},
        mentioned=found.mentioned if hashed else None,
    )


# replays that are asked for


@dataclass(frozen=True)
class Asked:
    """`since` and `until` are in microseconds since 1970."""

    new: Program
    old: Program
    decision: str
    since: int
    until: int
    by: tuple[str, ...]

    def told(self) -> dict[str, Any]:
        return {
            "policy": self.new.name,
            "version": self.new.version,
            "content_hash": self.new.content_hash,
            "against": {"version": self.old.version, "content_hash": self.old.content_hash},
            "decision": self.decision,
            "since": engine.write_instant(self.since),
            "until": engine.write_instant(self.until),
            "by": list(self.by),
        }


@dataclass
class _Progress:
    done: int = 0
    of: int | None = None


class TooManyError(Exception):
    """So many wait that no more are taken."""


class _StoppedError(Exception):
    """The service ends."""


class Replays:
    def __init__(
        self,
        store: Store,
        writer: Writer,
        vault: Vault,
        solving: Solving,
        shelf: Callable[[], Shelf],
    ) -> None:
        self._store, self._writer, self._vault = store, writer, vault
        self._solving, self._shelf = solving, shelf
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="replay")
        self._turn = asyncio.Lock()
        self._stopping = Event()
        self._under_way: dict[str, _Progress] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, asked: Asked, actor: str) -> dict[str, Any]:
        if len(self._under_way) >= MOST_WAITING:
            raise TooManyError
        id = new_id()
        self._under_way[id] = _Progress()
        try:
            await self._writer.do(lambda db: _begin(db, id, actor, asked))
        except BaseException:
            del self._under_way[id]
            raise
        task = asyncio.create_task(self._carried_out(id, asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return {"id": id, "state": "waiting"}

    def told(self, db: Database, id: str) -> dict[str, Any] | None:
        """None where there is none."""
        row = next(iter(db.table("replays").rows_where("id = ?", [id])), None)
        if row is None:
            return None
        under_way = row["state"] in ("waiting", "running")
        progress = self._under_way.get(id) if under_way else None
        report = None
        if row["report"] is not None:
            opened = self._vault.seal_of_nobody(id).open(row["report"], "replay", id)
            report = None if opened is None else msgspec.json.decode(opened)
        return {
            "id": id,
            "state": row["state"],
            "at": engine.write_instant(row["at"]),
            "by": row["actor"],
            "asked": json.loads(row["asked"]),
            "progress": None if progress is None else asdict(progress),
            "problem": row["problem"],
            "report": report,
        }

    async def close(self) -> None:
        """What is under way ends where it is."""
        self._stopping.set()
        for task in list(self._tasks):
            await task
        await asyncio.to_thread(self._thread.shutdown)

    async def _carried_out(self, id: str, asked: Asked) -> None:
        try:
            async with self._turn:
                if self._stopping.is_set():
                    return
                await self._step(id, "waiting", "running")
                report = msgspec.json.encode(await self._made(id, asked))
                sealed = self._vault.seal_of_nobody(id).close(report, "replay", id)
                await self._step(id, "running", "done", sealed)
        except _StoppedError:
            await self._step(id, "running", "lost", problem=_LOST)
        except Exception as error:
            _LOG.error("the replay %s failed", id, exc_info=error)
            problem = "the service made a mistake; its log tells more under the id"
            await self._step(id, "running", "failed", problem=problem)
        finally:
            del self._under_way[id]

    async def _step(
        self,
        id: str,
        before: str,
        after: str,
        report: bytes | None = None,
        problem: str | None = None,
    ) -> None:
        """Nothing where it is in that state no more: somebody was forgotten meanwhile."""
        values = [after, report, problem, id, before]
        await self._writer.do(lambda db: db.execute(_STEP, values) and None)

    async def _made(self, id: str, asked: Asked) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._thread, self._replayed, id, asked)
        return await self._solving.done(lambda: _beside(found, asked))

    def _replayed(self, id: str, asked: Asked) -> Replay:
        db, progress = self._store.reader(), self._under_way[id]
        name, window = asked.new.name, (asked.since, asked.until)
        progress.of = how_many(db, name, *window)
        rows = recorded(db, self._vault, name, asked.decision, *window, keep=asked.by)
        shelf = self._shelf()
        version = finder(db, name, lambda of: shelf.hashed(name, of))
        found = engine.replay(
            asked.old,
            asked.new,
            self._watched(rows, progress),
            asked.decision,
            by=asked.by,
            version=version,
        )
        return engine.explained(found, asked.old, asked.new)

    def _watched(self, rows: Iterator[Row | None], progress: _Progress) -> Iterator[Row | None]:
        for row in rows:
            yield row
            progress.done += 1
            if progress.done % _AT_ONCE == 0:
                if self._stopping.is_set():
                    raise _StoppedError
                time.sleep(_PAUSE)
        if self._stopping.is_set():
            raise _StoppedError


_LOST = "the service ended before it was done; ask again"


def give_up(db: Database) -> None:
    """What was under way when the service ended, however it did."""
    db.execute(f"UPDATE replays SET state = 'lost', problem = ? WHERE {_UNDER_WAY}", [_LOST])


def _begin(db: Database, id: str, actor: str, asked: Asked) -> None:
    told = json.dumps(asked.told())
    row = {"id": id, "at": micros(), "actor": actor, "asked": told, "state": "waiting"}
    db.table("replays").insert(row)
    db.execute(
        f"DELETE FROM replays WHERE NOT ({_UNDER_WAY}) AND id NOT IN"
        " (SELECT id FROM replays ORDER BY id DESC LIMIT ?)",
        [_MOST_KEPT],
    )


def _compared(asked: Asked) -> Changes:
    return engine.compare(asked.old, asked.new, only=asked.decision)


def _beside(found: Replay, asked: Asked) -> dict[str, Any]:
    """With what is proved of all cases, where that can be had."""
    beside: Any = None
    if found.reproduced and found.replayed and asked.decision in asked.old.decisions:
        try:
            beside = engine.beside(found, _compared(asked))
        except NoSolverError as missing:
            beside = str(missing)
    return engine.replay_record(found, asked.old, beside)
