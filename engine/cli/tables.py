"""What `--engine` names to a table of recorded cases that it holds; None where the evaluator reads
the file itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.addresses import Address, address
from engine.cli.history import PARQUET, header_of
from engine.cli.screen import Wrong

if TYPE_CHECKING:
    from engine.cli.history import Asked

EVALUATOR, DUCKDB, SPARK = "evaluator", "duckdb", "spark"
MANY_ROWS, MANY_BYTES = 100_000, 30_000_000
"""From so many on it pays to have them decided by columns, which take seconds to begin."""
_CSV = ".csv"


@dataclass(frozen=True)
class Table:
    """An Ibis table, what decides it, and how many rows it has where that costs nothing to know."""

    source: str
    table: Any
    by: str
    rows: int | None = None
    at: Address | None = None


def of_engine(
    engine: str | None, name: str | None, path: str | None, asked: "Asked"
) -> Table | None:
    """`name` is that of a table where `engine` is the address of a connection."""
    _need_known(engine)
    if engine is not None and "://" in engine:
        return _connected(engine, name, path)
    if name is not None:
        raise Wrong("`--table` is of a connection", "name it with `--engine`, as duckdb://cases.db")
    if path is None or engine == EVALUATOR:
        if engine in (DUCKDB, SPARK):
            raise Wrong(f"`--engine {engine}` reads a file", "name one with `--cases`")
        return None
    if engine is None and not _is_worth_it(path):
        return None
    if Path(path).suffix.lower() not in (*PARQUET, _CSV):
        raise Wrong(f"`{path}` is no table", "`--engine` takes .parquet, .pq and .csv")
    twins = _twins(header_of(path, asked))
    made = _file(engine or DUCKDB, path)
    wrong = None
    if twins is not None:
        wrong = f"`{twins[0]}` and `{twins[1]}` of `{path}` are one column for an engine"
    elif _is_json(made.table, asked):
        wrong = f"the facts in `{path}` are JSON in one column"
    if wrong is None:
        return made
    if engine is not None:
        raise Wrong(wrong, "leave `--engine` out for it")
    return None


def _twins(names: Sequence[str]) -> tuple[str, str] | None:
    """Two that differ in upper and lower case alone."""
    seen: dict[str, str] = {}
    for each in names:
        other = seen.setdefault(each.casefold(), each)
        if other != each:
            return other, each
    return None


def _need_known(engine: str | None) -> None:
    from engine.language.nearest import nearest

    known = (EVALUATOR, DUCKDB, SPARK)
    if engine is None or engine in known or "://" in engine:
        return
    near = nearest(engine, known)
    cure = f"did you mean `{near}`?" if near else "evaluator, duckdb, spark, or an address"
    raise Wrong(f"there is no engine `{engine}`", cure)


def _is_worth_it(path: str) -> bool:
    from engine.verbs.history import NoColumnsError, need_columns

    try:
        need_columns()
        size = Path(path).stat().st_size
    except (NoColumnsError, OSError):
        return False
    ending = Path(path).suffix.lower()
    if ending in PARQUET:
        return (_rows(path) or 0) >= MANY_ROWS
    return ending == _CSV and size >= MANY_BYTES


def _file(engine: str, path: str) -> Table:
    from engine.cli.history import shown
    from engine.verbs.history import opened

    with _told(path):
        if engine == SPARK:
            from engine.verbs.replaying.tables import opened_by_spark

            return Table(shown(path), opened_by_spark(path), "Spark", _rows(path))
        return Table(shown(path), opened(path), "DuckDB", _rows(path))


def _connected(url: str, name: str | None, path: str | None) -> Table:
    if path is not None:
        raise Wrong("`--cases` does not go with a connection", "name a table of it with `--table`")
    if name is None:
        raise Wrong("it is not said which table of the connection", "name it with `--table`")
    at = address(url)
    with _told(at.shown, at):
        backend = _backend(at)
        try:
            table = backend.table(name)
        except Exception as error:
            if type(error).__name__ != "TableNotFound":
                raise
            raise Wrong(f"`{at.shown}` has no table `{name}`") from error
    by = _NAMES.get(backend.name, backend.name)
    return Table(f"`{name}` of `{at.shown}`", table, by, at=at)


def _backend(at: Address) -> Any:
    from engine.language.nearest import nearest
    from engine.verbs.history import NoDriverError, UnknownSchemeError, connected

    try:
        return connected(at.url)
    except UnknownSchemeError as error:
        near = nearest(error.scheme, error.known)
        known = ", ".join(f"{each}://" for each in error.known)
        raise Wrong(str(error), f"did you mean `{near}://`?" if near else known) from error
    except NoDriverError as error:
        raise Wrong(str(error), error.help) from error


_NAMES = {"duckdb": "DuckDB", "pyspark": "Spark", "postgres": "PostgreSQL"}


@contextmanager
def theirs(of: Table) -> Iterator[None]:
    """What goes wrong in an engine, in its own words; our mistakes stay ours. A connection is
    closed at the end."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] in ("builtins", "engine", "click"):
            raise
        reason = str(error).partition("\n")[0] or type(error).__name__
        one_by_one = "`--engine evaluator` decides one case after the other"
        if of.at is None:
            raise Wrong(f"{of.by} does not decide {of.source}: {reason}", one_by_one) from error
        raise Wrong(f"{of.source} cannot be decided: {of.at.without(reason)}") from error
    finally:
        if of.at is not None:
            of.table.get_backend().disconnect()


@contextmanager
def _told(what: str, at: Address | None = None) -> Iterator[None]:
    """What the world outside says, in its own words, without the secrets of an address."""
    from engine.verbs.history import NoColumnsError

    try:
        yield
    except (Wrong, NoColumnsError) as error:
        if isinstance(error, NoColumnsError):
            raise Wrong(error.message, error.help) from error
        raise
    except FileNotFoundError as error:
        raise Wrong(f"`{what}` cannot be read: no such file or directory") from error
    except Exception as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        reason = reason if at is None else at.without(reason)
        raise Wrong(f"`{what}` cannot be read: {reason}") from error


def _rows(path: str) -> int | None:
    if Path(path).suffix.lower() not in PARQUET:
        return None
    from pyarrow import ArrowInvalid, parquet

    try:
        with parquet.ParquetFile(path) as file:
            return int(file.metadata.num_rows)
    except (OSError, ArrowInvalid):
        return None


def _is_json(table: Any, asked: "Asked") -> bool:
    from engine.verbs.replaying.layout import Layout

    columns = list(table.columns)
    return "input" in columns and "input" not in Layout(asked, columns).facts
