"""What a decision and a reason are filled through, fast.

A frozen dataclass fills its slots through the very guard that keeps them, which takes as long as
all the rules of a policy. So a twin with the same slots is filled, and then becomes one: its
`__class__` is set.
"""

from engine.decision import Decision, Reason

FIELDS = tuple(Decision.__slots__)


class OpenDecision:
    __slots__ = FIELDS


class OpenReason:
    __slots__ = tuple(Reason.__slots__)
