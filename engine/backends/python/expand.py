"""A checked expression to one without calls: each `define` stands where it was called.

What is the same becomes one and the same node, so that later passes go by identity and a shared
part is computed once. The variable of a quantifier is named by its depth, so that two that differ
in its name alone are the same too. What may be unknown by itself (a division by zero) is said to be
so at its line, so that it is the same on the same line alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from engine.program import nodes as program
from engine.program.nodes import Expression
from engine.source import Span

_Node = TypeVar("_Node", bound=program.Node)

Names = Mapping[str, Expression]
"""What the names of parameters stand for where they do not stand for themselves."""


class Expander:
    """Expands the expressions of one program; `line` tells where a part of it stands."""

    def __init__(self, defines: Mapping[str, program.Define], line: Callable[[Span], int]) -> None:
        self._defines = defines
        self._line = line
        self._nodes: dict[object, Any] = {}
        self._calls: dict[object, Expression] = {}

    def expand(self, node: Expression, names: Names, depth: int = 0) -> Expression:
        """`depth` counts the quantifiers around."""
        made: Expression
        match node:
            case program.Variable(name=name) if name in names:
                return names[name]
            case program.Call():
                return self._call(node, names, depth)
            case program.Quantified(variable=variable, items=items, condition=condition):
                each, inner = self._element(variable, items, names, depth)
                made = replace(
                    node,
                    variable=each,
                    items=self.expand(items, names, depth),
                    condition=self.expand(condition, inner, depth + 1),
                )
            case program.Gather():
                made = self._gather(node, names, depth)
            case program.Aggregate(gather=gather):
                made = replace(node, gather=self._one(self._gather(gather, names, depth)))
            case program.Template(pieces=pieces):
                made = replace(node, pieces=self._pieces(pieces, names, depth))
            case _:
                made = _rebuilt(node, lambda inside: self.expand(inside, names, depth))
        return self._one(made)

    def _call(self, node: program.Call, names: Names, depth: int) -> Expression:
        define = self._defines[node.define]
        given = [self.expand(each, names, depth) for each in node.arguments]
        key = (node.define, depth, *map(id, given))
        if key not in self._calls:
            inner = {each.name: value for each, value in zip(define.parameters, given, strict=True)}
            self._calls[key] = self.expand(define.value, inner, depth)
        return self._calls[key]

    def _gather(self, node: program.Gather, names: Names, depth: int) -> program.Gather:
        each, inner = self._element(node.variable, node.items, names, depth)
        return replace(
            node,
            variable=each,
            items=self.expand(node.items, names, depth),
            value=self.expand(node.value, inner, depth + 1),
            condition=node.condition and self.expand(node.condition, inner, depth + 1),
        )

    def _pieces(
        self, pieces: tuple[program.Piece, ...], names: Names, depth: int
    ) -> tuple[program.Piece, ...]:
        return tuple(self._piece(each, names, depth) for each in pieces)

    def _piece(self, piece: program.Piece, names: Names, depth: int) -> program.Piece:
        match piece:
            case program.Repeat(variable=variable, items=items, pieces=pieces):
                each, inner = self._element(variable, items, names, depth)
                listed = self.expand(items, names, depth)
                return program.Repeat(each, listed, self._pieces(pieces, inner, depth + 1))
            case program.If(condition=condition, pieces=pieces, otherwise=otherwise):
                return program.If(
                    self.expand(condition, names, depth),
                    self._pieces(pieces, names, depth),
                    self._pieces(otherwise, names, depth),
                )
            case program.Show(value=value, format=printed):
                return program.Show(self.expand(value, names, depth), printed)
            case _:
                return piece

    def _element(
        self, variable: str, items: Expression, names: Names, depth: int
    ) -> tuple[str, Names]:
        name = f"each{depth}"
        type_ = getattr(items.type, "element", items.type)
        each = self._one(program.Variable(name, type=type_, span=items.span))
        return name, {**names, variable: each}

    def _one(self, node: _Node) -> _Node:
        """The node that is the same as this one, if there was one before."""
        line = self._line(node.span) if _may_be_born(node) else None
        known: _Node = self._nodes.setdefault((line, _key(node)), node)
        return known


def _may_be_born(node: program.Node) -> bool:
    """Whether it may be unknown though all that goes into it is known."""
    match node:
        case program.Apply(unknown=unknown, partial=partial, may_overflow=may_overflow):
            return unknown and (partial or may_overflow)
        case program.Aggregate(unknown=unknown):
            return unknown
        case _:
            return False


def _rebuilt(node: Any, change: Callable[[Expression], Expression]) -> Any:
    """The node with other expressions inside."""
    changed = {each.name: _changed(getattr(node, each.name), change) for each in fields(node)}
    return replace(node, **changed)


def _changed(value: Any, change: Callable[[Expression], Expression]) -> Any:
    match value:
        case program.Node():
            return change(value)  # type: ignore[arg-type]
        case program.Branch(condition=condition, value=chosen):
            return program.Branch(change(condition), change(chosen))
        case tuple() if any(isinstance(each, program.Node | program.Branch) for each in value):
            return tuple(_changed(each, change) for each in value)
        case _:
            return value


def _key(value: Any) -> object:
    """Equal for nodes that are the same and whose parts are one already."""
    match value:
        case program.Constant(value=constant):
            return (program.Constant, value.type, _exact(constant), value.name)
        case program.Node():
            inside = (getattr(value, each.name) for each in fields(value) if each.compare)
            return (value.__class__, *map(_part_key, inside))
        case _:
            raise TypeError(value)


def _part_key(value: Any) -> object:
    match value:
        case program.Node():
            return id(value)
        case tuple():
            return tuple(map(_part_key, value))
        case program.Branch() | program.Words() | program.Show() | program.ShowMatched():
            return (
                value.__class__,
                *(_part_key(getattr(value, each.name)) for each in fields(value)),
            )
        case program.Repeat() | program.If():
            return (
                value.__class__,
                *(_part_key(getattr(value, each.name)) for each in fields(value)),
            )
        case _:
            return value


def _exact(value: object) -> object:
    """Equal where the values are and their types too: 1, 1.0 and true are three."""
    match value:
        case tuple():
            return tuple(map(_exact, value))
        case dict():
            return id(value)
        case _:
            return (value.__class__, value)
