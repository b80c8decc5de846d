"""What can be wrong with what a policy expects of itself: its examples, and its refusals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.diagnostics.base import Diagnostic, Place, Severity
from engine.source import Span


@dataclass(frozen=True)
class Difference:
    """`what` is the path of a value, or the example's own words for the whole of it."""

    what: str
    expected: str
    found: str

    def said(self) -> str:
        return f"{self.what} is {self.found}, expected {self.expected}"


@dataclass(frozen=True, kw_only=True)
class FailedExample(Diagnostic):
    """`decided` points to what determined the result, and says why."""

    differences: tuple[Difference, ...]
    decided: tuple[Place, ...] = ()
    unknown: tuple[str, ...] = ()

    def message(self) -> str:
        return "; ".join(each.said() for each in self.differences)

    def places(self) -> Sequence[Place]:
        return self.decided

    def help(self) -> str | None:
        return (
            f"not known: {', '.join(f'`{fact}`' for fact in self.unknown)}"
            if self.unknown
            else None
        )


@dataclass(frozen=True)
class Broken:
    """A guarantee. `open` says that nobody can tell without the case whether it holds."""

    name: str
    span: Span
    open: bool


@dataclass(frozen=True, kw_only=True)
class UnsafeRefusal(Diagnostic):
    decision: str
    guarantees: tuple[Broken, ...]

    def message(self) -> str:
        broken = ", ".join(f"`{each.name}`" for each in self.guarantees)
        return f"what `{self.decision}` gives for a refused case breaks {broken}"

    def places(self) -> Sequence[Place]:
        return [
            Place(each.span, "this must hold when the case is refused") for each in self.guarantees
        ]

    def help(self) -> str | None:
        if all(each.open for each in self.guarantees):
            return "a refused case cannot be read: promise something of the outcome alone"
        return "let `refused` give something safer, or take `also when refused` out"


@dataclass(frozen=True, kw_only=True)
class Uncovered(Diagnostic):
    """Only said where it is asked for. `what` is in the author's words."""

    severity: ClassVar[Severity] = "warning"

    what: str

    def message(self) -> str:
        return f"{self.what} decides nothing in any example"

    def help(self) -> str | None:
        return "add an example of a case in which it does"
