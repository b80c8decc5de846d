"""A program to its deep findings: what it says that no case ever shows, without those that it
waives."""

from collections.abc import Callable

from engine.backends.proof.solve import Budget
from engine.diagnostics.base import Finding
from engine.program import nodes as program
from engine.verbs.deep.decisions import look_at_decision
from engine.verbs.deep.lifecycles import look_at_lifecycle
from engine.verbs.deep.looking import Looking
from engine.verbs.deep.terms import shared_terms


def check_deep(
    policy: program.Program,
    budget: Budget | None = None,
    step: Callable[[int], None] = lambda _: None,
) -> tuple[Finding, ...]:
    """`step` is told whenever some of the work is done."""
    looking = Looking(policy, budget or Budget(each=2, all=400), step)
    shared = shared_terms(looking)
    for decision in policy.decisions.values():
        look_at_decision(looking, decision, shared)
    for lifecycle in policy.lifecycles.values():
        look_at_lifecycle(looking, lifecycle, shared)
    shared.tell()
    return tuple(Finding(policy.source, each) for each in looking.found)
