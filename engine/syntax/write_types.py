"""Type to document: a type, its unit and its range stand on one line."""

from typing import assert_never

from engine.syntax import nodes as syntax
from engine.syntax.layout import Doc, Mark, bracketed
from engine.syntax.write_expressions import inline, word


def type_(node: syntax.Type) -> Doc:
    return (Mark(node.span), _spelled(node))


def typed(node: syntax.Type | None) -> Doc:
    return (": ", type_(node)) if node else ""


def parameters(nodes: tuple[syntax.Parameter, ...]) -> Doc:
    return bracketed("(", [parameter(node) for node in nodes], ")")


def parameter(node: syntax.Parameter) -> Doc:
    return (word(node.name), ": ", type_(node.type), " optional" if node.optional else "")


def _spelled(node: syntax.Type) -> str:
    match node:
        case syntax.BasicType(word=basic, unit=unit, range=range):
            in_unit = f" in {unit.text}" if unit else ""
            return basic + in_unit + (f" {_range(range)}" if range else "")
        case syntax.NamedType(name=name):
            return name.text
        case syntax.ListType(element=element, bound=bound):
            up_to = "" if bound is None else f" up to {bound}"
            return f"list of {_spelled(element)}{up_to}"
        case syntax.TallyType(kind=kind, record=record, by=by, daily=daily):
            return f"tally {kind} of {record.text} by {by.text}" + (" and day" if daily else "")
        case _:
            assert_never(node)


def _range(node: syntax.Range) -> str:
    match node:
        case syntax.Range(low=low, high=None) if low:
            return f"{'>' if node.low_open else '>='} {inline(low)}"
        case syntax.Range(low=None, high=high) if high:
            return f"{'<' if node.high_open else '<='} {inline(high)}"
        case syntax.Range(low=low, high=high) if low and high:
            return f"{inline(low)} {'..<' if node.high_open else '..'} {inline(high)}"
        case _:
            raise ValueError("a range has an end")
