"""A program and a table of cases to the same table with what each case is decided to.

Four columns are added: `outcome` (JSON in the one way of writing it, RFC 8785), `rule` (the names
of the rules that determined it, joined by commas), `basis`, and `aside`: the row has something in
it that is not decided here as the evaluator does, and the other three say nothing of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from ibis.expr import types as ir

from engine.backends.columns import decisions, terms
from engine.backends.columns.decisions import Reason
from engine.backends.columns.emit import emit
from engine.backends.columns.expressions import Translator
from engine.backends.columns.facts import MOST_ELEMENTS, take
from engine.backends.columns.leaves import Facts, Leaf, leaf
from engine.backends.columns.scope import Names
from engine.backends.columns.sources import computes
from engine.backends.columns.terms import FALSE, TRUE, Term
from engine.backends.columns.values import Gap, Value
from engine.language import types
from engine.language.values import FIRST_INSTANT, LAST_INSTANT
from engine.program import nodes as program
from engine.program import walk

__all__ = ["ADDED", "Decided", "Reason", "decide"]
_INSTANTS = types.Range(FIRST_INSTANT, LAST_INSTANT)
ADDED = ("outcome", "rule", "basis", "aside")


@dataclass(frozen=True)
class Decided:
    """`reasons` tell what of the program columns do not do; rows that come to it are set aside."""

    table: Any
    reasons: tuple[Reason, ...]


def decide(
    policy: program.Program,
    decision: str,
    table: Any,
    *,
    now: str | int | None = None,
    case: str | None = None,
    prefix: str = "",
    elements: int = MOST_ELEMENTS,
) -> Decided:
    """`table` is an Ibis table, `now` a column of it or one instant for all; `case` the column that
    has the whole case as JSON; `elements` is how many elements of a list in one column are read."""
    made = _decided(policy, decision, table, now, case, elements)
    outputs = {
        "outcome": made.outcome, "rule": made.rule, "basis": made.basis, "aside": made.aside
    }  # fmt: skip
    named = {prefix + name: outputs[name] for name in ADDED}
    return Decided(emit(table, made.facts, named), made.reasons)


@dataclass(frozen=True)
class _Made:
    outcome: Term
    rule: Term
    basis: Term
    aside: Term
    reasons: tuple[Reason, ...]
    facts: Facts


def _decided(
    policy: program.Program,
    decision: str,
    table: ir.Table,
    now: str | int | None,
    case: str | None,
    elements: int,
) -> _Made:
    nothing = terms.null("text")
    if not computes(table):
        reason = not_computed(decision)
        return _Made(nothing, nothing, nothing, TRUE, (reason,), Facts(table))
    if case is not None:
        reason = Reason(case, "a case in JSON text", "its facts are no columns")
        return _Made(nothing, nothing, nothing, TRUE, (reason,), Facts(table))
    if decision not in policy.decisions:
        reason = Reason(decision, "a lifecycle", "its steps are decided one after the other")
        return _Made(nothing, nothing, nothing, TRUE, (reason,), Facts(table))
    node = policy.decisions[decision]
    try:
        of = given(policy, node, node.parameters, table, now, elements)
        made = decisions.decided(Translator(policy), node, Names(of.values), of.aside)
    except Gap as gap:
        return _Made(
            nothing, nothing, nothing, TRUE, (Reason(decision, gap.what, gap.why),), Facts(table)
        )
    return _Made(made.outcome, made.rule, made.basis, made.aside, made.reasons, of.facts)


@dataclass(frozen=True)
class Given:
    """What a row gives by its names, and what sets it aside before anything is asked."""

    values: Mapping[str, Value]
    aside: Sequence[Term]
    facts: Facts


def given(
    policy: program.Program,
    node: program.Decision,
    parameters: Sequence[program.Parameter],
    table: ir.Table,
    now: str | int | None,
    elements: int,
) -> Given:
    """`parameters` are those that stand in the table."""
    taken = take(parameters, table, elements)
    instant, other = _instant(now, taken.facts)
    if walk.reads_now(policy, node):
        other = terms.any_of(other, terms.missing(instant))
    return Given({**taken.arguments, "now": instant}, [*taken.aside, other], taken.facts)


def not_computed(decision: str) -> Reason:
    """Of a table of another engine."""
    return Reason(decision, "a case of another engine", "DuckDB and Spark alone compute them")


def _instant(now: str | int | None, facts: Any) -> tuple[Term, Term]:
    if now is None:
        return terms.null("int"), FALSE
    if isinstance(now, int):
        return terms.whole(now), FALSE
    column = Leaf(facts, "now", itemgetter(now), sure=False)
    if column.type.is_integer():
        return leaf(column, types.Number(integer=True, range=_INSTANTS))
    return leaf(column, types.Instant())
