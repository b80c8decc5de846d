"""What two versions have apart, laid out for a reviewer: what matters most comes first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.program.differing import THE_RULES, Label
from engine.verbs.compare import bump_of, step
from engine.verbs.comparing import phrases
from engine.verbs.comparing.models import (
    LEVELS,
    Changes,
    DecisionChanges,
    LifecycleChanges,
    Move,
    Region,
)

_MOST_NAMES = 12


@dataclass(frozen=True)
class Heading:
    text: str
    level: int


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Rows:
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Item:
    """A line, and lines that belong to it; `case` is one to try."""

    text: str
    lines: tuple[str, ...]
    case: str | None
    alone: bool = False
    "It stands under no heading with others."


@dataclass(frozen=True)
class Table:
    """The columns in `numbers` are figures; the last column may be long."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()


Block = Heading | Paragraph | Rows | Item | Table


def sheet(changes: Changes) -> list[Block]:
    return list(_blocks(changes))


def _blocks(changes: Changes) -> Iterator[Block]:
    old, new = changes.old, changes.new
    names = f"{old.policy} {old.version}", f"{new.policy} {new.version}"
    yield Heading(f"{names[0]} → {new.version if old.policy == new.policy else names[1]}", 1)
    yield Paragraph(_summary(changes))
    yield Paragraph(_version(changes))
    if changes.contract:
        yield Heading("What callers see", 2)
        yield Rows(tuple((each.level, each.text) for each in changes.contract))
    if changes.parts:
        yield Heading("What was edited", 2)
        yield Rows(tuple((each.of, each.text) for each in changes.parts))
    for decision in changes.decisions:
        yield from _decision(decision, changes)
    for lifecycle in changes.lifecycles:
        yield from _lifecycle(lifecycle, changes)
    yield from _unchanged(changes)


# at a glance


def _summary(changes: Changes) -> str:
    told = []
    if changes.contract:
        breaking = sum(1 for each in changes.contract if each.level == "major")
        told.append(
            f"callers must change: {_counted(breaking, 'thing')} they rely on"
            if breaking
            else "callers may give or get more"
        )
    told += [_in_short(each) for each in changes.decisions if each.regions]
    told += [
        f"`{each.name}` does {_counted(len(each.moves), 'thing')} otherwise"
        for each in changes.lifecycles
        if each.moves
    ]
    if not changes.complete:
        told.append("the budget ran out before everything was looked at")
    if not told:
        told = [
            "every case is decided alike"
            if changes.decisions or changes.lifecycles
            else "nothing can be decided by both"
        ]
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}." if not text.startswith("`") else f"{text}."


def _in_short(of: DecisionChanges) -> str:
    counts = {way: sum(1 for each in of.regions if each.direction == way) for way in _WAYS}
    told = [f"{count} {_WAYS[way]}" for way, count in counts.items() if count]
    kinds = _counted(len(of.regions), "kind")
    return f"`{of.name}` decides {kinds} of cases otherwise ({', '.join(told)})"


_WAYS = {
    "looser": "looser",
    "different": "different",
    "stricter": "stricter",
    "alike": "alike by something else",
}


def _version(changes: Changes) -> str:
    least = bump_of(changes)
    said = f"The version must be raised by a {least.level} number at least: {least.reason}."
    if changes.old.policy != changes.new.policy:
        return said
    if least.level == "patch":
        said = f"A patch number is enough: {least.reason}."
    raised = step(changes.old.version, changes.new.version)
    if raised is None:
        return said if changes.differs else "The two decide alike."
    enough = LEVELS.index(raised) >= LEVELS.index(least.level)
    return f"{said} {changes.new.version} {'is' if enough else 'is not'}."


# decisions


@dataclass(frozen=True)
class _Group:
    title: str
    where: tuple[str, ...] | None
    exactly: bool
    regions: tuple[Region, ...]
    instead: bool
    "What decided before is the same in all; else what decides now."


def _decision(of: DecisionChanges, changes: Changes) -> Iterator[Block]:
    if not of.regions and of.complete:
        return
    yield Heading(f"`{of.name}`", 2)
    if of.case is None:
        yield Paragraph("No case can be put to both versions.")
    for group in _groups(of, changes):
        if len(group.regions) > 1:
            yield Heading(group.title, 3)
            if group.where:
                yield Paragraph(_where(group.where, group.exactly))
        for each in group.regions:
            yield _item(of, each, group, changes)
    if not of.complete:
        yield Paragraph(_incomplete(of.rough))


def _incomplete(rough: Sequence[str]) -> str:
    told = f": it is hard to tell of {_listed(rough)}" if rough else ""
    return f"There may be more: the budget ran out{told}."


def _groups(of: DecisionChanges, changes: Changes) -> list[_Group]:
    """Kinds that what decided before and the reason have in common, or what decides now."""
    told = {
        id(each): None if each.where is None else tuple(phrases.where(each.where, changes.triggers))
        for each in of.regions
    }
    buckets: dict[Any, list[Region]] = {}
    for each in of.regions:
        buckets.setdefault((each.kind.old, told[id(each)]), []).append(each)
    found = [
        _group(_title(label, instead=True), regions, told, instead=True)
        for (label, _), regions in buckets.items()
        if len(regions) > 1 and label != THE_RULES
    ]
    grouped = {id(each) for group in found for each in group.regions}
    buckets = {}
    for each in of.regions:
        if id(each) not in grouped:
            alone = id(each) if each.kind.new == THE_RULES else None
            buckets.setdefault((each.kind.new[-1], alone), []).append(each)
    for (name, _), regions in buckets.items():
        found.append(_group(f"Now by `{name}`", regions, told, instead=False))
    found.sort(key=lambda group: min(of.regions.index(each) for each in group.regions))
    return found


def _group(
    title: str, regions: Sequence[Region], told: Mapping[int, Any], *, instead: bool
) -> _Group:
    wheres = {told[id(each)] for each in regions}
    where = wheres.pop() if len(wheres) == 1 else None
    exactly = all(each.exactly for each in regions)
    return _Group(title, where, exactly, tuple(regions), instead)


def _title(label: Label, *, instead: bool) -> str:
    return f"{'Instead of' if instead else 'Now by'} {phrases.by(label)}"


def _where(where: Sequence[str], exactly: bool) -> str:
    told = _listed(where)
    return f"Just where {told}." if exactly else f"Among others where {told}."


def _item(of: DecisionChanges, region: Region, group: _Group, changes: Changes) -> Item:
    alone = len(group.regions) == 1
    if alone:
        title = phrases.heading(region.kind, _edited(of, region))
    elif group.instead:
        title = f"→ {phrases.by(region.kind.new)}"
    else:
        title = f"{phrases.by(region.kind.old)} →"
        if region.kind.new[0] == "unknown_guard":
            title = phrases.heading(region.kind)
    lines = [phrases.outcome_words(of, region)]
    where = phrases.where(region.where or (), changes.triggers)
    if where and (alone or group.where is None):
        lines.append(_where(where, region.exactly).rstrip("."))
    witness = region.witness
    if witness is None:
        lines.append("no such case was found, and it could not be told that there is none")
    shown = None if witness is None else phrases.case_words(witness, of.case)
    way = "same outcome" if region.direction == "alike" else region.direction
    said = lines[1:] if region.direction == "alike" else lines
    return Item(f"{way}: {title}", tuple(said), shown, alone)


def _edited(of: DecisionChanges, region: Region) -> list[str]:
    if region.witness is None:
        return []
    return [
        each
        for each in region.witness.new.rules
        if each in of.edited and each in region.witness.old.rules
    ]


# lifecycles


def _lifecycle(of: LifecycleChanges, changes: Changes) -> Iterator[Block]:
    states = (of.gained_states, of.lost_states, of.newly_reachable, of.newly_unreachable)
    if not of.moves and of.complete and not any(states):
        return
    yield Heading(f"`{of.name}`", 2)
    words = ("new", "gone", "can be reached now", "can be reached no more")
    rows = tuple(
        (word, ", ".join(f"`{each}`" for each in names))
        for word, names in zip(words, states, strict=True)
        if names
    )
    if rows:
        yield Rows(rows)
    for each in of.moves:
        yield _move(each, changes)
    if not of.complete:
        yield Paragraph(_incomplete(of.rough))


def _move(of: Move, changes: Changes) -> Item:
    by = f" (`{'`, `'.join(of.by)}`)" if of.by else ""
    event = f" on `{of.event}`" if of.event else ""
    where = None if of.where is None else phrases.where(of.where, changes.triggers)
    lines = [f"{of.old} → {of.new}"] if of.old != of.new else []
    if where:
        lines.append(_where(where, of.exactly).rstrip("."))
    shown = None if of.witness is None else phrases.case_words(of.witness, None)
    return Item(f"{of.effect}: in `{of.state}`{event}{by}", tuple(lines), shown, alone=True)


# what stays


def _unchanged(changes: Changes) -> Iterator[Block]:
    rows = [*_kept(changes)]
    if rows:
        yield Heading("What is proved unchanged", 2)
        yield Rows(tuple(rows))


def _kept(changes: Changes) -> Iterator[tuple[str, str]]:
    for each in changes.decisions:
        if not each.complete or each.case is None:
            continue
        if not each.regions:
            yield each.name, "every case is decided as before"
            continue
        names = [phrases.by(label) for label in each.unchanged]
        if names:
            more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
            said = _listed(names[:_MOST_NAMES], "or") + more
            yield each.name, f"what {said} decided is decided as before"
        for value in each.kept:
            yield each.name, f"no case gets `{value}` that did not"
    for lived in changes.lifecycles:
        if lived.complete and not lived.moves:
            yield lived.name, "every event does as before, and every deadline"
        elif lived.complete and lived.unchanged:
            yield lived.name, f"{lived.unchanged} pairs of a state and an event do as before"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _listed(items: Sequence[str], joint: str = "and") -> str:
    if len(items) == 1:
        return items[0]
    return f"{', '.join(items[:-1])} {joint} {items[-1]}"
