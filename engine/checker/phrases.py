"""Triggers: the author's words to phrases that can be looked for."""

from collections.abc import Iterator, Sequence
from itertools import product

from engine.checker.declared import Declared
from engine.diagnostics.types import OutsideRange, UnusablePhrase
from engine.language.phrases import NEAR, Near, Pattern, Phrase, Trigger, Unreadable, parse_phrase
from engine.source import Span
from engine.syntax import nodes as syntax


def lower_triggers(declared: Declared) -> tuple[Trigger, ...]:
    found: list[Trigger] = []
    for node in declared.names.of(syntax.Trigger):
        declared.triggers.add(node.name.text)
        patterns = _patterns(declared, node.patterns)
        exceptions = _patterns(declared, node.exceptions)
        if patterns is not None and exceptions is not None:
            found.append(Trigger(node.name.text, patterns, exceptions))
    return tuple(found)


def _patterns(
    declared: Declared, nodes: Sequence[syntax.Pattern | syntax.AnyNear]
) -> tuple[Pattern, ...] | None:
    found = [each for node in nodes for each in _lowered(declared, node)]
    known = tuple(each for each in found if each is not None)
    return known if len(known) == len(found) else None


def _lowered(declared: Declared, node: syntax.Pattern | syntax.AnyNear) -> Iterator[Pattern | None]:
    """One pattern for each pair; None for what was complained of."""
    if isinstance(node, syntax.AnyNear):
        left = [_phrase(declared, each.text, each.span) for each in node.left]
        right = [_phrase(declared, each.text, each.span) for each in node.right]
        yield from _near(declared, node, left, right)
    elif node.near is None:
        yield _phrase(declared, node.text, node.span)
    else:
        sides = [[_phrase(declared, each, node.span)] for each in (node.text, node.near)]
        yield from _near(declared, node, *sides)


def _near(
    declared: Declared,
    node: syntax.Pattern | syntax.AnyNear,
    left: Sequence[Phrase | None],
    right: Sequence[Phrase | None],
) -> Iterator[Pattern | None]:
    within = NEAR if node.within is None else node.within
    if within < 1:
        declared.tell(
            OutsideRange(span=node.span, value=str(within), range="at least 1", what="`within`")
        )
        yield None
    for one, other in product(left, right):
        yield None if one is None or other is None else Near(one, other, max(within, 1))


def _phrase(declared: Declared, text: str, span: Span) -> Phrase | None:
    match parse_phrase(text):
        case Phrase() as phrase:
            return phrase
        case Unreadable() as why:
            declared.tell(UnusablePhrase(span=span, text=text, why=why.value))
            return None
