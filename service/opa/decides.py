"""What the door asks of the service behind it: which policies are live, who asks, a decision."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from engine import Decision, Program


class Decides(Protocol):
    def policies(self) -> Mapping[str, Program]:
        """The live program of each policy, by name."""
        ...

    def caller(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Who asks; `ProblemError` where nobody may who shows no more than this."""
        ...

    async def decide(
        self, program: Program, decision: str, input: Any, caller: str
    ) -> tuple[str | None, Decision]:
        """The id under which the journal has the decision, None where it has not, and the decision.
        A case that breaks the declared facts is decided, too. `ProblemError` where none is given
        now."""
        ...
