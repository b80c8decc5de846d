"""`bylaw backup` and `bylaw restore`: the store to a file while the service runs, and back."""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import click

from engine.cli.screen import Wrong, counted, say
from service.cli.opened import existing, secret_checked, settings
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
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        with closing(sqlite3.connect(unfinished)) as copy:
            store.reader().conn.backup(copy)  # in one step: who writes meanwhile is not waited for
            copy.execute("PRAGMA journal_mode = DELETE")
        decisions = _checked(unfinished)
        _put_in_place(unfinished, file)
    except (sqlite3.Error, OSError) as error:
        raise _cannot(f"the store cannot be copied to `{file}`", error) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
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

    Who was forgotten since the copy was made must be forgotten again. Keys that were revoked since
    then are good again, and what was live then is live.
    """
    for end in ("", "-wal", "-shm"):
        there = settings.store.with_name(settings.store.name + end)
        if there.exists():
            raise Wrong(
                f"`{there}` is there, of another store",
                "stop the service and move the store away, with its `-wal` and `-shm`",
            )
    unfinished = settings.store.with_name(f"{settings.store.name}.unfinished")
    try:
        decisions = _checked(file)
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        shutil.copyfile(file, unfinished)
        with closing(sqlite3.connect(unfinished)) as copy:
            secret_checked(settings, copy)
        _put_in_place(unfinished, settings.store)
    except (sqlite3.Error, OSError) as error:
        raise _cannot(f"`{file}` cannot be restored to `{settings.store}`", error) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    existing(settings)
    say(f"{counted(decisions, 'decision')} in {settings.store}")
    say(_REMINDER, error=True)


_REMINDER = """\
all is as it was when the copy was made: revoke again what was revoked since (`bylaw keys list`),
say again what is live (`bylaw live`), and forget again who was forgotten"""


def _checked(file: Path) -> int:
    """How many decisions it has; an error of SQLite where it is no whole store."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as db:
        (found,) = db.execute("PRAGMA integrity_check").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        return int(db.execute("SELECT count(*) FROM journal").fetchone()[0])


def _cannot(what: str, error: Exception) -> Wrong:
    if isinstance(error, OSError):
        reason = (error.strerror or str(error)).lower()
        return Wrong(
            f"{what}: {reason}", "its folder must be there, with room, and be yours to write"
        )
    return Wrong(f"{what}: {error}", "take another copy, or a file that `bylaw backup` made")


def _put_in_place(unfinished: Path, file: Path) -> None:
    """On disk, and then under its name."""
    with unfinished.open("rb+") as handle:
        os.fsync(handle.fileno())
    unfinished.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
