"""A file of recorded cases to its rows: JSON lines, CSV or Parquet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.cli.cases import need_each_once, need_room, opened, read_cells, read_lines
from engine.cli.screen import Wrong
from engine.verbs.decide import parameters_of
from engine.verbs.replaying.layout import Asked, Layout
from engine.verbs.replaying.models import Row

__all__ = ["Asked", "History", "of_file"]
PARQUET = (".parquet", ".pq")
Rows = Iterator[tuple[Row | None, int]]


@dataclass(frozen=True)
class History:
    """`rows` come with how much was read for each, of `size` in all; a row of another decision is
    None. `columns` are those that the rows so far have beside facts."""

    source: str
    rows: Rows
    size: int | None
    columns: set[str] = field(default_factory=set)


def header_of(path: str, asked: Asked) -> Sequence[str]:
    """The columns of a file that something else will read."""
    if not Path(path).is_file():
        return ()
    if not path.lower().endswith(".csv"):
        return _parquet_columns(path, asked)[0]
    with opened(path) as file:
        names = next(read_cells(file, path)).cells
    need_columns(names, path, asked)
    return names


def need_columns(names: Sequence[str], path: str, asked: Asked) -> None:
    """Each once, and none beyond the end of a list."""
    need_each_once(names, path)
    need_room(names, [parameters_of(each, asked.decision) for each in (asked.old, asked.new)], path)


def of_file(path: str, asked: Asked) -> History:
    if path.lower().endswith(PARQUET):
        return _parquet(path, asked)
    if path.lower().endswith(".csv"):
        return _csv(path, asked)
    return _lines(path, asked)


def _lines(path: str, asked: Asked) -> History:
    layout = Layout(asked, None)

    def rows() -> Rows:
        with opened(path) as file:
            for number, read in read_lines(file, path):
                yield layout.row(read.case, f"line {number}"), read.size

    return History(shown(path), rows(), _size(path), layout.seen)


def _csv(path: str, asked: Asked) -> History:
    seen: set[str] = set()

    def rows() -> Rows:
        with opened(path) as file:
            lines = read_cells(file, path)
            header = list(next(lines).cells)
            need_columns(header, path, asked)
            layout = Layout(asked, header)
            layout.seen = seen
            for line in lines:
                given = zip(header, line.cells, strict=False)
                raw = {name: cell or None for name, cell in given}
                yield layout.row(raw, f"line {line.number}"), line.size

    return History(shown(path), rows(), _size(path), seen)


def _parquet_columns(path: str, asked: Asked) -> tuple[Sequence[str], int]:
    """And how many rows there are."""
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
    need_columns(names, path, asked)
    return names, size


def _parquet(path: str, asked: Asked) -> History:
    from pyarrow import parquet

    names, size = _parquet_columns(path, asked)
    layout = Layout(asked, names)

    def rows() -> Rows:
        number = 0
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(10_000):
                for raw in batch.to_pylist():
                    number += 1
                    yield layout.row(raw, f"row {number}"), 1

    return History(shown(path), rows(), size, layout.seen)


def shown(path: str) -> str:
    return "the input" if path == "-" else f"`{Path(path).name}`"


def _size(path: str) -> int | None:
    """None where it cannot be read twice."""
    if path == "-":
        return None
    with opened(path) as file:
        return file.seek(0, 2) if file.seekable() else None
