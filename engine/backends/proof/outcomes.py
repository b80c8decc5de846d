"""A guarantee of a decision's outcome to the question whether any case breaks it."""

from collections.abc import Mapping

from engine.backends.proof.bits import both, no
from engine.backends.proof.decisions import outcome
from engine.backends.proof.encode import Encoder
from engine.backends.proof.facts import NOW
from engine.backends.proof.solve import Question
from engine.backends.proof.symbols import Sym, false, true
from engine.program import nodes as program
from engine.program import walk


def broken(encoder: Encoder, of: program.Decision, promise: program.OutcomePromise) -> Question:
    """The cases where the premise is true or unknown and the conclusion is not true."""
    facts, read = encoder.facts.case(of.parameters)
    names = {**_named(of, promise, facts), promise.outcome: outcome(encoder, of, facts)}
    premise = encoder.truth(promise.premise, names)
    conclusion = encoder.express(promise.conclusion, names)
    return Question(encoder, both(no(false(premise)), no(true(conclusion))), read)


def concerned(encoder: Encoder, of: program.Decision, promise: program.OutcomePromise) -> Question:
    """The cases where the premise is true or unknown."""
    facts, read = encoder.facts.case(of.parameters)
    names = _named(of, promise, facts)
    inside = () if promise.premise is None else walk.everything(promise.premise)
    if any(isinstance(each, program.Variable) and each.name == promise.outcome for each in inside):
        names[promise.outcome] = outcome(encoder, of, facts)
    return Question(encoder, no(false(encoder.truth(promise.premise, names))), read)


def _named(
    of: program.Decision, promise: program.OutcomePromise, facts: Mapping[str, Sym]
) -> dict[str, Sym]:
    """The facts under the names of the promise."""
    named = {
        name: facts[parameter.name]
        for name, parameter in zip(promise.parameters, of.parameters, strict=True)
    }
    return {NOW: facts[NOW], **named}
