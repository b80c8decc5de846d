"""All that can be asked of the service, as a table: who may, what goes in, what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel

from service import wire, wire_changes, wire_issues, wire_releases, wire_replays

_NO_ROLE: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`models` are the forms that its body has; none is a body that is not JSON, or no body. `also`
    are other media that it comes in for who accepts them."""

    says: str
    models: tuple[type[BaseModel], ...] = ()
    media: str | None = "application/json"
    headers: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Operation:
    """`roles`: any one of them is enough, any key where there is none, and None asks for no key.
    `takes` names parameters of `PARAMETERS`, beside those of the path; `problems` are codes of
    `PROBLEMS`."""

    id: str
    method: Literal["get", "post"]
    path: str
    summary: str
    tag: str
    roles: tuple[str, ...] | None = _NO_ROLE
    more: str = ""
    body: type[BaseModel] | None = None
    takes: tuple[str, ...] = ()
    answers: Mapping[int, Answer]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Parameter:
    name: str
    place: Literal["path", "query", "header"]
    says: str
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


_TEXT = {"type": "string"}
_VERSIONED = {
    "type": "string",
    "pattern": "^[0-9]+\\.[0-9]+\\.[0-9]+$",
    "examples": ["1.0.0"],
}
_HASHED = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_MONTH = {
    "type": "string",
    "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$",
    "examples": ["2026-01"],
}
_ID = {"type": "string", "format": "uuid"}
_TAGGED = {
    "type": "string",
    "pattern": '^"(sha256:[0-9a-f]{64}|ISSUE-[0-9]{4}-[0-9]{4,}\\.[0-9]+|REL-[0-9]{4,}\\.[0-9]+)"$',
}

PARAMETERS = {
    each.name: each
    for each in (
        Parameter(name="policy", place="path", says="The name of a policy."),
        Parameter(name="name", place="path", says="The name of a policy."),
        Parameter(name="decision", place="path", says="The name of a decision or a lifecycle."),
        Parameter(name="version", place="path", says="As 1.0.0.", schema=_VERSIONED),
        Parameter(name="id", place="path", says="The id of a decision.", schema=_ID),
        Parameter(name="replay", place="path", says="The id of a replay.", schema=_ID),
        Parameter(
            name="?version",
            place="query",
            says="Pins a version. One that is not live needs the role `report` or `audit`.",
            schema=_VERSIONED,
        ),
        Parameter(
            name="?for",
            place="query",
            says="Who reads it. `audit` needs the role `audit`.",
            schema={"enum": ["agent", "audit"], "default": "agent"},
        ),
        Parameter(
            name="?from",
            place="query",
            says="The version that was there before.",
            schema=_VERSIONED,
            required=True,
        ),
        Parameter(
            name="?to",
            place="query",
            says="The version that comes after it.",
            schema=_VERSIONED,
            required=True,
        ),
        Parameter(
            name="?month",
            place="query",
            says="A month in UTC, as 2026-01.",
            schema=_MONTH,
            required=True,
        ),
        Parameter(
            name="?as_of",
            place="query",
            says="The instant at which it is looked at, which has come; left out, it is now.",
            schema={"type": "string", "pattern": wire.INSTANT},
        ),
        Parameter(
            name="?after",
            place="query",
            says="What comes after this one alone.",
            schema={"type": "integer", "minimum": 0, "maximum": 2**53, "default": 0},
        ),
        Parameter(
            name="?limit",
            place="query",
            says="At most so many.",
            schema={"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
        ),
        Parameter(
            name="Idempotency-Key",
            place="header",
            says="Who asks again with the same key and the same body within 24 hours gets the same"
            " answer; with another body it is 409.",
            schema={"type": "string", "minLength": 1, "maxLength": 255},
        ),
        Parameter(
            name="Accept-Policy-Hash",
            place="header",
            says="Pins a version by the hash of its content.",
            schema=_HASHED,
        ),
        Parameter(
            name="issue",
            place="path",
            says="The id of an issue, as ISSUE-2026-0142.",
            schema={"type": "string", "examples": ["ISSUE-2026-0142"]},
        ),
        Parameter(
            name="release",
            place="path",
            says="The id of a release, as REL-0001.",
            schema={"type": "string", "examples": ["REL-0001"]},
        ),
        Parameter(
            name="program",
            place="path",
            says="A program of the release policy, as enterprise_review.",
            schema={"type": "string", "examples": ["enterprise_review"]},
        ),
        Parameter(name="?state", place="query", says="Only those of this state."),
        Parameter(name="?domain", place="query", says="Only those of this domain."),
        Parameter(name="?subcode", place="query", says="Only those of this subcode."),
        Parameter(name="?label", place="query", says="Only those of this label of priority."),
        Parameter(name="?owner_team", place="query", says="Only those of this team."),
        Parameter(name="?owner_individual", place="query", says="Only those of this owner."),
        Parameter(name="?entity", place="query", says="Only those of this entity."),
        Parameter(name="?location", place="query", says="Only those of this location."),
        Parameter(name="?duplicate_of", place="query", says="Only its duplicates."),
        Parameter(
            name="?open",
            place="query",
            says="Only those that are open, or only the others.",
            schema={"type": "boolean"},
        ),
        Parameter(
            name="?order",
            place="query",
            says="By what; `-` turns it round.",
            schema={
                "enum": ["priority", "-priority", "created_at", "-created_at"],
                "default": "-priority",
            },
        ),
        Parameter(
            name="?page",
            place="query",
            says="Goes on behind the page before, whose `next` it is.",
            schema={"type": "string", "examples": ["2.95,17"]},
        ),
        Parameter(
            name="If-Match",
            place="header",
            says="An `ETag` of the issue or release: 412 if it has changed since.",
        ),
        Parameter(
            name="Last-Event-ID",
            place="header",
            says="Of who listens once more: the id of the last event that came. It goes before"
            " `?after`.",
            schema={"type": "string", "pattern": "^[0-9]{1,16}$"},
        ),
        Parameter(
            name="If-None-Match",
            place="header",
            says="An `ETag` that you have: 304 if it is still the same.",
        ),
        Parameter(
            name="X-Request-ID",
            place="header",
            says="Is repeated in the answer where it is 1 to 128 letters, digits and `._:+=/@-`;"
            " otherwise the service makes one.",
        ),
        Parameter(
            name="traceparent",
            place="header",
            says="Of a trace, as W3C Trace Context has it: the answer goes on with it. What is none"
            " is passed over.",
        ),
    )
}
"""By name; `?` tells those of a query."""

ALWAYS_TAKEN = ("X-Request-ID", "traceparent")

HEADERS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "Decision-Id": ("As in the record.", _ID),
    "Policy-Version": ("Of the policy that decided.", _VERSIONED),
    "Policy-Hash": ("Of the policy that decided.", _HASHED),
    "Idempotency-Replayed": ("There where this answer was given before.", {"const": "true"}),
    "Content-Disposition": ("A name to keep it under, where it is a sheet.", _TEXT),
    "ETag": ("The hash of the content; of an issue or a release what it is at.", _TAGGED),
    "Location": ("Where it is from now on.", _TEXT),
    "Retry-After": (
        "Seconds to wait before the next try.",
        {"type": "string", "pattern": "^\\d+$"},
    ),
    "WWW-Authenticate": ("`Bearer`.", _TEXT),
    "X-Request-ID": ("That of the request, or a new one.", _TEXT),
    "Server-Timing": ("Milliseconds in the engine and in all.", _TEXT),
    "traceparent": ("There where the request is part of a trace.", _TEXT),
}

_POLICY = ("Policy-Version", "Policy-Hash")

ALWAYS_GIVEN = ("X-Request-ID", "Server-Timing", "traceparent")


@dataclass(frozen=True)
class Trouble:
    """A code of a problem: the status under which it comes, and what it means."""

    status: int
    says: str
    headers: tuple[str, ...] = ()


PROBLEMS: Mapping[str, Trouble] = {
    "malformed-request": Trouble(400, "the request cannot be understood"),
    "no-key": Trouble(401, "no key, or one that is revoked", ("WWW-Authenticate",)),
    "forbidden": Trouble(403, "the key has not the role"),
    "foreign-host": Trouble(403, "without keys only this machine may ask"),
    "unknown-policy": Trouble(404, "there is no policy of this name"),
    "unknown-version": Trouble(404, "the policy has no such version"),
    "unknown-decision": Trouble(404, "the policy has no such decision"),
    "unknown-decision-id": Trouble(404, "no decision with this id was recorded"),
    "unknown-replay": Trouble(404, "there is no replay of this id"),
    "unknown-issue": Trouble(404, "there is no issue of this id"),
    "not-allowed": Trouble(409, "it does not take the event as it is; `allowed` has what it takes"),
    "unknown-release": Trouble(404, "there is no release of this id"),
    "unknown-program": Trouble(404, "the release policy has no such program"),
    "release-refused": Trouble(409, "`violations` has every guardrail that objects"),
    "not-governed": Trouble(409, "no program takes versions of the policy"),
    "not-mergeable": Trouble(409, "the other issue does not take its complaints"),
    "ahead-of-time": Trouble(409, "a time that is still to come"),
    "stale-version": Trouble(412, "it has changed since", ("ETag",)),
    "key-reused": Trouble(409, "the `Idempotency-Key` was used for another request"),
    "version-exists": Trouble(409, "the version is there, with another content"),
    "too-many-candidates": Trouble(409, "so many were uploaded that some must be withdrawn first"),
    "not-decidable-again": Trouble(409, "the reasons cannot be found; `detail` has the cause"),
    "not-askable": Trouble(409, "it cannot be asked of this decision; `detail` has the cause"),
    "version-not-loaded": Trouble(412, "the version that is pinned is not loaded"),
    "head-too-slow": Trouble(408, "the head of the request did not come in time"),
    "body-too-slow": Trouble(408, "the body of the request did not come in time"),
    "body-too-large": Trouble(413, "the body is larger than the service takes"),
    "unsupported-media-type": Trouble(415, "the body is not `application/json`"),
    "refused-case": Trouble(
        422, "the case breaks the declared facts; do what `safe_outcome` says", _POLICY
    ),
    "policy-has-errors": Trouble(422, "`findings` has every error of the policy, with a cure"),
    "another-policy": Trouble(422, "the text is of another policy than the path"),
    "too-many-requests": Trouble(429, "the key asks more often than it may", ("Retry-After",)),
    "too-many-replays": Trouble(429, "as many wait or run as may", ("Retry-After",)),
    "too-many-questions": Trouble(429, "as many wait to be worked out as may", ("Retry-After",)),
    "head-too-large": Trouble(431, "path and headers are larger than the service takes"),
    "internal-error": Trouble(500, "a mistake of ours; the log tells more"),
    "no-solver": Trouble(501, "what proves is not installed; `detail` says how"),
    "too-many-connections": Trouble(
        503, "the service has as many connections as it takes", ("Retry-After",)
    ),
    "stopping": Trouble(503, "the service was stopped before it could answer", ("Retry-After",)),
    "too-hard": Trouble(503, "it took too long to work out, and was given up"),
    "no-active-version": Trouble(503, "no version of the policy is live"),
    "not-recorded": Trouble(503, "the decision could not be written down", ("Retry-After",)),
}

_OPEN = (
    "head-too-slow",
    "head-too-large",
    "internal-error",
    "too-many-connections",
    "stopping",
)
_READ = ("no-key", "forbidden", "foreign-host", "too-many-requests", *_OPEN)
_WRITE = (*_READ, "malformed-request", "body-too-slow", "body-too-large", "unsupported-media-type")
_SOLVED = ("no-solver", "too-many-questions", "too-hard")
_DECIDE = (
    *_WRITE,
    "unknown-policy",
    "unknown-decision",
    "key-reused",
    "version-not-loaded",
    "no-active-version",
    "not-recorded",
)
_SEES = ("report", "author", "operate", "audit", "approve:…")
_STEP = (*_WRITE, "unknown-release", "not-allowed", "stale-version", "no-active-version")
_STEPPED = {
    200: Answer(says="The release after it.", models=(wire_releases.Release,), headers=("ETag",))
}
_PINNED = ("?version", "Accept-Policy-Hash", "Idempotency-Key")
_DECIDED = ("Decision-Id", *_POLICY, "Idempotency-Replayed")
_BATCHED = (*_POLICY, "Idempotency-Replayed")
_HERE = "Without a name it is the decision that is called as the policy, or the only one."

DECIDE = Operation(
    id="decide",
    method="post",
    path="/v1/decisions/{policy}/{decision}",
    summary="Decide a case",
    tag="Decisions",
    roles=("decide",),
    body=wire.Question,
    takes=_PINNED,
    answers={200: Answer(says="The decision.", models=(wire.Record,), headers=_DECIDED)},
    problems=(*_DECIDE, "refused-case"),
)

OPERATIONS = (
    Operation(
        id="decide_by_policy",
        method="post",
        path="/v1/decisions/{policy}",
        summary="Decide a case by a policy",
        tag="Decisions",
        roles=("decide",),
        more=_HERE,
        body=wire.Question,
        takes=_PINNED,
        answers={200: Answer(says="The decision.", models=(wire.Record,), headers=_DECIDED)},
        problems=(*_DECIDE, "refused-case"),
    ),
    DECIDE,
    Operation(
        id="decide_all_by_policy",
        method="post",
        path="/v1/batches/{policy}",
        summary="Decide many cases by a policy",
        tag="Decisions",
        roles=("decide",),
        more=_HERE,
        body=wire.Batch,
        takes=_PINNED,
        answers={200: Answer(says="One each.", models=(wire.BatchAnswer,), headers=_BATCHED)},
        problems=_DECIDE,
    ),
    Operation(
        id="decide_all",
        method="post",
        path="/v1/batches/{policy}/{decision}",
        summary="Decide many cases",
        tag="Decisions",
        roles=("decide",),
        more="All by one version and at one instant, each for itself.",
        body=wire.Batch,
        takes=_PINNED,
        answers={200: Answer(says="One each.", models=(wire.BatchAnswer,), headers=_BATCHED)},
        problems=_DECIDE,
    ),
    Operation(
        id="decision",
        method="get",
        path="/v1/journal/{id}",
        summary="Look up a decision that was made",
        tag="Journal",
        roles=("decide", "report", "audit"),
        answers={200: Answer(says="As it was answered.", models=(wire.Record,))},
        problems=(*_READ, "unknown-decision-id"),
    ),
    Operation(
        id="explanation",
        method="get",
        path="/v1/journal/{id}/explanation",
        summary="Ask why it was decided so",
        tag="Journal",
        roles=("decide", "report", "audit"),
        more="The reasons are found by deciding again, with the very version that decided. Where"
        " that cannot be done it is 409, with the cause.",
        takes=("?for",),
        answers={200: Answer(says="The reasons.", models=(wire.AgentReasons, wire.AuditReasons))},
        problems=(*_READ, "malformed-request", "unknown-decision-id", "not-decidable-again"),
    ),
    Operation(
        id="whynot",
        method="post",
        path="/v1/journal/{id}/whynot",
        summary="Ask what least would have given another outcome",
        tag="Journal",
        roles=("decide", "report", "audit"),
        more="The smallest changes of the case that was decided, each decided anew before it is"
        " told; or what stands in the way of any. Where the case cannot be decided again it is 409,"
        " with the cause.",
        body=wire.Wish,
        answers={200: Answer(says="The changes, or why there are none.", models=(wire.Wished,))},
        problems=(
            *_WRITE,
            "unknown-decision-id",
            "not-decidable-again",
            "not-askable",
            *_SOLVED,
        ),
    ),
    Operation(
        id="policies",
        method="get",
        path="/v1/policies",
        summary="List what is loaded, and what of it is live",
        tag="Policies",
        answers={200: Answer(says="Every policy.", models=(wire.PolicyListing,))},
        problems=_READ,
    ),
    Operation(
        id="policy",
        method="get",
        path="/v1/policies/{name}",
        summary="Look at a policy",
        tag="Policies",
        answers={200: Answer(says="Its versions.", models=(wire.Policy,))},
        problems=(*_READ, "unknown-policy"),
    ),
    Operation(
        id="version",
        method="get",
        path="/v1/policies/{name}/versions/{version}",
        summary="Read a version",
        tag="Policies",
        takes=("If-None-Match",),
        answers={
            200: Answer(says="The whole version.", models=(wire.Version,), headers=("ETag",)),
            304: Answer(says="You have it.", media=None, headers=("ETag",)),
        },
        problems=(*_READ, "unknown-policy", "unknown-version"),
    ),
    Operation(
        id="upload",
        method="post",
        path="/v1/policies/{name}/versions",
        summary="Upload a candidate",
        tag="Policies",
        roles=("author",),
        more="It decides nothing until it is made live.",
        body=wire.Upload,
        answers={
            200: Answer(
                says="It was there, with this content.",
                models=(wire.Uploaded,),
                headers=("ETag", "Location"),
            ),
            201: Answer(
                says="It is there now.", models=(wire.Uploaded,), headers=("ETag", "Location")
            ),
        },
        problems=(
            *_WRITE,
            "version-exists",
            "too-many-candidates",
            "policy-has-errors",
            "another-policy",
        ),
    ),
    Operation(
        id="shadow",
        method="get",
        path="/v1/policies/{name}/versions/{version}/shadow",
        summary="See how a candidate does beside the live version",
        tag="Policies",
        roles=("report", "author", "operate", "audit"),
        answers={200: Answer(says="How often both agreed.", models=(wire.ShadowReport,))},
        problems=(*_READ, "unknown-policy", "unknown-version"),
    ),
    Operation(
        id="guarantees",
        method="get",
        path="/v1/policies/{name}/versions/{version}/guarantees",
        summary="See which guarantees are proved",
        tag="Policies",
        more="Each is proved for every case, or refuted by a case, or it is unknown, and why.",
        answers={200: Answer(says="What is proved.", models=(wire.Proved,))},
        problems=(*_READ, "malformed-request", "unknown-policy", "unknown-version", *_SOLVED),
    ),
    Operation(
        id="deep_findings",
        method="get",
        path="/v1/policies/{name}/versions/{version}/findings",
        summary="See what the version says that no case ever shows",
        tag="Policies",
        more="All that `bylaw check --deep` finds: the guarantees that some case breaks, and a"
        " number that is too low after the version before, among the rest.",
        answers={200: Answer(says="Every finding.", models=(wire.DeepFindings,))},
        problems=(*_READ, "malformed-request", "unknown-policy", "unknown-version", *_SOLVED),
    ),
    Operation(
        id="changes",
        method="get",
        path="/v1/policies/{name}/changes",
        summary="See what is other in a second version",
        tag="Policies",
        more="What callers see, what was edited, and every kind of case that is decided otherwise,"
        " each with a case that shows it. As Markdown for who accepts `text/markdown`.",
        takes=("?from", "?to"),
        answers={
            200: Answer(
                says="What is other.", models=(wire_changes.Changes,), also=("text/markdown",)
            )
        },
        problems=(
            *_READ,
            "malformed-request",
            "unknown-policy",
            "unknown-version",
            *_SOLVED,
        ),
    ),
    Operation(
        id="begin_replay",
        method="post",
        path="/v1/replays",
        summary="Replay recorded decisions with another version",
        tag="Policies",
        roles=_SEES,
        more="It takes its time: the answer says where it is to be had when it is done.",
        body=wire_replays.ReplayAsked,
        answers={
            202: Answer(
                says="It waits for its turn.",
                models=(wire_replays.ReplayBegun,),
                headers=("Location",),
            )
        },
        problems=(
            *_WRITE,
            "unknown-policy",
            "unknown-version",
            "unknown-decision",
            "no-active-version",
            "too-many-replays",
        ),
    ),
    Operation(
        id="replay",
        method="get",
        path="/v1/replays/{replay}",
        summary="See how far a replay is, or what came of it",
        tag="Policies",
        roles=_SEES,
        answers={200: Answer(says="The replay.", models=(wire_replays.ReplayTold,))},
        problems=(*_READ, "unknown-replay"),
    ),
    Operation(
        id="events",
        method="get",
        path="/v1/events",
        summary="Read what happened",
        tag="Events",
        roles=("report", "audit"),
        more="In order, and never otherwise. Who accepts `text/event-stream` goes on listening, and"
        " gets each event when it has happened.",
        takes=("?after", "?limit", "Last-Event-ID"),
        answers={
            200: Answer(
                says="A page of it.", models=(wire.EventListing,), also=("text/event-stream",)
            )
        },
        problems=(*_READ, "malformed-request"),
    ),
    Operation(
        id="sla_report",
        method="get",
        path="/v1/reports/sla",
        summary="Read the service levels of a month",
        tag="Reports",
        roles=("report", "audit"),
        more="Of the issues that were detected in it, in all and by domain, each figure beside what"
        " it leaves out and how it has changed. As CSV for who accepts `text/csv`.",
        takes=("?month", "?as_of"),
        answers={
            200: Answer(
                says="The figures.",
                models=(wire.SlaReport,),
                headers=("Content-Disposition",),
                also=("text/csv",),
            )
        },
        problems=(*_READ, "malformed-request", "no-active-version"),
    ),
    Operation(
        id="releases",
        method="get",
        path="/v1/releases",
        summary="List releases",
        tag="Releases",
        roles=_SEES,
        takes=("?after", "?limit"),
        answers={200: Answer(says="The oldest first.", models=(wire_releases.ReleaseListing,))},
        problems=(*_READ, "malformed-request"),
    ),
    Operation(
        id="release",
        method="get",
        path="/v1/releases/{release}",
        summary="Read a release",
        tag="Releases",
        roles=_SEES,
        more="Whoever may approve it has inspected it with this.",
        answers={
            200: Answer(says="All of it.", models=(wire_releases.Release,), headers=("ETag",))
        },
        problems=(*_READ, "unknown-release", "no-active-version"),
    ),
    Operation(
        id="propose_release",
        method="post",
        path="/v1/releases",
        summary="Propose a version for its program",
        tag="Releases",
        roles=("author",),
        more="The evidence is gathered first, which may take minutes. A manifest that breaks a"
        " guardrail of the release policy is refused with every one.",
        body=wire_releases.Proposal,
        answers={
            201: Answer(
                says="It is proposed.",
                models=(wire_releases.Release,),
                headers=("ETag", "Location"),
            )
        },
        problems=(
            *_WRITE,
            "unknown-policy",
            "unknown-version",
            "not-governed",
            "release-refused",
            "no-active-version",
        ),
    ),
    Operation(
        id="approve_release",
        method="post",
        path="/v1/releases/{release}/approve",
        summary="Approve a release",
        tag="Releases",
        roles=("approve:…", "author"),
        more="By the hashes of exactly what was read, never by its author, and by the role that the"
        " release policy names.",
        body=wire_releases.Approve,
        takes=("If-Match",),
        answers=_STEPPED,
        problems=(*_STEP, "release-refused"),
    ),
    Operation(
        id="activate_release",
        method="post",
        path="/v1/releases/{release}/activate",
        summary="Make a release live",
        tag="Releases",
        roles=("approve:…", "author", "operate"),
        more="All at once, within its window, or refused with everything that objects.",
        body=wire_releases.Nothing,
        takes=("If-Match",),
        answers=_STEPPED,
        problems=(*_STEP, "release-refused"),
    ),
    Operation(
        id="renew_release",
        method="post",
        path="/v1/releases/{release}/renew",
        summary="Let a release stay live longer",
        tag="Releases",
        roles=("approve:…", "author"),
        more="As strict as an approval, and after the latest live figures were reviewed.",
        body=wire_releases.Renew,
        takes=("If-Match",),
        answers=_STEPPED,
        problems=(*_STEP, "release-refused"),
    ),
    Operation(
        id="roll_back_release",
        method="post",
        path="/v1/releases/{release}/rollback",
        summary="Restore what was live before",
        tag="Releases",
        roles=("approve:…", "operate"),
        more="The version is trusted no more.",
        body=wire_releases.RollBack,
        takes=("If-Match",),
        answers=_STEPPED,
        problems=_STEP,
    ),
    Operation(
        id="withdraw_release",
        method="post",
        path="/v1/releases/{release}/withdraw",
        summary="Take a release back that is not live",
        tag="Releases",
        roles=("author",),
        more="It is proposed no more.",
        body=wire_releases.Nothing,
        takes=("If-Match",),
        answers=_STEPPED,
        problems=_STEP,
    ),
    Operation(
        id="active",
        method="get",
        path="/v1/programs/{program}/active",
        summary="Ask what is live in a program",
        tag="Releases",
        takes=("If-None-Match",),
        answers={
            200: Answer(says="What is live.", models=(wire_releases.Active,), headers=("ETag",)),
            304: Answer(says="You have it.", media=None, headers=("ETag",)),
        },
        problems=(*_READ, "unknown-program", "no-active-version"),
    ),
    Operation(
        id="signals",
        method="post",
        path="/v1/programs/{program}/signals",
        summary="Report live figures of a program",
        tag="Releases",
        roles=("operate",),
        more="The release policy says whether the release that is live is kept, warned of, held or"
        " rolled back, and so it is done at once.",
        body=wire_releases.Figures,
        answers={200: Answer(says="What is done.", models=(wire_releases.Observed,))},
        problems=(*_WRITE, "unknown-program", "not-allowed", "no-active-version"),
    ),
    Operation(
        id="audit",
        method="get",
        path="/v1/audit",
        summary="Read the audit chain",
        tag="Audit",
        roles=("audit",),
        takes=("?after", "?limit"),
        answers={200: Answer(says="What was done, in order.", models=(wire.AuditListing,))},
        problems=(*_READ, "malformed-request"),
    ),
    Operation(
        id="verify_audit",
        method="get",
        path="/v1/audit/verify",
        summary="Ask whether the audit chain is whole",
        tag="Audit",
        roles=("audit",),
        answers={200: Answer(says="What is not as it was.", models=(wire.AuditVerified,))},
        problems=_READ,
    ),
    Operation(
        id="checkpoint",
        method="get",
        path="/v1/audit/checkpoint",
        summary="Have the head of the audit chain signed",
        tag="Audit",
        roles=("audit",),
        more="Keep it outside the store: against it shows that the chain was cut, or written anew.",
        answers={200: Answer(says="The signed head.", models=(wire.Checkpoint,))},
        problems=_READ,
    ),
    Operation(
        id="take_spans",
        method="post",
        path="/v1/spans",
        summary="Send classified feedback",
        tag="Issues",
        roles=("decide",),
        more="One span or a list. Each says what it did; a span that was there already does nothing"
        " again. Where one breaks the declared facts none is taken.",
        body=wire_issues.Spans,
        answers={
            200: Answer(says="What each did.", models=(wire_issues.SpansTaken,), headers=_POLICY)
        },
        problems=(*_WRITE, "ahead-of-time", "refused-case", "no-active-version", "not-recorded"),
    ),
    Operation(
        id="issues",
        method="get",
        path="/v1/issues",
        summary="List issues",
        tag="Issues",
        roles=("decide", "report", "operate", "audit"),
        takes=(
            "?state",
            "?domain",
            "?subcode",
            "?label",
            "?owner_team",
            "?owner_individual",
            "?entity",
            "?location",
            "?duplicate_of",
            "?open",
            "?order",
            "?page",
            "?limit",
        ),
        answers={200: Answer(says="A page of them.", models=(wire_issues.IssueListing,))},
        problems=(*_READ, "malformed-request"),
    ),
    Operation(
        id="issue",
        method="get",
        path="/v1/issues/{issue}",
        summary="Look at an issue",
        tag="Issues",
        roles=("decide", "report", "operate", "audit"),
        takes=("If-None-Match",),
        answers={
            200: Answer(says="The record.", models=(wire_issues.Issue,), headers=("ETag",)),
            304: Answer(says="You have it.", media=None, headers=("ETag",)),
        },
        problems=(*_READ, "unknown-issue"),
    ),
    Operation(
        id="history",
        method="get",
        path="/v1/issues/{issue}/history",
        summary="Read what happened to an issue",
        tag="Issues",
        roles=("decide", "report", "operate", "audit"),
        takes=("?after", "?limit"),
        answers={200: Answer(says="Its story, in order.", models=(wire_issues.IssueHistory,))},
        problems=(*_READ, "malformed-request", "unknown-issue"),
    ),
    Operation(
        id="report_event",
        method="post",
        path="/v1/issues/{issue}/events",
        summary="Report what somebody did about an issue",
        tag="Issues",
        roles=("decide", "operate"),
        more="What the policy does not allow is 409, with what it allows.",
        body=wire_issues.IssueEvent,
        takes=("If-Match",),
        answers={
            200: Answer(
                says="The step that it made.",
                models=(wire_issues.IssueStep,),
                headers=("ETag", *_POLICY),
            )
        },
        problems=(
            *_WRITE,
            "unknown-issue",
            "not-allowed",
            "not-mergeable",
            "ahead-of-time",
            "stale-version",
            "refused-case",
            "no-active-version",
            "not-recorded",
        ),
    ),
    Operation(
        id="clock",
        method="post",
        path="/v1/clock",
        summary="Let time do what it alone does",
        tag="Issues",
        roles=("operate",),
        more="Every deadline up to then happens once, at its own instant. The service does so by"
        " itself, by the real time.",
        body=wire_issues.Until,
        answers={200: Answer(says="What happened.", models=(wire_issues.Clock,))},
        problems=(*_WRITE, "ahead-of-time", "no-active-version", "not-recorded"),
    ),
    Operation(
        id="live",
        method="get",
        path="/health/live",
        summary="Ask whether the process runs",
        tag="Service",
        roles=None,
        answers={200: Answer(says="It does.", models=(wire.Health,))},
    ),
    Operation(
        id="ready",
        method="get",
        path="/health/ready",
        summary="Ask whether it can decide",
        tag="Service",
        roles=None,
        answers={
            200: Answer(says="It can.", models=(wire.Readiness,)),
            503: Answer(says="No policy is live.", models=(wire.Readiness,)),
        },
    ),
    Operation(
        id="metrics",
        method="get",
        path="/metrics",
        summary="Read what Prometheus reads",
        tag="Service",
        roles=("operate",),
        answers={200: Answer(says="Counts and times.", media="text/plain")},
        problems=_READ,
    ),
    Operation(
        id="schema_page",
        method="get",
        path="/schema",
        summary="Read this description as a page",
        tag="Service",
        answers={200: Answer(says="A page.", media="text/html", headers=("ETag",))},
        problems=_READ,
    ),
    Operation(
        id="schema",
        method="get",
        path="/schema/openapi.json",
        summary="Read this description",
        tag="Service",
        takes=("If-None-Match",),
        answers={
            200: Answer(says="As OpenAPI 3.1.", headers=("ETag",)),
            304: Answer(says="You have it.", media=None, headers=("ETag",)),
        },
        problems=_READ,
    ),
)
