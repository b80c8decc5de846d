"""`bylaw export`: decisions, issues or events to a file, as JSON lines or Parquet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.screen import Wrong, counted, say
from service.cli.exporting import KINDS, Row, to_lines, to_parquet
from service.cli.opened import existing, settings, vault_of
from service.settings import Settings

if TYPE_CHECKING:
    from engine import Program
    from service.desks.journal import Found
    from service.store.sqlite import Database

_EVER = 1 << 57
_WRITERS = {".jsonl": to_lines, ".parquet": to_parquet}


@click.command(
    epilog="""\b
Examples:
  bylaw export decisions.jsonl --policy handoff --since 2026-01-01T00:00:00Z
  bylaw export issues.parquet --of issues
"""
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--of", type=click.Choice([*KINDS]), default="decisions", show_default=True)
@click.option("--policy", help="Decisions of this policy alone.")
@click.option("--since", help="From this instant on, as 2026-01-01T00:00:00Z.")
@click.option("--until", help="Before this instant.")
@click.option("--subject", help="Decisions about this subject alone.")
@click.option("--facts", is_flag=True, help="With the facts, sensitive ones too: guard the file.")
@settings("store", "secret")
def export(
    settings: Settings,
    file: Path,
    of: str,
    policy: str | None,
    since: str | None,
    until: str | None,
    subject: str | None,
    facts: bool,
) -> None:
    """Write decisions, issues or events to FILE, which ends in .jsonl or .parquet.

    Of decisions `input` is there with `--facts`, unless the facts are not kept; `facts` says so
    then. Issues are those detected in the time, as they are now.
    """
    write = _WRITERS.get(file.suffix)
    if write is None:
        raise Wrong(f"`{file}` ends neither in .jsonl nor in .parquet", "name it so")
    only = {"--policy": policy, "--subject": subject, "--facts": facts}
    given = [name for name, value in only.items() if value]
    if given and of != "decisions":
        raise Wrong(f"`{given[0]}` is for decisions alone", "leave it out, or `--of decisions`")
    times = _instant(since, 0), _instant(until, _EVER)
    if of == "decisions":
        rows = _decisions(settings, times, policy, subject, facts=facts)
    else:
        rows = _ROWS[of](settings, times)
    kind = KINDS[of]
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        count = write(unfinished, kind, _with_progress(rows, of))
        unfinished.replace(file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        cure = "its folder must be there, with room, and be yours to write"
        raise Wrong(f"`{file}` cannot be written: {reason}", cure) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    say(f"{counted(count, kind.one)} in {file}")


def _decisions(
    settings: Settings,
    times: tuple[int, int],
    policy: str | None,
    subject: str | None,
    *,
    facts: bool,
) -> Iterator[Row]:
    from service.desks.journal import between

    db, vault = existing(settings).reader(), vault_of(settings)
    mentioned = _mentions(db)
    for each in between(db, vault, *times, policy=policy, subject=subject):
        yield _decision(each, mentioned(each), facts=facts)


def _mentions(db: "Database") -> "Callable[[Found], Mapping[str, Sequence[str]] | None]":
    """What the sensitive texts of a decision mention: as it is kept, or of sealed texts by the
    version that decided. None where that cannot be told."""
    import engine
    from engine import By
    from service.desks.replays import finder

    @cache
    def version(name: str, hash: str) -> "Program | None":
        return finder(db, name)(By(None, hash))

    def mentioned(found: "Found") -> Mapping[str, Sequence[str]] | None:
        if found.mentioned or found.gone is not None or found.asked is None:
            return found.mentioned
        of = found.record["policy"]
        program = version(of["name"], of["hash"])
        if program is None:
            return None
        return engine.mentioned(program, found.asked["input"], found.record["decision"])

    return mentioned


def _decision(
    found: "Found", mentioned: Mapping[str, Sequence[str]] | None, *, facts: bool
) -> dict[str, Any]:
    from engine import write_instant

    told = {"at": write_instant(found.at), **found.record, "mentioned": mentioned}
    if not facts:
        return told
    asked = found.asked or {}
    return {**told, "input": asked.get("input"), "facts": found.gone or "kept"}


def _issues(settings: Settings, times: tuple[int, int]) -> Iterator[Row]:
    from service.desks.book.records import every

    return every(existing(settings).reader(), *times)


def _events(settings: Settings, times: tuple[int, int]) -> Iterator[Row]:
    from service.desks.feed import between

    return between(existing(settings).reader(), *times)


_ROWS = {"issues": _issues, "events": _events}


def _with_progress(rows: Iterator[Row], many: str) -> Iterator[Row]:
    import sys

    if not sys.stderr.isatty():
        yield from rows
        return
    for count, row in enumerate(rows, 1):
        if count % 1000 == 0:
            click.echo(f"\r{count} {many}", nl=False, err=True)
        yield row
    click.echo("\r", nl=False, err=True)


def _instant(text: str | None, otherwise: int) -> int:
    from engine import parse_instant

    instant = otherwise if text is None else parse_instant(text)
    if instant is None:
        raise Wrong(f"`{text}` is no instant", "write it as 2026-01-15T14:32:00Z")
    return instant
