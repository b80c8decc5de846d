"""What time alone does to releases, and files that change under them: carried out by the desk
itself, whenever it looks."""

from service.desks.releases import kept
from service.desks.releases.kept import Release
from service.desks.releases.rules import rules
from service.desks.releases.steps import (
    CLOCK,
    Desk,
    NotAllowedError,
    happen,
    make_so,
    pass_time,
    stands_otherwise,
    time_changes,
)
from service.shelf import Shelf
from service.store.sqlite import Database


def releases_due(db: Database, shelf: Shelf, now: int) -> bool:
    """Whether a look would change anything; it only reads."""
    if not kept.any_unended(db):
        return False
    asked = rules(db, shelf, now)
    return asked is not None and _is_due(Desk(db, asked, shelf))


def look_at_releases(db: Database, shelf: Shelf, now: int) -> list[Release]:
    """In one transaction. Those that are not what they were."""
    asked = rules(db, shelf, now) if kept.any_unended(db) else None
    return [] if asked is None else _look(Desk(db, asked, shelf))


def _is_due(desk: Desk) -> bool:
    return any(
        time_changes(desk, each) or stands_otherwise(desk, each) or _may_be_edited(desk, each)
        for each in kept.unended(desk.db)
    )


def _look(desk: Desk) -> list[Release]:
    """What a release makes live is looked at, too: a window may have closed because a clock was
    set."""
    changed = []
    for release in kept.unended(desk.db):
        after = pass_time(desk, release)
        if _may_be_edited(desk, after):
            after = _edited(desk, after)
        make_so(desk, after, desk.standing(after))
        if after != release:
            changed.append(after)
    return changed


def _may_be_edited(desk: Desk, release: Release) -> bool:
    """Whether the candidate is not what was proposed, and that would matter to the release."""
    found = desk.candidate(release.policy, release.version)
    if found is None or found.content_hash == release.hash:
        return False
    decided = desk.rules.steps(release.known, release.state, {"name": "edit"})
    return decided.basis == "transition"


def _edited(desk: Desk, release: Release) -> Release:
    try:
        return happen(desk, release, {"name": "edit"}, CLOCK)
    except NotAllowedError:
        return release
