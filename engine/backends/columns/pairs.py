"""A table of cases and two programs to what of it must be looked at row by row.

Each row gets a mark: decided alike by both, and just as it was recorded; decided otherwise; or in
doubt, which somebody else must settle. Only the first are many, and of them nothing is handed on
but the columns by which they are counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

import ibis

from engine.backends.columns.decide import Reason, decide
from engine.backends.columns.sources import batches, where
from engine.program import nodes as program

if TYPE_CHECKING:
    import pyarrow as pa

SAME, OTHERWISE, DOUBT = 0, 1, 2
MARK, CHECKED, UNSURE, ASIDE, NAME = "_mark", "_checked", "_unsure", "_aside", "_name"
BY, RAW = "_by_", "_raw_"
OLD, NEW = "_old_", "_new_"
SIDES = tuple(f"{side}{each}" for side in (OLD, NEW) for each in ("outcome", "rule", "basis"))
_WORDS = {"true": "true", "yes": "true", "false": "false", "no": "false"}


@dataclass(frozen=True)
class Recorded:
    """The columns that tell what was decided: the outcome as JSON, which may be written in another
    way and is unsure then; `fields` of it that are texts,
    and `truths`, by their wire names; the basis, and the rules. `by` are columns that tell what
    decided it, with what they say where it was the old version, or nothing where they are always in
    doubt. So are `others`, wherever they hold something."""

    outcome: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    truths: Mapping[str, str] = field(default_factory=dict)
    basis: str | None = None
    rule: str | None = None
    by: Mapping[str, str | None] = field(default_factory=dict)
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pairs:
    """`reasons` tell what is decided row by row throughout."""

    batches: Iterator["pa.RecordBatch"]
    reasons: tuple[Reason, ...]


def pairs(
    old: program.Program,
    new: program.Program,
    decision: str,
    table: Any,
    *,
    now: str | int | None,
    recorded: Recorded,
    name: str | None,
    by: Sequence[tuple[str | int, ...]],
    raw: Sequence[str],
    size: int,
) -> Pairs:
    """`by` are the columns by which cases are counted, each with the steps into it; `raw` is handed
    on of rows that are not the same, or unsure, with the decisions of both."""
    before = decide(old, decision, table, now=now, prefix=OLD)
    after = decide(new, decision, _apart(before.table), now=now, prefix=NEW)
    both = _apart(after.table)
    given = _given(both, recorded)
    doubt = _doubt(both, now) | (given & ~_fits(both, recorded))
    mark = ibis.ifelse(doubt, DOUBT, ibis.ifelse(_alike(both), SAME, OTHERWISE))
    unsure = _unsure(both, recorded)
    aside = both[f"{OLD}aside"] | both[f"{NEW}aside"]
    marks = {MARK: mark, CHECKED: given, UNSURE: unsure, ASIDE: aside}
    marked = _apart(both.mutate(**marks))
    shown = {each: marked[each] for each in marks}
    if name is not None:
        shown[NAME] = marked[name].cast("string")
    for place, steps in enumerate(by):
        shown[f"{BY}{place}"] = _into(marked, steps)
    differs = (marked[MARK] > SAME) | marked[UNSURE]
    shown |= {each: where(differs, marked[each]) for each in SIDES}
    shown |= {f"{RAW}{each}": where(differs, marked[each]) for each in raw}
    reasons = dict.fromkeys((*before.reasons, *after.reasons))
    return Pairs(batches(marked.select(**shown), size), tuple(reasons))


def _apart(table: Any) -> Any:
    """The same as a query of its own: what is built on it repeats nothing of it."""
    backend = table.get_backend()
    return backend.sql(backend.compile(table), schema=table.schema())


def _alike(both: Any) -> Any:
    return reduce(
        and_,
        (both[f"{OLD}{each}"].identical_to(both[f"{NEW}{each}"]) for each in _DECIDED),
    )


_DECIDED = ("outcome", "rule", "basis")


def _doubt(both: Any, now: str | int | None) -> Any:
    found = [both[f"{side}aside"] for side in (OLD, NEW)]
    found += [_sure(both[f"{side}basis"] == "refused") for side in (OLD, NEW)]
    if isinstance(now, str):
        found.append(both[now].isnull())
    return reduce(or_, found)


def _given(both: Any, recorded: Recorded) -> Any:
    """Whether anything was recorded of the outcome."""
    columns = [*recorded.fields, *recorded.truths, *recorded.others]
    columns += [recorded.outcome] if recorded.outcome else []
    if not columns:
        return ibis.literal(False)
    return reduce(or_, (both[each].notnull() for each in columns))


def _fits(both: Any, recorded: Recorded) -> Any:
    """Sure to be what the old version decides, and recorded of it."""
    outcome = both[f"{OLD}outcome"]
    found = [both[each].isnull() for each in recorded.others]
    for column, wire in recorded.fields.items():
        cell = ibis.literal('"') + both[column].cast("string") + '"'
        found.append(_has(outcome, wire, cell))
    for column, wire in recorded.truths.items():
        cell = both[column].cast("string").lower().substitute(_WORDS)
        found.append(_has(outcome, wire, cell))
    if recorded.basis:
        found.append(_none_or(both[recorded.basis], both[f"{OLD}basis"]))
    if recorded.rule:
        told = both[recorded.rule]
        told = told.join(", ") if told.type().is_array() else told
        found.append(_none_or(told, both[f"{OLD}rule"]))
    for column, said in recorded.by.items():
        told = both[column]
        sure = told.isnull() if said is None else _none_or(told.cast("string"), said)
        found.append(sure)
    return reduce(and_, found) if found else ibis.literal(True)


def _unsure(both: Any, recorded: Recorded) -> Any:
    if not recorded.outcome:
        return ibis.literal(False)
    told = both[recorded.outcome]
    return told.notnull() & ~_sure(told == both[f"{OLD}outcome"])


def _has(outcome: Any, wire: str, cell: Any) -> Any:
    """JSON escapes the quotes within texts, so that such a part of it is the field."""
    part = ibis.literal(f'"{wire}":') + ibis.coalesce(cell, ibis.literal("null"))
    return _sure(outcome.contains(part))


def _none_or(told: Any, made: Any) -> Any:
    return told.isnull() | _sure(told == made)


def _sure(of: Any) -> Any:
    return of.fill_null(False)


def _into(table: Any, steps: Sequence[str | int]) -> Any:
    """What nests is told as a replay does, for nothing can be counted by it as it is."""
    found = table
    for step in steps:
        found = found[step]
    if found.type().is_array():
        return found.length().cast("string") + " of them"
    if found.type().is_struct():
        return found.notnull().ifelse("given", ibis.null("string"))
    return found
