"""A decision to four columns: what determined it, on what basis, the outcome, and where the row is
set aside.

What determines is a number first, by one `case` that asks a condition only where those before have
not decided. Outcome, rule and basis are each a `case` over that number, so nothing is asked twice
and what is fixed stays fixed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import assert_never

from engine.backends.columns import lists, terms, values
from engine.backends.columns.expressions import Translator
from engine.backends.columns.scope import Collector, Names, Sides
from engine.backends.columns.sentences import wire
from engine.backends.columns.terms import FALSE, TRUE, Term
from engine.backends.columns.values import Gap, List, Place, Record, Value
from engine.language import types
from engine.program import nodes as program
from engine.program import walk

OTHERWISE = "otherwise"
_ASIDE = terms.whole(0)


@dataclass(frozen=True)
class Reason:
    """What of a program columns do not do: where (a rule's name, or `always`), what, and why."""

    place: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}, for {self.why}"


@dataclass(frozen=True)
class Decided:
    outcome: Term
    rule: Term
    basis: Term
    aside: Term
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class _Asked:
    """A rule with its condition. Where that cannot be asked, every row that comes to it is set
    aside."""

    rule: program.Rule
    condition: Term
    sides: Sides
    names: Names

    @property
    def unknown(self) -> Term:
        if self.rule.unknown_outcome is None:
            return FALSE
        return terms.missing(self.condition)

    @property
    def applies(self) -> Term:
        return terms.any_of(terms.holds(self.condition), self.unknown)


@dataclass(frozen=True)
class _Ending:
    """One way to end: its number, who determined it, and what is told of the outcome, with what
    sets the row aside for it."""

    number: Term
    rule: Term
    basis: str
    outcome: Term
    sides: Sides


Say = Callable[[Collector, Value, types.Type], Term]


def decided(
    of: Translator, node: program.Decision, facts: Names, aside: Sequence[Term], say: Say = wire
) -> Decided:
    """`aside` is what sets a row aside before anything is asked, `say` what is told of an
    outcome."""
    writer = _Writer(of, node, facts, say)
    branches = [(each, _ASIDE) for each in aside]
    branches += writer.branches()
    number = terms.case(branches, _ASIDE)
    endings = writer.endings

    def by_number(of: Callable[[_Ending], Term], otherwise: Term) -> Term:
        values = [of(each) for each in endings]
        if values and all(each.fixed and each.kind == "text" for each in values):
            return terms.picked(number, [None, *map(terms.value_of, values)])
        groups: dict[Term, list[int]] = {}
        for each in endings:
            groups.setdefault(of(each), []).append(terms.value_of(each.number))
        pairs = [(terms.among(number, group), value) for value, group in groups.items()]
        return terms.case(pairs, otherwise)

    sides = by_number(lambda each: terms.any_of(*each.sides.early, *each.sides.late), FALSE)

    def said(tell: Callable[[_Ending], Term]) -> Term:
        nothing = terms.null(tell(endings[0]).kind if endings else "text")
        return terms.case([(sides, nothing)], by_number(tell, nothing))

    return Decided(
        said(lambda each: each.outcome),
        said(lambda each: each.rule),
        said(lambda each: terms.text(each.basis)),
        terms.surely(terms.any_of(terms.equal(number, _ASIDE), sides)),
        tuple(dict.fromkeys(writer.reasons)),
    )


@dataclass
class _Writer:
    of: Translator
    node: program.Decision
    facts: Names
    say: Say
    endings: list[_Ending] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)

    def branches(self) -> list[tuple[Term, Term]]:
        guards = [self._asked(each) for each in self.node.guards]
        made: list[tuple[Term, Term]] = []
        for each in guards:
            made += _early(each)
            made.append((each.condition, self._late(each, self._ending(each, "guard"))))
        for each in guards:
            if each.unknown is not FALSE:
                ending = self._ending(each, "unknown_guard", known=False)
                made.append((each.unknown, self._late(each, ending)))
        return [*made, *self._rules()]

    def _rules(self) -> list[tuple[Term, Term]]:
        rules = [self._asked(each) for each in self.node.rules]
        match self.node.hit:
            case "first" | None:
                return self._first(rules)
            case "strictest":
                with self._told("strictest"):
                    return self._first(self._by_strictness(rules))
                return [(TRUE, _ASIDE)]
            case "unique":
                return self._unique(rules)
            case "collect" | "sum":
                return self._gathered(rules)
            case _:
                assert_never(self.node.hit)

    # endings

    def _ending(self, asked: _Asked, basis: str, *, known: bool = True) -> Term:
        outcome = asked.rule.outcome if known else asked.rule.unknown_outcome
        names = asked.names if known else self.facts
        with self._told(asked.rule.name):
            if outcome is None:
                raise TypeError(asked.rule)
            value, sides = self.of.given(outcome, names)
            return self._end(terms.text(asked.rule.name), basis, value, sides)
        return _ASIDE

    def _otherwise(self, basis: str = "otherwise", rule: Term | None = None) -> Term:
        if self.node.otherwise is None:
            return _ASIDE
        with self._told(OTHERWISE):
            value, sides = self.of.given(self.node.otherwise.outcome, self.facts)
            return self._end(rule or terms.text(OTHERWISE), basis, value, sides)
        return _ASIDE

    def _end(self, rule: Term, basis: str, outcome: Value, sides: Sides) -> Term:
        with self.of.met.apart():
            completed = self._completed(outcome)
            told = self.say(self.of.met, completed, self.node.result)
            sides = sides.joined(self.of.met.sides)
        number = terms.whole(len(self.endings) + 1)
        self.endings.append(_Ending(number, rule, basis, told, sides))
        return number

    def _completed(self, outcome: Value) -> Value:
        """With what holds whatever was decided."""
        if not isinstance(outcome, Record):
            return outcome
        for each in self.node.always:
            names = self.facts.binding("outcome", outcome)
            fields = list(outcome.fields)
            fields[each.place] = self.of.value(each.value, names)
            outcome = Record(TRUE, tuple(fields))
        return outcome

    # conditions

    def _asked(self, rule: program.Rule) -> _Asked:
        if rule.condition is None:
            return _Asked(rule, TRUE, Sides(), self.facts)
        with self._told(rule.name):
            condition, sides = self.of.asked(rule.condition, self.facts)
            return _Asked(rule, condition, sides, self._witnessed(rule.condition))
        return _Asked(rule, FALSE, Sides(early=(TRUE,)), self.facts)

    def _witnessed(self, condition: program.Expression) -> Names:
        """The facts, and of each `any` the first element for which it holds."""
        names = self.facts
        for conjunct in walk.conjuncts(condition):
            if not isinstance(conjunct, program.Quantified) or conjunct.quantity != "any":
                continue
            if conjunct.variable in names.values or not isinstance(
                conjunct.items.type, types.ListOf
            ):
                continue
            names = names.binding(conjunct.variable, self._witness(conjunct))
        return names

    def _witness(self, node: program.Quantified) -> Value:
        with self.of.met.apart(), self.of.sure():
            items = self.of.items(node.items, self.facts)

            def holds(place: Place) -> Term:
                return self.of.term(node.condition, self.facts.binding(node.variable, place.value))

            if not isinstance(node.items.type, types.ListOf):
                raise TypeError(node.items)
            nothing = values.nothing_of(node.items.type.element)
            return values.first_taken(items.places, holds, nothing)

    @contextmanager
    def _told(self, place: str) -> Iterator[None]:
        """What columns do not do is written down, and the code after this is come to."""
        try:
            yield
        except Gap as gap:
            self.reasons.append(Reason(place, gap.what, gap.why))

    def _late(self, asked: _Asked, number: Term) -> Term:
        return terms.case([(each, _ASIDE) for each in asked.sides.late], number)

    # hit policies

    def _first(self, rules: Sequence[_Asked]) -> list[tuple[Term, Term]]:
        made: list[tuple[Term, Term]] = []
        for each in rules:
            made += _early(each)
            made.append((each.condition, self._late(each, self._ending(each, "rule"))))
            if each.unknown is not FALSE:
                ending = self._ending(each, "rule", known=False)
                made.append((each.unknown, self._late(each, ending)))
        return [*made, (TRUE, self._otherwise())]

    def _by_strictness(self, rules: Sequence[_Asked]) -> list[_Asked]:
        """The first that applies is then the strictest."""
        place, result = self.node.strictest_by, self.node.result
        if place is None or not isinstance(result, types.Record):
            raise TypeError(result)
        return sorted(rules, key=lambda each: self._rank(each, place, result))

    def _rank(self, asked: _Asked, place: int, result: types.Record) -> int:
        enum, outcomes = result.fields[place].type, (asked.rule.outcome, asked.rule.unknown_outcome)
        found = set()
        for outcome in outcomes:
            given = outcome.values[place] if isinstance(outcome, program.MakeRecord) else None
            if outcome is not None and (
                not isinstance(given, program.Constant) or not isinstance(enum, types.Enum)
            ):
                raise Gap("`strictest`", "by what is not fixed")
            if isinstance(given, program.Constant) and isinstance(enum, types.Enum):
                found.add(enum.ranks[str(given.value)])
        if len(found) != 1:
            raise Gap("`strictest`", "by what is another when unknown")
        return found.pop()

    def _all_asked(self, rules: Sequence[_Asked]) -> list[tuple[Term, Term]]:
        """All conditions are asked, so what sets a row aside for any of them does."""
        sides = [side for each in rules for side in (*each.sides.early, *each.sides.late)]
        return [(side, _ASIDE) for side in dict.fromkeys(sides)]

    def _unique(self, rules: Sequence[_Asked]) -> list[tuple[Term, Term]]:
        made = self._all_asked(rules)
        applied = [each.applies for each in rules]
        count = lists.count(applied)
        several = terms.less(terms.whole(1), count)
        names = _names([(test, each.rule.name) for test, each in zip(applied, rules, strict=True)])
        if len(rules) > 1:
            made.append((several, self._otherwise("conflict", names)))
        for each in rules:
            made.append((each.condition, self._ending(each, "rule")))
            if each.unknown is not FALSE:
                made.append((each.unknown, self._ending(each, "rule", known=False)))
        return [*made, (TRUE, self._otherwise())]

    def _gathered(self, rules: Sequence[_Asked]) -> list[tuple[Term, Term]]:
        made = self._all_asked(rules)
        applied = [each.applies for each in rules]
        names = _names([(test, each.rule.name) for test, each in zip(applied, rules, strict=True)])
        with self._told(self.node.hit or ""), self.of.met.apart():
            given = [one for each in rules for one in self._given(each)]
            if self.node.hit == "collect":
                total: Value = List(TRUE, values.bounded(Place(t, value) for t, value in given))
            else:
                kind = values.kind_of(self.node.result)
                pairs = [(t, value) for t, value in given if isinstance(value, Term)]
                total = self.of.settled(lists.total(self.of, pairs, kind))
            sides = self.of.met.sides
            ending = self._end(names, "rule", total, sides)
            nothing = self._end(terms.text(OTHERWISE), "otherwise", total, sides)
            return [*made, (terms.any_of(*applied), ending), (TRUE, nothing)]
        return [(TRUE, _ASIDE)]

    def _given(self, asked: _Asked) -> Iterator[tuple[Term, Value]]:
        yield terms.holds(asked.condition), self.of.value(asked.rule.outcome, asked.names)
        if asked.unknown is not FALSE and asked.rule.unknown_outcome is not None:
            yield asked.unknown, self.of.value(asked.rule.unknown_outcome, self.facts)


def _early(asked: _Asked) -> list[tuple[Term, Term]]:
    return [(each, _ASIDE) for each in asked.sides.early]


def _names(applied: Sequence[tuple[Term, str]]) -> Term:
    """The names of the rules that apply, joined by commas."""
    made = [terms.case([(test, terms.text(f", {name}"))], terms.text("")) for test, name in applied]
    return terms.cut(terms.joined(*made), 2)
