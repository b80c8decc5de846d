"""Random tables, defines and decisions over a vocabulary, as text.

An outcome's `action` is a literal, and rules come from loose to strict where the order under
`first` asks for it; what must be known is drawn as known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from engine.language.types import Bool, Enum, Field, ListOf, Record, Text, Type
from tests.generate.expressions import Made, Maker, Scope, Way
from tests.generate.vocabulary import INTEGER, NUMBER, Callable, Fact, reach, spell, spell_field

CASE = "case"
HITS = ("first", "unique", "collect", "sum", "strictest by action", None)
DEPTH = 3


@dataclass(frozen=True)
class Frame:
    """What the rules of one decision share: what it gives, what they may set, how they are hit."""

    hit: str | None
    result: Type
    settable: tuple[Field, ...]
    scope: Scope


def facts_of(maker: Maker) -> Scope:
    case = Scope(tuple(reach(Fact(CASE, maker.vocabulary.case))))
    instant = maker.vocabulary.scalars[5]
    return case.binding("now", instant)


# tables


def table(maker: Maker, name: str) -> str:
    """Total and without overlaps: each column is cut into parts, or says `-`."""
    vocabulary = maker.vocabulary
    types = [maker.pick(vocabulary.scalars[:-1]) for _ in range(maker.pick((1, 1, 2)))]
    result = maker.pick(vocabulary.scalars[:-1])
    parameters = [f"p{place}" for place in range(len(types))]
    vocabulary.tables.append(Callable(name, tuple(types), result))
    named = ", ".join(f"{p}: {spell(type_)}" for p, type_ in zip(parameters, types, strict=True))
    head = f"table {name}({named}): {spell(result)}"
    parts = [_parts(maker, type_) for type_ in types]
    if len(types) == 2 and maker.chance():
        return "\n".join([head, *_two_way(maker, parts, result)])
    rows = [[*parameters, "result"]]
    for first in parts[0]:
        for rest in _rests(maker, parts[1:]):
            rows.append([first, *rest, maker.literal(result).text])
    return "\n".join([head, *(f"  | {' | '.join(row)} |" for row in rows)])


def _rests(maker: Maker, parts: Sequence[Sequence[str]]) -> list[list[str]]:
    if not parts:
        return [[]]
    return [[each] for each in parts[0]] if maker.chance() else [["-"]]


def _two_way(maker: Maker, parts: Sequence[Sequence[str]], result: Type) -> list[str]:
    down, across = parts
    lines = [f"  | | {' | '.join(across)} |"]
    for each in down:
        results = (maker.literal(result).text for _ in across)
        lines.append(f"  | {each} | {' | '.join(results)} |")
    return lines


def _parts(maker: Maker, type_: Type) -> list[str]:
    """Cells that take in every value once."""
    literals = maker.vocabulary.literals(type_)
    match type_:
        case Bool():
            return ["true", "false"]
        case Enum():
            some = literals[: maker.pick(range(1, len(literals) + 1))]
            return list(some) if len(some) == len(literals) else [*some, "-"]
        case Text():
            return [", ".join(literals[1 : maker.pick((2, 3))]), literals[0], "-"]
        case _:
            return _stretches(maker, literals)


def _stretches(maker: Maker, literals: Sequence[str]) -> list[str]:
    places = sorted({maker.pick(range(len(literals))) for _ in range(2)} - {0})
    ends = [literals[place] for place in places] or [literals[1]]
    if literals[0].startswith("2026-01-01"):
        ends = sorted(ends)[-1:]
    if maker.chance():
        return [f"< {ends[0]}", *(f"{a} ..< {b}" for a, b in pairwise(ends)), f">= {ends[-1]}"]
    middle = [f"> {ends[0]}"] if len(ends) == 1 else ["-"]
    return [f"<= {ends[0]}", *middle]


# defines


def define(maker: Maker, name: str, way: Way | None = None) -> str:
    """A shared condition or value of a case and perhaps of one value more."""
    vocabulary, scope = maker.vocabulary, facts_of(maker)
    types: list[Type] = [vocabulary.case]
    if way is None and maker.chance():
        types.append(maker.pick(vocabulary.scalars[:-1]))
        scope = scope.binding("extra", types[1], unknown=True)
    wanted = result_of(maker, way) if way else maker.pick((Bool(), *vocabulary.scalars[:-1]))
    made = maker.apply(way, wanted, scope, 1) if way else maker.expression(wanted, scope, DEPTH)
    vocabulary.defines.append(Callable(name, tuple(types), wanted, made.sensitive))
    named = ", ".join(
        f"{p}: {spell(type_)}" for p, type_ in zip((CASE, "extra"), types, strict=False)
    )
    typed = f": {spell(wanted)}" if way is None and maker.chance() else ""
    return f"define {name}({named}){typed} = {made.text}"


def result_of(maker: Maker, way: Way) -> Type:
    """A type that the way can give."""
    match way.signature.result:
        case "bool":
            return Bool()
        case "number":
            return NUMBER
        case "integer":
            return INTEGER
        case "list":
            return ListOf(maker.pick(maker.vocabulary.scalars[:-1]), 3)
        case "same" if "ordered" in way.signature.operands:
            return maker.pick(maker.vocabulary.ordered)
        case "same" | "element" | "alike":
            return maker.pick(maker.vocabulary.scalars[:-1])
        case "duration":
            return maker.vocabulary.scalars[4]
        case "instant":
            return maker.vocabulary.scalars[5]
        case _:
            return Text()


# decisions


def decision(maker: Maker, name: str, shown: Sequence[Callable] = ()) -> tuple[str, str]:
    """The record of its outcomes, and the decision; it always gives the values of `shown`."""
    hit = maker.pick([hit for hit in HITS if not shown or hit not in ("collect", "sum")])
    frame, record, always = _frame(maker, hit, shown)
    lines = [f"decision {name}({CASE}: Case): {spell(frame.result)}"]
    for place in range(maker.pick(range(3 if hit else 4))):
        lines += _rule(maker, frame, "guard", f"g{place}", None)
    if hit is not None:
        lines.append(f"  {hit}")
        lines += _rules(maker, frame)
    if hit not in ("collect", "sum"):
        strictest = maker.vocabulary.action.members[0].name
        lines += ["  otherwise", f"    then {_outcome(maker, frame, frame.scope, strictest)}"]
    lines += _always(maker, frame, always)
    lines += ["  refused", f"    then {_fixed(maker, frame, always)}"]
    return record, "\n".join(lines)


def _frame(
    maker: Maker, hit: str | None, shown: Sequence[Callable]
) -> tuple[Frame, str, list[Field]]:
    vocabulary, scope = maker.vocabulary, facts_of(maker)
    if hit == "sum":
        summed: tuple[Type, ...] = (NUMBER, INTEGER, vocabulary.scalars[4])
        result = maker.pick(summed)
        return Frame(hit, result, (), scope), "", []
    if not shown and hit not in ("strictest by action", "collect") and maker.chance():
        plain: tuple[Type, ...] = (vocabulary.action, Text(), Bool(), NUMBER, ListOf(Text(), 200))
        result = maker.pick(plain)
        return Frame(hit, result, (), scope), "", []
    violations = hit == "collect" and maker.chance()
    fields = [Field("action", "action", vocabulary.action, has_default=violations)]
    first = vocabulary.literals(vocabulary.action)[0] if violations else None
    lines = [spell_field(fields[0], first)]
    for place, type_ in enumerate(
        maker.pick(((), (Text(),), (NUMBER, Bool()), (ListOf(Text(), 200),)))
    ):
        optional = violations or maker.chance()
        fields.append(Field(f"out_{place}", f"out_{place}", type_, optional))
        lines.append(spell_field(fields[-1]))
    if violations:
        fields += [Field("code", "code", Text()), Field("text", "text", Text(), has_default=True)]
        lines += ["  code: text", '  text: text default "none"']
    always = [] if hit == "collect" else _shown_fields(maker, shown)
    record = Record("Outcome", (*fields, *always))
    text = "\n".join(["record Outcome", *lines, *map(spell_field, always)])
    result = ListOf(record, 20) if hit == "collect" else record
    return Frame(hit, result, tuple(fields), scope), text, always


def _shown_fields(maker: Maker, shown: Sequence[Callable]) -> list[Field]:
    """Fields that `always` sets: a note, and a value for each define."""
    fields = [Field("note", "note", Text())] if maker.chance() else []
    for each in shown:
        type_ = replace(each.result, bound=200) if isinstance(each.result, ListOf) else each.result
        name = f"shown_{each.name}"
        fields.append(Field(name, name, type_, optional=True, sensitive=each.sensitive))
    return fields


def _rules(maker: Maker, frame: Frame) -> list[str]:
    lines: list[str] = []
    count = maker.pick(range(1, 4))
    members = [member.name for member in maker.vocabulary.action.members]
    actions = [maker.pick(members) for _ in range(count)]
    if frame.hit == "first":
        actions.sort(key=members.index, reverse=True)
    for place, action in enumerate(actions):
        guarded = _gives_violations(frame) and maker.chance()
        if guarded:
            lines += _guardrail(maker, frame, f"r{place}")
        else:
            lines += _rule(maker, frame, "rule", f"r{place}", action)
    return lines


def _gives_violations(frame: Frame) -> bool:
    return frame.hit == "collect" and any(each.name == "code" for each in frame.settable)


def _rule(maker: Maker, frame: Frame, word: str, name: str, action: str | None) -> list[str]:
    """A guard may be hit by an unknown, and gives the whole result; a rule knows what it asked."""
    asked, condition, seen, reasons = _condition(maker, frame.scope)
    lines = [f"  {word} {name}", f"    when {asked}"]
    guard = word == "guard"
    own = maker.pick(("", "", "apply", "skip", "own"))
    needs = condition.unknown and ((frame.hit == "sum" and not guard) or own == "own")
    if needs or own == "own":
        lines.append(f"    when unknown: {_given(maker, frame, frame.scope, action, guard)}")
    elif own:
        lines.append(f"    when unknown: {own}")
    applies = own == "apply" or (guard and own == "")
    inside = frame.scope if applies else seen
    lines.append(f"    then {_given(maker, frame, inside, action, guard)}")
    if maker.chance():
        lines.append(f"    because {template(maker, seen, reasons)}")
    return lines


def _condition(maker: Maker, scope: Scope) -> tuple[str, Made, Scope, list[str]]:
    """The condition, and what is known once it is true: a fact that was asked for, or a witness."""
    made = maker.condition(scope, DEPTH)
    form = maker.pick(("plain", "plain", "known", "witness", "mentions"))
    optional = [fact for fact in scope.facts if fact.unknown and not isinstance(fact.type, Record)]
    lists = [fact for fact in scope.facts if isinstance(fact.type, ListOf) and not fact.unknown]
    if form == "known" and optional:
        fact = maker.pick(optional)
        known = tuple(
            replace(each, unknown=False) if each == fact else each for each in scope.facts
        )
        return f"{fact.path} is known and {made.text}", made, replace(scope, facts=known), []
    if form == "witness" and lists:
        fact = maker.pick(lists)
        element = fact.type.element if isinstance(fact.type, ListOf) else fact.type
        inner = replace(scope, nesting=1).binding("w", element, fact.sensitive)
        inside = maker.condition(inner, 2)
        unknown = Made("", made.unknown or inside.unknown)
        seen = scope.binding("w", element, fact.sensitive)
        return f"{made.text} and (any w in {fact.path} where {inside.text})", unknown, seen, []
    if form == "mentions":
        mentioned = maker.mentions(scope, 1)
        return f"{mentioned.text} and {made.text}", Made("", True), scope, ["{matched}"]
    return made.text, made, scope, []


def _guardrail(maker: Maker, frame: Frame, name: str) -> list[str]:
    lines = [f"  guardrail {name}"]
    if maker.chance():
        lines.append(f"    when {maker.condition(frame.scope, 2).text}")
    lines.append(f"    requires {maker.condition(frame.scope, 2).text}")
    if maker.chance():
        lines.append(f"    because {template(maker, frame.scope, [])}")
    return lines


def _given(maker: Maker, frame: Frame, scope: Scope, action: str | None, guard: bool) -> str:
    """What a rule gives: the outcome, under `collect` an element, from a guard the whole list."""
    if frame.hit == "collect" and not guard:
        element = frame.result.element if isinstance(frame.result, ListOf) else frame.result
        return _outcome(maker, replace(frame, hit=None, result=element), scope, action)
    return _outcome(maker, frame, scope, action)


def _outcome(maker: Maker, frame: Frame, scope: Scope, action: str | None) -> str:
    result = frame.result
    if isinstance(result, ListOf) and isinstance(result.element, Record):
        inner = _settings(maker, frame, scope, action)
        return maker.pick(("[]", f"[{{ {inner} }}]"))
    if isinstance(result, Record):
        return _settings(maker, frame, scope, action)
    if result == maker.vocabulary.action:
        return action or maker.literal(result).text
    return maker.known(result, scope, 2).text


def _settings(maker: Maker, frame: Frame, scope: Scope, action: str | None) -> str:
    settings = [f"action: {action or maker.pick(maker.vocabulary.action.members).name}"]
    for each in frame.settable[1:]:
        if each.required or maker.chance():
            settings.append(f"{each.name}: {maker.known(each.type, scope, 2).text}")
    return ", ".join(settings)


def _always(maker: Maker, frame: Frame, always: Sequence[Field]) -> list[str]:
    if not always:
        return []
    lines = ["  always"]
    scope = frame.scope
    for each in frame.settable:
        scope = scope.binding(f"outcome.{each.name}", each.type, unknown=each.optional)
    for each in always:
        if each.name == "note":
            lines.append(f"    note: {template(maker, scope, [])}")
        else:
            lines.append(f"    {each.name}: {each.name.removeprefix('shown_')}({CASE})")
    return lines


def _fixed(maker: Maker, frame: Frame, always: Sequence[Field]) -> str:
    if isinstance(frame.result, ListOf):
        return "[]"
    if not isinstance(frame.result, Record):
        return maker.literal(frame.result).text
    settings = [
        f"{each.name}: {maker.literal(each.type).text}" for each in (*frame.settable, *always)
    ]
    return ", ".join(settings)


# texts


def template(maker: Maker, scope: Scope, more: Sequence[str]) -> str:
    """A text with insertions; no quotes within its quotes."""
    pieces = ["because", *more]
    for _ in range(maker.pick(range(3))):
        pieces.append(_piece(maker, scope))
    return f'"{" ".join(pieces)}"'


def _piece(maker: Maker, scope: Scope) -> str:
    form = maker.pick(("show", "number", "list", "if", "for"))
    if form == "number":
        made = maker.known(NUMBER, scope, 1)
        return _shown(made, maker.pick(("", ": 0", ": 0.00", ": 0.0%")))
    if form == "if":
        made = maker.condition(scope, 1)
        return "plain" if '"' in made.text else f"{{if {made.text}}}yes{{else}}no{{end}}"
    lists = [
        f for f in scope.facts if isinstance(f.type, ListOf) and not (f.unknown or f.sensitive)
    ]
    if form == "for" and lists:
        fact = maker.pick(lists)
        element = fact.type.element if isinstance(fact.type, ListOf) else fact.type
        inner = scope.binding("each", element)
        return f"{{for each in {fact.path}}}-{_piece_of(maker, inner)}{{end}}"
    wanted = maker.pick(maker.vocabulary.scalars[:-1])
    return _shown(maker.known(wanted, scope, 1), "")


def _piece_of(maker: Maker, scope: Scope) -> str:
    shown = [
        fact
        for fact in scope.facts
        if fact.path.startswith("each")
        and not (fact.unknown or fact.sensitive)
        and not isinstance(fact.type, Record)
    ]
    return f"{{{maker.pick(shown).path}}}" if shown else "x"


def _shown(made: Made, format_: str) -> str:
    return "plain" if '"' in made.text else f"{{{made.text}{format_}}}"
