"""A program's expression in plain words, as it stands or with the values that were read.

`condition` says that a condition holds, or with `holds=False` that it does not: the opposite of
`a and b` is said as `not a or not b`. `value` says what a value is. Whoever has decided a case
gives, in `Voice.seen`, the values that stand behind the words in brackets; a sensitive one is
withheld there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from engine.language import types
from engine.language.operators import OPERATORS
from engine.program import nodes as program
from engine.program.wording import (
    AGGREGATED,
    APPLIED,
    AUXILIARIES,
    COMPARED,
    IN_TIME,
    INFIX,
    PREPOSITIONS,
    TESTED,
    VARIADIC,
)
from engine.program.words import field_noun, listed, possessive, singular, value_words, words

_HOLE = "\0"


@dataclass(frozen=True)
class Voice:
    """`subjects` are variables whose fields need no owner (the case itself, an outcome, an event),
    `given` those of which nobody needs to be told that a define is of them (all that a decision is
    asked with), `nouns` how others are called, `seen` the values read, in words, by the `id` of
    their node. `memo` is for who says the same of one program many times, and keeps the program."""

    subjects: frozenset[str] = frozenset({"outcome", "event"})
    given: frozenset[str] = frozenset()
    nouns: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[int, str] = field(default_factory=dict)
    memo: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)

    def calling(self, variable: str, noun: str) -> "Voice":
        subjects, given = self.subjects - {variable}, self.given - {variable}
        return Voice(subjects, given, {**self.nouns, variable: noun}, self.seen)

    def reading(self, seen: Mapping[int, str]) -> "Voice":
        return Voice(self.subjects, self.given, self.nouns, seen)


def voice_of(parameters: Sequence[program.Parameter], *more: str) -> Voice:
    """One record alone is the subject of everything that is said."""
    alone = [each.name for each in parameters] if len(parameters) == 1 else []
    records = [name for name in alone if isinstance(parameters[0].type, types.Record)]
    given = frozenset(each.name for each in parameters)
    return Voice(subjects=frozenset({"outcome", "event", *records, *more}), given=given)


def condition(node: program.Expression, voice: Voice, *, holds: bool = True) -> str:
    match node:
        case program.Not(operand=operand):
            return condition(operand, voice, holds=not holds)
        case program.Chain(symbol=symbol, operands=operands):
            joint = symbol if holds else {"and": "or", "or": "and"}[symbol]
            return f" {joint} ".join(_part(each, voice, holds=holds) for each in operands)
        case program.Apply(symbol=symbol, operands=(left, right)) if symbol in COMPARED:
            return _compared(symbol, left, right, voice, holds=holds)
        case program.CompareCount(symbol=symbol, count=count, other=other, count_left=count_left):
            left, right = (count, other) if count_left else (other, count)
            return _compared(symbol, left, right, voice, holds=holds)
        case program.Apply(symbol=symbol, operands=(operand,)) if symbol in TESTED:
            return f"{noun(operand, voice)} {_agreeing(operand, TESTED[symbol][not holds])}"
        case program.Apply(symbol="else", operands=(left, right)):
            return _fallen_back(left, right, voice, holds=holds)
        case program.Mentions():
            return _mentions(node, voice, holds=holds)
        case program.Quantified():
            return _quantified(node, voice, holds=holds)
        case program.Constant(value=True | False as constant):
            return "always" if constant is holds else "never"
        case program.Choice(branches=branches, otherwise=otherwise):
            told = [
                f"{condition(x.value, voice, holds=holds)} if {condition(x.condition, voice)}"
                for x in branches
            ]
            return f"{'; '.join(told)}; otherwise {condition(otherwise, voice, holds=holds)}"
        case _:
            return _fact(node, voice, holds=holds)


def value(node: program.Expression, voice: Voice) -> str:
    """The noun, and the value read in brackets."""
    told, seen = noun(node, voice), voice.seen.get(id(node))
    if seen is None or isinstance(node, program.Constant | program.MakeRecord | program.Template):
        return told
    return f"{told}, that is {seen}," if _is_sum(node) else f"{told} ({seen})"


def settings(record: program.MakeRecord, voice: Voice) -> Iterator[tuple[str, str]]:
    """The fields that an outcome sets, and to what."""
    if isinstance(record.type, types.Record):
        for each, node in zip(record.type.fields, record.values, strict=True):
            if node is not None:
                yield words(each.name), value(node, voice)


def template(pieces: Sequence[program.Piece], voice: Voice) -> str:
    """A sentence with what is filled in between `‹` and `›`."""
    return "".join(_piece(piece, voice) for piece in pieces)


def _piece(piece: program.Piece, voice: Voice) -> str:
    match piece:
        case program.Words(text=text):
            return text
        case program.Show(value=shown):
            return f"‹{noun(shown, voice)}›"
        case program.ShowMatched():
            return "‹the words found›"
        case program.Repeat(variable=variable, items=items, pieces=pieces):
            element = element_noun(items, voice)
            inner = template(pieces, voice.calling(variable, f"the {element}"))
            return f"‹for every {element}: {inner}›"
        case program.If(condition=asked, pieces=pieces, otherwise=otherwise):
            told = f"if {condition(asked, voice)}: {template(pieces, voice)}"
            return f"‹{told}{f'; otherwise: {template(otherwise, voice)}' if otherwise else ''}›"
        case _:
            assert_never(piece)


def _part(node: program.Expression, voice: Voice, *, holds: bool) -> str:
    told = condition(node, voice, holds=holds)
    return f"({told})" if isinstance(node, program.Chain | program.Choice) else told


def _compared(
    symbol: str, left: program.Expression, right: program.Expression, voice: Voice, *, holds: bool
) -> str:
    timed = isinstance(left.type, types.Instant) and symbol in IN_TIME
    copula = (IN_TIME if timed else COMPARED)[symbol][not holds]
    seen = voice.seen.get(id(left))
    if symbol in ("is", "is not") and seen is not None and isinstance(right, program.Constant):
        if copula == "is":
            return f"{noun(left, voice)} is {noun(right, voice)}"
        return f"{noun(left, voice)} is {seen}, not {noun(right, voice)}"
    copula = _agreeing(left, copula)
    if symbol in ("in", "not in") and not _is_named(right):
        return f"{value(left, voice)} {_one_of(right, voice, copula.endswith(' one of'))}"
    return f"{value(left, voice)} {copula} {value(right, voice)}"


def _agreeing(node: program.Expression, copula: str) -> str:
    several = isinstance(node.type, types.ListOf) and copula.startswith("is ")
    return f"are{copula.removeprefix('is')}" if several else copula


def _is_named(node: program.Expression) -> bool:
    if isinstance(node, program.Constant):
        return node.name is not None
    return not isinstance(node, program.MakeList)


def _one_of(node: program.Expression, voice: Voice, within: bool) -> str:
    """`is a, b or c`, of a list that stands in the condition itself."""
    match node:
        case program.MakeList(items=items):
            told = [value(each, voice) for each in items]
        case program.Constant(value=tuple() as values, type=types.ListOf(element=element)):
            told = [value_words(each, element) for each in values]
        case _:
            told = [value(node, voice)]
    return f"is {listed(told, 'or')}" if within else f"is none of {listed(told)}"


def _is_condition(node: program.Apply) -> bool:
    is_asked = node.symbol in COMPARED or node.symbol in TESTED
    return is_asked or (node.symbol == "else" and isinstance(node.type, types.Bool))


def _fallen_back(
    left: program.Expression, right: program.Expression, voice: Voice, *, holds: bool
) -> str:
    told = _part(left, voice, holds=holds)
    if isinstance(right, program.Constant):
        return f"{told} ({'so' if right.value is holds else 'not so'}, where that is not known)"
    return f"{told} (or, where that is not known, {condition(right, voice, holds=holds)})"


def _mentions(node: program.Mentions, voice: Voice, *, holds: bool) -> str:
    text, seen = noun(node.text, voice), voice.seen.get(id(node))
    if holds and seen:
        return f"{text} mentions {seen}"
    triggers = [f"“{words(each)}”" for each in node.triggers]
    told = listed(triggers, "and" if node.quantity == "all" else "or")
    if holds:
        return f"{text} mentions {told}"
    return f"{text} does not mention {told}"


def _quantified(node: program.Quantified, voice: Voice, *, holds: bool) -> str:
    """`any intent's name is …`, `no intent's name is …`; in full where the element is spoken of
    more than once."""
    element = element_noun(node.items, voice)
    inner = condition(node.condition, voice.calling(node.variable, _HOLE))
    every = {"any": "any" if not voice.seen else "one", "all": "every"}[node.quantity]
    if not holds:
        every = {"any": "no", "all": "not every"}[node.quantity]
    if inner.count(_HOLE) == 1 and inner.startswith(_HOLE):
        return inner.replace(_HOLE, f"{every} {element}")
    return f"for {every} {element}, {inner.replace(_HOLE, f'the {element}')}"


def _fact(node: program.Expression, voice: Voice, *, holds: bool) -> str:
    """A yes-or-no value as a condition: by its note (`whether …`), else by its name."""
    match node:
        case program.FieldOf(record=record, name=name):
            whether = _whether(node)
            if whether:
                return whether if holds else _opposite(whether)
            owner = noun(record, voice)
        case program.Call(define=name, arguments=arguments):
            return _defined(words(name), arguments, voice, holds=holds)
        case _:
            return f"{noun(node, voice)} is {'yes' if holds else 'no'}"
    if _describes(words(name)):
        return f"{owner} is {'' if holds else 'not '}{words(name)}"
    return f"{noun(node, voice)} is {'yes' if holds else 'no'}"


def _defined(
    name: str, arguments: Sequence[program.Expression], voice: Voice, *, holds: bool
) -> str:
    """`the ticket is verified`, `“just breached” holds`."""
    if len(arguments) == 1 and _describes(name):
        return f"{noun(arguments[0], voice)} is {'' if holds else 'not '}{name}"
    others = [noun(each, voice) for each in arguments if not _is_subject(each, voice)]
    for_what = f" for {listed(others)}" if others else ""
    return f"“{name}” {'holds' if holds else 'does not hold'}{for_what}"


def _is_subject(node: program.Expression, voice: Voice) -> bool:
    return isinstance(node, program.Variable) and node.name in voice.subjects


def _is_given(node: program.Expression, voice: Voice) -> bool:
    names = voice.subjects | voice.given
    return isinstance(node, program.Variable) and node.name in names


def _describes(name: str) -> bool:
    first, *rest = name.split(" ")
    return first in PREPOSITIONS or (not rest and first.endswith(("ed", "en")))


def _whether(node: program.FieldOf) -> str | None:
    if not isinstance(node.record.type, types.Record):
        return None
    note = node.record.type.fields[node.place].note or ""
    clause = note.split(";")[0].split(" (")[0].rstrip(".")
    return clause.removeprefix("whether ") if clause.startswith("whether ") else None


def _opposite(clause: str) -> str:
    parts = clause.split(" ")
    place = next((at for at, part in enumerate(parts) if part in AUXILIARIES), None)
    if place is None:
        return f"it is not so that {clause}"
    return " ".join([*parts[: place + 1], "not", *parts[place + 1 :]])


def noun(node: program.Expression, voice: Voice) -> str:
    match node:
        case program.Constant():
            return _constant(node)
        case program.Variable(name=name, type=type_):
            return _variable(name, type_, voice)
        case program.FieldOf(record=record, name=name, type=type_):
            if _needs_no_owner(record, type_, voice):
                return field_noun("", name, type_)
            return field_noun(noun(record, voice), name, type_)
        case program.PartOf(code=code, name=name):
            return possessive(noun(code, voice), words(name))
        case program.Settle(operand=operand):
            return noun(operand, voice)
        case program.Apply(symbol=symbol, operands=operands) if not _is_condition(node):
            return _applied(symbol, operands, voice)
        case program.Gather():
            return _gathered(node, voice)
        case program.Aggregate(name=name, gather=gather):
            return _aggregated(name, gather, voice)
        case program.Lookup(table=name, arguments=arguments):
            return _looked_up(words(name), [noun(each, voice) for each in arguments])
        case program.Call(define=name, arguments=arguments) if node.type != types.Bool():
            return _called(words(name), arguments, voice)
        case program.Choice(branches=branches, otherwise=otherwise):
            told = [
                f"{value(branch.value, voice)} if {condition(branch.condition, voice)}"
                for branch in branches
            ]
            return f"{', '.join(told)}, otherwise {value(otherwise, voice)}"
        case program.MakeRecord():
            return "; ".join(f"{name} {told}" for name, told in settings(node, voice))
        case program.MakeList(items=items):
            return listed(value(each, voice) for each in items) if items else "nothing"
        case program.Template(pieces=pieces):
            return f'"{template(pieces, voice).strip()}"'
        case program.Apply() | program.Not() | program.Chain() | program.Mentions():
            return f"whether {condition(node, voice)}"
        case program.Quantified() | program.CompareCount() | program.Call():
            return f"whether {condition(node, voice)}"
        case _:
            assert_never(node)


def _needs_no_owner(record: program.Expression, type_: types.Type, voice: Voice) -> bool:
    """What an event brings is told from the case's own by naming the event."""
    if not isinstance(record, program.Variable) or record.name not in voice.subjects:
        return False
    return record.name != "event" or isinstance(type_, types.Record)


def _constant(node: program.Constant) -> str:
    if node.name is None or isinstance(node.type, types.Enum):
        return value_words(node.value, node.type)
    if isinstance(node.type, types.ListOf):
        return f"the {words(node.name)}"
    return f"{value_words(node.value, node.type)} ({words(node.name)})"


def _variable(name: str, type_: types.Type, voice: Voice) -> str:
    if name in voice.nouns:
        return voice.nouns[name]
    if name == "now":
        return name
    if name in voice.subjects and isinstance(type_, types.Record) and name != "event":
        return "the outcome" if name == "outcome" else f"the {words(type_.name)}"
    return f"the {words(name)}"


def _applied(symbol: str, operands: Sequence[program.Expression], voice: Voice) -> str:
    told = [_operand(symbol, each, voice) for each in operands]
    if symbol == "+" and isinstance(operands[0].type, types.ListOf):
        return ", followed by ".join(told)
    if symbol in INFIX:
        return f" {INFIX[symbol]} ".join(told)
    if symbol in VARIADIC:
        return f"{VARIADIC[symbol]} {listed(told)}"
    return APPLIED[symbol].format(*told)


def _operand(symbol: str, operand: program.Expression, voice: Voice) -> str:
    told, inner = (noun if _is_sum(operand) else value)(operand, voice), operand
    while isinstance(inner, program.Settle):
        inner = inner.operand
    if isinstance(inner, program.Choice):
        return f"({told})"
    if symbol not in OPERATORS or not isinstance(inner, program.Apply):
        return told
    bracketed = (
        inner.symbol in OPERATORS
        and OPERATORS[inner.symbol].precedence <= OPERATORS[symbol].precedence
        and inner.symbol != symbol
    )
    return f"({told})" if bracketed or (symbol in "-/" and inner.symbol == symbol) else told


def _is_sum(node: program.Expression) -> bool:
    while isinstance(node, program.Settle):
        node = node.operand
    return isinstance(node, program.Apply) and node.symbol in INFIX


def element_noun(items: program.Expression, voice: Voice) -> str:
    """What one of the items is called."""
    match items.type, items:
        case types.ListOf(element=types.Record(name=name)), _:
            return words(name)
        case _, program.FieldOf(name=name):
            return singular(words(name))
        case _:
            return f"entry of {noun(items, voice)}"


def _gathered(node: program.Gather, voice: Voice) -> str:
    element = element_noun(node.items, voice)
    inner = voice.calling(node.variable, f"the {element}")
    kept = f" where {condition(node.condition, inner)}" if node.condition else ""
    match node.value:
        case program.Variable(name=node.variable):
            return f"{noun(node.items, voice)}{kept}"
        case _:
            called = voice.calling(node.variable, f"every {element}")
            return f"{noun(node.value, called)}{kept}"


def _aggregated(name: str, gather: program.Gather, voice: Voice) -> str:
    element = element_noun(gather.items, voice)
    inner = voice.calling(gather.variable, f"the {element}")
    kept = f" where {condition(gather.condition, inner)}" if gather.condition else ""
    items = noun(gather.items, voice)
    match gather.value:
        case _ if name == "count":
            told = f"the number of {items.removeprefix('the ')}"
        case program.Variable(name=gather.variable):
            told = f"{AGGREGATED[name]} of {items}"
        case program.FieldOf(record=program.Variable(name=gather.variable), name=part):
            told = f"{AGGREGATED[name]} {words(part)} of {items}"
        case _:
            told = f"{AGGREGATED[name]} of {noun(gather.value, inner)} over {items}"
    return told + kept


def _looked_up(name: str, arguments: Sequence[str]) -> str:
    joint = "" if name.rpartition(" ")[2] in ("by", "for", "of", "in") else " for"
    return f"the {name}{joint} {listed(arguments)}"


def _called(name: str, arguments: Sequence[program.Expression], voice: Voice) -> str:
    told = [noun(each, voice) for each in arguments if not _is_given(each, voice)]
    return _looked_up_of(name, told) if told else f"the {name}"


def _looked_up_of(name: str, arguments: Sequence[str]) -> str:
    joint = "" if name.rpartition(" ")[2] in ("by", "for", "of", "in") else " of"
    return f"the {name}{joint} {listed(arguments)}"
