"""A decision and a reason, made fast from their parts.

A frozen dataclass fills its slots through the very guard that keeps them, which takes as long as
all the rules of a policy. So a twin with the same slots is filled, and then is one.
"""

from typing import Any

from engine.decision import Decision, Reason

FIELDS = tuple(Decision.__slots__)


class OpenDecision:
    __slots__ = FIELDS


class _OpenReason:
    __slots__ = tuple(Reason.__slots__)

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        self.text = text
        self.__class__ = Reason  # type: ignore[assignment]


reason: Any = _OpenReason
