"""A decision to where it goes otherwise: without a term, without a fact, by another guard."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import z3

from engine.backends.proof.bits import Bit, both, either, every, no, same, some
from engine.backends.proof.decisions import Asked, Decided, decided
from engine.backends.proof.encode import Encoder, chained
from engine.backends.proof.symbols import Env, Rec, Seq, Sym, false, term, true, unknown
from engine.language import types
from engine.program import nodes as program
from engine.program.reads import ELEMENT, Path, Reads, touches
from engine.program.terms import Term, terms


@dataclass(frozen=True, eq=False)
class Hinge:
    """A term of a rule's condition: `matters` where the decision goes otherwise without it. Where
    the rule is asked at all, `reached`, the term itself is `true` or `false`; None of a term that
    stands deeper."""

    rule: program.Rule
    term: Term
    matters: Bit
    reached: Bit
    true: Bit | None
    false: Bit | None


@dataclass(frozen=True, eq=False)
class Shared:
    """A term of a define: `matters` where one of the rules that read it goes otherwise."""

    define: program.Define
    term: Term
    matters: Bit


@dataclass(frozen=True, eq=False)
class Masked:
    """Where `by` decides, `guard` applies too, and would give something stricter."""

    guard: program.Rule
    by: program.Rule
    holds: Bit


@dataclass(frozen=True, eq=False)
class Loosened:
    """Where the outcome is looser without the fact than with it."""

    fact: Path
    holds: Bit


@dataclass(frozen=True, eq=False)
class Hinges:
    encoder: Encoder
    facts: Env
    read: Callable[[Any], Any]
    found: Decided
    hinges: tuple[Hinge, ...]
    shared: tuple[Shared, ...]
    masked: tuple[Masked, ...]
    loosened: tuple[Loosened, ...]

    @property
    def asked(self) -> tuple[Asked, ...]:
        return (*self.found.guards, *self.found.rules)


def hinges(
    encoder: Encoder,
    of: program.Decision,
    reads: Reads,
    shared: Sequence[tuple[program.Define, Term]],
) -> Hinges:
    """`shared` are the terms of defines that shall be looked at."""
    facts, read = encoder.facts.case(of.parameters)
    found = decided(encoder, of, facts)
    with each_apart(encoder) as apart:
        return Hinges(
            encoder,
            facts,
            read,
            found,
            tuple(_hinges(encoder, of, facts, found, apart)),
            tuple(_shared(encoder, of, facts, found, reads, shared, apart)),
            tuple(_masked(of, found)),
            tuple(_loosened(encoder, of, facts, found, reads, apart)),
        )


Apart = Callable[[], Any]


@contextmanager
def each_apart(encoder: Encoder) -> Iterator[Apart]:
    """What is asked in one question makes the lists of no other longer."""
    most: dict[str, int] = {}

    @contextmanager
    def apart() -> Iterator[None]:
        before = dict(encoder.uses)
        yield
        for root, times in encoder.uses.items():
            most[root] = max(times, most.get(root, 0))
        encoder.uses.clear()
        encoder.uses.update(before)

    yield apart
    for root, times in most.items():
        encoder.uses[root] = max(times, encoder.uses.get(root, 0))


def _hinges(
    encoder: Encoder, of: program.Decision, facts: Env, found: Decided, apart: Apart
) -> Iterator[Hinge]:
    context = _Context(of, found)
    for each in (*found.guards, *found.rules):
        condition = each.rule.condition
        if condition is None:
            continue
        operands = condition.operands if isinstance(condition, program.Chain) else ()
        with apart():
            told = [encoder.truth(operand, facts) for operand in operands]
        for one in terms(condition):
            at = next((n for n, operand in enumerate(operands) if operand is one.node), None)
            if at is None:
                with apart():
                    other = encoder.truth(one.without, facts)
            else:
                other = chained(one.of, [*told[:at], *told[at + 1 :]])
            yield Hinge(
                each.rule,
                one,
                context.matters(each, other),
                context.reached(each),
                None if at is None else true(told[at]),
                None if at is None else false(told[at]),
            )


def _shared(
    encoder: Encoder,
    of: program.Decision,
    facts: Env,
    found: Decided,
    reads: Reads,
    shared: Sequence[tuple[program.Define, Term]],
    apart: Apart,
) -> Iterator[Shared]:
    context = _Context(of, found)
    for define, one in shared:
        asked = [
            each
            for each in (*found.guards, *found.rules)
            if each.rule.condition is not None and reads.calls(each.rule.condition, define.name)
        ]
        if not asked:
            continue
        with apart():
            beside = without_term(encoder, define, one)
            bits = []
            for each in asked:
                bits.append(context.matters(each, beside.truth(each.rule.condition, facts)))
        yield Shared(define, one, some(bits))


def without_term(encoder: Encoder, define: program.Define, one: Term) -> Encoder:
    """What asks of the same facts by a policy whose define lacks the term."""
    defines = {**encoder.policy.defines, define.name: replace(define, value=one.without)}
    return Encoder(replace(encoder.policy, defines=defines), {}, (), beside=encoder)


class _Context:
    """Where each rule is asked, and where it makes a difference whether it applies."""

    def __init__(self, of: program.Decision, found: Decided) -> None:
        self.of, self.found = of, found
        guards, rules = found.guards, found.rules
        self._true_before = _so_far([each.surely for each in guards])
        self._applied_before = _so_far([each.applies for each in guards])
        self._ruled_before = _so_far([each.applies for each in rules])
        self._places = {
            each.rule.name: place for side in (guards, rules) for place, each in enumerate(side)
        }
        self._unguarded = no(either(self._true_before[-1], self._applied_before[-1]))

    def reached(self, each: Asked) -> Bit:
        place = self._places[each.rule.name]
        if each.rule.kind == "guard":
            return no(self._true_before[place])
        if self.of.hit != "first":
            return self._unguarded
        return both(self._unguarded, no(self._ruled_before[place]))

    def matters(self, each: Asked, other: Sym) -> Bit:
        """Where the decision goes otherwise if the condition came to `other`."""
        surely, blurred = true(other), unknown(other)
        turned = no(same(each.surely, surely))
        if each.rule.kind == "guard":
            return both(self.reached(each), either(turned, self._blurred(each, blurred)))
        applies = surely
        if each.rule.unknown_outcome is not None:
            applies = either(surely, blurred)
        differs = no(same(each.applies, applies))
        if _has_own(each.rule):
            differs = either(differs, turned)
        return every((self.reached(each), differs, self._unbeaten(each)))

    def _blurred(self, each: Asked, blurred: Bit) -> Bit:
        """Unknown guards come to it where none is true."""
        if each.rule.unknown_outcome is None:
            return False
        before = self._applied_before[self._places[each.rule.name]]
        changed = no(same(each.blurred, blurred))
        return every((no(self._true_before[-1]), no(before), changed))

    def _unbeaten(self, each: Asked) -> Bit:
        """Where no other rule is strictest anyway."""
        if self.of.hit != "strictest":
            return True
        place, at = self.of.strictest_by or 0, self._places[each.rule.name]
        own = each.given.value.field(place).value
        beaten = []
        for number, one in enumerate(self.found.rules):
            its = one.given.value.field(place).value
            if one is not each:
                wins = no(_above(its, own)) if number < at else _above(own, its)
                beaten.append(both(one.applies, wins))
        return no(some(beaten))


def _above(left: Any, right: Any) -> Bit:
    """Of two members, by their place."""
    if isinstance(left, int) and isinstance(right, int):
        return left > right
    return term(left) > term(right)


def _so_far(bits: Sequence[Bit]) -> list[Bit]:
    """Before each, whether one of those before it holds; and of all of them at the end."""
    found: list[Bit] = [False]
    for bit in bits:
        found.append(either(found[-1], bit))
    return found


def _has_own(rule: program.Rule) -> bool:
    return rule.unknown_outcome is not None and rule.unknown_outcome != rule.outcome


def _masked(of: program.Decision, found: Decided) -> Iterator[Masked]:
    if not _ordered(of.result):
        return
    for by in found.guards:
        for each in found.guards:
            if each is not by:
                looser = is_looser(by.given, each.given, of.result)
                holds = every((found.by[by.rule.name], each.applies, looser))
                if holds is not False:
                    yield Masked(each.rule, by.rule, holds)


def is_looser(one: Sym, other: Sym, type_: types.Type) -> Bit:
    """Greater in some ordered field; what cannot be compared counts as looser too."""
    if isinstance(type_, types.Enum):
        return _greater(one, other)
    return some(
        _greater(one.value.field(place), other.value.field(place)) for place in _ordered(type_)
    )


def _greater(one: Sym, other: Sym) -> Bit:
    if one.known is False and other.known is False:
        return False
    if one.known is False or other.known is False:
        return True if one.known is True or other.known is True else either(one.known, other.known)
    greater = _above(one.value, other.value)
    return either(no(same(one.known, other.known)), every((one.known, other.known, greater)))


def _ordered(type_: types.Type) -> list[int]:
    """The places of the fields that have an order from strict to loose; an enum has one alone."""
    match type_:
        case types.Enum(order="strict to loose"):
            return [0]
        case types.Record(fields=fields):
            return [
                place
                for place, each in enumerate(fields)
                if isinstance(each.type, types.Enum) and each.type.order == "strict to loose"
            ]
        case _:
            return []


def _loosened(
    encoder: Encoder,
    of: program.Decision,
    facts: Env,
    found: Decided,
    reads: Reads,
    apart: Apart,
) -> Iterator[Loosened]:
    if not _ordered(of.result):
        return
    given = [each.name for each in of.parameters]
    asked = {
        each.rule.name: reads.facts(each.rule.condition, given)
        | reads.facts(each.rule.outcome, given)
        | reads.facts(each.rule.unknown_outcome, given)
        for each in (*found.guards, *found.rules)
    }
    others = [each.value for each in of.always]
    others += [of.otherwise.outcome] if of.otherwise is not None else []
    beside = [reads.facts(each, given) for each in others]
    held = {each.name: each.type for each in of.parameters}
    for path in optional_facts(of.parameters):
        kept = {
            each.rule.name: each
            for each in (*found.guards, *found.rules)
            if not touches(asked[each.rule.name], path)
        }
        if len(kept) == len(asked) and not any(touches(each, path) for each in beside):
            continue
        with apart():
            there, lacking = _lacking(facts[path[0]], held[path[0]], path[1:], True)
            without = decided(encoder, of, {**facts, path[0]: lacking}, kept)
            looser = is_looser(without.outcome, found.outcome, of.result)
        yield Loosened(path, both(there, looser))


def optional_facts(parameters: Sequence[program.Parameter]) -> Iterator[Path]:
    for each in parameters:
        yield from _optional_in((each.name,), each.type)


def _optional_in(path: Path, type_: types.Type) -> Iterator[Path]:
    match type_:
        case types.Record(fields=fields):
            for each in fields:
                below = (*path, each.name)
                if each.optional:
                    yield below
                yield from _optional_in(below, each.type)
        case types.ListOf(element=element):
            yield from _optional_in((*path, ELEMENT), element)
        case _:
            return


def _lacking(of: Sym, type_: types.Type, path: Sequence[str], here: Bit) -> tuple[Bit, Sym]:
    """Whether the fact is there, and the value that lacks it where `here` holds. Of a list one
    element lacks it."""
    match type_:
        case types.Record(fields=fields, places=places):
            at = places[path[0]]
            value = of.value.field(at)
            if len(path) == 1:
                there, inner = value.known, Sym(value.value, both(value.known, no(here)))
            else:
                there, inner = _lacking(value, fields[at].type, path[1:], here)
            record = Rec(lambda place: inner if place == at else of.value.field(place))
            return both(of.known, there), Sym(record, of.known)
        case types.ListOf(element=element):
            return _lacking_in_one(of, element, path[1:], here)
        case _:
            return False, of


def _lacking_in_one(of: Sym, type_: types.Type, path: Sequence[str], here: Bit) -> tuple[Bit, Sym]:
    seq: Seq = of.value
    which = z3.FreshInt("which")
    there, items = [], []
    for place, (bit, each) in enumerate(seq.items):
        known, one = _lacking(each, type_, path, both(here, which == place))
        there.append(every((bit, which == place, known)))
        items.append((bit, one))
    return both(of.known, some(there)), Sym(replace(seq, items=tuple(items)), of.known)
