"""Decision or lifecycle to item, with the items that it holds."""

from collections.abc import Sequence
from typing import assert_never

from engine.syntax import nodes as syntax
from engine.syntax.columns import Row
from engine.syntax.items import Item
from engine.syntax.layout import Break, Doc, Group, Indent, joined
from engine.syntax.write_expressions import beginning, clause, settings, word, words
from engine.syntax.write_texts import note, wire
from engine.syntax.write_types import parameter, parameters, typed


def decision(node: syntax.Decision) -> Item:
    head = ("decision ", word(node.name), parameters(node.parameters), typed(node.result))
    return Item(node, Row((head,)), items=tuple(map(_decision_item, node.items)))


def lifecycle(node: syntax.Lifecycle) -> Item:
    head = ("lifecycle ", word(node.name), "(", parameter(node.parameter), ")")
    return Item(node, Row((head,)), items=tuple(map(_lifecycle_item, node.items)))


def _decision_item(node: syntax.Item) -> Item:
    match node:
        case syntax.HitPolicy(word=policy, by=by):
            return Item(node, Row(((policy, (" by ", word(by)) if by else ""),)))
        case syntax.Guard(name=name):
            return Item(node, Row((("guard ", word(name)),)), _rule(node))
        case syntax.Rule(name=name):
            return Item(node, Row((("rule ", word(name)),)), _rule(node))
        case syntax.Guardrail(name=name, condition=condition, requires=requires):
            clauses = (*_when(condition), clause("requires", requires), *_because(node.because))
            return Item(node, Row((("guardrail ", word(name)),)), clauses)
        case syntax.Otherwise(then=then, because=because):
            return Item(node, Row(("otherwise",)), (*_then(then), *_because(because)))
        case syntax.Always(settings=nodes):
            return Item(node, Row(("always",)), tuple(settings(nodes, separator="")))
        case syntax.Refused(then=then):
            return Item(node, Row(("refused",)), _then(then))
        case _:
            assert_never(node)


def _rule(node: syntax.Guard | syntax.Rule) -> tuple[Doc, ...]:
    return (
        *_when(node.condition),
        *_when_unknown(node.when_unknown),
        *_then(node.then),
        *_because(node.because),
    )


def _when(condition: syntax.Expression | None) -> tuple[Doc, ...]:
    return (clause("when", condition),) if condition else ()


def _when_unknown(node: syntax.WhenUnknown | None) -> tuple[Doc, ...]:
    if node is None:
        return ()
    if isinstance(node.effect, str):
        return ((beginning(node), f"when unknown: {node.effect}"),)
    return ((beginning(node), _result("when unknown:", node.effect)),)


def _then(result: syntax.Result | None) -> tuple[Doc, ...]:
    return (_result("then", result),) if result else ()


def _because(text: syntax.Text | None) -> tuple[Doc, ...]:
    return (clause("because", text),) if text else ()


def _result(keyword: str, result: syntax.Result) -> Doc:
    match result:
        case syntax.Settings(settings=nodes):
            return _settings(keyword, nodes)
        case _:
            return clause(keyword, result)


def _settings(keyword: str, nodes: Sequence[syntax.Setting]) -> Doc:
    if len(nodes) == 1:
        return (keyword, " ", *settings(nodes))
    return Group((keyword, Indent((Break(), joined(settings(nodes), Break())))))


def _lifecycle_item(node: syntax.LifecycleItem) -> Item:
    match node:
        case syntax.State(name=name):
            marks = ("initial" if node.initial else "", "final" if node.final else "")
            words_after = " ".join(mark for mark in marks if mark) + wire(node.wire)
            cells = (("state ", word(name)), words_after.strip())
            has_second = words_after or node.note is not None
            return Item(node, Row(cells if has_second else cells[:1], note(node.note)))
        case syntax.Event(name=name, parameters=given):
            head = ("event ", word(name), parameters(given) if given else "")
            return Item(node, Row((head,), note(node.note)))
        case syntax.Transition():
            return _transition(node)
        case syntax.Deadline():
            return _deadline(node)
        case _:
            assert_never(node)


def _transition(node: syntax.Transition) -> Item:
    keyword = "guard transition " if node.guard else "transition "
    path = (keyword, words(node.sources), " -> ", word(node.target))
    then = (_settings("then", node.settings),) if node.settings else ()
    clauses = (*_when(node.condition), *then, *_because(node.because))
    return Item(node, Row((path, ("on ", word(node.event)))), clauses)


def _deadline(node: syntax.Deadline) -> Item:
    head = ("deadline ", word(node.name), " in ", words(node.states))
    then: Doc
    if node.go is None:
        then = _settings("then", node.settings)
    else:
        comma = "," if node.settings else ""
        gone = joined([("go ", word(node.go), comma), *settings(node.settings)], Break())
        then = Group(("then ", Indent(gone)))
    clauses = (clause("at", node.at), *_when(node.condition), then, *_because(node.because))
    return Item(node, Row((head,)), clauses)
