"""Lifecycles: states, events, transitions and deadlines."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from engine.checker.expressions import Expressions
from engine.checker.names import unique
from engine.checker.scope import NOW, Scope, of_type
from engine.diagnostics import lifecycles as say
from engine.diagnostics import names as say_names
from engine.language import types
from engine.language.nearest import nearest
from engine.program import nodes as program
from engine.program import walk
from engine.syntax import nodes as syntax


@dataclass(frozen=True)
class _Frame:
    node: syntax.Lifecycle
    record: types.Record
    scope: Scope
    states: dict[str, syntax.State]
    events: dict[str, program.Event]


def lower_lifecycle(expressions: Expressions, node: syntax.Lifecycle) -> program.Lifecycle | None:
    record = expressions.declared.facts.record_parameter(
        node.parameter, f"what `{node.name.text}` is about"
    )
    if record is None:
        return None
    states = [each for each in node.items if isinstance(each, syntax.State)]
    unique((each.name for each in states), "a state", expressions.tell)
    unique(
        (each.name for each in node.items if isinstance(each, syntax.Event)),
        "an event",
        expressions.tell,
    )
    unique(
        (each.name for each in node.items if isinstance(each, syntax.Deadline)),
        "a deadline",
        expressions.tell,
    )
    _initial(expressions, node, states)
    state_type = expressions.declared.facts.enums[node.name.text]
    events = {
        each.name.text: _event(expressions, each)
        for each in node.items
        if isinstance(each, syntax.Event)
    }
    frame = _Frame(
        node,
        record,
        Scope(
            {"now": NOW, "state": of_type(state_type), node.parameter.name.text: of_type(record)}
        ),
        {each.name.text: each for each in states},
        {name: event for name, event in events.items() if event is not None},
    )
    transitions = [
        _transition(expressions, frame, each)
        for each in node.items
        if isinstance(each, syntax.Transition)
    ]
    deadlines = [
        _deadline(expressions, frame, each)
        for each in node.items
        if isinstance(each, syntax.Deadline)
    ]
    if None in transitions or None in deadlines or None in events.values():
        return None
    return program.Lifecycle(
        name=node.name.text,
        parameter=program.Parameter(node.parameter.name.text, record),
        states=tuple(
            program.State(
                each.name.text, each.wire or each.name.text, each.initial, each.final, each.note
            )
            for each in states
        ),
        events=tuple(frame.events.values()),
        transitions=_numbered(each for each in transitions if each is not None),
        deadlines=tuple(each for each in deadlines if each is not None),
        state_type=state_type,
        span=node.span,
    )


def _initial(
    expressions: Expressions, node: syntax.Lifecycle, states: Sequence[syntax.State]
) -> None:
    initial = tuple(each.span for each in states if each.initial)
    if len(initial) != 1:
        expressions.tell(
            say.InitialState(span=node.name.span, lifecycle=node.name.text, found=initial)
        )


def _event(expressions: Expressions, node: syntax.Event) -> program.Event | None:
    facts = expressions.declared.facts
    unique((each.name for each in node.parameters), "a parameter", expressions.tell)
    found = [(each.name.text, facts.type_of(each.type), each.optional) for each in node.parameters]
    fields = tuple(
        types.Field(name, name, type_, optional)
        for name, type_, optional in found
        if type_ is not None
    )
    if len(fields) < len(found):
        return None
    return program.Event(node.name.text, types.Record(f"event {node.name.text}", fields), node.note)


def _transition(
    expressions: Expressions, frame: _Frame, node: syntax.Transition
) -> program.Transition | None:
    sources = _states(expressions, frame, node.sources)
    target = _states(expressions, frame, [node.target])
    event = frame.events.get(node.event.text)
    if event is None:
        declared = {each.name.text for each in frame.node.items if isinstance(each, syntax.Event)}
        if node.event.text not in declared:
            near = nearest(node.event.text, declared)
            expressions.tell(
                say_names.UnknownName(
                    span=node.event.span, name=node.event.text, kind="event", nearest=near
                )
            )
        return None
    if sources is None or target is None or not _may_leave(expressions, frame, node.sources):
        return None
    scope = frame.scope.binding("event", of_type(event.payload))
    conditioned = _conditioned(expressions, frame, node, scope, node.guard)
    if conditioned is None:
        return None
    condition, sets, because = conditioned
    return program.Transition(
        f"{', '.join(sources)} -> {target[0]} on {event.name}",
        node.guard,
        sources,
        target[0],
        event.name,
        condition,
        sets,
        because,
        span=node.span,
    )


def _deadline(
    expressions: Expressions, frame: _Frame, node: syntax.Deadline
) -> program.Deadline | None:
    states = _states(expressions, frame, node.states)
    go = _states(expressions, frame, [node.go]) if node.go else ()
    at = expressions.value(node.at, frame.scope, types.Instant(), "`at`")
    conditioned = _conditioned(expressions, frame, node, frame.scope, False)
    if states is None or go is None or at is None or conditioned is None:
        return None
    if node.go is not None and not _may_leave(expressions, frame, node.states):
        return None
    condition, sets, because = conditioned
    return program.Deadline(
        node.name.text, states, at, condition, go[0] if go else None, sets, because, span=node.span
    )


def _conditioned(
    expressions: Expressions,
    frame: _Frame,
    node: syntax.Transition | syntax.Deadline,
    scope: Scope,
    guard: bool,
) -> tuple[program.Expression | None, tuple[program.Set, ...], program.Template | None] | None:
    condition = expressions.condition(node.condition, scope) if node.condition else None
    if node.condition and condition is None:
        return None
    when_true = scope.knowing(expressions.known_when(True, condition)) if condition else scope
    unsure = guard and condition is not None and condition.unknown
    given = expressions.entries(node.settings, scope if unsure else when_true, frame.record)
    matched = condition is not None and walk.mentions(condition, expressions.declared.body)
    because = None
    if node.because is not None:
        told = replace(when_true, matched=matched)
        because = expressions.template(node.because, told, "a reason")
    if given is None or (node.because and because is None):
        return None
    missing = types.Text()
    sets = tuple(
        program.Set(
            place, value or program.Constant(None, type=missing, unknown=True, span=node.span)
        )
        for place, value in given.items()
    )
    return condition, sets, because


def _states(
    expressions: Expressions, frame: _Frame, names: Iterable[syntax.Name]
) -> tuple[str, ...] | None:
    failed = False
    found: list[str] = []
    for name in names:
        if name.text in frame.states:
            found.append(name.text)
            continue
        near = nearest(name.text, frame.states)
        expressions.tell(
            say_names.UnknownName(span=name.span, name=name.text, kind="state", nearest=near)
        )
        failed = True
    return None if failed else tuple(found)


def _may_leave(expressions: Expressions, frame: _Frame, names: Iterable[syntax.Name]) -> bool:
    final = [name for name in names if name.text in frame.states and frame.states[name.text].final]
    for name in final:
        declared = frame.states[name.text].span
        expressions.tell(say.FinalStateLeft(span=name.span, state=name.text, declared=declared))
    return not final


def _numbered(transitions: Iterable[program.Transition]) -> tuple[program.Transition, ...]:
    """Several transitions between the same states on one event are told apart by a number."""
    seen: Counter[str] = Counter()
    found: list[program.Transition] = []
    for each in transitions:
        seen[each.name] += 1
        count = seen[each.name]
        found.append(each if count == 1 else replace(each, name=f"{each.name} ({count})"))
    return tuple(found)
