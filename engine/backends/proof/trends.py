"""A promise that a value never rises, or never falls, with one fact, all else equal: what is known
of it by the form of the expression, and the question whether two cases break it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, assert_never

import z3

from engine.backends.proof.bits import Bit, both
from engine.backends.proof.encode import Encoder
from engine.backends.proof.facts import Case
from engine.backends.proof.numbers import compared
from engine.backends.proof.solve import Question
from engine.backends.proof.symbols import Num, Rec, Sym, term
from engine.language import types
from engine.program import nodes as program

Way = Literal["same", "rises", "falls"]
Path = tuple[str, ...]
Moves = Way | Path
"""How a variable moves as the fact rises: itself, or the field below it that does."""

_FLIPPED: dict[Way | None, Way | None] = {
    "same": "same", "rises": "falls", "falls": "rises", None: None
}  # fmt: skip
_RISING = frozenset(
    {
        *("floor", "ceiling", "sqrt", "exp", "ln", "log2", "log10"),
        *("days", "hours", "day", "month", "min", "max"),
    }
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A case, and the greater value of the one fact in which the other differs."""

    case: Case
    other: Any


def keeps(policy: program.Program, promise: program.TrendPromise) -> bool:
    """Whether the form alone shows it: each operation on floats keeps the order of what it is
    given, and so do the steps of a table, where they do."""
    define = policy.defines[promise.define]
    first, *rest = promise.path
    names: dict[str, Moves] = {each.name: "same" for each in define.parameters}
    names[first] = tuple(rest) if rest else "rises"
    way = _Reading(policy, names).way(define.value)
    return way in ("same", "falls" if promise.direction == "rises" else "rises")


def breaking(encoder: Encoder, define: program.Define, promise: program.TrendPromise) -> Question:
    """The pairs of cases that break it, of those in which both values are known."""
    facts, read = encoder.facts.case(define.parameters)
    first, *rest = promise.path
    type_ = next(each.type for each in define.parameters if each.name == first)
    moved = type_at(type_, rest)
    other, greater = encoder.facts.fact(moved, "the greater")
    fact = facts[first]
    low = _at(fact, type_, rest)
    high = {**facts, first: _with(fact, type_, rest, other)}
    before, after = (encoder.express(define.value, names) for names in (facts, high))
    order = _number(low, moved), _number(other, moved)
    values = [_settled(encoder, each, define.value.type) for each in (before, after)]
    if before.known is False or after.known is False or low.known is False:
        return Question(encoder, False, lambda model: Pair(read(model), greater(model)))
    symbol = ">" if promise.direction == "rises" else "<"
    broken = both(
        both(low.known, before.known, after.known),
        compared("<", *order),
        compared(symbol, values[1], values[0]),
    )
    return Question(encoder, broken, lambda model: Pair(read(model), greater(model)))


def type_at(type_: types.Type, path: Sequence[str]) -> types.Type:
    for name in path:
        field = type_.field(name) if isinstance(type_, types.Record) else None
        if field is None:
            raise TypeError(name)
        type_ = field.type
    return type_


def changed(value: Any, type_: types.Type, path: Sequence[str], other: Any) -> Any:
    """A value with another one at the path."""
    if not path or not isinstance(type_, types.Record):
        return other
    place = type_.places[path[0]]
    inside = changed(value[place], type_.fields[place].type, path[1:], other)
    return (*value[:place], inside, *value[place + 1 :])


def _at(fact: Sym, type_: types.Type, path: Sequence[str]) -> Sym:
    for name in path:
        if not isinstance(type_, types.Record) or fact.known is False:
            return fact
        place = type_.places[name]
        inside = fact.value.field(place)
        fact, type_ = Sym(inside.value, both(fact.known, inside.known)), type_.fields[place].type
    return fact


def _with(fact: Sym, type_: types.Type, path: Sequence[str], other: Sym) -> Sym:
    if not path or not isinstance(type_, types.Record):
        return other
    at, fields = type_.places[path[0]], type_.fields

    def make(place: int) -> Sym:
        inside: Sym = fact.value.field(place)
        return inside if place != at else _with(inside, fields[place].type, path[1:], other)

    return Sym(Rec(make), fact.known)


def _number(of: Sym, type_: types.Type) -> Num:
    return Num(term(of.value), places=0) if isinstance(type_, types.Enum) else of.value


def _settled(encoder: Encoder, of: Sym, type_: types.Type) -> Num:
    if of.known is False:
        return Num(z3.IntVal(0))
    if isinstance(type_, types.Number):
        return encoder.workshop.settle(of.value)
    return _number(of, type_)


@dataclass(frozen=True)
class _Reading:
    """`names` says how each variable moves."""

    policy: program.Program
    names: Mapping[str, Moves]

    def way(self, node: program.Expression) -> Way | None:
        """None where nobody knows. Of a condition: true is more than false."""
        match node:
            case program.Constant():
                return "same"
            case program.Variable() | program.FieldOf():
                moves = self._moves(node)
                return None if isinstance(moves, tuple) else moves
            case program.Settle(operand=operand):
                return self.way(operand)
            case program.Not(operand=operand):
                return _FLIPPED[self.way(operand)]
            case program.Chain(operands=operands):
                return _together([self.way(each) for each in operands])
            case program.Apply():
                return self._apply(node)
            case program.Lookup():
                return self._lookup(node)
            case program.Call():
                return self._call(node)
            case program.Choice(branches=branches, otherwise=otherwise):
                if any(self.way(each.condition) != "same" for each in branches):
                    return None
                return _together(
                    [self.way(each) for each in (*(b.value for b in branches), otherwise)]
                )
            case program.PartOf(code=code):
                return "same" if self.way(code) == "same" else None
            case program.Mentions(text=text):
                return "same" if self.way(text) == "same" else None
            case (
                program.Quantified()
                | program.Gather()
                | program.Aggregate()
                | program.CompareCount()
                | program.MakeRecord()
                | program.MakeList()
                | program.Template()
            ):
                return None
            case _:
                assert_never(node)

    def _moves(self, node: program.Expression) -> Moves | None:
        match node:
            case program.Variable(name=name):
                return self.names.get(name, "same")
            case program.FieldOf(record=record, name=name):
                moves = self._moves(record)
                if isinstance(moves, tuple):
                    if moves[0] != name:
                        return "same"
                    return moves[1:] or "rises"
                return "same" if moves == "same" else None
            case _:
                return self.way(node)

    def _call(self, node: program.Call) -> Way | None:
        define = self.policy.defines[node.define]
        names: dict[str, Moves] = {}
        for parameter, argument in zip(define.parameters, node.arguments, strict=True):
            moves = self._moves(argument)
            if moves is None:
                return None
            names[parameter.name] = moves
        return _Reading(self.policy, names).way(define.value)

    def _apply(self, node: program.Apply) -> Way | None:
        ways = [self.way(each) for each in node.operands]
        if all(way == "same" for way in ways):
            return "same"
        if node.may_overflow or None in ways:
            return None
        match node.symbol:
            case "+":
                return _together(ways)
            case "-":
                return _together([ways[0], _FLIPPED[ways[1]]])
            case "negative":
                return _FLIPPED[ways[0]]
            case "*":
                return self._product(node.operands, ways)
            case "/" if ways[1] == "same":
                return _by_sign(ways[0], _sign(node.operands[1]))
            case "round" if ways[1] == "same":
                return ways[0]
            case "<" | "<=":
                return _together([_FLIPPED[ways[0]], ways[1]])
            case ">" | ">=":
                return _together([ways[0], _FLIPPED[ways[1]]])
            case symbol if symbol in _RISING:
                return _together(ways)
            case _:
                return None

    def _product(
        self, operands: Sequence[program.Expression], ways: Sequence[Way | None]
    ) -> Way | None:
        one, other = (_sign(each) for each in operands)
        return _together([_by_sign(ways[0], other), _by_sign(ways[1], one)])

    def _lookup(self, node: program.Lookup) -> Way | None:
        """The table is asked: with all other arguments as they are, do its results keep the
        order of this one's values?"""
        ways = [self.way(each) for each in node.arguments]
        moving = [place for place, way in enumerate(ways) if way != "same"]
        if not moving:
            return "same"
        if None in ways or len(moving) > 1:
            return None
        (place,) = moving
        steps = _steps_of(self.policy, self.policy.tables[node.table], place)
        return steps if ways[place] == "rises" else _FLIPPED[steps]


def _steps_of(policy: program.Program, table: program.Table, place: int) -> Way | None:
    moved = table.parameters[place].type
    if not _has_order(moved) or not _has_order(table.result):
        return None
    ways: tuple[Literal["rises", "falls"], ...] = ("rises", "falls")
    return next((way for way in ways if not _breaks(policy, table, place, way)), None)


def _has_order(type_: types.Type) -> bool:
    if isinstance(type_, types.Enum):
        return type_.order is not None
    return isinstance(type_, types.Number | types.Duration | types.Instant)


def _breaks(
    policy: program.Program, table: program.Table, place: int, way: Literal["rises", "falls"]
) -> bool:
    encoder = Encoder(policy, {})
    facts, _ = encoder.facts.case(table.parameters)
    moved = table.parameters[place]
    other, _ = encoder.facts.fact(moved.type, "the greater")
    results = []
    for names in (facts, {**facts, moved.name: other}):
        arguments = [names[each.name] for each in table.parameters]
        results.append(_number(encoder.look_up(table, arguments), table.result))
    lower = compared("<", _number(facts[moved.name], moved.type), _number(other, moved.type))
    apart = compared("<" if way == "rises" else ">", results[1], results[0])
    return not _never(encoder, both(lower, apart))


def _never(encoder: Encoder, bit: Bit) -> bool:
    if isinstance(bit, bool):
        return not bit
    solver = z3.SimpleSolver()
    solver.set("rlimit", 2_000_000)
    solver.add(*encoder.known(), bit)
    return bool(solver.check() == z3.unsat)


def _together(ways: Sequence[Way | None]) -> Way | None:
    moving = {way for way in ways if way != "same"}
    if not moving:
        return "same"
    return moving.pop() if len(moving) == 1 else None


def _by_sign(way: Way | None, sign: int | None) -> Way | None:
    if way == "same":
        return "same"
    return None if sign is None else way if sign > 0 else _FLIPPED[way]


def _sign(node: program.Expression) -> int | None:
    low, high = node.bounds.low, node.bounds.high
    if low is not None and low >= 0:
        return 1
    return -1 if high is not None and high <= 0 else None
