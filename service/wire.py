"""What stands in requests and answers, as models with examples; the OpenAPI document is made of
them.

What a request may hold is all that the service reads; null there is as good as nothing. A field of
an answer that may be left out is not there, rather than null, where it has nothing to say.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from engine import AgentExplanation, AuditExplanation, CodesExplanation, Proofs, WhyNot

Absent = SkipJsonSchema[None]
Basis = Literal[
    "rule",
    "guard",
    "unknown_guard",
    "otherwise",
    "conflict",
    "transition",
    "deadline",
    "no_transition",
]
Hash = Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$")]
Identity = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Pointer = Annotated[str, Field(description="where, as a JSON pointer")]
Subject = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="whom the facts are about: they are sealed with a key of their own, and are"
        " gone when the subject is forgotten",
    ),
]

INSTANT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$"
)
_HASH = "sha256:3b4ea529159187c6012c93f92dd59da94d798f776bb921b0547d5a20da0a2218"
_MEANING = "sha256:5e021a7b86cfe42c7e5187c252ac3d6880eac3df31b1801c5412964d8dc7b174"
_ID = "019bc1f4-2a00-7cc3-98d1-5f2b7a1e4c60"
_CASE = {
    "intents": [{"name": "order_status_tracking", "confidence": 0.97}],
    "message": "My attorney will call you",
    "channel": "email",
}
_RECORD: dict[str, Any] = {
    "decision_id": _ID,
    "policy": {"name": "handoff", "version": "1.0.0", "hash": _HASH},
    "engine": "0.1.0",
    "decision": "handoff",
    "as_of": "2026-01-15T14:32:00Z",
    "outcome": {
        "action": "route",
        "reply": None,
        "status": "open",
        "escalate": True,
        "team": "Email Support Team",
        "tags": ["mw-intent-order-status"],
        "note": "MW Router:\n- intent: order_status_tracking (0.97)\n"
        "- action: routed to Email Support Team\n- tags: mw-intent-order-status",
    },
    "basis": "guard",
    "determining": ["escalation_trigger"],
    "reasons": [
        {"code": "handoff.escalation_trigger", "text": "the message mentions attorney"},
    ],
    "unknown": [],
    "ignored": [],
}
_SAFE: dict[str, Any] = {
    "action": "route",
    "reply": None,
    "status": "open",
    "escalate": False,
    "team": "Email Support Team",
    "tags": [],
    "note": "MW Router: the case was refused",
}
_VERSION = {
    "version": "1.0.0",
    "state": "live",
    "content_hash": _HASH,
    "meaning_hash": _MEANING,
}
_FINDING = {
    "code": "unknown-field",
    "severity": "error",
    "message": "`Ticket` has no field `amout`",
    "help": "did you mean `amount`?",
    "line": 12,
    "column": 8,
    "places": [],
}
_ENTRY = {
    "seq": 2,
    "at": 1768487520000000,
    "actor": "ops at the command line",
    "event": "key-created",
    "detail": {"id": "9f2c1a7e", "name": "ticketing", "roles": ["decide"]},
    "before": _HASH,
    "hash": _MEANING,
}
_EVENT = {
    "seq": 9,
    "at": "2026-01-31T16:30:00Z",
    "type": "escalation",
    "about": "ISSUE-2026-0003",
    "body": {
        "issue_id": "ISSUE-2026-0003",
        "timestamp": "2026-01-31T16:30:00Z",
        "kind": "escalation",
        "to": "Operations Director",
        "text": "not acknowledged within the maximum",
        "cause": "tta_maximum_passed",
    },
}
_FIGURE = {
    "value": 0.913043478,
    "change": 0.032,
    "yes": 21,
    "of": 23,
    "left_out": {"declined": 2, "not yet in the pipeline": 1},
    "level": "good",
}
_FIGURES = {
    "tta_compliance": {"value": 0.92, "change": 0.02, "yes": 23, "of": 25, "left_out": {}},
    "ttr_compliance": {"value": 0.88, "change": -0.01, "yes": 22, "of": 25, "left_out": {}},
    "resolution_rate": _FIGURE,
    "recurrence_rate": {
        "value": 0.04,
        "change": None,
        "yes": 1,
        "of": 25,
        "left_out": {"reopened after the verification window": 1},
        "level": "excellent",
        "action": "Maintain process",
    },
    "verification_rate": {"value": 0.5, "change": 0.1, "yes": 11, "of": 22, "left_out": {}},
    "open_issues": {"value": 9, "change": -3, "yes": 9, "of": 40, "left_out": {"VERIFIED": 31}},
}
_SECTION = {"domain": "all", "name": "All domains", "detected": 26, "figures": _FIGURES}
_SOURCE = 'bylaw 1\n\npolicy greetings 1.0.0\n  title "Greetings"\n'


def _example(*examples: Any, closed: bool = False) -> ConfigDict:
    return ConfigDict(
        frozen=True,
        extra="forbid" if closed else "ignore",
        json_schema_extra={"examples": list(examples)},
    )


class Reason(BaseModel):
    """Match on the code; the wording may change from version to version."""

    model_config = _example(*_RECORD["reasons"])

    code: Annotated[str, Field(description="the names of the policy and of what decided")]
    text: Annotated[str, Field(description="for people")]


class Ignored(BaseModel):
    """A fact that the policy does not declare. A misspelt fact is ignored, and missing where it was
    meant."""

    model_config = _example({"pointer": "/chanel", "nearest": "channel"})

    pointer: Pointer
    nearest: Annotated[str | None, Field(description="the nearest name that it does declare")]


class PolicyRef(BaseModel):
    """The very version that decided."""

    model_config = _example(_RECORD["policy"])

    name: str
    version: str
    hash: Annotated[Hash, Field(description="of its content")]


class Question(BaseModel):
    """A case to be decided."""

    model_config = _example({"input": _CASE, "as_of": "2026-01-15T14:32:00Z"}, closed=True)

    input: Annotated[
        Any,
        Field(
            description="the facts: of a decision of one record its fields, of any other an object"
            " with a key for each parameter"
        ),
    ]
    as_of: Annotated[
        str | None,
        Field(
            pattern=INSTANT,
            description="the instant at which it is decided, as 2026-01-15T14:32:00Z; left out, it"
            " is now. More than five minutes off needs the role `report` or `audit`.",
        ),
    ] = None
    explain: Annotated[
        Literal["agent", "audit", "codes"] | None,
        Field(description="the record gets an `explanation` for this reader; it takes longer"),
    ] = None
    subject: Subject | None = None


class Record(BaseModel):
    """A decision, with all that made it."""

    model_config = _example(_RECORD)

    decision_id: Annotated[Identity, Field(description="ids sort by the time they were made")]
    policy: PolicyRef
    engine: Annotated[str, Field(description="the version of the program")]
    decision: str
    as_of: Annotated[str, Field(description="the instant that was `now`")]
    outcome: Annotated[
        Any, Field(description="what was decided; optional fields that were not set are null")
    ]
    basis: Annotated[Basis, Field(description="what kind of thing decided")]
    determining: Annotated[
        list[str], Field(description="what decided: the first counted, the others held as well")
    ]
    reasons: list[Reason]
    unknown: Annotated[
        list[str],
        Field(description="pointers to facts that were missing where they were asked for"),
    ]
    ignored: list[Ignored]
    allowed: Annotated[
        list[str] | Absent,
        Field(description="where the basis is `no_transition`: the events that lead on from here"),
    ] = None
    explanation: Annotated[
        AgentExplanation | AuditExplanation | CodesExplanation | Absent,
        Field(description="where the request asked to `explain`"),
    ] = None
    hypothetical: Annotated[
        Literal[True] | Absent,
        Field(description="there where the version was not live, or the time was another than now"),
    ] = None
    recorded: Annotated[
        Literal[False] | Absent,
        Field(description="there where it could not be written down, and the service serves then"),
    ] = None


class BatchItem(BaseModel):
    model_config = _example(
        {"id": "t-1", "input": {"intents": [], "message": "My lawyer will call you"}}, closed=True
    )

    id: Annotated[str, Field(description="its own among the items")]
    input: Annotated[Any, Field(description="goes before what is `common`")]
    subject: Subject | None = None


class Batch(BaseModel):
    """Cases to be decided by one version and at one instant."""

    model_config = _example(
        {
            "common": {"channel": "messenger"},
            "items": [
                {"id": "t-1", "input": {"intents": [], "message": "My lawyer will call you"}},
                {"id": "t-2", "input": {"intents": []}},
            ],
        },
        closed=True,
    )

    common: Annotated[
        dict[str, Any] | Absent, Field(description="facts that hold for every case")
    ] = None
    items: Annotated[
        list[BatchItem], Field(description="up to 1,000, unless the service is told otherwise")
    ]


class Fault(BaseModel):
    """What is wrong at one place of the request."""

    model_config = _example(
        {
            "pointer": "/input/channel",
            "code": "not-a-member",
            "expected": "one of email, messenger, voice, social",
            "got": '"fax"',
        }
    )

    pointer: Annotated[str, Field(description="a JSON pointer, or `?name` of the query")]
    code: str
    expected: str
    got: str


class Refusal(BaseModel):
    """A case that breaks the declared facts, and what is safe to do with it."""

    model_config = _example(
        {
            "code": "refused-case",
            "detail": "the case breaks the declared facts; `safe_outcome` is what to do with it",
            "errors": [
                {
                    "pointer": "/items/1/input/message",
                    "code": "missing",
                    "expected": "text",
                    "got": "nothing",
                }
            ],
            "ignored": [],
            "safe_outcome": _SAFE,
        }
    )

    code: Literal["refused-case"]
    detail: str
    errors: list[Fault]
    ignored: list[Ignored]
    safe_outcome: Any


class DecidedItem(Record):
    model_config = _example({"id": "t-1", **_RECORD})

    id: str


class RefusedItem(BaseModel):
    id: str
    problem: Refusal


class BatchAnswer(BaseModel):
    """One answer for each case, in the order in which they were asked."""

    items: list[DecidedItem | RefusedItem]
    hypothetical: Annotated[
        Literal[True] | Absent, Field(description="there where the version was not live")
    ] = None


class AgentReasons(AgentExplanation):
    """Why, for the person who gets the ticket."""

    decision_id: Identity


class AuditReasons(AuditExplanation):
    """Why, with every condition of every rule."""

    decision_id: Identity


class Wish(BaseModel):
    """What is wanted of the outcome of a decision that was made."""

    model_config = _example(
        {"want": {"action": "reply_and_close"}, "frozen": ["/template"]}, closed=True
    )

    want: Annotated[
        dict[str, Any],
        Field(
            min_length=1,
            description="values by the names of the outcome's fields, null for a missing one;"
            " `outcome` is the whole of one that is no record",
        ),
    ]
    frozen: Annotated[
        list[str] | None,
        Field(description="pointers to facts that must stay as they are, with all below them"),
    ] = None
    thawed: Annotated[
        list[str] | None,
        Field(
            description="pointers to facts that may change although they are texts, or sensitive"
        ),
    ] = None


class Wished(WhyNot):
    """The smallest changes, or why there are none."""

    decision_id: Identity


class Place(BaseModel):
    """A second place that a finding speaks of."""

    label: str
    line: int
    column: int


class Finding(BaseModel):
    """What `bylaw check` says of a policy."""

    model_config = _example(_FINDING)

    code: Annotated[str, Field(description="has a page of its own in the documentation")]
    severity: Literal["error", "warning"]
    message: str
    help: Annotated[str | None, Field(description="a cure")]
    line: int
    column: int
    places: list[Place]


class Violation(BaseModel):
    """A guardrail of the release policy that objects."""

    model_config = _example({"code": "not_the_author", "text": "nobody approves what they wrote"})

    code: str
    text: str


class Problem(BaseModel):
    """What went wrong with a request, as RFC 9457 tells it. Decide by `code`; `detail` is for
    people."""

    model_config = _example(
        {
            "type": "about:blank",
            "title": "Precondition Failed",
            "status": 412,
            "code": "version-not-loaded",
            "detail": "no version of `handoff` that is loaded is the one pinned",
            "request_id": _ID,
            "errors": [],
            "loaded": ["1.0.0", "1.1.0"],
        }
    )

    type: Literal["about:blank"]
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[Fault]
    safe_outcome: Annotated[
        Any,
        Field(description="of a case that was refused, or not written down: what is safe to do"),
    ] = None
    ignored: Annotated[list[Ignored] | Absent, Field(description="of a refused case")] = None
    nearest: Annotated[
        str | None, Field(description="the name that was perhaps meant; null where none is near")
    ] = None
    known: Annotated[list[str] | Absent, Field(description="the names that there are")] = None
    decisions: Annotated[list[str] | Absent, Field(description="those of the policy")] = None
    loaded: Annotated[list[str] | Absent, Field(description="the versions of the policy")] = None
    roles: Annotated[list[str] | Absent, Field(description="those of the key")] = None
    findings: Annotated[list[Finding] | Absent, Field(description="of a policy")] = None
    state: Annotated[str | Absent, Field(description="that an issue is in")] = None
    allowed: Annotated[list[str] | Absent, Field(description="the events that it takes")] = None
    violations: Annotated[
        list[Violation] | Absent, Field(description="every guardrail that objects")
    ] = None


class Hashed(BaseModel):
    version: str
    content_hash: Annotated[Hash, Field(description="changes with anything but the layout")]
    meaning_hash: Annotated[Hash, Field(description="changes with what is decided")]


class VersionRef(Hashed):
    model_config = _example(_VERSION)

    state: Literal["live", "candidate"]


class NotLoaded(BaseModel):
    """A version that the folder holds and the service does not."""

    model_config = _example(
        {
            "version": "1.2.0",
            "message": "the file has errors",
            "help": None,
            "findings": [_FINDING],
        }
    )

    version: str
    message: str
    help: str | None
    findings: list[Finding]


class Policy(BaseModel):
    model_config = _example(
        {"name": "handoff", "live": "1.0.0", "versions": [_VERSION], "not_loaded": []}
    )

    name: str
    live: Annotated[str | None, Field(description="the version that decides")]
    versions: list[VersionRef]
    not_loaded: list[NotLoaded]


class PolicyListing(BaseModel):
    policies: list[Policy]


class Facts(BaseModel):
    facts: Annotated[dict[str, Any], Field(description="what is taken in, as a JSON Schema")]


class LifecycleState(BaseModel):
    name: str
    initial: bool
    final: bool
    note: str | None


class LifecycleEvent(BaseModel):
    """What it brings stands in the `facts`."""

    name: str
    note: str | None


class LifecycleTransition(BaseModel):
    model_config = _example(
        {
            "name": "NEW -> OPEN on take",
            "from": ["NEW"],
            "to": "OPEN",
            "event": "take",
            "guard": False,
        }
    )

    name: Annotated[str, Field(description="as `determining` has it")]
    sources: Annotated[list[str], Field(alias="from")]
    to: str
    event: str
    guard: Annotated[bool, Field(description="asked first, and holds where it is unknown")]


class LifecycleDeadline(BaseModel):
    name: Annotated[str, Field(description="as `determining` has it")]
    states: Annotated[list[str], Field(alias="in")]
    go: Annotated[str | None, Field(description="the state to go to; null where none is left")]


class Lifecycle(Facts):
    """Asked as a decision is, by its name."""

    states: list[LifecycleState]
    events: list[LifecycleEvent]
    transitions: list[LifecycleTransition]
    deadlines: list[LifecycleDeadline]


class Version(Hashed):
    """A whole version; whether it is live is said where versions are listed."""

    model_config = _example()

    name: str
    language: str
    title: str | None
    owner: str | None
    governs: list[str]
    origin: Annotated[str | None, Field(description="the document that it was written from")]
    decisions: dict[str, Facts]
    lifecycles: dict[str, Lifecycle]
    findings: list[Finding]
    source: str


class Proved(Proofs):
    """What is proved of the guarantees of a version."""

    hash: Hash


class DeepFindings(BaseModel):
    """All that `bylaw check --deep` says of a version."""

    policy: str
    version: str
    hash: Hash
    findings: list[Finding]


class Upload(BaseModel):
    """A candidate."""

    model_config = _example({"source": _SOURCE}, closed=True)

    source: Annotated[str, Field(description="the text of the policy's file")]


class Uploaded(VersionRef):
    model_config = _example({"name": "handoff", **_VERSION, "state": "candidate"})

    name: str


class ShadowAnswer(BaseModel):
    outcome: Any
    basis: Basis | Literal["refused"]
    determining: list[str]


class Difference(BaseModel):
    """A decision that the candidate would have made otherwise."""

    decision_id: Identity
    live: ShadowAnswer
    candidate: ShadowAnswer


class ShadowReport(BaseModel):
    """How often a candidate agreed with the live version on the cases that both decided."""

    model_config = _example({"agreed": 1204, "differed": 0, "dropped": 0, "differences": []})

    agreed: int
    differed: int
    dropped: Annotated[int, Field(description="cases that there was no time for")]
    differences: Annotated[list[Difference], Field(description="the last hundred")]


class Event(BaseModel):
    """Something that happened."""

    model_config = _example(_EVENT)

    seq: Annotated[int, Field(description="its place in the feed")]
    at: Annotated[str, Field(description="when it happened; time that is played plays here too")]
    type: Annotated[str, Field(description="what `body` is of; there may come more of them")]
    about: Annotated[str, Field(description="an issue, or a program")]
    body: dict[str, Any]


class EventListing(BaseModel):
    events: list[Event]
    next: Annotated[int, Field(description="what to ask for `?after` to go on, now or later")]
    last: Annotated[
        int,
        Field(
            description="the place of the newest of all; less than yours in a store that was"
            " restored"
        ),
    ]


class Figure(BaseModel):
    """How many of how many, and what it leaves out."""

    model_config = _example(_FIGURE)

    value: Annotated[
        float | None,
        Field(description="a share of 1, or a count; null where nothing is counted"),
    ]
    change: Annotated[
        float | None,
        Field(description="from the month before; null where one of both has no value"),
    ]
    yes: int
    of: int
    left_out: Annotated[dict[str, int], Field(description="how many, by reason")]
    level: Annotated[
        str | None, Field(description="what the policy calls it, where it has words for it")
    ] = None
    action: Annotated[str | None, Field(description="what the policy says is to be done")] = None


class SlaFigures(BaseModel):
    model_config = _example(_FIGURES)

    tta_compliance: Annotated[Figure, Field(description="acknowledged in time")]
    ttr_compliance: Annotated[Figure, Field(description="resolved in time")]
    resolution_rate: Annotated[Figure, Field(description="resolved when the month is settled")]
    recurrence_rate: Annotated[Figure, Field(description="reopened, of what was resolved")]
    verification_rate: Annotated[Figure, Field(description="verified, of what could have been")]
    open_issues: Annotated[Figure, Field(description="of whatever month")]


class SlaSection(BaseModel):
    """Of one domain, or of all."""

    model_config = _example(_SECTION)

    domain: Annotated[str, Field(description="`all` for all of them")]
    name: str
    detected: Annotated[int, Field(description="issues detected in the month")]
    figures: SlaFigures


class MonthBefore(BaseModel):
    """What the changes are from."""

    model_config = _example({"month": "2025-12", "as_of": "2026-01-15T00:00:00Z"})

    month: str
    as_of: str


class SlaReport(BaseModel):
    """The service levels of a month, by the issues that were detected in it."""

    model_config = _example(
        {
            "month": "2026-01",
            "as_of": "2026-02-15T00:00:00Z",
            "settled_at": "2026-02-15T00:00:00Z",
            "undecided_since": None,
            "before": {"month": "2025-12", "as_of": "2026-01-15T00:00:00Z"},
            "policy": {"name": "lifecycle", "version": "1.0.0", "hash": _HASH},
            "sections": [_SECTION],
        }
    )

    month: str
    as_of: str
    settled_at: Annotated[str, Field(description="from when on there is a resolution rate")]
    undecided_since: Annotated[
        str | None,
        Field(
            description="the first instant at which time alone brings something that the book has"
            " not carried out yet; null where there is none"
        ),
    ]
    before: MonthBefore
    policy: PolicyRef
    sections: Annotated[list[SlaSection], Field(description="all domains first, then each")]


class AuditEntry(BaseModel):
    """Something that was done. Its hash is of all the rest, as RFC 8785 writes it."""

    model_config = _example(_ENTRY)

    seq: int
    at: Annotated[int, Field(description="in microseconds since 1970")]
    actor: str
    event: str
    detail: dict[str, Any]
    before: Annotated[Hash, Field(description="the hash of the entry before it")]
    hash: Hash


class AuditListing(BaseModel):
    entries: list[AuditEntry]
    next: Annotated[
        int | None, Field(description="what to ask for `?after`; null where nothing more is there")
    ]


class BrokenEntry(BaseModel):
    model_config = _example({"seq": 12, "why": "it was changed"})

    seq: int
    why: str


class AuditHead(BaseModel):
    """The last entry; 0 and a hash of noughts where there is none."""

    seq: int
    hash: Hash


class AuditVerified(BaseModel):
    """Whether the chain is as it was written. That its end was cut off shows against a checkpoint
    alone."""

    whole: bool
    broken: list[BrokenEntry]
    last: AuditHead


class Checkpoint(AuditHead):
    """The head of the chain, signed by Ed25519: `signature` is of all the rest, as RFC 8785 writes
    it."""

    at: Annotated[int, Field(description="when it was signed, in microseconds since 1970")]
    key: Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="the public one")]
    signature: Annotated[str, Field(pattern="^[0-9a-f]{128}$")]


class Health(BaseModel):
    model_config = _example({"status": "live"})

    status: Literal["live"]


class Readiness(BaseModel):
    model_config = _example({"status": "ready", "active": {"handoff": "1.0.0"}, "not_loaded": []})

    status: Literal["ready", "not ready"]
    active: Annotated[dict[str, str], Field(description="the version of each live policy")]
    not_loaded: Annotated[list[str], Field(description="as `name@version`")]
