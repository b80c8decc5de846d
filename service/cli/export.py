"""`bylaw export`: recorded decisions to a file, as JSON lines or Parquet."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from engine.cli.screen import Wrong, counted, say
from service.cli.opened import existing, settings, vault_of
from service.settings import Settings

if TYPE_CHECKING:
    from service.desks.journal import Found

_EVER = 1 << 57
_MOST = 10_000


@click.command(
    epilog="""\b
Example:
  bylaw export decisions.jsonl --policy handoff --since 2026-01-01T00:00:00Z
"""
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--policy", help="Of this policy alone.")
@click.option("--since", help="From this instant on, as 2026-01-01T00:00:00Z.")
@click.option("--until", help="Before this instant.")
@click.option("--subject", help="About this subject alone.")
@click.option("--facts", is_flag=True, help="With the facts, sensitive ones too: guard the file.")
@settings("store", "secret")
def export(
    settings: Settings,
    file: Path,
    policy: str | None,
    since: str | None,
    until: str | None,
    subject: str | None,
    facts: bool,
) -> None:
    """Write recorded decisions to FILE, which ends in .jsonl or .parquet.

    `input` is there with `--facts`, unless the facts are not kept; `facts` says so then.
    """
    from service.desks.journal import between

    write = _WRITERS.get(file.suffix)
    if write is None:
        raise Wrong(f"`{file}` ends neither in .jsonl nor in .parquet", "name it so")
    store, vault = existing(settings), vault_of(settings)
    times = _instant(since, 0), _instant(until, _EVER)
    found = between(store.reader(), vault, *times, policy=policy, subject=subject)
    rows = (_row(each, facts=facts) for each in found)
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        count = write(unfinished, _with_progress(rows))
        unfinished.replace(file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        cure = "its folder must be there, with room, and be yours to write"
        raise Wrong(f"`{file}` cannot be written: {reason}", cure) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    say(f"{counted(count, 'decision')} in {file}")


def _row(found: "Found", *, facts: bool) -> dict[str, Any]:
    told = {"at": found.at, **found.record, "mentioned": found.mentioned}
    if not facts:
        return told
    asked = found.asked or {}
    return {**told, "input": asked.get("input"), "facts": found.gone or "kept"}


def _with_progress(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    import sys

    if not sys.stderr.isatty():
        yield from rows
        return
    for count, row in enumerate(rows, 1):
        if count % 1000 == 0:
            click.echo(f"\r{count} decisions", nl=False, err=True)
        yield row
    click.echo("\r", nl=False, err=True)


def _to_lines(path: Path, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with _private(path) as file:
        for row in rows:
            at = datetime.fromtimestamp(row["at"] / 1e6, UTC).isoformat()
            told = {**row, "at": at.replace("+00:00", "Z")}
            file.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")
            count += 1
    return count


def _to_parquet(path: Path, rows: Iterator[dict[str, Any]]) -> int:
    """What nests stands there as JSON, so that every export has the same columns."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise Wrong(
            "to write Parquet takes the package `pyarrow`", '`pip install "bylaw[parquet]"`'
        ) from error
    text = pyarrow.string()
    schema = pyarrow.schema(
        [("at", pyarrow.timestamp("us", "UTC"))]
        + [(name, text) for name in _COLUMNS]
        + [("determining", pyarrow.list_(text))]
    )
    count = 0
    with _private(path) as file, parquet.ParquetWriter(file, schema) as writer:
        for part in _parts(rows):
            writer.write_table(pyarrow.Table.from_pylist(part, schema))
            count += len(part)
    return count


_JSON = ("outcome", "reasons", "unknown", "ignored", "mentioned", "input")
_COLUMNS = (
    "decision_id", "policy", "version", "hash", "engine", "decision", "as_of", "basis", *_JSON,
    "facts",
)  # fmt: skip


def _parts(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    for row in rows:
        of = row["policy"]
        flat = {**row, "policy": of["name"], "version": of["version"], "hash": of["hash"]}
        nested = {each: json.dumps(row[each]) for each in _JSON if row.get(each) is not None}
        part.append({**flat, **nested})
        if len(part) == _MOST:
            yield part
            part = []
    yield part


def _private(path: Path) -> IO[bytes]:
    """A new file that nobody but its owner reads."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    return path.open("wb")


def _instant(text: str | None, otherwise: int) -> int:
    from engine import parse_instant

    instant = otherwise if text is None else parse_instant(text)
    if instant is None:
        raise Wrong(f"`{text}` is no instant", "write it as 2026-01-15T14:32:00Z")
    return instant


_WRITERS = {".jsonl": _to_lines, ".parquet": _to_parquet}
