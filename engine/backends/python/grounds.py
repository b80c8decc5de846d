"""A traced condition to the plain statements in it that made it so, or that it lacks, each with the
values read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.backends.python.steps import Step
from engine.language import types
from engine.program import nodes as program
from engine.program import say
from engine.program.say import Voice
from engine.program.words import WITHHELD, listed, value_words


@dataclass(frozen=True, slots=True)
class Ground:
    """A statement, and how the case's own things are called where it stands. `wanted` is what it
    would have to be, where that is asked."""

    step: Step
    voice: Voice
    wanted: bool = True


def grounds(step: Step, voice: Voice, policy: program.Program) -> tuple[Ground, ...]:
    """What made the condition true, false or unknown: the deciding operands, into the `define`s."""
    node, value = step.node, step.value
    match node:
        case program.Not():
            return grounds(step.steps[0], voice, policy)
        case program.Chain(symbol=symbol):
            deciding = [each for each in step.steps if each.value is value]
            alone = value is not None and value is not (symbol == "and")
            chosen = deciding[:1] if alone else deciding
            return tuple(found for each in chosen for found in grounds(each, voice, policy))
        case program.Call(define=name) if isinstance(node.type, types.Bool):
            return grounds(step.steps[0], inside(node, voice, policy.defines[name]), policy)
        case program.Quantified(quantity=quantity) if value is (quantity == "any"):
            witness = next(each for each in step.steps if each.value is value)
            return grounds(witness, among(node, voice), policy)
        case _:
            return (Ground(step, voice),)


def lacking(
    step: Step, voice: Voice, policy: program.Program, *, wanted: bool = True
) -> tuple[Ground, ...]:
    """The fewest statements that would have to be otherwise for the condition to be as wanted."""
    node = step.node
    if step.value is wanted:
        return ()
    match node:
        case program.Not():
            return lacking(step.steps[0], voice, policy, wanted=not wanted)
        case program.Chain(symbol=symbol):
            each = [lacking(one, voice, policy, wanted=wanted) for one in step.steps]
            if (symbol == "and") is wanted:
                return tuple([found for some in each for found in some])
            return min(each, key=len)
        case program.Call(define=name) if isinstance(node.type, types.Bool):
            within = inside(node, voice, policy.defines[name])
            return lacking(step.steps[0], within, policy, wanted=wanted)
        case program.Quantified(quantity=quantity) if (quantity == "all") is wanted:
            within = among(node, voice)
            each = [lacking(one, within, policy, wanted=wanted) for one in step.steps]
            return tuple([found for some in each for found in some]) or (
                Ground(step, voice, wanted),
            )
        case _:
            return (Ground(step, voice, wanted),)


def inside(call: program.Call, voice: Voice, define: program.Define) -> Voice:
    """How a `define` speaks of what it was called with."""
    key = "inside", id(call)
    if key not in voice.memo:
        voice.memo[key] = _inside(call, voice, define)
    within: Voice = voice.memo[key]
    return within


def _inside(call: program.Call, voice: Voice, define: program.Define) -> Voice:
    subjects, given, nouns = set[str](), set[str](), {}
    for parameter, argument in zip(define.parameters, call.arguments, strict=True):
        name = argument.name if isinstance(argument, program.Variable) else None
        if name in voice.given:
            given.add(parameter.name)
        if name in voice.subjects:
            subjects.add(parameter.name)
        else:
            nouns[parameter.name] = say.noun(argument, voice)
    return Voice(frozenset(subjects), frozenset(given), nouns)


def among(node: program.Quantified, voice: Voice) -> Voice:
    """How one element is spoken of that decided."""
    key = "among", id(node)
    if key not in voice.memo:
        noun = say.element_noun(node.items, voice)
        voice.memo[key] = voice.calling(node.variable, f"the {noun}")
    within: Voice = voice.memo[key]
    return within


def _plainly(node: program.Expression, voice: Voice, *, holds: bool) -> str:
    key = id(node), holds
    if key not in voice.memo:
        voice.memo[key] = say.condition(node, voice, holds=holds)
    told: str = voice.memo[key]
    return told


def said(ground: Ground) -> str:
    """As it is: `the top confidence (0.82) is below 0.85`, `the order's id is missing`."""
    step, voice = ground.step, ground.voice
    if step.value is None:
        return unknown_said(step, voice)
    shown = seen(step)
    if not shown:
        return _plainly(step.node, voice, holds=step.value)
    return say.condition(step.node, voice.reading(shown), holds=step.value)


def wanted_said(ground: Ground) -> str:
    """As it would have had to be, with what it is."""
    plain, now = _plainly(ground.step.node, ground.voice, holds=ground.wanted), _now(ground)
    return f"{plain}; {now}" if now else plain


def _now(ground: Ground) -> str:
    step = ground.step
    if step.value is None:
        return unknown_said(step, ground.voice)
    shown = seen(step)
    outermost = [shown[id(each.node)] for each in step.steps if id(each.node) in shown]
    if len(outermost) > 1 or step.found:
        return f"as it is, {said(ground)}"
    return "".join(f"it is {value}" for value in outermost)


def unknown_said(step: Step, voice: Voice) -> str:
    """Which facts are missing; where it is none of the case's, that it is not known."""
    missing = dict.fromkeys(say.noun(each.node, voice) for each in _unborn(step))
    if not missing:
        return f"it is not known whether {say.condition(step.node, voice)}"
    return " and ".join(f"{noun} is missing" for noun in missing)


def _unborn(step: Step) -> Iterator[Step]:
    """The reads of facts that are not there, outermost first."""
    if step.value is not None:
        return
    below = [each for each in step.steps if each.value is None]
    if step.at is not None and not below:
        yield step
    for each in below:
        yield from _unborn(each)


def seen(step: Step) -> Mapping[int, str]:
    """The values to be shown behind the words of a statement, by the `id` of the node."""
    shown: dict[int, str] = {}
    if not isinstance(step.node, program.Quantified):
        _show(step.steps, shown)
    if step.found and step.value:
        shown[id(step.node)] = listed(f'"{word}"' for word in step.found())
    return shown


def _show(steps: Iterable[Step], shown: dict[int, str]) -> None:
    for step in steps:
        node = step.node
        if node.__class__ is program.Constant:
            continue
        if _is_plain(step):
            shown.setdefault(id(node), read(step))
        if not isinstance(node, _WHOLE):
            _show(step.steps, shown)


_WHOLE = (program.Aggregate, program.Gather, program.Quantified, program.Lookup, program.Call)
_SPOKEN = (
    program.FieldOf, program.PartOf, program.Settle, program.Apply, program.Variable,
    program.Aggregate, program.Lookup, program.Call,
)  # fmt: skip


def _is_plain(step: Step) -> bool:
    node = step.node
    if not isinstance(node, _SPOKEN) or isinstance(node.type, types.Record | types.Tally):
        return False
    return not (isinstance(node.type, types.ListOf) and len(step.value or ()) > 5)


def read(step: Step) -> str:
    if step.sensitive and step.value is not None:
        return WITHHELD.strip("()")
    return value_words(step.value, step.node.type)


def facts(step: Step) -> Iterable[Step]:
    """The single facts of the case that were read, each once."""
    found: dict[str, Step] = {}
    _add_facts((step,), found)
    return found.values()


def _add_facts(steps: Iterable[Step], found: dict[str, Step]) -> None:
    for step in steps:
        if step.at is not None and step.at not in found and not _has_parts(step.node.type):
            found[step.at] = step
        if step.steps:
            _add_facts(step.steps, found)


def _has_parts(type_: types.Type) -> bool:
    if isinstance(type_, types.ListOf):
        return isinstance(type_.element, types.Record)
    return isinstance(type_, types.Record)


def missing(step: Step, into: dict[str, None]) -> None:
    """Adds the facts that were not there for any part of the condition, also where others
    decided."""
    if step.value is None:
        into.update((born, None) for born in step.born if born.startswith("/"))
    elif isinstance(step.node, _JOINS):
        for each in step.steps:
            missing(each, into)


_JOINS = program.Chain, program.Not, program.Call, program.Quantified


def effort(grounds: Iterable[Ground]) -> int:
    """How much it would take to change all of these: a fact that is missing, a number or an answer
    by yes or no is changed more easily than a choice or a text, and a missing fact only once."""
    missing: set[object] = set()
    known = 0
    for ground in grounds:
        step = ground.step
        if step.value is None:
            missing.update(step.born or (id(step),))
        else:
            known += 2 if isinstance(step.node, _STUBBORN) and not _is_easy(step.node) else 1
    return len(missing) + known


_STUBBORN = program.Apply, program.Mentions
_EASY = frozenset({"<", "<=", ">", ">=", "is known", "is missing", "is empty", "is not empty"})


def _is_easy(node: program.Expression) -> bool:
    return isinstance(node, program.Apply) and node.symbol in _EASY
