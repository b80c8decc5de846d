"""A decision: the outcome, and the reasons that are always given (level 0)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Basis = Literal[
    "rule",
    "guard",
    "unknown_guard",
    "otherwise",
    "conflict",
    "transition",
    "deadline",
    "no_transition",
    "refused",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` is `policy.rule`; `text` is the rule's `because`, its values filled in."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A fact of the case that the policy does not declare, with the nearest name that it does."""

    pointer: str
    nearest: str | None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a fact of the case: where (a JSON pointer), what was wanted, what was
    found."""

    pointer: str
    code: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class Decision:
    """`outcome` is in wire form. `determining` names the rules that made it, `unknown` points to
    the facts whose absence made a condition unknown, `faults` tells why a case was refused."""

    decision: str
    outcome: Any
    basis: Basis
    determining: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    unknown: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    faults: tuple[Fault, ...] = ()
    as_of: str | None = None
    allowed: tuple[str, ...] = ()

    def record(self) -> Mapping[str, Any]:
        """As JSON carries it, without what the caller adds (id, policy, engine)."""
        made = {
            "decision": self.decision,
            "as_of": self.as_of,
            "outcome": self.outcome,
            "basis": self.basis,
            "determining": list(self.determining),
            "reasons": [{"code": reason.code, "text": reason.text} for reason in self.reasons],
            "unknown": list(self.unknown),
            "ignored": [
                {"pointer": each.pointer, "nearest": each.nearest} for each in self.ignored
            ],
        }
        return {**made, "allowed": list(self.allowed)} if self.basis == "no_transition" else made
