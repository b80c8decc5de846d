"""Why what is wanted cannot be had, in the author's words: guards that always apply, and what the
rules lack that could give it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from engine.backends.proof.blocking import Fixed
from engine.backends.python.asked import Asked
from engine.backends.python.grounds import Ground, grounds, inside, said
from engine.backends.python.steps import Step
from engine.backends.python.trace import Trace
from engine.language import types
from engine.program import nodes as program
from engine.program.say import Voice
from engine.program.words import listed, words
from engine.verbs.wishing.models import Block
from engine.verbs.wishing.wants import Want

_MOST_RULES = 5


def blocks(
    policy: program.Program, trace: Trace, fixed: Fixed, wants: Sequence[Want]
) -> Iterator[Block]:
    """First what always applies and gives something else, then what could give it."""
    always = {each.place for each in trace.of.always}
    if all(want.place in always for want in wants):
        yield Block(rule=None, text="that is computed for every outcome, and never comes to this")
        return

    def gives(outcome: program.Expression) -> bool:
        return _can_give(outcome, always, wants)

    others = [each for each in trace.asked if each.applies and not gives(each.rule.outcome)]
    standing = [each for each in others if fixed.applies(each.rule.name)]
    guards = [each for each in standing if each.rule.kind == "guard"]
    able = [] if guards else [each for each in trace.asked if gives(each.rule.outcome)]
    otherwise = trace.of.otherwise
    if not guards and not (otherwise is not None and gives(otherwise.outcome)):
        standing = []
    for each in guards or standing:
        yield Block(rule=each.rule.name, text=_held(policy, each, trace.voice))
    for each in able[:_MOST_RULES]:
        yield Block(rule=each.rule.name, text=_lacked(policy, each, trace, fixed))
    if not (standing or able):
        yield Block(rule=None, text="no rule gives that")


def _held(policy: program.Program, guard: Asked, voice: Voice) -> str:
    if guard.step is None:
        return "it always applies"
    return listed(dict.fromkeys(said(each) for each in grounds(guard.step, voice, policy)))


def _lacked(policy: program.Program, asked: Asked, trace: Trace, fixed: Fixed) -> str:
    rule = asked.rule.name
    if asked.step is not None:
        never = _never(policy, asked.step, trace.voice, fixed, fixed.facts)
        told = listed(dict.fromkeys(said(each) for each in never))
        if told:
            return told
    if fixed.cannot_hold(rule):
        return "its conditions cannot hold together"
    before = _before(asked, trace, fixed)
    if before:
        return f"wherever it holds, so does {listed(map(words, before), 'or')}, which comes first"
    return "it gives something else wherever it holds"


def _never(
    policy: program.Program, step: Step, voice: Voice, fixed: Fixed, env: Mapping[str, Any]
) -> Iterator[Ground]:
    """The statements that are never true, of those that all must be."""
    node = step.node
    match node:
        case program.Chain(symbol="and"):
            for each in step.steps:
                yield from _never(policy, each, voice, fixed, env)
        case program.Call(define=name, arguments=arguments) if isinstance(node.type, types.Bool):
            define = policy.defines[name]
            names = {
                parameter.name: fixed.encoder.express(argument, env)
                for parameter, argument in zip(define.parameters, arguments, strict=True)
            }
            within = inside(node, voice, define)
            below = {**names, "now": env["now"]}
            yield from _never(policy, step.steps[0], within, fixed, below)
        case _:
            if step.value is not True and fixed.never(node, env):
                yield Ground(step, voice)


def _before(asked: Asked, trace: Trace, fixed: Fixed) -> list[str]:
    """The fewest guards and rules before it of which one holds wherever it does."""
    place = trace.asked.index(asked)
    others = [
        each.rule.name
        for at, each in enumerate(trace.asked)
        if each is not asked
        and (each.rule.kind == "guard" or (trace.of.hit == "first" and at < place))
    ]
    if not others or not fixed.beaten_by(asked.rule.name, others):
        return []
    for each in list(others):
        fewer = [one for one in others if one != each]
        if fewer and fixed.beaten_by(asked.rule.name, fewer):
            others = fewer
    return others


def _can_give(outcome: program.Expression, always: Collection[int], wants: Sequence[Want]) -> bool:
    """Whether nothing that it sets is certainly another."""
    for want in wants:
        if want.place is None:
            given: program.Expression | None = outcome
        elif isinstance(outcome, program.MakeRecord) and want.place not in always:
            given = outcome.values[want.place]
        else:
            continue
        if given is None and want.value is not None:
            return False
        if isinstance(given, program.Constant) and given.value != want.value:
            return False
    return True
