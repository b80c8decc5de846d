"""What can be wrong with a decision's rules, their order and what they give."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.diagnostics.base import Diagnostic, Place
from engine.source import Span


@dataclass(frozen=True, kw_only=True)
class IncompleteOutcome(Diagnostic):
    rule: str
    fields: tuple[str, ...]

    def message(self) -> str:
        fields = ", ".join(f"`{each}`" for each in self.fields)
        return f"`{self.rule}` leaves {fields} open"

    def help(self) -> str | None:
        return f"add `{self.fields[0]}: …` after `then`, or set it for every outcome under `always`"


@dataclass(frozen=True, kw_only=True)
class SetTwice(Diagnostic):
    field: str
    first: Span
    by_always: bool = False

    def message(self) -> str:
        if self.by_always:
            return f"`{self.field}` is set here and under `always`"
        return f"`{self.field}` is set twice"

    def places(self) -> Sequence[Place]:
        return (Place(self.first, "it is set here too"),)

    def help(self) -> str | None:
        return "keep one of them"


@dataclass(frozen=True, kw_only=True)
class NoHitPolicy(Diagnostic):
    decision: str

    def message(self) -> str:
        return f"`{self.decision}` does not say how its rules go together"

    def help(self) -> str | None:
        return (
            "write `first` before the rules (or `unique`, `collect`, `sum`, `strictest by` a field)"
        )


@dataclass(frozen=True, kw_only=True)
class NoOtherwise(Diagnostic):
    decision: str

    def message(self) -> str:
        return f"`{self.decision}` does not say what holds when no rule applies"

    def help(self) -> str | None:
        return "add `otherwise` with `then …` after the rules"


@dataclass(frozen=True, kw_only=True)
class NoRefused(Diagnostic):
    decision: str

    def message(self) -> str:
        return f"`{self.decision}` does not say what is safe when a case is refused"

    def help(self) -> str | None:
        return "add `refused` with `then …`: every field a fixed value"


@dataclass(frozen=True, kw_only=True)
class MisplacedItem(Diagnostic):
    """Something that this kind of decision does not have, or has once only."""

    item: str
    why: str
    cure: str | None = None

    def message(self) -> str:
        return f"{self.item} {self.why}"

    def help(self) -> str | None:
        return self.cure


@dataclass(frozen=True, kw_only=True)
class UnsafeOrder(Diagnostic):
    """Law 9: under `first` a rule that may be unknown stands before a looser one.

    `opens`: what the rule gives is itself looser than `otherwise`, so that it must not apply when
    it is unknown.
    """

    rule: str
    looser: str
    looser_at: Span
    missing: str | None
    opens: bool

    def message(self) -> str:
        cause = f" (`{self.missing}` may be missing)" if self.missing else ""
        then = f"then the looser `{self.looser}` would be tried"
        return f"`{self.rule}` may be unknown{cause}, and {then}"

    def places(self) -> Sequence[Place]:
        return (Place(self.looser_at, "this outcome is not as strict"),)

    def help(self) -> str | None:
        if self.opens:
            return (
                "say after its condition what holds then, with `when unknown:` and a safe outcome, "
                f"or put `{self.looser}` first"
            )
        return f"make it `guard {self.rule}`, or write `when unknown: apply` after its condition"


@dataclass(frozen=True, kw_only=True)
class NoOutcome(Diagnostic):
    rule: str

    def message(self) -> str:
        return f"`{self.rule}` does not say what it gives"

    def help(self) -> str | None:
        return "add `then` and the fields that it sets"


@dataclass(frozen=True, kw_only=True)
class MatchedNothing(Diagnostic):
    def message(self) -> str:
        return "`{matched}` stands where no condition looks for a trigger"

    def help(self) -> str | None:
        return "use it in the `because` of a rule whose `when` has `mentions`"


@dataclass(frozen=True, kw_only=True)
class OpenLine(Diagnostic):
    """A line of a scorecard that does not say what it counts when its condition is unknown."""

    rule: str
    missing: str | None

    def message(self) -> str:
        cause = f" (`{self.missing}` may be missing)" if self.missing else ""
        return f"`{self.rule}` may be unknown{cause}, and does not say what it adds then"

    def help(self) -> str | None:
        return "write `when unknown: 0`, or the number that is safe, after its condition"
