"""Triggers: the author's words to phrases that can be looked for."""

from engine.checker.declared import Declared
from engine.diagnostics.types import OutsideRange, UnusablePhrase
from engine.language.phrases import NEAR, Near, Pattern, Phrase, Trigger, Unreadable, parse_phrase
from engine.source import Span
from engine.syntax import nodes as syntax


def lower_triggers(declared: Declared) -> tuple[Trigger, ...]:
    found: list[Trigger] = []
    for node in declared.names.of(syntax.Trigger):
        declared.triggers.add(node.name.text)
        patterns = [_pattern(declared, each) for each in node.patterns]
        exceptions = [_pattern(declared, each) for each in node.exceptions]
        if None not in patterns and None not in exceptions:
            found.append(
                Trigger(
                    node.name.text,
                    tuple(each for each in patterns if each is not None),
                    tuple(each for each in exceptions if each is not None),
                )
            )
    return tuple(found)


def _pattern(declared: Declared, node: syntax.Pattern) -> Pattern | None:
    left = _phrase(declared, node.text, node.span)
    if node.near is None or left is None:
        return left
    right = _phrase(declared, node.near, node.span)
    within = NEAR if node.within is None else node.within
    if within < 1:
        declared.tell(
            OutsideRange(span=node.span, value=str(within), range="at least 1", what="`within`")
        )
        return None
    return None if right is None else Near(left, right, within)


def _phrase(declared: Declared, text: str, span: Span) -> Phrase | None:
    match parse_phrase(text):
        case Phrase() as phrase:
            return phrase
        case Unreadable() as why:
            declared.tell(UnusablePhrase(span=span, text=text, why=why.value))
            return None
