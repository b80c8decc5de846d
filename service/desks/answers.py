"""Answers that may be asked for again: who retries with the same `Idempotency-Key` gets the answer
that was given, and nothing is decided twice. Two at once are one."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec
from sqlite_utils import Database

from service.desks.journal import Journal, Subject
from service.ids import micros
from service.problems import ProblemError
from service.store.store import Store
from service.store.writer import Statement

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


Keep = Callable[[Reply, str | None], Statement]
"""A reply, and its subject, to the statement that keeps it."""


class Answers:
    def __init__(self, store: Store, journal: Journal) -> None:
        self._store, self._journal = store, journal
        self._running: dict[tuple[str, str], tuple[bytes, asyncio.Future[Reply]]] = {}

    async def once(self, retry: Retry, make: Callable[[Keep], Awaitable[Reply]]) -> Reply:
        """What `make` keeps is written together with its decision."""
        place = retry.caller, retry.key
        if place in self._running:
            digest, running = self._running[place]
            _same(retry, digest)
            reply = await asyncio.shield(running)
            return Reply(reply.body, reply.headers, again=True)
        kept = self._kept(retry)
        if kept is not None:
            return kept
        running = asyncio.get_running_loop().create_future()
        self._running[place] = retry.digest, running
        try:
            reply = await make(lambda made, subject: self._statement(retry, made, subject))
        except BaseException as error:
            running.set_exception(error)
            running.exception()  # nobody else need have waited for it
            raise
        else:
            running.set_result(reply)
            return reply
        finally:
            del self._running[place]

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
        opened = self._journal.open(row[3], row[4], row[2], _name(retry))
        if opened is None:
            return None
        body, headers = msgspec.json.decode(opened, type=tuple[str, dict[str, str]])
        return Reply(body.encode(), headers, again=True)

    def _statement(self, retry: Retry, reply: Reply, subject: str | None) -> Statement:
        """Replaces what is older than a day."""
        of: Subject | None = self._journal.subject(subject)
        content = msgspec.json.encode((reply.body.decode(), reply.headers))
        sealed = self._journal.seal(of).close(content, _name(retry))
        return (
            "INSERT OR REPLACE INTO answers (caller, key, digest, at, subject, body)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (retry.caller, retry.key, retry.digest, micros(), of.id if of else None, sealed),
        )


def drop_old(db: Database) -> int:
    return db.execute("DELETE FROM answers WHERE at < ?", [micros() - KEPT_FOR]).rowcount


def _name(retry: Retry) -> str:
    return f"{retry.caller} {retry.key}"


def _same(retry: Retry, digest: bytes) -> None:
    if not hmac.compare_digest(retry.digest, digest):
        detail = "this `Idempotency-Key` was used for another request within the last 24 hours"
        raise ProblemError(409, "key-reused", detail)
