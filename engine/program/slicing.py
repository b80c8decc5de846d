"""Two versions of a decision to the same without the rules that cannot matter for a difference.

Where no rule that was edited applies, both decide alike. So a rule that is the same in both matters
only if it can apply together with an edited one; that it cannot is seen where both ask a fact that
is always known for different values.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from engine.language import types
from engine.program import nodes as program
from engine.program import walk
from engine.program.same import Same

Wanted = Mapping[tuple[str, ...], frozenset[object]]
"""For a fact, by its path, the values that a condition wants."""


def only_edits_matter(old: program.Decision, new: program.Decision, same: Same) -> bool:
    """Whether a case is decided alike where nothing that was edited applies. The facts must be
    alike in both."""
    kept = unedited(old, new, same)
    return (
        old.hit == new.hit
        and old.strictest_by == new.strictest_by
        and len(old.always) == len(new.always)
        and all(
            one.place == other.place and same.expression(one.value, other.value)
            for one, other in zip(old.always, new.always, strict=True)
        )
        and same.expression(_fallback(old), _fallback(new))
        and [each.name for each in _rules(old) if each.name in kept]
        == [each.name for each in _rules(new) if each.name in kept]
    )


def unedited(old: program.Decision, new: program.Decision, same: Same) -> frozenset[str]:
    before = {each.name: each for each in _rules(old)}
    return frozenset(
        each.name
        for each in _rules(new)
        if each.name in before and same.rule(before[each.name], each)
    )


def sliced(
    old: program.Decision, new: program.Decision, same: Same
) -> tuple[program.Decision, program.Decision]:
    """Where only edits matter."""
    kept = unedited(old, new, same)
    edited = [_wanted(each) for of in (old, new) for each in _rules(of) if each.name not in kept]
    idle = {
        each.name
        for each in _rules(old)
        if each.name in kept and not _may_meet(_wanted(each), edited)
    }
    return _without(old, idle), _without(new, idle)


def _without(of: program.Decision, idle: set[str]) -> program.Decision:
    return replace(
        of,
        guards=tuple(each for each in of.guards if each.name not in idle),
        rules=tuple(each for each in of.rules if each.name not in idle),
    )


def _rules(of: program.Decision) -> tuple[program.Rule, ...]:
    return (*of.guards, *of.rules)


def _fallback(of: program.Decision) -> program.Expression | None:
    return None if of.otherwise is None else of.otherwise.outcome


def _may_meet(one: Wanted, edited: Iterable[Wanted]) -> bool:
    return any(
        all(one[path] & values for path, values in other.items() if path in one) for other in edited
    )


def _wanted(of: program.Rule) -> Wanted:
    found: dict[tuple[str, ...], frozenset[object]] = {}
    for each in () if of.condition is None else walk.conjuncts(of.condition):
        for path, values in _asked(each):
            found[path] = found.get(path, values) & values
    return found


def _asked(node: program.Expression) -> Iterator[tuple[tuple[str, ...], frozenset[object]]]:
    match node:
        case program.Apply(symbol="is", operands=(fact, program.Constant(value=value))) if (
            isinstance(fact.type, types.Enum)
        ):
            path = _path(fact)
            if path is not None:
                yield path, frozenset([value])
        case program.Apply(symbol="in", operands=(fact, program.Constant(value=tuple(values)))) if (
            isinstance(fact.type, types.Enum)
        ):
            path = _path(fact)
            if path is not None:
                yield path, frozenset(values)
        case _:
            return


def _path(node: program.Expression) -> tuple[str, ...] | None:
    """Of a fact that is always known."""
    if node.unknown:
        return None
    match node:
        case program.Variable(name=name):
            return (name,)
        case program.FieldOf(record=record, name=name):
            path = _path(record)
            return None if path is None else (*path, name)
        case _:
            return None
