"""Sample cases to why both versions decide them so, and to words in which no sensitive fact is."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.backends.python.births import escaped
from engine.language import types
from engine.program import nodes as program
from engine.program.cases import as_field, is_whole_case
from engine.verbs.comparing.phrases import value
from engine.verbs.decide import parameters_of
from engine.verbs.explain import explain
from engine.verbs.replaying.models import Replay, Sample

HIDDEN = "…"


def explained(of: Replay, old: program.Program, new: program.Program) -> Replay:
    """With a sentence by each version for each sample."""
    changed = tuple(
        replace(each, samples=tuple(_told(one, of.decision, old, new) for one in each.samples))
        for each in of.changed
    )
    return replace(of, changed=changed)


def _told(of: Sample, decision: str, old: program.Program, new: program.Program) -> Sample:
    if not of.kept:
        return of
    said = []
    for policy, case in ((old, of.case), (new, of.other)):
        found = explain(policy, case, decision, of.now, "agent")
        said.append(str(getattr(found, "headline", "")))
    return replace(of, said=(said[0], said[1]))


def case_type(policy: program.Program, decision: str) -> types.Type:
    parameters = parameters_of(policy, decision)
    if is_whole_case(parameters):
        return parameters[0].type
    return types.Record("case", tuple(map(as_field, parameters)))


def case_words(case: Any, type_: types.Type, *, facts: bool) -> str:
    """As an example of the policy has it, without what nobody declared; `facts` shows sensitive
    ones too."""
    match type_, case:
        case types.Record(fields=fields), Mapping():
            given = [each for each in fields if case.get(each.wire) is not None]
            inside = (
                f"{each.name}: {case_words(case[each.wire], each.type, facts=facts)}"
                if facts or not each.sensitive
                else f"{each.name}: {HIDDEN}"
                for each in given
            )
            return f"{{ {', '.join(inside)} }}" if given else "{}"
        case types.ListOf(element=element), list():
            return f"[{', '.join(case_words(each, element, facts=facts) for each in case)}]"
        case _:
            return value(case, type_)


def withheld(case: Any, type_: types.Type, at: str = "") -> tuple[Any, tuple[str, ...]]:
    """The case without its sensitive facts, and pointers to them."""
    pointers = tuple(_sensitive(case, type_, at))
    return _without(case, type_), pointers


def _sensitive(case: Any, type_: types.Type, at: str) -> Iterator[str]:
    match type_, case:
        case types.Record(fields=fields), Mapping():
            for each in fields:
                if case.get(each.wire) is None:
                    continue
                place = f"{at}/{escaped(each.wire)}"
                if each.sensitive:
                    yield place
                else:
                    yield from _sensitive(case[each.wire], each.type, place)
        case types.ListOf(element=element), list():
            for number, each in enumerate(case):
                yield from _sensitive(each, element, f"{at}/{number}")
        case _:
            return


def _without(case: Any, type_: types.Type) -> Any:
    """What is not declared may be anything, and is left out too."""
    match type_, case:
        case types.Record(fields=fields), Mapping():
            return {
                each.wire: _without(case[each.wire], each.type)
                for each in fields
                if each.wire in case and not each.sensitive
            }
        case types.ListOf(element=element), list():
            return [_without(each, element) for each in case]
        case _:
            return case
