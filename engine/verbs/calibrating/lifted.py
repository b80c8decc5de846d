"""A policy to the same policy in which thresholds are facts, so that one compiled program decides
by any of their values.

The decision, and every define that leads to a threshold, takes it as one more parameter of the same
name, and each call hands it on. The changed tree is checked like any other: nothing that hangs on
the number, such as a bound or a table, stays as it was.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from engine.checker.check import check as check_tree
from engine.program import nodes as program
from engine.program import walk
from engine.syntax import nodes as syntax
from engine.syntax.parse import parse
from engine.syntax.walk import walk as walk_tree

_LEFT_OUT = (syntax.Guarantee, syntax.Example, syntax.Waiver)
_NAMED = (syntax.State, syntax.Event)
"""What a lifecycle has that decisions may speak of."""
_COMPARISONS = ("<", "<=", ">", ">=", "is", "is not")


def lifted(
    policy: program.Program, decision: str, thresholds: Sequence[str]
) -> program.Program | None:
    """With that decision alone; None where the policy needs the numbers to hold together."""
    tree = parse(policy.source).tree
    if tree is None:
        return None
    nodes = [_threshold(tree, name) for name in thresholds]
    users = _users(tree, thresholds)
    if any(not each.parameters for each in _defines(tree) if each.name.text in users):
        return None
    more = tuple(syntax.Parameter(each.name, each.type, span=each.span) for each in nodes)
    lift = _Lift(users, more)
    kept = tuple(
        lift.declaration(each)
        for each in tree.declarations
        if each not in nodes and not _is_left_out(each, decision)
    )
    changed = replace(tree, declarations=kept)
    return check_tree(changed, policy.source, policy.content_hash, policy.meaning_hash).program


def only_compared(policy: program.Program, names: Collection[str]) -> bool:
    """Whether nothing is done with these parameters but to compare them with something else, hand
    them to a define, and show them."""
    return all(_is_compared(each, names) for each in _expressions(policy))


def _threshold(tree: syntax.File, name: str) -> syntax.Threshold:
    return next(
        each
        for each in tree.declarations
        if isinstance(each, syntax.Threshold) and each.name.text == name
    )


def _defines(tree: syntax.File) -> Iterator[syntax.Define]:
    return (each for each in tree.declarations if isinstance(each, syntax.Define))


def _users(tree: syntax.File, thresholds: Sequence[str]) -> frozenset[str]:
    """The defines that lead to a threshold."""
    named = {
        each.name.text: {node.text for node in walk_tree(each) if isinstance(node, syntax.Name)}
        for each in _defines(tree)
    }
    found = set(thresholds)
    while True:
        more = {name for name, inside in named.items() if inside & found} - found
        if not more:
            return frozenset(found.difference(thresholds))
        found |= more


def _is_left_out(node: syntax.Declaration, decision: str) -> bool:
    if isinstance(node, syntax.Decision):
        return node.name.text != decision
    return isinstance(node, _LEFT_OUT)


class _Lift:
    def __init__(self, users: Collection[str], more: tuple[syntax.Parameter, ...]) -> None:
        self._users = users
        self._more = more

    def declaration(self, node: syntax.Declaration) -> syntax.Declaration:
        match node:
            case syntax.Define() if node.name.text in self._users:
                define: syntax.Define = self._node(node)
                return replace(define, parameters=(*node.parameters, *self._more))
            case syntax.Decision():
                decision: syntax.Decision = self._node(node)
                return replace(decision, parameters=(*node.parameters, *self._more))
            case syntax.Lifecycle(items=items):
                names = tuple(each for each in items if isinstance(each, _NAMED))
                return replace(node, items=names)
            case _:
                return node

    def _node(self, node: Any) -> Any:
        changed = {}
        for each in fields(node):
            value = getattr(node, each.name)
            other = self._value(value)
            if other is not value:
                changed[each.name] = other
        made = replace(node, **changed) if changed else node
        if isinstance(node, syntax.Call) and node.function.text in self._users:
            return replace(made, arguments=(*made.arguments, *self._arguments(node)))
        return made

    def _value(self, value: Any) -> Any:
        if isinstance(value, syntax.Node):
            return self._node(value)
        if isinstance(value, tuple):
            others = tuple(self._value(each) for each in value)
            same = all(one is other for one, other in zip(value, others, strict=True))
            return value if same else others
        return value

    def _arguments(self, call: syntax.Call) -> Iterator[syntax.Argument]:
        by_name = any(each.name is not None for each in call.arguments)
        for each in self._more:
            name = each.name if by_name else None
            yield syntax.Argument(name, each.name, span=call.span)


def _expressions(policy: program.Program) -> Iterator[program.Expression]:
    for define in policy.defines.values():
        yield define.value
    for decision in policy.decisions.values():
        for rule in (*decision.guards, *decision.rules):
            several = (rule.condition, rule.outcome, rule.unknown_outcome, rule.because)
            yield from (each for each in several if each is not None)
        if decision.otherwise is not None:
            yield decision.otherwise.outcome
        yield from (each.value for each in decision.always)


def _is_compared(node: program.Expression, names: Collection[str]) -> bool:
    def is_one(each: program.Expression) -> bool:
        return isinstance(each, program.Variable) and each.name in names

    for each in walk.everything(node):
        inside = [child for child in walk.children(each) if is_one(child)]
        match each:
            case program.Call() | program.Template():
                continue
            case program.Apply(symbol=symbol) if symbol in _COMPARISONS:
                if len(inside) > 1:
                    return False
            case _ if inside:
                return False
    return not is_one(node)
