"""The faults of a case to the decision that refuses it, with the outcome that is safe."""

from typing import Any

from engine.decision import Decision, Fault, Ignored, Reason

REFUSED = "refused"
NO_NOW = Fault("/now", "missing", "the instant of the decision", "nothing")


def refused(
    policy: str,
    decision: str,
    outcome: Any,
    faults: tuple[Fault, ...],
    ignored: tuple[Ignored, ...],
    as_of: str | None,
) -> Decision:
    """`outcome` is in wire form."""
    reasons = tuple(Reason(f"{policy}.{REFUSED}", refusal(fault)) for fault in faults)
    return Decision(
        decision=decision,
        outcome=outcome,
        basis="refused",
        reasons=reasons,
        ignored=ignored,
        faults=faults,
        as_of=as_of,
    )


def refusal(fault: Fault) -> str:
    """A fault in a sentence."""
    place = fault.pointer or "the case"
    if fault.code == "missing":
        return f"{place} is missing, wanted is {fault.expected}"
    return f"{place} is {fault.got}, wanted is {fault.expected}"
