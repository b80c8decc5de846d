"""Questions of lists to what stands for their answers in every case.

Lists are told up to some number of elements. A question of a list (`any`, `max`, `first`) hangs on
one element of it, so that a counterexample keeps being one when all others are left out: `uses`
counts the questions asked of each list, and where a list is told up to as many elements as there
are questions, nothing is lost. A question that needs all elements (`sum`), or that is asked of a
list for each of its own elements, takes the whole bound. Where that is too long, the rest of the
list may do anything that `generic`, any one element, can do.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import z3

from engine.backends.proof import numbers
from engine.backends.proof.bits import Bit, both, either, every, implies, no, pick, some
from engine.backends.proof.facts import root_of
from engine.backends.proof.symbols import (
    UNKNOWN,
    Env,
    Num,
    Seq,
    Sym,
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
from engine.language import types
from engine.program import nodes as program

if TYPE_CHECKING:
    from engine.backends.proof.encode import Encoder

Where = tuple[list[tuple[frozenset[str], Bit]], int]
"""Of which lists something is asked for each element, and that it is one; and how many of these are
any one element."""

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "is": "is", "is not": "is not"}
_LONG = "a long list, of which only the first elements are told apart"
_LITTLE = 300_000
_FEW_COUNTED = 5


class Lists:
    """Of the facts and expressions of one encoder."""

    def __init__(self, encoder: "Encoder") -> None:
        self.encoder = encoder
        self._asking: list[tuple[frozenset[str], Bit]] = []
        self._generic = 0

    @property
    def of_any_one(self) -> bool:
        """Whether it is asked of any one element, just now."""
        return self._generic > 0

    def where(self) -> Where:
        return list(self._asking), self._generic

    @contextmanager
    def asked_from(self, where: Where) -> Iterator[None]:
        """As if it were asked there."""
        here = self._asking, self._generic
        self._asking, self._generic = list(where[0]), where[1]
        yield
        self._asking, self._generic = here

    def use(self, of: Seq, times: int | None = 1) -> None:
        """A question of the list; None where it needs all elements."""
        for root in of.roots:
            bound = self.encoder.facts.bounds[root_of(root)]
            asking = any(root in each for each, _ in self._asking)
            more = bound if times is None or asking else times
            self.encoder.uses[root] = min(bound, self.encoder.uses.get(root, 0) + more)

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
            found.append(self.encoder.express(node, {**env, variable: each}))
            self._asking.pop()
        return found

    def supposed(self) -> tuple[Any, ...]:
        """What is found of a long list may hang on what is supposed where it is asked."""
        if not self.encoder.facts.cut:
            return ()
        return tuple(bit for _, bit in self._asking if not isinstance(bit, bool))

    def quantified(self, node: program.Quantified, env: Env) -> Sym:
        items = self.encoder.express(node.items, env)
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
        items = self.encoder.express(node.items, env)
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
            return holds, self.encoder.express(node.condition, {**env, node.variable: one})

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
        self.encoder.roughly(_LONG)
        return self.encoder.bit()

    def _never(self, bit: Bit) -> bool:
        if isinstance(bit, bool):
            return not bit
        solver = z3.SimpleSolver()
        solver.set("rlimit", _LITTLE)
        solver.add(bit, *(each for _, each in self._asking if not isinstance(each, bool)))
        if solver.check() == z3.unsat:
            return True
        solver.add(*self.encoder.known(), *self.encoder.arithmetic)
        return bool(solver.check() == z3.unsat)

    def gather(self, node: program.Gather, env: Env) -> Sym:
        items = self.encoder.express(node.items, env)
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
            rest = of.rest if node.condition is None else both(of.rest, self.encoder.bit())
        told = tuple(zip(kept, values, strict=True))
        made = Seq(told, rest, of.roots, self._generic_kept(of, node, env), of.ordered)
        if rest is not False and self._picks_the_least(node, of, env):
            self.encoder.axioms.append(implies(both(known, of.filled), made.filled))
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
                asked = self.encoder.truth(node.condition, inner)
                value = self.encoder.express(node.value, inner)
            return every((holds, true(asked), value.known)), Sym(value.value)

        return any_one

    def _any_kept(self, of: Seq, node: program.Gather, env: Env) -> tuple[Bit, Sym] | None:
        """Whether condition and value of any one element are known."""
        if of.generic is None:
            return None
        with self._any_one(of) as (holds, one):
            inner = {**env, node.variable: one}
            asked = self.encoder.truth(node.condition, inner)
            value = self.encoder.express(node.value, inner)
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
                return self.encoder.express(inside.condition, names)

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
        items = self.encoder.express(gather.items, env)
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
            more, most = self.encoder.integer(), self.encoder.integer()
            self.encoder.axioms += [more >= 0, most >= more, implies(no(of.rest), most == 0)]
            if gather.condition is None:
                self.encoder.axioms += [implies(of.rest, more > 0), more == most]
            self.encoder.roughly("a count over a long list")
            low, high = low + more, high + most
        return low, high, items.known

    def count_of(self, of: Seq) -> Num:
        self.use(of, None)
        count = _sum([there for there, _ in of.items])
        if of.rest is not False:
            more = self.encoder.integer()
            self.encoder.axioms += [
                more >= 0,
                implies(no(of.rest), more == 0),
                implies(of.rest, more > 0),
            ]
            self.encoder.roughly("a count over a long list")
            count = count + more
        return Num(term(count), places=0, most=numbers.MOST_COUNTED)

    def aggregate(self, node: program.Aggregate, env: Env) -> Sym:
        if node.name == "count":
            low, high, known = self._counted(node, env, None)
            if known is False:
                return UNKNOWN
            count = Num(term(low), places=0, most=numbers.MOST_COUNTED)
            return Sym(count, both(known, term(low) == term(high)))
        gathered = self.gather(node.gather, env)
        if gathered.known is False:
            return UNKNOWN
        of: Seq = gathered.value
        self.use(of, 1 if node.name in ("min", "max") else None)
        found, there = self._total(node, of)
        if of.rest is not False:
            self.encoder.roughly(f"`{node.name}` over a long list")
            other = self.encoder.opaque(node.type)
            found = choose(of.rest, other, Sym(found), node.type).value
        if isinstance(node.type, types.Number) and node.name in ("sum", "mean"):
            there = both(there, self.encoder.workshop.fits_a_float(found))
        return Sym(found, both(gathered.known, there))

    def _total(self, node: program.Aggregate, of: Seq) -> tuple[Any, Bit]:
        """The value over the elements that are told, and whether there is one."""
        if not of.items:
            return _zero(node.type), node.name == "sum" or of.rest
        shop = self.encoder.workshop
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
                better = extreme_member(node.name, each.value, best)
                best = pick(bit, term(pick(any_yet, term(better), term(each.value))), term(best))
            else:
                better = choose_number(
                    any_yet, numbers.extreme(node.name, [best, each.value]), each.value
                )
                best = choose_number(bit, better, best)
            any_yet = either(any_yet, bit)
        return best, of.filled

    def _mean(self, total: Num, there: Sequence[Bit]) -> Num:
        count = _sum(there)
        found, _ = self.encoder.workshop.divide(total, number(1))
        for size in range(2, len(there) + 1):
            share, _ = self.encoder.workshop.divide(total, number(size))
            found = choose_number(term(count) == size, share, found)
        return found

    def compare_count(self, node: program.CompareCount, env: Env) -> Sym:
        other = self.encoder.express(node.other, env)
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

    # elements

    def holds(self, value: Any, items: Seq, type_: types.Type) -> Bit:
        self.use(items)
        told = some(
            both(there, self.encoder.equal(value, each.value, type_)) for there, each in items.items
        )
        if items.rest is False:
            return told
        return either(told, both(items.rest, self.encoder.bit()))

    def list_of(self, of: str, values: Sequence[Seq], element: types.Type) -> Seq:
        if of == "+":
            whole = joined(values)
            return replace(whole, generic=self._any_of(values, element))
        if of == "distinct" and not isinstance(element, types.Record | types.ListOf | types.Tally):
            items: list[tuple[Bit, Sym]] = []
            for there, each in values[0].items:
                again = (
                    both(bit, self.encoder.equal(one.value, each.value, element))
                    for bit, one in items
                )
                items.append((both(there, no(some(again))), each))
            rest = values[0].rest
            if rest is not False:
                rest = both(rest, self.encoder.bit())
            return replace(values[0], items=tuple(items), rest=rest)
        self.encoder.roughly(f"`{of}` of a list")
        return Seq(
            (), self.encoder.bit(), frozenset(root for each in values for root in each.roots)
        )

    def _any_of(
        self, lists: Sequence[Seq], element: types.Type
    ) -> Callable[[], tuple[Bit, Sym]] | None:
        if any(each.rest is not False and each.generic is None for each in lists):
            return None

        def any_one() -> tuple[Bit, Sym]:
            found: tuple[Bit, Sym] = False, UNKNOWN
            for one in lists:
                bit, (holds, value) = self.encoder.bit(), self._generic_of(one, element)
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
            bit = self.encoder.bit()
            chosen = each if found[0] is False else choose(bit, each, found[1], element)
            found = pick(bit, there, found[0]), chosen
        return found

    def first(self, items: Seq, type_: types.Type) -> Sym:
        self.use(items)
        other = UNKNOWN if items.rest is False else self._one_of_the_rest(type_)
        value = other
        for there, each in reversed(items.items):
            value = choose(there, each, value, type_)
        if not items.ordered:
            value = choose(items.rest, other, value, type_)
        return Sym(value.value, both(items.filled, value.known))

    def _one_of_the_rest(self, type_: types.Type) -> Sym:
        self.encoder.roughly(_LONG)
        return self.encoder.opaque(type_)


def _zero(of: types.Type) -> Any:
    return 0 if isinstance(of, types.Enum) else number(0)


def extreme_member(name: str, left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return min(left, right) if name == "min" else max(left, right)
    better = term(left) < term(right) if name == "min" else term(left) > term(right)
    return pick(better, term(left), term(right))


def _sum(bits: Sequence[Bit]) -> Any:
    plain = sum(1 for each in bits if each is True)
    asked = [z3.If(each, 1, 0) for each in bits if not isinstance(each, bool)]
    return z3.Sum([z3.IntVal(plain), *asked]) if asked else plain
