"""Declaration to item: facts, numbers, words, tables, promises and expectations."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import assert_never

from engine.syntax import nodes as syntax
from engine.syntax.columns import WIDE_GAP, Row, aligned
from engine.syntax.items import Item
from engine.syntax.layout import (
    STEP,
    WIDTH,
    Break,
    Doc,
    Group,
    Indent,
    Mark,
    bracketed,
    flat_text,
    joined,
)
from engine.syntax.write_decisions import decision, lifecycle
from engine.syntax.write_expressions import (
    Strength,
    call,
    clause,
    definition,
    ending,
    expression,
    filled,
    record,
    word,
)
from engine.syntax.write_texts import note, plain, wire
from engine.syntax.write_types import parameters, type_, typed


def declaration(node: syntax.Declaration) -> Item:
    match node:
        case syntax.Enum():
            return _enum(node)
        case syntax.Code(name=name, parts=parts):
            return Item(node, Row((_opened(f"code {name.text} =", map(_code_part, parts)),)))
        case syntax.RecordType(name=name, fields=fields):
            return Item(node, Row((("record ", word(name)),)), items=tuple(map(_field, fields)))
        case syntax.Threshold():
            return _threshold(node)
        case syntax.List():
            return _list(node)
        case syntax.Trigger():
            return _trigger(node)
        case syntax.Table():
            return _table(node)
        case syntax.Define(name=name, parameters=given, value=value):
            signature = parameters(given) if given else ""
            defined = ("define ", word(name), signature, typed(node.result))
            return Item(node, Row((definition(defined, value),)))
        case syntax.Decision():
            return decision(node)
        case syntax.Lifecycle():
            return lifecycle(node)
        case syntax.Guarantee():
            return _guarantee(node)
        case syntax.Example(title=title):
            return Item(node, Row((f"example {plain(title)}",)), (_example(node),))
        case syntax.Waiver(finding=finding, subject=subject, because=because):
            head = (f"waive {finding} on ", _path(subject))
            return Item(node, Row((head,)), (clause("because", because),))
        case _:
            assert_never(node)


def _opened(head: Doc, items: Iterable[Doc], ending: Doc = "") -> Doc:
    """A list after its head, on one line or each on its own."""
    return Group((head, Indent((Break(), joined(items, ",", Break()), ending))))


def _one_by_one(
    nodes: Sequence[syntax.Node], items: Sequence[Doc], notes: Sequence[str | None]
) -> list[Doc]:
    """A list of which each has its own line and perhaps a note; the comma comes last."""
    commas = [","] * (len(items) - 1) + [""]
    rows = [
        Row((item,), (ending(node), note(text), comma))
        if text is not None
        else Row(((item, comma),))
        for node, item, text, comma in zip(nodes, items, notes, commas, strict=True)
    ]
    return aligned(rows, STEP)


def _enum(node: syntax.Enum) -> Item:
    head = f"enum {node.name.text}:"
    members = [(Mark(each.name.span), each.name.text, wire(each.wire)) for each in node.members]
    notes = [each.note for each in node.members]
    order = f"from {node.order}" if node.order else ""
    listed = joined(map(_noted, node.members, members, notes), ",", Break())
    row = Row((head, Group(Indent((Break(""), listed, (Break(WIDE_GAP), order) if order else "")))))
    if row.width > WIDTH and any(each is not None for each in notes):
        body = _one_by_one(node.members, members, notes)
        return Item(node, Row((head,)), (*body, *([order] if order else [])))
    return Item(node, row)


def _noted(node: syntax.Node, item: Doc, text: str | None) -> Doc:
    return item if text is None else (item, " ", ending(node), plain(text))


def _code_part(node: syntax.CodePart) -> Doc:
    return (Mark(node.span), f"{node.name.text}: " if node.name else "", _code_part_form(node))


def _code_part_form(node: syntax.CodePart) -> str:
    match node.kind:
        case "separator":
            return plain(node.text or "")
        case "enum":
            return node.enum.text if node.enum else ""
        case "integer":
            return f"integer {node.least} .. {node.greatest}"
        case "digits":
            return f"digits {node.least}" + (" or more" if node.open_ended else "")
        case "letters":
            return f"letters {node.least}"
        case _:
            assert_never(node.kind)


def _field(node: syntax.Field) -> Item:
    words = [type_(node.type)]
    words += ["optional"] if node.optional else []
    words += ["sensitive"] if node.sensitive else []
    words += [wire(node.wire).lstrip()] if node.wire is not None else []
    words += [("default ", expression(node.default.value, Strength.SUM))] if node.default else []
    cells = (f"{node.name.text}:", joined(words, " "))
    if node.default is None or node.default.because is None:
        return Item(node, Row(cells, note(node.note)))
    because = f"because {plain(node.default.because)}"
    noted = (because, Break(WIDE_GAP), note(node.note)) if node.note is not None else because
    return Item(node, Row(cells, noted, gap=" "))


def _threshold(node: syntax.Threshold) -> Item:
    value = ("= ", expression(node.value, Strength.SUM))
    row = Row((f"threshold {node.name.text}:", type_(node.type), value))
    because = () if node.because is None else (f"because {plain(node.because)}",)
    return Item(node, row, because)


def _list(node: syntax.List) -> Item:
    head = (f"{node.word} ", word(node.name), typed(node.type), " =")
    if not node.items:
        return Item(node, Row(((*head, " empty"),)))
    items = [expression(item.value, Strength.SUM) for item in node.items]
    notes = [item.note for item in node.items]
    if any(each is not None for each in notes):
        return Item(node, Row((head,)), tuple(_one_by_one(node.items, items, notes)))
    return Item(node, Row((_opened(head, items),)))


def _trigger(node: syntax.Trigger) -> Item:
    mentions = _looked_for("mentions", node.patterns)
    if node.exceptions:
        exceptions = _looked_for("except", node.exceptions)
        mentions = Group((mentions, Indent((Break(), exceptions))))
    return Item(node, Row((("trigger ", word(node.name)), mentions)))


def _looked_for(head: str, nodes: Sequence[syntax.Pattern | syntax.AnyNear]) -> Doc:
    """Words run on; what is near something has lines of its own."""
    patterns: list[Doc] = []
    for before, node in zip((None, *nodes), nodes, strict=False):
        alone = isinstance(node, syntax.AnyNear) or isinstance(before, syntax.AnyNear)
        if before is not None:
            patterns += (",", Break() if alone else Group(Break()))
        patterns.append(_pattern(node))
    return Group((head, Indent((Break(), tuple(patterns)))))


def _pattern(node: syntax.Pattern | syntax.AnyNear) -> Doc:
    within = "" if node.within is None else f" within {node.within}"
    if isinstance(node, syntax.AnyNear):
        left, right = _alternatives(node.left), _alternatives(node.right)
        return Group((Mark(node.span), left, Indent((Break(), "near ", right, within))))
    near = "" if node.near is None else f" near {plain(node.near)}"
    return (Mark(node.span), plain(node.text), near, within)


def _alternatives(phrases: Sequence[syntax.Phrase]) -> Doc:
    words = [(Mark(each.span), plain(each.text)) for each in phrases]
    if len(words) == 1:
        return words[0]
    return ("(", Indent(joined(words, Group(Break()), "or ")), ")")


def _table(node: syntax.Table) -> Item:
    head = ("table ", word(node.name), parameters(node.parameters), typed(node.result))
    rows = [[_cell(cell) for cell in row.cells] for row in node.rows]
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    body = tuple(
        (Mark(row.span), f"| {' | '.join(map(str.ljust, cells, widths))} |")
        for row, cells in zip(node.rows, rows, strict=True)
    )
    return Item(node, Row((head,)), body)


def _cell(node: syntax.Cell) -> str:
    def at_least_a_sum(value: syntax.Expression) -> str:
        return flat_text(expression(value, Strength.SUM))

    match node:
        case syntax.Corner():
            return ""
        case syntax.Anything():
            return "-"
        case syntax.Compared(symbol=symbol, value=value):
            return f"{symbol} {at_least_a_sum(value)}"
        case syntax.Between(low=low, high=high, high_open=high_open):
            sign = "..<" if high_open else ".."
            return f"{at_least_a_sum(low)} {sign} {at_least_a_sum(high)}"
        case syntax.OneOf(values=values):
            return ", ".join(map(at_least_a_sum, values))
        case _:
            assert_never(node)


def _guarantee(node: syntax.Guarantee) -> Item:
    refused: list[Doc] = ["also when refused"] if node.also_refused else []
    because = [clause("because", node.because)] if node.because else []
    body = (*refused, *_promise(node.promise), *because)
    return Item(node, Row((("guarantee ", word(node.name)),)), body)


def _promise(node: syntax.Promise) -> list[Doc]:
    match node:
        case syntax.OutcomePromise(decision=promised, outcome=outcome):
            names = bracketed("(", [word(name) for name in node.parameters], ")")
            head = ("for ", word(promised), names, " = ", word(outcome))
            premise = [clause("when", node.premise)] if node.premise else []
            return [head, *premise, clause("then", node.conclusion)]
        case syntax.PathPromise(source=source, target=target, through=through):
            ends = ("every path from ", word(source), " to ", word(target))
            return [(ends, " passes ", word(through))]
        case syntax.TrendPromise(define=define, direction=direction, path=path):
            return [(word(define), f" never {direction} with ", _path(path))]
        case _:
            assert_never(node)


def _path(names: Sequence[syntax.Name]) -> Doc:
    return joined(map(word, names), ".")


def _example(node: syntax.Example) -> Doc:
    about = "about " if node.about else ""
    gives: Doc = ("gives ", about, expression(node.expected))
    if node.expected_facts:
        gives = (gives, " with ", record(node.expected_facts))
    if node.by or node.not_by:
        names = [*map(word, node.by), *(("not ", word(name)) for name in node.not_by)]
        gives = Group((gives, Break(), "by ", filled(names)))
    values = [node.expected, *(argument.value for argument in node.call.arguments)]
    holds_records = any(isinstance(value, syntax.Record) for value in values)
    circumstances = _circumstances(node)
    if circumstances:
        gives = (Group(joined(circumstances, Break())), Break(), gives)
    return Group((call(node.call), Break(), gives), holds_records)


def _circumstances(node: syntax.Example) -> list[Doc]:
    words: list[Doc] = []
    if node.state:
        words.append(("in ", word(node.state)))
    if node.event:
        has_facts = node.event.arguments
        words.append(("on ", call(node.event) if has_facts else word(node.event.function)))
    if node.at:
        words.append(("at ", expression(node.at)))
    return words
