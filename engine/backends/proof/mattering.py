"""A case that is decided otherwise to the facts of it that matter: as few as make sure that a case
which the old version decided by the same rule is decided otherwise too.

A number is widened to the stretch between the policies' own numbers, a member to all members of
which the same holds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, assert_never

import z3

from engine.backends.proof.bits import Bit, both, every, no
from engine.backends.proof.facts import NOW, exact
from engine.backends.proof.regions import Case, Told
from engine.backends.proof.solve import Budget
from engine.backends.proof.symbols import Sym, term
from engine.language import types
from engine.program import nodes as program
from engine.program import walk
from engine.program.differing import Kind
from engine.program.mattering import Apart, Fact, Given, Is, Many, NoneNamed, Path, Says, Within

_FEW_MEMBERS = 12
_FEW_ATOMS = 60
_LITTLE = 2_000_000
_MOST_HARD = 3


@dataclass(frozen=True)
class Mattering:
    """`facts` make sure that a case is decided otherwise, given what decided it before; `alone` are
    all that make it one of the kind. `exactly`: every case of the kind has these facts."""

    facts: tuple[Fact, ...]
    alone: frozenset[Path]
    exactly: bool


@dataclass(frozen=True)
class _Atom:
    """`rank` says how gladly it is left out: the least first."""

    fact: Fact
    bit: Bit
    rank: int
    term: Any = None


@dataclass
class Matters:
    """Where a question is too hard, none that is as hard is asked again."""

    told: Told
    budget: Budget
    _hard: int = 0
    _short: dict[int, tuple[Any, Bit]] = field(default_factory=dict)
    _solver: Any = None
    _cuts: dict[type, list[Any]] | None = None

    def of(self, kind: Kind, case: Case) -> Mattering | None:
        """None where that cannot be told."""
        if self._hard >= _MOST_HARD:
            return None
        is_one = self._named(every(map(self._named, self.told.parts_of(kind))))
        atoms = [each for each in self._atoms(case) if each.bit is not True]
        if isinstance(is_one, bool) or any(each.bit is False for each in atoms):
            return Mattering((), frozenset(), exactly=True) if is_one is True else None
        alike = [no(self._named(self.told.differs())), self._named(self.told.decided_before(kind))]
        alone, kept = self._core([no(is_one)], atoms), self._core(alike, atoms)
        if alone is None or kept is None:
            return None
        widened = [self._widened(alike, each, kept) for each in kept]
        exactly = self._exactly(is_one, [wide for _, wide in widened])
        facts = _joined([fact for fact, _ in widened])
        return Mattering(facts, frozenset(each.fact.path for each in alone), exactly)

    def _named(self, bit: Bit) -> Bit:
        """A short name for what is long: it is said once, and supposed often."""
        if isinstance(bit, bool):
            return bit
        if self._solver is None:
            self._solver = z3.SimpleSolver()
            self._solver.set(relevancy=0)
            self._solver.add(*self.told.known(), *self.told.encoder.arithmetic)
        if bit.get_id() not in self._short:
            name = z3.Bool(f"named {len(self._short)}")
            self._solver.add(name == bit)
            self._short[bit.get_id()] = name, bit
        return self._short[bit.get_id()][0]

    def _check(self, supposed: Iterable[Bit]) -> Any:
        """Of bits that have names, or are plain."""
        literals = []
        for each in supposed:
            if each is False:
                return z3.unsat
            if each is not True:
                literals.append(each)
        found = self.budget.check(self._solver, *literals, most=_LITTLE)
        self._hard += found == z3.unknown
        return found

    def _exactly(self, is_one: Bit, facts: Sequence[Bit]) -> bool:
        others = no(self._named(every(map(self._named, facts))))
        return bool(self._check([is_one, others]) == z3.unsat)

    # what must be kept

    def _core(self, supposed: Sequence[Bit], atoms: Sequence[_Atom]) -> list[_Atom] | None:
        """As few as leave no case of which all that is supposed holds."""
        named = {self._named(each.bit): each for each in atoms}
        if self._check([*supposed, *named]) != z3.unsat:
            return None
        kept = self._needed(named)
        if len(kept) > _FEW_ATOMS:
            return list(kept.values())
        for name in sorted(kept, key=lambda each: kept[each].rank):
            others = [each for each in kept if each is not name]
            if name in kept and self._check([*supposed, *others]) == z3.unsat:
                kept = self._needed({each: kept[each] for each in others})
        return list(kept.values())

    def _needed(self, of: Mapping[Any, _Atom]) -> dict[Any, _Atom]:
        core = {each.get_id() for each in self._solver.unsat_core()}
        return {name: each for name, each in of.items() if name.get_id() in core}

    # more than the one value

    def _widened(
        self, supposed: Sequence[Bit], atom: _Atom, kept: Sequence[_Atom]
    ) -> tuple[Fact, Bit]:
        others = [*supposed, *(self._named(each.bit) for each in kept if each is not atom)]
        match atom.fact.what:
            case Within(range=within) if atom.term is not None:
                found = self._further(atom.term, atom.fact.type, within, others)
                return Fact(atom.fact.path, atom.fact.type, Within(found)), _within(
                    atom.term, found
                )
            case Apart(later=later, range=within):
                found = self._further(atom.term, atom.fact.type, within, others)
                fact = Fact(atom.fact.path, atom.fact.type, Apart(later, found))
                return fact, _within(atom.term, found)
            case Is(values=values) if atom.term is not None:
                return self._more_members(atom, values, others)
            case _:
                return atom.fact, atom.bit

    def _more_members(
        self, atom: _Atom, values: tuple[Any, ...], others: Sequence[Bit]
    ) -> tuple[Fact, Bit]:
        type_ = atom.fact.type
        if not isinstance(type_, types.Enum) or len(type_.members) > _FEW_MEMBERS:
            return atom.fact, atom.bit
        wires = [
            each.wire
            for each in type_.members
            if each.wire in values or self._never([*others, atom.term == type_.ranks[each.wire]])
        ]
        bit = z3.Or([atom.term == type_.ranks[each] for each in wires])
        if len(wires) == 1 or not self._never([*others, bit]):
            return atom.fact, atom.bit
        return Fact(atom.fact.path, type_, Is(tuple(wires))), bit

    def _never(self, bits: Sequence[Bit]) -> bool:
        return bool(self._check([*bits[:-1], self._named(bits[-1])]) == z3.unsat)

    def _further(
        self, value: Any, type_: types.Type, within: types.Range, others: Sequence[Bit]
    ) -> types.Range:
        """One end is open still; the other goes as far as the policies' own numbers allow."""
        up = within.low is None
        start: Any = within.high if up else within.low
        beyond = [each for each in self._numbers(type_) if (each > start if up else each < start)]
        beyond.sort(reverse=not up)
        best = within
        low, high = 0, len(beyond)
        while low < high:
            middle = (low + high) // 2
            tried = _ending(beyond[middle], up=up, is_open=True)
            if self._never([*others, _within(value, tried)]):
                best, low = tried, middle + 1
            else:
                high = middle
        reached: Any = best.high if up else best.low
        closed = _ending(reached, up=up, is_open=False)
        if best is not within and self._never([*others, _within(value, closed)]):
            return closed
        return best

    def _numbers(self, type_: types.Type) -> list[Any]:
        """Those of the type that stand in either version."""
        if self._cuts is None:
            of = self.told.versions
            both_versions = (*numbers_in(of.old_policy), *numbers_in(of.new_policy))
            self._cuts = {
                kind: sorted({value for its, value in both_versions if its is kind})
                for kind in (types.Number, types.Duration, types.Instant)
            }
        return self._cuts.get(type(type_), [])

    # the facts of a case

    def _atoms(self, case: Case) -> Iterator[_Atom]:
        told = self.told
        found = [
            *self._of(told.case, told.versions.case, case.values, ()),
            *self._of(told.now, types.Instant(), case.now, (NOW,)),
        ]
        yield from found
        yield from _times(found)

    def _of(self, sym: Sym, type_: types.Type, value: Any, path: Path) -> Iterator[_Atom]:
        match type_:
            case _ if value is None:
                yield _Atom(Fact(path, type_, Given(False)), no(sym.known), 3)
                return
            case types.Bool():
                bit = sym.value if value else no(sym.value)
                yield _Atom(Fact(path, type_, Is((value,))), bit, 4)
            case types.Enum(ranks=ranks):
                bit = sym.value == ranks[value]
                yield _Atom(Fact(path, type_, Is((value,))), bit, 5, sym.value)
            case types.Number() | types.Duration() | types.Instant():
                yield from self._number(sym, type_, value, path)
            case types.Text() | types.Code():
                yield from self._text(sym, type_, value, path)
            case types.Record(fields=fields):
                for part in list(sym.value.made):
                    each = fields[part]
                    one = sym.value.made[part]
                    inside = (*path, each.wire)
                    if each.optional and value[part] is not None:
                        yield _Atom(Fact(inside, each.type, Given(True)), one.known, 2)
                    yield from self._of(one, each.type, value[part], inside)
            case types.ListOf(element=element):
                there = [bit for bit, _ in sym.value.items]
                size = len(value)
                if 0 < size <= len(there):
                    fact = Fact(path, type_, Many(size, None))
                    yield _Atom(fact, there[size - 1], 1)
                if size < len(there):
                    yield _Atom(Fact(path, type_, Many(0, size)), no(there[size]), 0)
                elif sym.value.rest is not False:
                    yield _Atom(Fact(path, type_, Many(0, size)), no(sym.value.rest), 0)
                pairs = zip(sym.value.items, value, strict=False)
                for place, ((_, one), its) in enumerate(pairs):
                    yield from self._of(one, element, its, (*path, place))
            case types.Tally():
                return
            case _:
                assert_never(type_)

    def _number(self, sym: Sym, type_: types.Type, value: Any, path: Path) -> Iterator[_Atom]:
        at = sym.value.term
        low, high = types.Range(low=value), types.Range(high=value)
        rank = 0 if isinstance(type_, types.Instant) else 2
        for each in (low, high):
            yield _Atom(Fact(path, type_, Within(each)), _within(at, each), rank, at)

    def _text(self, sym: Sym, type_: types.Type, value: str, path: Path) -> Iterator[_Atom]:
        texts = self.told.encoder.texts
        text = term(sym.value)
        asked = next((bits for of, bits in texts.asked() if of.get_id() == text.get_id()), {})
        named = texts.numbers.get(value)
        for trigger, bit in asked.items():
            holds = texts.reads(value, trigger)
            fact = Fact(path, type_, Says(trigger, holds))
            yield _Atom(fact, bit if holds else no(bit), 7 if holds else 6)
        if named is not None:
            yield _Atom(Fact(path, type_, Is((value,))), text == named, 4)
        else:
            none = z3.And([text != each for each in texts.numbers.values()])
            yield _Atom(Fact(path, type_, NoneNamed()), none, 3)


def _times(of: Sequence[_Atom]) -> Iterator[_Atom]:
    """How far any two instants are apart, which matters more often than when they are."""
    instants = {
        each.fact.path: (each.term, each.fact.what.range.low)
        for each in of
        if isinstance(each.fact.type, types.Instant)
        and isinstance(each.fact.what, Within)
        and each.fact.what.range.low is not None
    }
    for (one, (start, at)), (other, (end, then)) in combinations(list(instants.items()), 2):
        between, length = end - start, int(then) - int(at)
        for each in (types.Range(low=length), types.Range(high=length)):
            fact = Fact(one, types.Duration(), Apart(other, each))
            yield _Atom(fact, _within(between, each), 3, between)


def numbers_in(policy: program.Program) -> Iterator[tuple[type, Any]]:
    """With the kind of their type."""
    for each in policy.thresholds.values():
        yield from _plain(each.type, [each.value])
    for table in policy.tables.values():
        for row in table.rows:
            yield from _plain(table.result, [row.result])
            for cell, parameter in zip(row.cells, table.parameters, strict=True):
                match cell:
                    case program.Within(range=within):
                        yield from _plain(parameter.type, [within.low, within.high])
                    case program.Values(values=values):
                        yield from _plain(parameter.type, values)
                    case program.Anything():
                        pass
    for expression in _expressions(policy):
        for node in walk.everything(expression):
            if isinstance(node, program.Constant):
                yield from _plain(node.type, [node.value])


def _expressions(policy: program.Program) -> Iterator[program.Expression]:
    for define in policy.defines.values():
        yield define.value
    for decision in policy.decisions.values():
        for rule in (*decision.guards, *decision.rules):
            parts = (rule.condition, rule.outcome, rule.unknown_outcome)
            yield from (each for each in parts if each is not None)
    for lifecycle in policy.lifecycles.values():
        asked = [each.condition for each in lifecycle.transitions]
        asked += [each.condition for each in lifecycle.deadlines]
        yield from (each for each in asked if each is not None)


def _plain(type_: types.Type, values: Iterable[Any]) -> Iterator[tuple[type, Any]]:
    for each in values:
        if isinstance(each, int | float) and not isinstance(each, bool):
            yield type(type_), each


def _ending(value: Any, *, up: bool, is_open: bool) -> types.Range:
    if up:
        return types.Range(high=value, high_open=is_open)
    return types.Range(low=value, low_open=is_open)


def _within(at: Any, range_: types.Range) -> Bit:
    low = high = True
    if range_.low is not None:
        end = exact(range_.low)
        low = at > end if range_.low_open else at >= end
    if range_.high is not None:
        end = exact(range_.high)
        high = at < end if range_.high_open else at <= end
    return both(low, high)


def _joined(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Both ends of one number, or of one list's size, as one fact."""
    found: dict[tuple[Path, type, Any], Fact] = {}
    for each in facts:
        key = each.path, type(each.what), _also(each.what)
        before = found.get(key)
        match before.what if before else None, each.what:
            case Within(range=one), Within(range=other):
                found[key] = Fact(each.path, each.type, Within(_both_ends(one, other)))
            case Apart(later=later, range=one), Apart(later=same, range=other) if later == same:
                found[key] = Fact(each.path, each.type, Apart(later, _both_ends(one, other)))
            case Many(least=least, most=most), Many(least=more, most=fewer):
                size = Many(max(least, more), most if fewer is None else fewer)
                found[key] = Fact(each.path, each.type, size)
            case _:
                found[key] = each
    return tuple(found.values())


def _also(what: Any) -> Any:
    match what:
        case Says():
            return what
        case Apart(later=later):
            return later
        case _:
            return None


def _both_ends(one: types.Range, other: types.Range) -> types.Range:
    low, high = (one, other) if one.high is None else (other, one)
    return types.Range(low.low, high.high, low.low_open, high.high_open)
