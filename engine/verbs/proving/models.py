"""What is proved of a policy's guarantees, as it is carried over the wire."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal["proved", "refuted", "unknown"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CaseAgainst(_Model):
    """A case that breaks a guarantee: what `decide` is given, and what it gives."""

    kind: Literal["case"] = "case"
    decision: str
    case: Any
    as_of: str
    outcome: Any
    basis: str
    determining: list[str]


class Step(_Model):
    """One step of a lifecycle, `by` an event or a deadline: a case and an instant for `decide`."""

    source: str
    by: str
    target: str
    case: Any
    as_of: str


class PathAgainst(_Model):
    """A path that does not pass where it is promised to."""

    kind: Literal["path"] = "path"
    lifecycle: str
    states: list[str]
    steps: list[Step]


class PairAgainst(_Model):
    """Two cases that differ in one fact alone, and the values of the define for them."""

    kind: Literal["pair"] = "pair"
    define: str
    fact: str
    lower: Any
    higher: Any
    lower_value: Any
    higher_value: Any
    as_of: str


class Proof(_Model):
    """Of one guarantee. `vacuous` says that it is kept only because it asks for nothing: its
    premise is never true. `because` says why nobody knows, where the verdict is `unknown`."""

    guarantee: str
    line: int
    verdict: Verdict
    vacuous: bool = False
    against: CaseAgainst | PathAgainst | PairAgainst | None = None
    because: list[str] = []


class Proofs(_Model):
    policy: str
    version: str
    hash: str
    guarantees: list[Proof]
