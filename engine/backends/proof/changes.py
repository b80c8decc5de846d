"""A case to what stands for all cases near it: each fact that may change knows whether it did, and
how far.

What must stay as it is has the case's own value, so that most of a policy folds away. How many
facts changed is counted so: a value counts one; a text of which triggers are asked counts each
trigger for which the answer changed; a list of values counts one, whatever becomes of it; of a list
of records each one that goes counts one, each that comes as many as it has facts; a record or a
value that goes missing counts one, and a record that is supplied as many as it has facts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, Protocol

import z3

from engine.backends.proof.bits import Bit, both, every, no, some
from engine.backends.proof.encode import Encoder
from engine.backends.proof.facts import FEW_TOLD, Model, exact, left_out
from engine.backends.proof.symbols import UNKNOWN, Counter, Num, Rec, Seq, Sym, number
from engine.language import types
from engine.language.values import DAY
from engine.program import nodes as program

What = Literal["value", "presence", "elements"]
Stays = Callable[[str, What, types.Type, bool], bool]
"""Whether it must stay, by pointer and type, and whether it is sensitive: the value that is given,
whether an optional fact is there, or which elements a list has."""

_YEAR = 365 * DAY


class Near(Protocol):
    """What stands for a value that may have changed. `shape` gives what tells this change from
    others as small, but for how far numbers went; where `named`, also which texts are which."""

    @property
    def sym(self) -> Sym: ...
    def read(self, model: Model) -> Any: ...
    def cost(self) -> Any: ...
    def distance(self) -> Any: ...
    def shape(self, model: Model, *, named: bool) -> Iterator[Bit]: ...
    def moved(self, model: Model) -> Iterator["Moving"]: ...


@dataclass
class Changes:
    """`assumed` is None, or gets for each fact that must stay the bit that says so: then it may
    change where the bit does not hold."""

    encoder: Encoder
    stays: Stays
    assumed: dict[str, Any] | None = None
    held: dict[str, Any] = field(default_factory=dict)
    "Values of numbers, by path, that are read instead of the model's."
    whole: list[Near] = field(default_factory=list)
    scalars: dict[str, "Scalar"] = field(default_factory=dict)
    "By pointer, those that were there."
    texts: list["Scalar"] = field(default_factory=list)

    def of_case(
        self, parameters: Sequence[program.Parameter], arguments: Sequence[Any], *, alone: bool
    ) -> dict[str, Sym]:
        """`alone` says that the only argument is the case itself."""
        found = {}
        for each, value in zip(parameters, arguments, strict=True):
            pointer = "" if alone else f"/{_escaped(each.name)}"
            near = self.near(each.type, value, each.name, pointer, sensitive=False)
            self.whole.append(near)
            found[each.name] = near.sym
        return found

    def read(self, model: Model) -> tuple[Any, ...]:
        self.encoder.facts.forget()
        return tuple(each.read(model) for each in self.whole)

    def reader(self, model: Model, path: str) -> Callable[[Any], tuple[Any, ...]]:
        """From a number, at this path, to the case with it."""
        kept = self.held.get(path)
        self.held[path] = _HERE
        case = self.read(model)
        del self.held[path]
        if kept is not None:
            self.held[path] = kept
        return lambda value: _filled(case, value)

    def cost(self) -> Any:
        return _sum([each.cost() for each in self.whole])

    def distance(self) -> Any:
        return _sum([each.distance() for each in self.whole])

    def shape(self, model: Model, *, named: bool) -> list[Bit]:
        return [bit for each in self.whole for bit in each.shape(model, named=named)]

    def plain_texts(self) -> list[Bit]:
        """That each text is as it was, or none that the policy or the case names."""
        known = self.encoder.texts.numbers
        return [
            every(each.term != place for text, place in known.items() if text != each.old)
            for each in self.texts
        ]

    def moved(self, model: Model) -> list["Moving"]:
        return [found for each in self.whole for found in each.moved(model)]

    def near(
        self, type_: types.Type, value: Any, path: str, pointer: str, *, sensitive: bool
    ) -> Near:
        """Of a value that is there."""
        match type_:
            case types.Record():
                return _Fields(self, type_, value, path, pointer, sensitive)
            case types.ListOf():
                return self._list(type_, value, path, pointer, sensitive=sensitive)
            case types.Tally():
                return _Fixed(Sym(self._counted(type_, value, path)), value)
        stays = self.stays(pointer, "value", type_, sensitive)
        if stays and self.assumed is None:
            return _Fixed(self.encoder.constant(value, type_), value)
        near = self.scalars[pointer] = self._scalar(type_, value, path)
        if stays:
            self._hold(pointer, no(near.changed))
        return near

    def maybe(
        self, of: types.Field, value: Any, path: str, pointer: str, *, sensitive: bool
    ) -> Near:
        """Of a field that may be missing."""
        sensitive = sensitive or of.sensitive
        if value is not None:
            inner = self.near(of.type, value, path, pointer, sensitive=sensitive)
        comes_and_goes = not self.stays(pointer, "presence", of.type, sensitive)
        if value is not None and not comes_and_goes:
            return inner
        if value is None and not comes_and_goes and self.assumed is None:
            return _Fixed(UNKNOWN, None)
        there = self.bit(f"{path} is there")
        if value is None:
            inner = self.fresh(of.type, path, pointer, sensitive=sensitive)
        if not comes_and_goes:
            self._hold(pointer, no(there))
        return _Maybe(inner, there, value is not None)

    def fresh(self, type_: types.Type, path: str, pointer: str, *, sensitive: bool) -> Near:
        """Of a value that was not there."""
        match type_:
            case types.Record():
                return _Fields(self, type_, None, path, pointer, sensitive)
            case types.ListOf():
                return self._list(type_, None, path, pointer, sensitive=sensitive)
            case types.Tally():
                return _Fixed(self.encoder.facts.fact(type_, path)[0], {})
            case _:
                return self._scalar(type_, None, path)

    def _scalar(self, type_: types.Type, old: Any, path: str) -> "Scalar":
        sym, read = self.encoder.facts.fact(type_, path)
        made = Scalar(self, sym, type_, old, path, read)
        if isinstance(type_, types.Text):
            self.texts.append(made)
        return made

    def _counted(self, type_: types.Tally, value: Any, path: str) -> Counter:
        members = type_.member.members
        totals = {
            place: sum(found.values()) if isinstance(found, dict) else found
            for place, member in enumerate(members)
            for found in [value.get(member.wire, 0)]
        }

        def since(place: int, at: Any) -> Num:
            found = value.get(members[place].wire, {})
            day = z3.simplify(at)
            if isinstance(found, dict) and z3.is_int_value(day):
                start = day.as_long()
                return number(sum(count for each, count in found.items() if each >= start))
            count = z3.Int(f"{path} of {place} since {day}")
            self.encoder.axioms += [count >= 0, count <= totals[place]]
            return Num(count, places=0, most=Fraction(totals[place]))

        return Counter(lambda place: number(totals[place]), since)

    def _list(
        self, type_: types.ListOf, value: Any, path: str, pointer: str, *, sensitive: bool
    ) -> Near:
        element, given = type_.element, value or ()
        is_record = isinstance(element, types.Record)
        kept = [
            self.near(element, each, f"{path}[{at}]", f"{pointer}/{at}", sensitive=sensitive)
            if is_record
            else _Fixed(self.encoder.constant(each, element), each)
            for at, each in enumerate(given)
        ]
        stays = value is not None and self.stays(pointer, "elements", type_, sensitive)
        if stays and self.assumed is None:
            return _Elements(kept, [], [], 0, [], Seq(_there(kept)), is_record, type_.bound)
        facts, root = self.encoder.facts, f"{path}[]"
        facts.bounds[root] = type_.bound
        told = min(type_.bound, facts.lengths.get(root, FEW_TOLD))
        is_cut = root in facts.cut and told < type_.bound
        count = z3.Int(f"how many more {path}")
        stay = [self.bit(f"{path}[{at}] stays") for at in range(len(kept))]
        size = _sum([_as_int(bit) for bit in stay]) + count
        most = type_.bound if is_cut else told
        facts.axioms += [count >= 0, count <= most, size <= type_.bound]
        more = [
            self.fresh(element, f"{path}[{len(kept) + at}]", pointer, sensitive=sensitive)
            for at in range(told)
        ]
        rest: Bit = count > told if is_cut else False
        items = [(bit, each.sym) for bit, each in zip(stay, kept, strict=True)]
        items += [(count > at, each.sym) for at, each in enumerate(more)]
        seq = Seq(tuple(items), rest, frozenset({root}), self._any_one(element, path))
        made = _Elements(kept, stay, more, count, given, seq, is_record, type_.bound)
        made.is_new = value is None
        if stays:
            self._hold(pointer, both(every(stay), count == 0))
        return made

    def _any_one(self, element: types.Type, path: str) -> Callable[[], tuple[Bit, Sym]]:
        def generic() -> tuple[Bit, Sym]:
            facts = self.encoder.facts
            return True, facts.fact(element, f"{path}[any {len(facts.discrete)}]")[0]

        return generic

    def bit(self, name: str) -> Any:
        bit = z3.Bool(name)
        self.encoder.facts.discrete.append(bit)
        return bit

    def _hold(self, pointer: str, unchanged: Bit) -> None:
        if self.assumed is not None:
            bit = self.assumed.setdefault(pointer, z3.Bool(f"{pointer} must stay"))
            self.encoder.axioms.append(z3.Implies(bit, unchanged))


@dataclass(frozen=True)
class _Fixed:
    sym: Sym
    value: Any

    def read(self, _model: Model) -> Any:
        return self.value

    def cost(self) -> Any:
        return 0

    def distance(self) -> Any:
        return 0

    def shape(self, _model: Model, *, named: bool) -> Iterator[Bit]:
        yield from ()

    def moved(self, _model: Model) -> Iterator["Moving"]:
        yield from ()


@dataclass(frozen=True)
class Moving:
    """A number that went from `old` to `new`. `width` is how much of it counts as one."""

    path: str
    type: types.Type
    old: Any
    new: Any
    width: Fraction


@dataclass(frozen=True)
class Scalar:
    """`old` is None where there was no value."""

    of: Changes
    sym: Sym
    type: types.Type
    old: Any
    path: str
    model_read: Callable[[Model], Any]

    @property
    def term(self) -> Any:
        value = self.sym.value
        return value.term if isinstance(value, Num) else value

    @property
    def before(self) -> Any:
        match self.type:
            case types.Bool():
                return z3.BoolVal(self.old)
            case types.Enum(ranks=ranks):
                return z3.IntVal(ranks[self.old])
            case types.Text() | types.Code():
                return z3.IntVal(self.of.encoder.texts.number(self.old))
            case _:
                return exact(self.old)

    @property
    def changed(self) -> Any:
        return True if self.old is None else self.term != self.before

    def read(self, model: Model) -> Any:
        if self.path in self.of.held:
            return self.of.held[self.path]
        return self.model_read(model)

    def cost(self) -> Any:
        if not isinstance(self.type, types.Text):
            return _as_int(self.changed)
        flipped = _sum([_as_int(bit != was) for bit, was in self._mentions()])
        least = 1 if isinstance(flipped, int) else z3.If(flipped > 1, flipped, 1)
        return least if self.changed is True else z3.If(self.changed, least, 0)

    def _mentions(self) -> Iterator[tuple[Bit, bool]]:
        """Of each trigger that is asked, whether it is mentioned and was before."""
        texts = self.of.encoder.texts
        for term, asked in texts.asked():
            if z3.eq(term, self.term):
                for trigger, bit in asked.items():
                    yield bit, self.old is not None and texts.reads(self.old, trigger)

    def distance(self) -> Any:
        if self.old is None:
            return 1
        match self.type:
            case types.Enum(order=order, members=members) if order is not None and len(members) > 1:
                return _size(z3.ToReal(self.term - self.before)) / (len(members) - 1)
            case types.Number() | types.Duration() | types.Instant():
                real = z3.ToReal(self.term) if z3.is_int(self.term) else self.term
                return _size(real - self.before) * z3.RealVal(str(1 / width(self.type, self.old)))
            case _:
                return z3.If(self.changed, z3.RealVal(1), z3.RealVal(0))

    def shape(self, model: Model, *, named: bool) -> Iterator[Bit]:
        match self.type:
            case types.Number() | types.Duration() | types.Instant():
                if self.old is not None:
                    yield _as_it_is(model, self.term > self.before)
                    yield _as_it_is(model, self.term < self.before)
            case types.Text() | types.Code():
                for bit, _ in self._mentions():
                    yield _as_it_is(model, bit)
                for place in self.of.encoder.texts.numbers.values() if named else ():
                    yield _as_it_is(model, self.term == place)
            case _:
                yield self.term == model.eval(self.term, model_completion=True)

    def moved(self, model: Model) -> Iterator[Moving]:
        match self.type:
            case types.Number() | types.Duration() | types.Instant() if self.old is not None:
                new = self.model_read(model)
                if new != self.old:
                    yield Moving(self.path, self.type, self.old, new, width(self.type, self.old))
            case _:
                pass


@dataclass(frozen=True)
class _Maybe:
    inner: Near
    there: Any
    was: bool

    @property
    def sym(self) -> Sym:
        return Sym(self.inner.sym.value, both(self.there, self.inner.sym.known))

    def read(self, model: Model) -> Any:
        return self.inner.read(model) if _holds(model, self.there) else None

    def cost(self) -> Any:
        inner = self.inner.cost()
        return z3.If(self.there, inner, 1 if self.was else 0)

    def distance(self) -> Any:
        inner = self.inner.distance()
        return z3.If(self.there, _real(inner), z3.RealVal(1 if self.was else 0))

    def shape(self, model: Model, *, named: bool) -> Iterator[Bit]:
        yield _as_it_is(model, self.there)
        if _holds(model, self.there):
            yield from self.inner.shape(model, named=named)

    def moved(self, model: Model) -> Iterator[Moving]:
        if _holds(model, self.there):
            yield from self.inner.moved(model)


class _Fields:
    """A record; what nobody reads stays as it is. A new one is given what it must have."""

    def __init__(
        self,
        of: Changes,
        type_: types.Record,
        value: Any,
        path: str,
        pointer: str,
        sensitive: bool,
    ) -> None:
        self._of, self._type, self._value = of, type_, value
        self._path, self._pointer, self._sensitive = path, pointer, sensitive
        self._made: dict[int, Near] = {}
        self.sym = Sym(Rec(lambda place: self._near(place).sym))

    def _near(self, place: int) -> Near:
        if place not in self._made:
            self._made[place] = self._make(place)
        return self._made[place]

    def _make(self, place: int) -> Near:
        field = self._type.fields[place]
        path, pointer = f"{self._path}.{field.name}", f"{self._pointer}/{_escaped(field.wire)}"
        sensitive = self._sensitive or field.sensitive
        given = left_out(field) if self._value is None else self._value[place]
        if field.optional:
            return self._of.maybe(field, given, path, pointer, sensitive=sensitive)
        if self._value is None and field.required and not _needs_nothing(field.type):
            return self._of.fresh(field.type, path, pointer, sensitive=sensitive)
        return self._of.near(field.type, given, path, pointer, sensitive=sensitive)

    def read(self, model: Model) -> Any:
        return tuple(
            self._made[place].read(model) if place in self._made else self._unread(place, field)
            for place, field in enumerate(self._type.fields)
        )

    def _unread(self, place: int, field: types.Field) -> Any:
        return left_out(field) if self._value is None else self._value[place]

    def _parts(self) -> list[Near]:
        if self._value is None:
            for place, field in enumerate(self._type.fields):
                if field.required and not _needs_nothing(field.type):
                    self._near(place)
        return list(self._made.values())

    def cost(self) -> Any:
        found = _sum([each.cost() for each in self._parts()])
        if self._value is not None:
            return found
        return max(found, 1) if isinstance(found, int) else z3.If(found > 1, found, 1)

    def distance(self) -> Any:
        return _sum([each.distance() for each in self._parts()])

    def shape(self, model: Model, *, named: bool) -> Iterator[Bit]:
        for each in self._parts():
            yield from each.shape(model, named=named)

    def moved(self, model: Model) -> Iterator[Moving]:
        for each in self._parts():
            yield from each.moved(model)


@dataclass
class _Elements:
    """A list: of those that were there each `stays` or goes, and some `more` may come."""

    kept: list[Any]
    stays: list[Any]
    more: list[Near]
    count: Any
    given: Sequence[Any]
    seq: Seq
    records: bool
    bound: int
    is_new: bool = False

    @property
    def sym(self) -> Sym:
        return Sym(self.seq)

    def _fixed(self) -> bool:
        return isinstance(self.count, int)

    def read(self, model: Model) -> Any:
        if self._fixed():
            return tuple(each.read(model) for each in self.kept)
        kept = [
            each.read(model)
            for bit, each in zip(self.stays, self.kept, strict=True)
            if _holds(model, bit)
        ]
        count = model.eval(self.count, model_completion=True).as_long()
        return (*kept, *(each.read(model) for each in self.more[:count]))

    def cost(self) -> Any:
        if not self.records:
            if self._fixed():
                return 0
            return 1 if self.is_new else _as_int(self._changed())
        if self._fixed():
            return _sum([each.cost() for each in self.kept])
        parts = [
            z3.If(bit, each.cost(), 1) for bit, each in zip(self.stays, self.kept, strict=True)
        ]
        parts += [z3.If(self.count > at, each.cost(), 0) for at, each in enumerate(self.more)]
        found = _sum(parts)
        return z3.If(found > 1, found, 1) if self.is_new else found

    def _changed(self) -> Any:
        return some([*map(no, self.stays), self.count > 0])

    def distance(self) -> Any:
        if self._fixed():
            return _sum([each.distance() for each in self.kept])
        if not self.records:
            gone = _sum([_as_int(no(bit)) for bit in self.stays])
            return z3.ToReal(gone + self.count) / max(1, self.bound)
        parts = [
            z3.If(bit, _real(each.distance()), z3.RealVal(1))
            for bit, each in zip(self.stays, self.kept, strict=True)
        ]
        parts += [
            z3.If(self.count > at, _real(each.distance()), z3.RealVal(0))
            for at, each in enumerate(self.more)
        ]
        return _sum(parts)

    def shape(self, model: Model, *, named: bool) -> Iterator[Bit]:
        if self._fixed():
            for each in self.kept:
                yield from each.shape(model, named=named)
            return
        for bit, each in zip(self.stays, self.kept, strict=True):
            yield _as_it_is(model, bit)
            if _holds(model, bit):
                yield from each.shape(model, named=named)
        count = model.eval(self.count, model_completion=True).as_long()
        yield self.count == count
        for one in self.more[:count]:
            yield from one.shape(model, named=named)

    def moved(self, model: Model) -> Iterator[Moving]:
        stay = self.stays or [True] * len(self.kept)
        for bit, each in zip(stay, self.kept, strict=True):
            if bit is True or _holds(model, bit):
                yield from each.moved(model)


_HERE = object()


def _filled(case: Any, value: Any) -> Any:
    if case is _HERE:
        return value
    if isinstance(case, tuple):
        return tuple([_filled(each, value) for each in case])
    return case


def width(type_: types.Type, old: Any) -> Fraction:
    """The stated range; without one about as much as the value itself."""
    match type_:
        case types.Number(range=within) | types.Duration(range=within):
            low, high = within.low, within.high
            if low is not None and high is not None and high > low:
                return Fraction(high) - Fraction(low)
            least = 1 if isinstance(type_, types.Number) else DAY
            return max(Fraction(least), abs(Fraction(old)))
        case _:
            return Fraction(_YEAR)


def _needs_nothing(type_: types.Type) -> bool:
    """Whether it is a record of which nothing need be given."""
    return isinstance(type_, types.Record) and all(
        not each.required or _needs_nothing(each.type) for each in type_.fields
    )


def _there(kept: Sequence[Near]) -> tuple[tuple[Bit, Sym], ...]:
    return tuple((True, each.sym) for each in kept)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _as_int(bit: Bit) -> Any:
    return int(bit) if isinstance(bit, bool) else z3.If(bit, 1, 0)


def _sum(parts: Sequence[Any]) -> Any:
    plain = sum(each for each in parts if isinstance(each, int))
    others = [each for each in parts if not isinstance(each, int)]
    if not others:
        return plain
    return z3.Sum([*others, plain]) if plain else z3.Sum(others)


def _size(real: Any) -> Any:
    return z3.If(real >= 0, real, -real)


def _real(value: Any) -> Any:
    return z3.RealVal(value) if isinstance(value, int) else value


def _holds(model: Model, bit: Any) -> bool:
    return bool(z3.is_true(model.eval(bit, model_completion=True)))


def _as_it_is(model: Model, bit: Bit) -> Bit:
    """The bit, or its opposite: whichever holds."""
    if isinstance(bit, bool):
        return True
    return bit if _holds(model, bit) else no(bit)
