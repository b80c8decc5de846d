"""What stands in requests and answers about spans, issues and the clock, as models with examples.

Which facts there are the live policy says; what is told here is what the book itself reads and
writes, and the form that the issue lifecycle framework prints (8.1 and 8.2).
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from service.wire import Absent, Identity, Ignored

_ISSUE = "ISSUE-2026-0142"
_AT = "2026-01-15T14:32:00Z"
_ID = "019bc1f4-2a00-7cc3-98d1-5f2b7a1e4c60"
_SPAN: dict[str, Any] = {
    "span_id": "S-3",
    "review_id": "R-3",
    "subcode": "O2.05",
    "valence": "V-",
    "intensity": "I2",
    "specificity": "S2",
    "actionability": "A2",
    "evidence": "ES",
    "comparative": "CR-N",
    "text": "My pasta was stone cold when it arrived.",
    "at": "2026-01-15T10:00:00Z",
}
_PLACED = {
    "span_id": "S-3",
    "effect": "opened",
    "issue_id": _ISSUE,
    "decisions": {"placement": _ID},
}
_RECORD = {
    "issue_id": _ISSUE,
    "state": "DETECTED",
    "primary_subcode": "O2.05",
    "domain": "O",
    "span_ids": ["S-1", "S-2", "S-3"],
    "span_count": 3,
    "max_intensity": "I2",
    "priority_score": 2.954242509,
    "priority_label": "normal",
    "confidence_score": 0.85,
    "confidence_band": "very_high",
    "action": "Prioritize action",
    "owner_team": "Kitchen Manager",
    "created_at": "2026-01-15T10:00:00Z",
    "reopen_count": 0,
    "verification_window_days": 30,
    "open": True,
    "revision": 1,
}
_STEP: dict[str, Any] = {
    "event_type": "state_transition",
    "issue_id": _ISSUE,
    "from_state": "IN_PROGRESS",
    "to_state": "RESOLVED",
    "timestamp": _AT,
    "actor": "kitchen_manager",
    "trigger": "manual",
    "event": "resolve",
    "cause": "resolve",
    "resolution_code": "FIX-EQUIPMENT",
    "notes": "Heat lamps recalibrated, new insulated bags ordered.",
    "reasons": ["resolved: FIX-EQUIPMENT"],
    "set": {"resolved_at": _AT, "resolution_code": "FIX-EQUIPMENT"},
    "decision_id": _ID,
    "policy": "lifecycle@1.0.0",
}

Effect = Literal[
    "ignored",
    "buffered",
    "attached",
    "opened",
    "confirmed",
    "verified",
    "reopened",
    "escalated",
]
Trigger = Literal["manual", "span", "clock"]


def _example(*examples: Any, closed: bool = False) -> ConfigDict:
    return ConfigDict(
        frozen=True,
        extra="forbid" if closed else "allow",
        json_schema_extra={"examples": list(examples)},
    )


class Span(BaseModel):
    """A piece of classified feedback, with the facts that the live policy declares."""

    model_config = _example(_SPAN)

    span_id: str
    review_id: str
    subcode: str
    valence: str
    intensity: str
    comparative: str
    at: Annotated[str, Field(description="when it was said, as 2026-01-15T10:00:00Z")]


class Spans(RootModel[Span | list[Span]]):
    """One, or a list of up to 1,000, unless the service is told otherwise."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [[_SPAN]]})


class SpanDecisions(BaseModel):
    placement: Annotated[Identity, Field(description="where it goes")]
    issue: Annotated[
        Identity | Absent, Field(description="what it did to the issue that took it")
    ] = None


class Placed(BaseModel):
    """What a span did."""

    model_config = _example(_PLACED)

    span_id: str
    effect: Effect
    issue_id: Annotated[str | Absent, Field(description="the issue that has it")] = None
    decisions: SpanDecisions
    late: Annotated[
        Literal[True] | Absent,
        Field(description="it was older than what was decided already, which stays as it is"),
    ] = None
    known: Annotated[
        Literal[True] | Absent, Field(description="it was there already, and did nothing again")
    ] = None


class SpansTaken(BaseModel):
    """In the order in which they were sent; they were decided in that of their instants."""

    spans: list[Placed]
    ignored: Annotated[list[Ignored], Field(description="facts that the policy does not declare")]


class StateHistory(BaseModel):
    state: str
    timestamp: str
    actor: str
    notes: str | Absent = None


class Due(BaseModel):
    name: str
    at: str


class Issue(BaseModel):
    """In the form of 8.1; absent facts are left out. The facts that the policy declares beyond that
    stand beside them under their own names."""

    model_config = _example(_RECORD)

    issue_id: str
    state: str
    primary_subcode: str
    domain: str
    span_ids: Annotated[
        list[str], Field(description="in a list of issues the newest twenty of each")
    ]
    span_count: Annotated[int, Field(description="its complaints")]
    max_intensity: str
    priority_score: Annotated[float, Field(description="as it was last computed")]
    priority_label: str
    confidence_score: float
    confidence_band: str
    owner_team: str | Absent = None
    owner_individual: str | Absent = None
    created_at: str
    state_history: Annotated[
        list[StateHistory] | Absent, Field(description="of an issue by itself")
    ] = None
    deadlines: Annotated[
        list[Due] | Absent,
        Field(description="of an issue by itself: what time alone will do to it"),
    ] = None
    open: Annotated[bool, Field(description="whether its score is computed anew every day")]
    revision: Annotated[int, Field(description="that of its ETag")]


class IssueListing(BaseModel):
    issues: list[Issue]
    next: Annotated[str | None, Field(description="`?page` of the next page")]


class IssueStep(BaseModel):
    """What happened to an issue, in the form of 8.2. What else was said of it stands beside."""

    model_config = _example(_STEP)

    event_type: Literal["issue_opened", "state_transition", "issue_event"]
    issue_id: str
    from_state: Annotated[str | Absent, Field(description="not of an issue that is opened")] = None
    to_state: str
    timestamp: str
    actor: Annotated[str, Field(description="who: a person, a span, or the clock")]
    trigger: Trigger
    event: Annotated[str, Field(description="by its name in 1.3, where it has one there")]
    reasons: list[str]
    decision_id: Identity
    policy: Annotated[str, Field(description="the version that decided")]


class IssueStory(IssueStep):
    model_config = _example({"seq": 17, **_STEP})

    seq: Annotated[int, Field(description="its place in the feed")]


class IssueHistory(BaseModel):
    history: list[IssueStory]
    next: Annotated[int | None, Field(description="`?after` of the next page")]


class IssueEvent(BaseModel):
    """What somebody did. Beside these stand the facts that the policy declares of the event, as
    `reason` of `decline`, or `resolution_code` of `resolve`."""

    model_config = _example({"event": "ack", "actor": "kitchen_manager", "at": _AT})

    event: str
    actor: Annotated[str, Field(min_length=1, max_length=200)]
    at: Annotated[str | None, Field(description="when; left out, it is now")] = None
    notes: Annotated[str | None, Field(description="kept beside it")] = None
    reason: str | None = None


class Until(BaseModel):
    model_config = _example({"at": "2026-02-01T00:00:00Z"}, closed=True)

    at: Annotated[
        str,
        Field(description="past the real time only in a store that was made for simulation"),
    ]


class Clock(BaseModel):
    """How far the book is decided, and what time alone has done on the way."""

    model_config = _example(
        {"clock": "2026-02-01T00:00:00Z", "happened": {"daily": 31, "neglected": 1}}
    )

    clock: str
    happened: Annotated[
        dict[str, int],
        Field(description="how often, by the names of the deadlines; `daily` is the score"),
    ]
