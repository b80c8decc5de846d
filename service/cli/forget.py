"""`bylaw forget`: the facts about one person, gone."""

import click

from engine.cli.screen import counted, say
from service.cli.opened import actor, existing, settings, vault_of, written
from service.settings import Settings


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
    store.reader().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if count is None:
        say("nothing is known of this subject")
    else:
        say(f"forgotten: the facts of {counted(count, 'decision')}")
