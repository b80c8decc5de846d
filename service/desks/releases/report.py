"""A release to what the policy says of how it went: the evaluation of the document."""

from service.desks.releases import kept
from service.desks.releases.kept import Release
from service.desks.releases.rules import Facts
from service.desks.releases.steps import Desk
from service.desks.releases.told import active, short

DECISION = "release_report"
QUALITY = ("escaped_defects", "override_rate", "complaint_rate")


def report(desk: Desk, release: Release) -> Facts:
    """With what was measured before and after. Whether what is live is what was approved is said of
    the release that is live alone."""
    live = active(desk, release.program, release.policy)
    is_live = live is not None and live["release"] == release.id
    before, after = _before(desk, release), _quality(release.facts.get("signals", {}))
    said = desk.rules.says(
        DECISION,
        release=release.known,
        state=release.state,
        active=_activated(release, live),
        before=before,
        after=after,
        trusted=desk.trusted(release.policy),
    )
    bound = said.pop("bound_as_approved")
    return {
        **short(release),
        "carried_out_at": release.facts.get("carried_out_at"),
        "before": before,
        "after": after,
        **said,
        **({"bound_as_approved": bound} if is_live else {}),
    }


def _activated(release: Release, live: Facts | None) -> Facts:
    """What is live in its program, with what it is live by."""
    found = live or {}
    return {
        "content_hash": found.get("content_hash", ""),
        "program": release.program,
        "scope": found.get("scope") or "",
        "floors": found.get("floors", []),
    }


def _before(desk: Desk, release: Release) -> Facts:
    """The baselines that its signals carry; defects as the release before it had them last."""
    signals = release.facts.get("signals", {})
    baselines = {name: signals.get(f"baseline_{name}") for name in QUALITY}
    earlier = [
        each
        for each in kept.every(desk.db, 0, release.number)
        if each.number < release.number
        and each.program == release.program
        and "activated_at" in each.facts
    ]
    if earlier:
        last = _quality(earlier[-1].facts.get("signals", {}))
        baselines["escaped_defects"] = last.get("escaped_defects")
    return {name: value for name, value in baselines.items() if value is not None}


def _quality(signals: Facts) -> Facts:
    return {name: signals[name] for name in QUALITY if name in signals}
