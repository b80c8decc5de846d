"""The guarantees of a policy to those that a case breaks, and those that promise nothing."""

import json
from collections.abc import Callable, Iterator

from engine.backends.proof.encode import Encoder
from engine.backends.proof.promised import Promised, promised
from engine.backends.proof.session import Session
from engine.backends.proof.solve import Budget, Question, told
from engine.diagnostics.deep import NotSettled, RefutedGuarantee, VacuousGuarantee
from engine.program import nodes as program
from engine.verbs.deep.looking import Looking
from engine.verbs.prove import prove
from engine.verbs.proving.models import CaseAgainst, PairAgainst, PathAgainst, Proof

_LONGEST = 300


def look_at_guarantees(looking: Looking, step: Callable[[], None]) -> None:
    """Those of one decision are asked together first, for most are kept."""
    kept = {
        name for decision in looking.policy.decisions.values() for name in _kept(looking, decision)
    }
    for each in looking.policy.guarantees:
        if each.name not in kept:
            (proof,) = prove(looking.policy, each.name, Budget()).guarantees
            _tell(looking, each, proof)
        step()


def _kept(looking: Looking, of: program.Decision) -> Iterator[str]:
    """The names of those that every case keeps, of which some are told to be vacuous."""
    asked: list[tuple[program.Guarantee, program.OutcomePromise]] = []
    for each in looking.policy.guarantees:
        promise = each.promise
        if isinstance(promise, program.OutcomePromise) and promise.decision == of.name:
            asked.append((each, promise))
    if not asked:
        return
    bits: list[Promised] = []

    def build(encoder: Encoder) -> Question:
        made, read = promised(encoder, of, [promise for _, promise in asked])
        bits[:] = made
        return Question(encoder, True, read)

    question = told(looking.policy, build)
    session = Session(question.encoder, question.read, looking.little)
    for (guarantee, promise), bit in zip(asked, bits, strict=True):
        if session.ask([bit.broken]) != "no":
            continue
        yield guarantee.name
        if promise.premise is not None and session.ask([bit.concerned]) == "no":
            looking.tell(
                VacuousGuarantee(
                    span=guarantee.span, subject=(guarantee.name,), name=guarantee.name
                )
            )


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
