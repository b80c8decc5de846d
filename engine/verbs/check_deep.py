"""A program to its deep findings: what it says that no case ever shows, without those that it
waives. What finds them must be installed; loading and deciding need none of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.diagnostics.base import Finding
from engine.diagnostics.deep import WrongVersion
from engine.program import nodes as program
from engine.source import Span
from engine.verbs.solver import need_solver

if TYPE_CHECKING:
    from engine.backends.proof.solve import Budget
    from engine.verbs.deep.looking import Looking


def check_deep(
    policy: program.Program,
    before: program.Program | None = None,
    budget: "Budget | None" = None,
    step: Callable[[], None] = lambda: None,
) -> tuple[Finding, ...]:
    """`before` is the version before, by which the version number is judged; `step` is told as
    often as `parts` says."""
    need_solver()
    from engine.backends.proof.afresh import afresh
    from engine.backends.proof.solve import Budget
    from engine.verbs.deep.looking import Looking
    from engine.verbs.deep.waivers import waived

    budget = budget or Budget(each=2, all=400)
    looking = Looking(policy, budget, replace(budget, each=1))
    with afresh():
        _look(looking, step)
    if before is not None:
        looking.found += _wrong_version(before, policy)
        step()
    told = sorted(waived(policy, looking.found), key=lambda each: each.span.start)
    return tuple(Finding(policy.source, each) for each in told)


def _look(looking: "Looking", step: Callable[[], None]) -> None:
    from engine.verbs.deep.decisions import look_at_decision
    from engine.verbs.deep.guarantees import look_at_guarantees
    from engine.verbs.deep.lifecycles import look_at_lifecycle
    from engine.verbs.deep.phrases import implied_phrases
    from engine.verbs.deep.terms import shared_terms

    policy = looking.policy
    looking.found += implied_phrases(policy)
    shared = shared_terms(looking)
    step()
    for decision in policy.decisions.values():
        look_at_decision(looking, decision, shared)
        step()
    for lifecycle in policy.lifecycles.values():
        look_at_lifecycle(looking, lifecycle, shared)
        step()
    shared.tell()
    look_at_guarantees(looking, step)


def parts(policy: program.Program, before: program.Program | None = None) -> int:
    """Of how many parts the work is."""
    several = (policy.decisions, policy.lifecycles, policy.guarantees)
    return 1 + sum(map(len, several)) + (before is not None)


def _wrong_version(before: program.Program, policy: program.Program) -> list[WrongVersion]:
    from engine.verbs.compare import bump, step

    levels = ("patch", "minor", "major")
    wanted, taken = bump(before, policy), step(before.version, policy.version)
    if taken is None or levels.index(taken) >= levels.index(wanted.level):
        return []
    at = policy.source.text.find(policy.version)
    return [
        WrongVersion(
            span=Span(at, at + len(policy.version)),
            subject=(policy.name,),
            version=policy.version,
            before=before.version,
            taken=taken,
            wanted=wanted.level,
            why=wanted.reason,
        )
    ]
