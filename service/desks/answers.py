"""Answers that may be asked for again: who retries with the same `Idempotency-Key` gets the answer
that was given, and nothing is decided twice. Two at once are one."""

import asyncio
import hmac
import sqlite3
from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple

import msgspec

from service.desks.journal import OF_SEVERAL, Journal, opened_by
from service.ids import micros
from service.problems import ProblemError
from service.store.sqlite import Database
from service.store.store import Store
from service.store.writer import Statement
from service.vault import Vault

KEPT_FOR = 24 * 60 * 60 * 1_000_000
"""Microseconds."""


class Reply(NamedTuple):
    """`again` says that it was given before."""

    body: bytes
    headers: dict[str, str]
    again: bool = False


class Retry(NamedTuple):
    """What makes a request the same: who asks, the key, and all that was asked (its hash)."""

    caller: str
    key: str
    digest: bytes


Keep = Callable[[Reply, Collection[str]], Statement]
"""A reply, and whom it is about, to the statement that keeps it."""


class Answers:
    def __init__(self, store: Store, journal: Journal, vault: Vault) -> None:
        self._store, self._journal, self._vault = store, journal, vault
        self._running: dict[tuple[str, str], tuple[bytes, asyncio.Future[Reply]]] = {}

    async def once(self, retry: Retry, make: Callable[[Keep], Awaitable[Reply]]) -> Reply:
        """What `make` keeps is written together with its decision."""
        place = retry.caller, retry.key
        if place in self._running:
            digest, running = self._running[place]
            _same(retry, digest)
            reply = await asyncio.shield(running)
            return Reply(reply.body, reply.headers, again=True)
        kept = self._looked_up(retry)
        if kept is not None:
            return kept
        running = asyncio.get_running_loop().create_future()
        self._running[place] = retry.digest, running
        try:
            reply = await make(lambda made, subjects: self._statement(retry, made, subjects))
        except asyncio.CancelledError:
            running.cancel()
            raise
        except BaseException as error:
            running.set_exception(error)
            running.exception()  # nobody else need have waited for it
            raise
        else:
            running.set_result(reply)
            return reply
        finally:
            del self._running[place]

    def _looked_up(self, retry: Retry) -> Reply | None:
        try:
            return self._kept(retry)
        except sqlite3.Error as error:
            detail = "what was answered before cannot be looked up; try again"
            headers = {"Retry-After": "1"}
            raise ProblemError(503, "not-recorded", detail, headers=headers) from error

    def _kept(self, retry: Retry) -> Reply | None:
        row = (
            self._store.reader()
            .execute(
                "SELECT digest, at, body, subjects.tag, subjects.key FROM answers"
                " LEFT JOIN subjects ON subjects.id = answers.subject"
                " WHERE caller = ? AND answers.key = ?",
                [retry.caller, retry.key],
            )
            .fetchone()
        )
        if row is None or row[1] < micros() - KEPT_FOR:
            return None
        _same(retry, row[0])
        opened = opened_by(self._vault, row[2], "answer", _name(retry), row[3], row[4])
        if opened is None:
            return None
        body, headers = msgspec.json.decode(opened, type=tuple[str, dict[str, str]])
        return Reply(body.encode(), headers, again=True)

    def _statement(self, retry: Retry, reply: Reply, subjects: Collection[str]) -> Statement:
        """Replaces what was kept for the key before. What no journal keeps, or what belongs to
        several subjects, is sealed for nobody."""
        of = None
        if len(subjects) == 1 and self._journal.mode != "off":
            of = self._journal.subject(next(iter(subjects)))
        content = msgspec.json.encode((reply.body.decode(), reply.headers))
        sealed = self._journal.close(content, "answer", _name(retry), of)
        id = of.id if of is not None else OF_SEVERAL if subjects else None
        return (
            "INSERT OR REPLACE INTO answers (caller, key, digest, at, subject, body)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (retry.caller, retry.key, retry.digest, micros(), id, sealed),
        )


def drop_old(db: Database, most: int) -> int:
    """At most so many at once."""
    return db.execute(
        "DELETE FROM answers WHERE rowid IN (SELECT rowid FROM answers WHERE at < ? LIMIT ?)",
        [micros() - KEPT_FOR, most],
    ).rowcount


def _name(retry: Retry) -> str:
    return f"{retry.caller} {retry.key}"


def _same(retry: Retry, digest: bytes) -> None:
    if not hmac.compare_digest(retry.digest, digest):
        detail = "this `Idempotency-Key` was used for another request within the last 24 hours"
        raise ProblemError(409, "key-reused", detail)
