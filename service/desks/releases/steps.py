"""One step of a release: the policy says what becomes of it, what is then live, who hears of it and
what the audit keeps; all of it is written in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine import Decision, Program
from service.desks import audit, feed, policies
from service.desks.releases import kept
from service.desks.releases.kept import Release, Step
from service.desks.releases.rules import Facts, Rules
from service.shelf import Shelf
from service.store.sqlite import Database

CLOCK = "the clock"
_MOST_TRUSTED = 200
"""As the release policy bounds them."""


@dataclass(eq=False)
class RefusedError(Exception):
    """`violations` are all that object, each with a code and a text."""

    what: str
    violations: Sequence[Facts]


@dataclass(eq=False)
class NotAllowedError(Exception):
    """The release does not move: why, and by which events it would."""

    why: str
    allowed: Sequence[str]


@dataclass(frozen=True)
class Desk:
    """`shelf` has the candidates as they stand now."""

    db: Database
    rules: Rules
    shelf: Shelf

    def candidate(self, policy: str, version: str) -> Program | None:
        return self.shelf.version(policy, version)

    def trusted(self, policy: str, changed: Release | None = None) -> list[Facts]:
        """The versions that may be restored, the one that was live last first. `changed` is a
        release as it will be."""
        lived = self.db.query(
            "SELECT hash, version, max(seq) AS last, max(release IS NULL) AS seeded FROM lived"
            " WHERE name = ? GROUP BY hash ORDER BY last DESC",
            [policy],
        )
        found = [
            {"version": row["version"], "hash": row["hash"]}
            for row in list(lived)
            if self._is_trusted(policy, row["hash"], bool(row["seeded"]), changed)
        ]
        return found[:_MOST_TRUSTED]

    def _is_trusted(self, policy: str, hash: str, seeded: bool, changed: Release | None) -> bool:
        states = kept.states_of(self.db, policy, hash, 0 if changed is None else changed.number)
        if changed is not None and changed.hash == hash and "activated_at" in changed.facts:
            states = [*states, changed.state]
        return bool(self.rules.says("trust", seeded=seeded, states=states))

    def registry(self, release: Release) -> Facts:
        """What is known of the candidate, whatever its manifest claims. What was compared with
        something else than what is live counts for nothing."""
        found = self.candidate(release.policy, release.version)
        evidence = kept.evidence_of(self.db, release)
        findings = evidence.get("findings", {})
        if release.against != kept.live_hash(self.db, release.policy):
            evidence = {"findings": findings} if findings else {}
        hashes = {f"{part}_hash": release.evidence[part] for part in evidence}
        told = {
            "policy": release.policy,
            "version": release.version,
            "content_hash": "" if found is None else found.content_hash,
            "subjects": [] if found is None else list(found.governs),
            "open_findings": findings.get("open", 0),
            "trusted": self.trusted(release.policy),
            **hashes,
        }
        return (
            told if "broken" not in findings else {**told, "broken_guarantees": findings["broken"]}
        )

    def violations(self, release: Release) -> list[Facts]:
        """The guardrails of its manifest that are broken as things stand."""
        return self.rules.broken(
            "manifest_guardrails", manifest=release.manifest, registry=self.registry(release)
        )

    def standing(self, release: Release) -> Facts:
        """What it makes live, now."""
        found: Facts = self.rules.says(
            "standing",
            release=release.known,
            state=release.state,
            trusted=self.trusted(release.policy, release),
        )
        return found


def happen(
    desk: Desk,
    release: Release,
    event: Facts,
    actor: str,
    objections: Sequence[Facts] = (),
    because: tuple[str, ...] = (),
) -> Release:
    """The release after the event. `because` says why it came to the event."""
    if desk.rules.is_final(release.state):
        objections = ()  # all that there is to say is that it is over
    if objections:
        raise RefusedError(event["name"], objections)
    decided = desk.rules.steps(release.known, release.state, event)
    if decided.basis != "transition":
        why = "; ".join(each.text for each in decided.reasons)
        raise NotAllowedError(f"{release.id} is {release.state}: {why}", decided.allowed)
    return _moved(desk, release, decided, event["name"], actor, because)


def propose(desk: Desk, release: Release, actor: str) -> Release:
    """The first step, which no event leads to."""
    return _carried_out(desk, release, release, "propose", actor, ())


def pass_time(desk: Desk, release: Release) -> Release:
    """The release after all that time alone has done to it."""
    decided = desk.rules.steps(release.known, release.state, None)
    if not _changes(release, decided):
        return release
    return _moved(desk, release, decided, decided.determining[-1], CLOCK)


def time_changes(desk: Desk, release: Release) -> bool:
    return _changes(release, desk.rules.steps(release.known, release.state, None))


def stands_otherwise(desk: Desk, release: Release) -> bool:
    """Whether something else is live than what the release makes live."""
    standing = desk.standing(release)
    live = kept.live_hash(desk.db, release.policy)
    return _has_a_say(standing) and bool(standing.get("hash") != live)


def make_so(desk: Desk, release: Release, standing: Facts) -> None:
    """What is live is what the release makes live, where it has a say in it."""
    if not _has_a_say(standing) or standing.get("hash") == kept.live_hash(desk.db, release.policy):
        return
    if "hash" not in standing:
        policies.end_live(desk.db, release.id, release.policy, desk.rules.now)
        return
    policies.restore(desk.db, release.id, standing["hash"], release.number, desk.rules.now)


def _has_a_say(standing: Facts) -> bool:
    return bool(standing["in_force"] != "unchanged")


def _changes(release: Release, decided: Decision) -> bool:
    if decided.basis != "deadline":
        return False
    return release.after(decided.outcome["state"], decided.outcome["set"]) != release


def _moved(
    desk: Desk,
    release: Release,
    decided: Decision,
    event: str,
    actor: str,
    because: tuple[str, ...] = (),
) -> Release:
    after = release.after(decided.outcome["state"], decided.outcome["set"])
    said = [each.text for each in decided.reasons if each.text not in decided.determining]
    return _carried_out(desk, release, after, event, actor, (*because, *said))


def _carried_out(
    desk: Desk, before: Release, after: Release, event: str, actor: str, reasons: tuple[str, ...]
) -> Release:
    db, rules = desk.db, desk.rules
    standing = desk.standing(after)
    if "end_due_at" in after.facts and "carried_out_at" not in after.facts:
        after = replace(after, facts={**after.facts, "carried_out_at": rules.instant})
    after = kept.save(db, rules, after)
    kept.note(db, after, Step(rules.now, actor, event, before.state, after.state, reasons))
    audit.append(db, actor, f"release-{event}", _kept_for_audit(desk, after, standing), rules.now)
    make_so(desk, after, standing)
    _tell(desk, before, after, event, actor, reasons, standing)
    return after


def _kept_for_audit(desk: Desk, release: Release, standing: Facts) -> Facts:
    told = desk.rules.says("audit", release=release.known, state=release.state, standing=standing)
    return {"release": release.id, **told}


def _tell(
    desk: Desk,
    before: Release,
    after: Release,
    event: str,
    actor: str,
    reasons: tuple[str, ...],
    standing: Facts,
) -> None:
    db, rules = desk.db, desk.rules
    happened = {
        "release": after.id,
        "program": after.program,
        "policy": after.policy,
        "version": after.version,
        "event": event,
        "actor": actor,
        "from_state": before.state,
        "to_state": after.state,
        "reasons": list(reasons),
        "in_force": standing["in_force"],
        "live_version": standing.get("version"),
    }
    feed.append(db, rules.now, "release", after.program, happened)
    step = {"from": before.state, "to": after.state}
    for notice in rules.says("notices", release=after.known, step=step, standing=standing):
        told = {"release": after.id, "program": after.program, **notice}
        feed.append(db, rules.now, "release_notice", after.program, told)
