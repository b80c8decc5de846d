"""Types to facts of every case, and a model of them back to the values of one case.

A fact is made when it is first read. What nothing reads is filled in as plainly as can be: left
out, its default, or the least that its type allows. A list is told up to some number of elements;
beyond them is its rest.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from typing import Any, assert_never

import z3

from engine.backends.proof.bits import Bit, both
from engine.backends.proof.symbols import Counter, Num, Rec, Seq, Sym
from engine.backends.proof.texts import Texts
from engine.language import types
from engine.language.ranges import GREATEST_WHOLE, duration_range
from engine.language.values import (
    DAY,
    FIRST_INSTANT,
    LAST_INSTANT,
    NUMBER_LIMIT,
    parse_instant,
)
from engine.program import nodes as program

Model = Any
Read = Callable[[Model], Any]
"""From a model to a value as `engine/language/values.py` has it."""

FEW_TOLD = 2
NOW = "now"
SOME_INSTANT = parse_instant("2026-01-15T12:00:00Z") or 0


@dataclass(frozen=True, slots=True)
class Case:
    """A decision's arguments, and the instant."""

    arguments: tuple[Any, ...]
    now: int


class UnwritableError(ValueError):
    """No text, or no code, is as the model wants it."""


@dataclass
class Facts:
    """`lengths` says of how many elements each list is told, `cut` which may have more; `axioms` is
    what holds of all facts, `discrete` are those of which there are few values."""

    texts: Texts
    axioms: list[Any]
    lengths: Mapping[str, int]
    cut: Collection[str]
    bounds: dict[str, int] = field(default_factory=dict)
    written: dict[int, str] = field(default_factory=dict)
    coded: dict[tuple[str, int], str] = field(default_factory=dict)
    "Texts and codes of the model that is read."
    discrete: list[Any] = field(default_factory=list)
    _codes: dict[tuple[str, int], Any] = field(default_factory=dict)

    def case(
        self, parameters: Sequence[program.Parameter]
    ) -> tuple[dict[str, Sym], Callable[[Model], Case]]:
        """What stands for the parameters by name, and for `now`."""
        found: dict[str, Sym] = {}
        reads: list[Read] = []
        for each in parameters:
            found[each.name], read = self.fact(each.type, each.name)
            reads.append(read)
        found[NOW], at = self.fact(types.Instant(), NOW)

        def case(model: Model) -> Case:
            self.forget()
            return Case(tuple(read(model) for read in reads), at(model))

        return found, case

    def forget(self) -> None:
        """What was written for one model; before another is read."""
        self.written.clear()
        self.coded.clear()

    def fact(self, type_: types.Type, path: str) -> tuple[Sym, Read]:
        match type_:
            case types.Bool():
                bit = self._discrete(z3.Bool(path))
                return Sym(bit), lambda model: _truth(model, bit)
            case types.Number() | types.Duration() | types.Instant():
                return self._number(type_, path)
            case types.Enum(members=members):
                place = self._discrete(z3.Int(path))
                self.axioms += [place >= 0, place < len(members)]
                return Sym(place), lambda model: members[_whole(model, place)].wire
            case types.Text():
                text = z3.Int(path)
                self.axioms.append(text >= 0)
                return Sym(text), lambda model: self._text(model, text, path)
            case types.Code():
                return self._code(type_, path)
            case types.Record():
                return self._record(type_, path)
            case types.ListOf():
                return self._list(type_, path)
            case types.Tally():
                return self._tally(type_, path)
        assert_never(type_)

    def _discrete(self, term: Any) -> Any:
        self.discrete.append(term)
        return term

    def _number(self, type_: types.Type, path: str) -> tuple[Sym, Read]:
        match type_:
            case types.Number(integer=False):
                real, within = z3.Real(path), _range(type_)
                self._bound(real, within)
                return Sym(Num(real, most=_most(within))), lambda model: _float(model, real)
            case types.Number():
                within = _range(type_)
            case types.Instant():
                within = types.Range(FIRST_INSTANT, LAST_INSTANT)
            case _:
                within = duration_range(type_)  # type: ignore[arg-type]
        whole = z3.Int(path)
        self._bound(whole, within)
        value = Num(whole, places=0, most=_most(within))
        return Sym(value), lambda model: _whole(model, whole)

    def _bound(self, term: Any, within: types.Range) -> None:
        if within.low is not None:
            low = exact(within.low)
            self.axioms.append(term > low if within.low_open else term >= low)
        if within.high is not None:
            high = exact(within.high)
            self.axioms.append(term < high if within.high_open else term <= high)

    def _text(self, model: Model, term: Any, path: str) -> str:
        number = _whole(model, term)
        known = self.texts.named(number) or self.written.get(number)
        if known is None and self.texts.named(number) is None:
            wanted = self.texts.mentioned_in(model, number)
            plain = path.rpartition(".")[2].split("[")[0].replace("_", " ")
            known = self.texts.written(wanted, list(self.written.values()), plain)
            if known is None:
                raise UnwritableError(path)
            self.written[number] = known
        return known or ""

    # codes

    def part(self, code: types.Code, text: Any, place: int) -> Sym:
        """The named part of a code that is not fixed."""
        key = (code.name, place)
        if key not in self._codes:
            name = f"{code.name} {code.named[place].name}"
            self._codes[key] = z3.Function(name, z3.IntSort(), z3.IntSort())
        found = self._codes[key](text)
        match code.named[place].type:
            case types.Number(range=within):
                self._bound(found, within)
                return Sym(Num(found, places=0, most=_most(within)))
            case types.Enum(members=members):
                self.axioms += [found >= 0, found < len(members)]
        return Sym(found)

    def of_the_codes(self, codes: Mapping[str, types.Code]) -> None:
        """What holds of the codes that stand in the policy itself."""
        for (name, place), function in self._codes.items():
            for text, number in list(self.texts.numbers.items()):
                found = re.fullmatch(codes[name].pattern, text) if name in codes else None
                if found is not None:
                    value = self._value(codes[name].named[place].type, found.groups()[place])
                    self.axioms.append(function(number) == value)

    def _value(self, type_: types.Type | None, written: str) -> int:
        match type_:
            case types.Number():
                return int(written)
            case types.Enum(ranks=ranks):
                return ranks[written]
            case _:
                return self.texts.number(written)

    def _code(self, type_: types.Code, path: str) -> tuple[Sym, Read]:
        text = z3.Int(path)
        self.axioms.append(text >= 0)

        def read(model: Model) -> str:
            number = _whole(model, text)
            named = self.texts.named(number)
            if named is not None and re.fullmatch(type_.pattern, named):
                return named
            key = (type_.name, number)
            if key not in self.coded:
                self.coded[key] = self._coded(type_, self._parts(model, type_, number))
            return self.coded[key]

        return Sym(text), read

    def _parts(self, model: Model, code: types.Code, number: int) -> dict[int, str]:
        """Those that the model says something about."""
        found: dict[int, str] = {}
        for place, part in enumerate(code.named):
            function = self._codes.get((code.name, place))
            if function is None:
                continue
            value = _whole(model, function(number))
            match part.type:
                case types.Enum(members=members):
                    found[place] = members[value].wire
                case types.Number():
                    found[place] = str(value)
                case _:
                    found[place] = self.texts.named(value) or ""
        return found

    def _coded(self, code: types.Code, wanted: Mapping[int, str]) -> str:
        taken = {*self.coded.values(), *self.texts.numbers}
        for text in coded(code, wanted):
            if text not in taken:
                return text
        raise UnwritableError(code.name)

    # what holds others

    def _record(self, type_: types.Record, path: str) -> tuple[Sym, Read]:
        reads: dict[int, Read] = {}

        def make(place: int) -> Sym:
            of = type_.fields[place]
            value, read = self.fact(of.type, f"{path}.{of.name}")
            if not of.optional:
                reads[place] = read
                return value
            there = self._discrete(z3.Bool(f"{path}.{of.name} is known"))
            reads[place] = lambda model: read(model) if _truth(model, there) else None
            return Sym(value.value, both(there, value.known))

        def whole(model: Model) -> tuple[Any, ...]:
            return tuple(
                reads[place](model) if place in reads else left_out(each)
                for place, each in enumerate(type_.fields)
            )

        return Sym(Rec(make)), whole

    def _list(self, type_: types.ListOf, path: str) -> tuple[Sym, Read]:
        root = root_of(path)
        self.bounds[root] = type_.bound
        told = min(type_.bound, self.lengths.get(root, FEW_TOLD))
        length = self._discrete(z3.Int(f"how many {path}"))
        self.axioms += [length >= 0, length <= (type_.bound if root in self.cut else told)]
        made = [self.fact(type_.element, f"{path}[{place}]") for place in range(told)]
        items = tuple((length > place, value) for place, (value, _) in enumerate(made))
        rest: Bit = length > told if root in self.cut and told < type_.bound else False

        def generic() -> tuple[Bit, Sym]:
            return True, self.fact(type_.element, f"{path}[any {len(self.discrete)}]")[0]

        def read(model: Model) -> tuple[Any, ...]:
            count = _whole(model, length)
            kept = [each(model) for _, each in made[:count]]
            return (*kept, *(plain(type_.element) for _ in range(count - len(kept))))

        return Sym(Seq(items, rest, frozenset({path}), generic)), read

    def _tally(self, type_: types.Tally, path: str) -> tuple[Sym, Read]:
        counts: dict[int, Any] = {}
        most = GREATEST_WHOLE * (_DAYS if type_.daily else 1)
        since = z3.Function(f"{path} since", z3.IntSort(), z3.IntSort(), z3.IntSort())

        def total(member: int) -> Num:
            if member not in counts:
                count = z3.Int(f"{path}[{type_.member.members[member].name}]")
                self.axioms += [count >= 0, count <= most]
                counts[member] = count
            return Num(counts[member], places=0, most=Fraction(most))

        def later(member: int, at: Any) -> Num:
            count = since(member, at)
            self.axioms += [count >= 0, count <= total(member).term]
            return Num(count, places=0, most=Fraction(most))

        def read(model: Model) -> dict[str, Any]:
            found = {
                type_.member.members[member].wire: _whole(model, count)
                for member, count in counts.items()
            }
            return {
                name: {_DAY_ZERO: count} if type_.daily else count for name, count in found.items()
            }

        return Sym(Counter(total, later)), read


def _range(type_: types.Number) -> types.Range:
    """An end that is not stated is where the checker reckons that it is."""
    stated = type_.range
    return replace(
        stated,
        low=-NUMBER_LIMIT if stated.low is None else stated.low,
        high=NUMBER_LIMIT if stated.high is None else stated.high,
    )


def root_of(path: str) -> str:
    """Of a list in any element of another."""
    return _ANY_PLACE.sub("[]", path)


_DAYS = (LAST_INSTANT - FIRST_INSTANT) // DAY + 1
_ANY_PLACE = re.compile(r"\[(any )?\d+\]")
_DAY_ZERO = parse_instant("2026-01-01") or 0


def exact(value: float) -> Any:
    whole = isinstance(value, int)
    return z3.IntVal(value) if whole else z3.RealVal(str(Fraction(repr(value))))


def left_out(each: types.Field) -> Any:
    """The value of a fact that does not matter."""
    if each.has_default:
        return each.default
    return None if each.optional else plain(each.type)


def plain(type_: types.Type) -> Any:
    """The plainest value of a type."""
    match type_:
        case types.Bool():
            return False
        case types.Text():
            return ""
        case types.Number():
            return _near_zero(_range(type_), 1 if type_.integer else 0.5)
        case types.Duration():
            return _near_zero(duration_range(type_), 1)
        case types.Instant():
            return SOME_INSTANT
        case types.Enum(members=members):
            return members[0].wire
        case types.Code():
            return next(coded(type_, {}), "")
        case types.Record(fields=fields):
            return tuple(left_out(each) for each in fields)
        case types.ListOf():
            return ()
        case types.Tally():
            return {}
    assert_never(type_)


def _near_zero(within: types.Range, step: float) -> Any:
    low, high = within.low, within.high
    choices = [0, low, high, *(each + step for each in (low,) if each is not None)]
    choices += [each - step for each in (high,) if each is not None]
    if low is not None and high is not None:
        choices.append((low + high) / 2)
    return next(each for each in choices if each is not None and within.contains(each))


def coded(code: types.Code, wanted: Mapping[int, str]) -> Iterator[str]:
    """Texts of the code's form with these parts, several of them."""
    choices: list[list[str]] = []
    place = 0
    for part in code.parts:
        if part.name is None:
            choices.append([part.text or ""])
            continue
        fixed = wanted.get(place)
        choices.append(_written(part) if fixed is None else _spelt(part, fixed))
        place += 1
    for parts in product(*choices):
        text = "".join(parts)
        if re.fullmatch(code.pattern, text):
            yield text


def _spelt(part: types.CodePart, value: str) -> list[str]:
    spellings = [value, *(value.zfill(width) for width in range(len(value) + 1, 9))]
    return [each for each in spellings if re.fullmatch(part.pattern, each)][:1]


def _written(part: types.CodePart) -> list[str]:
    match part.type:
        case types.Enum(members=members):
            return [member.wire for member in members]
        case types.Number(range=within):
            low = int(within.low or 0)
            high = low + 100 if within.high is None else min(int(within.high), low + 100)
            numbers = range(low, high + 1)
            return [text for each in numbers for text in _spelt(part, str(each))]
        case _:
            tries = [f"{each:0{width}d}" for width in range(1, 9) for each in range(10)]
            tries += [each * width for width in range(1, 9) for each in "abcAXYZ"]
            return [each for each in tries if re.fullmatch(part.pattern, each)]


def _truth(model: Model, bit: Any) -> bool:
    return bool(z3.is_true(model.eval(bit, model_completion=True)))


def _whole(model: Model, term: Any) -> int:
    return int(model.eval(term, model_completion=True).as_long())


def _float(model: Model, term: Any) -> float:
    found = model.eval(term, model_completion=True)
    if z3.is_algebraic_value(found):
        found = found.approx(20)
    return float(Fraction(found.numerator_as_long(), found.denominator_as_long()))


def _most(within: types.Range) -> Fraction | None:
    if within.low is None or within.high is None:
        return None
    return max(abs(Fraction(within.low)), abs(Fraction(within.high)))


def anywhere(type_: types.Type) -> types.Type:
    """The type without ends, for what is computed and for what computed values go into."""
    match type_:
        case types.Number():
            return replace(type_, range=_ANY)
        case types.Duration() | types.Instant():
            return types.Duration(_ANY)
        case types.Record(fields=fields):
            inside = (replace(each, type=anywhere(each.type)) for each in fields)
            return types.Record(type_.name, tuple(inside))
        case types.ListOf(element=element):
            return types.ListOf(anywhere(element), type_.bound)
        case _:
            return type_


_ANY = types.Range(-(2**1024), 2**1024)
"""No float is outside."""
