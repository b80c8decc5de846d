"""What stands in requests and answers about replays, as models with examples."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.wire import INSTANT, Absent, Hash, Identity
from service.wire_changes import (
    ComparedVersion,
    DecidedOnce,
    DeterminedBy,
    FieldChange,
    Region,
)

_ID = "019bc1f4-2a00-7cc3-98d1-5f2b7a1e4c60"
_HASH = "sha256:3b4ea529159187c6012c93f92dd59da94d798f776bb921b0547d5a20da0a2218"
_LIVE = "sha256:5e021a7b86cfe42c7e5187c252ac3d6880eac3df31b1801c5412964d8dc7b174"
_ASKED = {
    "policy": "handoff",
    "version": "1.1.0",
    "against": "1.0.0",
    "since": "2026-01-01T00:00:00Z",
    "by": ["channel"],
}
_TOLD: dict[str, Any] = {
    "id": _ID,
    "state": "running",
    "at": "2026-01-15T14:32:00Z",
    "by": "reviewer",
    "asked": {
        "policy": "handoff",
        "version": "1.1.0",
        "content_hash": _HASH,
        "against": {"version": "1.0.0", "content_hash": _LIVE},
        "decision": "handoff",
        "since": "2026-01-01T00:00:00Z",
        "until": "2026-01-15T14:32:00Z",
        "by": ["channel"],
    },
    "progress": {"done": 12_000, "of": 48_000},
    "problem": None,
    "report": None,
}
Instant = Annotated[str, Field(pattern=INSTANT, description="as 2026-02-01T00:00:00Z")]
State = Literal["waiting", "running", "done", "failed", "lost", "forgotten"]


def _example(*examples: Any, closed: bool = False) -> ConfigDict:
    return ConfigDict(
        frozen=True,
        extra="forbid" if closed else "ignore",
        json_schema_extra={"examples": list(examples)},
    )


class ReplayAsked(BaseModel):
    """Which version is to decide what was recorded, beside which."""

    model_config = _example(_ASKED, closed=True)

    policy: str
    version: Annotated[str, Field(description="the candidate, or any other that is loaded")]
    against: Annotated[
        str | Absent, Field(description="the version that is there; left out, what is live")
    ] = None
    decision: Annotated[
        str | Absent, Field(description="which decision, where the policy has several")
    ] = None
    since: Annotated[Instant | Absent, Field(description="of the journal, from then on")] = None
    until: Annotated[Instant | Absent, Field(description="of the journal, before then")] = None
    by: Annotated[
        list[str] | Absent,
        Field(
            max_length=5,
            description="facts by which the cases are counted too, as `channel` or"
            " `order.linked`, or `version`",
        ),
    ] = None


class ReplayBegun(BaseModel):
    """Where it is to be had is in `Location`."""

    model_config = _example({"id": _ID, "state": "waiting"})

    id: Identity
    state: State


class ReplayedVersion(BaseModel):
    version: str
    content_hash: Hash


class ReplayOf(BaseModel):
    policy: str
    version: str
    content_hash: Hash
    against: ReplayedVersion
    decision: str
    since: Instant
    until: Instant
    by: list[str]


class Progress(BaseModel):
    done: Annotated[int, Field(description="decisions looked at")]
    of: Annotated[int | None, Field(description="null before it has begun")]


class LeftOut(BaseModel):
    cause: str
    cases: int


class RecordedThen(BaseModel):
    """What was recorded; null is what was not."""

    basis: str | None
    determining: list[str] | None
    outcome: Any


class NotReproduced(BaseModel):
    """A decision that the version that made it decides otherwise now."""

    row: Annotated[str, Field(description="the id of the decision")]
    as_of: str | None
    version: str
    recorded: RecordedThen
    decided: DecidedOnce


class HistoryCheck(BaseModel):
    """Whether the versions that decided decide just so again. Where one does not, nothing more is
    told."""

    checked: int
    differing: int
    rows: Annotated[list[NotReproduced], Field(description="the first of them")]


class OutcomePair(BaseModel):
    outcome: Annotated[str, Field(description="how it changes, in words")]
    changes: list[FieldChange]
    cases: int


class RulePair(BaseModel):
    old: DeterminedBy
    new: DeterminedBy
    cases: int


class SaidOf(DecidedOnce):
    said: Annotated[str | None, Field(description="why, in a sentence")]


class SampleCase(BaseModel):
    """One of the cases: the shortest are shown."""

    row: Annotated[str, Field(description="the id of the decision")]
    as_of: str | None
    case: Any
    withheld: Annotated[list[str], Field(description="pointers to facts that are not shown")]
    old: SaidOf
    new: SaidOf


class ChangedKind(BaseModel):
    """The cases that are decided otherwise in one way."""

    direction: Literal["looser", "stricter", "different", "alike"]
    old: DeterminedBy
    new: DeterminedBy
    lost: list[str]
    gained: list[str]
    outcome: str
    cases: int
    samples: list[SampleCase]


class CohortOutcome(BaseModel):
    outcome: str
    cases: int


class CohortValue(BaseModel):
    value: str
    cases: int
    otherwise: Annotated[int, Field(description="with another outcome")]
    outcomes: list[CohortOutcome]


class CohortColumn(BaseModel):
    column: str
    values: list[CohortValue]
    rest: Annotated[int, Field(description="cases of values that are too many to be told apart")]


class RegionWithTraffic(Region):
    """A kind of cases that `changes` finds, and how many of them were recorded."""

    cases: int


class ComparedBeside(BaseModel):
    complete: Annotated[bool, Field(description="whether there are no kinds but these")]
    unlisted: Annotated[int, Field(description="recorded cases that are of none of them")]
    regions: list[RegionWithTraffic]


class NotCompared(BaseModel):
    not_compared: Annotated[str, Field(description="why")]


class ReplayReport(BaseModel):
    """What came of it. Of what changes nothing is told where `check` found a difference."""

    old: ComparedVersion
    new: ComparedVersion
    decision: str
    decided_by: str
    aside: Annotated[int, Field(description="what the evaluator decided, where others did too")]
    gaps: Annotated[list[str], Field(description="what those others do not decide")]
    recorded: int
    replayed: int
    others: Annotated[int, Field(description="of other decisions of the policy, not counted")]
    unsaid: Annotated[
        int, Field(description="decided by what was mentioned then, for the texts are not kept")
    ]
    left_out: list[LeftOut]
    refused: Annotated[int, Field(description="those left out that the new version does not take")]
    check: HistoryCheck
    same: int | None
    alike: Annotated[int | None, Field(description="the same outcome, by another rule")]
    otherwise: Annotated[int | None, Field(description="with another outcome")]
    outcomes: list[OutcomePair]
    rules: list[RulePair]
    kinds: list[ChangedKind]
    cohorts: list[CohortColumn]
    compared: ComparedBeside | NotCompared | None


class ReplayTold(BaseModel):
    """How far it is, and what came of it. `lost`: the service ended before it was done;
    `forgotten`: somebody was forgotten since, and so is what it showed."""

    model_config = _example(_TOLD)

    id: Identity
    state: State
    at: str
    by: Annotated[str, Field(description="who asked for it")]
    asked: ReplayOf
    progress: Progress | None
    problem: Annotated[str | None, Field(description="why there is no report")]
    report: ReplayReport | None
