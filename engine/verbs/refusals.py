"""A program to what its `refused` outcomes break of the guarantees that hold `also when refused`.

Of a refused case nothing is known. So whatever reads it is unknown here, also where it asks whether
a fact is there; the premise holds unless it is false by the outcome alone, and the conclusion must
be true by the outcome alone.
"""

import re
from collections.abc import Iterator, Sequence

from engine.backends.python.matcher import Matcher
from engine.backends.python.interpreter import Interpreter
from engine.backends.python.steps import Step
from engine.diagnostics.base import Diagnostic
from engine.diagnostics.examples import Broken, UnsafeRefusal
from engine.language.operators import kleene_and, kleene_not, kleene_or
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
    node = program.Variable(promise.outcome, type=decision.result, span=decision.span)
    outcome = {promise.outcome: Step(node, decision.refused)}
    unread = frozenset(promise.parameters)
    if (
        promise.premise is not None
        and _truth(interpreter, promise.premise, outcome, unread) is False
    ):
        return True
    return _truth(interpreter, promise.conclusion, outcome, unread)


def _truth(
    interpreter: Interpreter,
    node: program.Expression,
    outcome: dict[str, Step],
    unread: frozenset[str],
) -> bool | None:
    match node:
        case program.Chain(symbol=symbol, operands=operands):
            meaning = kleene_and if symbol == "and" else kleene_or
            return meaning(*(_truth(interpreter, each, outcome, unread) for each in operands))
        case program.Not(operand=operand):
            return kleene_not(_truth(interpreter, operand, outcome, unread))
        case _ if _reads(node, unread):
            return None
        case _:
            truth: bool | None = interpreter.step(node, outcome).value
            return truth


def _reads(node: program.Expression, names: frozenset[str]) -> bool:
    inside = everything(node)
    return any(isinstance(each, program.Variable) and each.name in names for each in inside)
