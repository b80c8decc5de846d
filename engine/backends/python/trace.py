"""A case to its decision together with all that was asked on the way, by interpreting the program.

The compiled evaluator is the meaning; this one agrees with it, by test.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.backends.python.asked import Asked, conclude, determining_guard
from engine.backends.python.decisions import pointers_of
from engine.backends.python.intake import takers
from engine.backends.python.interpreter import Interpreter
from engine.backends.python.matcher import Matcher
from engine.backends.python.refuse import NO_NOW, refused
from engine.backends.python.steps import Names, Step, fact
from engine.backends.python.trace_lifecycle import LifeTrace, LifeTracer
from engine.backends.python.validate import Taken, decode, validate
from engine.decision import Decision, Fault, Ignored
from engine.language import types
from engine.language.values import to_wire, write_instant
from engine.program import nodes as program
from engine.program import walk
from engine.program.say import Voice, voice_of
from engine.program.words import pointer_words
from engine.source import Span

_NOWHERE = Span(0, 0)
_NOW = program.Variable("now", type=types.Instant(), span=_NOWHERE)


Case = Mapping[str, Any] | str | bytes


@dataclass(frozen=True, slots=True)
class Trace:
    """`facts` are the arguments of a case that was taken in, and `now`; of a refused case there are
    none, and nothing was asked. `voice` is how the case's own things are called."""

    of: program.Decision
    decision: Decision
    voice: Voice
    facts: Names
    asked: tuple[Asked, ...] = ()

    @property
    def name(self) -> str:
        return self.of.name

    @property
    def parameters(self) -> tuple[program.Parameter, ...]:
        return self.of.parameters

    def called(self, pointer: str) -> str:
        return pointer_words(self.of.parameters, pointer)

    @property
    def guards(self) -> tuple[Asked, ...]:
        return tuple(each for each in self.asked if each.rule.kind == "guard")

    @property
    def rules(self) -> tuple[Asked, ...]:
        return tuple(each for each in self.asked if each.rule.kind != "guard")


Traced = Trace | LifeTrace


class Tracer:
    """Traces the decisions and lifecycles of one program."""

    def __init__(self, policy: program.Program, matcher: Matcher | None = None) -> None:
        self.policy = policy
        self.interpreter = Interpreter(policy, matcher or Matcher(policy.triggers))
        decisions = policy.decisions.values()
        self._timed = frozenset(each.name for each in decisions if walk.reads_now(policy, each))
        self._voices = {each.name: voice_of(each.parameters) for each in decisions}
        self.lives = {
            name: LifeTracer(policy, each, self.interpreter)
            for name, each in policy.lifecycles.items()
        }

    @cached_property
    def _takers(self) -> Mapping[str, Callable[[Any], tuple[Any, ...] | None]]:
        return takers(self.policy)

    def traced(self, case: Case, name: str, now: int | None = None) -> Traced:
        """Of a decision or a lifecycle."""
        if name in self.policy.lifecycles:
            return self.trace_lifecycle(case, name, now)
        return self.trace(case, name, now)

    def decide(self, case: Case, decision: str, now: int | None = None) -> Decision:
        """The decision alone: of the rules that come after it nothing is asked."""
        return self.trace(case, decision, now, beyond=False).decision

    def trace(
        self, case: Case, decision: str, now: int | None = None, *, beyond: bool = True
    ) -> Trace:
        """The decision, made here once more, and its trace; `beyond` what decided too."""
        of = self.policy.decisions[decision]
        as_of = None if now is None else write_instant(now)
        taken = self._taken(of, case, now)
        if taken.arguments is None:
            name, outcome = self.policy.name, to_wire(of.refused, of.result)
            decided = refused(name, of.name, outcome, taken.faults, taken.ignored, as_of)
            return self._refused(of, decided)
        return self.trace_values(of, taken.arguments, now, taken.ignored, beyond=beyond)

    def trace_values(
        self,
        of: program.Decision,
        arguments: Sequence[Any],
        now: int | None,
        ignored: tuple[Ignored, ...] = (),
        *,
        beyond: bool = True,
    ) -> Trace:
        """The same for arguments as `engine/language/values.py` has them."""
        facts, asked = self._asked(of, arguments, now, beyond=beyond)
        found = conclude(self.interpreter, self.policy.name, of, asked, facts)
        decided = Decision(
            decision=of.name,
            outcome=to_wire(self._completed(of, found.outcome, facts), of.result),
            basis=found.basis,
            determining=found.determining,
            reasons=found.reasons,
            unknown=found.unknown,
            ignored=ignored,
            as_of=None if now is None else write_instant(now),
        )
        return Trace(of, decided, self._voices[of.name], facts, asked)

    def trace_decided(self, case: Case, decided: Decision, now: int | None = None) -> Trace:
        """The trace of a decision that was made on this case just now."""
        of = self.policy.decisions[decided.decision]
        if decided.basis == "refused":
            return self._refused(of, decided)
        arguments = self._takers[of.name](case)
        if arguments is None:
            arguments = self._taken(of, case, now).arguments or ()
        return Trace(of, decided, self._voices[of.name], *self._asked(of, arguments, now))

    def trace_lifecycle(self, case: Case, lifecycle: str, now: int | None = None) -> LifeTrace:
        read = decode(case) if isinstance(case, str | bytes) else case
        return self.lives[lifecycle].trace(read, now)

    def _refused(self, of: program.Decision, decided: Decision) -> Trace:
        return Trace(of, decided, self._voices[of.name], {})

    def _taken(self, of: program.Decision, case: Case, now: int | None) -> Taken:
        if now is None and of.name in self._timed:
            return Taken(None, (NO_NOW,), ())
        read = decode(case) if isinstance(case, str | bytes) else case
        return (
            Taken(None, (read,), ()) if isinstance(read, Fault) else validate(of.parameters, read)
        )

    def _asked(
        self,
        of: program.Decision,
        arguments: Sequence[Any],
        now: int | None,
        *,
        beyond: bool = True,
    ) -> tuple[Names, tuple[Asked, ...]]:
        self.interpreter.forget()
        facts = facts_of(of.parameters, arguments, now)
        asked = [self._ask(rule, facts, consulted=True) for rule in of.guards]
        needed = determining_guard(asked) is None
        for rule in of.rules:
            if not (needed or beyond):
                break
            asked.append(self._ask(rule, facts, consulted=needed))
            if of.hit == "first" and asked[-1].applies:
                needed = False
        return facts, tuple(asked)

    def _ask(self, rule: program.Rule, facts: Names, *, consulted: bool) -> Asked:
        condition = rule.condition
        step = None if condition is None else self.interpreter.step(condition, facts)
        return Asked(rule, step, consulted)

    def _completed(self, of: program.Decision, outcome: Any, facts: Names) -> Any:
        """The outcome with what holds whatever was decided."""
        for each in of.always:
            node = program.Variable("outcome", type=of.result, span=of.span)
            names = {**facts, "outcome": Step(node, outcome)}
            value = self.interpreter.step(each.value, names).value
            outcome = (*outcome[: each.place], value, *outcome[each.place + 1 :])
        return outcome


def facts_of(
    parameters: Sequence[program.Parameter], arguments: Sequence[Any], now: int | None
) -> Names:
    """Each argument at its place in the case."""
    pointers = pointers_of(parameters)
    facts = {
        each.name: fact(_variable(each), value, pointers[each.name])
        for each, value in zip(parameters, arguments, strict=True)
    }
    return {**facts, "now": Step(_NOW, now)}


def _variable(parameter: program.Parameter) -> program.Variable:
    return program.Variable(parameter.name, type=parameter.type, span=_NOWHERE)
