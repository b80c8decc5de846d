"""A program in which thresholds are facts, and a table of cases that does not hold them, to what
each row comes to on either side of every number that they are compared with.

A threshold is first a column that is nowhere. What it is compared with is then found among the
terms, and each of these numbers is put in its place: so a row stays a row, and what does not hang
on the threshold is computed once.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
_NOWHERE = "\0threshold "
"""How the columns begin that stand for thresholds; no fact is called so."""


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
    one `field` is there where that is given. Raises Gap where columns do nothing of it."""
    if not computes(table):
        raise Gap("a case of another engine", "DuckDB and Spark alone compute them")
    lifted = policy.decisions[node.name]
    of = given(policy, lifted, node.parameters, table, now, elements)
    probes = {name: terms.column(_NOWHERE + name, "float", nullable=False) for name in thresholds}
    names = Names({**of.values, **probes})
    made = decisions.decided(Translator(policy), _with_one(lifted, field), names, of.aside, say)
    order = terms.in_order((made.outcome, made.aside))
    among = {*probes.values()}
    axes = [[*_puts(order, among, probes[name], *ends)] for name, ends in thresholds.items()]
    if prod(map(len, axes)) > _MOST:
        raise Gap("thresholds", "they are compared with too many numbers")
    outputs: dict[str, Term] = {}
    aside = []
    for place, puts in enumerate(product(*axes)):
        at = _put(order, puts)
        outputs[f"_bylaw_told_{place}"] = at[made.outcome]
        aside.append(at[made.aside])
    told = tuple(outputs)
    edges = []
    for axis, each in enumerate(axes):
        named = {f"_bylaw_edge_{axis}_{place}": put for place, put in enumerate(each)}
        outputs |= {name: put.number for name, put in named.items()}
        edges.append(tuple(Edge(name, put.after) for name, put in named.items()))
    outputs[ASIDE] = terms.any_of(*aside)
    return Sweep(emit(table, of.facts, outputs), tuple(edges), told, made.reasons)


def nothing(table: Any, reason: Reason) -> Sweep:
    """Every row is set aside."""
    return Sweep(emit(table, Facts(table), {ASIDE: TRUE}), (), (), (reason,))


def _with_one(node: program.Decision, field: int | None) -> program.Decision:
    """Of its outcomes one field alone, and the one by which they are ranked, so that nothing else
    sets a row aside."""
    if field is None or node.always:
        return node

    def one(outcome: Any) -> Any:
        if not isinstance(outcome, program.MakeRecord):
            return outcome
        kept = {field, node.strictest_by}
        values = (each if place in kept else None for place, each in enumerate(outcome.values))
        return replace(outcome, values=tuple(values))

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
        if op == "equal":
            other = right if left is self.probe else left
            if self.after:
                return terms.case([(terms.missing(other), UNKNOWN)], FALSE)
            return terms.equal(self.number, other)
        if left is self.probe:
            return (terms.less if self.after else _COMPARED[op])(self.number, right)
        return (terms.at_most if self.after else _COMPARED[op])(left, self.number)


_COMPARED = {"less": terms.less, "at_most": terms.at_most}


def _puts(
    order: Sequence[Term], probes: Collection[Term], probe: Term, low: float, high: float
) -> Iterator[_Put]:
    """The low end of the range, and each number with which the probe is compared; of one outside of
    the range that end again."""
    ends = terms.number(low), terms.number(high)
    yield _Put(probe, ends[0], after=False)
    for number, after in _numbers(order, probe):
        if any(each in probes for each in terms.in_order([number])):
            raise Gap("thresholds", "what they are compared with hangs on them")
        first, last = (terms.at_most, terms.less) if after else (terms.less, terms.at_most)
        inside = terms.all_of(first(ends[0], number), last(number, ends[1]))
        yield _Put(probe, terms.case([(inside, number)], ends[0]), after)


def _numbers(order: Sequence[Term], probe: Term) -> Iterable[tuple[Term, bool]]:
    """Each once, and whether something changes just above it, rather than at it."""
    found: dict[tuple[Term, bool], None] = {}
    for each in order:
        if probe not in each.args:
            continue
        if each.op not in ("equal", *_COMPARED):
            raise Gap("thresholds", "more is done with them than to compare them")
        left, right = each.args
        number = right if left is probe else left
        is_above = (each.op == "less") != (left is probe)
        for after in (False, True) if each.op == "equal" else (is_above,):
            found[number, after] = None
    return found


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
