"""What stands in requests and answers about releases, as models with examples.

What a manifest and live figures may hold the release policy says; here it is told in its form.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from service.wire import INSTANT, Absent, Hash, Reason

_HASH = "sha256:7c31a64a0838b96f847e5fe4a68cfb7ec22d72e47dc8844f7b7d968eef0864e7"
_LIVE = "sha256:f37e1dc6610c2a9ac6d01f71b494601cad73364ce09fcab1d90791fc94895a5e"
_TARGET = {"version": "1.0.0", "hash": _LIVE}
_FLOORS = [{"cohort": "privacy_sensitive", "minimum": 0.95}]
_SHORT: dict[str, Any] = {
    "id": "REL-0001",
    "program": "enterprise_review",
    "policy": "review_scoring",
    "version": "1.1.0",
    "content_hash": _HASH,
    "state": "ACTIVE",
    "author": "quality-lead",
    "approver": "director",
    "valid_from": "2026-02-01T00:00:00Z",
    "valid_until": "2026-03-01T00:00:00Z",
    "proposed_at": "2026-01-30T09:00:00Z",
    "approved_at": "2026-01-31T10:00:00Z",
    "activated_at": "2026-02-01T00:00:00Z",
    "ended_at": None,
}
_MANIFEST: dict[str, Any] = {
    "policy": "review_scoring",
    "version": "1.1.0",
    "content_hash": _HASH,
    "program": "enterprise_review",
    "scope": "enterprise support",
    "author": "quality-lead",
    "approver_role": "Director of Support Quality",
    "valid_from": "2026-02-01T00:00:00Z",
    "valid_until": "2026-03-01T00:00:00Z",
    "restore_target": _TARGET,
    "floors": _FLOORS,
    "rollback_criteria": ["override_spike", "complaint_spike"],
    "evidence": {
        "window_from": "2026-01-01T00:00:00Z",
        "window_until": "2026-01-29T00:00:00Z",
        "cases": 1200,
        "coverage": {"privacy_sensitive": 0.97},
        "changes_hash": _HASH,
        "findings_hash": _HASH,
        "replay_hash": _HASH,
    },
}
_SIGNALS: dict[str, Any] = {
    "at": "2026-02-02T00:00:00Z",
    "override_rate": 0.04,
    "baseline_override_rate": 0.05,
    "complaint_rate": 0.02,
    "baseline_complaint_rate": 0.02,
    "coverage": {"privacy_sensitive": 0.97},
    "privacy_miss_rate": 0.01,
    "fairness_gap": 0.03,
    "escaped_defects": 4,
    "specialist_load": 0.8,
}
Instant = Annotated[str, Field(pattern=INSTANT, description="as 2026-02-01T00:00:00Z")]


def _example(*examples: Any, closed: bool = False) -> ConfigDict:
    return ConfigDict(
        frozen=True,
        extra="forbid" if closed else "ignore",
        json_schema_extra={"examples": list(examples)},
    )


class Target(BaseModel):
    model_config = _example(_TARGET, closed=True)

    version: str
    hash: str


class Floor(BaseModel):
    model_config = _example(_FLOORS[0], closed=True)

    cohort: str
    minimum: Annotated[float, Field(ge=0, le=1, description="the least share that a person reads")]


class Window(BaseModel):
    """Of the journal: its decisions are decided again by the candidate."""

    model_config = _example(
        {"window_from": "2026-01-01T00:00:00Z", "window_until": "2026-01-29T00:00:00Z"},
        closed=True,
    )

    window_from: Instant
    window_until: Instant


class Proposal(BaseModel):
    """What is left out is what the release policy asks for at the least: the program of the policy,
    its scope, role, floors and criteria, the newest trusted version to go back to, and the last
    four weeks as evidence."""

    model_config = _example(
        {
            "policy": "review_scoring",
            "version": "1.1.0",
            "valid_from": "2026-02-01T00:00:00Z",
            "valid_until": "2026-03-01T00:00:00Z",
        },
        closed=True,
    )

    policy: str
    version: str
    valid_until: Annotated[Instant, Field(description="the first instant after the window")]
    valid_from: Annotated[
        Instant | None, Field(description="the first instant of the window; left out, it is now")
    ] = None
    content_hash: Annotated[str | None, Field(description="of the exact revision")] = None
    program: str | None = None
    scope: str | None = None
    approver_role: str | None = None
    restore_target: Target | None = None
    floors: list[Floor] | None = None
    rollback_criteria: list[str] | None = None
    evidence: Window | None = None


class ReleaseShort(BaseModel):
    model_config = _example(_SHORT)

    id: Annotated[str, Field(pattern="^REL-[0-9]{4,}$")]
    program: str
    policy: str
    version: str
    content_hash: Hash
    state: Annotated[str, Field(description="of the policy's lifecycle `release`")]
    author: str
    approver: str | None
    valid_from: str
    valid_until: Annotated[str, Field(description="as renewed")]
    proposed_at: str
    approved_at: str | None
    activated_at: str | None
    ended_at: Annotated[str | None, Field(description="when it had to end")]


class ReleaseListing(BaseModel):
    releases: list[ReleaseShort]
    next: Annotated[
        int | None, Field(description="what to ask for `?after`; null where nothing more is there")
    ]


class ReleaseStep(BaseModel):
    model_config = _example(
        {
            "at": "2026-01-31T10:00:00Z",
            "actor": "director",
            "event": "approve",
            "from_state": "INSPECTED",
            "to_state": "APPROVED",
            "reasons": ["approved by director"],
        }
    )

    at: str
    actor: str
    event: Annotated[
        str, Field(description="an event or a deadline of the lifecycle, or `propose`")
    ]
    from_state: str
    to_state: str
    reasons: list[str]


class Release(ReleaseShort):
    """A release with its manifest, its evidence and all that happened to it."""

    model_config = _example(
        {
            **_SHORT,
            "manifest": _MANIFEST,
            "manifest_hash": _HASH,
            "evidence": {},
            "approval": None,
            "signals": _SIGNALS,
            "warned": False,
            "held": False,
            "renewals": 0,
            "carried_out_at": None,
            "history": [],
        }
    )

    manifest: Annotated[dict[str, Any], Field(description="as the policy's record has it")]
    manifest_hash: Annotated[
        Hash, Field(description='of `{"release": id, "manifest": …}`, as RFC 8785 writes it')
    ]
    evidence: Annotated[
        dict[str, Any],
        Field(
            description="`findings`, `changes` and `replay`, each of the hash that the manifest"
            " has; a part that was changed since is not there"
        ),
    ]
    approval: dict[str, Any] | None
    signals: Annotated[dict[str, Any] | None, Field(description="the latest live figures")]
    warned: Annotated[bool, Field(description="live figures are missing")]
    held: Annotated[bool, Field(description="they are missing too long for a renewal")]
    renewals: int
    carried_out_at: Annotated[
        str | None, Field(description="when what was before stood again, by the real clock")
    ]
    history: list[ReleaseStep]


class Approve(BaseModel):
    """By the very hashes that were read."""

    model_config = _example(
        {
            "content_hash": _HASH,
            "manifest_hash": _HASH,
            "reason": "the replay shows what was underweighted",
        },
        closed=True,
    )

    content_hash: str
    manifest_hash: str
    reason: str


class Renew(Approve):
    model_config = _example(
        {
            "content_hash": _HASH,
            "manifest_hash": _HASH,
            "reason": "overrides fell and no defect escaped",
            "valid_until": "2026-03-28T00:00:00Z",
            "signals_at": "2026-02-27T00:00:00Z",
        },
        closed=True,
    )

    valid_until: Instant
    signals_at: Annotated[
        Instant | None, Field(description="the live figures that were reviewed, by their instant")
    ] = None


class Nothing(BaseModel):
    """Nothing need be said."""

    model_config = _example({}, closed=True)


class RollBack(BaseModel):
    model_config = _example({"reason": "complaints came in by telephone"}, closed=True)

    reason: str


class Active(BaseModel):
    """What is live in a program. Where it was live before there was a release of it, or was
    restored, there is no release."""

    model_config = _example(
        {
            "program": "enterprise_review",
            "policy": "review_scoring",
            "version": "1.1.0",
            "content_hash": _HASH,
            "since": "2026-02-01T00:00:00Z",
            "release": "REL-0001",
            "scope": "enterprise support",
            "floors": _FLOORS,
            "valid_until": "2026-03-01T00:00:00Z",
        }
    )

    program: str
    policy: str
    version: str
    content_hash: Hash
    since: str
    release: str | None
    scope: str | None
    floors: list[Floor]
    valid_until: str | None


class Cohorts(BaseModel):
    model_config = _example({"privacy_sensitive": 0.97}, closed=False)

    privacy_sensitive: Annotated[float | Absent, Field(ge=0, le=1)] = None
    executive_reopen: Annotated[float | Absent, Field(ge=0, le=1)] = None
    outage_recovery: Annotated[float | Absent, Field(ge=0, le=1)] = None


class Figures(BaseModel):
    """Live figures of a program. What is left out is missing, which warns."""

    model_config = _example(_SIGNALS, closed=True)

    at: Instant
    override_rate: float | None = None
    baseline_override_rate: float | None = None
    complaint_rate: float | None = None
    baseline_complaint_rate: float | None = None
    coverage: Cohorts | None = None
    privacy_miss_rate: float | None = None
    fairness_gap: float | None = None
    escaped_defects: int | None = None
    specialist_load: float | None = None


class Observed(BaseModel):
    """What the release policy says of the figures, and the release after it."""

    model_config = _example(
        {
            "act": "keep",
            "reasons": [
                {
                    "code": "release.otherwise",
                    "text": "every signal is there and within its guardrail",
                }
            ],
            "release": _SHORT,
        }
    )

    act: Annotated[str, Field(description="roll_back, hold, warn or keep")]
    reasons: list[Reason]
    release: ReleaseShort
