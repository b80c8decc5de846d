"""A file of recorded cases to its rows: JSON lines, CSV or Parquet.

Facts stand as `decide --cases` takes them, or as `export --facts` writes them, the case under
`input`. What was decided may stand beside them: `outcome` as an object or as JSON, or its fields as
`outcome.action`; `basis`; `determining`, or `rule`; `as_of`; and, as an export has them, `policy`,
`version`, `hash` and `decision`. A column that is a fact of the policy is that fact.
"""

import datetime
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.cli.cases import Column, opened, read_cells, read_lines
from engine.cli.screen import Wrong
from engine.language import types
from engine.language.plain_json import JsonError, read_json
from engine.language.values import parse_instant, write_duration, write_instant
from engine.program.cases import is_whole_case
from engine.program.nodes import Parameter, Program
from engine.verbs.decide import parameters_of
from engine.verbs.replay import HYPOTHETICAL
from engine.verbs.replaying.models import By, Row, Said

NO_FACTS = "its facts are not in the file"
NO_INSTANT = "its `as_of` is no instant"
NO_CASE = "its `input` is no case"
_IDS = ("decision_id", "id")
_OUTCOME = "outcome"
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


@dataclass(frozen=True)
class History:
    """`rows` come with how much was read for each, of `size` in all; a row of another decision is
    None. `columns` are those that the rows so far have beside facts."""

    source: str
    rows: Iterator[tuple[Row | None, int]]
    size: int | None
    columns: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Asked:
    """What is to be replayed. `id` is the column that names a case, `keep` are columns that the
    rows keep."""

    old: Program
    new: Program
    decision: str
    id: str | None = None
    keep: tuple[str, ...] = ()


def of_file(path: str, asked: Asked) -> History:
    if path.lower().endswith((".parquet", ".pq")):
        return _parquet(path, asked)
    return _text(path, asked)


def _text(path: str, asked: Asked) -> History:
    size = None if path == "-" else _size(path)
    seen: set[str] = set()

    def rows() -> Iterator[tuple[Row | None, int]]:
        with opened(path) as file:
            if path.lower().endswith(".csv"):
                lines = read_cells(file, path)
                header = list(next(lines).cells)
                layout = _Layout(asked, header, seen)
                for line in lines:
                    given = zip(header, line.cells, strict=False)
                    raw = {name: cell for name, cell in given if cell}
                    yield layout.row(raw, f"line {line.number}"), line.size
            else:
                objects = _Layout(asked, None, seen)
                for number, read in read_lines(file, path):
                    yield objects.row(read.case, f"line {number}"), read.size

    source = f"`{Path(path).name}`" if path != "-" else "the input"
    return History(source, rows(), size, seen)


def _size(path: str) -> int | None:
    """None where it cannot be read twice."""
    with opened(path) as file:
        return file.seek(0, 2) if file.seekable() else None


def _parquet(path: str, asked: Asked) -> History:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError as error:
        raise Wrong(
            "to read Parquet takes the package `pyarrow`", '`pip install "bylaw[history]"`'
        ) from error
    try:
        with parquet.ParquetFile(path) as file:
            names, size = file.schema_arrow.names, file.metadata.num_rows
    except OSError as error:
        raise Wrong(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from error
    except ArrowInvalid as error:
        raise Wrong(f"`{path}` is not Parquet") from error

    seen: set[str] = set()

    def rows() -> Iterator[tuple[Row | None, int]]:
        layout, number = _Layout(asked, names, seen), 0
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(10_000):
                for raw in batch.to_pylist():
                    number += 1
                    given = {name: _plain(each) for name, each in raw.items() if each is not None}
                    yield layout.row(given, f"row {number}"), 1

    return History(f"`{Path(path).name}`", rows(), size, seen)


class _Layout:
    """Which columns are facts, and which tell what was decided. Of JSON lines, which have no
    columns, each object says for itself."""

    def __init__(self, asked: Asked, columns: Sequence[str] | None, seen: set[str]) -> None:
        self._asked, self._seen = asked, seen
        before = parameters_of(asked.old, asked.decision)
        after = parameters_of(asked.new, asked.decision)
        self._facts = {*_names(before), *_names(after)}
        self._result = _result(asked.old, asked.decision)
        self._columns = columns
        self._old, self._new = ({}, {}) if columns is None else self._read_as(before, after)
        self._parts = [
            (each, Column(each.partition(".")[2], self._result))
            for each in columns or ()
            if each.startswith(f"{_OUTCOME}.") and _OUTCOME not in self._facts
        ]

    def _read_as(
        self, before: Sequence[Parameter], after: Sequence[Parameter]
    ) -> tuple[dict[str, Column], dict[str, Column]]:
        """The second is empty where both versions read all columns alike."""
        facts = [each for each in self._columns or () if each.partition(".")[0] in self._facts]
        old = {each: Column(each, before) for each in facts}
        new = {each: Column(each, after) for each in facts}
        for name, column in old.items():
            if column.type is None:
                old[name] = new[name]
            elif new[name].type is None:
                new[name] = column
        alike = all(
            (one.type, one.steps) == (new[name].type, new[name].steps) for name, one in old.items()
        )
        return old, {} if alike else new

    def row(self, raw: Mapping[str, Any], place: str) -> Row | None:
        """None where it is of another decision."""
        told = {name: each for name, each in raw.items() if name not in self._facts}
        self._seen.update(told)
        by = _by(told)
        if by is not None and self._is_of_another(told):
            return None
        name = self._name(raw, place)
        more = {each: raw[each] for each in self._asked.keep if each in told}
        now = _instant(told.get("as_of"))
        gone = _gone(told)
        case, other = (None, None) if gone is not None else self._case(raw, told)
        if gone is None and not isinstance(case, Mapping):
            gone = NO_CASE if "input" in told else NO_FACTS
        if gone is None and now is None and told.get("as_of") is not None:
            gone = NO_INSTANT
        return Row(name, case, now, self._said(told), by, gone, other, more)

    def _is_of_another(self, told: Mapping[str, Any]) -> bool:
        policy = told.get("policy")
        named = policy.get("name") if isinstance(policy, Mapping) else policy
        of = (named or self._asked.old.name, told.get("decision") or self._asked.decision)
        return of != (self._asked.old.name, self._asked.decision)

    def _name(self, raw: Mapping[str, Any], place: str) -> str:
        for column in _IDS if self._asked.id is None else (self._asked.id,):
            if raw.get(column) is not None:
                return str(raw[column])
        return place

    def _case(self, raw: Mapping[str, Any], told: Mapping[str, Any]) -> tuple[Any, Any]:
        """As both versions read it; the second is None where that is the same."""
        if "input" in told:
            return _json(told["input"]), None
        if self._columns is None:
            given = {name: raw[name] for name in raw if name in self._facts}
            return given or None, None
        if not self._old:
            return None, None
        case, other = self._made(self._old, raw), None
        if self._new:
            other = self._made(self._new, raw)
        return case, other

    def _made(self, columns: Mapping[str, Column], raw: Mapping[str, Any]) -> Any:
        case: dict[str, Any] = {}
        for name, column in columns.items():
            if name in raw:
                column.put(case, raw[name])
        return case

    def _said(self, told: Mapping[str, Any]) -> Said | None:
        outcome = self._outcome(told)
        if outcome is None:
            return None
        basis = told.get("basis")
        by = told.get("determining", told.get("rule"))
        return Said(outcome, basis if isinstance(basis, str) else None, _determining(by))

    def _outcome(self, told: Mapping[str, Any]) -> Any:
        if _OUTCOME in told:
            found = _json(told[_OUTCOME])
            is_text = isinstance(self._result[0].type, types.Text | types.Enum | types.Code)
            return told[_OUTCOME] if is_text and not isinstance(found, str) else found
        if not self._parts or not any(name in told for name, _ in self._parts):
            return None
        made: dict[str, Any] = {}
        for name, column in self._parts:
            if name in told:
                column.put(made, told[name])
            else:
                column.put(made, None)
        return made


def _names(parameters: Sequence[Parameter]) -> Collection[str]:
    """What may stand at the top of a case."""
    type_ = parameters[0].type
    if is_whole_case(parameters) and isinstance(type_, types.Record):
        return [each.wire for each in type_.fields]
    return [each.name for each in parameters]


def _result(policy: Program, decision: str) -> tuple[Parameter, ...]:
    if decision in policy.decisions:
        return (Parameter(_OUTCOME, policy.decisions[decision].result),)
    return (Parameter(_OUTCOME, types.Record(_OUTCOME, ())),)


def _by(told: Mapping[str, Any]) -> By | None:
    """The version that decided, where its hash is told."""
    policy = told.get("policy")
    of = policy if isinstance(policy, Mapping) else told
    hash, version = of.get("hash"), of.get("version")
    if not isinstance(hash, str):
        return None
    return By(version if isinstance(version, str) else None, hash)


def _gone(told: Mapping[str, Any]) -> str | None:
    if told.get("hypothetical") is True:
        return HYPOTHETICAL
    facts = told.get("facts")
    return facts if isinstance(facts, str) and facts != "kept" else None


def _determining(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, str):
        read = _json(value)
        value = read if isinstance(read, list) else [each.strip() for each in value.split(",")]
    if isinstance(value, list):
        return tuple(str(each) for each in value if each != "")
    return None


def _instant(value: Any) -> int | None:
    if isinstance(value, str):
        return parse_instant(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _json(value: Any) -> Any:
    """A text as the JSON that it is, or as it stands."""
    if not isinstance(value, str):
        return value
    try:
        return read_json(value)
    except JsonError:
        return value


def _plain(value: Any) -> Any:
    """As JSON would carry what an Arrow column holds; what is not there in a record is left out."""
    convert = _PLAIN.get(type(value))
    return value if convert is None else convert(value)


def _micros(of: datetime.timedelta) -> int:
    return of // _MICROSECOND


_PLAIN: Mapping[type, Callable[[Any], Any]] = {
    dict: lambda of: {name: _plain(each) for name, each in of.items() if each is not None},
    list: lambda of: [_plain(each) for each in of],
    Decimal: lambda of: int(of) if of == of.to_integral_value() else float(of),
    datetime.datetime: lambda of: write_instant(
        _micros((of if of.tzinfo else of.replace(tzinfo=datetime.UTC)) - _EPOCH)
    ),
    datetime.date: lambda of: of.isoformat(),
    datetime.timedelta: lambda of: write_duration(_micros(of)),
    bytes: lambda of: of.decode("utf-8", "replace"),
}
