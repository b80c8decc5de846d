"""Files and connections to Ibis tables, and a table to Arrow batches, one after the other.

Files are read by DuckDB in this process, which holds what it may of them in memory and the rest on
disk. CSV is read as text throughout and an empty cell is absent, as `decide --cases` reads it; of
JSON lines there is one column, `case`, with the text of each line.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

import duckdb
import ibis

if TYPE_CHECKING:
    import pyarrow as pa

CASE = "case"
_SETTINGS = {"preserve_insertion_order": False, "memory_limit": "1200MB"}
_SEPARATED, _PARQUET = (".csv",), (".parquet", ".pq")
_FILES = ("duckdb", "sqlite")
COMPUTE = frozenset({"duckdb", "pyspark"})


class UnreadableError(ValueError):
    """`reason` in the reader's own words."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"`{path}` cannot be read: {reason}")
        self.path, self.reason = path, reason


def opened(path: str) -> Any:
    """By the ending of the name: Parquet, CSV, or else JSON lines."""
    if not Path(path).exists():
        raise FileNotFoundError(path)
    backend = ibis.duckdb.connect()
    for name, value in _SETTINGS.items():
        backend.con.execute(f"set {name} = {_written(value)}")
    try:
        backend.con.execute(f"create view cases as {_query(path)}")
        with catch_warnings():  # Ibis asks DuckDB in a way that it has another name for
            simplefilter("ignore", DeprecationWarning)
            return backend.table("cases")
    except duckdb.Error as error:
        raise UnreadableError(path, str(error).partition("\n")[0]) from error


def schemes() -> list[str]:
    """What addresses begin with."""
    return sorted({*(each.name for each in entry_points(group="ibis.backends")), "postgresql"})


def connected(url: str) -> Any:
    """An Ibis backend, by its address. No file is made where there is none."""
    scheme, _, place = url.partition("://")
    path = place.partition("?")[0]
    if scheme in _FILES and not path.startswith("md:") and not Path(path).exists():
        raise FileNotFoundError(path)
    return ibis.connect(url)


def computes(table: Any) -> bool:
    """Whether its engine computes columns as the evaluator decides: those that are compared do. On
    others patterns are written in another way, and PostgreSQL puts the layers of a query into each
    other until no memory holds it."""
    return table.get_backend().name in COMPUTE


def batches(table: Any, size: int) -> Iterator["pa.RecordBatch"]:
    """As they are computed; none waits for the last."""
    backend = table.get_backend()
    if backend.name == "duckdb":
        cursor = backend.con.cursor()
        cursor.execute("set TimeZone = 'UTC'")  # a cursor begins without it
        yield from cursor.sql(backend.compile(table)).to_arrow_reader(size)
    else:
        yield from _as_arrow_has_it(table).to_pyarrow_batches(chunk_size=size)


def _as_arrow_has_it(table: Any) -> Any:
    """With text for what Ibis does not hand on in its own type."""
    kinds = ("is_uuid", "is_inet", "is_macaddr", "is_unknown")
    odd = [
        name
        for name, type_ in table.schema().items()
        if any(getattr(type_, kind)() for kind in kinds)
    ]
    return table.mutate(**{name: table[name].cast("string") for name in odd}) if odd else table


def longest(table: Any) -> int:
    """How many elements the longest list in a column has, or in a field of one."""
    found = [each for name in table.columns for each in _lists(table[name])]
    if not found:
        return 0
    counted = {f"_{place}": each.length().max() for place, each in enumerate(found)}
    (row,) = [row for batch in batches(table.aggregate(**counted), 1) for row in batch.to_pylist()]
    return max((each for each in row.values() if each is not None), default=0)


def _lists(value: Any) -> Iterator[Any]:
    """Those that stand in no list."""
    if value.type().is_array():
        yield value
    elif value.type().is_struct():
        for name in value.type().names:
            yield from _lists(value[name])


def masked(table: Any, keep: Sequence[str], hidden: Mapping[str, str], aside: str) -> Any:
    """The columns to keep as they are; others, by new names, only in rows that are set aside."""
    shown = {name: where(table[aside], table[column]) for name, column in hidden.items()}
    return table.select(*keep, **shown)


def where(holds: Any, column: Any) -> Any:
    """A list of nothing has no type that could be named."""
    if "null" in str(column.type()):
        return column
    return holds.ifelse(column, ibis.null(column.type()))


def _query(path: str) -> str:
    """What the path says of itself (`*`, `risk=0.9/`) means nothing here."""
    name, ending = _written(re.sub(r"[*?[]", r"[\g<0>]", path)), Path(path).suffix.lower()
    if ending in _PARQUET:
        return f"select * from read_parquet({name}, hive_partitioning = false)"
    if ending in _SEPARATED:
        return (
            f"select * from read_csv({name}, header = true, all_varchar = true, nullstr = '',"
            " auto_detect = true, delim = ',', quote = '\"', escape = '\"', comment = '',"
            " hive_partitioning = false)"
        )
    return (
        f'select column0 as "{CASE}" from read_csv({name}, header = false, columns ='
        " {'column0': 'varchar'}, delim = '\\x00', quote = '', escape = '',"
        " auto_detect = false, hive_partitioning = false, max_line_size = 16777216)"
        " where trim(column0) <> ''"
    )


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"
