"""What is proved of a policy's guarantees to text: each with its verdict, and below them what
breaks those that do not hold, as cases that `bylaw decide` takes."""

import json
from collections.abc import Iterator
from typing import Any, assert_never

from engine.verbs.proving.models import (
    CaseAgainst,
    PairAgainst,
    PathAgainst,
    Proof,
    Proofs,
)

_MOST_IN_A_LINE = 88


def render(proofs: Proofs) -> str:
    return "\n".join(_lines(proofs))


def _lines(proofs: Proofs) -> Iterator[str]:
    yield f"{proofs.policy} {proofs.version}: {_summary(proofs.guarantees)}"
    for each in proofs.guarantees:
        yield f"  {_verdict(each):<9} {each.guarantee}"
    for each in proofs.guarantees:
        if each.verdict != "proved" or each.vacuous:
            yield ""
            yield from _told(each)


def _summary(proofs: list[Proof]) -> str:
    if not proofs:
        return "no guarantees"
    counts: dict[str, int] = {}
    for each in proofs:
        counts[each.verdict] = counts.get(each.verdict, 0) + 1
    if len(proofs) == counts.get("proved"):
        return (
            "1 guarantee, proved" if len(proofs) == 1 else f"{len(proofs)} guarantees, all proved"
        )
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return f"{len(proofs)} {'guarantee' if len(proofs) == 1 else 'guarantees'}: {said}"


def _verdict(proof: Proof) -> str:
    return "vacuous" if proof.vacuous else proof.verdict


def _told(proof: Proof) -> Iterator[str]:
    name = f"`{proof.guarantee}` (line {proof.line})"
    match proof.against:
        case None if proof.vacuous:
            yield f"{name} asks for nothing: there is no case for which it says anything"
        case None:
            yield f"of {name} nobody knows:"
            yield from (f"  {each}" for each in proof.because)
        case CaseAgainst() as against:
            yield f"{name} is broken by this case, as of {against.as_of}:"
            yield from _json(against.case)
            yield f"by {_by(against)} it gives"
            yield from _json(_without_empty(against.outcome))
        case PathAgainst() as against:
            yield f"{name} is broken by the path {' -> '.join(against.states)}:"
            for step in against.steps:
                yield f"  from {step.source} by `{step.by}` to {step.target}, as of {step.as_of}:"
                yield from (f"  {line}" for line in _json(step.case))
        case PairAgainst() as against:
            yield f"{name} is broken by two cases that differ in `{against.fact}` alone:"
            for case, value in (
                (against.lower, against.lower_value),
                (against.higher, against.higher_value),
            ):
                yield f"  `{against.define}` is {json.dumps(value, ensure_ascii=False)} of"
                yield from (f"  {line}" for line in _json(case))
        case _:
            assert_never(proof.against)


def _by(against: CaseAgainst) -> str:
    basis = against.basis.replace("_", " ")
    determining = ", ".join(f"`{each}`" for each in against.determining if each != basis)
    return f"{basis} {determining}".rstrip()


def _without_empty(outcome: Any) -> Any:
    if not isinstance(outcome, dict):
        return outcome
    return {name: value for name, value in outcome.items() if value is not None}


def _json(value: Any) -> Iterator[str]:
    short = json.dumps(value, ensure_ascii=False)
    if len(short) <= _MOST_IN_A_LINE:
        yield f"  {short}"
    else:
        for line in json.dumps(value, ensure_ascii=False, indent=2).splitlines():
            yield f"  {line}"
