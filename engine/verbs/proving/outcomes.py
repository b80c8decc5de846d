"""A promise about the outcome of a decision to whether it holds of every case."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from engine.backends.proof.encode import Encoder
from engine.backends.proof.facts import SOME_INSTANT, Case
from engine.backends.proof.outcomes import broken, concerned
from engine.backends.proof.solve import Budget, Question, ask, impossible
from engine.backends.python.evaluator import Evaluator
from engine.backends.python.steps import Step
from engine.backends.python.trace import Trace
from engine.backends.python.validate import validate
from engine.language.values import from_wire, write_instant
from engine.program import nodes as program
from engine.verbs.comparing.witness import nearest
from engine.verbs.confirmed import traced
from engine.verbs.explain import tracer
from engine.verbs.proving.found import PROVED, Found, unknown
from engine.verbs.proving.models import CaseAgainst
from engine.verbs.samples import input_of

_PREMISE, _CONCLUSION = "the_premise", "the_conclusion"


def prove_outcome(
    policy: program.Program, promise: program.OutcomePromise, budget: Budget
) -> Found:
    of = policy.decisions[promise.decision]
    breaking = _Breaking(policy, promise)
    found: list[Case] = []

    def is_one(case: Case) -> bool:
        if breaking.trace(case.arguments, case.now) is None:
            return False
        found.append(case)
        return True

    answer = ask(policy, lambda encoder: broken(encoder, of, promise), is_one, budget)
    if found:
        return Found("refuted", breaking.shown(found[0]))
    if answer.kind != "no":
        return unknown([answer])
    return replace(PROVED, vacuous=_asks_nothing(policy, promise, budget))


def _asks_nothing(policy: program.Program, promise: program.OutcomePromise, budget: Budget) -> bool:
    if promise.premise is None:
        return False

    def build(encoder: Encoder) -> Question:
        return concerned(encoder, policy.decisions[promise.decision], promise)

    return impossible(policy, build, budget)


@dataclass(frozen=True)
class _Breaking:
    """Looks at cases by deciding them, twice: what one evaluator says alone is not shown."""

    policy: program.Program
    promise: program.OutcomePromise

    def trace(self, arguments: tuple[Any, ...], now: int) -> Trace | None:
        """Of a case that breaks the promise."""
        trace = traced(self.policy, self.promise.decision, arguments, now)
        if trace is None:
            return None
        outcome = from_wire(trace.decision.outcome, trace.of.result)
        breaks = self._traced(trace, outcome) and self._compiled(arguments, outcome, now)
        return trace if breaks else None

    def _traced(self, trace: Trace, outcome: Any) -> bool:
        promise, of = self.promise, trace.of
        names = dict(trace.facts)
        for name, parameter in zip(promise.parameters, of.parameters, strict=True):
            names[name] = trace.facts[parameter.name]
        variable = program.Variable(promise.outcome, type=of.result, span=of.span)
        names[promise.outcome] = Step(variable, outcome)
        run = tracer(self.policy).interpreter
        if promise.premise is not None and run.step(promise.premise, names).value is False:
            return False
        return run.step(promise.conclusion, names).value is not True

    def _compiled(self, arguments: tuple[Any, ...], outcome: Any, now: int) -> bool:
        evaluator = self._evaluator
        given = (*arguments, outcome)
        if self.promise.premise is not None and evaluator.apply(_PREMISE, given, now) is False:
            return False
        return evaluator.apply(_CONCLUSION, given, now) is not True

    @cached_property
    def _evaluator(self) -> Evaluator:
        """Of the policy with premise and conclusion as defines."""
        promise, of = self.promise, self.policy.decisions[self.promise.decision]
        given = [
            program.Parameter(name, each.type)
            for name, each in zip(promise.parameters, of.parameters, strict=True)
        ]
        given.append(program.Parameter(promise.outcome, of.result))
        wanted = {_PREMISE: promise.premise, _CONCLUSION: promise.conclusion}
        more = {
            name: program.Define(name, tuple(given), value, of.span)
            for name, value in wanted.items()
            if value is not None
        }
        defines = {**self.policy.defines, **more}
        return Evaluator(replace(self.policy, defines=defines, decisions={}, lifecycles={}))

    def shown(self, case: Case) -> CaseAgainst:
        """Smaller, where a smaller one breaks it too."""
        of = self.policy.decisions[self.promise.decision]
        found: dict[str, Trace] = {}

        def breaks(tried: Any, now: int) -> bool:
            if not isinstance(tried, Mapping):
                return False
            taken = validate(of.parameters, tried)
            trace = None if taken.arguments is None else self.trace(taken.arguments, now)
            if trace is not None:
                found["last"] = trace
            return trace is not None

        given, now = nearest(input_of(of.parameters, case.arguments), case.now, (), {}, breaks)
        now = next(at for at in (SOME_INSTANT, now) if breaks(given, at))
        decision = found["last"].decision
        return CaseAgainst(
            decision=of.name,
            case=given,
            as_of=write_instant(now),
            outcome=decision.outcome,
            basis=decision.basis,
            determining=list(decision.determining),
        )
