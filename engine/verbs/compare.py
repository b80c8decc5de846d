"""Two versions of a policy to what is other in the second: for callers, in its parts, and in every
case that it decides otherwise.

What is said of cases holds for all of them: a solver looks for one that is decided otherwise and is
of no kind told yet, until there is none. Each kind comes with a case that both evaluators decided
by both versions. Where the budget runs out, that is said.
"""

from collections.abc import Callable

from engine.language.phrases import Trigger
from engine.program.nodes import Program
from engine.program.same import Same
from engine.verbs.comparing.contract import contract_changes
from engine.verbs.comparing.models import Bump, Changes, Level, Version
from engine.verbs.comparing.parts import part_changes
from engine.verbs.solver import need_solver

MOST_STEPS = 300
"""Millions of the solver's steps."""
_EACH = 20


def compare(
    old: Program,
    new: Program,
    steps: int = MOST_STEPS,
    note: Callable[[str], None] = lambda _: None,
    only: str | None = None,
) -> Changes:
    """`steps` are millions of the solver's; `note` is told the name of each decision and lifecycle
    before it is looked at; `only` is the one that is to be looked at, where the others do not
    matter."""
    need_solver()
    from engine.backends.proof.afresh import afresh
    from engine.backends.proof.solve import Budget
    from engine.verbs.comparing.decisions import decision_changes
    from engine.verbs.comparing.lives import lifecycle_changes

    budget = Budget(each=_EACH, all=steps)
    same = Same(old, new)
    decisions, lifecycles = [], []
    for name in new.decisions:
        if name in old.decisions and only in (None, name):
            note(name)
            with afresh():
                decisions.append(decision_changes(old, new, name, same, budget))
    for name in new.lifecycles:
        if name in old.lifecycles and only in (None, name):
            note(name)
            with afresh():
                lifecycles.append(lifecycle_changes(old, new, name, same, budget))
    return Changes(
        _version(old),
        _version(new),
        contract_changes(old, new),
        part_changes(old, new, same),
        tuple(decisions),
        tuple(lifecycles),
        _triggers(old, new),
        same_meaning=old.meaning_hash == new.meaning_hash,
    )


def bump(old: Program, new: Program, steps: int = MOST_STEPS) -> Bump:
    """What the number of the new version must at least be, by what it changes; the witness is in
    the region."""
    if old.meaning_hash == new.meaning_hash:
        return Bump("patch", "every case is decided alike")
    return bump_of(compare(old, new, steps))


def bump_of(changes: Changes) -> Bump:
    for each in changes.contract:
        if each.level == "major":
            return Bump("major", each.text)
    for decision in changes.decisions:
        for region in decision.regions:
            return Bump("minor", _reason(decision.name, region.direction), region, decision)
    for lifecycle in changes.lifecycles:
        for move in lifecycle.moves:
            what = f"on `{move.event}`" if move.event else f"by `{', '.join(move.by)}`"
            return Bump("minor", f"`{lifecycle.name}` does otherwise in `{move.state}` {what}")
    for each in changes.contract:
        return Bump("minor", each.text)
    if not changes.complete:
        return Bump("minor", "it could not be told whether every case is decided alike")
    return Bump("patch", "every case is decided alike")


def _reason(decision: str, direction: str) -> str:
    if direction == "alike":
        return f"some case of `{decision}` is decided by something else"
    if direction == "different":
        return f"some case of `{decision}` is decided otherwise"
    manner = "more loosely" if direction == "looser" else "more strictly"
    return f"some case of `{decision}` is decided {manner}"


def step(old: str, new: str) -> Level | None:
    """By how much a version number was raised; None where it was not."""
    before, after = (tuple(map(int, each.split("."))) for each in (old, new))
    if after <= before:
        return None
    if after[0] > before[0]:
        return "major"
    return "minor" if after[1] > before[1] else "patch"


def _version(of: Program) -> Version:
    return Version(of.name, of.version, of.content_hash)


def _triggers(old: Program, new: Program) -> dict[Trigger, str]:
    found = {each: old.version for each in old.triggers if each not in new.triggers}
    return found | {each: new.version for each in new.triggers if each not in old.triggers}
