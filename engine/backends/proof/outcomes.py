"""A guarantee of a decision's outcome to the question whether any case breaks it."""

from engine.backends.proof.bits import both, no
from engine.backends.proof.decisions import outcome
from engine.backends.proof.encode import Encoder
from engine.backends.proof.solve import Question
from engine.backends.proof.symbols import false, true
from engine.program import nodes as program


def broken(
    encoder: Encoder,
    of: program.Decision,
    promise: program.OutcomePromise,
    *,
    anything: bool = False,
) -> Question:
    """The cases where the premise is true or unknown and the conclusion is not true; or `anything`,
    where the conclusion does not matter."""
    facts, read = encoder.facts.case(of.parameters)
    named = {
        name: facts[parameter.name]
        for name, parameter in zip(promise.parameters, of.parameters, strict=True)
    }
    names = {**facts, **named, promise.outcome: outcome(encoder, of, facts)}
    premise = no(false(encoder.truth(promise.premise, names)))
    if anything:
        return Question(encoder, premise, read)
    conclusion = encoder.express(promise.conclusion, names)
    return Question(encoder, both(premise, no(true(conclusion))), read)
