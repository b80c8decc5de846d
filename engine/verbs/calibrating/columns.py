"""A table of labelled cases to their pieces: columns decide what they can, the evaluator the rest.

Of the rows no more is held than a batch; what they come to is kept once for all that come to it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import inf, nextafter
from typing import TYPE_CHECKING, Any

from engine.backends.columns import terms
from engine.backends.columns.decide import Reason
from engine.backends.columns.decisions import Say
from engine.backends.columns.facts import MOST_ELEMENTS
from engine.backends.columns.scope import Collector
from engine.backends.columns.sources import batches, longest, masked
from engine.backends.columns.sweep import ASIDE, Edge, Sweep, nothing, sweep
from engine.backends.columns.terms import Term
from engine.backends.columns.values import Gap, Record, Value
from engine.language import types
from engine.verbs.calibrating.deciding import Case, Deciding
from engine.verbs.calibrating.models import LabelledTable, NotCalibratableError
from engine.verbs.calibrating.pieces import Pieces, merged
from engine.verbs.calibrating.positive import LOOSEST, POSITIVE, Positive
from engine.verbs.replaying.layout import WRITE_INSTANT
from engine.verbs.rows import case_of, columns_of, instant

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE = 50_000
_LOOKED_AT = 1_000
_HIDDEN, _LABEL = "_bylaw_case_", "_bylaw_label"
_PLAIN = types.Bool | types.Text | types.Enum | types.Code | types.Number

Keeps = Callable[[Case], bool]
"""Whether a case is held out."""
Weighed = tuple[Pieces, bool, bool, int]
"""What cases come to, whether they are labelled yes, whether they are held out, and how many."""


class Tabled:
    """How the rows of a table are decided. `aside` counts those that the evaluator decided, and
    `gaps` say why. Of so many as were `looked_at`, `unknown` says in how many a fact is wanted that
    is not given."""

    def __init__(
        self, asked: Deciding, cases: LabelledTable, now: int | None, keeps: Keeps | None
    ) -> None:
        self._asked, self._cases, self._now, self._keeps = asked, cases, now, keeps
        self._table = cases.table.rename({_LABEL: cases.label})
        self._facts = columns_of(self._table.columns, asked.node.parameters)
        if not self._facts:
            raise NotCalibratableError(
                "no column is a fact", "a column for each, as `order.linked`"
            )
        self._sweep = _sweep(asked, self._table, cases.now or now)
        self._told = [*(each.column for axis in self._sweep.edges for each in axis)]
        self._told += self._sweep.told
        self._known: dict[tuple[Any, ...], Pieces] = {}
        self._labels: dict[Any, bool] = {}
        self.by, self.aside = cases.by, 0
        self.gaps = tuple(map(str, self._sweep.reasons))
        self.looked_at, self.unknown = 0, asked.unknown

    def weighed(self) -> Iterator[Weighed]:
        if self._sweep.told:
            self._look_at_some()
        for batch in batches(self._shown(), _AT_ONCE):
            yield from self._by_columns(batch)
            yield from self._one_by_one(batch)
            self._cases.note(batch.num_rows)
        if not self._sweep.told:
            self.looked_at = self.aside

    def _look_at_some(self) -> None:
        self.unknown = Counter()
        for batch in batches(self._hidden(self._table.limit(_LOOKED_AT)), _AT_ONCE):
            self.looked_at += batch.num_rows
            for row in batch.to_pylist():
                self.unknown.update(self._asked.missing(*self._case(row)))

    def _by_columns(self, batch: "pa.RecordBatch") -> Iterator[Weighed]:
        import pyarrow.compute as pc

        rows = batch.filter(pc.invert(batch.column(ASIDE)))
        kept = [False] * rows.num_rows
        if self._keeps is not None:
            kept = [self._keeps(self._case(row)[0]) for row in rows.to_pylist()]
        told = [rows.column(name).to_pylist() for name in (_LABEL, *self._told)]
        for (is_kept, label, *key), times in Counter(zip(kept, *told, strict=True)).items():
            yield self._pieces(tuple(key)), self._right(label), is_kept, times

    def _one_by_one(self, batch: "pa.RecordBatch") -> Iterator[Weighed]:
        for row in batch.filter(batch.column(ASIDE)).to_pylist():
            case, now = self._case(row)
            self.aside += 1
            is_kept = self._keeps is not None and self._keeps(case)
            yield self._asked.pieces(case, now), self._right(row[_LABEL]), is_kept, 1

    def _right(self, label: Any) -> bool:
        if label not in self._labels:
            self._labels[label] = self._cases.right(label)
        return self._labels[label]

    def _pieces(self, key: tuple[Any, ...]) -> Pieces:
        """Of the numbers and what is told at their combinations."""
        found = self._known.get(key)
        if found is None:
            numbers = iter(key)
            places = [_places(edges, numbers) for edges in self._sweep.edges]
            sizes = [range(len(edges)) for edges in self._sweep.edges]
            told = dict(zip(product(*sizes), numbers, strict=True))
            axes = [sorted(each) for each in places]
            known = {
                values: told[tuple(at[value] for at, value in zip(places, values, strict=True))]
                for values in product(*axes)
            }
            found = self._known[key] = merged(axes, known)
        return found

    def _case(self, row: Mapping[str, Any]) -> tuple[Case, int | None]:
        given = {each.name: row[_HIDDEN + each.name] for each in self._facts}
        told = None if self._cases.now is None else row[_HIDDEN + self._cases.now]
        now = self._now if told is None else instant(told)
        if now is None and told is not None:
            message = f"a case has `{told}` in `{self._cases.now}`, which is no instant"
            raise NotCalibratableError(message, WRITE_INSTANT)
        return case_of(given, self._facts), now

    def _shown(self) -> Any:
        """What is told of each row, and its case where somebody must see it."""
        table, told = self._sweep.table, [_LABEL, ASIDE, *self._told]
        if self._keeps is not None:
            return self._hidden(table, *told)
        return masked(table, told, self._names, ASIDE)

    def _hidden(self, table: Any, *told: str) -> Any:
        return table.select(*told, **{new: table[name] for new, name in self._names.items()})

    @property
    def _names(self) -> dict[str, str]:
        now = [] if self._cases.now is None else [self._cases.now]
        return {_HIDDEN + name: name for name in (*(each.name for each in self._facts), *now)}


def with_label(table: Any, label: str) -> tuple[Any, int, int]:
    """The rows that have a label, how many these are, and how many have none."""
    has_one = (table[label].cast("string") != "").fill_null(False)
    counted = table.aggregate(rows=table.count(), given=has_one.sum())
    (row,) = [row for batch in batches(counted, 1) for row in batch.to_pylist()]
    given = row["given"] or 0
    return table.filter(has_one), given, row["rows"] - given


def _sweep(asked: Deciding, table: Any, now: str | int | None) -> Sweep:
    name, place = asked.node.name, _place(asked.positive, asked.node.result)
    if asked.lifted is None:
        return nothing(table, Reason(name, "a threshold", "the policy is made anew for each value"))
    if not asked.is_exact:
        return nothing(
            table, Reason(name, "a threshold", "more is done with it than to compare it")
        )
    ends = {each.name: ends for each, ends in zip(asked.swept, asked.ends, strict=True)}
    try:
        return sweep(
            asked.lifted,
            asked.node,
            ends,
            table,
            now=now,
            say=_say(asked.positive, place),
            field=place,
            elements=min(longest(table), MOST_ELEMENTS),
        )
    except Gap as gap:
        return nothing(table, Reason(name, gap.what, gap.why))


def _place(positive: Positive, result: types.Type) -> int | None:
    """That of the field of which some values are positive."""
    if not isinstance(result, types.Record):
        return None
    return next(at for at, each in enumerate(result.fields) if each.wire == positive.field)


def _say(positive: Positive, place: int | None) -> Say:
    """The class of an outcome."""

    def say(_: Collector, outcome: Value, type_: types.Type) -> Term:
        value = (
            outcome.fields[place] if isinstance(outcome, Record) and place is not None else outcome
        )
        if not isinstance(value, Term) or not isinstance(positive.type, _PLAIN):
            raise Gap(types.describe(type_), "no columns tell whether it is positive")
        wanted = terms.any_of(*[_is(value, each) for each in positive.values])
        if positive.least is not None:
            least = terms.at_most(terms.number(positive.least), value)
            wanted = terms.any_of(wanted, terms.holds(least))
        loosest = terms.FALSE
        if positive.loosest is not None:
            loosest = _is(value, positive.loosest)
        return terms.plus(_bit(wanted, POSITIVE), _bit(loosest, LOOSEST))

    return say


def _is(value: Term, wanted: Any) -> Term:
    if wanted is None:
        return terms.missing(value)
    kind = "float" if isinstance(wanted, float) else value.kind
    return terms.holds(terms.equal(value, terms.fixed(wanted, kind)))


def _bit(condition: Term, bit: int) -> Term:
    return terms.case([(condition, terms.whole(bit))], terms.whole(0))


def _places(edges: Sequence[Edge], numbers: Iterator[float]) -> dict[float, int]:
    """Where each piece begins, and which edge that is. Where one begins just above a number and
    another at the very next, what holds there is told by the other."""
    begins = [nextafter(next(numbers), inf) if edge.after else next(numbers) for edge in edges]
    found: dict[float, int] = {}
    for after in (True, False):
        for place, edge in enumerate(edges):
            if edge.after is after:
                found[begins[place]] = place
    return found
