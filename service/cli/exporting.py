"""Rows to a file, as JSON lines or Parquet; and of each kind of rows how they are laid out."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from engine.cli.screen import Wrong

Row = dict[str, Any]
Form = Literal["text", "texts", "time", "whole", "number", "yes or no", "json"]
"""What stands in a column. What nests stands there as JSON, so that all exports have the same."""

_MOST = 10_000


@dataclass(frozen=True)
class Kind:
    """`flat` makes of a row the columns that a Parquet file of them has."""

    one: str
    columns: Mapping[str, Form]
    flat: Callable[[Row], Row] = field(default=lambda row: row)


def _of_decision(row: Row) -> Row:
    of = row["policy"]
    return {**row, "policy": of["name"], "version": of["version"], "hash": of["hash"]}


def _of_issue(row: Row) -> Row:
    return {**row, "record": row}


KINDS: Mapping[str, Kind] = {
    "decisions": Kind(
        "decision",
        {
            "at": "time",
            "decision_id": "text",
            "policy": "text",
            "version": "text",
            "hash": "text",
            "engine": "text",
            "decision": "text",
            "as_of": "text",
            "basis": "text",
            "outcome": "json",
            "reasons": "json",
            "unknown": "json",
            "ignored": "json",
            "mentioned": "json",
            "input": "json",
            "facts": "text",
            "hypothetical": "yes or no",
            "determining": "texts",
        },
        _of_decision,
    ),
    "issues": Kind(
        "issue",
        {
            "issue_id": "text",
            "state": "text",
            "open": "yes or no",
            "primary_subcode": "text",
            "domain": "text",
            "entity": "text",
            "location": "text",
            "span_ids": "texts",
            "span_count": "whole",
            "max_intensity": "text",
            "priority_score": "number",
            "priority_label": "text",
            "confidence_score": "number",
            "owner_team": "text",
            "owner_individual": "text",
            "created_at": "time",
            "acknowledged_at": "time",
            "first_acknowledged_at": "time",
            "resolved_at": "time",
            "first_resolved_at": "time",
            "verified_at": "time",
            "tta_missed_at": "time",
            "ttr_missed_at": "time",
            "reopen_count": "whole",
            "decline_reason": "text",
            "resolution_code": "text",
            "resolution_notes": "text",
            "causal_codes": "texts",
            "verification_window_days": "whole",
            "record": "json",
        },
        _of_issue,
    ),
    "events": Kind(
        "event", {"seq": "whole", "at": "time", "type": "text", "about": "text", "body": "json"}
    ),
}


def to_lines(path: Path, _kind: Kind, rows: Iterator[Row]) -> int:
    """A row is a line, as it is."""
    count = 0
    with _private(path) as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            count += 1
    return count


def to_parquet(path: Path, kind: Kind, rows: Iterator[Row]) -> int:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise Wrong(
            "to write Parquet takes the package `pyarrow`", '`pip install "bylaw[parquet]"`'
        ) from error
    text = pyarrow.string()
    forms: dict[Form, Any] = {
        "text": text,
        "texts": pyarrow.list_(text),
        "time": pyarrow.timestamp("us", "UTC"),
        "whole": pyarrow.int64(),
        "number": pyarrow.float64(),
        "yes or no": pyarrow.bool_(),
        "json": text,
    }
    schema = pyarrow.schema([(name, forms[form]) for name, form in kind.columns.items()])
    count = 0
    with _private(path) as file, parquet.ParquetWriter(file, schema) as writer:
        for part in _parts(kind, rows):
            writer.write_table(pyarrow.Table.from_pylist(part, schema))
            count += len(part)
    return count


def _parts(kind: Kind, rows: Iterator[Row]) -> Iterator[list[Row]]:
    part: list[Row] = []
    for row in rows:
        flat = kind.flat(row)
        part.append({name: _cell(form, flat.get(name)) for name, form in kind.columns.items()})
        if len(part) == _MOST:
            yield part
            part = []
    yield part


def _cell(form: Form, value: Any) -> Any:
    from engine import parse_instant

    if value is None:
        return None
    match form:
        case "json":
            return json.dumps(value, ensure_ascii=False)
        case "time":
            return parse_instant(value)
        case _:
            return value


def _private(path: Path) -> IO[bytes]:
    """A new file that nobody but its owner reads."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    return path.open("wb")
