"""The promises about one decision, asked of the same cases: where each is broken, and where it
speaks of anything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.backends.proof.bits import Bit, both, no
from engine.backends.proof.decisions import outcome
from engine.backends.proof.encode import Encoder
from engine.backends.proof.facts import NOW
from engine.backends.proof.hinges import each_apart
from engine.backends.proof.symbols import false, true
from engine.program import nodes as program


@dataclass(frozen=True, eq=False)
class Promised:
    broken: Bit
    concerned: Bit


def promised(
    encoder: Encoder, of: program.Decision, promises: Sequence[program.OutcomePromise]
) -> tuple[list[Promised], Callable[[Any], Any]]:
    """With what reads a case of a model."""
    facts, read = encoder.facts.case(of.parameters)
    given = outcome(encoder, of, facts)
    found = []
    with each_apart(encoder) as apart:
        for each in promises:
            parameters = zip(each.parameters, of.parameters, strict=True)
            named = {name: facts[parameter.name] for name, parameter in parameters}
            names = {NOW: facts[NOW], **named, each.outcome: given}
            with apart():
                premise = no(false(encoder.truth(each.premise, names)))
                conclusion = true(encoder.express(each.conclusion, names))
            found.append(Promised(both(premise, no(conclusion)), premise))
    return found, read
