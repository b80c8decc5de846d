"""Expression to document, with no more brackets than the reader needs.

Every form binds with a strength, and every place asks for a least strength: what binds less is put
between brackets. Chains and sums break before their operators, lists after their commas.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TypeVar, assert_never

from engine.source import Span
from engine.syntax import nodes as syntax
from engine.syntax.layout import (
    STEP,
    WIDTH,
    Break,
    Doc,
    Group,
    Indent,
    Mark,
    Padding,
    bracketed,
    flat_text,
    flat_width,
    joined,
)
from engine.syntax.write_texts import template

_T = TypeVar("_T")


class Strength(IntEnum):
    CHOICE = 0
    CHAIN = 1
    QUANTIFIED = 2
    NEGATION = 3
    COMPARISON = 4
    ELSE = 5
    SUM = 6
    PRODUCT = 7
    NEGATIVE = 8
    PART = 9


_BINARY = {
    "else": Strength.ELSE,
    "+": Strength.SUM,
    "-": Strength.SUM,
    "*": Strength.PRODUCT,
    "/": Strength.PRODUCT,
}

_BEFORE_CONDITION = {"any": "where", "all": "satisfy"}

# Read aloud, more operands of a chain are easier line by line.
_MOST_ON_ONE_LINE = 3


def expression(node: syntax.Expression, least: Strength = Strength.CHOICE) -> Doc:
    if _strength(node) >= least:
        return _group(node)
    return Group(("(", Indent((Break(""), _group(node))), Break(""), ")"))


def clause(keyword: str, node: syntax.Expression) -> Doc:
    """`when` or the like, and the expression that is the whole of it."""
    if _is_level(node):
        return (keyword, " ", Indent(_limbs(node)))
    return (keyword, " ", _bare(node))


def definition(head: Doc, node: syntax.Expression) -> Doc:
    """`head = expression`"""
    if not _hugs(node) or flat_width(_bare(node)) <= WIDTH - STEP:
        return Group((head, " =", Indent((Break(), _limbs(node)))))
    return (head, " = ", _bare(node))


def settings(nodes: Sequence[syntax.Setting], separator: str = ",") -> list[Doc]:
    """`name: value`, with the separator after each but the last; values on lines of their own stand
    under each other."""
    widest = max((len(node.name.text) for node in nodes), default=0)
    return [
        (
            _labelled(node.name, node.value, is_last or not separator, widest),
            "" if is_last else separator,
        )
        for node, is_last in _marking_last(nodes)
    ]


def word(name: syntax.Name) -> Doc:
    return (Mark(name.span), name.text)


def words(names: Sequence[syntax.Name]) -> Doc:
    return filled(map(word, names))


def filled(items: Iterable[Doc]) -> Doc:
    """Short items with commas, as many on a line as it takes."""
    return Group(Indent(joined(items, ",", Group(Break()))))


def inline(node: syntax.Expression) -> str:
    return flat_text(expression(node))


def _is_level(node: syntax.Expression) -> bool:
    """Whether the lines of the expression stand level with its first one."""
    match node:
        case syntax.Chain() | syntax.Choice():
            return True
        case syntax.Binary(symbol=symbol):
            return symbol in _BINARY
        case _:
            return False


def _hugs(node: syntax.Expression) -> bool:
    """Whether the expression, where it is long, begins with a line that ends in a bracket."""
    match node:
        case syntax.ListOf() | syntax.Collected() | syntax.Record() | syntax.Text():
            return True
        case syntax.Call() | syntax.Aggregate():
            return True
        case _:
            return False


def _is_long(node: syntax.Expression) -> bool:
    match node:
        case syntax.Chain(operands=operands):
            return len(operands) > _MOST_ON_ONE_LINE
        case syntax.Choice(branches=branches):
            return len(branches) > 1
        case _:
            return False


def _strength(node: syntax.Expression) -> Strength:
    match node:
        case syntax.Choice():
            return Strength.CHOICE
        case syntax.Chain():
            return Strength.CHAIN
        case syntax.Quantified():
            return Strength.QUANTIFIED
        case syntax.Unary(symbol="not", operand=operand):
            quantified = _strength(operand) == Strength.QUANTIFIED
            return Strength.QUANTIFIED if quantified else Strength.NEGATION
        case syntax.Binary(symbol=symbol):
            return _BINARY.get(symbol, Strength.COMPARISON)
        case syntax.Test() | syntax.Mentions():
            return Strength.COMPARISON
        case syntax.Unary():
            return Strength.NEGATIVE
        case syntax.Number(written=written) if written.startswith("-"):
            return Strength.NEGATIVE
        case _:
            return Strength.PART


def _group(node: syntax.Expression) -> Doc:
    return Group(_bare(node)) if _is_level(node) else _bare(node)


def _limbs(node: syntax.Expression) -> Doc:
    """The expression as the whole of a clause, a definition or a value."""
    return Group(_bare(node), _is_long(node))


def _bare(node: syntax.Expression) -> Doc:
    match node:
        case syntax.Name():
            return word(node)
        case syntax.Number() | syntax.Duration() | syntax.Instant():
            return (Mark(node.span), node.written)
        case syntax.Boolean(value=value):
            return (Mark(node.span), "true" if value else "false")
        case syntax.Text():
            return (Mark(node.span), template(node, inline))
        case syntax.ListOf(items=items):
            listed = [_item(each, is_last) for each, is_last in _marking_last(items)]
            return _listed("[", items, listed, "]", node)
        case syntax.Record():
            return record(node)
        case syntax.Collected(each=each):
            return _between("[", [_each(each)], "]", node)
        case syntax.Aggregate(function=function, each=each):
            return (function.text, _between("(", [_each(each)], ")", node))
        case syntax.Call():
            return call(node)
        case syntax.Part(value=value, name=name):
            return (expression(value, Strength.PART), ".", word(name))
        case syntax.Unary(symbol="not", operand=operand):
            if _strength(operand) in (Strength.QUANTIFIED, Strength.NEGATION):
                return ("not ", expression(operand))
            return ("not ", expression(operand, Strength.ELSE))
        case syntax.Unary(symbol=symbol, operand=operand):
            return (symbol, expression(operand, Strength.NEGATIVE))
        case syntax.Binary():
            return _binary(node)
        case syntax.Test(symbol=symbol, operand=operand):
            return (expression(operand, Strength.SUM), " ", symbol)
        case syntax.Mentions(text=text):
            return (expression(text, Strength.SUM), " mentions ", _mentioned(node))
        case syntax.Chain(symbol=symbol, operands=operands):
            parts = [
                expression(each, Strength.QUANTIFIED if is_last else Strength.NEGATION)
                for each, is_last in _marking_last(operands)
            ]
            return joined(parts, Break(), f"{symbol} ")
        case syntax.Quantified():
            return _quantified(node)
        case syntax.Choice(branches=branches, otherwise=otherwise):
            default = ("otherwise ", Indent(expression(otherwise, Strength.CHAIN)))
            return joined([*map(_branch, branches), default], Break())
        case _:
            assert_never(node)


def call(node: syntax.Call) -> Doc:
    values = [each.value for each in node.arguments]
    arguments = [
        _labelled(each.name, each.value, is_last) if each.name else _item(each.value, is_last)
        for each, is_last in _marking_last(node.arguments)
    ]
    return (node.function.text, _listed("(", values, arguments, ")", node))


def record(node: syntax.Record) -> Doc:
    entries = [
        _labelled(entry.name, entry.value, is_last)
        for entry, is_last in _marking_last(node.entries)
    ]
    return _between("{", entries, "}", node, " ")


def _marking_last(items: Sequence[_T]) -> list[tuple[_T, bool]]:
    return [(item, number == len(items)) for number, item in enumerate(items, 1)]


def _labelled(
    name: syntax.Name, value: syntax.Expression | None, is_last: bool, width: int = 0
) -> Doc:
    label = (word(name), ":", Padding(" " * (width - len(name.text))))
    if value is None:
        return (label, " missing")
    if not _hugs(value) and (is_last or not _ends_in_a_list(value)):
        return (label, Group(Indent((Break(), _limbs(value)))))
    return (label, " ", _item(value, is_last))


def _item(value: syntax.Expression, is_last: bool) -> Doc:
    if is_last or not _ends_in_a_list(value):
        return expression(value)
    return expression(value, Strength.PART)


def _ends_in_a_list(node: syntax.Expression) -> bool:
    """Whether the expression ends in the names of triggers, which a comma would continue."""
    match node:
        case syntax.Mentions():
            return True
        case syntax.Unary(symbol="not", operand=last) | syntax.Chain(operands=(*_, last)):
            return _ends_in_a_list(last)
        case syntax.Quantified(condition=last) | syntax.Choice(otherwise=last):
            return _ends_in_a_list(last)
        case _:
            return False


def _listed(
    opening: str,
    values: Sequence[syntax.Expression],
    items: Sequence[Doc],
    closing: str,
    node: syntax.Node,
) -> Doc:
    """One value that has brackets or quotes of its own keeps to those around it."""
    match values:
        case [syntax.Record() | syntax.ListOf() | syntax.Text()]:
            return (beginning(node), opening, *items, *_closing(node, closing))
        case _:
            return _between(opening, items, closing, node)


def _between(
    opening: str, items: Sequence[Doc], closing: str, node: syntax.Node, padding: str = ""
) -> Doc:
    return (beginning(node), bracketed(opening, items, _closing(node, closing), padding))


def beginning(node: syntax.Node) -> Mark:
    return Mark(Span(node.span.start, node.span.start))


def ending(node: syntax.Node) -> Mark:
    return Mark(Span(node.span.end, node.span.end))


def _closing(node: syntax.Node, bracket: str) -> tuple[Doc, ...]:
    return (Mark(Span(node.span.end - 1, node.span.end)), bracket)


def _binary(node: syntax.Binary) -> Doc:
    strength = _BINARY.get(node.symbol)
    if strength is None:
        left = expression(node.left, Strength.SUM)
        right = expression(node.right, Strength.SUM)
        return Group((left, Indent((Break(), node.symbol, " ", right))))
    operations: list[Doc] = []
    left_most: syntax.Expression = node
    while isinstance(left_most, syntax.Binary) and _BINARY.get(left_most.symbol) == strength:
        right = expression(left_most.right, Strength(strength + 1))
        operations.append((Break(), left_most.symbol, " ", right))
        left_most = left_most.left
    return (expression(left_most, strength), *reversed(operations))


def _mentioned(node: syntax.Mentions) -> Doc:
    names = words(node.triggers)
    if node.quantity == "any" and len(node.triggers) == 1:
        return names
    return (f"{node.quantity} of ", names)


def _quantified(node: syntax.Quantified) -> Doc:
    head = (f"{node.quantity} ", word(node.variable), " in ", expression(node.items, Strength.SUM))
    condition = expression(node.condition, Strength.CHAIN)
    return Group((head, Indent((Break(), _BEFORE_CONDITION[node.quantity], " ", condition))))


def _each(node: syntax.Each) -> Doc:
    items = expression(node.items, Strength.SUM)
    value = expression(node.value, Strength.NEGATION)
    loop = Group((value, Break(), "for ", word(node.variable), " in ", items))
    if node.condition is None:
        return loop
    return (loop, Break(), "where ", expression(node.condition, Strength.CHAIN))


def _branch(node: syntax.Branch) -> Doc:
    condition = expression(node.condition, Strength.CHAIN)
    value = expression(node.value, Strength.CHAIN)
    return Group(("when ", Indent((condition, Break(), "then ", value))))
