"""Two versions to what was edited: numbers, lists, words, tables, definitions, rules, promises.

What callers see is not told here, and reasons and notes only as that they are other ones.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from engine.language import types
from engine.language.phrases import NearGroup, Pattern, Phrase, grouped
from engine.language.values import write_text
from engine.program import nodes as program
from engine.program.same import Same
from engine.verbs.comparing.models import Part

_MOST = 6


def part_changes(old: program.Program, new: program.Program, same: Same) -> tuple[Part, ...]:
    return tuple(_parts(old, new, same))


def _parts(old: program.Program, new: program.Program, same: Same) -> Iterator[Part]:
    yield from _header(old, new)
    yield from _each("threshold", old.thresholds, new.thresholds, _threshold)
    yield from _each("list", old.lists, new.lists, _list)
    yield from _each("words", _by_name(old.triggers), _by_name(new.triggers), _trigger)
    yield from _each("table", old.tables, new.tables, _table)
    yield from _each("define", old.defines, new.defines, _define)
    for name in new.decisions:
        if name in old.decisions:
            yield from _decision(old.decisions[name], new.decisions[name], same)
    for name in new.lifecycles:
        if name in old.lifecycles:
            yield from _lifecycle(old.lifecycles[name], new.lifecycles[name])
    yield from _promises(old, new)


def _by_name(of: Sequence[Any]) -> dict[str, Any]:
    return {each.name: each for each in of}


def _each(
    word: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    told: Callable[[Any, Any], Iterator[str]],
) -> Iterator[Part]:
    for name, each in new.items():
        if name not in old:
            yield Part(word, f"`{name}` is new")
        else:
            yield from (Part(word, f"`{name}`: {text}") for text in told(old[name], each))
    for name in old:
        if name not in new:
            yield Part(word, f"`{name}` is gone")


def _header(old: program.Program, new: program.Program) -> Iterator[Part]:
    for word, before, after in (
        ("title", old.title, new.title),
        ("owner", old.owner, new.owner),
        ("source", old.origin, new.origin),
        ("governs", ", ".join(old.governs), ", ".join(new.governs)),
    ):
        if before != after:
            yield Part("header", f"`{word}`: {_quoted(before)} → {_quoted(after)}")


def _quoted(text: str | None) -> str:
    return f'"{text}"' if text else "nothing"


def _threshold(old: program.Threshold, new: program.Threshold) -> Iterator[str]:
    if old.value != new.value or old.type != new.type:
        yield f"{write_text(old.value, old.type)} → {write_text(new.value, new.type)}"
    elif old.because != new.because:
        yield "another reason"


def _list(old: program.NamedList, new: program.NamedList) -> Iterator[str]:
    before, after = ([_value(item, each.element) for item in each.items] for each in (old, new))
    gained, lost = _apart(before, after)
    if gained or lost:
        yield _gained_and_lost(gained, lost)
    elif old.items != new.items:
        yield "the same in another order"


def _trigger(old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    told = []
    for word, before, after in (
        ("", old.patterns, new.patterns),
        ("except ", old.exceptions, new.exceptions),
    ):
        gained, lost = _apart(_said(before), _said(after))
        if gained or lost:
            told.append(word + _gained_and_lost(gained, lost))
    yield "; ".join(told) or "the same words in another order"


def _said(patterns: Sequence[Pattern]) -> list[str]:
    """Words that are looked for near the same words as one."""
    found = []
    for each in grouped(patterns):
        match each:
            case Phrase(said=said):
                found.append(f'"{said}"')
            case NearGroup(left=left, right=right, within=within):
                sides = (" or ".join(one.said for one in side[:3]) for side in (left, right))
                one, other = (
                    f"({words}{' …' if len(side) > 3 else ''})"
                    for words, side in zip(sides, (left, right), strict=True)
                )
                found.append(f"{one} near {other}" + ("" if within == 5 else f" within {within}"))
    return found


def _apart(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    return [each for each in new if each not in old], [each for each in old if each not in new]


def _gained_and_lost(gained: Sequence[str], lost: Sequence[str]) -> str:
    told = [f"with {_listed(gained)}"] if gained else []
    return " and ".join([*told, *([f"without {_listed(lost)}"] if lost else [])])


def _listed(items: Sequence[str]) -> str:
    if len(items) > _MOST:
        items = [*items[: _MOST - 1], f"{len(items) - _MOST + 1} more"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _table(old: program.Table, new: program.Table) -> Iterator[str]:
    if old == new:
        return
    if old.parameters != new.parameters or old.result != new.result:
        yield "other columns"
        return
    before = {row.cells: row.result for row in old.rows}
    after = {row.cells: row.result for row in new.rows}
    told = []
    for cells, result in after.items():
        if cells not in before:
            told.append(f"{_cells(cells, new)}: now {_value(result, new.result)}")
        elif before[cells] != result:
            values = (_value(each, new.result) for each in (before[cells], result))
            told.append(f"{_cells(cells, new)}: {' → '.join(values)}")
    for cells, result in before.items():
        if cells not in after:
            told.append(f"{_cells(cells, old)}: no more {_value(result, old.result)}")
    yield from told[:_MOST] or ["the same rows in another order"]
    if len(told) > _MOST:
        yield f"and {len(told) - _MOST} rows more"


def _cells(cells: Sequence[program.Cell], of: program.Table) -> str:
    return " and ".join(
        _cell(cell, parameter) for cell, parameter in zip(cells, of.parameters, strict=True)
    )


def _cell(cell: program.Cell, of: program.Parameter) -> str:
    match cell:
        case program.Anything():
            return f"any {of.name}"
        case program.Values(values=values):
            return f"{of.name} {' or '.join(_value(each, of.type) for each in values)}"
        case program.Within(range=within):
            return f"{of.name} {range_words(within, of.type)}"


def range_words(of: types.Range, type_: types.Type) -> str:
    """As a cell of a table has it."""
    low = "" if of.low is None else write_text(of.low, type_)
    high = "" if of.high is None else write_text(of.high, type_)
    if of.low is not None and of.low == of.high:
        return low
    if of.low is None:
        return f"{'<' if of.high_open else '<='} {high}" if high else "any"
    if of.high is None:
        return f"{'>' if of.low_open else '>='} {low}"
    if of.low_open:
        return f"> {low} and {'<' if of.high_open else '<='} {high}"
    return f"{low} {'..<' if of.high_open else '..'} {high}"


def _value(value: Any, type_: types.Type) -> str:
    match type_, value:
        case _, None:
            return "missing"
        case types.Bool(), bool():
            return "true" if value else "false"
        case types.Enum(members=members), _:
            return next((each.name for each in members if each.wire == value), str(value))
        case types.Text() | types.Code(), str():
            return f'"{value}"'
        case types.ListOf(element=element), tuple():
            return f"[{', '.join(_value(each, element) for each in value)}]"
        case types.Record(fields=fields), tuple():
            inside = (
                f"{each.name}: {_value(one, each.type)}"
                for each, one in zip(fields, value, strict=True)
                if one is not None
            )
            return f"{{ {', '.join(inside)} }}"
        case _:
            return write_text(value, type_)


def _define(old: program.Define, new: program.Define) -> Iterator[str]:
    if old.parameters != new.parameters:
        yield "of other facts"
    elif written(old.value) != written(new.value):
        yield from _constants(old.value, new.value)


def _constants(old: program.Expression, new: program.Expression) -> Iterator[str]:
    if isinstance(old, program.Constant) and isinstance(new, program.Constant):
        yield f"{_value(old.value, old.type)} → {_value(new.value, new.type)}"
    else:
        yield "is defined otherwise"


# decisions


def _decision(old: program.Decision, new: program.Decision, same: Same) -> Iterator[Part]:
    where = f"`{new.name}`"
    before = _by_name((*old.guards, *old.rules))
    after = _by_name((*new.guards, *new.rules))
    renamed = _renamed(before, after, same)
    for name, each in after.items():
        if name in renamed:
            yield Part(each.kind, f"`{renamed[name]}` of {where} is called `{name}`")
        elif name not in before:
            yield Part(each.kind, f"`{name}` of {where} is new")
        else:
            for text in _rule(before[name], each):
                yield Part(each.kind, f"`{name}` of {where}: {text}")
    for name, each in before.items():
        if name not in after and name not in renamed.values():
            yield Part(each.kind, f"`{name}` of {where} is gone")
    yield from _order(old, new, where)
    yield from _rest(old, new, where)


def _renamed(
    old: Mapping[str, program.Rule], new: Mapping[str, program.Rule], same: Same
) -> dict[str, str]:
    """New names with the old ones."""
    found: dict[str, str] = {}
    for name, each in new.items():
        if name in old:
            continue
        for other, before in old.items():
            if other not in new and other not in found.values() and same.rule(before, each):
                found[name] = other
                break
    return found


def _rule(old: program.Rule, new: program.Rule) -> Iterator[str]:
    told = []
    if old.kind != new.kind:
        told.append(f"it is a {new.kind}, not a {old.kind}")
    if written(old.condition) != written(new.condition):
        told.append("another condition")
    if written(old.outcome) != written(new.outcome):
        told.append("another outcome")
    if written(old.unknown_outcome) != written(new.unknown_outcome):
        told.append("another outcome when unknown")
    if written(old.because) != written(new.because):
        told.append("another reason")
    if told:
        yield ", ".join(told)


def _order(old: program.Decision, new: program.Decision, where: str) -> Iterator[Part]:
    for word, before, after in (
        ("guards", old.guards, new.guards),
        ("rules", old.rules, new.rules),
    ):
        one = [each.name for each in before]
        other = [each.name for each in after]
        if [name for name in one if name in other] != [name for name in other if name in one]:
            yield Part("order", f"the {word} of {where} stand in another order")


def _rest(old: program.Decision, new: program.Decision, where: str) -> Iterator[Part]:
    if old.hit != new.hit or old.strictest_by != new.strictest_by:
        yield Part("hit policy", f"{where}: {_hit(old)} → {_hit(new)}")
    if written(_outcome_of(old)) != written(_outcome_of(new)):
        yield Part("otherwise", f"{where}: another outcome")
    if written(old.always) != written(new.always):
        yield Part("always", f"{where}: other fields")
    if old.refused != new.refused:
        yield Part("refused", f"{where}: another outcome")


def _hit(of: program.Decision) -> str:
    return "guards alone" if of.hit is None else f"`{of.hit}`"


def _outcome_of(of: program.Decision) -> Any:
    return None if of.otherwise is None else of.otherwise.outcome


# lifecycles


def _lifecycle(old: program.Lifecycle, new: program.Lifecycle) -> Iterator[Part]:
    where = f"`{new.name}`"
    for word, before, after in (
        ("transition", old.transitions, new.transitions),
        ("deadline", old.deadlines, new.deadlines),
    ):
        one, other = _by_name(before), _by_name(after)
        for name, each in other.items():
            if name not in one:
                yield Part(word, f"`{name}` of {where} is new")
                continue
            for text in _move(one[name], each):
                yield Part(word, f"`{name}` of {where}: {text}")
        for name in one:
            if name not in other:
                yield Part(word, f"`{name}` of {where} is gone")
    ends = [
        (each.name, each.initial, each.final) for each in old.states if each.initial or each.final
    ]
    if ends != [
        (each.name, each.initial, each.final) for each in new.states if each.initial or each.final
    ]:
        yield Part("states", f"{where}: others are initial or final")


def _move(old: Any, new: Any) -> Iterator[str]:
    told = []
    if getattr(old, "guard", None) != getattr(new, "guard", None):
        told.append("it is a guard" if new.guard else "it is no guard any more")
    if isinstance(new, program.Deadline) and (old.states, old.go) != (new.states, new.go):
        told.append("other states")
    if isinstance(new, program.Deadline) and written(old.at) != written(new.at):
        told.append("another instant")
    if written(old.condition) != written(new.condition):
        told.append("another condition")
    if written(old.sets) != written(new.sets):
        told.append("other facts are set")
    if written(old.because) != written(new.because):
        told.append("another reason")
    if told:
        yield ", ".join(told)


def _promises(old: program.Program, new: program.Program) -> Iterator[Part]:
    before, after = _by_name(old.guarantees), _by_name(new.guarantees)
    yield from _each("guarantee", before, after, _guarantee)
    titles = [{each.title: each for each in side.examples} for side in (old, new)]
    gained = sum(1 for each in titles[1] if each not in titles[0])
    lost = sum(1 for each in titles[0] if each not in titles[1])
    other = sum(1 for t, each in titles[1].items() if t in titles[0] and titles[0][t] != each)
    told = [
        f"{count} {word}"
        for count, word in ((gained, "new"), (lost, "gone"), (other, "changed"))
        if count
    ]
    if told:
        yield Part("examples", ", ".join(told))
    if old.waivers != new.waivers:
        yield Part("waivers", "others")


def _guarantee(old: program.Guarantee, new: program.Guarantee) -> Iterator[str]:
    if written(old.promise) != written(new.promise):
        yield "it promises something else"
    elif old.also_refused != new.also_refused:
        yield "also when refused" if new.also_refused else "no more when refused"


def written(of: Any) -> Any:
    """What is written there: a number or list by its name, whatever its value is."""
    match of:
        case program.Constant(name=str(name)):
            return name
        case tuple():
            return tuple(map(written, of))
        case _ if is_dataclass(of):
            parts = (written(getattr(of, each.name)) for each in fields(of) if each.compare)
            return (type(of), *parts)
        case _:
            return of
