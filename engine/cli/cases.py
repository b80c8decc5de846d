"""Cases from files: one JSON object, JSON lines, or CSV with a column for each path of a fact.

In a CSV file `order.linked` is the path of a field and `intents.0.name` leads into a list. An empty
cell leaves the fact out, and a list or a record may stand in one cell as JSON. What cannot be read
as the declared type stays text, and the case is refused with a pointer to it.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import click

from engine.cli.screen import Wrong
from engine.language import types
from engine.language.plain_json import JsonError, read_json
from engine.program.nodes import Parameter
from engine.verbs.rows import Column, beyond, case_of, column, named_twice

Case = Mapping[str, Any]


@dataclass(frozen=True)
class Read:
    """A case, and about how many bytes were read for it."""

    case: Case
    size: int


@dataclass(frozen=True)
class Line:
    """The cells of a row, about how many bytes were read for it, and in which line it ends."""

    cells: Sequence[str]
    size: int
    number: int


def opened(path: str) -> IO[str]:
    """The file as text; `-` is the input."""
    try:
        return click.open_file(path, encoding="utf-8-sig")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Wrong(f"`{path}` cannot be read: {reason}") from error


def read_case(file: IO[str], name: str) -> Case:
    return _parse("".join(_text(file, name)), name)


def read_cases(file: IO[str], name: str, parameters: Sequence[Parameter]) -> Iterator[Read]:
    """By the ending of the file's name: CSV, or else JSON lines."""
    return _rows(file, name, parameters) if name.lower().endswith(".csv") else _lines(file, name)


def read_rows(file: IO[str], name: str) -> Iterator[Mapping[str, Any]]:
    """The same for what is no case: every column is text, and there may be any."""
    if not name.lower().endswith(".csv"):
        yield from (read.case for read in _lines(file, name))
        return
    lines = read_cells(file, name)
    header = next(lines).cells
    yield from (dict(zip(header, line.cells, strict=False)) for line in lines)


def _lines(file: IO[str], name: str) -> Iterator[Read]:
    yield from (read for _, read in read_lines(file, name))


def read_lines(file: IO[str], name: str) -> Iterator[tuple[int, Read]]:
    """The objects of JSON lines, each with its line."""
    for number, line in enumerate(_text(file, name), start=1):
        if line.strip():
            yield number, Read(_parse(line, name, number), len(line))


def _parse(text: str, name: str, line: int | None = None) -> Case:
    """`line` is where the text stands, when it is one of many."""
    place = "" if line is None else f" in line {line}"
    try:
        case = read_json(text)
    except JsonError as error:
        if line is None or error.line is None:
            raise Wrong(f"`{name}` is not JSON{place}: {error}") from error
        column = f"line {line}, column {error.column}"
        raise Wrong(f"`{name}` is not JSON: {column}: {error.message}") from error
    if not isinstance(case, dict):
        raise Wrong(f"`{name}` holds no case{place}", 'a case is a JSON object: { "message": … }')
    return case


def _rows(file: IO[str], name: str, parameters: Sequence[Parameter]) -> Iterator[Read]:
    lines = read_cells(file, name)
    header = next(lines).cells
    need_room(header, [parameters], name)
    columns = [column(each, parameters) for each in header]
    for line in lines:
        yield Read(_case(columns, line.cells), line.size)


def read_cells(file: IO[str], name: str) -> Iterator[Line]:
    """The lines of a CSV file, the names of its columns first."""
    measured = _Measured(_text(file, name))
    reader = csv.reader(measured, strict=True)
    try:
        header = next(reader, None)
        if not header:
            raise Wrong(f"`{name}` is empty", "its first line names the columns")
        if len(header) == 1 and re.search("[;\t]", header[0]):
            raise Wrong(f"`{name}` has no commas between its columns", "save it with commas")
        header = [each.strip() for each in header]
        need_each_once(header, name)
        yield Line(header, measured.taken(), 1)
        for row in reader:
            if len(row) > len(header):
                raise Wrong(f"`{name}` has more cells than columns in line {reader.line_num}")
            if row:
                yield Line(row, measured.taken(), reader.line_num)
    except csv.Error as error:
        raise Wrong(f"`{name}` is not CSV: line {reader.line_num}: {error}") from error


def need_each_once(columns: Sequence[str], name: str) -> None:
    twice = named_twice(columns)
    if twice is not None:
        cure = "it cannot be told which of the two is meant: rename one, or leave it out"
        raise Wrong(f"the column `{twice}` is named twice in `{name}`", cure)


def need_room(columns: Iterable[str], versions: Sequence[Sequence[Parameter]], name: str) -> None:
    """For each element that a column names, in the list of one version at least."""
    for named in columns:
        found = [beyond(named, each) for each in versions]
        if found[-1] is not None and None not in found:
            place, type_ = found[-1]
            told = f"element {place[:20]} of a {types.describe(type_)} up to {type_.bound}"
            cure = f"its first element is 0, and its last {type_.bound - 1}"
            raise Wrong(f"the column `{named[:80]}` of `{name}` leads to {told}", cure)


def _text(file: IO[str], name: str) -> Iterator[str]:
    try:
        yield from file
    except UnicodeDecodeError as error:
        raise Wrong(f"`{name}` is not UTF-8 text") from error


class _Measured:
    """Lines, and how many characters of them were taken since this was last asked."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._size = 0

    def __iter__(self) -> "_Measured":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._size += len(line)
        return line

    def taken(self) -> int:
        size, self._size = self._size, 0
        return size


def _case(columns: Sequence[Column], row: Sequence[str]) -> Case:
    cells = {column.name: cell or None for column, cell in zip(columns, row, strict=False)}
    return case_of(cells, columns[: len(row)])
