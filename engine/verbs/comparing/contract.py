"""Two versions to what callers must know of the new one: the facts that it takes, and what its
outcomes hold."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.language import types
from engine.language.ranges import number_range
from engine.language.types import describe
from engine.language.values import write_text
from engine.program import nodes as program
from engine.program.merged import case_type
from engine.program.same import spelled
from engine.verbs.comparing.models import LEVELS, Contract


def contract_changes(old: program.Program, new: program.Program) -> tuple[Contract, ...]:
    """What breaks callers comes first."""
    found = dict.fromkeys(_changes(old, new))
    return tuple(sorted(found, key=lambda each: -LEVELS.index(each.level)))


def _changes(old: program.Program, new: program.Program) -> Iterator[Contract]:
    for word, before, after in (
        ("decision", old.decisions, new.decisions),
        ("lifecycle", old.lifecycles, new.lifecycles),
    ):
        yield from _named(word, before, after)
    for name in old.decisions:
        if name in new.decisions:
            yield from _decision(old.decisions[name], new.decisions[name])
    for name in old.lifecycles:
        if name in new.lifecycles:
            yield from _lifecycle(old.lifecycles[name], new.lifecycles[name])


def _named(word: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Contract]:
    for name in old:
        if name not in new:
            yield Contract("major", f"the {word} `{name}` is gone")
    for name in new:
        if name not in old:
            yield Contract("minor", f"the {word} `{name}` is new")


def _decision(old: program.Decision, new: program.Decision) -> Iterator[Contract]:
    yield from _facts(case_type(old), case_type(new), "")
    yield from _outcome(old.result, new.result, "outcome")
    if spelled(old.result) == spelled(new.result) and old.refused != new.refused:
        yield Contract("minor", f"a refused case of `{new.name}` gets another outcome")


def _lifecycle(old: program.Lifecycle, new: program.Lifecycle) -> Iterator[Contract]:
    yield from _facts(old.parameter.type, new.parameter.type, new.parameter.name)
    before = {each.wire: each.name for each in old.states}
    after = {each.wire: each.name for each in new.states}
    for wire, name in before.items():
        if wire not in after:
            yield Contract("major", f"the state `{name}` of `{new.name}` is gone")
    for wire, name in after.items():
        if wire not in before:
            yield Contract("major", f"the state `{name}` of `{new.name}` is new")
    events = {each.name: each for each in old.events}
    for each in new.events:
        if each.name not in events:
            yield Contract("minor", f"the event `{each.name}` of `{new.name}` is new")
        else:
            yield from _facts(events[each.name].payload, each.payload, each.name)
    for name in events:
        if name not in {each.name for each in new.events}:
            yield Contract("major", f"the event `{name}` of `{new.name}` is gone")


# facts: what callers give


def _facts(old: types.Type, new: types.Type, path: str) -> Iterator[Contract]:
    match old, new:
        case types.Record(), types.Record():
            yield from _fields(old, new, path)
        case types.ListOf(), types.ListOf():
            if old.bound != new.bound:
                level = "major" if new.bound < old.bound else "minor"
                yield _said(level, f"`{path}` holds up to {new.bound}, not {old.bound}")
            yield from _facts(old.element, new.element, path)
        case types.Enum(), types.Enum():
            yield from _members(old, new, path, gone="major", more="minor")
        case types.Tally(), types.Tally() if old.daily == new.daily:
            yield from _facts(old.member, new.member, path)
        case types.Number() | types.Duration(), types.Number() | types.Duration() if type(
            old
        ) is type(new):
            yield from _range(old, new, path)
        case _:
            if spelled(old) != spelled(new):
                yield Contract("major", f"`{path}` is {_type(new)}, not {_type(old)}")


def _fields(old: types.Record, new: types.Record, path: str) -> Iterator[Contract]:
    before = {each.wire: each for each in old.fields}
    after = {each.wire: each for each in new.fields}
    for wire, each in after.items():
        inside = _inside(path, each.name)
        if wire not in before:
            word = "must" if needed(each) else "may"
            yield _said("major" if needed(each) else "minor", f"`{inside}` {word} be given")
            continue
        yield from _presence(before[wire], each, inside)
        yield from _facts(before[wire].type, each.type, inside)
    for wire, each in before.items():
        if wire not in after:
            yield Contract("major", f"`{_inside(path, each.name)}` is gone")


def needed(of: types.Field) -> bool:
    """Whether a case without it is refused."""
    if isinstance(of.type, types.Record) and not any(map(needed, of.type.fields)):
        return False
    return of.required


def _presence(old: types.Field, new: types.Field, path: str) -> Iterator[Contract]:
    if needed(old) != needed(new):
        if needed(new):
            yield Contract("major", f"`{path}` must be given")
        else:
            yield Contract("minor", f"`{path}` may be left out")
    elif old.has_default != new.has_default or repr(old.default) != repr(new.default):
        yield Contract("minor", f"`{path}` is {_default(new)} where it is left out")
    if old.sensitive != new.sensitive:
        yield Contract("minor", f"`{path}` is {'' if new.sensitive else 'not '}sensitive")


def _default(of: types.Field) -> str:
    return f"`{_value(of.default, of.type)}`" if of.has_default else "missing"


def _value(value: Any, type_: types.Type) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return write_text(value, type_)


def _range(
    old: types.Number | types.Duration, new: types.Number | types.Duration, path: str
) -> Iterator[Contract]:
    if isinstance(old, types.Number) and isinstance(new, types.Number):
        if old.unit != new.unit:
            yield Contract("major", f"`{path}` is {_type(new)}, not {_type(old)}")
            return
        if old.integer != new.integer:
            level = "major" if new.integer else "minor"
            yield _said(level, f"`{path}` is {_type(new)}, not {_type(old)}")
    if old.range == new.range:
        return
    narrowed = not _holds(_whole(new), _whole(old))
    told = f"`{path}` lies in {_range_words(new)}, not in {_range_words(old)}"
    yield _said("major" if narrowed else "minor", told)


def _whole(of: types.Number | types.Duration) -> types.Range:
    return number_range(of) if isinstance(of, types.Number) else of.range


def _holds(outer: types.Range, inner: types.Range) -> bool:
    low = outer.low is None or (
        inner.low is not None and (inner.low, inner.low_open) >= (outer.low, outer.low_open)
    )
    high = outer.high is None or (
        inner.high is not None
        and (inner.high, not inner.high_open) <= (outer.high, not outer.high_open)
    )
    return low and high


def _range_words(of: types.Number | types.Duration) -> str:
    low = "" if of.range.low is None else write_text(of.range.low, of)
    high = "" if of.range.high is None else write_text(of.range.high, of)
    if not low and not high:
        return "any range"
    sign = "..<" if of.range.high_open else ".."
    return "`" + " ".join(each for each in (low, sign, high) if each) + "`"


def _members(
    old: types.Enum, new: types.Enum, path: str, *, gone: str, more: str
) -> Iterator[Contract]:
    before = {each.wire: each.name for each in old.members}
    after = {each.wire: each.name for each in new.members}
    for wire, name in before.items():
        if wire not in after:
            yield _said(gone, f"`{path}` is no more `{name}`")
    for wire, name in after.items():
        if wire not in before:
            yield _said(more, f"`{path}` may be `{name}`")
    kept = [wire for wire in before if wire in after]
    if kept != [wire for wire in after if wire in before] or old.order != new.order:
        yield Contract("minor", f"the members of `{path}` stand in another order")


# outcomes: what callers get


def _outcome(old: types.Type, new: types.Type, path: str) -> Iterator[Contract]:
    match old, new:
        case types.Record(), types.Record():
            before = {each.wire: each for each in old.fields}
            after = {each.wire: each for each in new.fields}
            for wire, each in after.items():
                inside = f"{path}.{each.name}"
                if wire not in before:
                    yield Contract("minor", f"`{inside}` is new")
                    continue
                if before[wire].optional != each.optional:
                    level = "major" if each.optional else "minor"
                    may = "may" if each.optional else "may no more"
                    yield _said(level, f"`{inside}` {may} be missing")
                yield from _outcome(before[wire].type, each.type, inside)
            for wire, each in before.items():
                if wire not in after:
                    yield Contract("major", f"`{path}.{each.name}` is gone")
        case types.ListOf(), types.ListOf():
            if old.bound != new.bound:
                yield Contract("minor", f"`{path}` holds up to {new.bound}, not {old.bound}")
            yield from _outcome(old.element, new.element, path)
        case types.Enum(), types.Enum():
            yield from _members(old, new, path, gone="minor", more="major")
        case _:
            if old != new or describe(old) != describe(new):
                yield Contract("major", f"`{path}` is {_type(new)}, not {_type(old)}")
            elif spelled(old) != spelled(new):
                yield Contract("minor", f"`{path}` has another range")


def _said(level: str, text: str) -> Contract:
    return Contract("major" if level == "major" else "minor", text)


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _type(of: types.Type) -> str:
    told = describe(of)
    named = isinstance(of, types.Enum | types.Code | types.Record)
    return f"`{told}`" if named else told
