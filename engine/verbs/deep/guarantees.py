"""The guarantees of a policy to those that a case breaks, and those that promise nothing."""

import json
from collections.abc import Callable

from engine.backends.proof.solve import Budget
from engine.diagnostics.deep import NotSettled, RefutedGuarantee, VacuousGuarantee
from engine.program import nodes as program
from engine.verbs.deep.looking import Looking
from engine.verbs.prove import prove
from engine.verbs.proving.models import CaseAgainst, PairAgainst, PathAgainst, Proof

_LONGEST = 300


def look_at_guarantees(looking: Looking, step: Callable[[], None]) -> None:
    for each in looking.policy.guarantees:
        budget = Budget()
        (proof,) = prove(looking.policy, each.name, budget).guarantees
        _tell(looking, each, proof)
        step()


def _tell(looking: Looking, of: program.Guarantee, proof: Proof) -> None:
    subject = (of.name,)
    if proof.verdict == "refuted" and proof.against is not None:
        looking.tell(
            RefutedGuarantee(
                span=of.span, subject=subject, name=of.name, against=_against(proof.against)
            )
        )
    elif proof.verdict == "unknown":
        looking.tell(
            NotSettled(
                span=of.span,
                subject=subject,
                question=f"whether `{of.name}` holds of every case",
                cause="; ".join(proof.because),
            )
        )
    elif proof.vacuous:
        looking.tell(VacuousGuarantee(span=of.span, subject=subject, name=of.name))


def _against(of: CaseAgainst | PathAgainst | PairAgainst) -> str:
    match of:
        case CaseAgainst():
            told = f"for {_json(of.case)} `{of.decision}` gives {_json(of.outcome)}"
        case PathAgainst():
            told = f"a path is {' -> '.join(of.states)}"
        case PairAgainst():
            told = (
                f"`{of.define}` is {of.lower_value} where `{of.fact}` is {_json(of.lower)}, and "
                f"{of.higher_value} where it is {_json(of.higher)}"
            )
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
