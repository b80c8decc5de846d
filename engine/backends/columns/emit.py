"""Terms to columns of an Ibis table.

What is asked for more than once becomes a column of its own, in a layer below those that ask for
it, so that no engine computes it twice and no query grows with how often it is asked for. What is
asked for once stays inside, and is computed only where a `case` comes to it.
"""

from collections import Counter
from collections.abc import Container, Mapping
from functools import reduce
from typing import Any

import ibis
from ibis.expr import types as ir

from engine.backends.columns.leaves import Facts
from engine.backends.columns.terms import Term, in_order, value_of
from engine.backends.columns.texts import pattern_of

ibis.options.sql.fuse_selects = False  # else the layers are put into each other again

_TYPES = {"bool": "boolean", "text": "string", "float": "float64", "int": "int64"}
_MOST_DEEP = 24
_UNBRACKETED = frozenset({"not", "missing", "among"})
_LIGHT = frozenset({"missing", "equal", "less", "at_most", "not", "as_float", "known_or"})
_MOST_LIGHT = 3


def emit(table: ir.Table, facts: Facts, outputs: Mapping[str, Term]) -> ir.Table:
    """The table with the outputs added."""
    plan = _Plan(outputs, facts.plain)
    own = [name for name in table.columns if name not in outputs]
    named = {each: f"_part_{place}" for place, each in enumerate(plan.kept)}
    made = table
    for layer in range(1, plan.layers + 1):
        build = _Builder(made, named, facts)
        fresh = {named[each]: build.inside(each) for each in plan.kept if plan.kept[each] == layer}
        needed = {named[each] for each in plan.needed_after(layer)}
        before = [name for name in made.columns if name in needed]
        made = made.select(*table.columns, *before, **fresh)
    build = _Builder(made, named, facts)
    return made.select(*own, **{name: build.of(each) for name, each in outputs.items()})


class _Plan:
    """Which terms are columns of their own, and in which layer each is computed."""

    def __init__(self, outputs: Mapping[str, Term], plain: Container[str]) -> None:
        self.outputs = tuple(outputs.values())
        self._plain = plain
        self.kept: dict[Term, int] = {}
        self._reads: dict[Term, frozenset[Term]] = {}
        self._deep: dict[Term, int] = {}
        self._weight: dict[Term, int] = {}
        self._layer: dict[Term, int] = {}
        order = in_order(self.outputs)
        self._asked = Counter((*self.outputs, *(inner for each in order for inner in each.args)))
        for each in order:
            self._place(each)
        self.layers = max(self.kept.values(), default=0)

    def needed_after(self, layer: int) -> set[Term]:
        """The columns that are read above this layer, and not made there."""
        found: set[Term] = set()
        for each in self.outputs:
            found |= self._own_reads(each)
        for each, at in self.kept.items():
            if at > layer:
                found |= self._reads[each]
        return {each for each in found if each not in self.kept or self.kept[each] <= layer}

    def _own_reads(self, each: Term) -> frozenset[Term]:
        return frozenset([each]) if each in self.kept else self._reads[each]

    def _place(self, each: Term) -> None:
        self._weight[each] = self._weigh(each)
        light = self._weight[each] <= _MOST_LIGHT
        deep = 1 + max((self._deep[inner] for inner in each.args), default=0)
        layer = max((self._layer[inner] for inner in each.args), default=0)
        reads = frozenset[Term]().union(*map(self._own_reads, each.args))
        self._reads[each] = reads
        if (self._asked[each] > 1 and not light) or deep > _MOST_DEEP:
            self.kept[each] = self._layer[each] = layer + 1
            self._deep[each] = 0
        else:
            self._deep[each], self._layer[each] = deep, layer

    def _weigh(self, each: Term) -> int:
        """Little where it costs hardly more than to read it."""
        if each.op == "fixed" or (each.op == "column" and each.extra in self._plain):
            return 0
        if each.op not in _LIGHT:
            return _MOST_LIGHT + 1
        return 1 + sum(0 if inner in self.kept else self._weight[inner] for inner in each.args)


class _Builder:
    """Terms to Ibis's expressions over one layer."""

    def __init__(self, table: ir.Table, named: Mapping[Term, str], facts: Facts) -> None:
        self._table = table
        self._named = named
        self._facts = facts
        self._known: dict[Term, Any] = {}

    def of(self, each: Term) -> Any:
        if each in self._named and self._named[each] in self._table.columns:
            return self._table[self._named[each]]
        if each not in self._known:
            self._known[each] = self.inside(each)
        return self._known[each]

    def inside(self, each: Term) -> Any:
        """Built here, even if it has a name of its own."""
        if each.op == "fixed":
            return _literal(each)
        if each.op == "column":
            return self._facts.reads[each.extra](self._table)
        if each.op == "case":
            return self._case(each)
        operands = [self.of(inner) for inner in each.args]
        if each.op == "equal":
            operands = [_bracketed(*pair) for pair in zip(each.args, operands, strict=True)]
        return _OPERATIONS[each.op](operands, each.extra)

    def _case(self, each: Term) -> Any:
        values = [self.of(inner) for inner in each.args]
        pairs = list(zip(values[:-1:2], values[1:-1:2], strict=True))
        return ibis.cases(*pairs, else_=values[-1])


def _bracketed(each: Term, made: Any) -> Any:
    """Ibis writes `NOT a = b` without the brackets that it means."""
    return made.fill_null(ibis.null("boolean")) if each.op in _UNBRACKETED else made


@ibis.udf.scalar.builtin(name="strlen")  # type: ignore[untyped-decorator]
def _bytes_on_duckdb(text: str) -> int:  # type: ignore[empty-body]
    """As DuckDB calls it."""


@ibis.udf.scalar.builtin(name="octet_length")  # type: ignore[untyped-decorator]
def _bytes(text: str) -> int:  # type: ignore[empty-body]
    """As others do."""


def _beyond(text: Any) -> Any:
    on_duckdb = text.get_backend().name == "duckdb"
    return text.length() != (_bytes_on_duckdb if on_duckdb else _bytes)(text)


def _literal(each: Term) -> Any:
    value = value_of(each)
    if value is None:
        return ibis.null(_TYPES[each.kind])
    if each.kind == "float":  # as text: engines read a written fraction as a decimal
        return ibis.literal(repr(value)).cast("float64")
    return ibis.literal(value, type=_TYPES[each.kind])


def _paired(operands: list[Any], meaning: Any) -> Any:
    """As a tree that is not deep."""
    while len(operands) > 1:
        halves = [operands[place : place + 2] for place in range(0, len(operands), 2)]
        operands = [reduce(meaning, pair) for pair in halves]
    return operands[0]


def _is_no_number(value: Any) -> Any:
    """DuckDB asks the statistics of Parquet whether there is NaN, and these may leave it out."""
    return value - value != 0


def _picked(number: Any, texts: tuple[str | None, ...]) -> Any:
    return ibis.array([ibis.literal(each, type="string") for each in texts])[number]


def _cut(operand: Any, extra: tuple[int, int | None]) -> Any:
    return operand.substr(extra[0]) if extra[1] is None else operand.substr(*extra)


_OPERATIONS: Mapping[str, Any] = {
    "and": lambda args, _: _paired(args, lambda a, b: a & b),
    "or": lambda args, _: _paired(args, lambda a, b: a | b),
    "not": lambda args, _: ~args[0],
    "missing": lambda args, _: args[0].isnull(),
    "equal": lambda args, _: args[0] == args[1],
    "less": lambda args, _: args[0] < args[1],
    "at_most": lambda args, _: args[0] <= args[1],
    "among": lambda args, values: args[0].isin(values),
    "picked": lambda args, texts: _picked(args[0], texts),
    "known_or": lambda args, _: args[0].fill_null(args[1]),
    "as_float": lambda args, _: args[0].cast("float64"),
    "as_whole": lambda args, _: args[0].cast("int64"),
    "plus": lambda args, _: args[0] + args[1],
    "minus": lambda args, _: args[0] - args[1],
    "times": lambda args, _: args[0] * args[1],
    "over": lambda args, _: args[0] / args[1],
    "remainder": lambda args, _: args[0] % args[1],
    "abs": lambda args, _: args[0].abs(),
    "floor": lambda args, _: args[0].floor().cast("float64"),
    "sqrt": lambda args, _: args[0].sqrt(),
    "exp": lambda args, _: args[0].exp(),
    "ln": lambda args, _: args[0].ln(),
    "joined": lambda args, _: _paired(args, lambda a, b: a + b),
    "written": lambda args, _: args[0].cast("string"),
    "replaced": lambda args, extra: args[0].replace(*extra),
    "cut": lambda args, extra: _cut(args[0], extra),
    "no_number": lambda args, _: _is_no_number(args[0]),
    "matches": lambda args, pattern: args[0].re_search(pattern),
    "mentions": lambda args, wanted: args[0].re_search(pattern_of(wanted)),
    "beyond": lambda args, _: _beyond(args[0]),
    "extracted": lambda args, extra: args[0].re_extract(*extra),
    "read_whole": lambda args, _: args[0].try_cast("int64"),
    "read_float": lambda args, _: args[0].try_cast("float64"),
    "lowered": lambda args, _: args[0].lower(),
}
