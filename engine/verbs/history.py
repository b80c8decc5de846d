"""A program and a table of many cases to what each is decided to, in batches.

Columns decide what they can; what they set aside is decided by the evaluator, batch by batch, so
that memory does not grow with the table.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import rfc8785

from engine.decision import Decision
from engine.program import nodes as program
from engine.verbs.decide import evaluator, parameters_of
from engine.verbs.rows import Column, case_of, columns_of, instant

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.backends.columns.decide import Reason

ADDED = ("outcome", "rule", "basis", "aside")
_HIDDEN, _DECIDED = "_case_", "_decided_"


class NoColumnsError(RuntimeError):
    message = "what decides whole tables is not installed"
    help = 'pip install "bylaw[history]"'

    def __str__(self) -> str:
        return f"{self.message}; {self.help}"


def need_columns() -> None:
    if find_spec("ibis") is None or find_spec("duckdb") is None:
        raise NoColumnsError


def opened(path: str) -> Any:
    """A file as an Ibis table: Parquet, CSV, or JSON lines as one column `case`."""
    need_columns()
    from engine.backends.columns import sources

    return sources.opened(path)


class UnknownSchemeError(ValueError):
    """`known` are those that there are."""

    def __init__(self, scheme: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no connection `{scheme}://`")
        self.scheme, self.known = scheme, known


class NoDriverError(ImportError):
    def __init__(self, scheme: str) -> None:
        super().__init__(f"what connects to `{scheme}://` is not installed")
        package = _EXTRAS.get(scheme, f"ibis-framework[{scheme}]")
        self.help = f'pip install "{package}"'


_EXTRAS = {"postgres": "bylaw[postgres]", "postgresql": "bylaw[postgres]"}


def connected(url: str) -> Any:
    """An Ibis backend by its address, as `duckdb://history.db`; `.table(name)` gives a table."""
    need_columns()
    from engine.backends.columns import sources

    scheme, known = url.partition("://")[0], sources.schemes()
    if scheme not in known:
        raise UnknownSchemeError(scheme, known)
    try:
        return sources.connected(url)
    except ImportError as error:
        raise NoDriverError(scheme) from error


def longest(table: Any) -> int:
    """How many elements the longest list of a table has, but for lists in lists."""
    from engine.backends.columns import sources

    return sources.longest(table)


@dataclass
class Batches:
    """`rows` and `aside` count what was handed out so far."""

    reasons: tuple["Reason", ...]
    _each: Iterator["pa.RecordBatch"]
    rows: int = 0
    aside: int = 0

    def __iter__(self) -> Iterator["pa.RecordBatch"]:
        import pyarrow.compute as pc

        for batch in self._each:
            self.rows += batch.num_rows
            self.aside += pc.sum(batch.column(batch.num_columns - 1)).as_py() or 0
            yield batch


def batches(
    policy: program.Program,
    decision: str,
    table: Any,
    *,
    now: str | int | None = None,
    case: str | None = None,
    keep: Sequence[str] = (),
    aside: Literal["evaluator", "refuse"] = "evaluator",
    prefix: str = "",
    chunk: int = 50_000,
) -> Batches:
    """`table` is an Ibis table; `now` a column of it, or one instant; `case` the column that has
    the whole case as JSON, where the facts are no columns; `keep` what is handed through. `aside`
    says who decides what columns do not: the evaluator, or nobody. The order is not kept."""
    need_columns()
    from engine.backends.columns.decide import decide
    from engine.backends.columns.facts import MOST_ELEMENTS
    from engine.backends.columns.sources import batches as arrow_batches
    from engine.backends.columns.sources import masked

    elements = min(longest(table), MOST_ELEMENTS)
    decided = decide(
        policy, decision, table, now=now, case=case, prefix=_DECIDED, elements=elements
    )
    named = [_DECIDED + name for name in ADDED]
    parameters = parameters_of(policy, decision)
    facts = [] if case else columns_of(table.columns, parameters)
    read = [case] if case else [each.name for each in facts]
    hidden = list(dict.fromkeys([*read, *([now] if isinstance(now, str) else [])]))
    one = _One(policy, decision, facts, case, now)
    if aside == "refuse":
        hidden = []
    shown = masked(
        decided.table, [*keep, *named], {_HIDDEN + name: name for name in hidden}, named[-1]
    )
    names = [*keep, *(prefix + name for name in ADDED)]
    if len(set(names)) < len(names):
        raise ValueError("what is kept has the names of what is decided; give a prefix")
    each = arrow_batches(shown, chunk)
    return Batches(decided.reasons, (_completed(batch, names, one, hidden) for batch in each))


@dataclass(frozen=True)
class _One:
    """A row to its decision by the evaluator."""

    policy: program.Program
    decision: str
    facts: Sequence[Column]
    case: str | None
    now: str | int | None

    def decide(self, row: Mapping[str, Any]) -> Decision:
        case = row[self.case] if self.case else case_of(row, self.facts)
        now = row[self.now] if isinstance(self.now, str) else self.now
        return evaluator(self.policy).decide(case, self.decision, instant(now))


def canonical(outcome: Any) -> str:
    """The text of an outcome as the column has it."""
    return rfc8785.dumps(outcome).decode()


def _completed(
    batch: "pa.RecordBatch", names: Sequence[str], one: _One, hidden: Sequence[str]
) -> "pa.RecordBatch":
    """With what the evaluator says of the rows that were set aside."""
    import pyarrow as pa
    import pyarrow.compute as pc

    size, kept = len(names), len(names) - len(ADDED)
    shown = pa.RecordBatch.from_arrays(batch.columns[:size], names=list(names))
    marked = batch.column(size - 1)
    if not hidden or not pc.any(marked).as_py():
        return shown
    places = pc.indices_nonzero(marked)
    rows = pa.RecordBatch.from_arrays(batch.columns[size:], names=list(hidden)).take(places)
    decisions = [one.decide(row) for row in rows.to_pylist()]
    told = (
        [canonical(each.outcome) for each in decisions],
        [", ".join(each.determining) or None for each in decisions],
        [each.basis for each in decisions],
    )
    columns = list(shown.columns)
    for place, values in enumerate(told, start=kept):
        columns[place] = pc.replace_with_mask(
            columns[place], marked, pa.array(values, columns[place].type)
        )
    return pa.RecordBatch.from_arrays(columns, schema=shown.schema)
