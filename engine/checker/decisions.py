"""Decisions: guards, rules under their hit policy, what always holds, what is safe when a case is
refused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.checker import presence
from engine.checker.expressions import Expressions
from engine.checker.fold import NOT_FIXED, fold
from engine.checker.lowering import settled
from engine.checker.names import unique
from engine.checker.order import look_at_order
from engine.checker.scope import NOW, Binding, Scope, of_type
from engine.diagnostics import outcomes as say
from engine.diagnostics import types as say_types
from engine.diagnostics.names import NameTaken, UnknownField
from engine.language import types
from engine.language.types import Type
from engine.program import nodes as program
from engine.program import walk
from engine.syntax import nodes as syntax

Conditioned = syntax.Guard | syntax.Rule | syntax.Guardrail


@dataclass(frozen=True)
class _Frame:
    """What all items of one decision share. `rule_type` is what one rule gives: the outcome
    itself, an element under `collect`; `always` are the places that `always` sets, with where."""

    node: syntax.Decision
    scope: Scope
    result: Type
    rule_type: Type
    hit: syntax.HitPolicy | None
    always: Mapping[str, syntax.Setting]


_SHORTEST = 100
"""The bound of what a decision gives, where none is stated and it has fewer rules."""

_MEANT_ALREADY = frozenset({"now", "outcome"})
"""What rules and `always` read beside the parameters."""


def lower_decision(expressions: Expressions, node: syntax.Decision) -> program.Decision | None:
    frame = _frame(expressions, node)
    if frame is None:
        return None
    items = node.items
    unique(
        (each.name for each in items if isinstance(each, Conditioned)), "a rule", expressions.tell
    )
    _look_at_items(expressions, frame)
    guards = _all(
        _rule(expressions, frame, each) for each in items if isinstance(each, syntax.Guard)
    )
    rules = _all(
        _rule(expressions, frame, each)
        for each in items
        if isinstance(each, syntax.Rule | syntax.Guardrail)
    )
    otherwise = next((each for each in items if isinstance(each, syntax.Otherwise)), None)
    lowered_otherwise = None if otherwise is None else _otherwise(expressions, frame, otherwise)
    always = _always(expressions, frame)
    refused = _refused(expressions, frame)
    strictest_by = _strictest_by(expressions, frame)
    if (
        guards is None
        or rules is None
        or always is None
        or (otherwise and lowered_otherwise is None)
    ):
        return None
    if refused is None:
        return None
    decision = program.Decision(
        name=node.name.text,
        parameters=_parameters(frame),
        result=frame.result,
        guards=guards,
        hit=frame.hit.word if frame.hit else None,
        strictest_by=strictest_by,
        rules=rules,
        otherwise=lowered_otherwise,
        always=always,
        refused=refused,
        span=node.span,
    )
    if decision.hit == "first":
        look_at_order(decision, frozenset(frame.always), expressions.tell)
    return decision


def _frame(expressions: Expressions, node: syntax.Decision) -> _Frame | None:
    facts = expressions.declared.facts
    found = [(each.name.text, facts.type_of(each.type)) for each in node.parameters]
    result = facts.type_of(node.result, unbounded=max(len(node.items), _SHORTEST))
    unique((each.name for each in node.parameters), "a parameter", expressions.tell)
    for name in (each.name for each in node.parameters if each.name.text in _MEANT_ALREADY):
        what = "a word of the language"
        expressions.tell(NameTaken(span=name.span, name=name.text, what=what))
    if result is None or any(type_ is None for _, type_ in found):
        return None
    bindings = {name: of_type(type_) for name, type_ in found if type_ is not None}
    hit = next((each for each in node.items if isinstance(each, syntax.HitPolicy)), None)
    rule_type = result
    if hit is not None and hit.word == "collect":
        if not isinstance(result, types.ListOf):
            cure = "write `list of … up to …` after the decision's name"
            found_type = types.describe(result)
            expressions.tell(
                say_types.WrongType(
                    span=node.result.span,
                    wanted="list",
                    found=found_type,
                    where="a decision that collects",
                    cure=cure,
                )
            )
            return None
        rule_type = result.element
    elif (
        hit is not None
        and hit.word == "sum"
        and not isinstance(result, types.Number | types.Duration)
    ):
        found_type = types.describe(result)
        expressions.tell(
            say_types.WrongType(
                span=node.result.span,
                wanted="number",
                found=found_type,
                where="a decision that sums",
            )
        )
        return None
    settings = [
        setting
        for each in node.items
        if isinstance(each, syntax.Always)
        for setting in each.settings
    ]
    always: dict[str, syntax.Setting] = {}
    for setting in settings:
        first = always.setdefault(setting.name.text, setting)
        if first is not setting:
            expressions.tell(
                say.SetTwice(span=setting.name.span, field=setting.name.text, first=first.name.span)
            )
    return _Frame(node, Scope({"now": NOW, **bindings}), result, rule_type, hit, always)


def _parameters(frame: _Frame) -> tuple[program.Parameter, ...]:
    names = [each.name.text for each in frame.node.parameters]
    return tuple(program.Parameter(name, frame.scope.variables[name].type) for name in names)


def _look_at_items(expressions: Expressions, frame: _Frame) -> None:
    """What a decision has, has once, and must not have."""
    tell, node, name = expressions.tell, frame.node, frame.node.name
    hit = frame.hit
    for kind, word in (
        (syntax.HitPolicy, "the hit policy"),
        (syntax.Otherwise, "`otherwise`"),
        (syntax.Refused, "`refused`"),
    ):
        for again in [each for each in node.items if isinstance(each, kind)][1:]:
            tell(
                say.MisplacedItem(
                    span=again.span, item=word, why="stands twice in this decision", cure="keep one"
                )
            )
    rules = [each for each in node.items if isinstance(each, syntax.Rule | syntax.Guardrail)]
    if rules and hit is None:
        tell(say.NoHitPolicy(span=rules[0].name.span, decision=name.text))
    gathers = hit is not None and hit.word in ("collect", "sum")
    otherwise = next((each for each in node.items if isinstance(each, syntax.Otherwise)), None)
    if otherwise is None and not gathers:
        tell(say.NoOtherwise(span=name.span, decision=name.text))
    if otherwise is not None and gathers and hit is not None:
        what = "nothing is collected" if hit.word == "collect" else "the sum is 0"
        tell(
            say.MisplacedItem(
                span=otherwise.span,
                item="`otherwise`",
                why=f"has no place under `{hit.word}`",
                cure=f"take it out: when no rule applies, {what}",
            )
        )
    if not any(isinstance(each, syntax.Refused) for each in node.items):
        tell(say.NoRefused(span=name.span, decision=name.text))
    for guardrail in (each for each in node.items if isinstance(each, syntax.Guardrail)):
        if hit is None or hit.word != "collect":
            tell(
                say.MisplacedItem(
                    span=guardrail.name.span,
                    item=f"`guardrail {guardrail.name.text}`",
                    why="needs a decision that collects",
                    cure="write `collect` before it",
                )
            )


def _rule(expressions: Expressions, frame: _Frame, node: Conditioned) -> program.Rule | None:
    if isinstance(node, syntax.Guardrail):
        gathers = frame.hit is not None and frame.hit.word == "collect"
        return _guardrail(expressions, frame, node) if gathers else None
    condition = expressions.condition(node.condition, frame.scope) if node.condition else None
    if node.condition and condition is None:
        _look_at_the_rest(expressions, frame, node)
        return None
    kind = "guard" if isinstance(node, syntax.Guard) else "rule"
    type_ = frame.result if kind == "guard" else frame.rule_type
    if node.then is None:
        expressions.tell(say.NoOutcome(span=node.name.span, rule=node.name.text))
        return None
    unknown = condition is not None and condition.unknown
    effect = (
        node.when_unknown.effect if node.when_unknown else ("apply" if kind == "guard" else "skip")
    )
    when_true = _when_true(expressions, frame.scope, condition)
    both = unknown and effect == "apply"
    outcome = _outcome(
        expressions, frame, node.then, type_, frame.scope if both else when_true, node.name.text
    )
    own = None
    if isinstance(effect, syntax.Node):
        own = _outcome(expressions, frame, effect, type_, frame.scope, node.name.text)
    elif effect == "apply":
        own = outcome
    because = _because(expressions, node.because, when_true, condition)
    failed = (
        outcome is None or (own is None and effect != "skip") or (node.because and because is None)
    )
    if failed or outcome is None:
        return None
    if (
        unknown
        and frame.hit
        and frame.hit.word == "sum"
        and node.when_unknown is None
        and kind == "rule"
    ):
        missing = presence.first_missing(condition) if condition else None
        expressions.tell(say.OpenLine(span=node.name.span, rule=node.name.text, missing=missing))
        return None
    return program.Rule(
        "guard" if kind == "guard" else "rule",
        node.name.text,
        condition,
        outcome,
        own,
        because,
        span=node.span,
    )


def _look_at_the_rest(
    expressions: Expressions, frame: _Frame, node: syntax.Guard | syntax.Rule
) -> None:
    """What is wrong with a rule beside its condition; what the condition would have made known is
    not asked for."""
    with expressions.declared.leniently():
        type_ = frame.result if isinstance(node, syntax.Guard) else frame.rule_type
        if node.then is not None:
            _outcome(expressions, frame, node.then, type_, frame.scope, node.name.text)
        _because(expressions, node.because, frame.scope, None)


def _guardrail(
    expressions: Expressions, frame: _Frame, node: syntax.Guardrail
) -> program.Rule | None:
    premise = expressions.condition(node.condition, frame.scope) if node.condition else None
    scope = frame.scope
    if premise is not None and not premise.unknown:
        scope = scope.knowing(expressions.known_when(True, premise))
    requires = expressions.condition(node.requires, scope)
    record = frame.rule_type
    if requires is None or (node.condition and premise is None):
        return None
    if (
        not isinstance(record, types.Record)
        or record.field("code") is None
        or record.field("text") is None
    ):
        expressions.tell(
            say.MisplacedItem(
                span=node.name.span,
                item=f"`guardrail {node.name.text}`",
                why="gives a code and a text, and the list's records have no fields of these names",
                cure="collect a list of records with `code: text` and `text: text`",
            )
        )
        return None
    because = _because(expressions, node.because, scope, premise)
    if node.because and because is None:
        return None
    fails: program.Expression = program.Not(
        requires, type=types.Bool(), unknown=requires.unknown, span=requires.span
    )
    if premise is not None:
        unknown = premise.unknown or requires.unknown
        fails = program.Chain(
            "and", (premise, fails), type=types.Bool(), unknown=unknown, span=node.span
        )
    code = program.Constant(node.name.text, type=types.Text(), span=node.name.span)
    said = because or program.Constant(
        node.name.text.replace("_", " "), type=types.Text(), span=node.name.span
    )
    given: dict[int, program.Expression | None] = {
        record.places["code"]: code,
        record.places["text"]: said,
    }
    values = expressions.complete(given, record, node.span)
    if values is None:
        return None
    outcome = program.MakeRecord(values, type=record, span=node.span)
    return program.Rule(
        "guardrail", node.name.text, fails, outcome, outcome, because, span=node.span
    )


def _when_true(
    expressions: Expressions, scope: Scope, condition: program.Expression | None
) -> Scope:
    """What a rule may rely on once its condition was true: known paths, and the witness of a
    top-level `any`."""
    if condition is None:
        return scope
    scope = scope.knowing(expressions.known_when(True, condition))
    for conjunct in walk.conjuncts(condition):
        if isinstance(conjunct, program.Quantified) and conjunct.quantity == "any":
            items = conjunct.items.type
            if isinstance(items, types.ListOf) and conjunct.variable not in scope.variables:
                binding = replace(of_type(items.element), sensitive=conjunct.items.sensitive)
                scope = scope.binding(conjunct.variable, binding)
                known = expressions.known_when(True, conjunct.condition)
                scope = scope.knowing(
                    frozenset(path for path in known if path[0] == conjunct.variable)
                )
    return scope


def _because(
    expressions: Expressions,
    node: syntax.Text | None,
    scope: Scope,
    condition: program.Expression | None,
) -> program.Template | None:
    if node is None:
        return None
    matched = condition is not None and walk.mentions(condition, expressions.declared.body)
    return expressions.template(node, replace(scope, matched=matched), "a reason")


def _outcome(
    expressions: Expressions,
    frame: _Frame,
    node: syntax.Result,
    type_: Type,
    scope: Scope,
    rule: str,
) -> program.Expression | None:
    if not isinstance(node, syntax.Settings | syntax.Record):
        return expressions.value(node, scope, type_, f"`{rule}`", optional=False)
    if not isinstance(type_, types.Record):
        found = "record"
        expressions.tell(
            say_types.WrongType(
                span=node.span, wanted=types.describe(type_), found=found, where=f"`{rule}`"
            )
        )
        return None
    entries = node.settings if isinstance(node, syntax.Settings) else node.entries
    if _set_by_always(expressions, frame, entries, type_):
        return None
    values = expressions.entries(entries, scope, type_)
    if values is None:
        return None
    return _completed(expressions, frame, values, type_, node, rule)


def _set_by_always(
    expressions: Expressions,
    frame: _Frame,
    entries: Sequence[syntax.Entry | syntax.Setting],
    type_: types.Record,
) -> bool:
    clash = False
    if type_ != frame.result:
        return False
    for entry in entries:
        always = frame.always.get(entry.name.text)
        if always is not None:
            expressions.tell(
                say.SetTwice(
                    span=entry.name.span,
                    field=entry.name.text,
                    first=always.name.span,
                    by_always=True,
                )
            )
            clash = True
    return clash


def _completed(
    expressions: Expressions,
    frame: _Frame,
    given: dict[int, program.Expression | None],
    record: types.Record,
    node: syntax.Node,
    rule: str,
) -> program.Expression | None:
    later = set(frame.always) if record == frame.result else set()
    given = {**given, **{record.places[name]: None for name in later if name in record.places}}
    open_fields = [
        field.name
        for place, field in enumerate(record.fields)
        if place not in given and field.required and not _blank_record(field)
    ]
    if open_fields:
        expressions.tell(
            say.IncompleteOutcome(span=node.span, rule=rule, fields=tuple(open_fields))
        )
        return None
    values = expressions.complete(given, record, node.span)
    return None if values is None else program.MakeRecord(values, type=record, span=node.span)


def _blank_record(field: types.Field) -> bool:
    return isinstance(field.type, types.Record) and all(
        not each.required for each in field.type.fields
    )


def _otherwise(
    expressions: Expressions, frame: _Frame, node: syntax.Otherwise
) -> program.Otherwise | None:
    then = node.then or syntax.Settings((), span=node.span)
    outcome = _outcome(expressions, frame, then, frame.result, frame.scope, "otherwise")
    because = _because(expressions, node.because, frame.scope, None)
    if outcome is None or (node.because and because is None):
        return None
    return program.Otherwise(outcome, because, span=node.span)


def _always(expressions: Expressions, frame: _Frame) -> tuple[program.Always, ...] | None:
    if not frame.always:
        return ()
    record = frame.result
    if not isinstance(record, types.Record):
        first = next(iter(frame.always.values()))
        found = types.describe(record)
        expressions.tell(
            say_types.WrongType(span=first.span, wanted="record", found=found, where="`always`")
        )
        return None
    scope = frame.scope.binding("outcome", Binding(record))
    pending = set(frame.always)
    found_all: list[program.Always] = []
    failed = False
    for name, setting in frame.always.items():
        if setting.value is None:
            pending.discard(name)
            continue
        entry = expressions.entries([setting], scope, record)
        value = None if entry is None else next(iter(entry.values()), None)
        if value is None:
            failed = True
        elif not _reads_too_early(expressions, value, pending, setting):
            found_all.append(program.Always(record.places[name], value))
        else:
            failed = True
        pending.discard(name)
    return None if failed else tuple(found_all)


def _reads_too_early(
    expressions: Expressions, value: program.Expression, pending: set[str], setting: syntax.Setting
) -> bool:
    for each in walk.everything(value):
        if (
            isinstance(each, program.FieldOf)
            and each.name in pending
            and presence.path_of(each) == ("outcome", each.name)
        ):
            expressions.tell(
                say.MisplacedItem(
                    span=setting.name.span,
                    item=f"`{setting.name.text}`",
                    why=f"reads `outcome.{each.name}`, which is not set yet",
                    cure=f"put `{each.name}` before it" if each.name != setting.name.text else None,
                )
            )
            return True
    return False


def _refused(expressions: Expressions, frame: _Frame) -> object:
    """The outcome that is safe without any fact: every field a fixed value."""
    node = next((each for each in frame.node.items if isinstance(each, syntax.Refused)), None)
    if node is None:
        return None
    alone = replace(frame, always={})
    outcome = _outcome(expressions, alone, node.then, frame.result, frame.scope, "refused")
    if outcome is None:
        return None
    value = fold(settled(outcome))
    if value is NOT_FIXED or value is None:
        expressions.tell(
            say_types.NotConstant(span=node.then.span, what="the outcome of a refused case")
        )
        return None
    return value


def _strictest_by(expressions: Expressions, frame: _Frame) -> int | None:
    hit = frame.hit
    if hit is None or hit.by is None:
        return None
    record = frame.result
    field = record.field(hit.by.text) if isinstance(record, types.Record) else None
    if not isinstance(record, types.Record) or field is None:
        name = types.describe(frame.result)
        expressions.tell(UnknownField(span=hit.by.span, name=hit.by.text, record=name))
        return None
    if not isinstance(field.type, types.Enum) or field.type.order is None:
        found = types.describe(field.type)
        expressions.tell(
            say_types.WrongType(
                span=hit.by.span,
                wanted="enum from strict to loose",
                found=found,
                where="`strictest by`",
            )
        )
        return None
    return record.places[hit.by.text]


def _all(lowered: Iterable[program.Rule | None]) -> tuple[program.Rule, ...] | None:
    found = list(lowered)
    known = tuple(each for each in found if each is not None)
    return known if len(known) == len(found) else None
