"""A decision and a reason, made fast from their parts.

A frozen dataclass fills its slots through the very guard that keeps them, which takes four times as
long as all that is decided here. So a twin with the same slots is filled, and then is one.
"""

from typing import Any

from engine.decision import Basis, Decision, Ignored, Reason


class _OpenDecision:
    __slots__ = tuple(Decision.__slots__)

    def __init__(
        self,
        decision: str,
        outcome: Any,
        basis: Basis,
        determining: tuple[str, ...],
        reasons: tuple[Reason, ...],
        unknown: tuple[str, ...],
        ignored: tuple[Ignored, ...],
        as_of: str | None,
    ) -> None:
        self.decision = decision
        self.outcome = outcome
        self.basis = basis
        self.determining = determining
        self.reasons = reasons
        self.unknown = unknown
        self.ignored = ignored
        self.faults = ()
        self.as_of = as_of
        self.allowed = ()
        self.__class__ = Decision  # type: ignore[assignment]


class _OpenReason:
    __slots__ = tuple(Reason.__slots__)

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        self.text = text
        self.__class__ = Reason  # type: ignore[assignment]


decision: Any = _OpenDecision
reason: Any = _OpenReason
