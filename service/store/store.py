"""The store: one SQLite file, opened with what makes a commit last, and brought up to date."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakSet

from service.store.sqlite import Database
from service.store.steps import STEPS

_OURS = frozenset({"journal", "versions", "live", "audit"})
"""Tables that every store has had from its first step on."""


@dataclass(eq=False)
class StoreError(Exception):
    """The file cannot serve as a store: why, and what would help."""

    message: str
    help: str | None = None

    def __str__(self) -> str:
        return self.message


class _Connection(sqlite3.Connection):
    """Closed when it is let go: that of a thread goes with its thread."""

    def __del__(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # one that was never opened
            self.close()


@dataclass(frozen=True)
class Store:
    """`patience` is how many seconds a write waits for another process that writes."""

    path: Path
    patience: float = 2.0
    _own: threading.local = field(default_factory=threading.local, repr=False, compare=False)
    _readers: WeakSet[Database] = field(default_factory=WeakSet, repr=False, compare=False)

    def create(self) -> "Store":
        """Makes the file where it is not there, and the tables that it lacks."""
        if not self.path.parent.is_dir():
            raise StoreError(
                f"there is no folder `{self.path.parent}` for the store",
                "make it, or name another file by `--store`",
            )
        try:
            self._touch()
            self._refuse_others()
            with self.writing() as db:
                _bring_up_to_date(db)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        return self

    def connect(self) -> Database:
        """In WAL with full sync: what is committed is on disk."""
        connection = sqlite3.connect(
            self._uri("rw"),  # a file that is gone is not made anew
            uri=True,
            timeout=self.patience,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            factory=_Connection,
        )
        for pragma in (
            "page_size = 8192",  # of a new file: four decisions fill a page
            "journal_mode = WAL",
            "synchronous = FULL",
            "secure_delete = ON",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return Database(connection, execute_plugins=False)

    def reader(self) -> Database:
        """The connection of this thread; what it reads was committed."""
        if not hasattr(self._own, "db"):
            self._own.db = self.connect()
            self._readers.add(self._own.db)
        db: Database = self._own.db
        return db

    def close(self) -> None:
        """Ends the readers of all threads. Who closes the last connection leaves one file."""
        for db in list(self._readers):
            db.conn.close()

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """One transaction on a connection of its own, for who writes seldom."""
        db = self.connect()
        try:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.conn.commit()
        finally:
            db.conn.close()  # what was not committed is undone

    def identity(self) -> tuple[int, int] | None:
        """Which file it is; None where there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _touch(self) -> None:
        """Nobody but its owner reads the file. One that is there is not opened: to close it would
        free the locks that other connections of this process hold on it."""
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def _refuse_others(self) -> None:
        """Before anything of the file is changed."""
        with closing(sqlite3.connect(self._uri("ro"), uri=True, timeout=self.patience)) as db:
            (step,) = db.execute("PRAGMA user_version").fetchone()
            found = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        if found and not found >= _OURS:
            raise StoreError(
                f"`{self.path}` is the database of another program", "`--store` names another file"
            )
        if step > len(STEPS):
            raise StoreError(
                f"the store `{self.path}` was written by a later version of the program",
                "take that version, or another `--store`",
            )

    def _uri(self, mode: str) -> str:
        return f"{self.path.absolute().as_uri()}?mode={mode}"

    def _unusable(self, error: Exception) -> StoreError:
        reason = str(error.strerror if isinstance(error, OSError) else error)
        return StoreError(
            f"the store `{self.path}` cannot be used: {reason[:1].lower()}{reason[1:]}",
            "`--store` names another file",
        )


def _bring_up_to_date(db: Database) -> None:
    (step,) = db.execute("PRAGMA user_version").fetchone()
    for each in STEPS[step:]:
        each(db)
    db.execute(f"PRAGMA user_version = {len(STEPS)}")
