"""Two outcomes of one case, by two versions, to the way in which they differ.

What the many cases that are decided otherwise have in common is such a `Kind`: by what each
version decided, and how the outcome changed. Of a field with few values its values tell, of any
other whether it became more or less, is given now, is given no more, or merely is another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.language import types
from engine.language.values import parse_duration, parse_instant
from engine.program import nodes as program
from engine.program.same import Same, spelled

How = Literal["from to", "more", "less", "given", "dropped", "another"]
Label = tuple[str, ...]
"""The basis of a decision, and the rule or guard where one alone determined."""

THE_RULES: Label = ("rules",)
"""Where each rule that applies adds to the outcome."""


@dataclass(frozen=True)
class Change:
    """Of the outcome's `field`, empty where the outcome is no record. `old` and `new` are wire
    names or truth values, where the values tell."""

    field: str
    how: How
    old: Any = None
    new: Any = None


@dataclass(frozen=True)
class Kind:
    """`lost` and `gained` name the rules that no more, or only now, add to the outcome."""

    old: Label
    new: Label
    changes: tuple[Change, ...] = ()
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compared:
    """A field that both outcomes have: its places and types; no place where the outcome itself is
    compared."""

    name: str
    wire: str
    old: types.Type
    new: types.Type
    old_place: int | None = None
    new_place: int | None = None


def compared(
    old: program.Decision, new: program.Decision, same: Same, *, facts_alike: bool
) -> tuple[Compared, ...]:
    """But for what follows alike in both from all the rest."""
    if not (isinstance(old.result, types.Record) and isinstance(new.result, types.Record)):
        return (Compared("", "", old.result, new.result),)
    before = {each.wire: place for place, each in enumerate(old.result.fields)}
    after = {each.wire: place for place, each in enumerate(new.result.fields)}
    following = _following(old, new, same) if facts_alike and before == after else frozenset()
    return tuple(
        Compared(each.name, each.wire, old.result.fields[place].type, each.type, place, at)
        for at, each in enumerate(new.result.fields)
        if (place := before.get(each.wire)) is not None and at not in following
    )


def _following(old: program.Decision, new: program.Decision, same: Same) -> frozenset[int]:
    before = {each.place: each for each in old.always}
    return frozenset(
        each.place
        for each in new.always
        if each.place in before and same.expression(before[each.place].value, each.value)
    )


def adds_up(of: program.Decision) -> bool:
    return of.hit in ("collect", "sum")


def label(of: program.Decision, basis: str, determining: Sequence[str]) -> Label:
    if basis in ("rule", "otherwise") and adds_up(of):
        return THE_RULES
    if basis in ("otherwise", "conflict", "refused"):
        return (basis,)
    return (basis, *determining[:1])


@dataclass(frozen=True)
class Decided:
    """What a version decided: the outcome in wire form."""

    basis: str
    determining: tuple[str, ...]
    outcome: Any

    @property
    def rules(self) -> tuple[str, ...]:
        return self.determining if self.basis == "rule" else ()


def kind(
    old: program.Decision,
    new: program.Decision,
    fields: Sequence[Compared],
    before: Decided,
    after: Decided,
) -> Kind | None:
    """None where both decide alike."""
    one = label(old, before.basis, before.determining)
    other = label(new, after.basis, after.determining)
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    if one == other == THE_RULES:
        lost = tuple(each for each in before.rules if each not in after.rules)
        gained = tuple(each for each in after.rules if each not in before.rules)
    changed = changes(fields, before.outcome, after.outcome)
    if one == other and not (changed or lost or gained):
        return None
    return Kind(one, other, changed, lost, gained)


def changes(fields: Sequence[Compared], old: Any, new: Any) -> tuple[Change, ...]:
    """Of two outcomes in wire form."""
    return tuple(
        change for each in fields if (change := _change(each, _of(old, each), _of(new, each)))
    )


def _of(outcome: Any, field: Compared) -> Any:
    return outcome if field.old_place is None else outcome[field.wire]


def _change(field: Compared, old: Any, new: Any) -> Change | None:
    if old == new:
        return None
    if has_few_values(field):
        return Change(field.name, "from to", old, new)
    if old is None or new is None:
        return Change(field.name, "given" if old is None else "dropped")
    if not has_an_order(field):
        return Change(field.name, "another")
    return Change(field.name, "more" if _ordered(new) > _ordered(old) else "less")


def has_few_values(field: Compared) -> bool:
    return all(isinstance(each, types.Enum | types.Bool) for each in (field.old, field.new))


def has_an_order(field: Compared) -> bool:
    both = (field.old, field.new)
    return any(
        all(isinstance(each, kind) for each in both)
        for kind in (types.Number, types.Duration, types.Instant)
    )


def _ordered(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    duration = parse_duration(value)
    return parse_instant(value) if duration is None else duration


Direction = Literal["looser", "stricter", "different", "alike"]


def direction(fields: Sequence[Compared], of: Kind) -> Direction:
    """Looser is greater in some ordered field and less in none; what cannot be compared counts as
    looser. `alike`: the outcome is the same, by something else."""
    ordered = {each.name: each.new for each in fields if _from_strict_to_loose(each)}
    ups = downs = False
    for each in of.changes:
        if each.field in ordered:
            ranks = ordered[each.field].ranks  # type: ignore[union-attr]
            old, new = ranks.get(each.old), ranks.get(each.new)
            if old is None or new is None:
                return "looser"
            ups, downs = ups or new > old, downs or new < old
    if ups:
        return "looser"
    if downs:
        return "stricter"
    return "different" if of.changes else "alike"


def _from_strict_to_loose(field: Compared) -> bool:
    return (
        isinstance(field.old, types.Enum)
        and isinstance(field.new, types.Enum)
        and field.new.order == "strict to loose"
        and [each for each in spelled(field.new)[2] if each in spelled(field.old)[2]]
        == [each for each in spelled(field.old)[2] if each in spelled(field.new)[2]]
    )
