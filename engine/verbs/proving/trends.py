"""A promise that a value keeps the order of one fact to whether it holds, all else equal."""

from typing import Any

from engine.backends.proof.solve import Budget, ask
from engine.backends.proof.trends import Pair, breaking, changed, keeps, type_at
from engine.backends.python.steps import Step
from engine.language import types
from engine.language.values import settle, to_wire, write_instant
from engine.program import nodes as program
from engine.verbs.decide import evaluator
from engine.verbs.explain import tracer
from engine.verbs.proving.found import PROVED, Found, unknown
from engine.verbs.proving.models import PairAgainst
from engine.verbs.samples import shortest


def prove_trend(policy: program.Program, promise: program.TrendPromise, budget: Budget) -> Found:
    if keeps(policy, promise):
        return PROVED
    define = policy.defines[promise.define]
    found: list[PairAgainst] = []

    def is_one(pair: Pair) -> bool:
        against = _against(policy, promise, pair)
        if against is not None:
            found.append(against)
        return against is not None

    answer = ask(policy, lambda encoder: breaking(encoder, define, promise), is_one, budget)
    if found:
        return Found("refuted", found[0])
    return PROVED if answer.kind == "no" else unknown([answer])


def _against(
    policy: program.Program, promise: program.TrendPromise, pair: Pair
) -> PairAgainst | None:
    """The two cases, where both evaluators find that they break it."""
    define = policy.defines[promise.define]
    first, *rest = promise.path
    place = next(at for at, each in enumerate(define.parameters) if each.name == first)
    type_ = define.parameters[place].type
    lower = pair.case.arguments
    moved = changed(lower[place], type_, rest, pair.other)
    higher = (*lower[:place], moved, *lower[place + 1 :])
    values = [_value(policy, define, each, pair.case.now) for each in (lower, higher)]
    if None in values:
        return None
    ranks = [_rank(each, define.value.type) for each in values]
    facts = [
        _rank(_read(each[place], type_, rest), type_at(type_, rest)) for each in (lower, higher)
    ]
    rises, falls = ranks[0] < ranks[1], ranks[0] > ranks[1]
    if not facts[0] < facts[1] or not (rises if promise.direction == "rises" else falls):
        return None
    wires = [
        {
            parameter.name: shortest(value, parameter.type)
            for parameter, value in zip(define.parameters, each, strict=True)
        }
        for each in (lower, higher)
    ]
    return PairAgainst(
        define=define.name,
        fact=".".join(promise.path),
        lower=wires[0],
        higher=wires[1],
        lower_value=to_wire(values[0], define.value.type),
        higher_value=to_wire(values[1], define.value.type),
        as_of=write_instant(pair.case.now),
    )


def _value(
    policy: program.Program, define: program.Define, arguments: tuple[Any, ...], now: int
) -> Any:
    """None where it is unknown, or where the evaluators do not agree."""
    run = tracer(policy).interpreter
    run.forget()
    clock = program.Variable("now", type=types.Instant(), span=define.span)
    names = {"now": Step(clock, now)}
    for parameter, value in zip(define.parameters, arguments, strict=True):
        variable = program.Variable(parameter.name, type=parameter.type, span=define.span)
        names[parameter.name] = Step(variable, value)
    traced = _settled(run.step(define.value, names).value)
    compiled = _settled(evaluator(policy).apply(define.name, arguments, now))
    return traced if traced == compiled else None


def _settled(value: Any) -> Any:
    return settle(value) if isinstance(value, float) else value


def _rank(value: Any, type_: types.Type) -> Any:
    return type_.ranks[value] if isinstance(type_, types.Enum) else value


def _read(value: Any, type_: types.Type, path: list[str]) -> Any:
    for name in path:
        if not isinstance(type_, types.Record):
            raise TypeError(name)
        place = type_.places[name]
        value, type_ = value[place], type_.fields[place].type
    return value
