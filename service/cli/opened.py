"""What the commands of an operator share: the store that is meant, and who did it."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.screen import Wrong, say
from service.settings import Settings

if TYPE_CHECKING:
    import sqlite3

    from service.store.sqlite import Database
    from service.store.store import Store
    from service.vault import Vault

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def settings(*names: str) -> Decorator:
    """Options for these settings, or for all; the command gets them as one value."""

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        wanted = [each for each in fields(Settings) if not names or each.name in names]

        def run(**given: Any) -> Any:
            told = {each.name: given.pop(each.name) for each in wanted}
            return command(settings=Settings(**told), **given)

        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__click_params__ = list(getattr(command, "__click_params__", []))  # type: ignore[attr-defined]
        for each in reversed(wanted):
            run = _option(each)(run)
        return run

    return decorated


def _option(each: Any) -> Decorator:
    told, default = each.metadata, each.default
    assert default is not MISSING
    kind: Any = str
    if isinstance(default, bool):
        kind = bool
    elif "choices" in told:
        kind = click.Choice(told["choices"])
    elif "least" in told:
        most = 65535 if each.name.endswith("port") else None
        kind = click.IntRange(told["least"], most)
    elif each.name == "policies":
        kind = click.Path(path_type=Path, file_okay=False)
    elif isinstance(default, Path) or each.name == "secret":
        kind = click.Path(path_type=Path, dir_okay=False)
    return click.option(
        f"--{each.name.replace('_', '-')}",
        each.name,
        type=kind,
        is_flag=kind is bool,
        default=default,
        show_default=default is not None and kind is not bool,
        envvar=f"BYLAW_{each.name.upper()}",
        help=told["help"],
    )


def folder_there(settings: Settings) -> None:
    if not settings.policies.is_dir():
        raise Wrong(
            f"there is no folder `{settings.policies}` of policies",
            "`bylaw new NAME` makes one with a first policy; `--policies` names another",
        )


def actor() -> str:
    """Who is at the command line."""
    try:
        return f"{getpass.getuser()} at the command line"
    except (KeyError, OSError):
        return "somebody at the command line"


def existing(settings: Settings) -> "Store":
    from service.store.store import Store

    if not settings.store.is_file():
        raise Wrong(
            f"there is no store `{settings.store}`",
            "`bylaw serve` makes one; `--store` names another",
        )
    with _told():
        return Store(settings.store).create()


def made(settings: Settings) -> "Store":
    """The store, new where there is none."""
    from service.store.store import Store

    with _told(), new_store_said(settings):
        return Store(settings.store).create()


@contextmanager
def new_store_said(settings: Settings) -> Iterator[None]:
    """Where a store is made within."""
    new = not settings.store.exists()
    yield
    if new:
        say(f"a new store at {settings.store}", error=True)


def secret_checked(settings: Settings, connection: "sqlite3.Connection") -> None:
    """That a copy of a store and the secret belong together."""
    from service.store.sqlite import Database
    from service.vault import open_vault

    if not settings.secret_file.exists():
        raise Wrong(
            f"the secret `{settings.secret_file}` of the store is not there",
            "put it back from where you keep it; without it no fact in the store can be read",
        )
    with _told():
        open_vault(settings.secret_file, Database(connection, execute_plugins=False))


def vault_of(settings: Settings) -> "Vault":
    from service.vault import open_vault

    with _told(), existing(settings).writing() as db:
        return open_vault(settings.secret_file, db)


@contextmanager
def written(store: "Store") -> Iterator["Database"]:
    """One transaction; what the store cannot do is told."""
    with _told(), store.writing() as db:
        yield db


@contextmanager
def _told() -> Iterator[None]:
    import sqlite3

    from service.store.store import StoreError

    try:
        yield
    except StoreError as error:
        raise Wrong(error.message, error.help) from error
    except sqlite3.Error as error:
        reason = str(error)
        cure = (
            "another process writes into it; try again"
            if "locked" in reason
            else "see that its disk has room, and that the file is whole and yours to write"
        )
        raise Wrong(f"the store does not take it: {reason}", cure) from error
