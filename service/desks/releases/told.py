"""A release to what is told of it."""

from typing import Any

import engine
from service.desks.releases import kept
from service.desks.releases.kept import Release
from service.desks.releases.rules import Facts
from service.desks.releases.steps import Desk
from service.store.sqlite import Database


def short(release: Release) -> Facts:
    """As it stands in a list. Instants and persons are null where there are none yet."""
    facts, manifest = release.facts, release.manifest
    return {
        "id": release.id,
        "program": release.program,
        "policy": release.policy,
        "version": release.version,
        "content_hash": release.hash,
        "state": release.state,
        "author": manifest["author"],
        "approver": facts.get("approval", {}).get("by"),
        "valid_from": manifest["valid_from"],
        "valid_until": facts.get("valid_until", manifest["valid_until"]),
        "proposed_at": facts["proposed_at"],
        "approved_at": facts.get("approved_at"),
        "activated_at": facts.get("activated_at"),
        "ended_at": facts.get("end_due_at"),
    }


def whole(db: Database, release: Release) -> Facts:
    """With its manifest, the evidence itself, and all that happened to it."""
    return {
        **short(release),
        "manifest": release.manifest,
        "manifest_hash": release.manifest_hash,
        "evidence": kept.evidence_of(db, release),
        "approval": release.facts.get("approval"),
        "signals": release.facts.get("signals"),
        "warned": release.facts.get("warned", False),
        "held": release.facts.get("held", False),
        "renewals": release.facts.get("renewals", 0),
        "carried_out_at": release.facts.get("carried_out_at"),
        "history": [_step(each) for each in kept.steps(db, release)],
    }


def active(desk: Desk, program: str, policy: str) -> Facts | None:
    """What is live in a program, and by which release; None where nothing is."""
    row = next(iter(desk.db.table("live").rows_where("name = ?", [policy])), None)
    if row is None:
        return None
    told: Facts = {
        "program": program,
        "policy": policy,
        "version": row["version"],
        "content_hash": row["hash"],
        "since": engine.write_instant(row["since"]),
        "release": None,
        "scope": None,
        "floors": [],
        "valid_until": None,
    }
    for release in kept.unended(desk.db, program):
        if desk.standing(release).get("hash") == release.hash == row["hash"]:
            own = {"release": release.id, "valid_until": short(release)["valid_until"]}
            manifest = {"scope": release.manifest["scope"], "floors": release.manifest["floors"]}
            return {**told, **own, **manifest}
    return told


def _step(step: kept.Step) -> dict[str, Any]:
    return {
        "at": engine.write_instant(step.at),
        "actor": step.actor,
        "event": step.event,
        "from_state": step.before,
        "to_state": step.after,
        "reasons": list(step.reasons),
    }
