"""A program in which thresholds are facts, and a table of cases that does not hold them, to what
each row comes to on either side of every number that they are compared with.

A threshold is first a column that is nowhere. What it is compared with is then found among the
terms, and each of these numbers is put in its place: so a row stays a row, and what does not hang
on the threshold is computed once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from engine.backends.columns import decisions, terms
from engine.backends.columns.decide import Reason, given
from engine.backends.columns.decisions import Say
from engine.backends.columns.emit import emit
from engine.backends.columns.expressions import Translator
from engine.backends.columns.leaves import Facts
from engine.backends.columns.scope import Names
from engine.backends.columns.sources import computes
from engine.backends.columns.terms import FALSE, TRUE, UNKNOWN, Term
from engine.backends.columns.values import Gap
from engine.program import nodes as program

ASIDE = "_bylaw_aside"
_MOST = 150
_NOWHERE = "threshold "
"""What the columns are called that stand for thresholds."""


@dataclass(frozen=True)
class Edge:
    """A column with a number; with `after` what holds just above it is meant."""

    column: str
    after: bool


@dataclass(frozen=True)
class Sweep:
    """`edges` are those of each threshold, the low end of its range first; `told` are the columns
    of all of their combinations, the last threshold going fastest. A row of which `aside` is true
    says nothing of itself; `reasons` tell what of the program columns do not do."""

    table: Any
    edges: tuple[tuple[Edge, ...], ...]
    told: tuple[str, ...]
    reasons: tuple[Reason, ...]


def sweep(
    policy: program.Program,
    node: program.Decision,
    thresholds: Mapping[str, tuple[float, float]],
    table: Any,
    *,
    now: str | int | None,
    say: Say,
    field: int | None,
    elements: int,
) -> Sweep:
    """`node` is the decision as it was, without the thresholds among its parameters; `thresholds`
    have the ends of their ranges, each included. `say` makes a term of an outcome, of which only
    one `field` is there where that is given."""
    try:
        return _swept(policy, node, thresholds, table, now, say, field, elements)
    except Gap as gap:
        return nothing(table, Reason(node.name, gap.what, gap.why))


def nothing(table: Any, reason: Reason) -> Sweep:
    """Every row is set aside."""
    return Sweep(emit(table, Facts(table), {ASIDE: TRUE}), (), (), (reason,))


def _swept(
    policy: program.Program,
    node: program.Decision,
    thresholds: Mapping[str, tuple[float, float]],
    table: Any,
    now: str | int | None,
    say: Say,
    field: int | None,
    elements: int,
) -> Sweep:
    if not computes(table):
        raise Gap("a case of another engine", "DuckDB and Spark alone compute them")
    lifted = policy.decisions[node.name]
    of = given(policy, lifted, node.parameters, table, now, elements)
    probes = {
        terms.column(f"{_NOWHERE}{name}", "float", nullable=False): name for name in thresholds
    }
    values = {**of.values, **{name: probe for probe, name in probes.items()}}
    asked = _with_one(lifted, field)
    made = decisions.decided(Translator(policy), asked, Names(values), of.aside, say)
    order = terms.in_order((made.outcome, made.aside))
    axes = [
        [
            _Put(probe, terms.number(thresholds[name][0]), after=False),
            *_puts(order, probe, *thresholds[name]),
        ]
        for probe, name in probes.items()
    ]
    if prod(map(len, axes)) > _MOST:
        raise Gap("thresholds", "they are compared with too many numbers")
    outputs: dict[str, Term] = {}
    told, aside = [], []
    for place, puts in enumerate(product(*axes)):
        at = _put(order, puts)
        outputs[f"_bylaw_told_{place}"] = at[made.outcome]
        aside.append(at[made.aside])
        told.append(f"_bylaw_told_{place}")
    edges = []
    for axis, each_put in enumerate(axes):
        named = {f"_bylaw_edge_{axis}_{place}": put for place, put in enumerate(each_put)}
        outputs |= {name: put.number for name, put in named.items()}
        edges.append(tuple(Edge(name, put.after) for name, put in named.items()))
    outputs[ASIDE] = terms.any_of(*aside)
    return Sweep(emit(table, of.facts, outputs), tuple(edges), tuple(told), made.reasons)


def _with_one(node: program.Decision, field: int | None) -> program.Decision:
    """Of its outcomes one field alone, and the one by which they are ranked, so that nothing else
    sets a row aside."""
    if field is None or node.always:
        return node

    def one(outcome: Any) -> Any:
        if not isinstance(outcome, program.MakeRecord):
            return outcome
        kept = {field, node.strictest_by}
        given = (each if place in kept else None for place, each in enumerate(outcome.values))
        return replace(outcome, values=tuple(given))

    def of(rule: program.Rule) -> program.Rule:
        return replace(rule, outcome=one(rule.outcome), unknown_outcome=one(rule.unknown_outcome))

    last = node.otherwise
    return replace(
        node,
        guards=tuple(map(of, node.guards)),
        rules=tuple(map(of, node.rules)),
        otherwise=last and replace(last, outcome=one(last.outcome)),
    )


@dataclass(frozen=True)
class _Put:
    """A number in the place of a threshold."""

    probe: Term
    number: Term
    after: bool

    def compared(self, op: str, left: Term, right: Term) -> Term:
        """Just above a number there is no other: what is less than that is at most the number."""
        if left is self.probe:
            if op == "equal" and self.after:
                return terms.case([(terms.missing(right), UNKNOWN)], FALSE)
            strictly = op == "less" or self.after
            return _COMPARED["less" if strictly and op != "equal" else op](self.number, right)
        if op == "equal":
            return self.compared(op, right, left)
        return _COMPARED["at_most" if self.after else op](left, self.number)


_COMPARED = {"equal": terms.equal, "less": terms.less, "at_most": terms.at_most}


def _puts(order: Sequence[Term], probe: Term, low: float, high: float) -> Iterator[_Put]:
    """What it is compared with; the low end of the range where that lies outside of it."""
    found: dict[tuple[Term, bool], None] = {}
    for each in order:
        if probe not in each.args:
            continue
        if each.op not in _COMPARED or each.args == (probe, probe):
            raise Gap("thresholds", "more is done with them than to compare them")
        left, right = each.args
        number = right if left is probe else left
        begins_after = (each.op == "less") != (left is probe)
        for after in (False, True) if each.op == "equal" else (begins_after,):
            found[number, after] = None
    ends = terms.number(low), terms.number(high)
    if any(
        each.op == "column" and each.extra.startswith(_NOWHERE)
        for each in terms.in_order([number for number, _ in found])
    ):
        raise Gap("thresholds", "what they are compared with hangs on them")
    for number, after in found:
        first, last = (terms.at_most, terms.less) if after else (terms.less, terms.at_most)
        inside = terms.all_of(first(ends[0], number), last(number, ends[1]))
        yield _Put(probe, terms.case([(inside, number)], ends[0]), after)


def _put(order: Sequence[Term], puts: Sequence[_Put]) -> dict[Term, Term]:
    """Each term to the same with these numbers for the thresholds."""
    by_probe = {each.probe: each for each in puts}
    made: dict[Term, Term] = {}
    for each in order:
        put = next((by_probe[arg] for arg in each.args if arg in by_probe), None)
        args = [made.get(arg, arg) for arg in each.args]
        if put is not None:
            made[each] = put.compared(each.op, *args)
        elif each.args != tuple(args):
            made[each] = terms.term(each.op, args, each.kind, each.nullable, each.extra)
        else:
            made[each] = each
    return made
