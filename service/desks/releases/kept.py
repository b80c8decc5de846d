"""Releases as the store keeps them: rows to values and back."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import rfc8785

from service.desks.releases.rules import Facts, Rules
from service.store.sqlite import Database


@dataclass(frozen=True)
class Release:
    """`facts` are what the policy wants kept of it, but for the manifest. `evidence` has the hash
    of each part as it was gathered, and `against` that of the version it was compared with."""

    number: int
    program: str
    policy: str
    version: str
    hash: str
    state: str
    revision: int
    manifest: Facts
    facts: Facts
    evidence: Mapping[str, str]
    against: str | None

    @property
    def id(self) -> str:
        return f"REL-{self.number:04}"

    @property
    def manifest_hash(self) -> str:
        """Of the manifest as it stands now; no two releases have the same."""
        return hash_of({"release": self.id, "manifest": self.manifest})

    @property
    def known(self) -> Facts:
        """As the policy's record has it."""
        return {**self.facts, "manifest": self.manifest, "manifest_hash": self.manifest_hash}

    def after(self, state: str, given: Facts) -> "Release":
        facts = {
            name: value for name, value in {**self.facts, **given}.items() if value is not None
        }
        return replace(self, state=state, facts=facts)


@dataclass(frozen=True)
class Step:
    """Something that happened to a release."""

    at: int
    actor: str
    event: str
    before: str
    after: str
    reasons: tuple[str, ...]


def hash_of(value: Any) -> str:
    """Of its canonical form, as RFC 8785 writes it."""
    return "sha256:" + hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def add(
    db: Database,
    manifest: Facts,
    facts: Facts,
    state: str,
    evidence: Mapping[str, str],
    against: str | None,
) -> Release:
    number = int(db.execute("SELECT coalesce(max(number), 0) + 1 FROM releases").fetchone()[0])
    release = Release(
        number,
        manifest["program"],
        manifest["policy"],
        manifest["version"],
        manifest["content_hash"],
        state,
        0,
        manifest,
        facts,
        evidence,
        against,
    )
    db.table("releases").insert(_row(release, ended=False))
    return release


def save(db: Database, rules: Rules, release: Release) -> Release:
    changed = replace(release, revision=release.revision + 1)
    row = _row(changed, ended=rules.is_final(changed.state))
    db.table("releases").update(changed.number, row)
    return changed


def find(db: Database, id: str) -> Release | None:
    kind, _, number = id.partition("-")
    if kind != "REL" or not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    rows = db.table("releases").rows_where("number = ?", [int(number)])
    found = next(map(_read, rows), None)
    return found if found is not None and found.id == id else None


def states_of(db: Database, policy: str, hash: str, but: int) -> list[str]:
    """What the releases of a version that were ever live came to, but for one of them."""
    rows = db.execute(
        "SELECT DISTINCT state FROM releases WHERE policy = ? AND hash = ? AND number <> ?"
        " AND json_extract(facts, '$.activated_at') IS NOT NULL ORDER BY state",
        [policy, hash, but],
    )
    return [str(state) for (state,) in rows.fetchall()]


def unended(db: Database, program: str | None = None) -> list[Release]:
    rows = db.table("releases").rows_where("NOT ended", order_by="number")
    return [each for each in map(_read, rows) if program in (None, each.program)]


def any_unended(db: Database) -> bool:
    return db.execute("SELECT 1 FROM releases WHERE NOT ended LIMIT 1").fetchone() is not None


def every(db: Database, after: int, most: int) -> list[Release]:
    rows = db.table("releases").rows_where("number > ?", [after], order_by="number", limit=most)
    return [_read(row) for row in rows]


def note(db: Database, release: Release, step: Step) -> None:
    told = {
        "release": release.number,
        "at": step.at,
        "actor": step.actor,
        "event": step.event,
        "from_state": step.before,
        "to_state": step.after,
        "reasons": json.dumps(step.reasons, ensure_ascii=False),
    }
    db.table("release_steps").insert(told)


def steps(db: Database, release: Release) -> list[Step]:
    rows = db.table("release_steps").rows_where("release = ?", [release.number], order_by="seq")
    return [
        Step(
            row["at"],
            row["actor"],
            row["event"],
            row["from_state"],
            row["to_state"],
            tuple(json.loads(row["reasons"])),
        )
        for row in rows
    ]


def keep_evidence(db: Database, parts: Mapping[str, Facts], at: int) -> dict[str, str]:
    """By hash: the same evidence is kept once."""
    hashes = {name: hash_of(part) for name, part in parts.items()}
    for name, hash in hashes.items():
        body = rfc8785.dumps(parts[name]).decode()
        row = {"hash": hash, "part": name, "body": body, "since": at}
        db.table("evidence").insert(row, ignore=True)
    return hashes


def evidence_of(db: Database, release: Release) -> dict[str, Facts]:
    """Each part that is still what it was when it was hashed."""
    found = {}
    for name, hash in release.evidence.items():
        row = db.execute("SELECT body FROM evidence WHERE hash = ?", [hash]).fetchone()
        body = None if row is None else _parsed(row[0])
        if body is not None and hash_of(body) == hash:
            found[name] = body
    return found


def live_hash(db: Database, policy: str) -> str | None:
    row = db.execute("SELECT hash FROM live WHERE name = ?", [policy]).fetchone()
    return None if row is None else str(row[0])


def _parsed(text: str) -> Facts | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _row(release: Release, *, ended: bool) -> Facts:
    return {
        "number": release.number,
        "program": release.program,
        "policy": release.policy,
        "version": release.version,
        "hash": release.hash,
        "state": release.state,
        "ended": int(ended),
        "revision": release.revision,
        "manifest": json.dumps(release.manifest, ensure_ascii=False),
        "facts": json.dumps(release.facts, ensure_ascii=False),
        "evidence": json.dumps(dict(release.evidence)),
        "against": release.against,
    }


def _read(row: Mapping[str, Any]) -> Release:
    return Release(
        row["number"],
        row["program"],
        row["policy"],
        row["version"],
        row["hash"],
        row["state"],
        row["revision"],
        json.loads(row["manifest"]),
        json.loads(row["facts"]),
        json.loads(row["evidence"]),
        row["against"],
    )
