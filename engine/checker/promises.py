"""Guarantees, examples and waivers: what a policy promises and expects of itself."""

from collections.abc import Collection, Mapping, Sequence

from engine.checker import operations
from engine.checker.expressions import Expressions
from engine.checker.fold import NOT_FIXED, fold
from engine.checker.scope import NOW, Scope, of_type
from engine.diagnostics import names as say_names
from engine.diagnostics import types as say_types
from engine.language import types
from engine.language.nearest import nearest
from engine.language.types import Type, describe
from engine.program import nodes as program
from engine.source import Span
from engine.syntax import nodes as syntax

Decisions = Mapping[str, program.Decision]
Lifecycles = Mapping[str, program.Lifecycle]


def lower_guarantee(
    expressions: Expressions, node: syntax.Guarantee, decisions: Decisions, lifecycles: Lifecycles
) -> program.Guarantee | None:
    promise: program.OutcomePromise | program.PathPromise | program.TrendPromise | None
    match node.promise:
        case syntax.OutcomePromise():
            promise = _outcome_promise(expressions, node.promise, decisions)
        case syntax.PathPromise():
            promise = _path_promise(expressions, node.promise, lifecycles)
        case syntax.TrendPromise():
            promise = _trend_promise(expressions, node.promise)
    because = None
    if node.because is not None:
        because = expressions.template(node.because, Scope(), "a reason")
    if promise is None or (node.because and because is None):
        return None
    return program.Guarantee(node.name.text, node.also_refused, promise, because, span=node.span)


def _outcome_promise(
    expressions: Expressions, node: syntax.OutcomePromise, decisions: Decisions
) -> program.OutcomePromise | None:
    decision = _decision(expressions, node.decision, decisions)
    if decision is None:
        return None
    if len(node.parameters) != len(decision.parameters):
        wanted = ", ".join(f"`{each.name}`" for each in decision.parameters) or "nothing"
        found = len(node.parameters)
        expressions.tell(
            say_types.WrongArguments(
                span=node.decision.span, function=decision.name, wanted=wanted, found=found
            )
        )
        return None
    names = [name.text for name in node.parameters]
    bindings = {
        name: of_type(each.type) for name, each in zip(names, decision.parameters, strict=True)
    }
    scope = Scope({"now": NOW, **bindings, node.outcome.text: of_type(decision.result)})
    premise = expressions.condition(node.premise, scope) if node.premise else None
    conclusion = expressions.condition(node.conclusion, scope)
    if conclusion is None or (node.premise and premise is None):
        return None
    return program.OutcomePromise(
        decision.name, tuple(names), node.outcome.text, premise, conclusion
    )


def _decision(
    expressions: Expressions, name: syntax.Name, decisions: Decisions
) -> program.Decision | None:
    """A decision by its name; silent where the decision itself was complained of."""
    declared = expressions.declared.names.by_name.get(name.text)
    if not isinstance(declared, syntax.Decision):
        near = nearest(
            name.text, [each.name.text for each in expressions.declared.names.of(syntax.Decision)]
        )
        expressions.tell(
            say_names.UnknownName(span=name.span, name=name.text, kind="decision", nearest=near)
        )
    return decisions.get(name.text)


def _path_promise(
    expressions: Expressions, node: syntax.PathPromise, lifecycles: Lifecycles
) -> program.PathPromise | None:
    names = (node.source, node.target, node.through)
    for lifecycle in lifecycles.values():
        states = {state.name for state in lifecycle.states}
        if any(name.text in states for name in names):
            unknown = [name for name in names if name.text not in states]
            for name in unknown:
                near = nearest(name.text, states)
                expressions.tell(
                    say_names.UnknownName(
                        span=name.span, name=name.text, kind="state", nearest=near
                    )
                )
            if unknown:
                return None
            return program.PathPromise(
                lifecycle.name, node.source.text, node.target.text, node.through.text
            )
    if len(lifecycles) == len(expressions.declared.names.of(syntax.Lifecycle)):
        name = node.source
        expressions.tell(say_names.UnknownName(span=name.span, name=name.text, kind="state"))
    return None


def _trend_promise(
    expressions: Expressions, node: syntax.TrendPromise
) -> program.TrendPromise | None:
    name = node.define
    declared = expressions.declared.names.by_name.get(name.text)
    if not isinstance(declared, syntax.Define):
        near = nearest(
            name.text, [each.name.text for each in expressions.declared.names.of(syntax.Define)]
        )
        expressions.tell(
            say_names.UnknownName(span=name.span, name=name.text, kind="define", nearest=near)
        )
        return None
    parameters = expressions.declared.parameters(name.text)
    result = _result_of(expressions, name.text) if parameters else None
    if parameters is None or result is None:
        return None
    first, *rest = node.path
    type_: Type | None = dict(parameters).get(first.text)
    if type_ is None:
        near = nearest(first.text, [text for text, _ in parameters])
        expressions.tell(
            say_names.UnknownName(span=first.span, name=first.text, kind="parameter", nearest=near)
        )
        return None
    for part in rest:
        field = type_.field(part.text) if isinstance(type_, types.Record) else None
        if field is None:
            near = (
                nearest(part.text, list(type_.places)) if isinstance(type_, types.Record) else None
            )
            expressions.tell(
                say_names.UnknownField(
                    span=part.span, name=part.text, record=describe(type_), nearest=near
                )
            )
            return None
        type_ = field.type
    if not _has_order(type_) or not _has_order(result):
        wrong = type_ if not _has_order(type_) else result
        expressions.tell(
            say_types.WrongType(
                span=node.span,
                wanted="value with an order",
                found=describe(wrong),
                where=f"`never {node.direction}`",
            )
        )
        return None
    return program.TrendPromise(name.text, node.direction, tuple(each.text for each in node.path))


def _result_of(expressions: Expressions, name: str) -> Type | None:
    """The type of what a define gives."""
    body = expressions.declared.body(name) or expressions.declared.define(name)
    return None if body is None else body.value.type


def _has_order(type_: Type) -> bool:
    plain = isinstance(type_, types.Number | types.Duration | types.Instant)
    return plain or (isinstance(type_, types.Enum) and type_.order is not None)


def lower_example(
    expressions: Expressions, node: syntax.Example, decisions: Decisions, lifecycles: Lifecycles
) -> program.Example | None:
    name = node.call.function
    declared = expressions.declared.names.by_name.get(name.text)
    match declared:
        case syntax.Decision():
            decision = decisions.get(name.text)
            return _decision_example(expressions, node, decision) if decision else None
        case syntax.Lifecycle():
            lifecycle = lifecycles.get(name.text)
            return _lifecycle_example(expressions, node, lifecycle) if lifecycle else None
        case syntax.Table():
            table = expressions.declared.table(name.text)
            if table is None:
                return None
            asked = [(each.name, each.type) for each in table.parameters]
            return _value_example(expressions, node, "table", asked, table.result)
        case syntax.Define():
            wanted = expressions.declared.parameters(name.text)
            result = None if wanted is None else _result_of(expressions, name.text)
            if wanted is None or result is None:
                return None
            return _value_example(expressions, node, "define", wanted, result)
        case _:
            known = [*expressions.declared.callable_names, *decisions, *lifecycles]
            near = nearest(name.text, known)
            expressions.tell(
                say_names.UnknownName(
                    span=name.span,
                    name=name.text,
                    kind="decision, lifecycle, table or define",
                    nearest=near,
                )
            )
            return None


def _decision_example(
    expressions: Expressions, node: syntax.Example, decision: program.Decision
) -> program.Example | None:
    arguments = _fixed_arguments(
        expressions, node.call, [(each.name, each.type) for each in decision.parameters]
    )
    expected = _expected(expressions, node, decision.result)
    names = {rule.name for rule in (*decision.guards, *decision.rules)}
    if arguments is None or expected is None or not _rules_exist(expressions, node, names):
        return None
    return _example(node, "decision", arguments, expected)


def _value_example(
    expressions: Expressions,
    node: syntax.Example,
    kind: str,
    parameters: Sequence[tuple[str, Type]],
    result: Type,
) -> program.Example | None:
    arguments = _fixed_arguments(expressions, node.call, parameters)
    expected = _expected(expressions, node, result)
    if arguments is None or expected is None:
        return None
    return _example(node, "table" if kind == "table" else "define", arguments, expected)


def _lifecycle_example(
    expressions: Expressions, node: syntax.Example, lifecycle: program.Lifecycle
) -> program.Example | None:
    parameter = lifecycle.parameter
    arguments = _fixed_arguments(expressions, node.call, [(parameter.name, parameter.type)])
    states = {state.name for state in lifecycle.states}
    state = (
        node.state.text
        if node.state
        else next((each.name for each in lifecycle.states if each.initial), None)
    )
    target = node.expected.text if isinstance(node.expected, syntax.Name) else None
    failed = arguments is None
    for name in (node.state, node.expected if isinstance(node.expected, syntax.Name) else None):
        if name is not None and name.text not in states and name.text != "no_transition":
            near = nearest(name.text, states)
            expressions.tell(
                say_names.UnknownName(span=name.span, name=name.text, kind="state", nearest=near)
            )
            failed = True
    if target is None:
        wanted = "state, or `no_transition`"
        expressions.tell(
            say_types.WrongType(
                span=node.expected.span, wanted=wanted, found="value", where="`gives`"
            )
        )
        failed = True
    payload = _payload(expressions, node, lifecycle)
    facts = _facts_expected(expressions, node.expected_facts, parameter.type)
    if failed or arguments is None or payload is None or facts is None:
        return None
    event, values = payload
    return program.Example(
        title=node.title,
        kind="lifecycle",
        of=lifecycle.name,
        arguments=arguments,
        now=node.at.microseconds if node.at else None,
        state=state,
        event=event,
        payload=values,
        target=None if target == "no_transition" else target,
        expected=program.Expected(fields=facts),
        by=tuple(each.text for each in node.by),
        not_by=tuple(each.text for each in node.not_by),
        span=node.span,
    )


def _payload(
    expressions: Expressions, node: syntax.Example, lifecycle: program.Lifecycle
) -> tuple[str | None, tuple[object, ...]] | None:
    if node.event is None:
        return (None, ())
    name = node.event.function
    event = next((each for each in lifecycle.events if each.name == name.text), None)
    if event is None:
        near = nearest(name.text, [each.name for each in lifecycle.events])
        expressions.tell(
            say_names.UnknownName(span=name.span, name=name.text, kind="event", nearest=near)
        )
        return None
    fields = event.payload.fields
    values = _fixed_arguments(
        expressions,
        node.event,
        [(each.name, each.type) for each in fields],
        [each.name for each in fields if each.optional],
    )
    return None if values is None else (event.name, values)


def _facts_expected(
    expressions: Expressions, node: syntax.Record | None, record: Type
) -> Mapping[int, object] | None:
    if node is None or not isinstance(record, types.Record):
        return {}
    given = expressions.entries(node.entries, Scope(), record)
    return given and _folded(expressions, node.span, given)


def _folded(
    expressions: Expressions, span: Span, given: Mapping[int, program.Expression | None]
) -> Mapping[int, object] | None:
    body = expressions.declared.body
    values = {place: None if value is None else fold(value, body) for place, value in given.items()}
    if NOT_FIXED in values.values():
        expressions.tell(say_types.NotConstant(span=span, what="what an example expects"))
        return None
    return values


def _fixed_arguments(
    expressions: Expressions,
    call: syntax.Call,
    parameters: Sequence[tuple[str, Type]],
    optional: Collection[str] = (),
) -> tuple[object, ...] | None:
    lowered = expressions.arguments(call, parameters, Scope(), optional)
    if lowered is None:
        return None
    values = [fold(each, expressions.declared.body) for each in lowered]
    for value, each in zip(values, lowered, strict=True):
        if value is NOT_FIXED:
            expressions.tell(say_types.NotConstant(span=each.span, what="a fact of an example"))
            return None
    return tuple(values)


def _expected(
    expressions: Expressions, node: syntax.Example, result: Type
) -> program.Expected | None:
    expected = node.expected
    if isinstance(expected, syntax.Name) and expected.text == "unknown":
        return program.Expected()
    if isinstance(expected, syntax.Record) and isinstance(result, types.Record):
        given = expressions.entries(expected.entries, Scope(), result)
        fields = None if given is None else _folded(expressions, expected.span, given)
        if fields is None:
            return None
        digits = _field_digits(expected, result) if node.about else {}
        return program.Expected(fields=fields, field_digits=digits)
    lowered = expressions.lower(expected, Scope(), result)
    if lowered is None:
        return None
    if not operations.fits(lowered.type, result) and not operations.fits(result, lowered.type):
        found = describe(lowered.type)
        expressions.tell(
            say_types.WrongType(
                span=expected.span,
                wanted=describe(result),
                found=found,
                where=f"`{node.call.function.text}`",
            )
        )
        return None
    value = fold(lowered, expressions.declared.body)
    if value is NOT_FIXED:
        expressions.tell(say_types.NotConstant(span=expected.span, what="what an example expects"))
        return None
    return program.Expected(value=value, digits=_digits(expected) if node.about else None)


def _field_digits(node: syntax.Record, record: types.Record) -> Mapping[int, int]:
    return {
        record.places[entry.name.text]: _digits(entry.value)
        for entry in node.entries
        if entry.value is not None
        and isinstance(record.fields[record.places[entry.name.text]].type, types.Number)
    }


def _digits(node: syntax.Expression) -> int:
    """How many decimals the author wrote."""
    if isinstance(node, syntax.Number):
        return len(node.written.partition(".")[2])
    return _digits(node.operand) if isinstance(node, syntax.Unary) else 0


def _rules_exist(expressions: Expressions, node: syntax.Example, names: set[str]) -> bool:
    unknown = [
        name
        for name in (*node.by, *node.not_by)
        if name.text not in names and name.text != "otherwise"
    ]
    for name in unknown:
        near = nearest(name.text, names)
        expressions.tell(
            say_names.UnknownName(span=name.span, name=name.text, kind="rule", nearest=near)
        )
    return not unknown


def _example(
    node: syntax.Example, kind: str, arguments: tuple[object, ...], expected: program.Expected
) -> program.Example:
    return program.Example(
        title=node.title,
        kind=kind,  # type: ignore[arg-type]
        of=node.call.function.text,
        arguments=arguments,
        now=node.at.microseconds if node.at else None,
        state=None,
        event=None,
        payload=None,
        target=None,
        expected=expected,
        by=tuple(each.text for each in node.by),
        not_by=tuple(each.text for each in node.not_by),
        span=node.span,
    )
