"""What a policy knows before it decides: facts, choices, numbers, lists, trigger words, tables."""

from collections.abc import Iterable, Iterator, Sequence

from engine.language import types
from engine.language.phrases import NearGroup, Pattern, Phrase, grouped
from engine.language.types import Type
from engine.program import nodes as program
from engine.program.words import (
    counted,
    listed,
    range_words,
    sentence,
    type_words,
    value_words,
    words,
)
from engine.verbs.pages.markdown import bullets, heading, paragraph, plain, table


def facts(policy: program.Program) -> Iterator[str]:
    """Every record that a case, an event or an outcome is made of, those asked for first."""
    given = records_of(_asked_for(policy))
    if given:
        yield from heading(2, "Facts")
        yield from paragraph(
            "What is told of a case. A case in which a required fact is missing, or a fact is not "
            "what it may be, is refused."
        )
        for record in given:
            yield from heading(3, plain(sentence(words(record.name)).rstrip(".")))
            yield from table(
                ("Fact", "May be", "When it is not given", "Meaning"),
                (_fact(field) for field in record.fields),
            )
    for each in policy.codes.values():
        yield from _code(each)


def _asked_for(policy: program.Program) -> Iterator[Type]:
    for decision in policy.decisions.values():
        yield from (parameter.type for parameter in decision.parameters)
    for lifecycle in policy.lifecycles.values():
        yield lifecycle.parameter.type
        yield from (field.type for event in lifecycle.events for field in event.payload.fields)


def records_of(asked: Iterable[Type]) -> list[types.Record]:
    """The records in these types, each once, outer ones first."""
    found: dict[str, types.Record] = {}
    waiting = list(asked)
    while waiting:
        type_ = waiting.pop(0)
        if isinstance(type_, types.ListOf):
            waiting.append(type_.element)
        elif isinstance(type_, types.Record) and type_.name not in found:
            found[type_.name] = type_
            waiting.extend(field.type for field in type_.fields)
    return [record for record in found.values() if record.fields]


def _fact(field: types.Field) -> tuple[str, str, str, str]:
    if field.has_default:
        default = value_words(field.default, field.type)
        why = f", because {_because(field.because)}" if field.because else ""
        otherwise = plain(f"{default}{why}")
    else:
        otherwise = _left_out(field)
    note = plain(field.note or "")
    meaning = f"{note} *(sensitive: never shown)*".strip() if field.sensitive else note
    kept = f"{plain(_kept(field.kept))} " if field.kept else ""
    return (
        plain(words(field.name)),
        plain(type_words(field.type)),
        otherwise,
        f"{kept}{meaning}".strip(),
    )


def _left_out(field: types.Field) -> str:
    if field.optional:
        return "it is unknown"
    if isinstance(field.type, types.Record) and not any(
        each.required for each in field.type.fields
    ):
        return "as if none of its facts were given"
    return "**required**"


def _because(text: str) -> str:
    """A reason in the middle of a sentence."""
    first = text.split(" ", maxsplit=1)[0]
    return text[:1].lower() + text[1:] if first.istitle() else text


def _kept(kept: types.Kept) -> str:
    what = {
        "count": f"how many {words(kept.record)}s there were by {words(kept.by)}",
        "distinct": f"how many different {words(kept.by)}s the {words(kept.record)}s had",
        "minimum": f"the least {words(kept.by)} of the {words(kept.record)}s",
        "maximum": f"the greatest {words(kept.by)} of the {words(kept.record)}s",
    }[kept.kind]
    return f"Kept by the system: {what}{' and day' if kept.daily else ''}."


def _code(each: types.Code) -> Iterator[str]:
    yield from heading(3, plain(sentence(words(each.name)).rstrip(".")))
    yield from paragraph(plain(f"Written as {type_words(each).removeprefix('code: ')}, where"))
    yield from bullets(plain(f"‹{words(part.name or '')}› is {_part(part)}") for part in each.named)


def _part(part: types.CodePart) -> str:
    return "text" if part.type is None else type_words(part.type)


def choices(policy: program.Program) -> Iterator[str]:
    states = {each.state_type.name for each in policy.lifecycles.values()}
    told = [
        each
        for each in policy.enums.values()
        if each.name not in states and (each.order or any(member.note for member in each.members))
    ]
    if not told:
        return
    yield from heading(2, "Choices")
    for each in told:
        order = f", {_ORDERED[each.order]}" if each.order else ""
        yield from paragraph(f"**{plain(sentence(words(each.name)).rstrip('.'))}**{order}:")
        yield from bullets(
            plain(member.wire) + (f": {plain(member.note)}" if member.note else "")
            for member in each.members
        )


_ORDERED = {
    "strict to loose": "from the strictest to the loosest",
    "low to high": "from the lowest to the highest",
}


def numbers(policy: program.Program) -> Iterator[str]:
    if policy.thresholds:
        yield from heading(2, "Numbers")
        yield from table(
            ("Number", "Value", "Why"),
            (
                (
                    plain(words(each.name)),
                    f"**{plain(value_words(each.value, each.type))}**",
                    plain(each.because or ""),
                )
                for each in policy.thresholds.values()
            ),
        )


def lists(policy: program.Program) -> Iterator[str]:
    if not policy.lists:
        return
    yield from heading(2, "Lists")
    for each in policy.lists.values():
        yield from paragraph(f"**{plain(sentence(words(each.name)).rstrip('.'))}**:")
        items = [
            plain(value_words(item, each.element)) + (f": {plain(note)}" if note else "")
            for item, note in zip(each.items, each.notes, strict=True)
        ]
        yield from bullets(items or ["(empty)"])


def triggers(policy: program.Program) -> Iterator[str]:
    if policy.triggers:
        yield from heading(2, "Words that are looked for")
        yield from paragraph(
            "A text mentions a name below when any of its words stand in it: whole words, in "
            "capitals or not, several in a row with nothing but signs and spaces between them."
        )
        yield from table(
            ("Name", "Any of", "But not as part of"),
            (
                (plain(words(each.name)), _patterns(each.patterns), _patterns(each.exceptions))
                for each in policy.triggers
            ),
        )


def _patterns(patterns: Sequence[Pattern]) -> str:
    return ", ".join(plain(_pattern(each)) for each in grouped(patterns))


def _pattern(pattern: Phrase | NearGroup) -> str:
    match pattern:
        case Phrase():
            return _phrase(pattern)
        case NearGroup(left=left, right=right, within=within):
            either, other = (listed(map(_phrase, side), "or") for side in (left, right))
            return f"{either} with {other} at most {counted(within, 'word')} away"


def _phrase(phrase: Phrase) -> str:
    if phrase.said.endswith("*") and " " not in phrase.said:
        return f"words beginning with “{phrase.said.rstrip('*')}”"
    return f"“{phrase.said}”"


def tables(policy: program.Program) -> Iterator[str]:
    if not policy.tables:
        return
    yield from heading(2, "Tables")
    for each in policy.tables.values():
        asked = listed(words(parameter.name) for parameter in each.parameters)
        yield from paragraph(
            f"**{plain(sentence(words(each.name)).rstrip('.'))}** (by {plain(asked)})"
        )
        yield from _grid(each) or _rows(each)


def _rows(of: program.Table) -> Iterator[str]:
    names = [plain(words(parameter.name)) for parameter in of.parameters]
    return table([*names, "gives"], (_row(of, row) for row in of.rows))


def _row(of: program.Table, row: program.Row) -> list[str]:
    return [*(plain(cell) for cell in _cells(of, row)), _result(of, row)]


def _cells(of: program.Table, row: program.Row) -> list[str]:
    cells = zip(row.cells, of.parameters, strict=True)
    return [cell_words(cell, parameter.type) for cell, parameter in cells]


def _result(of: program.Table, row: program.Row) -> str:
    return f"**{plain(value_words(row.result, of.result))}**"


def _grid(of: program.Table) -> list[str] | None:
    """A table of two columns with a row for every pair, as its author may have written it."""
    if len(of.parameters) != 2:
        return None
    results = {tuple(_cells(of, row)): _result(of, row) for row in of.rows}
    down = list(dict.fromkeys(left for left, _ in results))
    across = list(dict.fromkeys(right for _, right in results))
    if min(len(down), len(across)) < 2 or len(of.rows) != len(down) * len(across):
        return None
    rows = ([plain(left), *(results[left, right] for right in across)] for left in down)
    return list(table([plain(words(of.parameters[0].name)), *map(plain, across)], rows))


def cell_words(cell: program.Cell, type_: Type) -> str:
    match cell:
        case program.Anything():
            return "anything"
        case program.Values(values=values):
            return listed((value_words(value, type_) for value in values), "or")
        case program.Within(range=range_):
            return range_words(range_, type_)
