"""What can be wrong with a state machine."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.diagnostics.base import Diagnostic, Place
from engine.source import Span


@dataclass(frozen=True, kw_only=True)
class InitialState(Diagnostic):
    """A lifecycle begins in one state, and says in which."""

    lifecycle: str
    found: tuple[Span, ...]

    def message(self) -> str:
        if not self.found:
            return f"`{self.lifecycle}` has no initial state"
        return f"`{self.lifecycle}` has {len(self.found)} initial states"

    def places(self) -> Sequence[Place]:
        return tuple(Place(span, "initial") for span in self.found[:3])

    def help(self) -> str | None:
        return "write `initial` after the one state that it begins in"


@dataclass(frozen=True, kw_only=True)
class FinalStateLeft(Diagnostic):
    state: str
    declared: Span

    def message(self) -> str:
        return f"`{self.state}` is final, and this leads out of it"

    def places(self) -> Sequence[Place]:
        return (Place(self.declared, "declared final here"),)

    def help(self) -> str | None:
        return "take `final` away, or this"


@dataclass(frozen=True, kw_only=True)
class NotARecord(Diagnostic):
    """A lifecycle, or a decision that sets fields, is about a record."""

    what: str
    found: str

    def message(self) -> str:
        return f"{self.what} must be a record, not {self.found}"
