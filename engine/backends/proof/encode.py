"""An expression to what stands for its value in every case.

The laws are told exactly where that can be: Kleene's logic, presence, tables, ranges. What cannot
is told roughly, as a value of which less is known than is true, and its name goes into `rough`; so
what is proved holds, and what is found against it must be looked at with the evaluators.

Lists are told up to some number of elements. A question of a list (`any`, `max`, `first`) hangs on
one element of it, so that a counterexample keeps being one when all others are left out: `uses`
counts the questions asked of each list, and where a list is told up to as many elements as there
are questions, nothing is lost. A question that needs all elements (`sum`), or that is asked of a
list for each of its own elements, takes the whole bound. Where that is too long, the rest of the
list may do anything that `generic`, any one element, can do.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from itertools import count
from typing import Any, assert_never

import z3

from engine.backends.proof import numbers
from engine.backends.proof.bits import Bit, both, either, every, implies, no, pick, same, some
from engine.backends.proof.facts import Facts, anywhere, root_of
from engine.backends.proof.numbers import Workshop
from engine.backends.proof.symbols import (
    UNKNOWN,
    Num,
    Rec,
    Seq,
    Sym,
    alike,
    choose,
    choose_number,
    false,
    joined,
    kleene,
    number,
    term,
    true,
    unknown,
)
from engine.backends.proof.texts import Texts
from engine.language import types
from engine.language.functions import FUNCTIONS
from engine.language.text import similarity
from engine.language.values import DAY, FIRST_INSTANT, LAST_INSTANT
from engine.program import nodes as program

Env = Mapping[str, Sym]

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "is": "is", "is not": "is not"}
LONG = "a long list, of which only the first elements are told apart"
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
        self._asking: list[tuple[frozenset[str], Bit]] = []
        self._calls: dict[object, tuple[Sym, Any]] = {}
        self._written: dict[object, tuple[Sym, Any]] = {} if beside is None else beside._written
        self._generic = 0
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

    def _integer(self) -> Any:
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
                return self._quantified(node, env)
            case program.Gather():
                return self._gather(node, env)
            case program.Aggregate():
                return self._aggregate(node, env)
            case program.CompareCount():
                return self._compare_count(node, env)
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
        asking, generic = list(self._asking), self._generic

        def make(place: int) -> Sym:
            value = values[place]
            if value is None:
                return UNKNOWN
            here = self._asking, self._generic
            self._asking, self._generic = list(asking), generic
            made = self.express(value, env)
            self._asking, self._generic = here
            return made

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
        supposed = self._supposed()
        beside = (each.get_id() for each in supposed)
        key = (node.define, id(now), *map(id, given), self._generic > 0, *beside)
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
            first_one = self._first(values[0], node.type)
            return Sym(first_one.value, both(known, first_one.known))
        match node.type:
            case types.Bool():
                return Sym(self._test(of, values, first, node.operands[-1].type), known)
            case types.ListOf(element=element):
                return Sym(self._list_of(of, values, element), known)
        if isinstance(node.type, types.Enum):
            return Sym(reduce(lambda a, b: _extreme_member(of, a, b), values), known)
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
                    self.use(values[0])
                    empty = no(values[0].filled)
                else:
                    empty = alike(values[0], self.texts.number(""))
                return empty if of == "is empty" else no(empty)
            case "in" | "not in":
                held = self._holds(values[0], values[1], first)
                return held if of == "in" else no(held)
            case _:
                self.roughly(f"`{of}`")
                return self.bit()

    def _holds(self, value: Any, items: Seq, type_: types.Type) -> Bit:
        self.use(items)
        told = some(
            both(there, self.equal(value, each.value, type_)) for there, each in items.items
        )
        if items.rest is False:
            return told
        return either(told, both(items.rest, self.bit()))

    def _list_of(self, of: str, values: Sequence[Seq], element: types.Type) -> Seq:
        if of == "+":
            whole = joined(values)
            return replace(whole, generic=self._any_of(values, element))
        if of == "distinct" and not isinstance(element, types.Record | types.ListOf | types.Tally):
            items: list[tuple[Bit, Sym]] = []
            for there, each in values[0].items:
                again = (
                    both(bit, self.equal(one.value, each.value, element)) for bit, one in items
                )
                items.append((both(there, no(some(again))), each))
            rest = values[0].rest
            if rest is not False:
                rest = both(rest, self.bit())
            return replace(values[0], items=tuple(items), rest=rest)
        self.roughly(f"`{of}` of a list")
        return Seq((), self.bit(), frozenset(root for each in values for root in each.roots))

    def _any_of(
        self, lists: Sequence[Seq], element: types.Type
    ) -> Callable[[], tuple[Bit, Sym]] | None:
        if any(each.rest is not False and each.generic is None for each in lists):
            return None

        def any_one() -> tuple[Bit, Sym]:
            found: tuple[Bit, Sym] = False, UNKNOWN
            for one in lists:
                bit, (holds, value) = self.bit(), self._generic_of(one, element)
                chosen = value if found[0] is False else choose(bit, value, found[1], element)
                found = pick(bit, holds, found[0]), chosen
            return found

        return any_one

    def _generic_of(self, of: Seq, element: types.Type) -> tuple[Bit, Sym]:
        """Any one element, where there is one."""
        if of.generic is not None:
            return of.generic()
        found: tuple[Bit, Sym] = False, UNKNOWN
        for there, each in of.items:
            bit = self.bit()
            chosen = each if found[0] is False else choose(bit, each, found[1], element)
            found = pick(bit, there, found[0]), chosen
        return found

    def _first(self, items: Seq, type_: types.Type) -> Sym:
        self.use(items)
        other = UNKNOWN if items.rest is False else self._one_of_the_rest(type_)
        value = other
        for there, each in reversed(items.items):
            value = choose(there, each, value, type_)
        if not items.ordered:
            value = choose(items.rest, other, value, type_)
        return Sym(value.value, both(items.filled, value.known))

    def _one_of_the_rest(self, type_: types.Type) -> Sym:
        self.roughly(LONG)
        return self.opaque(type_)

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
                return self._count_of(only), True
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

    # lists

    def use(self, of: Seq, times: int | None = 1) -> None:
        """A question of the list; None where it needs all elements."""
        for root in of.roots:
            bound = self.facts.bounds[root_of(root)]
            asking = any(root in each for each, _ in self._asking)
            more = bound if times is None or asking else times
            self.uses[root] = min(bound, self.uses.get(root, 0) + more)

    def _of_each(
        self,
        of: Seq,
        there: Sequence[Bit],
        variable: str,
        node: program.Expression,
        env: Env,
    ) -> list[Sym]:
        """What it comes to for each element that is told; only where it is there, that matters."""
        found = []
        for bit, (_, each) in zip(there, of.items, strict=True):
            self._asking.append((of.roots, bit))
            found.append(self.express(node, {**env, variable: each}))
            self._asking.pop()
        return found

    def _supposed(self) -> tuple[Any, ...]:
        """What is found of a long list may hang on what is supposed where it is asked."""
        if not self.facts.cut:
            return ()
        return tuple(bit for _, bit in self._asking if not isinstance(bit, bool))

    def _quantified(self, node: program.Quantified, env: Env) -> Sym:
        items = self.express(node.items, env)
        if items.known is False:
            return UNKNOWN
        of: Seq = items.value
        self.use(of)
        there = [bit for bit, _ in of.items]
        each = self._of_each(of, there, node.variable, node.condition, env)
        asked = list(zip(there, each, strict=True))
        decides, other = (true, false) if node.quantity == "any" else (false, true)
        found = some(both(bit, decides(one)) for bit, one in asked)
        clear = every(implies(bit, other(one)) for bit, one in asked)
        if of.rest is not False:
            body = self._body(of, node, env)
            may_decide, may_blur = self._ever(body, decides), self._ever(body, unknown)
            found = either(found, both(of.rest, may_decide))
            clear = both(clear, implies(of.rest, both(no(may_decide), no(may_blur))))
        truth, falsehood = (found, clear) if node.quantity == "any" else (clear, found)
        return kleene(both(items.known, truth), both(items.known, falsehood))

    def witness(self, node: program.Quantified, env: Env) -> Sym:
        """The first element for which the condition is true; only where there is one."""
        items = self.express(node.items, env)
        if items.known is False:
            return UNKNOWN
        of: Seq = items.value
        type_ = node.items.type.element  # type: ignore[union-attr]
        self.use(of)
        found = other = UNKNOWN if of.rest is False else self._one_of_the_rest(type_)
        bits = [bit for bit, _ in of.items]
        asked = self._of_each(of, bits, node.variable, node.condition, env)
        for each, (there, element) in reversed(list(zip(asked, of.items, strict=True))):
            found = choose(both(there, true(each)), element, found, type_)
        if not of.ordered:
            found = choose(of.rest, other, found, type_)
        return Sym(found.value, items.known if found.known is not False else False)

    def _body(
        self, of: Seq, node: program.Quantified | program.Gather, env: Env
    ) -> tuple[Bit, Sym] | None:
        """The condition asked of any one element."""
        if of.generic is None or node.condition is None:
            return None
        with self._any_one(of) as (holds, one):
            return holds, self.express(node.condition, {**env, node.variable: one})

    @contextmanager
    def _any_one(self, of: Seq) -> Iterator[tuple[Bit, Sym]]:
        """Any one element of a list that has `generic`, and that it is one, which is supposed."""
        self._generic += 1
        found = of.generic() if of.generic is not None else (False, UNKNOWN)
        self._asking.append((of.roots, found[0]))
        yield found
        self._asking.pop()
        self._generic -= 1

    def _ever(self, body: tuple[Bit, Sym] | None, test: Callable[[Sym], Bit]) -> Bit:
        """False where the test holds of no element whatsoever."""
        if body is not None and self._never(both(body[0], test(body[1]))):
            return False
        self.roughly(LONG)
        return self.bit()

    def _never(self, bit: Bit) -> bool:
        if isinstance(bit, bool):
            return not bit
        solver = z3.SimpleSolver()
        solver.set("rlimit", _LITTLE)
        solver.add(bit, *(each for _, each in self._asking if not isinstance(each, bool)))
        if solver.check() == z3.unsat:
            return True
        solver.add(*self.known(), *self.arithmetic)
        return bool(solver.check() == z3.unsat)

    def _gather(self, node: program.Gather, env: Env) -> Sym:
        items = self.express(node.items, env)
        if items.known is False:
            return UNKNOWN
        of: Seq = items.value
        if node.condition is not None or node.value.unknown:
            self.use(of)
        there = [bit for bit, _ in of.items]
        asked = self._conditions(of, node, env)
        kept = [both(bit, true(each)) for bit, each in zip(there, asked, strict=True)]
        values = self._of_each(of, kept, node.variable, node.value, env)
        known = every(
            [
                items.known,
                *(implies(bit, each.known) for bit, each in zip(there, asked, strict=True)),
                *(implies(bit, value.known) for bit, value in zip(kept, values, strict=True)),
            ]
        )
        rest: Bit = False
        if of.rest is not False:
            may_blur = self._ever(self._any_kept(of, node, env), unknown)
            known = both(known, implies(of.rest, no(may_blur)))
            rest = of.rest if node.condition is None else both(of.rest, self.bit())
        told = tuple(zip(kept, values, strict=True))
        made = Seq(told, rest, of.roots, self._generic_kept(of, node, env), of.ordered)
        if rest is not False and self._picks_the_least(node, of, env):
            self.axioms.append(implies(both(known, of.filled), made.filled))
        return Sym(made, known)

    def _conditions(self, of: Seq, node: program.Gather, env: Env) -> list[Sym]:
        if node.condition is None:
            return [Sym(True) for _ in of.items]
        there = [bit for bit, _ in of.items]
        return self._of_each(of, there, node.variable, node.condition, env)

    def _generic_kept(
        self, of: Seq, node: program.Gather, env: Env
    ) -> Callable[[], tuple[Bit, Sym]] | None:
        if of.generic is None:
            return None

        def any_one() -> tuple[Bit, Sym]:
            with self._any_one(of) as (holds, one):
                inner = {**env, node.variable: one}
                asked = self.truth(node.condition, inner)
                value = self.express(node.value, inner)
            return every((holds, true(asked), value.known)), Sym(value.value)

        return any_one

    def _any_kept(self, of: Seq, node: program.Gather, env: Env) -> tuple[Bit, Sym] | None:
        """Whether condition and value of any one element are known."""
        if of.generic is None:
            return None
        with self._any_one(of) as (holds, one):
            inner = {**env, node.variable: one}
            asked = self.truth(node.condition, inner)
            value = self.express(node.value, inner)
        return holds, Sym(True, both(asked.known, implies(true(asked), value.known)))

    def _picks_the_least(self, node: program.Gather, of: Seq, env: Env) -> bool:
        """Whether it keeps what nothing in the same list goes before: of what is finite and not
        empty something is always kept. What goes before must be an order, of any three elements."""
        match node.condition:
            case program.Not(operand=program.Quantified(quantity="any", items=items) as inside) if (
                items == node.items and of.generic is not None
            ):
                pass
            case _:
                return False
        with (
            self._any_one(of) as (a, one),
            self._any_one(of) as (b, two),
            self._any_one(of) as (c, three),
        ):

            def before(left: Sym, right: Sym) -> Sym:
                names = {**env, node.variable: right, inside.variable: left}
                return self.express(inside.condition, names)

            wrong = some(
                (
                    true(before(one, one)),
                    unknown(before(one, two)),
                    every(
                        (
                            true(before(one, two)),
                            true(before(two, three)),
                            no(true(before(one, three))),
                        )
                    ),
                )
            )
        return self._never(every((a, b, c, wrong)))

    def _counted(
        self, node: program.Aggregate, env: Env, times: int | None
    ) -> tuple[Any, Any, Bit]:
        """The least and the greatest that a count can be, and whether the list is known."""
        gather = node.gather
        items = self.express(gather.items, env)
        if items.known is False:
            return 0, 0, False
        of: Seq = items.value
        self.use(of, times)
        asked = list(
            zip([bit for bit, _ in of.items], self._conditions(of, gather, env), strict=True)
        )
        low = _sum([both(there, true(each)) for there, each in asked])
        high = low + _sum([both(there, unknown(each)) for there, each in asked])
        if of.rest is not False:
            more, most = self._integer(), self._integer()
            self.axioms += [more >= 0, most >= more, implies(no(of.rest), most == 0)]
            if gather.condition is None:
                self.axioms += [implies(of.rest, more > 0), more == most]
            self.roughly("a count over a long list")
            low, high = low + more, high + most
        return low, high, items.known

    def _count_of(self, of: Seq) -> Num:
        self.use(of, None)
        count = _sum([there for there, _ in of.items])
        if of.rest is not False:
            more = self._integer()
            self.axioms += [more >= 0, implies(no(of.rest), more == 0), implies(of.rest, more > 0)]
            self.roughly("a count over a long list")
            count = count + more
        return Num(term(count), places=0, most=numbers.MOST_COUNTED)

    def _aggregate(self, node: program.Aggregate, env: Env) -> Sym:
        if node.name == "count":
            low, high, known = self._counted(node, env, None)
            if known is False:
                return UNKNOWN
            count = Num(term(low), places=0, most=numbers.MOST_COUNTED)
            return Sym(count, both(known, term(low) == term(high)))
        gathered = self._gather(node.gather, env)
        if gathered.known is False:
            return UNKNOWN
        of: Seq = gathered.value
        self.use(of, 1 if node.name in ("min", "max") else None)
        found, there = self._total(node, of)
        if of.rest is not False:
            self.roughly(f"`{node.name}` over a long list")
            other = self.opaque(node.type)
            found = choose(of.rest, other, Sym(found), node.type).value
        if isinstance(node.type, types.Number) and node.name in ("sum", "mean"):
            there = both(there, self.workshop.fits_a_float(found))
        return Sym(found, both(gathered.known, there))

    def _total(self, node: program.Aggregate, of: Seq) -> tuple[Any, Bit]:
        """The value over the elements that are told, and whether there is one."""
        if not of.items:
            return self.constant_zero(node.type), node.name == "sum" or of.rest
        shop = self.workshop
        if node.name in ("sum", "mean"):
            zero = Num(z3.IntVal(0), places=0, most=number(0).most)
            total = zero
            for there, each in of.items:
                total = shop.add(total, choose_number(there, each.value, zero))
            if node.name == "sum":
                return total, True
            return self._mean(total, [there for there, _ in of.items]), of.filled
        (there, first), *others = of.items
        best, any_yet = first.value, there
        for bit, each in others:
            if isinstance(node.type, types.Enum):
                better = _extreme_member(node.name, each.value, best)
                best = pick(bit, term(pick(any_yet, term(better), term(each.value))), term(best))
            else:
                better = choose_number(
                    any_yet, numbers.extreme(node.name, [best, each.value]), each.value
                )
                best = choose_number(bit, better, best)
            any_yet = either(any_yet, bit)
        return best, of.filled

    def constant_zero(self, type_: types.Type) -> Any:
        return 0 if isinstance(type_, types.Enum) else number(0)

    def _mean(self, total: Num, there: Sequence[Bit]) -> Num:
        count = _sum(there)
        found, _ = self.workshop.divide(total, number(1))
        for size in range(2, len(there) + 1):
            share, _ = self.workshop.divide(total, number(size))
            found = choose_number(term(count) == size, share, found)
        return found

    def _compare_count(self, node: program.CompareCount, env: Env) -> Sym:
        other = self.express(node.other, env)
        fixed = other.value.constant if other.known is True else None
        few = fixed is not None and 0 <= fixed <= _FEW_COUNTED
        times = 2 * (int(fixed) + 1) if few and fixed is not None else None
        low, high, known = self._counted(node.count, env, times)
        known = both(known, other.known)
        if known is False:
            return UNKNOWN
        symbol = node.symbol if node.count_left else _FLIPPED[node.symbol]
        least, greatest = (Num(term(each), places=0) for each in (low, high))
        verdicts = [numbers.compared(symbol, each, other.value) for each in (least, greatest)]
        agree = both(*verdicts), both(*map(no, verdicts))
        if symbol in ("is", "is not"):
            missed = either(
                numbers.compared(">", least, other.value),
                numbers.compared("<", greatest, other.value),
                no(numbers.is_whole(other.value)),
            )
            met = both(
                numbers.compared("is", least, other.value),
                numbers.compared("is", greatest, other.value),
            )
            agree = (met, missed) if symbol == "is" else (missed, met)
        return kleene(both(known, agree[0]), both(known, agree[1]))


_LITTLE = 300_000
_FEW_COUNTED = 5


def chained(symbol: str, of: Sequence[Sym]) -> Sym:
    if symbol == "and":
        return kleene(every(map(true, of)), some(map(false, of)))
    return kleene(some(map(true, of)), every(map(false, of)))


def _extreme_member(name: str, left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return min(left, right) if name == "min" else max(left, right)
    better = term(left) < term(right) if name == "min" else term(left) > term(right)
    return pick(better, term(left), term(right))


def _of_member(count: Callable[[int], Num], member: Any, type_: types.Type) -> Num:
    if isinstance(member, int) or not isinstance(type_, types.Enum):
        return count(member)
    found = count(0)
    for place in range(1, len(type_.members)):
        found = choose_number(member == place, count(place), found)
    return found


def _sum(bits: Sequence[Bit]) -> Any:
    plain = sum(1 for each in bits if each is True)
    asked = [z3.If(each, 1, 0) for each in bits if not isinstance(each, bool)]
    return z3.Sum([z3.IntVal(plain), *asked]) if asked else plain


def _held(of: Num, within: types.Range) -> Num:
    """With what the checker knows of its size; what is computed may lie a little beyond."""
    if within.low is None or within.high is None:
        return of
    most = 1 + 2 * max(abs(numbers.fraction(within.low)), abs(numbers.fraction(within.high)))
    if of.most is not None and of.most <= most:
        return of
    return replace(of, most=most)
