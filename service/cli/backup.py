"""`bylaw backup` and `bylaw restore`: the store to a file while the service runs, and back."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import click

from engine.cli.screen import Wrong, counted, say
from service.cli.opened import existing, settings
from service.settings import Settings


@click.command(
    epilog="""\b
Example:
  bylaw backup bylaw-2026-01-15.db
"""
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@settings("store")
def backup(settings: Settings, file: Path) -> None:
    """Copy the store to FILE, whole and checked, while the service goes on.

    The store's secret is not copied: keep it somewhere else, for both together tell every fact.
    """
    if file.exists():
        raise Wrong(f"`{file}` is there already", "name a new file")
    store = existing(settings)
    file.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(file)) as copy:
            store.reader().conn.backup(copy, pages=1000)
            copy.execute("PRAGMA journal_mode = DELETE")
        decisions = _checked(file)
        _synced(file)
    except (sqlite3.Error, OSError) as error:
        file.unlink(missing_ok=True)
        raise Wrong(f"the store cannot be copied: {error}") from error
    say(f"{counted(decisions, 'decision')} in {file}")


@click.command(
    epilog="""\b
Example:
  bylaw restore bylaw-2026-01-15.db --store bylaw.db
"""
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@settings("store", "secret")
def restore(settings: Settings, file: Path) -> None:
    """Make a store of the copy FILE; no store may be there, and no service run.

    Who was forgotten since the copy was made must be forgotten again.
    """
    if settings.store.exists():
        raise Wrong(
            f"the store `{settings.store}` is there",
            "stop the service and move it away, with its `-wal` and `-shm`",
        )
    if not settings.secret_file.exists():
        raise Wrong(
            f"the secret `{settings.secret_file}` of the store is not there",
            "put it back from where you keep it; without it no fact in the store can be read",
        )
    unfinished = settings.store.with_name(f"{settings.store.name}.unfinished")
    try:
        decisions = _checked(file)
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        shutil.copyfile(file, unfinished)
        _synced(unfinished)
        unfinished.replace(settings.store)
    except (sqlite3.Error, OSError) as error:
        unfinished.unlink(missing_ok=True)
        raise Wrong(f"`{file}` cannot be restored: {error}") from error
    existing(settings)
    say(f"{counted(decisions, 'decision')} in {settings.store}")


def _checked(file: Path) -> int:
    """How many decisions it has; an error of SQLite where it is no whole store."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as db:
        (found,) = db.execute("PRAGMA integrity_check").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        return int(db.execute("SELECT count(*) FROM journal").fetchone()[0])


def _synced(file: Path) -> None:
    with file.open("rb+") as handle:
        os.fsync(handle.fileno())
