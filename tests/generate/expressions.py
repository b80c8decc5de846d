"""Random expressions of a wanted type, drawn from the tables of operators, functions and
aggregates.

A way to make an expression is a row of a table with one of its signatures, or a form of the
grammar. What is drawn says whether it may be unknown, and whether it shows something sensitive:
rather once too often than not often enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from hypothesis import strategies as st

from engine.language.functions import AGGREGATES, FUNCTIONS, Aggregate
from engine.language.operators import OPERATORS, Kind, Operation, Signature
from engine.language.types import (
    Bool,
    Code,
    Duration,
    Instant,
    ListOf,
    Number,
    Record,
    Tally,
    Text,
    Type,
)
from tests.generate.vocabulary import INTEGER, NUMBER, Callable, Fact, Vocabulary, reach

T = TypeVar("T")
NESTING = 2


@dataclass(frozen=True)
class Made:
    text: str
    unknown: bool = False
    sensitive: bool = False


@dataclass(frozen=True)
class Scope:
    """What can be read; `nesting` counts the quantifiers around."""

    facts: tuple[Fact, ...]
    nesting: int = 0

    def binding(
        self, name: str, type_: Type, sensitive: bool = False, unknown: bool = False
    ) -> "Scope":
        found = reach(Fact(name, type_, unknown, sensitive))
        return replace(self, facts=(*self.facts, *found))


@dataclass(frozen=True)
class Way:
    """One signature of one row; `word` for a form of the grammar."""

    row: Operation
    signature: Signature


WAYS = tuple(
    Way(row, signature)
    for row in (*OPERATORS.values(), *FUNCTIONS.values())
    for signature in row.signatures
)
FORMS = (
    *("mentions", "quantified", "gather", "aggregate", "counted", "choice"),
    *("define", "define", "define", "table", "table", "table"),
)


class Maker:
    """Draws expressions over one vocabulary."""

    def __init__(self, draw: st.DrawFn, vocabulary: Vocabulary) -> None:
        self.draw = draw
        self.vocabulary = vocabulary

    def pick(self, choices: Sequence[T]) -> T:
        return self.draw(st.sampled_from(choices))

    def chance(self) -> bool:
        return self.draw(st.booleans())

    def expression(self, wanted: Type, scope: Scope, depth: int) -> Made:
        ways: list[Way | str] = ["leaf"]
        if depth > 0:
            ways += [way for way in WAYS if self._gives(way.signature, wanted, scope)]
            ways += [form for form in FORMS if self._forms(form, wanted, scope)]
        way = self.pick(ways)
        if isinstance(way, Way):
            return self.apply(way, wanted, scope, depth - 1)
        match way:
            case "leaf":
                return self.leaf(wanted, scope)
            case "mentions":
                return self.mentions(scope, depth - 1)
            case "quantified":
                return self.quantified(scope, depth - 1)
            case "gather":
                return self.gather(wanted, scope, depth - 1)
            case "aggregate":
                row = self.pick(
                    [row for row in AGGREGATES.values() if _aggregates(row, wanted, self)]
                )
                return self.aggregate(row, wanted, scope, depth - 1)
            case "counted":
                return self.counted(scope, depth - 1)
            case "choice":
                return self.choice(wanted, scope, depth - 1)
            case "define":
                return self.call(self.vocabulary.defines, wanted, scope, depth - 1)
            case _:
                return self.call(self.vocabulary.tables, wanted, scope, depth - 1)

    def known(self, wanted: Type, scope: Scope, depth: int) -> Made:
        """An expression that is surely known, and may be shown."""
        made = self.expression(wanted, scope, depth)
        if made.sensitive:
            return self.literal(wanted)
        if made.unknown:
            return Made(f"({made.text} else {self.literal(wanted).text})")
        return made

    def condition(self, scope: Scope, depth: int) -> Made:
        return self.expression(Bool(), scope, depth)

    def literal(self, wanted: Type) -> Made:
        if isinstance(wanted, ListOf):
            items = [self.literal(wanted.element).text for _ in range(self.draw(st.integers(1, 3)))]
            return Made(f"[{', '.join(items)}]")
        return Made(self.pick(self.vocabulary.literals(wanted)))

    def leaf(self, wanted: Type, scope: Scope) -> Made:
        found = [fact for fact in scope.facts if _reads(fact.type, wanted)]
        found += [fact for fact in self.vocabulary.constants if fact.type == wanted]
        literal = not isinstance(wanted, Record | Tally) and not _of_records(wanted)
        if found and not (literal and self.draw(st.integers(0, 2)) == 0):
            fact = self.pick(found)
            return Made(fact.path, fact.unknown, fact.sensitive)
        return self.literal(wanted)

    # the rows of the tables

    def apply(self, way: Way, wanted: Type, scope: Scope, depth: int) -> Made:
        row, signature = way.row, way.signature
        types = self._operand_types(signature, wanted, scope)
        operands = [self.operand(each, scope, depth) for each in types]
        unsure = signature.partial or signature.computes or any(each.unknown for each in operands)
        match row.symbol:
            case "is known" | "is missing":
                unsure = False
            case "else":
                unsure = operands[0].unknown and operands[1].unknown
        sensitive = signature.result != "bool" and any(each.sensitive for each in operands)
        return Made(written(row, [each.text for each in operands]), unsure, sensitive)

    def operand(self, wanted: Type, scope: Scope, depth: int) -> Made:
        if not isinstance(wanted, Tally):
            return self.expression(wanted, scope, depth)
        fact = self.pick(_tallies(scope, wanted.daily))
        return Made(fact.path, fact.unknown, fact.sensitive)

    def _operand_types(self, signature: Signature, wanted: Type, scope: Scope) -> list[Type]:
        kinds = signature.operands
        if signature.variadic:
            kinds = kinds[:1] * self.draw(st.integers(2, 3))
        shared = wanted if signature.result in ("same", "alike") else self._shared(kinds)
        element = self.pick(self._elements())
        types = [
            self._operand_type(signature, kind, wanted, shared, element, scope) for kind in kinds
        ]
        if "number" in kinds and all(type_ == INTEGER for type_ in types):
            types[kinds.index("number")] = NUMBER  # else the signature of integers would be taken
        return types

    def _shared(self, kinds: Sequence[Kind]) -> Type:
        return self.pick(self.vocabulary.ordered if "ordered" in kinds else self.vocabulary.scalars)

    def _elements(self) -> tuple[Type, ...]:
        """What lists are made of here: a list of codes alone would be read as texts."""
        return self.vocabulary.scalars[:-1]

    def _operand_type(
        self,
        signature: Signature,
        kind: Kind,
        wanted: Type,
        shared: Type,
        element: Type,
        scope: Scope,
    ) -> Type:
        match kind:
            case "bool":
                return Bool()
            case "text":
                return self.vocabulary.code if self.pick(range(3)) == 0 else Text()
            case "number":
                return INTEGER if self.chance() else NUMBER
            case "integer":
                return INTEGER
            case "duration":
                return Duration()
            case "instant":
                return Instant()
            case "code":
                return self.vocabulary.code
            case "tally":
                daily = "instant" in signature.operands
                return Tally(self.vocabulary.enums[2], daily)
            case "enum":
                return self.vocabulary.enums[2]
            case "list":
                if signature.result == "list":
                    return wanted
                return ListOf(wanted if signature.result == "element" else element, 3)
            case "ordered" | "same" | "alike":
                return shared
            case "element":
                return element
            case "any":
                lists = [
                    fact.type for fact in scope.facts if isinstance(fact.type, ListOf | Record)
                ]
                return self.pick((*self.vocabulary.scalars, *lists))

    def _gives(self, signature: Signature, wanted: Type, scope: Scope) -> bool:
        if "tally" in signature.operands and not _tallies(scope, "instant" in signature.operands):
            return False
        match signature.result:
            case "bool":
                return wanted == Bool()
            case "number":
                return wanted == NUMBER
            case "integer":
                return isinstance(wanted, Number)
            case "duration":
                return wanted == Duration()
            case "instant":
                return wanted == Instant()
            case "list":
                return isinstance(wanted, ListOf)
            case "element":
                return wanted in self._elements()
            case "alike":
                return True
            case "same":
                ordered = "ordered" in signature.operands
                return wanted in (self.vocabulary.ordered if ordered else self.vocabulary.scalars)
            case _:
                return wanted == Text()

    # the forms of the grammar

    def _forms(self, form: str, wanted: Type, scope: Scope) -> bool:
        if form in ("quantified", "gather", "aggregate", "counted") and scope.nesting >= NESTING:
            return False
        match form:
            case "mentions" | "quantified" | "counted":
                return wanted == Bool()
            case "gather":
                return isinstance(wanted, ListOf) and not _of_records(wanted)
            case "aggregate":
                return any(_aggregates(row, wanted, self) for row in AGGREGATES.values())
            case "choice":
                return not isinstance(wanted, ListOf | Record | Code)
            case "define":
                return any(each.result == wanted for each in self.vocabulary.defines)
            case _:
                return any(each.result == wanted for each in self.vocabulary.tables)

    def mentions(self, scope: Scope, depth: int) -> Made:
        text = self.expression(Text(), scope, depth)
        triggers = self.vocabulary.triggers
        some = self.draw(st.lists(st.sampled_from(triggers), min_size=1, max_size=3, unique=True))
        quantity = self.pick(("", "any of ", "all of "))
        return Made(f"({text.text} mentions {quantity}{', '.join(some)})", text.unknown)

    def quantified(self, scope: Scope, depth: int) -> Made:
        quantity, word = self.pick((("any", "where"), ("all", "satisfy")))
        name, items, inner = self.over(scope, depth)
        condition = self.condition(inner, depth)
        text = f"({quantity} {name} in {items.text} {word} {condition.text})"
        return Made(text, items.unknown or condition.unknown)

    def over(self, scope: Scope, depth: int) -> tuple[str, Made, Scope]:
        """A list to walk through: its variable, the list, and what can be read of an element."""
        lists = [fact for fact in scope.facts if isinstance(fact.type, ListOf)]
        name = f"i{scope.nesting}"
        type_: Type
        if lists and self.pick(range(4)) != 0:
            fact = self.pick(lists)
            items, type_ = Made(fact.path, fact.unknown, fact.sensitive), fact.type
        else:
            type_ = ListOf(self.pick(self._elements()), 3)
            items = self.expression(type_, scope, min(depth, 1))
        element = type_.element if isinstance(type_, ListOf) else type_
        inner = replace(scope, nesting=scope.nesting + 1)
        return name, items, inner.binding(name, element, items.sensitive)

    def each(self, value: Type, scope: Scope, depth: int) -> Made:
        name, items, inner = self.over(scope, depth)
        made = self.expression(value, inner, depth)
        text, unknown = f"{made.text} for {name} in {items.text}", items.unknown or made.unknown
        if self.chance():
            condition = self.condition(inner, depth)
            text, unknown = f"{text} where {condition.text}", unknown or condition.unknown
        return Made(text, unknown, items.sensitive or made.sensitive)

    def gather(self, wanted: Type, scope: Scope, depth: int) -> Made:
        element = wanted.element if isinstance(wanted, ListOf) else wanted
        each = self.each(element, scope, depth)
        return replace(each, text=f"[{each.text}]")

    def aggregate(self, row: Aggregate, wanted: Type, scope: Scope, depth: int) -> Made:
        value = self.pick(self.vocabulary.scalars) if row.takes == "any" else wanted
        each = self.each(value, scope, depth)
        return Made(f"{row.name}({each.text})", True, each.sensitive)

    def counted(self, scope: Scope, depth: int) -> Made:
        """A count compared, which may be known where the count itself is not."""
        name, items, inner = self.over(scope, depth)
        condition = self.condition(inner, depth).text
        divisor = self.expression(INTEGER, inner, 1).text
        each = f"{name} for {name} in {items.text} where ({condition} or 1 / {divisor} > 0.5)"
        other = self.pick(("0", "1", "2", self.expression(INTEGER, scope, 0).text))
        sides = [f"count({each})", other]
        symbol = self.pick(("<", "<=", ">", ">=", "is", "is not"))
        return Made(f"({f' {symbol} '.join(sides if self.chance() else sides[::-1])})", True)

    def choice(self, wanted: Type, scope: Scope, depth: int) -> Made:
        made, branches = [], []
        for _ in range(self.draw(st.integers(1, 2))):
            condition, value = self.condition(scope, depth), self.expression(wanted, scope, depth)
            branches.append(f"when {condition.text} then {value.text}")
            made += [replace(condition, sensitive=False), value]
        otherwise = self.expression(wanted, scope, depth)
        made.append(otherwise)
        text = f"({' '.join(branches)} otherwise {otherwise.text})"
        return Made(text, any(each.unknown for each in made), any(each.sensitive for each in made))

    def call(self, among: Sequence[Callable], wanted: Type, scope: Scope, depth: int) -> Made:
        called = self.pick([each for each in among if each.result == wanted])
        arguments = [self.argument(each, scope, depth) for each in called.parameters]
        return Made(f"{called.name}({', '.join(arguments)})", True, called.sensitive)

    def argument(self, wanted: Type, scope: Scope, depth: int) -> str:
        made = self.expression(wanted, scope, min(depth, 1))
        if not made.sensitive:
            return made.text
        return self.literal(wanted).text


def written(row: Operation, operands: Sequence[str]) -> str:
    if row.symbol in FUNCTIONS:
        return f"{row.symbol}({', '.join(operands)})"
    if row.symbol in ("not", "negative"):
        return f"({'-' if row.symbol == 'negative' else 'not '}{operands[0]})"
    if len(operands) == 1:
        return f"({operands[0]} {row.symbol})"
    return f"({f' {row.symbol} '.join(operands)})"


def _reads(found: Type, wanted: Type) -> bool:
    return found == wanted or (found, wanted) == (INTEGER, NUMBER)


def _of_records(type_: Type) -> bool:
    return isinstance(type_, ListOf) and isinstance(type_.element, Record)


def _tallies(scope: Scope, daily: bool) -> list[Fact]:
    """Those that count by day will do where days are not asked for."""
    return [f for f in scope.facts if isinstance(f.type, Tally) and f.type.daily >= daily]


def _aggregates(row: Aggregate, wanted: Type, maker: Maker) -> bool:
    match row.name:
        case "count":
            return wanted == INTEGER
        case "sum":
            return isinstance(wanted, Number | Duration)
        case "mean":
            return wanted == NUMBER
        case _:
            return wanted in maker.vocabulary.ordered
