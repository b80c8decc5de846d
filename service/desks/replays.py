"""Decisions of the journal as the rows of a history, and the versions that made them."""

from collections.abc import Callable, Collection, Iterator

from sqlite_utils import Database

import engine
from engine import By, PolicyError, Program, Row, Said
from service.desks.journal import Found, between
from service.ids import first_id
from service.vault import Vault

HYPOTHETICAL = "it was hypothetical: a version was tried out"


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
    it. `keep` are columns by which they are counted."""
    for found in between(db, vault, since, until, policy=policy):
        yield _row(found, keep) if found.record["decision"] == decision else None


def how_many(db: Database, policy: str, since: int, until: int) -> int:
    where = "policy = ? AND id >= ? AND id < ?"
    return db.table("journal").count_where(where, [policy, first_id(since), first_id(until)])


def finder(
    db: Database, policy: str, hashed: Callable[[str], Program | None] = lambda _: None
) -> Callable[[By], Program | None]:
    """What decided a row: by its hash, as the store keeps it."""

    def find(by: By) -> Program | None:
        loaded = hashed(by.hash)
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


def _row(found: Found, keep: Collection[str]) -> Row:
    record = found.record
    of = record["policy"]
    gone = HYPOTHETICAL if record.get("hypothetical") else found.gone
    asked = found.asked
    return Row(
        found.id,
        None if gone is not None or asked is None else asked["input"],
        engine.parse_instant(record["as_of"]),
        Said(record["outcome"], record["basis"], tuple(record["determining"])),
        By(of["version"], of["hash"]),
        gone,
        more={"version": of["version"]} if "version" in keep else {},
    )
