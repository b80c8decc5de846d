"""Two versions of a decision to every kind of case that they decide otherwise, each with a case.

Both are told over the same facts. The solver is asked for a case that is decided otherwise and is
of no kind found so far, until there is none. First only such texts come in question as are known to
be sayable: what a policy's words, alone and together, mention.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import z3

from engine.backends.proof import numbers
from engine.backends.proof.bits import Bit, both, either, every, no, same, some
from engine.backends.proof.decisions import Decided, decided
from engine.backends.proof.encode import Encoder
from engine.backends.proof.facts import NOW, UnwritableError
from engine.backends.proof.seen import seen
from engine.backends.proof.solve import STEPS, Budget, Question, told
from engine.backends.proof.symbols import Seq, Sym, term
from engine.language import types
from engine.language.values import to_wire
from engine.program import merged
from engine.program import nodes as program
from engine.program.cases import is_whole_case
from engine.program.differing import (
    THE_RULES,
    Change,
    Compared,
    Kind,
    Label,
    adds_up,
    has_an_order,
    has_few_values,
)
from engine.program.same import Same
from engine.program.slicing import only_edits_matter, sliced, unedited

CASE = "case"
MOST_KINDS = 400
_MOST_NOTED = 60
_MOST_TRIES = 6
_LIGHTLY = {"arith.nl.grobner": False, "arith.nl.optimize_bounds": False}
"""Left out of arithmetic: what may take minutes that are not counted as steps."""
_BEGINNINGS = 6


@dataclass(frozen=True)
class Case:
    """`input` is the case as JSON carries it, `values` the same as the engine has it."""

    values: Any
    input: Any
    now: int


@dataclass(frozen=True)
class Found:
    """A kind of cases; `case` is None where none was confirmed."""

    kind: Kind
    case: Case | None


@dataclass(frozen=True)
class Versions:
    """Two versions of one decision, and the type of the cases that both take."""

    old_policy: program.Program
    new_policy: program.Program
    old: program.Decision
    new: program.Decision
    case: types.Record
    fields: tuple[Compared, ...]
    same: Same


Look = Callable[[Case], Kind | None]
"""Decides a case by both versions: the kind of their difference."""


@dataclass
class Told:
    """Both versions as formulas over one case."""

    versions: Versions
    encoder: Encoder
    case: Sym
    now: Sym
    read: Callable[[Any], Case]
    before: Decided
    after: Decided
    sliced: bool = False
    "Rules that cannot matter for a difference are left out."
    _bits: dict[Any, Bit] = field(default_factory=dict)

    def known(self) -> list[Any]:
        codes = {**self.versions.old_policy.codes, **self.versions.new_policy.codes}
        self.encoder.facts.of_the_codes(codes)
        encoder = self.encoder
        return [*encoder.axioms, *encoder.texts.of_the_policy()]

    def differs(self) -> Bit:
        """Whether a case is decided otherwise."""
        if "differs" not in self._bits:
            self._bits["differs"] = both(self._touches(), self._differs_at_all())
        return self._bits["differs"]

    def _touches(self) -> Bit:
        """Where nothing that was edited applies, the case is decided alike: said beside all else,
        for what is said shortly is found fast."""
        if not self.sliced:
            return True
        sides = [
            {each.rule.name: each for each in (*of.guards, *of.rules)}
            for of in (self.before, self.after)
        ]
        return some(
            each.applies
            for side, other in (sides, sides[::-1])
            for name, each in side.items()
            if other.get(name) is not each
        )

    def _differs_at_all(self) -> Bit:
        found = [no(self._same_label())]
        found += [self._differs(each) for each in self.versions.fields]
        if adds_up(self.versions.old) and adds_up(self.versions.new):
            ruling = [self._label(of, THE_RULES) for of in (self.before, self.after)]
            apart = (either(self._lost(name), self._gained(name)) for name in self._may_change())
            found.append(every([*ruling, some(apart)]))
        return some(found)

    def is_of(self, kind: Kind) -> Bit:
        """Where a case is of the kind."""
        return every(self.parts_of(kind))

    def parts_of(self, kind: Kind) -> list[Bit]:
        """What must all hold for that."""
        bits = [self._label(self.before, kind.old), self._label(self.after, kind.new)]
        bits.append(self._touches())
        changes = {each.field: each for each in kind.changes}
        for each in self.versions.fields:
            change = changes.get(each.name)
            bits.append(no(self._differs(each)) if change is None else self._changes(each, change))
        if kind.old == kind.new == THE_RULES:
            for name in self._may_change():
                for names, bit in (
                    (kind.lost, self._lost(name)),
                    (kind.gained, self._gained(name)),
                ):
                    bits.append(bit if name in names else no(bit))
        return bits

    def decided_before(self, kind: Kind) -> Bit:
        """Where the old version decided by what it decided the kind by."""
        return self._label(self.before, kind.old)

    def kind(self, model: Any) -> Kind:
        """By the formulas alone."""

        def holds(bit: Bit) -> bool:
            if isinstance(bit, bool):
                return bit
            return bool(z3.is_true(model.eval(bit, model_completion=True)))

        old = next(each for each, bit in self._labels(self.before) if holds(bit))
        new = next(each for each, bit in self._labels(self.after) if holds(bit))
        changes = [
            next(each for each in self._ways(of) if holds(self._changes(of, each)))
            for of in self.versions.fields
            if holds(self._differs(of))
        ]
        lost: tuple[str, ...] = ()
        gained: tuple[str, ...] = ()
        if old == new == THE_RULES:
            lost = tuple(each for each in self._may_change() if holds(self._lost(each)))
            gained = tuple(each for each in self._may_change() if holds(self._gained(each)))
        return Kind(old, new, tuple(changes), lost, gained)

    # what decided

    def _labels(self, of: Decided) -> list[tuple[Label, Bit]]:
        key = "labels", id(of)
        if key not in self._bits:
            self._bits[key] = self._made_labels(of)
        found: list[tuple[Label, Bit]] = self._bits[key]
        return found

    def _made_labels(self, of: Decided) -> list[tuple[Label, Bit]]:
        decision = self.versions.old if of is self.before else self.versions.new
        found: list[tuple[Label, Bit]] = []
        for each in of.guards:
            for basis in ("guard", "unknown_guard"):
                bit = both(of.basis[basis], of.by[each.rule.name])
                found.append(((basis, each.rule.name), bit))
        if adds_up(decision):
            return [*found, (THE_RULES, either(of.basis["rule"], of.basis["otherwise"]))]
        conflict = of.basis["conflict"]
        for asked in of.rules:
            bit = both(of.basis["rule"], of.by[asked.rule.name])
            found.append((("rule", asked.rule.name), bit))
        return [*found, (("otherwise",), of.basis["otherwise"]), (("conflict",), conflict)]

    def _label(self, of: Decided, label: Label) -> Bit:
        key = "label", id(of)
        if key not in self._bits:
            self._bits[key] = dict(self._labels(of))
        return self._bits[key].get(label, False)

    def _same_label(self) -> Bit:
        return some(
            both(bit, self._label(self.after, label)) for label, bit in self._labels(self.before)
        )

    # the rules that add up

    def _may_change(self) -> list[str]:
        """Those that apply in other cases than before."""
        names = dict.fromkeys((*self.before.by, *self.after.by))
        rules = {each.rule.name for of in (self.before, self.after) for each in of.rules}
        return [
            name
            for name in names
            if name in rules
            and self._applies(self.before, name) is not self._applies(self.after, name)
        ]

    def _applies(self, of: Decided, name: str) -> Bit:
        return next((each.applies for each in of.rules if each.rule.name == name), False)

    def _lost(self, name: str) -> Bit:
        return both(self._applies(self.before, name), no(self._applies(self.after, name)))

    def _gained(self, name: str) -> Bit:
        return both(self._applies(self.after, name), no(self._applies(self.before, name)))

    # the outcome

    def _ends(self, of: Compared) -> tuple[Sym, Sym]:
        old, new = self.before.outcome, self.after.outcome
        if of.old_place is None or of.new_place is None:
            return old, new
        return old.value.field(of.old_place), new.value.field(of.new_place)

    def _differs(self, of: Compared) -> Bit:
        key = "differs", of.name
        if key not in self._bits:
            self._bits[key] = self._differ(*self._ends(of), of.old, of.new)
        return self._bits[key]

    def _differ(self, old: Sym, new: Sym, one: types.Type, other: types.Type) -> Bit:
        if old is new:
            return False
        if old.known is False or new.known is False:
            return no(same(old.known, new.known))
        apart = self._values_differ(old.value, new.value, one, other)
        return either(no(same(old.known, new.known)), both(old.known, new.known, apart))

    def _values_differ(self, old: Any, new: Any, one: types.Type, other: types.Type) -> Bit:
        if old is new:
            return False
        match one, other:
            case types.Record(), types.Record():
                places = {each.wire: place for place, each in enumerate(one.fields)}
                return some(
                    self._differ(
                        old.field(places[e.wire]),
                        new.field(at),
                        one.fields[places[e.wire]].type,
                        e.type,
                    )
                    for at, e in enumerate(other.fields)
                    if e.wire in places
                )
            case types.ListOf(), types.ListOf():
                return self._lists_differ(old, new, one.element, other.element)
            case types.Enum(), types.Enum():
                old, new = (self._wire(place, each) for place, each in ((old, one), (new, other)))
                return no(_equal(old, new))
            case types.Bool(), types.Bool():
                return no(same(old, new))
            case (
                (types.Number(), types.Number())
                | (types.Duration(), types.Duration())
                | (types.Instant(), types.Instant())
            ):
                return no(numbers.compared("is", old, new))
            case (types.Text() | types.Code(), types.Text() | types.Code()):
                return no(_equal(old, new))
            case _:
                return True

    def _wire(self, place: Any, of: types.Enum) -> Any:
        """A member of either version as one number."""
        wires = [self.encoder.texts.number(each.wire) for each in of.members]
        if isinstance(place, int):
            return wires[place]
        found: Any = z3.IntVal(wires[0])
        for at, wire in enumerate(wires[1:], start=1):
            found = z3.If(place == at, wire, found)
        return found

    def _lists_differ(self, old: Seq, new: Seq, one: types.Type, other: types.Type) -> Bit:
        left, right = _apart(old.items, new.items)
        if not left and not right and old.rest is False and new.rest is False:
            return False
        if old.rest is not False or new.rest is not False:
            self.encoder.roughly("a long list, of which only the first elements are told apart")
            return self.encoder.bit()
        lefts, rights = _places(left), _places(right)
        apart = [_count(left) != _count(right)]
        for (there, element), place in zip(left, lefts, strict=True):
            for (here, other_one), at in zip(right, rights, strict=True):
                differ = self._differ(element, other_one, one, other)
                apart.append(every((there, here, place == at, differ)))
        return some(_plain(each) for each in apart)

    def _ways(self, of: Compared) -> Iterator[Change]:
        """In which a field may change."""
        if has_few_values(of):
            for old in _values(of.old):
                for new in _values(of.new):
                    if old != new:
                        yield Change(of.name, "from to", old, new)
            return
        yield Change(of.name, "given")
        yield Change(of.name, "dropped")
        if has_an_order(of):
            yield Change(of.name, "more")
            yield Change(of.name, "less")
        else:
            yield Change(of.name, "another")

    def _changes(self, of: Compared, change: Change) -> Bit:
        old, new = self._ends(of)
        match change.how:
            case "from to":
                return both(self._has(old, of.old, change.old), self._has(new, of.new, change.new))
            case "given":
                return both(no(old.known), new.known)
            case "dropped":
                return both(old.known, no(new.known))
            case "more" | "less":
                if old.known is False or new.known is False:
                    return False
                sign = ">" if change.how == "more" else "<"
                return every((old.known, new.known, numbers.compared(sign, new.value, old.value)))
            case "another":
                return every((old.known, new.known, self._differs(of)))

    def _has(self, of: Sym, type_: types.Type, value: Any) -> Bit:
        if value is None:
            return no(of.known)
        if of.known is False:
            return False
        if isinstance(type_, types.Enum):
            if value not in type_.ranks:
                return False
            return both(of.known, _equal(of.value, type_.ranks[value]))
        return both(of.known, same(of.value, value))


def tell(versions: Versions) -> Told:
    """Both versions over one case, whose lists are told as far as either asks."""
    made: list[Told] = []

    def build(encoder: Encoder) -> Question:
        made.append(_tell(encoder, versions))
        return Question(encoder, made[-1].differs(), made[-1].read)

    told(versions.old_policy, build)
    return made[-1]


def _tell(encoder: Encoder, of: Versions) -> Told:
    other = Encoder(of.new_policy, {}, (), beside=encoder)
    case, reads = encoder.facts.fact(of.case, CASE)
    now, at = encoder.facts.fact(types.Instant(), NOW)

    def read(model: Any) -> Case:
        encoder.facts.forget()
        values = reads(model)
        return Case(values, plainly(values, of.case), at(model))

    alike = facts_alike(of)
    small = alike and only_edits_matter(of.old, of.new, of.same)
    old, new = sliced(of.old, of.new, of.same) if small else (of.old, of.new)
    before = decided(encoder, old, _facts(encoder, case, now, of.case, old))
    asked = {each.rule.name: each for each in (*before.guards, *before.rules)}
    kept = unedited(old, new, of.same) if alike else frozenset()
    same_rules = {name: asked[name] for name in asked if name in kept}
    after = decided(other, new, _facts(other, case, now, of.case, new), same_rules)
    return Told(of, encoder, case, now, read, before, after, sliced=small)


def facts_alike(of: Versions) -> bool:
    """Whether both versions see the same case."""
    return merged.facts_alike(of.case, of.old, of.new)


def _type_of(of: program.Decision) -> types.Type:
    from engine.program.merged import case_type

    return case_type(of)


def _facts(
    encoder: Encoder, case: Sym, now: Sym, type_: types.Record, of: program.Decision
) -> Mapping[str, Sym]:
    if is_whole_case(of.parameters):
        (only,) = of.parameters
        return {only.name: seen(encoder, case, type_, only.type), NOW: now}
    whole = seen(encoder, case, type_, _type_of(of))
    found = {each.name: whole.value.field(at) for at, each in enumerate(of.parameters)}
    return {**found, NOW: now}


def plainly(values: Any, type_: types.Type) -> Any:
    """As JSON carries it, without what may be left out and is."""
    match type_:
        case types.Record(fields=fields):
            parts = (
                (each, plainly(value, each.type))
                for each, value in zip(fields, values, strict=True)
                if value is not None and not (each.has_default and value == each.default)
            )
            return {
                each.wire: part
                for each, part in parts
                if part != {} or each.optional or not isinstance(each.type, types.Record)
            }
        case types.ListOf(element=element):
            return [plainly(each, element) for each in values]
        case _:
            return to_wire(values, type_)


# finding them


@dataclass
class Search:
    """`complete` says that there are no other kinds than those found."""

    told: Told
    budget: Budget
    look: Look
    found: list[Found] = field(default_factory=list)
    complete: bool = False

    def run(self, known: Sequence[Case] = ()) -> None:
        """`known` are cases to begin with."""
        asked = self.told.differs()
        if asked is False:
            self.complete = True
            return
        arithmetic = self.told.encoder.arithmetic
        self.solver = z3.SimpleSolver()
        if arithmetic:
            self.solver.set(**_LIGHTLY)
        self.solver.add(*self.told.known(), *([] if asked is True else [asked]))
        self.solver.add(*arithmetic)
        self.note(known)
        sayable = sayable_texts(self.told.encoder)
        if sayable and self._all(sayable) == z3.unknown:
            return
        self.complete = self._all([]) == z3.unsat

    def note(self, cases: Iterable[Case]) -> None:
        """Cases that may be decided otherwise; to look at them costs no question."""
        for case in cases:
            if len(self.found) < _MOST_NOTED:
                self._note(case)

    def _all(self, assumed: Sequence[Any]) -> Any:
        while True:
            answer = self._asked(assumed)
            if answer != z3.sat:
                return answer
            if len(self.found) >= MOST_KINDS:
                return z3.unknown
            self._one(self.solver.model())

    def _asked(self, assumed: Sequence[Any]) -> Any:
        """With arithmetic some beginnings lead nowhere for long: each has few steps."""
        if not self.told.encoder.arithmetic:
            return self.budget.check(self.solver, *assumed)
        for seed in range(_BEGINNINGS):
            self.solver.set(random_seed=seed)
            answer = self.budget.check(self.solver, *assumed, most=STEPS)
            if answer != z3.unknown:
                break
        return answer

    def _one(self, model: Any) -> None:
        case = self._read(model)
        kind = None if case is None else self._note(case)
        if kind is not None and _holds(model, self.told.is_of(kind)):
            return
        meant = self.told.kind(model)
        if meant not in [each.kind for each in self.found]:
            self._try(meant)
        self.solver.add(z3.Not(self.told.is_of(meant)))

    def _note(self, case: Case) -> Kind | None:
        """A kind that is found is not asked for again."""
        kind = self.look(case)
        if kind is None:
            return None
        if kind not in [each.kind for each in self.found]:
            self.found.append(Found(kind, case))
            bit = self.told.is_of(kind)
            if bit is not False:
                self.solver.add(no(bit))
        return kind

    def _try(self, kind: Kind) -> None:
        """Several cases that should be of the kind, until one is."""
        bit = self.told.is_of(kind)
        self.solver.push()
        self.solver.add(bit)
        exactly = self.told.encoder.workshop.exactly
        case = None
        for assumed in ((exactly,), ()):
            for _ in range(_MOST_TRIES):
                if case is None and self.budget.check(self.solver, *assumed) == z3.sat:
                    model = self.solver.model()
                    tried = self._read(model)
                    if tried is not None and self.look(tried) == kind:
                        case = tried
                    self.solver.add(self._another(model))
        self.solver.pop()
        self.found.append(Found(kind, case))

    def _another(self, model: Any) -> Any:
        encoder = self.told.encoder
        terms = [*encoder.facts.discrete]
        terms += [bit for _, asked in encoder.texts.asked() for bit in asked.values()]
        return z3.Not(z3.And([each == model.eval(each, model_completion=True) for each in terms]))

    def _read(self, model: Any) -> Case | None:
        try:
            return self.told.read(model)
        except UnwritableError:
            return None


def sayable_texts(encoder: Encoder) -> list[Any]:
    """That every text that is asked for triggers is one of those known to be sayable."""
    found = []
    for text, asked in encoder.texts.asked():
        bits = {each: bit for each, bit in asked.items() if not isinstance(bit, bool)}
        if len(bits) < 2:
            continue
        ways = [
            every(bit if holds else no(bit) for bit, holds in zip(bits.values(), way, strict=True))
            for way in encoder.texts.sayings.ways(tuple(bits))
        ]
        named = [text == number for number in encoder.texts.numbers.values()]
        found.append(z3.Or(*ways, *named))
    return found


def sayings_by_place(of: Told) -> dict[tuple[str, ...], list[str]]:
    """For each text that is asked for triggers, by where it stands, one thing to say for each way
    to mention them; `*` is any place of a list."""
    asked = {text.get_id(): tuple(bits) for text, bits in of.encoder.texts.asked()}
    found: dict[tuple[str, ...], list[str]] = {}
    for path, value in _texts(of.case, of.versions.case, ()):
        triggers = None if isinstance(value, int) else asked.get(value.get_id())
        if triggers and path not in found:
            found[path] = of.encoder.texts.sayings.one_of_each(triggers)
    return found


def _texts(of: Sym, type_: types.Type, path: tuple[str, ...]) -> Iterator[tuple[Any, Any]]:
    match type_:
        case types.Text():
            yield path, of.value
        case types.Record(fields=fields):
            for place, inside in of.value.made.items():
                yield from _texts(inside, fields[place].type, (*path, fields[place].wire))
        case types.ListOf(element=element):
            for _, inside in of.value.items:
                yield from _texts(inside, element, (*path, "*"))
        case _:
            return


def _holds(model: Any, bit: Bit) -> bool:
    if isinstance(bit, bool):
        return bit
    return bool(z3.is_true(model.eval(bit, model_completion=True)))


def _equal(old: Any, new: Any) -> Bit:
    if isinstance(old, int) and isinstance(new, int):
        return old == new
    return term(old) == term(new)


def _values(of: types.Type) -> list[Any]:
    if isinstance(of, types.Enum):
        return [None, *(each.wire for each in of.members)]
    return [None, True, False]


def _apart(left: Sequence[Any], right: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    """Without what both begin and end with."""
    start = 0
    while start < min(len(left), len(right)) and _is_same(left[start], right[start]):
        start += 1
    left, right = left[start:], right[start:]
    while left and right and _is_same(left[-1], right[-1]):
        left, right = left[:-1], right[:-1]
    return left, right


def _is_same(left: Any, right: Any) -> bool:
    return left[0] is right[0] and left[1] is right[1]


def _count(items: Sequence[Any]) -> Any:
    return z3.Sum([z3.IntVal(0), *(z3.If(_term(bit), 1, 0) for bit, _ in items)])


def _places(items: Sequence[Any]) -> list[Any]:
    return [_count(items[:place]) for place in range(len(items))]


def _term(bit: Bit) -> Any:
    return z3.BoolVal(bit) if isinstance(bit, bool) else bit


def _plain(bit: Any) -> Bit:
    if isinstance(bit, bool):
        return bit
    found = z3.simplify(bit)
    return True if z3.is_true(found) else False if z3.is_false(found) else found
