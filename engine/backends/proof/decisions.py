"""A decision to what stands for its outcome in every case, and for what determined it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, assert_never

import z3

from engine.backends.proof.bits import Bit, both, either, no, pick, some
from engine.backends.proof.encode import Encoder
from engine.backends.proof.symbols import (
    UNKNOWN,
    Env,
    Num,
    Rec,
    Seq,
    Sym,
    choose,
    choose_number,
    number,
    term,
    true,
    unknown,
)
from engine.decision import Basis
from engine.language import types
from engine.program import nodes as program
from engine.program import walk

OTHERWISE = "otherwise"


@dataclass(frozen=True, eq=False)
class Asked:
    """A rule or guard: `surely` where its condition is true, `blurred` where it is unknown,
    `applies` where it is true, or unknown and that is enough; `given` is what it gives there."""

    rule: program.Rule
    surely: Bit
    blurred: Bit
    applies: Bit
    given: Sym


@dataclass(frozen=True, eq=False)
class Decided:
    """`by` says of each rule and guard, and of `otherwise`, where it stands among those that
    determined; `basis` where that is the basis."""

    outcome: Sym
    guards: tuple[Asked, ...]
    rules: tuple[Asked, ...]
    by: Mapping[str, Bit]
    basis: Mapping[Basis, Bit]


def outcome(encoder: Encoder, of: program.Decision, facts: Env) -> Sym:
    return decided(encoder, of, facts).outcome


def decided(
    encoder: Encoder, of: program.Decision, facts: Env, same: Mapping[str, Asked] | None = None
) -> Decided:
    """`same` are rules of another version that are no others here, and were asked already."""
    return _Deciding(encoder, of, facts, same or {}).decided()


@dataclass(frozen=True)
class _ByRules:
    """What the rules come to where no guard decides."""

    outcome: Sym
    by: Mapping[str, Bit]
    rule: Bit
    conflict: Bit = False


@dataclass(frozen=True)
class _Deciding:
    encoder: Encoder
    of: program.Decision
    facts: Env
    same: Mapping[str, Asked]

    def decided(self) -> Decided:
        of = self.of
        inner = of.result
        if of.hit == "collect" and isinstance(of.result, types.ListOf):
            inner = of.result.element
        guards = [self._asked(each, of.result) for each in of.guards]
        rules = [self._asked(each, inner) for each in of.rules]
        ruled = self._by_rules(rules)
        unsure = [both(each.applies, each.blurred) for each in guards]
        asked = [(each.surely, each.given) for each in guards]
        asked += [(bit, each.given) for bit, each in zip(unsure, guards, strict=True)]
        found = _chosen(asked, ruled.outcome, of.result)
        for always in of.always:
            found = self._with_field(found, always)
        held = _so_far([each.surely for each in guards])
        blurred = _so_far(unsure)
        by = {
            each.rule.name: either(
                both(no(before), each.surely), both(no(held[-1]), no(maybe), applies)
            )
            for each, before, applies, maybe in zip(guards, held, unsure, blurred, strict=False)
        }
        ruling = both(no(held[-1]), no(blurred[-1]))
        by |= {name: both(ruling, bit) for name, bit in ruled.by.items()}
        fallen = both(ruling, no(ruled.rule), no(ruled.conflict))
        by[OTHERWISE] = fallen
        basis: dict[Basis, Bit] = {
            "guard": held[-1],
            "unknown_guard": both(no(held[-1]), blurred[-1]),
            "rule": both(ruling, ruled.rule),
            "conflict": both(ruling, ruled.conflict),
            "otherwise": fallen,
        }
        return Decided(found, tuple(guards), tuple(rules), by, basis)

    def _with_field(self, of: Sym, always: program.Always) -> Sym:
        record: Rec = of.value

        def make(place: int) -> Sym:
            if place != always.place:
                return record.field(place)
            return self.encoder.express(always.value, {**self.facts, "outcome": of})

        return Sym(Rec(make), of.known)

    def _asked(self, rule: program.Rule, result: types.Type) -> Asked:
        if rule.name in self.same:
            return self.same[rule.name]
        condition = self.encoder.truth(rule.condition, self.facts)
        surely, blurred = true(condition), unknown(condition)
        names = {**self._witnesses(rule), **self.facts}
        given = self.encoder.express(rule.outcome, names)
        applies = surely
        if rule.unknown_outcome is not None and blurred is not False:
            applies = either(surely, blurred)
            other = self.encoder.express(rule.unknown_outcome, self.facts)
            given = choose(surely, given, other, result)
        return Asked(rule, surely, blurred, applies, given)

    def _witnesses(self, rule: program.Rule) -> dict[str, Sym]:
        """For each `any` that must hold, the first element for which it does, where it is read."""
        found: dict[str, Sym] = {}
        inside = walk.everything(rule.outcome)
        read = {each.name for each in inside if isinstance(each, program.Variable)}
        for each in walk.conjuncts(rule.condition) if rule.condition is not None else ():
            match each:
                case program.Quantified(quantity="any", variable=name) if name in read:
                    found.setdefault(name, self.encoder.lists.witness(each, self.facts))
                case _:
                    pass
        return found

    def _by_rules(self, asked: Sequence[Asked]) -> _ByRules:
        """`by` of the rules alone."""
        of = self.of
        applied = _so_far([each.applies for each in asked])
        each_applies = {each.rule.name: each.applies for each in asked}
        match of.hit:
            case None:
                return _ByRules(self._fallback(), {}, False)
            case "first":
                given = [(each.applies, each.given) for each in asked]
                found = _chosen(given, self._fallback(), of.result)
                by = {
                    each.rule.name: both(no(before), each.applies)
                    for each, before in zip(asked, applied, strict=False)
                }
                return _ByRules(found, by, applied[-1])
            case "unique":
                conflict = some(
                    both(before, each.applies) for each, before in zip(asked, applied, strict=False)
                )
                fallback = self._fallback()
                given = [(conflict, fallback), *((each.applies, each.given) for each in asked)]
                found = _chosen(given, fallback, of.result)
                alone = both(applied[-1], no(conflict))
                return _ByRules(found, each_applies, alone, conflict)
            case "collect":
                found = Sym(Seq(tuple((each.applies, each.given) for each in asked)))
                return _ByRules(found, each_applies, applied[-1])
            case "sum":
                return _ByRules(self._sum(asked), each_applies, applied[-1])
            case "strictest":
                return _ByRules(*self._strictest(asked), applied[-1])
            case _:
                assert_never(of.hit)

    def _fallback(self) -> Sym:
        if self.of.otherwise is None:
            return UNKNOWN
        return self.encoder.express(self.of.otherwise.outcome, self.facts)

    def _sum(self, asked: Sequence[Asked]) -> Sym:
        zero = Num(z3.IntVal(0), places=0, most=Fraction(0))
        total = zero
        for each in asked:
            part = choose_number(each.applies, each.given.value, zero)
            total = self.encoder.workshop.add(total, part)
        if isinstance(self.of.result, types.Number) and not self.of.result.integer:
            total = self.encoder.workshop.settle(total)
        return Sym(total if asked else number(0))

    def _strictest(self, asked: Sequence[Asked]) -> tuple[Sym, dict[str, Bit]]:
        """The first of those that are the strictest."""
        of = self.of
        place = of.strictest_by or 0
        best, any_yet = self._fallback(), False
        rank: Any = z3.IntVal(0)
        betters: list[Bit] = []
        for each in asked:
            its = term(each.given.value.field(place).value)
            better = both(each.applies, either(no(any_yet), its < rank))
            best = choose(better, each.given, best, of.result)
            rank, any_yet = pick(better, its, rank), either(any_yet, each.applies)
            betters.append(better)
        later = _so_far(betters[::-1])[-2::-1]
        by = {
            each.rule.name: both(better, no(beaten))
            for each, better, beaten in zip(asked, betters, later, strict=True)
        }
        return best, by


def _chosen(given: Sequence[tuple[Bit, Sym]], otherwise: Sym, type_: types.Type) -> Sym:
    """The first whose bit holds."""
    everything = [*(each for _, each in given), otherwise]
    if isinstance(type_, types.Record) and all(each.known is True for each in everything):
        fields = type_.fields

        def make(place: int) -> Sym:
            parts = [(bit, each.value.field(place)) for bit, each in given]
            return _chosen(parts, otherwise.value.field(place), fields[place].type)

        return Sym(Rec(make))
    found = otherwise
    for bit, each in reversed(given):
        found = choose(bit, each, found, type_)
    return found


def _so_far(bits: Sequence[Bit]) -> list[Bit]:
    """Before each, whether one of those before it holds; and of all of them at the end."""
    found: list[Bit] = [False]
    for bit in bits:
        found.append(either(found[-1], bit))
    return found
