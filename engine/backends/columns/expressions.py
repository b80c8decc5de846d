"""Expressions to values in columns, each node of the program once.

A text beyond ASCII is no text that the patterns of triggers read. Where a condition can only become
true by a mention, the pattern also finds what is beyond ASCII, so that a text is passed over once:
a row in which the condition is false is surely decided, and one in which it is true is looked at
again (`late`). Elsewhere such a row is set aside before it is asked (`early`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import assert_never

from engine.backends.columns import (
    lists,
    lookups,
    moments,
    numbers,
    sentences,
    terms,
    texts,
    values,
)
from engine.backends.columns.leaves import part_of
from engine.backends.columns.orders import compared, extreme
from engine.backends.columns.scope import Collector, Names, Sides
from engine.backends.columns.terms import FALSE, TRUE, Term
from engine.backends.columns.values import Gap, List, Place, Record, Value
from engine.language import types
from engine.language.mentions import reader
from engine.language.operators import OPERATORS
from engine.language.phrases import Trigger
from engine.language.text import words
from engine.language.types import DURATION_UNITS, Range
from engine.language.values import settle
from engine.program import nodes as program
from engine.program import walk
from engine.program.nodes import Expression


class Translator:
    """Of the expressions of one program."""

    def __init__(self, policy: program.Program) -> None:
        self.policy = policy
        self.met = Collector()
        self.errors: dict[Term, Term] = {}
        self._triggers = {each.name: each for each in policy.triggers}
        self._calls: dict[object, tuple[object, Names]] = {}
        self._late = False

    def asked(self, node: Expression, names: Names) -> tuple[Term, Sides]:
        """A condition, with what sets a row aside where it is asked."""
        before, self._late = self._late, self._only_made_true(node)
        try:
            with self.met.apart():
                condition = self.term(node, names)
                return condition, self.met.sides
        finally:
            self._late = before

    def given(self, node: Expression, names: Names) -> tuple[Value, Sides]:
        with self.met.apart():
            return self.value(node, names), self.met.sides

    def term(self, node: Expression, names: Names) -> Term:
        value = self.value(node, names)
        if not isinstance(value, Term):
            raise TypeError(node)
        return value

    def record(self, node: Expression, names: Names) -> Record:
        value = self.value(node, names)
        if not isinstance(value, Record):
            raise TypeError(node)
        return value

    def items(self, node: Expression, names: Names) -> List:
        value = self.value(node, names)
        if not isinstance(value, List):
            raise TypeError(node)
        return value

    def value(self, node: Expression, names: Names) -> Value:
        key = (id(node), self._late)
        found = names.known.get(key)
        if found is None:
            with self.met.apart():
                made = self._value(node, names)
                found = names.known[key] = node, made, self.met.sides
        self.met.all(found[2])
        return found[1]

    @contextmanager
    def sure(self) -> Iterator[None]:
        """Where a mention may make a condition false."""
        before, self._late = self._late, False
        try:
            yield
        finally:
            self._late = before

    def _value(self, node: Expression, names: Names) -> Value:
        match node:
            case program.Chain(symbol=symbol, operands=operands):
                meaning = terms.all_of if symbol == "and" else terms.any_of
                return meaning(*[self.term(each, names) for each in operands])
            case program.Mentions():
                return self._mentions(node, names)
            case program.Call():
                return self._call(node, names)
            case _:
                with self.sure():
                    return self._plain(node, names)

    def _plain(self, node: Expression, names: Names) -> Value:
        match node:
            case program.Constant(value=constant):
                return values.fixed(constant, node.type)
            case program.Variable(name=name):
                return names.values[name]
            case program.FieldOf(record=record, place=place):
                return self.record(record, names).fields[place]
            case program.PartOf():
                return self._part(node, names)
            case program.Settle(operand=operand):
                return self.settled(self.term(operand, names))
            case program.Not(operand=operand):
                return terms.negate(self.term(operand, names))
            case program.Apply():
                return self._apply(node, names)
            case program.Quantified():
                return lists.quantified(self, node, names)
            case program.Gather():
                return lists.gather(self, node, names)
            case program.Aggregate():
                return lists.aggregate(self, node, names)
            case program.CompareCount():
                return lists.compare_count(self, node, names)
            case program.Lookup(table=table, arguments=arguments):
                given = [self.term(each, names) for each in arguments]
                return lookups.look_up(self.policy.tables[table], given)
            case program.Choice():
                return self._choice(node, names)
            case program.MakeRecord():
                return self._record(node, names)
            case program.MakeList(items=items):
                made = [self.value(each, names) for each in items]
                is_known = terms.all_of(*map(values.known, made))
                return List(is_known, tuple(Place(TRUE, each) for each in made))
            case program.Template(pieces=pieces):
                return sentences.sentence(self, pieces, names)
            case program.Chain() | program.Mentions() | program.Call():
                raise TypeError(node)
            case _:
                assert_never(node)

    def _call(self, node: program.Call, names: Names) -> Value:
        define = self.policy.defines[node.define]
        with self.sure():
            given = [self.value(each, names) for each in node.arguments]
        key = (node.define, id(names.values.get("now")), *map(id, given))
        if key not in self._calls:
            named = zip((each.name for each in define.parameters), given, strict=True)
            inner = {**dict(named), "now": names.values.get("now", terms.null("int"))}
            self._calls[key] = (given, inner["now"]), Names(inner)
        return self.value(define.value, self._calls[key][1])

    def _part(self, node: program.PartOf, names: Names) -> Term:
        if not isinstance(node.code.type, types.Code):
            raise TypeError(node.code.type)
        return part_of(self.term(node.code, names), node.code.type, node.place)

    def _record(self, node: program.MakeRecord, names: Names) -> Record:
        if not isinstance(node.type, types.Record):
            raise TypeError(node.type)
        made = [
            values.nothing_of(field.type) if each is None else self.value(each, names)
            for each, field in zip(node.values, node.type.fields, strict=True)
        ]
        return Record(TRUE, tuple(made))

    def _choice(self, node: program.Choice, names: Names) -> Value:
        branches: list[tuple[Term, Value]] = []
        nothing = values.nothing_of(node.type)
        given = [self.value(each.value, names) for each in node.branches]
        otherwise = self.value(node.otherwise, names)
        for branch, value in zip(node.branches, given, strict=True):
            condition = self.term(branch.condition, names)
            branches += [(terms.missing(condition), nothing), (condition, value)]
        chosen = values.chosen(branches, otherwise)
        self._as_wrong_as(chosen, [*given, otherwise])
        return chosen

    # texts

    def _mentions(self, node: program.Mentions, names: Names) -> Term:
        late = self._late
        with self.sure():
            text = self.term(node.text, names)
        triggers = [self._triggers[name] for name in node.triggers]
        if text.fixed and not text.is_null:
            said = [bool(reader(each)(words(terms.value_of(text)))) for each in triggers]
            return terms.fixed(any(said) if node.quantity == "any" else all(said), "bool")
        (self.met.late if late else self.met.early)(terms.beyond_ascii(text))
        found = [self._mentioned(each, text, late) for each in triggers]
        return terms.any_of(*found) if node.quantity == "any" else terms.all_of(*found)

    def _mentioned(self, trigger: Trigger, text: Term, late: bool) -> Term:
        asked = texts.wanted(trigger.patterns)
        both = asked | texts.beyond() if late else asked
        if not both:
            return terms.case([(terms.missing(text), terms.UNKNOWN)], FALSE)
        mentioned = terms.term("mentions", (text,), "bool", None, both)
        excepted = texts.wanted(trigger.exceptions)
        if late and excepted:
            self.met.late(terms.known_or(_says(text, excepted), FALSE))
        elif excepted and asked:
            both_said = terms.all_of(_says(text, asked), _says(text, excepted))
            self.met.early(terms.known_or(both_said, FALSE))
        if texts.says_too_often(trigger.patterns):
            too_often = texts.wanted(each for each in trigger.patterns if texts.is_far(each))
            side = terms.known_or(_says(text, too_often), FALSE)
            (self.met.late if late else self.met.early)(side)
        return mentioned

    def _only_made_true(self, node: Expression) -> bool:
        """Whether a mention inside can make the condition true, and never false."""
        match node:
            case program.Mentions(text=text):
                return not self._asks(text)
            case program.Chain(operands=operands):
                return all(map(self._only_made_true, operands))
            case program.Call(define=define, arguments=arguments):
                inside = self.policy.defines[define].value
                return self._only_made_true(inside) and not any(map(self._asks, arguments))
            case _:
                return not self._asks(node)

    def _asks(self, node: Expression) -> bool:
        return walk.mentions(node, self.policy.defines.get)

    # operators and functions

    def _apply(self, node: program.Apply, names: Names) -> Value:
        operands = [self.value(each, names) for each in node.operands]
        made = self._applied(node, operands)
        takes_unknown = node.symbol in OPERATORS and OPERATORS[node.symbol].takes_unknown
        if takes_unknown or not isinstance(made, Term):
            return made
        self._check_errors(node, operands, made)
        return made

    def _applied(self, node: program.Apply, operands: Sequence[Value]) -> Value:
        match node.symbol, operands:
            case "is known", (operand,):
                return values.known(operand)
            case "is missing", (operand,):
                return terms.negate(values.known(operand))
            case "else", (left, right):
                chosen = values.chosen([(values.known(left), left)], right)
                if isinstance(left, Term) and isinstance(right, Term):
                    chosen = terms.known_or(left, right)
                self._as_wrong_as(chosen, operands)
                return chosen
            case _ if any(isinstance(each, List) for each in operands):
                return lists.applied(node, operands)
            case _ if all(isinstance(each, Term) for each in operands):
                return self._of_terms(node, [each for each in operands if isinstance(each, Term)])
            case _:
                raise Gap(f"`{node.symbol}`", "of records")

    def _of_terms(self, node: program.Apply, operands: list[Term]) -> Term:
        first = node.operands[0].type
        match node.symbol:
            case "is" | "is not":
                same = terms.equal(*operands)
                return same if node.symbol == "is" else terms.negate(same)
            case "<" | "<=" | ">" | ">=":
                return compared(node.symbol, operands[0], operands[1], first)
            case "is empty" | "is not empty":
                empty = terms.equal(operands[0], terms.text(""))
                return empty if node.symbol == "is empty" else terms.negate(empty)
            case "+" | "-" | "*" if isinstance(
                node.type, types.Number | types.Duration | types.Instant
            ):
                return self._arithmetic(node, *operands)
            case "/":
                return self._divided(node, *operands)
            case "negative":
                return self._like(terms.negative(operands[0]), operands[0])
            case "abs":
                return self._like(terms.size(operands[0]), operands[0])
            case "min" | "max":
                return extreme(node.symbol, operands, first)
            case "floor" | "ceiling":
                return self._floor(node.symbol, terms.as_float(operands[0]))
            case "round":
                return self._rounded(*operands)
            case "exp" | "ln" | "log2" | "log10" | "sqrt":
                return self._function(node.symbol, terms.as_float(operands[0]))
            case "days":
                return _over_units(operands[0], DURATION_UNITS["d"])
            case "hours":
                return _over_units(operands[0], DURATION_UNITS["h"])
            case "day":
                return moments.day(operands[0])
            case "month":
                return moments.month(operands[0])
            case symbol:
                raise Gap(f"`{symbol}`", "no engine has it, or not to the last bit")

    def _arithmetic(self, node: program.Apply, left: Term, right: Term) -> Term:
        op = {"+": "plus", "-": "minus", "*": "times"}[node.symbol]
        if node.symbol == "*" and isinstance(node.type, types.Duration):
            product = terms.times(terms.as_float(left), terms.as_float(right))
            self.met.early(_side(numbers.too_large(product, Range())))
            return _nearest(product)
        if {left.kind, right.kind} == {"int"}:
            made, large = numbers.safely(op, left, right, node.bounds)
            self.met.early(_side(large))
            return made if node_kind(node) == "int" else terms.as_float(made)
        left, right = terms.as_float(left), terms.as_float(right)
        meaning = {"plus": terms.plus, "minus": terms.minus, "times": terms.times}[op]
        made = meaning(left, right)
        self.met.early(_side(numbers.too_large(made, node.bounds)))
        self._add_errors(op, made, left, right)
        return made

    def _divided(self, node: program.Apply, left: Term, right: Term) -> Term:
        left, right = terms.as_float(left), terms.as_float(right)
        zero = terms.equal(right, terms.number(0.0))
        if right in self.errors:
            raise Gap("`/`", "by what is not computed to the last bit")
        made = terms.case([(zero, terms.null("float"))], terms.over(left, right))
        self.met.early(_side(numbers.too_large(made, Range())))
        if left in self.errors:
            scaled = terms.case(
                [(zero, terms.number(0.0))], terms.over(self.errors[left], terms.size(right))
            )
            self.errors[made] = terms.plus(scaled, _last_bits(made))
        return _nearest(made) if isinstance(node.type, types.Duration) else made

    def _add_errors(self, op: str, made: Term, left: Term, right: Term) -> None:
        if left not in self.errors and right not in self.errors:
            return
        zero = terms.number(0.0)
        one, other = self.errors.get(left, zero), self.errors.get(right, zero)
        if op == "times":
            one, other = terms.times(one, terms.size(right)), terms.times(other, terms.size(left))
            both = [self.errors.get(each, zero) for each in (left, right)]
            one = terms.plus(one, terms.times(*both))
        self.errors[made] = terms.plus(terms.plus(one, other), _last_bits(made))

    def settled(self, operand: Term) -> Term:
        if operand.kind != "float":
            return operand
        if operand.fixed:
            return operand if operand.is_null else terms.number(settle(terms.value_of(operand)))
        if operand in self.errors:
            self.met.early(_side(numbers.undecided(operand, self.errors[operand], 9)))
        return numbers.rounded(operand, 9)

    def _rounded(self, operand: Term, decimals: Term) -> Term:
        if not decimals.fixed or decimals.is_null or not 0 <= terms.value_of(decimals) <= 9:
            raise Gap("`round`", "only to 0 to 9 decimals that are fixed")
        operand, places = terms.as_float(operand), int(terms.value_of(decimals))
        if operand in self.errors:
            self.met.early(_side(numbers.undecided(operand, self.errors[operand], places)))
        if places < 9:
            self.met.early(_side(terms.negate(numbers.is_small(operand, places))))
        return numbers.rounded(operand, places)

    def _floor(self, symbol: str, operand: Term) -> Term:
        if operand in self.errors:
            self.met.early(_side(numbers.near_whole(operand, self.errors[operand])))
        self.met.early(_side(numbers.too_large(operand, Range())))
        if symbol == "floor":
            return numbers.floor_of(operand)
        return terms.negative(numbers.floor_of(terms.negative(operand)))

    def _function(self, symbol: str, operand: Term) -> Term:
        if operand in self.errors:
            raise Gap(f"`{symbol}`", "of what is not computed to the last bit")
        zero = terms.number(0.0)
        if symbol == "sqrt":
            defined = terms.at_most(zero, operand)
            return terms.case([(defined, terms.applied("sqrt", operand))], terms.null("float"))
        if symbol == "exp":
            most = terms.number(700.0)
            self.met.early(_side(terms.less(most, operand)))
            defined = terms.at_most(operand, most)
            made = terms.case([(defined, terms.applied("exp", operand))], terms.null("float"))
        else:
            defined = terms.less(zero, operand)
            made = terms.case([(defined, terms.applied("ln", operand))], terms.null("float"))
            if symbol != "ln":
                made = terms.over(made, terms.number(_LOGARITHMS[symbol]))
        self.errors[made] = terms.plus(_last_bits(made), _last_bits(made))
        return made

    def _like(self, made: Term, operand: Term) -> Term:
        if operand in self.errors:
            self.errors[made] = self.errors[operand]
        return made

    def _as_wrong_as(self, made: Value, given: Sequence[Value]) -> None:
        wrong = [
            self.errors[each] for each in given if isinstance(each, Term) and each in self.errors
        ]
        if wrong and isinstance(made, Term):
            total = terms.number(0.0)
            for each in wrong:
                total = terms.plus(total, terms.known_or(each, terms.number(0.0)))
            self.errors[made] = total

    def _check_errors(self, node: program.Apply, operands: Sequence[Value], made: Term) -> None:
        """What reads a number that is off must say so, or not be done here."""
        wrong = any(isinstance(each, Term) and each in self.errors for each in operands)
        aware = ("+", "-", "*", "/", "negative", "abs", "floor", "ceiling", "round")
        if wrong and (node.symbol not in aware or isinstance(node.type, types.Duration)):
            raise Gap(f"`{node.symbol}`", "of what is not computed to the last bit")


_LOGARITHMS = {"log2": 0.6931471805599453, "log10": 2.302585092994046}


def node_kind(node: Expression) -> terms.Kind:
    return values.kind_of(node.type)


def _says(text: Term, wanted: texts.Wanted) -> Term:
    return terms.term("mentions", (text,), "bool", None, wanted) if wanted else FALSE


def _side(condition: Term) -> Term:
    return terms.known_or(condition, FALSE)


def _last_bits(made: Term) -> Term:
    return terms.times(terms.size(made), terms.number(4 * numbers.EPSILON))


def _nearest(operand: Term) -> Term:
    small = terms.at_most(terms.size(operand), terms.number(2.0**52))
    guarded = terms.case([(small, operand)], terms.number(0.0))
    near = terms.as_whole(numbers.counted(guarded, 0))
    return terms.case([(terms.known(operand), near)], terms.null("int"))


def _over_units(duration: Term, unit: int) -> Term:
    return terms.over(terms.as_float(duration), terms.number(float(unit)))
