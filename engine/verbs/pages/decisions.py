"""Definitions and decisions as numbered steps in plain sentences, in the order in which they are
tried."""

from collections.abc import Iterator

from engine.language import types
from engine.program import nodes as program
from engine.program import say, walk
from engine.program.say import Voice, voice_of
from engine.program.words import article, listed, sentence, type_words, value_words, words
from engine.verbs.pages.absence import absence
from engine.verbs.pages.markdown import heading, paragraph, plain, quoted, table


def definitions(policy: program.Program) -> Iterator[str]:
    if not policy.defines:
        return
    yield from heading(2, "What words mean")
    for define in policy.defines.values():
        voice = voice_of(define.parameters)
        yield from _definition(define, voice)


def _definition(define: program.Define, voice: Voice) -> Iterator[str]:
    called = f"**{plain(sentence(words(define.name)).rstrip('.'))}**"
    given = [words(each.name) for each in define.parameters if each.name not in voice.subjects]
    if given:
        called += f" of {plain(listed(given))}"
    if isinstance(define.value.type, types.Bool):
        yield from _all_of(f"{called} means that", define.value, voice)
        yield ""
    else:
        yield from paragraph(f"{called} is {plain(say.value(define.value, voice))}.")


def _all_of(
    opening: str, condition: program.Expression, voice: Voice, indent: str = ""
) -> Iterator[str]:
    """One condition in the sentence, several as a list."""
    parts = list(walk.conjuncts(condition))
    joint = "all of these hold"
    if len(parts) == 1 and isinstance(condition, program.Chain):
        parts, joint = list(condition.operands), "at least one of these holds"
    if len(parts) == 1:
        yield f"{indent}{opening} {plain(say.condition(condition, voice))}."
        return
    yield f"{indent}{opening} {joint}:"
    yield ""
    for part in parts:
        yield f"{indent}- {plain(say.condition(part, voice))}"


def decision(policy: program.Program, of: program.Decision) -> Iterator[str]:
    voice = voice_of(of.parameters)
    yield from heading(2, f"How {plain(words(of.name))} is decided")
    yield from paragraph(_opening(of))
    yield from _outcome_table(of)
    number = 0
    if of.guards:
        yield from paragraph(f"**Always first.** {_guards(of)}")
        for number, rule in enumerate(of.guards, 1):
            yield from _step(number, rule, voice)
    if of.rules:
        yield from paragraph(f"**{'Then' if of.guards else 'The steps'}.** {_hit(of)}")
        for place, rule in enumerate(of.rules, number + 1):
            yield from _step(place, rule, voice)
    if of.otherwise is not None:
        yield from _otherwise(of.otherwise, voice, number + len(of.rules) + 1)
    yield from _always(of, voice)
    yield from heading(3, "When the case cannot be read")
    yield from paragraph(
        "A required fact is missing, or a fact is not what it may be. Then no rule is asked, and "
        f"the outcome is: {_value(of.refused, of.result)}."
    )
    yield from absence(policy, of)


def _opening(of: program.Decision) -> str:
    asked = listed(article(words(each.name)) for each in of.parameters)
    match of.result:
        case types.Record():
            return plain(f"Given {asked}, this is decided:")
        case types.ListOf(element=types.Record(name=name), bound=bound):
            return plain(f"Given {asked}, there may be up to {bound} {words(name)}s, each with:")
        case _:
            return plain(f"Given {asked}, the answer is {type_words(of.result)}.")


def _outcome_table(of: program.Decision) -> Iterator[str]:
    record = of.result.element if isinstance(of.result, types.ListOf) else of.result
    if isinstance(record, types.Record):
        later = {each.place for each in of.always}
        yield from table(
            ("Answer", "May be", "Unless a step says otherwise", "Meaning"),
            (
                (
                    plain(words(field.name)),
                    plain(type_words(field.type)),
                    "always set, see below" if place in later else _unless(field),
                    plain(field.note or ""),
                )
                for place, field in enumerate(record.fields)
            ),
        )


def _unless(field: types.Field) -> str:
    if field.has_default:
        return plain(value_words(field.default, field.type))
    return "none" if field.optional else ""


def _guards(of: program.Decision) -> str:
    open_ones = any(rule.condition is not None and rule.condition.unknown for rule in of.guards)
    if of.hit in ("collect", "sum"):
        told = (
            "The first of these that holds takes the place of all that the later steps would give."
        )
    else:
        told = "The first of these that holds decides, whatever else would apply."
    if open_ones:
        told += (
            " If none holds for certain, the first one that a missing fact leaves open counts as "
            "holding."
        )
    return told


_HITS = {
    "first": "The first of these that holds decides.",
    "unique": "One of these should hold; if several do, they conflict and the last step decides.",
    "collect": "Every one of these that holds adds to the answer, in this order.",
    "sum": "The answer is the sum of what each of these gives that holds.",
}


def _hit(of: program.Decision) -> str:
    if isinstance(of.result, types.Record) and of.strictest_by is not None:
        by = words(of.result.fields[of.strictest_by].name)
        return plain(f"Of all of these that hold, the one with the strictest {by} decides.")
    return _HITS[of.hit or "first"]


def _step(number: int, rule: program.Rule, voice: Voice) -> Iterator[str]:
    """One step, its conditions as a list below it."""
    indent = " " * (len(str(number)) + 2)
    name = f"**{plain(sentence(words(rule.name)).rstrip('.'))}.**"
    if rule.condition is None:
        yield f"{number}. {name} In every case."
    elif rule.kind == "guardrail":
        yield from _required(f"{number}. {name}", rule.condition, voice, indent)
    else:
        lines = list(_all_of("When", rule.condition, voice, indent))
        yield f"{number}. {name} {lines[0].strip()}"
        yield from lines[1:]
    yield ""
    yield f"{indent}{_then(rule, voice)}"
    yield ""


def _required(
    opening: str, condition: program.Expression, voice: Voice, indent: str
) -> Iterator[str]:
    """A guardrail's condition is that its requirement fails."""
    match condition:
        case program.Chain(operands=(premise, program.Not(operand=requires))):
            opening = f"{opening} When {plain(say.condition(premise, voice))}, it is required that"
        case program.Not(operand=requires):
            opening = f"{opening} It is required that"
        case _:
            requires, opening = condition, f"{opening} It must not be so that"
    lines = list(_all_of("", requires, voice, indent))
    yield f"{opening} {lines[0].strip()}"
    yield from lines[1:]


def _then(rule: program.Rule, voice: Voice) -> str:
    inner = _witnessed(rule.condition, voice)
    reason = _given_reason(rule.because, inner)
    if rule.kind == "guardrail":
        is_open = rule.condition is not None and rule.condition.unknown
        told = [
            "→ otherwise, or while that is not known, it is a violation."
            if is_open
            else "→ otherwise it is a violation.",
            reason,
        ]
    else:
        told = [f"→ {outcome(rule.outcome, inner)}.", reason, _unknown(rule, voice)]
    return " ".join(part for part in told if part)


def _given_reason(because: program.Template | None, voice: Voice) -> str:
    if because is None:
        return ""
    return f"*Reason given: {plain(say.template(because.pieces, voice).strip())}.*"


def _unknown(rule: program.Rule, voice: Voice) -> str:
    """What happens when it is not known whether the condition holds, where it is not the usual."""
    if rule.condition is None or not rule.condition.unknown:
        return ""
    if rule.unknown_outcome is None:
        return "" if rule.kind == "rule" else "It does not apply while that is not known."
    if rule.unknown_outcome == rule.outcome:
        return "" if rule.kind == "guard" else "It applies too while that is not known."
    return f"While that is not known: {outcome(rule.unknown_outcome, voice)}."


def _witnessed(condition: program.Expression | None, voice: Voice) -> Voice:
    if condition is not None:
        for part in walk.conjuncts(condition):
            if isinstance(part, program.Quantified) and part.quantity == "any":
                noun = say.element_noun(part.items, voice)
                voice = voice.calling(part.variable, f"that {noun}")
    return voice


def outcome(node: program.Expression, voice: Voice) -> str:
    """`action **route**, escalate **yes**`; what a default would give is left out."""
    if isinstance(node, program.MakeRecord) and isinstance(node.type, types.Record):
        told = [
            f"{plain(words(field.name))} **{plain(say.value(value, voice))}**"
            for field, value in zip(node.type.fields, node.values, strict=True)
            if value is not None and not _goes_without_saying(field, value)
        ]
        return ", ".join(told) or "nothing more is said"
    return f"**{plain(say.value(node, voice))}**"


def _goes_without_saying(field: types.Field, value: program.Expression) -> bool:
    if not isinstance(value, program.Constant):
        return False
    return value.value is None or (field.has_default and value.value == field.default)


def _otherwise(otherwise: program.Otherwise, voice: Voice, number: int) -> Iterator[str]:
    told = f"{number}. **Otherwise** → {outcome(otherwise.outcome, voice)}."
    yield from paragraph(f"{told} {_given_reason(otherwise.because, voice)}".rstrip())


def _always(of: program.Decision, voice: Voice) -> Iterator[str]:
    if not of.always or not isinstance(of.result, types.Record):
        return
    yield from heading(3, "Whatever was decided")
    for each in of.always:
        name = plain(words(of.result.fields[each.place].name))
        if isinstance(each.value, program.Template):
            yield from paragraph(f"**{name}**, with what stands between ‹ and › filled in:")
            yield from quoted(say.template(each.value.pieces, voice))
        else:
            yield from paragraph(f"**{name}**: {plain(say.value(each.value, voice))}.")


def _value(value: object, type_: types.Type) -> str:
    match type_, value:
        case types.Record(fields=fields), tuple():
            told = zip(fields, value, strict=True)
            return ", ".join(
                f"{plain(words(field.name))} **{plain(value_words(each, field.type))}**"
                for field, each in told
                if each is not None and not (field.has_default and each == field.default)
            )
        case types.ListOf(element=types.Record() as element), tuple() if value:
            return "; ".join(_value(each, element) for each in value)
        case _:
            return f"**{plain(value_words(value, type_))}**"
