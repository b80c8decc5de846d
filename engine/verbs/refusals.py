"""A program to what its `refused` outcomes break of the guarantees that hold `also when refused`.

Of a refused case nothing is known. So whatever reads it is unknown here, also where it asks whether
a fact is there; the premise holds unless it is false by the outcome alone, and the conclusion must
be true by the outcome alone.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.backends.python.interpreter import Interpreter
from engine.backends.python.matcher import Matcher
from engine.backends.python.steps import Names, Step
from engine.diagnostics.base import Diagnostic
from engine.diagnostics.examples import Broken, UnsafeRefusal
from engine.language.operators import kleene_and, kleene_not, kleene_or
from engine.language.types import Instant
from engine.program import nodes as program
from engine.program.walk import everything
from engine.source import Source, Span


def unsafe_refusals(policy: program.Program) -> Iterator[Diagnostic]:
    interpreter = Interpreter(policy, Matcher(policy.triggers))
    for decision in policy.decisions.values():
        broken = tuple(_broken(interpreter, decision, policy.guarantees))
        if broken:
            where = _refused(decision, policy.source)
            yield UnsafeRefusal(span=where, decision=decision.name, guarantees=broken)


def _broken(
    interpreter: Interpreter,
    decision: program.Decision,
    guarantees: Sequence[program.Guarantee],
) -> Iterator[Broken]:
    for guarantee in guarantees:
        match guarantee.promise:
            case program.OutcomePromise(decision=decision.name) as promise:
                if guarantee.also_refused:
                    kept = _kept(interpreter, promise, decision)
                    if kept is not True:
                        yield Broken(guarantee.name, guarantee.span, open=kept is None)
            case _:
                pass


def _refused(decision: program.Decision, source: Source) -> Span:
    """Where the word stands that says what a refused case is given."""
    found = _REFUSED.search(source.text, decision.span.start, decision.span.end)
    return Span(*found.span(1)) if found else decision.span


_REFUSED = re.compile(r"^[ \t]*(refused)\b", re.MULTILINE)


def _kept(
    interpreter: Interpreter, promise: program.OutcomePromise, decision: program.Decision
) -> bool | None:
    outcome = program.Variable(promise.outcome, type=decision.result, span=decision.span)
    clock = program.Variable("now", type=Instant(), unknown=True, span=decision.span)
    names = {promise.outcome: Step(outcome, decision.refused), "now": Step(clock, None)}
    reading = _Reading(interpreter, names, frozenset((*promise.parameters, "now")))
    if promise.premise is not None and reading.truth(promise.premise) is False:
        return True
    return reading.truth(promise.conclusion)


@dataclass(frozen=True)
class _Reading:
    """Of a refused case: `names` has what is known of it, `unread` names what is not."""

    interpreter: Interpreter
    names: Names
    unread: frozenset[str]

    def truth(self, node: program.Expression) -> bool | None:
        match node:
            case program.Chain(symbol=symbol, operands=operands):
                meaning = kleene_and if symbol == "and" else kleene_or
                return meaning(*(self.truth(each) for each in operands))
            case program.Not(operand=operand):
                return kleene_not(self.truth(operand))
            case _ if _reads(node, self.unread):
                return None
            case _:
                truth: bool | None = self.interpreter.step(node, self.names).value
                return truth


def _reads(node: program.Expression, names: frozenset[str]) -> bool:
    inside = everything(node)
    return any(isinstance(each, program.Variable) and each.name in names for each in inside)
