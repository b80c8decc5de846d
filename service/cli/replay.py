"""`bylaw replay`: over a file, or over what a store has in its journal."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from engine.cli.replay import command
from engine.cli.screen import Wrong
from service.cli.opened import existing, settings, vault_of
from service.settings import Settings

if TYPE_CHECKING:
    from engine import By, Program, Row
    from engine.cli.history import Asked, History

_EVER = 1 << 57


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


def _options(decorated: Callable[..., Any]) -> Callable[..., Any]:
    """Those that say what of the journal is meant."""
    since = click.option("--since", help="Of the journal, from this instant on.")
    until = click.option("--until", help="Of the journal, before this instant.")
    return settings("store", "secret")(since(until(decorated)))


replay = command(_journal, _options)
