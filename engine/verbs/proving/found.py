"""What came of looking for something against a guarantee."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.backends.proof.solve import Answer
from engine.verbs.proving.models import CaseAgainst, PairAgainst, PathAgainst, Verdict

BUDGET = "the budget ran out"
UNCONFIRMED = "what seemed to break it did not when it was decided"


@dataclass(frozen=True)
class Found:
    verdict: Verdict
    against: CaseAgainst | PathAgainst | PairAgainst | None = None
    vacuous: bool = False
    because: tuple[str, ...] = ()


PROVED = Found("proved")


def unknown(answers: Sequence[Answer]) -> Found:
    """Why, by the questions that nobody could answer."""
    why: dict[str, None] = {}
    for answer in answers:
        why[BUDGET if answer.kind == "spent" else UNCONFIRMED] = None
        for each in answer.rough:
            why[f"{each} is told roughly"] = None
    return Found("unknown", because=tuple(why))
