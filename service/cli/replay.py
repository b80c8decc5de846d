"""`bylaw replay`: over a file, or over what a store has in its journal."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from engine.cli.replay import EPILOG, HELP, arguments, replay_cases
from engine.cli.screen import Wrong
from service.cli.opened import existing, settings, vault_of
from service.settings import Settings

if TYPE_CHECKING:
    from engine import By, Program, Row
    from engine.cli.history import Asked, History

_EVER = 1 << 57


@click.command("replay", epilog=EPILOG, help=HELP)
@arguments
@settings("store", "secret")
@click.option("--since", help="Of the journal, from this instant on.")
@click.option("--until", help="Of the journal, before this instant.")
def replay(settings: Settings, since: str | None, until: str | None, **given: Any) -> None:
    if given["cases"] is not None or given["table"] is not None:
        _look_at_no_journal({"since": since, "until": until})
    journal = partial(_journal, settings=settings, since=since, until=until)
    replay_cases(journal, **given)


def _journal(
    asked: "Asked",
    *,
    settings: Settings,
    since: str | None,
    until: str | None,
) -> "tuple[History, Callable[[By], Program | None]]":
    from engine.cli.history import History
    from service.desks.replays import finder, how_many, recorded

    store, vault = existing(settings), vault_of(settings)
    times = _instant(since, 0), _instant(until, _EVER)
    db = store.reader()

    def rows() -> Iterator[tuple["Row | None", int]]:
        found = recorded(db, vault, asked.old.name, asked.decision, *times, keep=asked.keep)
        return ((row, 1) for row in found)

    size = how_many(db, asked.old.name, *times)
    source = f"the journal of `{settings.store.name}`"
    return History(source, rows(), size, {"version"}), finder(db, asked.old.name)


def _instant(text: str | None, otherwise: int) -> int:
    from engine import parse_instant

    instant = otherwise if text is None else parse_instant(text)
    if instant is None:
        raise Wrong(f"`{text}` is no instant", "write it as 2026-01-15T14:32:00Z")
    return instant


def _look_at_no_journal(given: Mapping[str, str | None]) -> None:
    for name, value in given.items():
        if value is not None:
            message = f"`--{name}` is of the journal, and the cases are of a file or a table"
            raise Wrong(message, "leave one of them out")
