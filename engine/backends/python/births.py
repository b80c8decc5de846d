"""An expression to code that says why it is unknown: a tuple of JSON pointers to the facts that are
missing; empty where the expression is known.

What is unknown though all its facts are there (a division by zero) is born at its line: `line 41`.
This code runs only after a condition came out unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from engine.backends.python import expressions, loops
from engine.backends.python.body import Body
from engine.language import types
from engine.program import nodes as program
from engine.program.nodes import Expression

Pointers = Mapping[str, str]
"""Where each variable stands in the case: code for a JSON pointer. Others stand nowhere."""


def births(body: Body, node: Expression, pointers: Pointers) -> str:
    if not node.unknown:
        return "()"
    match node:
        case program.Variable():
            return _unless_known(body, node, _here(body, node, pointers))
        case program.FieldOf(record=record):
            own = _unless_known(body, node, _here(body, node, pointers))
            return _either(births(body, record, pointers), own)
        case program.PartOf(code=inner) | program.Mentions(text=inner):
            return births(body, inner, pointers)
        case program.Settle(operand=inner) | program.Not(operand=inner):
            return births(body, inner, pointers)
        case program.Apply(symbol="else", operands=operands):
            return _unless_known(body, node, _all(body, operands, pointers))
        case program.Apply(operands=operands, partial=partial, may_overflow=may_overflow):
            of_operands = _all(body, operands, pointers)
            if not partial and not may_overflow:
                return of_operands
            return _either(of_operands, _unless_known(body, node, _line(body, node)))
        case program.Chain(operands=operands) | program.Lookup(arguments=operands):
            return _unless_known(body, node, _all(body, operands, pointers))
        case program.MakeList(items=items):
            return _all(body, items, pointers)
        case program.Choice():
            return _unless_known(body, node, _choice(body, node, pointers))
        case program.Quantified():
            return _unless_known(body, node, _elements(body, node, pointers))
        case program.Gather():
            return _unless_known(body, node, _elements(body, node, pointers))
        case program.Aggregate(gather=gather):
            alone = node.name == "count"
            inside = _elements(body, gather, pointers, conditions_alone=alone)
            return _unless_known(body, node, _either(inside, _line(body, node)))
        case program.CompareCount(count=count, other=other):
            inside = _elements(body, count.gather, pointers, conditions_alone=True)
            own = births(body, other, pointers)
            return _unless_known(body, node, f"({inside} + {own})")
        case program.Constant() | program.MakeRecord() | program.Template() | program.Call():
            return "()"
        case _:
            assert_never(node)


def escaped(name: str) -> str:
    """A name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _here(body: Body, node: Expression, pointers: Pointers) -> str:
    place = _pointer(body, node, pointers)
    return _line(body, node) if place is None else f"({place},)"


def _pointer(body: Body, node: Expression, pointers: Pointers) -> str | None:
    """Code for the place of a fact; None for what is none."""
    match node:
        case program.Variable(name=name):
            code = pointers.get(name)
            return body.read(code) if code and code.isidentifier() else code
        case program.FieldOf(record=record, place=place):
            around = _pointer(body, record, pointers)
            if around is None or not isinstance(record.type, types.Record):
                return None
            return f"{around} + {'/' + escaped(record.type.fields[place].wire)!r}"
        case _:
            return None


def _line(body: Body, node: Expression) -> str:
    return f"('line {body.kit.module.line(node.span)}',)"


def _unless_known(body: Body, node: Expression, code: str) -> str:
    """What is computed here may not run, and not in the order in which it is written."""
    with body.perhaps():
        return f"({code} if ({expressions.value(body, node)}) is None else ())"


def _either(first: str, then: str) -> str:
    """The second only where the first says nothing."""
    return then if first == "()" else f"({first} or {then})"


def _all(body: Body, operands: Sequence[Expression], pointers: Pointers) -> str:
    codes = [births(body, each, pointers) for each in operands]
    return f"({' + '.join(code for code in codes if code != '()') or '()'})"


def _choice(body: Body, node: program.Choice, pointers: Pointers) -> str:
    code = births(body, node.otherwise, pointers)
    for branch in reversed(node.branches):
        with body.perhaps():
            test = expressions.true(body, branch.condition)
        asked = births(body, branch.condition, pointers)
        chosen = births(body, branch.value, pointers)
        code = f"({chosen} if ({test}) else {_either(asked, code)})"
    return code


def _elements(
    body: Body,
    node: program.Quantified | program.Gather,
    pointers: Pointers,
    *,
    conditions_alone: bool = False,
) -> str:
    """Why the list, an element's condition or a kept element's value is unknown."""
    of_items = births(body, node.items, pointers)
    value = None if conditions_alone or isinstance(node, program.Quantified) else node.value
    roots = [each for each in (node.condition, value) if each is not None]
    if not any(each.unknown for each in roots):
        return of_items
    with body.perhaps():
        tests, items = expressions.presence(body, node.items)
        base = _pointer(body, node.items, pointers)
        located = f"{body.kit.use(_located)}({base or repr('')}, {items})"
        key = f"missing_{len(roots)}", id(node)
        each = loops.again(body, key, located)
        if each is None:
            loop = loops.start(body, key, node, roots)
            at = loop.body.local("at")
            loop = replace(loop, target=f"{at}, ({loop.target})")
            inside = {**pointers, node.variable: at} if base else pointers
            found = _of_element(loop.body, node.condition, value, inside)
            loop.body.write(2, f"found += ({found})")
            each = loop.call(located, ["found = ()"], ["return found"])
        code = f"({each} if {expressions.joined('and', tests)} else ())" if tests else each
    return _either(of_items, code)


def _of_element(
    body: Body, condition: Expression | None, value: Expression | None, pointers: Pointers
) -> str:
    found = "()" if value is None else births(body, value, pointers)
    if condition is None:
        return found
    asked = births(body, condition, pointers)
    with body.perhaps():
        kept = expressions.true(body, condition)
    return f"({found} if ({kept}) else {asked})"


def _located(base: str, items: Iterable[object]) -> list[tuple[str, object]]:
    return [(f"{base}/{place}", each) for place, each in enumerate(items)]
