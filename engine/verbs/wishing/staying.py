"""Which facts of a case must stay as they are: those that somebody names to be frozen and, unless
they are thawed, those on which nobody can act.

By default a sensitive fact stays, and so do the words of a text that is given; an optional text may
still go missing. A list of records that hold such facts gets no others and loses none, and a record
that holds what is sensitive neither comes nor goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.language import types
from engine.language.nearest import nearest
from engine.program import nodes as program
from engine.program.cases import as_field, is_whole_case
from engine.program.words import listed

What = Literal["value", "presence", "elements"]


@dataclass(frozen=True)
class Staying:
    """`frozen` and `thawed` are pointers, and hold for all that lies below them; of several that
    lead to a fact the longest counts."""

    frozen: tuple[str, ...] = ()
    thawed: tuple[str, ...] = ()

    def __call__(self, pointer: str, what: What, type_: types.Type, sensitive: bool) -> bool:
        frozen, thawed = (_nearest(pointer, each) for each in (self.frozen, self.thawed))
        if what != "value" and any(each.startswith(f"{pointer}/") for each in self.frozen):
            return True  # what goes takes with it all that it holds
        if frozen >= 0 or thawed >= 0:
            return frozen >= thawed
        return sensitive or _stays(what, type_)


def nothing_stays(_pointer: str, _what: What, _type: types.Type, _sensitive: bool) -> bool:
    return False


def no_fact(parameters: Sequence[program.Parameter], pointer: str) -> str | None:
    """What would help, where a pointer leads to no fact."""
    type_: types.Type = types.Record("case", tuple(map(as_field, parameters)))
    if is_whole_case(parameters):
        type_ = parameters[0].type
    first, *steps = pointer.split("/")
    so_far = first
    if first:
        return f"a pointer begins with `/`: `/{pointer}`"
    for step in steps:
        name = step.replace("~1", "/").replace("~0", "~")
        match type_:
            case types.Record(fields=fields):
                field = next((each for each in fields if each.wire == name), None)
                if field is None:
                    return _known(so_far, name, [each.wire for each in fields])
                type_ = field.type
            case types.ListOf(element=element) if name.isdecimal():
                type_ = element
            case types.ListOf():
                return f"elements are counted from 0: `{so_far}/0`"
            case _:
                return f"`{so_far}` has no parts"
        so_far = f"{so_far}/{step}"
    return None


def _known(so_far: str, name: str, names: Sequence[str]) -> str:
    near = nearest(name, names)
    if near is not None:
        return f"did you mean `{so_far}/{near}`?"
    return f"there is {listed((f'`{so_far}/{each}`' for each in names), 'or')}"


def _nearest(pointer: str, named: Sequence[str]) -> int:
    """How long the longest is that leads there."""
    above = (each for each in named if pointer == each or pointer.startswith(f"{each}/"))
    return max(map(len, above), default=-1)


def _stays(what: What, type_: types.Type) -> bool:
    match what, type_:
        case "value", types.Text() | types.Code():
            return True
        case "presence", types.Record() | types.ListOf():
            return _hides(type_)
        case "elements", types.ListOf(element=types.Record() as element):
            return _speaks(element) or _hides(element)
        case _:
            return False


def _speaks(type_: types.Type) -> bool:
    """Whether it holds words."""
    match type_:
        case types.Text() | types.Code():
            return True
        case types.Record(fields=fields):
            return any(_speaks(each.type) for each in fields)
        case types.ListOf(element=element):
            return _speaks(element)
        case _:
            return False


def _hides(type_: types.Type) -> bool:
    match type_:
        case types.Record(fields=fields):
            return any(each.sensitive or _hides(each.type) for each in fields)
        case types.ListOf(element=element):
            return _hides(element)
        case _:
            return False
