"""A lifecycle's case to its decision together with all that was asked on the way.

The machine is the one of the compiled evaluator, put to work with interpreted steps.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.backends.python.asked import Asked, names_in
from engine.backends.python.interpreter import Interpreter
from engine.backends.python.lifecycle import Machine
from engine.backends.python.lifecycle_cases import decide_case
from engine.backends.python.machines import Steps
from engine.backends.python.steps import Names, Step, fact
from engine.decision import Decision
from engine.language import types
from engine.program import nodes as program
from engine.program import walk
from engine.program.say import Voice, voice_of
from engine.program.words import pointer_words

EVENT = "event"


@dataclass(frozen=True, slots=True)
class LifeTrace:
    """`asked` are the transitions and deadlines that were asked, in turn; each is told as a rule
    that gives the state it leads to. `facts` are those that were asked last, with what the event
    brought; of a refused case there are none."""

    of: program.Lifecycle
    decision: Decision
    voice: Voice
    facts: Names
    asked: tuple[Asked, ...]

    @property
    def name(self) -> str:
        return self.of.name

    @property
    def parameters(self) -> tuple[program.Parameter, ...]:
        """The facts, and the event where there was one."""
        event = self.facts.get(EVENT)
        brought = () if event is None else (program.Parameter(EVENT, event.node.type),)
        return (self.of.parameter, *brought)

    def called(self, pointer: str) -> str:
        """The subject's own facts need no owner."""
        subject = f"/{self.of.parameter.name}"
        if pointer.startswith(f"{subject}/"):
            return pointer_words((self.of.parameter,), pointer.removeprefix(subject))
        state = program.Parameter("state", self.of.state_type)
        return pointer_words((*self.parameters, state), pointer)


class LifeTracer:
    """Traces one lifecycle."""

    def __init__(
        self, policy: program.Program, of: program.Lifecycle, interpreter: Interpreter
    ) -> None:
        self._policy = policy
        self._of = of
        self._voice = voice_of((of.parameter,))
        self._working = _Working(policy, of, interpreter)
        self.machine = Machine(policy.name, of, self._working.steps())

    def trace(self, case: Any, now: int | None = None) -> LifeTrace:
        self._working.begin()
        decided = decide_case(self._policy.name, self.machine, case, now)
        working = self._working
        return LifeTrace(self._of, decided, self._voice, working.facts, tuple(working.asked))


@dataclass
class _Working:
    """The steps of a machine, and what they were asked for one case."""

    policy: program.Program
    of: program.Lifecycle
    interpreter: Interpreter
    asked: list[Asked] = field(default_factory=list)
    facts: Names = field(default_factory=dict)

    def begin(self) -> None:
        self.interpreter.forget()
        self.asked, self.facts = [], {}

    def steps(self) -> Steps:
        of = self.of
        return Steps(
            transitions=tuple(self._transition(each) for each in of.transitions),
            instants=tuple(self._instant(each) for each in of.deadlines),
            deadlines=tuple(self._deadline(each) for each in of.deadlines),
            reads=tuple(
                _reads(self.policy, each.at, frozenset({of.parameter.name}))
                for each in of.deadlines
            ),
            timed=tuple(_is_timed(self.policy, each) for each in of.transitions),
            from_entering=tuple(
                walk.leads_to(self.policy, each.at, "now") for each in of.deadlines
            ),
        )

    def _transition(self, each: program.Transition) -> Callable[..., Any]:
        rule = _as_rule(self.of, each, each.target, guard=each.guard)
        payload = next(event.payload for event in self.of.events if event.name == each.event)

        def run(facts: Any, state: str, event: Any, now: int) -> Any:
            brought = program.Variable(EVENT, type=payload, span=each.span)
            names = {**self._names(facts, state, now), EVENT: fact(brought, event, "/event")}
            return self._asked(rule, each.sets, names)

        return run

    def _deadline(self, each: program.Deadline) -> Callable[..., Any]:
        rule = _as_rule(self.of, each, each.go, guard=False)

        def run(facts: Any, state: str, now: int) -> Any:
            return self._asked(rule, each.sets, self._names(facts, state, now))

        return run

    def _instant(self, each: program.Deadline) -> Callable[..., Any]:
        return lambda facts, state, now: (
            self.interpreter.step(each.at, self._names(facts, state, now)).value
        )

    def _names(self, facts: Any, state: str, now: int) -> dict[str, Step]:
        """Another instant may come with other facts, so nothing is remembered from the last."""
        self.interpreter.forget()
        of, parameter = self.of, self.of.parameter
        subject = program.Variable(parameter.name, type=parameter.type, span=of.span)
        return {
            parameter.name: fact(subject, facts, f"/{parameter.name}"),
            "state": Step(program.Variable("state", type=of.state_type, span=of.span), state),
            "now": Step(program.Variable("now", type=types.Instant(), span=of.span), now),
        }

    def _asked(self, rule: program.Rule, sets: Sequence[program.Set], names: Names) -> Any:
        """As `machines.py` has it: whether it holds, what was missing, what it sets, its words."""
        step = None if rule.condition is None else self.interpreter.step(rule.condition, names)
        asked = Asked(rule, step, consulted=True)
        self.asked.append(asked)
        self.facts = names
        if asked.truth is False:
            return False, (), (), ""
        given = names_in(self.interpreter, asked, names) if asked.truth else names
        values = tuple(self.interpreter.step(each.value, given).value for each in sets)
        if asked.truth is None:
            return None, asked.step and asked.step.born, values if asked.applies else (), ""
        if rule.because is None:
            return True, (), values, rule.name.replace("_", " ")
        return True, (), values, self.interpreter.text(rule.because.pieces, given)


def _as_rule(
    of: program.Lifecycle,
    each: program.Transition | program.Deadline,
    target: str | None,
    *,
    guard: bool,
) -> program.Rule:
    wires = {state.name: state.wire for state in of.states}
    value = None if target is None else wires[target]
    outcome = program.Constant(value, type=of.state_type, span=each.span)
    kept = outcome if guard else None
    kind = "guard" if guard else "rule"
    return program.Rule(
        kind,  # type: ignore[arg-type]
        each.name,
        each.condition,
        outcome,
        kept,
        each.because,
        span=each.span,
    )


def _is_timed(policy: program.Program, each: program.Transition) -> bool:
    parts = (each.condition, each.because, *(given.value for given in each.sets))
    return any(walk.leads_to(policy, part, "now") for part in parts if part is not None)


def _reads(
    policy: program.Program, node: program.Expression, names: frozenset[str]
) -> frozenset[int] | None:
    """The places of the facts that are read of the record under these names; None for all."""
    match node:
        case program.FieldOf(record=program.Variable(name=name), place=place) if name in names:
            return frozenset({place})
        case program.Variable(name=name) if name in names:
            return None
        case program.Call(define=name, arguments=arguments):
            define = policy.defines[name]
            passed = zip(define.parameters, arguments, strict=True)
            inner = frozenset(
                parameter.name for parameter, argument in passed if _stands_for(argument, names)
            )
            others = (each for each in arguments if not _stands_for(each, names))
            below = [_reads(policy, each, names) for each in others]
            return _united([*below, _reads(policy, define.value, inner)])
        case _:
            return _united(_reads(policy, each, names) for each in walk.children(node))


def _stands_for(node: program.Expression, names: frozenset[str]) -> bool:
    return isinstance(node, program.Variable) and node.name in names


def _united(found: Iterable[frozenset[int] | None]) -> frozenset[int] | None:
    places: frozenset[int] = frozenset()
    for each in found:
        if each is None:
            return None
        places |= each
    return places
