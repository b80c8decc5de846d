"""A table of recorded cases to a replay of it: columns decide what they can, the evaluator what
they cannot, and what is shown. Of the rows no more is held than a batch."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from engine.language import types
from engine.program.differing import Decided, Kind
from engine.verbs.history import NoColumnsError, need_columns
from engine.verbs.replay import Finder, Outcome, Replaying, Watch, replay, said
from engine.verbs.replaying.layout import IDS, OUTCOME, Layout
from engine.verbs.replaying.models import Replay, Row, Said
from engine.verbs.replaying.tally import MOST_SAMPLES, Tally, by_name
from engine.verbs.rows import Column, case_of, columns_of

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.backends.columns.pairs import Recorded

_AT_ONCE, _IN_PYTHON = 50_000, 10_000
UNNAMED = "a case"
SET_ASIDE = "columns do not decide it, and the evaluator was not to"
OLD, NEW = "_old_", "_new_"
SIDES = tuple(f"{side}{each}" for side in (OLD, NEW) for each in ("outcome", "rule", "basis"))


class DisagreeError(RuntimeError):
    """The columns decide a case otherwise than the evaluator; nothing that they count holds."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the columns decide {name} otherwise than the evaluator")


@dataclass(frozen=True)
class Told:
    """Of which a replay of a table is made: what decided, and what is seen of it as it goes on."""

    by: str
    watch: Watch | None = None
    note: Callable[[int], None] = lambda _: None
    refuses: bool = False
    "Whether a case is left out that columns do not decide."


def replay_table(
    layout: Layout,
    table: Any,
    told: Told,
    *,
    now: int | None,
    version: Finder = lambda _: None,
) -> Replay:
    """`table` is an Ibis table laid out so; `now` is the instant of rows that have none."""
    need_columns()
    from engine.backends.columns.pairs import pairs
    from engine.backends.columns.sources import computes

    asked = layout.asked
    if not computes(table):
        return _one_by_one(layout, table, told, now, version)
    columns = list(table.columns)
    layout.seen.update(each for each in columns if each.partition(".")[0] not in layout.facts)
    at = "as_of" if "as_of" in columns and "as_of" not in layout.facts else None
    name = next((each for each in _ids(layout) if each in columns), None)
    replaying = Replaying(
        asked.old, asked.new, asked.decision, now=now, by=asked.keep, version=version
    )
    found = pairs(
        asked.old,
        asked.new,
        replaying.name,
        table,
        now=at or now,
        recorded=_recorded(layout, table),
        name=name,
        by=[_steps(each, layout) for each in asked.keep],
        raw=columns,
        size=_AT_ONCE,
    )
    counting = _Counting(layout, replaying, Tally(asked.keep), told, _values(layout))
    for batch in found.batches:
        counting.count(batch)
        told.note(batch.num_rows)
    return replace(replaying.told(counting.tally, told.by), gaps=tuple(map(str, found.reasons)))


def _one_by_one(layout: Layout, table: Any, told: Told, now: int | None, version: Finder) -> Replay:
    """The rows come from there, and the evaluator decides them here."""
    from engine.backends.columns.decide import not_computed

    asked = layout.asked
    found = replay(
        asked.old,
        asked.new,
        _rows(layout, table, told),
        asked.decision,
        now=now,
        by=asked.keep,
        version=version,
        watch=told.watch or (lambda _: None),
    )
    return replace(found, gaps=(str(not_computed(asked.decision)),))


def _rows(layout: Layout, table: Any, told: Told) -> Iterator[Row | None]:
    from engine.backends.columns.sources import batches

    for batch in batches(table, _IN_PYTHON):
        for raw in batch.to_pylist():
            row = layout.row(raw, UNNAMED)
            yield replace(row, gone=SET_ASIDE) if row and told.refuses else row
        told.note(batch.num_rows)


def opened_by_spark(path: str) -> Any:
    """Parquet or CSV as an Ibis table of a Spark."""
    need_columns()
    if find_spec("pyspark") is None:
        raise NoSparkError
    from engine.backends.columns import spark

    return spark.opened(path)


class NoSparkError(NoColumnsError):
    message = "Spark is not installed"
    help = 'pip install "bylaw[spark]"'


def _ids(layout: Layout) -> Sequence[str]:
    return IDS if layout.asked.id is None else (layout.asked.id,)


def _steps(column: str, layout: Layout) -> tuple[str | int, ...]:
    """The column of this name, or what leads to the fact within one."""
    named = {each.name for each in layout.old} | layout.seen
    if column in named:
        return (column,)
    steps = column.split(".")
    for cut in range(len(steps) - 1, 0, -1):
        first = ".".join(steps[:cut])
        if first in named:
            return (first, *(int(each) if each.isdecimal() else each for each in steps[cut:]))
    return (column,)


def _recorded(layout: Layout, table: Any) -> "Recorded":
    from engine.backends.columns.pairs import Recorded

    columns = {each for each in table.columns if each not in layout.facts}
    fields, truths, others = {}, {}, []
    for name, column in layout.parts:
        wire = column.steps[0]
        if len(column.steps) > 1 or _nests(layout):
            others.append(name)
        elif isinstance(column.type, types.Bool):
            truths[name] = str(wire)
        elif isinstance(column.type, types.Text | types.Enum | types.Code):
            fields[name] = str(wire)
        else:
            others.append(name)
    rules = [each for each in ("determining", "rule") if each in columns]
    outcome = OUTCOME if OUTCOME in columns else None
    if outcome and not table[outcome].type().is_string():
        others, outcome = [*others, outcome], None
    return Recorded(
        outcome,
        fields,
        truths,
        "basis" if "basis" in columns else None,
        rules[0] if rules else None,
        _by(layout, table, columns),
        tuple(others),
    )


def _by(layout: Layout, table: Any, columns: set[str]) -> dict[str, str | None]:
    """The columns that tell which version decided, and that its case can be had."""
    old = layout.asked.old
    said = {
        "hash": old.content_hash,
        "version": old.version,
        "policy": old.name,
        "decision": layout.asked.decision,
        "facts": "kept",
        "hypothetical": "false",
    }
    plain = {each for each in columns if table[each].type().is_string() or each == "hypothetical"}
    return {
        name: value if name in plain else None for name, value in said.items() if name in columns
    }


def _nests(layout: Layout) -> bool:
    """Whether a field may stand in an outcome more than once."""
    result = layout.asked.old.decisions[layout.asked.decision].result
    if not isinstance(result, types.Record):
        return True
    return any(_holds_record(each.type) for each in result.fields)


def _holds_record(type_: types.Type) -> bool:
    match type_:
        case types.Record() | types.Tally():
            return True
        case types.ListOf(element=element):
            return _holds_record(element)
        case _:
            return False


@dataclass(frozen=True)
class _Counting:
    """`values` are the columns by which cases are counted, read as the facts that they are."""

    layout: Layout
    replaying: Replaying
    tally: Tally
    told: Told
    values: Sequence[Column]

    def count(self, batch: "pa.RecordBatch") -> None:
        import pyarrow.compute as pc

        from engine.backends.columns.pairs import DOUBT, OTHERWISE, SAME

        marks = self._settled(batch)
        for mark, count in ((SAME, self._same), (OTHERWISE, self._otherwise), (DOUBT, self._doubt)):
            rows = batch.filter(pc.equal(marks, mark))
            if rows.num_rows:
                count(rows)

    def _settled(self, batch: "pa.RecordBatch") -> Any:
        """The marks; what was recorded in another way of writing is read, and in doubt where it is
        not what was decided."""
        import pyarrow as pa
        import pyarrow.compute as pc

        from engine.backends.columns.pairs import DOUBT, MARK, RAW, UNSURE

        marks, unsure = batch.column(MARK), batch.column(UNSURE)
        if not pc.any(unsure).as_py():
            return marks
        rows = batch.filter(unsure)
        told = rows.column(f"{RAW}{OUTCOME}").to_pylist()
        made = rows.column(f"{OLD}outcome").to_pylist()
        wrong = [one is None or not _tells(text, one) for text, one in zip(told, made, strict=True)]
        read = pc.if_else(
            pa.array(wrong, pa.bool_()), pa.scalar(DOUBT, marks.type), rows.column(MARK)
        )
        return pc.replace_with_mask(marks, unsure, read)

    def _same(self, rows: "pa.RecordBatch") -> None:
        import pyarrow as pa

        self._recorded(rows)
        keys = self._keys()
        if not keys:
            self.tally.add(None, (), rows.num_rows)
            return
        table = pa.Table.from_batches([rows.select(keys)])
        for each in table.group_by(keys).aggregate([([], "count_all")]).to_pylist():
            self.tally.add(None, self._said([each[key] for key in keys]), each["count_all"])

    def _otherwise(self, rows: "pa.RecordBatch") -> None:
        """Rows that both decided alike, and count for the same, are looked at as one."""
        self._recorded(rows)
        names = _names(rows)
        for each in _alike(rows, self._keys(), names):
            before, after = _decided(each, OLD), _decided(each, NEW)
            kind = self.replaying.judge.kind(before, after)
            self.tally.add(kind, self._said([each[key] for key in self._keys()]), each[_COUNT])
            for place in each[_PLACES] if self.told.watch else each[_PLACES][:MOST_SAMPLES]:
                if kind is not None and (self.told.watch or self.tally.wants(kind, names[place])):
                    self._shown(rows, place, names[place], kind)

    def _shown(self, rows: "pa.RecordBatch", place: int, name: str, kind: Kind) -> None:
        """What is shown of a row is what the evaluator decides, which must be the same."""
        outcome = self._outcome(rows, place, name)
        if outcome is None or outcome.kind != kind:
            raise DisagreeError(name)
        self.replaying.sample(outcome, self.tally)
        if self.told.watch:
            self.told.watch(outcome)

    def _doubt(self, rows: "pa.RecordBatch") -> None:
        from engine.backends.columns.pairs import ASIDE

        names, aside = _names(rows), rows.column(ASIDE).to_pylist()
        for place in range(rows.num_rows):
            if aside[place] and self.told.refuses:
                self.tally.recorded += 1
                self.tally.leave_out(SET_ASIDE)
                continue
            outcome = self._outcome(rows, place, names[place])
            if outcome is None:
                self.tally.others += 1
                continue
            self.tally.aside += 1
            self.replaying.count(outcome, self.tally)
            if self.told.watch:
                self.told.watch(outcome)

    def _outcome(self, rows: "pa.RecordBatch", place: int, name: str) -> Outcome | None:
        """What the evaluator makes of a row; None where it is of another decision."""
        from engine.backends.columns.pairs import RAW

        (given,) = rows.slice(place, 1).to_pylist()
        raw = {key[len(RAW) :]: each for key, each in given.items() if key.startswith(RAW)}
        row = self.layout.row(raw, name)
        return None if row is None else self.replaying.row(row)

    def _recorded(self, rows: "pa.RecordBatch") -> None:
        import pyarrow.compute as pc

        from engine.backends.columns.pairs import CHECKED

        self.tally.recorded += rows.num_rows
        self.tally.checked += pc.sum(rows.column(CHECKED)).as_py() or 0

    def _keys(self) -> list[str]:
        from engine.backends.columns.pairs import BY

        return [f"{BY}{place}" for place in range(len(self.values))]

    def _said(self, given: Sequence[Any]) -> tuple[str, ...]:
        return tuple(
            said(None if each is None else case_of({column.name: each}, [column])[_AT])
            for each, column in zip(given, self.values, strict=True)
        )


_AT = "value"


def _values(layout: Layout) -> list[Column]:
    """Each of one step, so that it can be read alone."""
    from engine.verbs.decide import parameters_of

    asked = layout.asked
    found = {
        each.name: each.type
        for policy in (asked.new, asked.old)
        for each in columns_of(asked.keep, parameters_of(policy, asked.decision))
    }
    return [Column(each, (_AT,), found.get(each)) for each in asked.keep]


def _alike(
    rows: "pa.RecordBatch", keys: Sequence[str], names: Sequence[str]
) -> list[dict[str, Any]]:
    """Groups of rows, each with the places of its rows in the order of their names."""
    import pyarrow as pa

    places = sorted(range(rows.num_rows), key=lambda place: by_name(names[place]))
    told = [*SIDES, *keys]
    table = pa.Table.from_batches([rows.select(told)]).take(pa.array(places))
    table = table.append_column(_PLACE, pa.array(places, pa.int64()))
    grouped = table.group_by(told, use_threads=False)
    found = grouped.aggregate([(_PLACE, "list"), ([], "count_all")])
    return [dict(each) for each in found.to_pylist()]


_PLACE, _PLACES, _COUNT = "_place", "_place_list", "count_all"


def _decided(group: Mapping[str, Any], side: str) -> Decided:
    rule = group[f"{side}rule"]
    determining = tuple(rule.split(", ")) if rule else ()
    return Decided(group[f"{side}basis"], determining, json.loads(group[f"{side}outcome"]))


def _tells(recorded: str, outcome: str) -> bool:
    try:
        return Said(json.loads(recorded)).is_of_outcome(json.loads(outcome))
    except ValueError:
        return False


def _names(rows: "pa.RecordBatch") -> list[str]:
    from engine.backends.columns.pairs import NAME

    if NAME not in rows.schema.names:
        return [UNNAMED] * rows.num_rows
    return [UNNAMED if each is None else each for each in rows.column(NAME).to_pylist()]
