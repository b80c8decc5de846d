"""Guarantees in words, examples as a table, findings that were waived."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from engine.language import types
from engine.program import nodes as program
from engine.program import say
from engine.program.say import Voice
from engine.program.words import listed, value_words, words
from engine.verbs.pages.lifecycles import wires_of
from engine.verbs.pages.markdown import bullets, heading, paragraph, plain, table


def guarantees(policy: program.Program) -> Iterator[str]:
    if not policy.guarantees:
        return
    yield from heading(2, "Guarantees")
    yield from paragraph(
        "These must hold for every possible case, not only for those in the examples."
    )
    yield from bullets(_guarantee(policy, each) for each in policy.guarantees)


def _guarantee(policy: program.Program, of: program.Guarantee) -> str:
    told = f"**{plain(_titled(of.name))}.** {plain(_promise(policy, of.promise))}"
    if of.also_refused:
        told += " This holds for refused cases, too."
    if of.because is not None:
        told += f" *{plain(say.template(of.because.pieces, Voice()).strip())}*"
    return told


def _titled(name: str) -> str:
    told = words(name)
    return told[:1].upper() + told[1:]


def _promise(
    policy: program.Program,
    promise: program.OutcomePromise | program.PathPromise | program.TrendPromise,
) -> str:
    match promise:
        case program.OutcomePromise():
            return _outcome_promise(policy, promise)
        case program.PathPromise(source=source, target=target, through=through):
            wires = wires_of(policy.lifecycles[promise.lifecycle])
            return (
                f"Every way from {wires[source]} to {wires[target]} goes through {wires[through]}."
            )
        case program.TrendPromise(define=define, direction=direction, path=path):
            moves = {"rises": "rises", "falls": "falls"}[direction]
            return f"The {words(define)} never {moves} as the {words(path[-1])} grows."
        case _:
            assert_never(promise)


def _outcome_promise(policy: program.Program, promise: program.OutcomePromise) -> str:
    parameters = policy.decisions[promise.decision].parameters
    alone = promise.parameters if len(parameters) == 1 else ()
    voice = Voice(subjects=frozenset({*alone, promise.outcome}))
    conclusion = say.condition(promise.conclusion, voice)
    if promise.premise is None:
        return f"Always: {conclusion}."
    return f"When {say.condition(promise.premise, voice)}: {conclusion}."


def examples(policy: program.Program) -> Iterator[str]:
    if not policy.examples:
        return
    yield from heading(2, "Examples")
    yield from paragraph(
        "Each of these is decided again at every check of the policy. Of a text of several lines "
        "the first is shown."
    )
    for kind in ("decision", "lifecycle", "define", "table"):
        for name in dict.fromkeys(each.of for each in policy.examples if each.kind == kind):
            told = [each for each in policy.examples if each.kind == kind and each.of == name]
            yield from heading(3, plain(_titled(name)))
            yield from table(
                ("Example", "Given", "Gives", "Decided by", "Not by"),
                (_example(policy, each) for each in told),
            )


def _example(policy: program.Program, of: program.Example) -> Sequence[str]:
    given = "; ".join(_given(policy, of))
    by = listed((words(each) for each in of.by), "or")
    not_by = listed((words(each) for each in of.not_by), "or")
    told = (of.title, given, _expected(policy, of), by, not_by)
    return [plain(each) for each in told]


def _given(policy: program.Program, of: program.Example) -> Iterator[str]:
    if of.state is not None:
        yield f"in {_wire(policy, of, of.state)}"
    if of.event is not None:
        event = _event(policy, of)
        payload = shown(of.payload, event.payload)
        yield f"on {words(of.event)}" + (f" ({payload})" if payload else "")
    if of.now is not None:
        yield f"at {value_words(of.now, types.Instant())}"
    parameters = _parameters(policy, of)
    for parameter, argument in zip(parameters, of.arguments, strict=True):
        told = shown(argument, parameter.type)
        yield told if len(parameters) == 1 else f"{words(parameter.name)}: {told}"


def _event(policy: program.Program, of: program.Example) -> program.Event:
    return next(each for each in policy.lifecycles[of.of].events if each.name == of.event)


def _parameters(policy: program.Program, of: program.Example) -> Sequence[program.Parameter]:
    match of.kind:
        case "decision":
            return policy.decisions[of.of].parameters
        case "define":
            return policy.defines[of.of].parameters
        case "table":
            return policy.tables[of.of].parameters
        case "lifecycle":
            return (policy.lifecycles[of.of].parameter,)
        case _:
            assert_never(of.kind)


def _result(policy: program.Program, of: program.Example) -> types.Type:
    match of.kind:
        case "decision":
            return policy.decisions[of.of].result
        case "define":
            return policy.defines[of.of].value.type
        case "table":
            return policy.tables[of.of].result
        case "lifecycle":
            return policy.lifecycles[of.of].parameter.type
        case _:
            assert_never(of.kind)


def _expected(policy: program.Program, of: program.Example) -> str:
    type_, expected = _result(policy, of), of.expected
    told = ""
    if expected.fields is not None and isinstance(type_, types.Record):
        told = "; ".join(
            f"{words(type_.fields[place].name)} {shown(value, type_.fields[place].type)}"
            for place, value in expected.fields.items()
        )
    elif of.kind != "lifecycle":
        told = shown(expected.value, type_)
    if expected.digits is not None:
        told = f"about {told}"
    if of.kind != "lifecycle":
        return told
    target = "no transition" if of.target is None else _wire(policy, of, of.target)
    return "; ".join(each for each in (target, told) if each)


def _wire(policy: program.Program, of: program.Example, state: str) -> str:
    return wires_of(policy.lifecycles[of.of]).get(state, state)


def shown(value: object, type_: types.Type) -> str:
    """A value of the policy's own, with what a default would give left out."""
    match type_, value:
        case types.Record(fields=fields), tuple():
            return "; ".join(
                f"{words(field.name)} {_bracketed(each, field.type)}"
                for field, each in zip(fields, value, strict=True)
                if each is not None and not _is_default(field, each)
            )
        case types.ListOf(element=element), tuple() if value:
            return listed(_bracketed(each, element) for each in value)
        case types.Text(), str() if "\n" in value:
            return f'"{value.split(chr(10))[0]} …"'
        case _:
            return value_words(value, type_)


def _is_default(field: types.Field, value: object) -> bool:
    if isinstance(field.type, types.Record) and isinstance(value, tuple):
        inner = zip(field.type.fields, value, strict=True)
        return all(each is None or _is_default(part, each) for part, each in inner)
    return field.has_default and value == field.default


def _bracketed(value: object, type_: types.Type) -> str:
    told = shown(value, type_)
    return f"({told})" if isinstance(type_, types.Record) and value is not None else told


def waivers(policy: program.Program) -> Iterator[str]:
    if policy.waivers:
        yield from heading(2, "Findings that were accepted")
        yield from bullets(
            f"**{plain(each.finding)}** on {plain('.'.join(each.subject))}: {plain(each.because)}"
            for each in policy.waivers
        )
