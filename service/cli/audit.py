"""`bylaw audit`: who did what to what decides, and whether that record is whole."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.screen import FOUND, Wrong, columns, counted, say
from service.cli.opened import existing, settings, vault_of
from service.settings import Settings

if TYPE_CHECKING:
    from service.desks.audit import Broken
    from service.desks.checkpoint import Checkpoint

_AT_ONCE = 1_000


@click.group(
    invoke_without_command=True,
    epilog="""\b
Examples:
  bylaw audit --after 100
  bylaw audit verify --checkpoint head.json
""",
)
@click.option("--after", type=click.IntRange(0), default=0, help="Entries after this one alone.")
@click.option("--json", "as_json", is_flag=True, help="Each entry whole, one a line.")
@settings("store")
@click.pass_context
def audit(context: click.Context, settings: Settings, after: int, as_json: bool) -> None:
    """List the audit chain: what was done, by whom, and when."""
    if context.invoked_subcommand is not None:
        return
    from service.desks.audit import entries

    db = existing(settings).reader()
    while found := entries(db, after, _AT_ONCE):
        after = found[-1]["seq"]
        if as_json:
            for each in found:
                say(json.dumps(each, ensure_ascii=False))
        else:
            for line in columns((str(each["seq"]), _told(each)) for each in found):
                say(line)


@audit.command(
    epilog="""\b
Example:
  bylaw audit verify --checkpoint head.json
"""
)
@click.option(
    "--checkpoint",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A signed head that was kept outside the store.",
)
@settings("store", "secret")
def verify(settings: Settings, file: Path | None) -> None:
    """Say whether the chain is as it was written, and which entries are not.

    The chain alone shows what was changed, moved or taken out. That its end was cut off, or that it
    was written anew, shows against a checkpoint.
    """
    from service.desks import audit, checkpoint

    signed = None if file is None else _read(settings, file)
    db = existing(settings).reader()
    broken = audit.verify(db)
    if signed is not None:
        broken += checkpoint.hold(db, signed)
    if broken:
        for line in _listed(broken):
            say(line)
        sys.exit(FOUND)
    last, _ = audit.head(db)
    since = "" if signed is None else f", and goes on from the one signed as entry {signed.seq}"
    say(f"the chain of {counted(last, 'entry', 'entries')} is whole{since}")


@audit.command(
    epilog="""\b
Example:
  bylaw audit checkpoint > head.json
"""
)
@settings("store", "secret")
def checkpoint(settings: Settings) -> None:
    """Print the signed head of the chain, to be kept outside the store."""
    from service.desks.checkpoint import sign

    signed = sign(existing(settings).reader(), vault_of(settings))
    say(json.dumps(signed.told(), indent=2))


def _read(settings: Settings, file: Path) -> "Checkpoint":
    from service.desks.checkpoint import NoCheckpointError, read

    try:
        return read(file.read_text(encoding="utf-8"), vault_of(settings))
    except UnicodeDecodeError as error:
        raise Wrong(f"`{file}` is no text", "`bylaw audit checkpoint` makes one") from error
    except NoCheckpointError as error:
        raise Wrong(f"`{file}` cannot be taken: {error.message}", error.help) from error


def _listed(broken: "list[Broken]") -> list[str]:
    """Neighbours that are wrong in one way stand in one line."""
    rows: list[tuple[int, int, str]] = []
    for each in broken:
        if rows and (rows[-1][1], rows[-1][2]) == (each.seq - 1, each.why):
            rows[-1] = rows[-1][0], each.seq, each.why
        else:
            rows.append((each.seq, each.seq, each.why))
    return [
        f"entry {first}: {why}" if first == last else f"entries {first} to {last}: {why}"
        for first, last, why in rows
    ]


def _told(entry: dict[str, Any]) -> str:
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(entry["at"] // 1_000_000, UTC)
    detail = ", ".join(f"{name} {_value(value)}" for name, value in entry["detail"].items())
    told = f"{at:%Y-%m-%dT%H:%M:%SZ} {entry['event']}, by {entry['actor']}"
    return f"{told}\n{detail}" if detail else told


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
