"""The decision journal: every decision with its case, on disk before it is answered.

What was asked is sealed by the key of its subject, or kept with hashes in place of sensitive facts.
Destroy a subject's key, and the decision, the hash of its policy and its rule stay; the facts are
gone.
"""

import asyncio
import json
import secrets
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag

import engine
from engine import Program
from service.desks import audit
from service.desks.book import again
from service.desks.policies import kept
from service.ids import first_id, micros
from service.settings import Mode
from service.store.sqlite import Database
from service.store.store import Store
from service.store.writer import Row, Statement, Writer
from service.vault import Seal, Vault

_MOST_SUBJECTS = 20_000
_AT_ONCE = 1_000
_PUT = "INSERT OR IGNORE INTO subjects (id, tag, key, since) VALUES (?, ?, ?, ?)"
_UNUSED = (
    "tag IS NOT NULL AND NOT EXISTS (SELECT 1 FROM journal WHERE subject = subjects.id)"
    " AND NOT EXISTS (SELECT 1 FROM answers WHERE subject = subjects.id)"
)


class Made(msgspec.Struct, frozen=True):
    """A decision to be kept. `record` is what is answered, `asked` the request's JSON object."""

    id: str
    at: int
    program: Program
    decision: str
    case: Any
    subject: str | None
    record: bytes
    asked: bytes


@dataclass(slots=True)
class Subject:
    """`statement` puts it into the store, until it is known to be there."""

    id: int
    seal: Seal
    statement: Statement | None


@dataclass(frozen=True)
class Found:
    """`asked` is None, and `gone` says why, where the facts cannot be had; where they are kept as
    hashes both are there, and what the texts `mentioned`."""

    id: str
    at: int
    record: dict[str, Any]
    mentioned: Mapping[str, Sequence[str]]
    asked: dict[str, Any] | None
    gone: str | None


class Journal:
    def __init__(self, store: Store, writer: Writer, vault: Vault, mode: Mode) -> None:
        self.mode = mode
        self._store, self._writer, self._vault = store, writer, vault
        self._subjects: OrderedDict[str, Subject] = OrderedDict()
        self._kept: set[str] = set()
        self._dropping = False

    async def keep(self, made: Sequence[Made], before: Sequence[Statement] = ()) -> None:
        """Returns when all of it is on disk."""
        if self.mode == "off":
            made = ()
        if not made and not before:
            return
        rows, statements, subjects = list[Row](), [*before], list[Subject]()
        new: dict[str, Program] = {}
        for each in made:
            if each.program.content_hash not in self._kept:
                new[each.program.content_hash] = each.program
            subject = self.subject(each.subject)
            if subject is not None and subject.statement is not None:
                subjects.append(subject)
                statements.append(subject.statement)
            rows.append(self._row(each, subject))
        statements += map(kept, new.values())
        await self._writer.add(rows, statements)
        self._kept |= new.keys()
        for subject in subjects:
            subject.statement = None

    def subject(self, name: str | None) -> Subject | None:
        """With a key of its own, made when it is first seen."""
        if name is None:
            return None
        known = self._subjects.get(name)
        if known is not None:
            self._subjects.move_to_end(name)
            return known
        tag = self._vault.tag(name)
        found = (
            self._store.reader()
            .execute("SELECT id, key, since FROM subjects WHERE tag = ?", [tag])
            .fetchone()
        )
        if found is not None:
            id, key, since = found
            again = (_PUT, (id, tag, key, since)) if self._dropping else None
            made = Subject(id, self._vault.seal_of(tag, key), again)
        else:
            made = self._new_subject(tag)
        self._subjects[name] = made
        if len(self._subjects) > _MOST_SUBJECTS:
            self._drop_oldest()
        return made

    async def drop_subjects(self, than: int) -> None:
        """Keys made before this instant by which nothing is sealed any more.

        Who is known here keeps his until the next time; who comes back meanwhile brings it along;
        and what was on its way before is on disk before it is asked what is sealed.
        """
        self._dropping = True
        try:
            held = {each.id for each in self._subjects.values()}
            await self._writer.add((), [("UPDATE marks SET value = value", ())])
            idle = await asyncio.to_thread(_idle, self._store, than)
            gone = [id for id in idle if id not in held]
            for start in range(0, len(gone), _AT_ONCE):
                await self._writer.do(partial(_drop, ids=gone[start : start + _AT_ONCE]))
        finally:
            self._dropping = False

    def _drop_oldest(self) -> None:
        """Of those that are in the store for sure; more are kept as long as there is none."""
        for name, of in self._subjects.items():
            if of.statement is None:
                del self._subjects[name]
                return

    def close(self, content: bytes, kind: str, id: str, subject: Subject | None) -> bytes:
        seal = self._vault.seal_of_nobody(id) if subject is None else subject.seal
        return seal.close(content, kind, id)

    def reload(self) -> None:
        """Another process may have destroyed keys. What is still being written stays."""
        for name in [each for each, of in self._subjects.items() if of.statement is None]:
            del self._subjects[name]

    def _new_subject(self, tag: bytes) -> Subject:
        """Its number is drawn, so that nobody need ask the store for the next one."""
        wrapped, seal = self._vault.new_key(tag)
        number = secrets.randbits(62)
        return Subject(number, seal, (_PUT, (number, tag, wrapped, micros())))

    def _row(self, made: Made, subject: Subject | None) -> Row:
        """Beside hashes stands what the texts mentioned; of sealed texts that can be asked."""
        program, mentioned = made.program, None
        if self.mode == "sealed":
            facts = self.close(made.asked, "decision", made.id, subject)
        else:
            case = engine.withheld(program, made.case, made.decision, self._vault.hashing)
            facts = msgspec.json.encode({"input": case})
            found = engine.mentioned(program, made.case, made.decision)
            mentioned = msgspec.json.encode(found).decode() if found else None
        return (
            made.id,
            made.at,
            program.name,
            program.version,
            None if subject is None else subject.id,
            made.record,
            mentioned,
            facts,
            int(self.mode == "sealed"),
        )


def find(db: Database, vault: Vault, id: str) -> Found | None:
    row = next(iter(db.query(f"{_SELECT} WHERE journal.id = ?", [id])), None)
    return None if row is None else _found(db, row, vault)


def between(
    db: Database,
    vault: Vault,
    since: int,
    until: int,
    *,
    policy: str | None = None,
    subject: str | None = None,
    after: str = "",
    most: int = -1,
) -> Iterator[Found]:
    """In the order in which they were made, behind the id `after` and at most so many. Of who was
    forgotten nothing is found."""
    where = "journal.id >= ? AND journal.id < ? AND journal.id > ?"
    values: list[str | bytes | int] = [first_id(since), first_id(until), after]
    if policy is not None:
        where, values = f"{where} AND policy = ?", [*values, policy]
    if subject is not None:
        where, values = f"{where} AND subjects.tag = ?", [*values, vault.tag(subject)]
    ordered = "ORDER BY journal.id LIMIT ?"
    for row in db.query(f"{_SELECT} WHERE {where} {ordered}", [*values, most]):
        yield _found(db, row, vault)


_SELECT = (
    "SELECT journal.*, subjects.tag, subjects.key"
    " FROM journal LEFT JOIN subjects ON subjects.id = journal.subject"
)


def _found(db: Database, row: Mapping[str, Any], vault: Vault) -> Found:
    asked, gone = _asked(row, vault)
    if asked is not None and "book" in asked:
        asked = again.case(db, vault, asked["book"])
        gone = gone if asked is not None else "the book has the span no more"
    record = json.loads(row["record"])
    mentioned = json.loads(row["mentioned"]) if row["mentioned"] else {}
    return Found(row["id"], row["at"], record, mentioned, asked, gone)


def _asked(row: Mapping[str, Any], vault: Vault) -> tuple[dict[str, Any] | None, str | None]:
    if row["facts"] is None or (row["subject"] is not None and row["key"] is None):
        return None, "the subject was forgotten"
    if not row["sealed"]:
        return json.loads(row["facts"]), "message not kept: sensitive facts are kept as hashes"
    opened = opened_by(vault, row["facts"], "decision", row["id"], row["tag"], row["key"])
    if opened is None:
        return None, "the facts do not open: they were changed"
    return json.loads(opened), None


def opened_by(
    vault: Vault, sealed: bytes, kind: str, id: str, tag: bytes | None, key: bytes | None
) -> bytes | None:
    """By the key of a subject, where there are its tag and key, or by that of nobody."""
    if tag is None or key is None:
        return vault.seal_of_nobody(id).open(sealed, kind, id)
    try:
        return vault.seal_of(tag, key).open(sealed, kind, id)
    except InvalidTag:
        return None


OF_SEVERAL = 0
"""The subject of what belongs to more than one: it goes when any of them is forgotten."""


def forget(db: Database, actor: str, vault: Vault, subject: str) -> int | None:
    """Destroys the key of a subject, what was made of its texts, what was kept for retries, and
    the reports of replays, which show cases of many. Gives how many decisions lost their facts;
    None where nothing is known of the subject.

    The row stays, without tag and key, so that a decision that is on its way cannot bring the key
    back.
    """
    tag = vault.tag(subject)
    row = db.execute("SELECT id FROM subjects WHERE tag = ?", [tag]).fetchone()
    if row is None:
        return None
    id = row[0]
    count: int = db.table("journal").count_where("subject = ?", [id])
    db.execute("UPDATE subjects SET tag = NULL, key = NULL WHERE id = ?", [id])
    db.execute("DELETE FROM answers WHERE subject IN (?, ?)", [id, OF_SEVERAL])
    db.execute("UPDATE journal SET facts = NULL, mentioned = NULL WHERE subject = ?", [id])
    db.execute(
        "UPDATE replays SET state = 'forgotten', report = NULL WHERE state IN ('running', 'done')"
    )
    audit.append(db, actor, "forgotten", {"subject": tag.hex(), "decisions": count})
    return count


def drop_older(db: Database, than: int, most: int) -> int:
    """At most so many decisions made before this instant, so that no write waits long."""
    end = first_id(than)
    db.execute("DELETE FROM differences WHERE id < ?", [end])
    return db.execute(
        "DELETE FROM journal WHERE id IN (SELECT id FROM journal WHERE id < ? LIMIT ?)",
        [end, most],
    ).rowcount


def _idle(store: Store, than: int) -> list[int]:
    found = store.reader().execute(f"SELECT id FROM subjects WHERE since < ? AND {_UNUSED}", [than])
    return [id for (id,) in found.fetchall()]


def _drop(db: Database, ids: Sequence[int]) -> None:
    db.conn.executemany(f"DELETE FROM subjects WHERE id = ? AND {_UNUSED}", [(id,) for id in ids])
