"""`bylaw forget`: the facts about one person, gone."""

import time
from typing import TYPE_CHECKING

import click

from engine.cli.screen import Wrong, counted, say
from service.cli.opened import actor, existing, settings, vault_of, written
from service.settings import Settings

if TYPE_CHECKING:
    from service.store.sqlite import Database

_TRIES, _PAUSE = 100, 0.1


@click.command(
    epilog="""\b
Example:
  bylaw forget customer-4711
"""
)
@click.argument("subject")
@settings("store", "secret")
def forget(settings: Settings, subject: str) -> None:
    """Destroy the key of SUBJECT, and with it the facts of every case about it.

    The decisions, the hashes of their policies and their rules stay. Copies of the store that were
    made before still hold the key: see that they do not live long.
    """
    from service.desks import journal

    store, vault = existing(settings), vault_of(settings)
    with written(store) as db:
        count = journal.forget(db, actor(), vault, subject)
    if count is None:
        say("nothing is known of this subject")
        return
    say(f"forgotten: the facts of {counted(count, 'decision')}")
    if not _emptied(store.reader()):
        raise Wrong(
            "the key is destroyed, and may still stand in what the store has not tidied away yet",
            "somebody reads the store for long, as an export does; forget again when that is done",
        )


def _emptied(db: "Database") -> bool:
    """Whether nothing of the key is left in the log that SQLite writes first."""
    db.execute("PRAGMA busy_timeout = 50")
    for _ in range(_TRIES):
        (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return True
        time.sleep(_PAUSE)
    return False
