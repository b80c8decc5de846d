"""Facts, outcomes and cases to the author's words, as they stand in a policy."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from engine.language import types
from engine.language.phrases import Trigger
from engine.language.values import write_duration, write_text
from engine.program.differing import THE_RULES, Change, Compared, Kind, Label
from engine.program.mattering import (
    Apart,
    Fact,
    Given,
    Is,
    Many,
    NoneNamed,
    Path,
    Says,
    What,
    Within,
)
from engine.verbs.comparing.models import DecisionChanges, Region, Witness
from engine.verbs.comparing.parts import range_words

_LONGEST = 90
_NAME = re.compile(r"[A-Za-z_]\w*\Z")
Versions = Mapping[Trigger, str]
"""The version of each trigger that is not the same in both."""


# what decided, and how the outcome changed


def by(label: Label) -> str:
    match label:
        case ("otherwise",):
            return "`otherwise`"
        case ("conflict",):
            return "rules in conflict"
        case ("unknown_guard", name):
            return f"`{name}` (unknown)"
        case _ if label == THE_RULES:
            return "the rules"
        case _:
            return f"`{label[-1]}`"


def heading(kind: Kind, edited: Sequence[str] = ()) -> str:
    """`a` → `b`, or what was added to the rules that apply, and taken away; `edited` are rules that
    apply in both and were edited."""
    if kind.old == kind.new == THE_RULES:
        told = (
            [f"{_names(edited)} {'adds' if len(edited) == 1 else 'add'} otherwise"]
            if edited
            else []
        )
        if kind.gained:
            told.append(f"{_names(kind.gained)} now {_apply(kind.gained)}")
        if kind.lost:
            told.append(f"{_names(kind.lost)} no longer {_apply(kind.lost)}")
        return ", ".join(told) or "the same rules apply"
    return f"{by(kind.old)} → {by(kind.new)}"


def _names(names: Sequence[str]) -> str:
    told = [f"`{each}`" for each in names]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


def _apply(names: Sequence[str]) -> str:
    return "applies" if len(names) == 1 else "apply"


def outcome_words(of: DecisionChanges, region: Region) -> str:
    """`action: route → reply_and_close`; values that hang on the case are those of the witness."""
    fields = {each.name: each for each in of.fields}
    told = [_change(each, fields[each.field], region.witness) for each in region.kind.changes]
    return "; ".join(told) or "the same outcome"


def _change(change: Change, field: Compared, witness: Witness | None) -> str:
    name = f"{field.name}: " if field.name else ""
    if change.how == "from to":
        old, new = value(change.old, field.old), value(change.new, field.new)
        return f"{name}{old} → {new}"
    if witness is None:
        return f"{name}{change.how}"
    old, new = (
        _short(value(_of(outcome, field), type_))
        for outcome, type_ in ((witness.old.outcome, field.old), (witness.new.outcome, field.new))
    )
    return f"{name}{old} → {new}"


def _of(outcome: Any, field: Compared) -> Any:
    return outcome if field.old_place is None else outcome[field.wire]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def value(of: Any, type_: types.Type) -> str:
    """A value in wire form."""
    match type_, of:
        case _, None:
            return "missing"
        case _, True | False:
            return "true" if of else "false"
        case types.Enum(members=members), _:
            return next((each.name for each in members if each.wire == of), str(of))
        case types.ListOf(element=element), list():
            return f"[{', '.join(value(each, element) for each in of)}]"
        case types.Record(fields=fields), dict():
            inside = (
                f"{each.name}: {value(of[each.wire], each.type)}"
                for each in fields
                if of.get(each.wire) is not None
            )
            return f"{{ {', '.join(inside)} }}"
        case ((types.Duration() | types.Instant()), str()):
            return of
        case types.Number(), int() | float():
            return write_text(of, type_)
        case _:
            return json.dumps(of, ensure_ascii=False)


# the facts that matter


def where(facts: Sequence[Fact], versions: Versions) -> list[str]:
    """One phrase for one fact, but that several triggers of one text are told at once."""
    given = {each.path for each in facts if not isinstance(each.what, Given | Many)}
    counted = {each.path for each in facts if isinstance(each.what, Many)}
    elements = {path[:-1] for path in given | counted if path and isinstance(path[-1], int)}
    elements |= {path[: _first_place(path)] for path in given if _first_place(path) is not None}
    told: list[str] = []
    said: set[tuple[Path, bool]] = set()
    for each in facts:
        match each.what:
            case Says(mentioned=mentioned):
                if (each.path, mentioned) not in said:
                    said.add((each.path, mentioned))
                    told.append(_mentions(facts, each.path, mentioned, versions))
            case Given(given=True) if _is_told_elsewhere(each.path, given, counted):
                pass
            case Many(least=least, most=None) if least and each.path in elements:
                pass
            case NoneNamed() if any(path == each.path for path, _ in said):
                pass
            case _:
                told.append(f"{place(each.path)} {_is(each.what, each.type)}")
    return told


def _first_place(path: Path) -> int | None:
    return next((at for at, step in enumerate(path) if isinstance(step, int)), None)


def _is_told_elsewhere(path: Path, given: Collection[Path], counted: Collection[Path]) -> bool:
    return any(other[: len(path)] == path for other in (*given, *counted))


def _mentions(facts: Sequence[Fact], path: Path, mentioned: bool, versions: Versions) -> str:
    triggers = [
        each.what.trigger
        for each in facts
        if each.path == path and isinstance(each.what, Says) and each.what.mentioned == mentioned
    ]
    found = {each: versions.get(each) for each in triggers}
    which = next(iter(set(found.values()))) if len(set(found.values())) == 1 else None
    names = [
        f"`{each.name}`" + (f" of {version}" if version and not which else "")
        for each, version in found.items()
    ]
    verb = "mentions" if mentioned or len(names) > 1 else "does not mention"
    several = _listed(names, "and" if mentioned else "or")
    if not mentioned and len(names) > 1:
        several = f"none of {_listed(names, 'and')}"
    return f"{place(path)} {verb} {several}" + (f" of {which}" if which else "")


def _listed(items: Sequence[str], joint: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {joint} {items[-1]}"


def place(path: Path) -> str:
    """`template.tier`, `intents 1 confidence`: elements are counted from 1."""
    told = ""
    for step in path:
        if isinstance(step, int):
            told += f"[{step + 1}]"
        else:
            told += f".{step}" if told else step
    return f"`{told}`" if told else "the case"


def _is(what: What, type_: types.Type) -> str:
    match what:
        case Is(values=values):
            return f"is {_listed([value(each, type_) for each in values], 'or')}"
        case Within(range=within):
            told = range_words(_in_full(within, type_), type_)
            return f"is {told}" if told[:1] not in "<>" else told
        case Given(given=given):
            return "is given" if given else "is missing"
        case Many(least=least, most=most):
            return _many(least, most)
        case NoneNamed():
            return "is a text that the policy does not name"
        case Apart(later=later, range=within):
            return f"lies {_length(within)} before {place(later)}"
        case Says():
            raise TypeError(what)


def _in_full(of: types.Range, type_: types.Type) -> types.Range:
    """Whole numbers have no open ends, and an end of the type is an end."""
    if not isinstance(type_, types.Number):
        return of
    low, high, low_open, high_open = of.low, of.high, of.low_open, of.high_open
    if type_.integer:
        low = low if low is None or not low_open else low + 1
        high = high if high is None or not high_open else high - 1
        low_open = high_open = False
        if low is None and high == type_.range.low:
            low = high
    return types.Range(low, high, low_open, high_open)


def _many(least: int, most: int | None) -> str:
    if most == 0:
        return "is empty"
    if least == most:
        return f"has {_elements(least)}"
    if most is None:
        return f"has {_elements(least)} or more"
    return f"has at most {_elements(most)}" if not least else f"has {least} to {most} elements"


def _elements(count: int) -> str:
    return "1 element" if count == 1 else f"{count} elements"


def _length(of: types.Range) -> str:
    low = None if of.low is None else write_duration(int(of.low))
    high = None if of.high is None else write_duration(int(of.high))
    if low is not None and low == high:
        return low
    if low is None:
        return f"{'less than' if of.high_open else 'at most'} {high}"
    if high is None:
        return f"{'more than' if of.low_open else 'at least'} {low}"
    upper = f"{'less than' if of.high_open else 'at most'} {high}"
    return f"{'more than' if of.low_open else 'at least'} {low} and {upper}"


# a case


def case_words(of: Witness, type_: types.Type | None) -> str:
    """The facts that matter, as an example of the policy has them; `…` stands for any others."""
    matters = of.matters
    told = "".join(_case(of.input, type_, (), matters))
    at = f" at {of.as_of}" if ("now",) in matters else ""
    return told + at


def _case(
    of: Any, type_: types.Type | None, path: Path, matters: Collection[Path]
) -> Iterator[str]:
    match of:
        case dict():
            fields: dict[str, types.Field] = {}
            if isinstance(type_, types.Record):
                fields = {each.wire: each for each in type_.fields}
            parts, left_out = [], False
            for key, inside in of.items():
                if _matters((*path, key), matters):
                    field = fields.get(key)
                    name = key if field is None else field.name
                    its = None if field is None else field.type
                    said = "".join(_case(inside, its, (*path, key), matters))
                    parts.append(f"{name if _NAME.match(name) else json.dumps(name)}: {said}")
                else:
                    left_out = True
            if left_out:
                parts.append("…")
            yield f"{{ {', '.join(parts)} }}" if parts else "{}"
        case list():
            element = type_.element if isinstance(type_, types.ListOf) else None
            inside = ("".join(_case(e, element, (*path, at), matters)) for at, e in enumerate(of))
            yield f"[{', '.join(inside)}]"
        case _ if type_ is not None:
            yield value(of, type_)
        case _:
            yield json.dumps(of, ensure_ascii=False)


def _matters(path: Path, matters: Collection[Path]) -> bool:
    return any(
        each and (each[: len(path)] == path or path[: len(each)] == each) for each in matters
    )
