"""Two versions of one decision to the kinds of cases that they decide otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.decision import Decision
from engine.language import types
from engine.language.values import parse_instant, write_instant
from engine.program import nodes as program
from engine.program.differing import Decided, Kind, Label, compared, direction, has_few_values, kind
from engine.program.merged import case_type, merged
from engine.program.same import Same
from engine.verbs.comparing.models import DecisionChanges, Region, Witness
from engine.verbs.comparing.witness import nearest, values_in, varied
from engine.verbs.decide import evaluator
from engine.verbs.explain import tracer
from engine.verbs.samples import samples

if TYPE_CHECKING:
    from engine.backends.proof.regions import Case, Found, Told, Versions
    from engine.backends.proof.solve import Budget

_MOST_VARIED = 40
_ORDER = ("looser", "different", "stricter", "alike")


def decision_changes(
    old_policy: program.Program,
    new_policy: program.Program,
    name: str,
    same: Same,
    budget: "Budget",
) -> DecisionChanges:
    from engine.backends.proof.regions import Search, Versions, facts_alike, tell

    old, new = old_policy.decisions[name], new_policy.decisions[name]
    case = merged(case_type(old), case_type(new))
    if not isinstance(case, types.Record):
        return DecisionChanges(name, (), None, (), complete=True)
    versions = Versions(old_policy, new_policy, old, new, case, (), same)
    alike = facts_alike(versions)
    fields = compared(old, new, same, facts_alike=alike)
    if alike and _untouched(old, new, same):
        labels = _labels(old)
        return DecisionChanges(name, fields, case, (), True, labels, untouched=True)
    versions = Versions(old_policy, new_policy, old, new, case, fields, same)
    told = tell(versions)
    deciding = _Deciding(versions)
    making = _Regions(versions, deciding, told, budget)
    search = Search(told, budget, deciding.look)
    search.run(making.examples)
    if not search.complete:
        search.note(making.variations)
    regions = making.regions(search.found)
    rough = tuple(told.encoder.rough)
    sure = search.complete and all(each.witness is not None for each in regions)
    return DecisionChanges(
        name,
        fields,
        case,
        regions,
        search.complete,
        _unchanged(old, regions) if search.complete else (),
        tuple(_kept(fields, regions)) if search.complete else (),
        () if sure else rough,
        frozenset(_edited(old, new, same)),
    )


def _edited(old: program.Decision, new: program.Decision, same: Same) -> Iterator[str]:
    before = {each.name: each for each in (*old.guards, *old.rules)}
    for each in (*new.guards, *new.rules):
        if each.name in before and not same.rule(before[each.name], each):
            yield each.name


def _untouched(old: program.Decision, new: program.Decision, same: Same) -> bool:
    """Whether nothing that the decision reads was edited, but for reasons."""
    return (
        old.hit == new.hit
        and old.strictest_by == new.strictest_by
        and old.parameters == new.parameters
        and same.type(old.result)
        and all(same.type(each.type) for each in old.parameters)
        and _rules_same(old.guards, new.guards, same)
        and _rules_same(old.rules, new.rules, same)
        and same.expression(
            None if old.otherwise is None else old.otherwise.outcome,
            None if new.otherwise is None else new.otherwise.outcome,
        )
        and [each.place for each in old.always] == [each.place for each in new.always]
        and all(
            same.expression(one.value, other.value)
            for one, other in zip(old.always, new.always, strict=True)
        )
    )


def _rules_same(old: Sequence[program.Rule], new: Sequence[program.Rule], same: Same) -> bool:
    return [each.name for each in old] == [each.name for each in new] and all(
        same.rule(one, other) for one, other in zip(old, new, strict=True)
    )


def _labels(of: program.Decision) -> tuple[Label, ...]:
    from engine.program.differing import THE_RULES, adds_up

    guards = tuple(("guard", each.name) for each in of.guards)
    if adds_up(of):
        return (*guards, THE_RULES)
    rules = tuple(("rule", each.name) for each in of.rules)
    return (*guards, *rules, ("otherwise",))


def _unchanged(old: program.Decision, regions: Sequence[Region]) -> tuple[Label, ...]:
    """What decided before, and decides every one of its cases as before."""
    left = {each.kind.old[-1] for each in regions}
    return tuple(each for each in _labels(old) if each[-1] not in left)


def _kept(fields: Sequence[Any], regions: Sequence[Region]) -> list[str]:
    """Values of ordered fields, looser than the strictest, that no case gets which did not."""
    found = []
    for each in fields:
        if not has_few_values(each) or getattr(each.new, "order", None) != "strict to loose":
            continue
        gained = {
            change.new for r in regions for change in r.kind.changes if change.field == each.name
        }
        if not regions:
            continue
        for member in each.new.members[1:]:
            if member.wire not in gained:
                found.append(f"{each.name}: {member.name}" if each.name else member.name)
    return found


@dataclass(frozen=True)
class _Deciding:
    """Decides by both versions; what is shown is decided by both evaluators."""

    of: "Versions"

    def look(self, case: "Case") -> Kind | None:
        return self.kind(case.input, case.now)

    def kind(self, input: Any, now: int) -> Kind | None:
        """None too where a version refuses the case."""
        both = self.both(input, now)
        return None if both is None else kind(self.of.old, self.of.new, self.of.fields, *both)

    def both(self, input: Any, now: int) -> tuple[Decided, Decided] | None:
        before = evaluator(self.of.old_policy).decide(input, self.of.old.name, now)
        after = evaluator(self.of.new_policy).decide(input, self.of.new.name, now)
        if "refused" in (before.basis, after.basis):
            return None
        return _decided(before), _decided(after)

    def confirmed(self, input: Any, now: int) -> tuple[Decided, Decided] | None:
        """By the explaining evaluator too, which must agree."""
        both = self.both(input, now)
        sides = ((self.of.old_policy, self.of.old), (self.of.new_policy, self.of.new))
        traced = [
            _decided(tracer(policy).decide(input, decision.name, now)) for policy, decision in sides
        ]
        return both if both is not None and list(both) == traced else None


def _decided(of: Decision) -> Decided:
    return Decided(of.basis, of.determining, of.outcome)


@dataclass(frozen=True)
class _Regions:
    of: "Versions"
    deciding: _Deciding
    told: "Told"
    budget: "Budget"

    def regions(self, found: Sequence["Found"]) -> tuple[Region, ...]:
        from engine.backends.proof.mattering import Matters

        matters = Matters(self.told, self.budget)
        made = [self._region(each, matters) for each in found]
        places = {label: place for place, label in enumerate(_labels(self.of.old))}
        made.sort(
            key=lambda each: (
                _ORDER.index(each.direction),
                -len(each.kind.changes),
                places.get(each.kind.old, len(places)),
            )
        )
        return tuple(made)

    def _region(self, found: "Found", matters: Any) -> Region:
        way = direction(self.of.fields, found.kind)
        if found.case is None:
            return Region(found.kind, way, None, exactly=False, witness=None)
        input, now = self._typical(found.kind, found.case)
        both = self.deciding.confirmed(input, now)
        if both is None:
            return Region(found.kind, way, None, exactly=False, witness=None)
        case = self._case(input, now)
        mattering = None if case is None else matters.of(found.kind, case)
        alone = frozenset() if mattering is None else mattering.alone
        witness = Witness(input, write_instant(now), *both, alone)
        if mattering is None:
            return Region(found.kind, way, None, exactly=False, witness=witness)
        return Region(found.kind, way, mattering.facts, mattering.exactly, witness)

    def _typical(self, of: Kind, case: "Case") -> tuple[Any, int]:
        def is_one(input: Any, now: int) -> bool:
            return self.deciding.kind(input, now) == of

        return nearest(case.input, case.now, self._examples(of), self._given, is_one)

    def _examples(self, of: Kind) -> list[tuple[Any, int | None]]:
        """Those come first that are decided by what decides the kind."""

        def far(each: "_Example") -> tuple[Any, ...]:
            apart = [
                one.determining[:1] != label[1:]
                for one, label in zip(each.both, (of.old, of.new), strict=True)
            ]
            return (*apart, len(str(each.input)))

        return [(each.input, each.now) for each in sorted(self._taken, key=far)]

    @cached_property
    def _taken(self) -> "list[_Example]":
        """The examples that both versions take."""
        found = []
        for input, now in self._all_examples:
            both = self.deciding.both(input, now or 0)
            if both is not None:
                found.append(_Example(input, now, both))
        return found

    @cached_property
    def examples(self) -> "list[Case]":
        """As cases to begin with: what they show need not be looked for."""
        made = (self._case(each.input, each.now or 0) for each in self._taken)
        return [each for each in made if each is not None]

    @property
    def variations(self) -> "Iterator[Case]":
        """The examples with one fact after the other changed."""
        for each in self._taken[:_MOST_VARIED]:
            for input in varied(each.input, self.of.case, self._given):
                made = self._case(input, each.now or 0)
                if made is not None:
                    yield made

    @cached_property
    def _all_examples(self) -> list[tuple[Any, int | None]]:
        sides = ((self.of.new_policy, self.of.new), (self.of.old_policy, self.of.old))
        return [
            (each.input, None if each.as_of is None else parse_instant(each.as_of))
            for policy, decision in sides
            for each in samples(policy, decision.name)
        ]

    @cached_property
    def _given(self) -> Mapping[tuple[str, ...], Sequence[Any]]:
        """What the examples give, and one thing to say for each way to mention triggers."""
        from engine.backends.proof.regions import sayings_by_place

        given = values_in([input for input, _ in self._all_examples])
        for path, said in sayings_by_place(self.told).items():
            given[path] = [*given.get(path, ()), *said]
        return given

    def _case(self, input: Any, now: int) -> "Case | None":
        from engine.backends.proof.regions import Case

        return None if (values := self._values(input)) is None else Case(values, input, now)

    def _values(self, input: Any) -> Any:
        from engine.backends.python.validate import validate_record

        taken = validate_record(self.of.case, input, "")
        return None if taken.arguments is None else taken.arguments[0]


@dataclass(frozen=True)
class _Example:
    input: Any
    now: int | None
    both: tuple[Decided, Decided]
