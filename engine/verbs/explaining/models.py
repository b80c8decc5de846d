"""What an explanation carries over the wire: for agents, for auditors, and codes alone."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Read(_Model):
    """A fact of the case that a condition read: `fact` points to it, `called` says it in words.
    Where it is withheld the value is None."""

    fact: str
    called: str
    value: Any = None
    withheld: bool = False


class Because(_Model):
    """One statement that decided, with the values read."""

    text: str
    rule: str
    read: list[Read]


class WouldHave(_Model):
    """Another rule, and all that stood between the case and it."""

    rule: str
    outcome: str
    text: str
    but_for: list[str]


class Missing(_Model):
    fact: str
    called: str


class NotChecked(_Model):
    """Facts that were missing where a condition asked for them, and rules that were not reached."""

    facts: list[Missing]
    rules: list[str]


class AgentExplanation(_Model):
    """For the person who gets the ticket. `to_change` says what would have had to be different for
    the nearest other rule."""

    policy: str
    version: str
    decision: str
    headline: str
    because: list[Because]
    would_have: list[WouldHave]
    to_change: list[str]
    not_checked: NotChecked


class CodesExplanation(_Model):
    """Level 0: what every decision carries."""

    decision: str
    basis: str
    determining: list[str]
    codes: list[str]
    unknown: list[str]


Truth = Literal["true", "false", "unknown"]


class Condition(_Model):
    """A condition or a value in it: in words, what it came to, and where it stands. `said` is the
    value in words; it is withheld where a sensitive fact went into it. `unknown` points to the
    facts whose absence made it unknown."""

    text: str
    place: str
    truth: Truth | None = None
    value: Any = None
    said: str | None = None
    withheld: bool = False
    fact: str | None = None
    unknown: list[str] = []
    parts: list["Condition"] = []


class RuleAudit(_Model):
    """`consulted` says whether the decision needed it; it is evaluated here all the same."""

    name: str
    kind: str
    place: str
    truth: Truth
    consulted: bool
    determining: bool
    condition: Condition | None


class PolicyAudit(_Model):
    name: str
    version: str
    language: int
    content_hash: str
    meaning_hash: str


class FactAudit(_Model):
    fact: str
    presence: Literal["given", "absent", "default"]
    sensitive: bool = False


class DefaultAudit(_Model):
    fact: str
    value: Any
    because: str | None


class ReasonAudit(_Model):
    code: str
    text: str


class IgnoredAudit(_Model):
    fact: str
    nearest: str | None


class FaultAudit(_Model):
    fact: str
    code: str
    expected: str
    got: str


class AuditExplanation(_Model):
    """For whoever must see, years later, that the decision followed from the policy. `case` is the
    normalised case, in which a keyed HMAC stands for each sensitive fact. Whoever keeps decisions
    adds the release and the place in the chain."""

    engine: str
    policy: PolicyAudit
    decision: str
    as_of: str | None
    outcome: Any
    basis: str
    determining: list[str]
    reasons: list[ReasonAudit]
    unknown: list[str]
    ignored: list[IgnoredAudit]
    faults: list[FaultAudit]
    allowed: list[str]
    case: Any
    facts: list[FactAudit]
    defaults: list[DefaultAudit]
    guards: list[RuleAudit]
    rules: list[RuleAudit]
    release: dict[str, Any] | None = None
    chain: dict[str, Any] | None = None


Explanation = AgentExplanation | AuditExplanation | CodesExplanation
