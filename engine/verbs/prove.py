"""A program to what is proved of its guarantees: that they hold of every case, or a case that
breaks them, or why nobody knows."""

from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from engine.language.nearest import nearest
from engine.program import nodes as program
from engine.verbs.proving.models import Proof, Proofs
from engine.verbs.solver import need_solver

if TYPE_CHECKING:
    from engine.backends.proof.solve import Budget
    from engine.verbs.proving.found import Found


class UnknownGuaranteeError(LookupError):
    def __init__(self, policy: str, name: str, close: str | None) -> None:
        super().__init__(f"`{policy}` has no guarantee `{name}`")
        self.nearest = close


def prove(
    policy: program.Program,
    guarantee: str | None = None,
    budget: "Budget | int | None" = None,
    step: Callable[[str], None] = lambda _: None,
) -> Proofs:
    """`guarantee` names one of them; all where it is left out. `budget` is in millions of the
    solver's steps; `step` is told each guarantee that is begun."""
    need_solver()
    from engine.backends.proof.solve import Budget

    asked = [each for each in policy.guarantees if guarantee in (None, each.name)]
    if guarantee is not None and not asked:
        close = nearest(guarantee, [each.name for each in policy.guarantees])
        raise UnknownGuaranteeError(policy.name, guarantee, close)
    if not isinstance(budget, Budget):
        budget = Budget() if budget is None else Budget(all=budget)
    proofs = []
    for each in asked:
        step(each.name)
        proofs.append(_proof(policy, each, budget))
    return Proofs(
        policy=policy.name,
        version=policy.version,
        hash=policy.content_hash,
        guarantees=proofs,
    )


def _proof(policy: program.Program, guarantee: program.Guarantee, budget: "Budget") -> Proof:
    found = _found(policy, guarantee, budget)
    return Proof(
        guarantee=guarantee.name,
        line=policy.source.line(guarantee.span.start),
        verdict=found.verdict,
        vacuous=found.vacuous,
        against=found.against,
        because=list(found.because),
    )


def _found(policy: program.Program, guarantee: program.Guarantee, budget: "Budget") -> "Found":
    from engine.verbs.proving.outcomes import prove_outcome
    from engine.verbs.proving.paths import prove_path
    from engine.verbs.proving.trends import prove_trend

    match guarantee.promise:
        case program.OutcomePromise() as promise:
            return prove_outcome(policy, promise, budget)
        case program.PathPromise() as promise:
            return prove_path(policy, promise, budget)
        case program.TrendPromise() as promise:
            return prove_trend(policy, promise, budget)
        case _:
            assert_never(guarantee.promise)
