"""What the parser has read by a rule to a node of the tree: one table, by the rules' names."""

from collections.abc import Callable
from functools import cache
from typing import Any

from engine.diagnostics import syntax as said
from engine.source import Span
from engine.syntax import nodes as syntax
from engine.syntax import texts, values
from engine.syntax.parser import Builder
from engine.syntax.tokens import MUTE, Token

# Deeper than this nobody reads, and the passes over the tree could not follow.
DEEPEST = 60


@cache
def builders() -> dict[str, Builder]:
    """By the names of rules and their alternatives."""
    by_values = {name: _by_values(make) for name, make in _BY_VALUES.items()}
    return by_values | {name: _piece(make) for name, make in _BY_PIECES.items()}


def _by_values(make: Callable[..., object]) -> Callable[[list[Token | None]], Token]:
    def from_pieces(here: Token, pieces: list[Token | None]) -> object:
        values = [piece and piece.value for piece in pieces]
        return make(here, *[value for value in values if value is not MUTE])

    return _piece(from_pieces)


def _piece(
    make: Callable[[Token, list[Token | None]], object],
) -> Callable[[list[Token | None]], Token]:
    def build(pieces: list[Token | None]) -> Token:
        present = [piece for piece in pieces if piece is not None and piece.file is not None]
        if not present:
            return Token("", 0, 0, make(_NOWHERE, pieces), None)
        first, last = present[0], present[-1]
        here = Token("", first.start, last.end, None, first.file)
        here.depth = 1 + max(piece.depth for piece in present)
        if here.depth == DEEPEST:
            place = Span(here.start, here.start + 1)
            here.file.refuse(said.TooManyLevels(span=place))
        here.value = make(here, pieces)
        return here

    return build


_NOWHERE = Token("", 0, 0, None, None)


def _node(kind: type[syntax.Node]) -> Callable[..., syntax.Node]:
    return lambda here, *values: kind(*values, span=here.span)


def _pass(_: Token, value: object) -> object:
    return value


def _many(_: Token, *values: object) -> tuple[object, ...]:
    return values


def _labelled(label: str) -> Callable[..., tuple[str, object, Span]]:
    """One of several lines or words that may stand in any order."""
    return lambda here, value=True: (label, value, here.span)


def _gathered(here: Token, *labelled: tuple[str, object, Span]) -> dict[str, Any]:
    gathered: dict[str, Any] = {}
    places: dict[str, Span] = {}
    for label, value, span in labelled:
        if label in gathered:
            here.file.complain(
                said.SaidTwice(span=span, what=label.replace("_", " "), first=places[label])
            )
        gathered[label] = value
        places[label] = span
    return gathered


def _words(pieces: list[Token | None]) -> str:
    return " ".join(piece.text for piece in pieces if piece is not None)


def _text(here: Token, _: list[Token | None]) -> str:
    """A choice between keywords, as its word."""
    return here.text


# Declarations


def _file(
    here: Token, language: int, header: syntax.Header, declarations: tuple[syntax.Declaration, ...]
) -> syntax.File:
    return syntax.File(language, header, declarations, span=here.span)


def _header(here: Token, name: syntax.Name, version: str, lines: dict[str, Any]) -> syntax.Header:
    return syntax.Header(
        name,
        version,
        lines.get("title"),
        lines.get("owner"),
        lines.get("governs", ()),
        lines.get("source"),
        span=here.span,
    )


def _integer_part(here: Token, name: syntax.Name, least: int, greatest: int) -> syntax.CodePart:
    return syntax.CodePart("integer", name, least=least, greatest=greatest, span=here.span)


def _digits_part(here: Token, name: syntax.Name, least: int, more: bool | None) -> syntax.CodePart:
    open_ended = more is not None
    return syntax.CodePart("digits", name, least=least, open_ended=open_ended, span=here.span)


def _field(
    here: Token,
    name: syntax.Name,
    type: syntax.Type,
    modifiers: dict[str, Any],
    note: str | None,
) -> syntax.Field:
    return syntax.Field(name, type, note=note, span=here.span, **modifiers)


def _default(
    here: Token, value: syntax.Expression, because: str | None
) -> tuple[str, syntax.Default, Span]:
    return "default", syntax.Default(value, because, span=here.span), here.span


def _sized_type(here: Token, pieces: list[Token | None]) -> syntax.BasicType:
    """`number` and `integer` have a unit and a range, `duration` has a range."""
    word, *unit, bounds = pieces
    assert word is not None
    return syntax.BasicType(
        word.text,
        unit[0].value if unit and unit[0] else None,
        bounds.value if bounds else None,
        span=here.span,
    )


def _list_type(here: Token, element: syntax.Type, bound: int) -> syntax.ListType:
    return syntax.ListType(element, bound, span=here.span)


def _tally_type(
    here: Token, kind: str, record: syntax.Name, by: syntax.Name, daily: bool | None
) -> syntax.TallyType:
    return syntax.TallyType(kind, record, by, daily is not None, span=here.span)


def _one_sided_range(here: Token, symbol: str, bound: syntax.Expression) -> syntax.Range:
    is_open = symbol in ("<", ">")
    if symbol.startswith(">"):
        return syntax.Range(bound, None, low_open=is_open, span=here.span)
    return syntax.Range(None, bound, high_open=is_open, span=here.span)


def _list(here: Token, word: Any, name: syntax.Name, *rest: Any) -> syntax.List:
    return syntax.List(name, word, *rest, span=here.span)


_Alternatives = tuple[syntax.Phrase, ...]


def _pattern(
    here: Token, text: str, near: tuple[str | _Alternatives, int | None] | None
) -> syntax.Pattern | syntax.AnyNear:
    if near is None or isinstance(near[0], str):
        return syntax.Pattern(text, *(near or ()), span=here.span)
    return _any_near(here, (syntax.Phrase(text, span=here.span),), near)


def _any_near(
    here: Token, left: _Alternatives, near: tuple[str | _Alternatives, int | None]
) -> syntax.Pattern | syntax.AnyNear:
    right, within = near
    if isinstance(right, str):
        right = (syntax.Phrase(right, span=here.span),)
    if len(left) == len(right) == 1:
        return syntax.Pattern(left[0].text, right[0].text, within, span=here.span)
    return syntax.AnyNear(left, right, within, span=here.span)


def _trigger(
    here: Token,
    name: syntax.Name,
    patterns: tuple[syntax.Pattern | syntax.AnyNear, ...],
    exceptions: tuple[syntax.Pattern | syntax.AnyNear, ...] | None,
) -> syntax.Trigger:
    return syntax.Trigger(name, patterns, exceptions or (), span=here.span)


def _define(
    here: Token,
    name: syntax.Name,
    parameters: tuple[syntax.Parameter, ...] | None,
    result: syntax.Type | None,
    value: syntax.Expression,
) -> syntax.Define:
    return syntax.Define(name, parameters or (), result, value, span=here.span)


def _between(high_open: bool) -> Callable[..., syntax.Between]:
    return lambda here, low, high: syntax.Between(low, high, high_open, span=here.span)


def _hit_policy(here: Token, pieces: list[Token | None]) -> syntax.HitPolicy:
    word, *by = pieces
    assert word is not None
    word_text: Any = word.text
    return syntax.HitPolicy(word_text, by[-1].value if by and by[-1] else None, span=here.span)


def _state(
    here: Token, name: syntax.Name, marks: dict[str, bool], wire: str | None, note: str | None
) -> syntax.State:
    return syntax.State(name, "initial" in marks, "final" in marks, wire, note, span=here.span)


def _state_mark(here: Token, _: list[Token | None]) -> tuple[str, bool, Span]:
    return here.text, True, here.span


def _payload_parameter(
    here: Token, name: syntax.Name, type: syntax.Type, optional: bool | None
) -> syntax.Parameter:
    return syntax.Parameter(name, type, optional=bool(optional), span=here.span)


def _event(
    here: Token,
    name: syntax.Name,
    parameters: tuple[syntax.Parameter, ...] | None,
    note: str | None,
) -> syntax.Event:
    return syntax.Event(name, parameters or (), note, span=here.span)


def _transition(guard: bool) -> Callable[..., syntax.Transition]:
    def make(here: Token, rest: tuple[Any, ...]) -> syntax.Transition:
        sources, target, event, condition, settings, because = rest
        return syntax.Transition(
            guard, sources, target, event, condition, settings or (), because, span=here.span
        )

    return make


def _deadline(here: Token, *parts: Any) -> syntax.Deadline:
    name, states, at, condition, effect, because = parts
    go, settings = effect
    return syntax.Deadline(name, states, at, condition, go, settings, because, span=here.span)


def _guarantee(
    here: Token,
    name: syntax.Name,
    also_refused: bool | None,
    promise: syntax.Promise,
    because: syntax.Text | None,
) -> syntax.Guarantee:
    return syntax.Guarantee(name, also_refused is not None, promise, because, span=here.span)


def _trend_promise(here: Token, define: syntax.Name, *rest: Any) -> syntax.TrendPromise:
    return syntax.TrendPromise(define, *rest, span=here.span)


def _example(here: Token, *parts: Any) -> syntax.Example:
    title, call, circumstances, (expected, about, facts), by = parts
    return syntax.Example(
        title,
        call,
        circumstances.get("at"),
        circumstances.get("in"),
        circumstances.get("on"),
        expected,
        facts,
        by=tuple(name for did, name in by or () if did),
        not_by=tuple(name for did, name in by or () if not did),
        about=about,
        span=here.span,
    )


def _on_event(here: Token, event: syntax.Name) -> tuple[str, syntax.Call, Span]:
    return "on", syntax.Call(event, (), span=event.span), here.span


def _by_otherwise(here: Token) -> tuple[bool, syntax.Name]:
    return True, syntax.Name("otherwise", span=here.span)


# Expressions


def _binary(here: Token, pieces: list[Token | None]) -> syntax.Binary:
    left, *signs, right = (piece for piece in pieces if piece is not None)
    sign = Span(signs[0].start, signs[-1].end)
    return syntax.Binary(_words([*signs]), left.value, right.value, sign, span=here.span)


def _test(here: Token, pieces: list[Token | None]) -> syntax.Test:
    operand, *signs = pieces
    assert operand is not None
    return syntax.Test(_words(signs), operand.value, span=here.span)


def _negative(here: Token, operand: syntax.Expression) -> syntax.Expression:
    if isinstance(operand, syntax.Number) and not operand.written.startswith("-"):
        return syntax.Number(-operand.value, f"-{operand.written}", span=here.span)
    return syntax.Unary("-", operand, span=here.span)


def _call(
    here: Token, function: syntax.Name, arguments: tuple[syntax.Argument, ...] | None
) -> syntax.Call:
    return syntax.Call(function, arguments or (), span=here.span)


def _record(here: Token, entries: tuple[syntax.Entry, ...] | None) -> syntax.Record:
    return syntax.Record(entries or (), span=here.span)


def _list_of(here: Token, items: tuple[syntax.Expression, ...] | None) -> syntax.ListOf:
    return syntax.ListOf(items or (), span=here.span)


def _mentions(quantity: Any) -> Callable[..., syntax.Mentions]:
    return lambda here, text, triggers: syntax.Mentions(text, quantity, triggers, span=here.span)


def _quantified(quantity: Any) -> Callable[..., syntax.Quantified]:
    return lambda here, *parts: syntax.Quantified(quantity, *parts, span=here.span)


def _chain(symbol: Any) -> Callable[..., syntax.Chain]:
    return lambda here, *operands: syntax.Chain(symbol, operands, span=here.span)


_BY_VALUES: dict[str, Callable[..., object]] = {
    "file": _file,
    "unversioned": _many,
    "rest_of_record": _many,
    "rest_of_decision": _many,
    "rest_of_lifecycle": _many,
    "declarations": _many,
    "header": _header,
    "header_lines": _gathered,
    "title": _labelled("title"),
    "owner": _labelled("owner"),
    "source": _labelled("source"),
    "governs": _labelled("governs"),
    # facts
    "enum": _node(syntax.Enum),
    "members": _many,
    "member": _node(syntax.Member),
    "wire": _pass,
    "note": _pass,
    "code": _node(syntax.Code),
    "code_parts": _many,
    "separator": lambda here, text: syntax.CodePart("separator", text=text, span=here.span),
    "enum_part": lambda here, name, enum: syntax.CodePart("enum", name, enum=enum, span=here.span),
    "integer_part": _integer_part,
    "digits_part": _digits_part,
    "letters_part": lambda here, *size: syntax.CodePart(
        "letters", size[0], least=size[1], span=here.span
    ),
    "or_more": lambda _: True,
    "record": _node(syntax.RecordType),
    "fields": _many,
    "field": _field,
    "modifiers": _gathered,
    "optional": _labelled("optional"),
    "sensitive": _labelled("sensitive"),
    "wire_name": _labelled("wire"),
    "default": _default,
    "plain_because": _pass,
    "list_type": _list_type,
    "unbounded_list_type": lambda here, element: syntax.ListType(element, None, span=here.span),
    "tally_type": _tally_type,
    "named_type": _node(syntax.NamedType),
    "unit": _pass,
    "daily": lambda _: True,
    "closed_range": _node(syntax.Range),
    "half_open_range": lambda here, low, high: syntax.Range(
        low, high, high_open=True, span=here.span
    ),
    "one_sided_range": _one_sided_range,
    # numbers, words and tables
    "threshold": _node(syntax.Threshold),
    "list": _list,
    "list_items": _many,
    "list_item": _node(syntax.ListItem),
    "typed": _pass,
    "trigger": _trigger,
    "patterns": _many,
    "exceptions": _pass,
    "pattern": _pattern,
    "any_near": _any_near,
    "near": _many,
    "alternatives": _many,
    "phrase": _node(syntax.Phrase),
    "within": _pass,
    "table": _node(syntax.Table),
    "rows": _many,
    "row": _node(syntax.Row),
    "cells": _many,
    "corner": _node(syntax.Corner),
    "anything": _node(syntax.Anything),
    "compared": _node(syntax.Compared),
    "between": _between(high_open=False),
    "half_open": _between(high_open=True),
    "one_of": lambda here, *cells: syntax.OneOf(cells, span=here.span),
    "define": _define,
    "signature": lambda _, parameters: parameters or (),
    "parameters": _many,
    "parameter": _node(syntax.Parameter),
    "payload": lambda _, parameters: parameters or (),
    "payload_parameters": _many,
    "payload_parameter": _payload_parameter,
    "optional_mark": lambda _: True,
    # decisions
    "decision": _node(syntax.Decision),
    "items": _many,
    "guard": _node(syntax.Guard),
    "rule": _node(syntax.Rule),
    "guardrail": _node(syntax.Guardrail),
    "otherwise": _node(syntax.Otherwise),
    "always": lambda here, *settings: syntax.Always(settings, span=here.span),
    "refused": _node(syntax.Refused),
    "when": _pass,
    "when_unknown": _node(syntax.WhenUnknown),
    "then": _pass,
    "requires": _pass,
    "settings": lambda here, *settings: syntax.Settings(settings, span=here.span),
    "setting": _node(syntax.Setting),
    "cleared": lambda here, name: syntax.Setting(name, None, span=here.span),
    "because": _pass,
    # state machines
    "lifecycle": _node(syntax.Lifecycle),
    "lifecycle_items": _many,
    "state": _state,
    "state_marks": _gathered,
    "event": _event,
    "transition": _transition(guard=False),
    "guard_transition": _transition(guard=True),
    "transition_rest": _many,
    "then_set": lambda _, settings: settings.settings,
    "deadline": _deadline,
    "at_expression": _pass,
    "go": lambda _, state, settings=None: (state, settings.settings if settings else ()),
    "stay": lambda _, settings: (None, settings.settings),
    # promises and expectations
    "guarantee": _guarantee,
    "also_refused": lambda _: True,
    "outcome_promise": _node(syntax.OutcomePromise),
    "path_promise": _node(syntax.PathPromise),
    "trend_promise": _trend_promise,
    "bare_signature": lambda _, names: names or (),
    "then_expression": _pass,
    "example": _example,
    "circumstances": _gathered,
    "at": _labelled("at"),
    "in_state": _labelled("in"),
    "on_event": _on_event,
    "on_call": _labelled("on"),
    "gives": lambda _, expected: (expected, False, None),
    "gives_about": lambda _, expected: (expected, True, None),
    "gives_state": lambda _, state, facts: (state, False, facts),
    "by": _many,
    "by_rule": lambda _, name: (True, name),
    "by_otherwise": _by_otherwise,
    "not_by": lambda _, name: (False, name),
    "waiver": _node(syntax.Waiver),
    "path": _many,
    # expressions
    "conjunction": _chain("and"),
    "disjunction": _chain("or"),
    "any": _quantified("any"),
    "all": _quantified("all"),
    "negation": lambda here, operand: syntax.Unary("not", operand, span=here.span),
    "mentions_any": _mentions("any"),
    "mentions_all": _mentions("all"),
    "negative": _negative,
    "part": _node(syntax.Part),
    "number": values.number,
    "duration": values.duration,
    "instant": values.instant,
    "boolean": lambda here: syntax.Boolean(here.text == "true", span=here.span),
    "name": _pass,
    "aggregate": _node(syntax.Aggregate),
    "list_literal": _list_of,
    "collected": _node(syntax.Collected),
    "bracketed": _pass,
    "expressions": _many,
    "call": _call,
    "arguments": _many,
    "unnamed": lambda here, value: syntax.Argument(None, value, span=here.span),
    "named": _node(syntax.Argument),
    "each": _node(syntax.Each),
    "where": _pass,
    "record_literal": _record,
    "entries": _many,
    "entry": _node(syntax.Entry),
    "left_out": lambda here, name: syntax.Entry(name, None, span=here.span),
    "choice": _node(syntax.Choice),
    "branches": _many,
    "branch": _node(syntax.Branch),
    "names": _many,
    "count": values.count,
    "line": lambda here, _: texts.template(here, block=False),
    "block": lambda here, _: texts.template(here, block=True),
    "plain": lambda here, _: texts.plain(here),
    "inserted": _pass,
    "condition": _pass,
    "repeated": _many,
}

# These read their keywords and signs too.
_BY_PIECES: dict[str, Callable[[Token, list[Token | None]], object]] = {
    "order": lambda _, pieces: _words(pieces[1:]),
    "tally_kind": _text,
    "list_word": _text,
    "effect": _text,
    "trend": _text,
    "state_mark": _state_mark,
    "hit_policy": _hit_policy,
    "plain_type": lambda here, _: syntax.BasicType(here.text, span=here.span),
    "number_type": _sized_type,
    "duration_type": _sized_type,
    "binary": _binary,
    "test": _test,
}
