"""An expression to what stands for its value in every case.

The laws are told exactly where that can be: Kleene's logic, presence, tables, ranges. What cannot
is told roughly, as a value of which less is known than is true, and its name goes into `rough`; so
what is proved holds, and what is found against it must be looked at with the evaluators.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import count
from typing import Any, assert_never

import z3

from engine.backends.proof import numbers
from engine.backends.proof.bits import Bit, both, either, every, implies, no, same, some
from engine.backends.proof.facts import Facts, anywhere
from engine.backends.proof.lists import Lists, extreme_member
from engine.backends.proof.numbers import Workshop
from engine.backends.proof.symbols import (
    UNKNOWN,
    Env,
    Num,
    Rec,
    Seq,
    Sym,
    alike,
    choose,
    choose_number,
    false,
    kleene,
    number,
    term,
    true,
)
from engine.backends.proof.texts import Texts
from engine.language import types
from engine.language.functions import FUNCTIONS
from engine.language.text import similarity
from engine.language.values import DAY, FIRST_INSTANT, LAST_INSTANT
from engine.program import nodes as program

_CURVES = ("exp", "ln", "log2", "log10", "sqrt")
_GREATEST_EXP = 709


class Encoder:
    """`lengths` says of how many elements each list is told, where not of a few; `cut` names the
    lists that may have more than are told. `beside` is the encoder of another version: then what
    one asks of facts, texts and numbers the other knows."""

    def __init__(
        self,
        policy: program.Program,
        lengths: Mapping[str, int],
        cut: Collection[str] = (),
        beside: "Encoder | None" = None,
    ) -> None:
        self.policy = policy
        self._triggers = {each.name: each for each in policy.triggers}
        self._calls: dict[object, tuple[Sym, Any]] = {}
        self._written: dict[object, tuple[Sym, Any]] = {} if beside is None else beside._written
        self.lists = Lists(self)
        if beside is None:
            self.axioms: list[Any] = []
            self.arithmetic: list[Any] = []
            self.rough: dict[str, None] = {}
            self.uses: dict[str, int] = {}
            self.texts = Texts(self.axioms)
            self.facts = Facts(self.texts, self.axioms, lengths, cut)
            self.workshop = Workshop(self.arithmetic, self.roughly)
            self._fresh = count(1)
        else:
            self.axioms, self.arithmetic = beside.axioms, beside.arithmetic
            self.rough, self.uses = beside.rough, beside.uses
            self.texts, self.facts, self.workshop = beside.texts, beside.facts, beside.workshop
            self._fresh = beside._fresh

    def roughly(self, what: str) -> None:
        self.rough[what] = None

    def known(self) -> list[Any]:
        """What holds of all facts and texts that were asked for; `arithmetic` is the rest."""
        self.facts.of_the_codes(self.policy.codes)
        return [*self.axioms, *self.texts.of_the_policy()]

    def opaque(self, type_: types.Type) -> Sym:
        """Any value of the type."""
        return self.facts.fact(anywhere(type_), f"some {next(self._fresh)}")[0]

    def bit(self) -> Bit:
        return z3.Bool(f"some {next(self._fresh)}")

    def integer(self) -> Any:
        return z3.Int(f"some {next(self._fresh)}")

    def constant(self, value: Any, type_: types.Type) -> Sym:
        match type_:
            case _ if value is None:
                return UNKNOWN
            case types.Bool():
                return Sym(value)
            case types.Number() | types.Duration() | types.Instant():
                return Sym(number(value))
            case types.Enum(ranks=ranks):
                return Sym(ranks[value])
            case types.Text() | types.Code():
                return Sym(self.texts.number(value))
            case types.Record(fields=fields):
                return Sym(Rec(lambda place: self.constant(value[place], fields[place].type)))
            case types.ListOf(element=element):
                return Sym(Seq(tuple((True, self.constant(each, element)) for each in value)))
            case types.Tally():
                return self.opaque(type_)
        assert_never(type_)

    # expressions

    def truth(self, node: program.Expression | None, env: Env) -> Sym:
        return Sym(True) if node is None else self.express(node, env)

    def express(self, node: program.Expression, env: Env) -> Sym:
        match node:
            case program.Constant(value=value):
                return self.constant(value, node.type)
            case program.Variable(name=name):
                return env[name]
            case program.FieldOf(record=record, place=place):
                of = self.express(record, env)
                if of.known is False:
                    return UNKNOWN
                value = of.value.field(place)
                return value if of.known is True else Sym(value.value, both(of.known, value.known))
            case program.PartOf():
                return self._part(node, env)
            case program.Apply():
                return self._apply(node, [self.express(each, env) for each in node.operands])
            case program.Settle(operand=operand):
                of = self.express(operand, env)
                if of.known is False or not isinstance(node.type, types.Number):
                    return of
                return Sym(self.workshop.settle(of.value), of.known)
            case program.Not(operand=operand):
                of = self.express(operand, env)
                return of if of.known is False else Sym(no(of.value), of.known)
            case program.Chain(symbol=symbol, operands=operands):
                return chained(symbol, [self.express(each, env) for each in operands])
            case program.Mentions():
                return self._mentions(node, env)
            case program.Quantified():
                return self.lists.quantified(node, env)
            case program.Gather():
                return self.lists.gather(node, env)
            case program.Aggregate():
                return self.lists.aggregate(node, env)
            case program.CompareCount():
                return self.lists.compare_count(node, env)
            case program.Lookup():
                given = [self.express(each, env) for each in node.arguments]
                return self.look_up(self.policy.tables[node.table], given)
            case program.Call():
                return self._call(node, [self.express(each, env) for each in node.arguments], env)
            case program.Choice():
                return self._choice(node, env)
            case program.MakeRecord(values=values):
                return self._make_record(values, env)
            case program.MakeList(items=items):
                found = [self.express(each, env) for each in items]
                known = every(each.known for each in found)
                return Sym(Seq(tuple((True, each) for each in found)), known)
            case program.Template(pieces=pieces):
                return self._template(pieces, env)
            case _:
                assert_never(node)

    def _make_record(self, values: Sequence[program.Expression | None], env: Env) -> Sym:
        """What nobody reads is not gone into; what is read is asked from where it stands."""
        where = self.lists.where()

        def make(place: int) -> Sym:
            value = values[place]
            if value is None:
                return UNKNOWN
            with self.lists.asked_from(where):
                return self.express(value, env)

        return Sym(Rec(make))

    def _template(self, pieces: tuple[program.Piece, ...], env: Env) -> Sym:
        """Of the same pieces and the same facts it is the same text."""
        if all(isinstance(each, program.Words) for each in pieces):
            said = "".join(each.text for each in pieces if isinstance(each, program.Words))
            return Sym(self.texts.number(said))
        key = (pieces, *((name, id(value)) for name, value in env.items()))
        if key not in self._written:
            self.roughly("a text that is put together")
            self._written[key] = self.opaque(types.Text()), dict(env)
        return self._written[key][0]

    def _part(self, node: program.PartOf, env: Env) -> Sym:
        of = self.express(node.code, env)
        code, place = node.code.type, node.place
        if of.known is False or not isinstance(code, types.Code):
            return UNKNOWN
        if isinstance(of.value, int):
            found = re.fullmatch(code.pattern, str(self.texts.named(of.value)))
            if found is None:
                return UNKNOWN
            part, type_ = found.groups()[place], code.named[place].type
            value = int(part) if isinstance(type_, types.Number) else part
            return self.constant(value, type_ or types.Text())
        return Sym(self.facts.part(code, of.value, place).value, of.known)

    def _mentions(self, node: program.Mentions, env: Env) -> Sym:
        text = self.express(node.text, env)
        if text.known is False:
            return UNKNOWN
        bits = [self.texts.mentioned(text.value, self._triggers[each]) for each in node.triggers]
        return Sym(some(bits) if node.quantity == "any" else every(bits), text.known)

    def _call(self, node: program.Call, given: Sequence[Sym], env: Env) -> Sym:
        define = self.policy.defines[node.define]
        now = env.get("now", UNKNOWN)
        supposed = self.lists.supposed()
        beside = (each.get_id() for each in supposed)
        key = (node.define, id(now), *map(id, given), self.lists.of_any_one, *beside)
        known = self._calls.get(key)
        if known is None:
            names = {each.name: value for each, value in zip(define.parameters, given, strict=True)}
            value = self.express(define.value, {**names, "now": now})
            known = self._calls[key] = value, (given, now, supposed)
        return known[0]

    def _choice(self, node: program.Choice, env: Env) -> Sym:
        value = self.express(node.otherwise, env)
        for branch in reversed(node.branches):
            asked = self.express(branch.condition, env)
            if true(asked) is not False:
                value = choose(true(asked), self.express(branch.value, env), value, node.type)
            value = Sym(value.value, both(asked.known, value.known))
        return value

    def look_up(self, table: program.Table, given: Sequence[Sym]) -> Sym:
        value = UNKNOWN
        for row in reversed(table.rows):
            asked = [
                self._cell(cell, argument, parameter.type)
                for cell, argument, parameter in zip(
                    row.cells, given, table.parameters, strict=True
                )
            ]
            holds = chained("and", asked)
            if holds.known is True and holds.value is False:
                continue
            found = self.constant(row.result, table.result)
            value = choose(true(holds), found, value, table.result)
            value = Sym(value.value, both(holds.known, value.known))
        return value

    def _cell(self, cell: program.Cell, argument: Sym, type_: types.Type) -> Sym:
        match cell:
            case program.Anything():
                return Sym(True)
            case _ if argument.known is False:
                return UNKNOWN
            case program.Values(values=values):
                taken = (self.constant(each, type_) for each in values)
                holds = some(self.equal(argument.value, each.value, type_) for each in taken)
                return Sym(holds, argument.known)
            case program.Within(range=within):
                holds = numbers.within(
                    argument.value,
                    within.low,
                    within.high,
                    low_open=within.low_open,
                    high_open=within.high_open,
                )
                return Sym(holds, argument.known)
            case _:
                assert_never(cell)

    def equal(self, left: Any, right: Any, type_: types.Type) -> Bit:
        match type_:
            case types.Bool():
                return same(left, right)
            case types.Number() | types.Duration() | types.Instant():
                return numbers.compared("is", left, right)
            case types.Record(fields=fields):
                return every(
                    self._same(left.field(place), right.field(place), each.type)
                    for place, each in enumerate(fields)
                )
            case types.ListOf() | types.Tally():
                self.roughly("a list or tally that is compared")
                return self.bit()
            case _:
                return alike(left, right)

    def _same(self, left: Sym, right: Sym, type_: types.Type) -> Bit:
        """Both missing, or the same value."""
        missing = both(no(left.known), no(right.known))
        if left.known is False or right.known is False:
            return missing
        known = both(left.known, right.known)
        return either(missing, both(known, self.equal(left.value, right.value, type_)))

    # operators and functions

    def _apply(self, node: program.Apply, given: Sequence[Sym]) -> Sym:
        of, first = node.symbol, node.operands[0].type
        if of in ("is known", "is missing"):
            return Sym(given[0].known if of == "is known" else no(given[0].known))
        if of == "else":
            left, right = given
            if left.known is False:
                return right
            return choose(left.known, Sym(left.value), right, node.type)
        known = every(each.known for each in given)
        if known is False:
            return UNKNOWN
        values = [each.value for each in given]
        if of == "first":
            first_one = self.lists.first(values[0], node.type)
            return Sym(first_one.value, both(known, first_one.known))
        match node.type:
            case types.Bool():
                return Sym(self._test(of, values, first, node.operands[-1].type), known)
            case types.ListOf(element=element):
                return Sym(self.lists.list_of(of, values, element), known)
        if isinstance(node.type, types.Enum):
            return Sym(reduce(lambda a, b: extreme_member(of, a, b), values), known)
        if isinstance(node.type, types.Number | types.Duration | types.Instant):
            found, there = self._computed(node, of, values)
            found = _held(found, node.bounds)
            if node.may_overflow:
                there = both(there, self.workshop.fits_a_float(found))
            return Sym(found, both(known, there))
        self.roughly(f"`{of}`")
        return Sym(self.opaque(node.type).value, both(known, self.bit()))

    def _test(self, of: str, values: Sequence[Any], first: types.Type, last: types.Type) -> Bit:
        match of:
            case "is":
                return self.equal(values[0], values[1], first)
            case "is not":
                return no(self.equal(values[0], values[1], first))
            case "<" | "<=" | ">" | ">=":
                left, right = values
                if isinstance(first, types.Enum):
                    left, right = (Num(term(each), places=0) for each in values)
                return numbers.compared(of, left, right)
            case "is empty" | "is not empty":
                empty: Bit
                if isinstance(first, types.ListOf):
                    self.lists.use(values[0])
                    empty = no(values[0].filled)
                else:
                    empty = alike(values[0], self.texts.number(""))
                return empty if of == "is empty" else no(empty)
            case "in" | "not in":
                held = self.lists.holds(values[0], values[1], first)
                return held if of == "in" else no(held)
            case _:
                self.roughly(f"`{of}`")
                return self.bit()

    def _computed(self, node: program.Apply, of: str, values: Sequence[Any]) -> tuple[Num, Bit]:
        shop, result = self.workshop, node.type
        match of, values:
            case "+", [left, right]:
                return shop.add(left, right), True
            case "-", [left, right]:
                return shop.subtract(left, right), True
            case "*", [left, right] if isinstance(result, types.Duration):
                if left.whole and right.whole:
                    return shop.multiply(left, right), True
                return shop.nearest_whole(shop.multiply(left, right), numbers.HALF_OF_ONE), True
            case "*", [left, right]:
                return shop.multiply(left, right), True
            case "/", [left, right]:
                quotient, there = shop.divide(left, right)
                if isinstance(result, types.Duration):
                    return shop.nearest_whole(quotient, numbers.HALF_OF_ONE), there
                return quotient, there
            case "negative", [only]:
                return numbers.negative(only), True
            case "abs", [only]:
                return numbers.size(only), True
            case (("min" | "max"), _):
                return numbers.extreme(of, values), True
            case "floor", [only]:
                return shop.floor(only), True
            case "ceiling", [only]:
                return numbers.negative(shop.floor(numbers.negative(only))), True
            case "round", [only, digits]:
                return shop.to_places(only, digits), True
            case (("days" | "hours"), [only]):
                unit = types.DURATION_UNITS["d" if of == "days" else "h"]
                return shop.divide(only, number(unit))
            case "day", [only]:
                return Num(only.term - only.term % DAY, places=0, most=only.most), True
            case "month", [only]:
                return self._month(only), True
            case "count", [only]:
                return self.lists.count_of(only), True
            case "similarity", [left, right]:
                return self._similarity(left, right), True
            case "tallied", [tally, member]:
                return _of_member(tally.total, member, node.operands[1].type), True
            case "tallied_since", [tally, member, at]:
                self.roughly("`tallied_since`")
                day = at.term - at.term % DAY
                since = _of_member(
                    lambda place: tally.since(place, day), member, node.operands[1].type
                )
                return since, True
            case _ if of in _CURVES:
                return self._curve(node, of, values[0])
            case _:
                self.roughly(f"`{of}`")
                return self.opaque(result).value, self.bit()

    def _curve(self, node: program.Apply, of: str, value: Num) -> tuple[Num, Bit]:
        meaning = FUNCTIONS[of].signatures[0].meaning
        fixed = value.constant
        if fixed is not None and value.error == 0:
            found = meaning(float(fixed))
            if found is None:
                return value, False
            exact = number(found)
            error = numbers.UNIT * (exact.most or 0)
            return Num(exact.term, error, None, exact.most), True
        low = node.bounds.low
        if low is None and of in ("exp", "sqrt"):
            low = 0
        result = self.workshop.curve(of, meaning, value, low)
        held = self.workshop.held(value).term
        match of:
            case "exp":
                there = self.bit()
                self.axioms.append(implies(held <= _GREATEST_EXP, there))
                return result, there
            case "sqrt":
                return result, held >= 0
            case _:
                return result, held > 0

    def _month(self, at: Num) -> Num:
        fixed = at.constant
        if fixed is not None:
            return number(FUNCTIONS["month"].signatures[0].meaning(int(fixed)))
        self.roughly("`month`, which is known by bounds")
        function = z3.Function("month", z3.IntSort(), z3.IntSort())
        found = function(at.term)
        inside = both(at.term >= FIRST_INSTANT, at.term <= LAST_INSTANT)
        near = both(found <= at.term, at.term - found < 31 * DAY, found % DAY == 0)
        self.axioms.append(implies(inside, near))
        return Num(found, places=0, most=None if at.most is None else at.most + 31 * DAY)

    def _similarity(self, left: Any, right: Any) -> Num:
        if isinstance(left, int) and isinstance(right, int):
            named = self.texts.named
            return number(similarity(str(named(left)), str(named(right))))
        self.roughly("`similarity`")
        return Num(self.texts.similarity(term(left), term(right)), most=number(1).most)


def chained(symbol: str, of: Sequence[Sym]) -> Sym:
    if symbol == "and":
        return kleene(every(map(true, of)), some(map(false, of)))
    return kleene(some(map(true, of)), every(map(false, of)))


def _of_member(count: Callable[[int], Num], member: Any, type_: types.Type) -> Num:
    if isinstance(member, int) or not isinstance(type_, types.Enum):
        return count(member)
    found = count(0)
    for place in range(1, len(type_.members)):
        found = choose_number(member == place, count(place), found)
    return found


def _held(of: Num, within: types.Range) -> Num:
    """With what the checker knows of its size; what is computed may lie a little beyond."""
    if within.low is None or within.high is None:
        return of
    most = 1 + 2 * max(abs(numbers.fraction(within.low)), abs(numbers.fraction(within.high)))
    if of.most is not None and of.most <= most:
        return of
    return replace(of, most=most)
