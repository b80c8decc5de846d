"""A record's fields, and those of the records in it, as locals of one function.

A fact is then read without a look at the records around it: where one of those is absent, so are
the locals of all that would stand in it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from engine.backends.python.body import distinct
from engine.language import types
from engine.program import nodes as program
from engine.program.nodes import Expression
from engine.program.walk import children

MOST_LOCALS = 150
_ASKED = ("is known", "is missing")

Path = tuple[str | int, ...]
"""A parameter's name, and the places of the fields on the way."""


@dataclass(frozen=True)
class Shape:
    """`name` is the local of the value; `parts` are those of a record's fields, where it is taken
    apart. Then the local itself tells only whether the record is there, unless `whole`."""

    name: str
    type: types.Type
    optional: bool
    parts: tuple["Shape", ...]
    whole: bool

    def inside(self) -> Iterator["Shape"]:
        """All that stands in it, at any depth."""
        for each in self.parts:
            yield each
            yield from each.inside()


def shapes(
    parameters: Iterable[program.Parameter],
    roots: Iterable[Expression],
    local: Callable[[str], str],
) -> list[Shape]:
    """The parameters taken apart, for a function that computes the roots."""
    whole = frozenset(_read_whole(roots))
    return [_shape(each.name, each.type, False, (each.name,), whole, local) for each in parameters]


def opened(shape: Shape, depth: int) -> list[str]:
    """Lines that take a value apart."""
    if not shape.parts:
        return []
    indent = "    " * depth
    lines = [f"{indent}{', '.join(each.name for each in shape.parts)}, = {shape.name}"]
    for each in shape.parts:
        if each.parts and each.optional:
            lines += [f"{indent}if {each.name} is not None:", *opened(each, depth + 1)]
            lines += [f"{indent}else: {absent(each)}"]
        else:
            lines += opened(each, depth)
    return lines


def absent(shape: Shape) -> str:
    """A line that says that nothing is there, nor of what stands in it."""
    return " = ".join([shape.name, *(each.name for each in shape.inside()), "None"])


def _shape(
    name: str,
    type_: types.Type,
    optional: bool,
    path: Path,
    whole: frozenset[Path],
    local: Callable[[str], str],
) -> Shape:
    own, is_whole = local(name), any(path[: len(each)] == each for each in whole)
    if not isinstance(type_, types.Record) or _size(type_) > MOST_LOCALS or not type_.fields:
        return Shape(own, type_, optional, (), True)
    parts = tuple(
        _shape(each.name, each.type, each.optional, (*path, place), whole, local)
        for place, each in enumerate(type_.fields)
    )
    return Shape(own, type_, optional, parts, is_whole)


def _size(type_: types.Type) -> int:
    if not isinstance(type_, types.Record):
        return 1
    return 1 + sum(_size(each.type) for each in type_.fields)


def _read_whole(roots: Iterable[Expression]) -> Iterator[Path]:
    """The records that are read otherwise than for a field, or for whether they are there. What
    stands in one is wanted too."""
    listed = list(roots)
    for root in listed:
        yield from _path(root)
    for node in distinct(listed):
        match node:
            case program.FieldOf():
                pass
            case program.Apply(symbol=symbol) if symbol in _ASKED:
                pass
            case _:
                for inside in children(node):
                    yield from _path(inside)


def _path(node: Expression) -> Iterator[Path]:
    match node:
        case program.Variable(name=name):
            yield (name,)
        case program.FieldOf(record=record, place=place):
            for before in _path(record):
                yield (*before, place)
        case _:
            return
