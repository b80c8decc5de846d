"""What a person, or a live figure, does to a release: the release policy says whether it may be,
with everything that objects, and the step is carried out."""

from dataclasses import dataclass
from typing import Any

from engine import Decision
from service.desks import policies
from service.desks.releases import kept
from service.desks.releases.evidence import Gathered
from service.desks.releases.kept import Release
from service.desks.releases.rules import Facts
from service.desks.releases.steps import (
    Desk,
    NotAllowedError,
    RefusedError,
    happen,
    pass_time,
)
from service.desks.releases.steps import propose as begin


@dataclass(frozen=True)
class Person:
    """Who does it, and in which roles of the release policy that person may approve."""

    name: str
    roles: tuple[str, ...] = ()


def propose(desk: Desk, person: Person, manifest: Facts, gathered: Gathered) -> Release:
    """A release whose manifest breaks no guardrail. What is left out of it is what the policy asks
    for at the least."""
    evidence = kept.keep_evidence(desk.db, gathered.parts, desk.rules.now)
    hashes = {f"{part}_hash": hash for part, hash in evidence.items()}
    manifest = {
        **manifest,
        "author": person.name,
        "evidence": {**gathered.told, **hashes},
    }
    candidate = desk.candidate(manifest["policy"], manifest["version"])
    if candidate is not None:
        desk.db.conn.execute(*policies.kept(candidate))
    facts = {"proposed_at": desk.rules.instant}
    initial, against = desk.rules.initial, gathered.against
    made = kept.add(desk.db, manifest, facts, initial, evidence, against)
    violations = desk.violations(made)
    if violations:
        raise RefusedError("propose", violations)
    return begin(desk, made, person.name)


def filled(desk: Desk, told: Facts) -> Facts:
    """A manifest with what the policy asks of one at the least, where that is not said."""
    policy, version = told["policy"], told["version"]
    found = desk.candidate(policy, version)
    hash = "" if found is None else found.content_hash
    program = told.get("program") or desk.rules.program_of(policy)
    packet = desk.rules.says(
        "packet", program=program, content_hash=hash, trusted=desk.trusted(policy)
    )
    given = {name: value for name, value in packet.items() if name != "policy"}
    own = {"program": program, "content_hash": hash, "valid_from": desk.rules.instant}
    return {**given, **own, **told}


def inspect(desk: Desk, person: Person, release: Release) -> Release:
    """Somebody who may approve has opened it. What that is to the release the policy says."""
    release = pass_time(desk, release)
    try:
        return happen(desk, release, {"name": "inspect", "by": person.name}, person.name)
    except NotAllowedError:
        return release


def approve(desk: Desk, person: Person, release: Release, told: Facts) -> Release:
    release = pass_time(desk, release)
    approval = {**told, "by": person.name, "roles": list(person.roles)}
    violations = desk.violations(release)
    objections = desk.rules.broken(
        "approval", release=release.known, approval=approval, violations=violations
    )
    event = {"name": "approve", "approval": approval}
    return happen(desk, release, event, person.name, [*violations, *objections])


def activate(desk: Desk, person: Person, release: Release) -> Release:
    """What is live in its program until now is live no more, in the same transaction."""
    release = pass_time(desk, release)
    violations = desk.violations(release)
    objections = desk.rules.broken("activation", release=release.known, violations=violations)
    event = {"name": "activate"}
    active = happen(desk, release, event, person.name, [*violations, *objections])
    for other in kept.unended(desk.db, release.program):
        if other.number != active.number:
            _supersede(desk, person, other)
    return active


def renew(desk: Desk, person: Person, release: Release, told: Facts) -> Release:
    release = pass_time(desk, release)
    renewal = {**told, "by": person.name, "roles": list(person.roles)}
    objections = desk.rules.broken(
        "renewal",
        release=release.known,
        renewal=renewal,
        trusted=desk.trusted(release.policy),
    )
    event = {"name": "renew", "renewal": renewal}
    return happen(desk, release, event, person.name, objections)


def roll_back(desk: Desk, person: Person, release: Release, reason: str) -> Release:
    release = pass_time(desk, release)
    event = {"name": "roll_back", "by": person.name, "reason": reason}
    return happen(desk, release, event, person.name)


def withdraw(desk: Desk, person: Person, release: Release) -> Release:
    return happen(desk, pass_time(desk, release), {"name": "withdraw"}, person.name)


def observe(
    desk: Desk, person: Person, program: str, signals: Facts
) -> tuple[Release, Decision] | None:
    """What the policy says of live figures, and the release that it was done to; None where no
    release of the program is live."""
    release = live_release(desk, program)
    if release is None:
        return None
    facts = release.facts
    watch = {
        "program": program,
        "floors": release.manifest.get("floors", []),
        "silent_since": facts.get("complete_at", facts["activated_at"]),
    }
    verdict = desk.rules.decides("monitoring", watch=watch, signals=signals)
    event = {"name": "observe", "act": verdict.outcome["act"], "signals": signals}
    because = tuple(each.text for each in verdict.reasons)
    return happen(desk, release, event, person.name, because=because), verdict


def live_release(desk: Desk, program: str) -> Release | None:
    """The one that is live in the program, after all that time has done to it."""
    for release in kept.unended(desk.db, program):
        after = pass_time(desk, release)
        standing: Any = desk.standing(after)
        if standing.get("hash") == after.hash:
            return after
    return None


def _supersede(desk: Desk, person: Person, release: Release) -> None:
    """Where the policy lets it be; a release that is not live yet stays what it is."""
    try:
        happen(desk, release, {"name": "supersede"}, person.name)
    except NotAllowedError:
        return
