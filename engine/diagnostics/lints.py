"""What a policy could do better: warnings of the linter, which never stop a load."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.diagnostics.base import Diagnostic, Place, Severity
from engine.source import Span


@dataclass(frozen=True, kw_only=True)
class UnusedDeclaration(Diagnostic):
    """`kind` is the word it is declared with."""

    severity: ClassVar[Severity] = "warning"

    kind: str
    name: str

    def message(self) -> str:
        return f"nothing in this policy uses the {self.kind} `{self.name}`"

    def help(self) -> str | None:
        return "take it out, or use it where its value is written by hand"


@dataclass(frozen=True, kw_only=True)
class ThresholdWithoutReason(Diagnostic):
    severity: ClassVar[Severity] = "warning"

    name: str
    value: str

    def message(self) -> str:
        return f"the threshold `{self.name}` does not say why it is {self.value}"

    def help(self) -> str | None:
        return 'add `because "…"`: where the number comes from, or what it is a guess at'


@dataclass(frozen=True, kw_only=True)
class DefaultWithoutReason(Diagnostic):
    severity: ClassVar[Severity] = "warning"

    record: str
    field: str

    def message(self) -> str:
        return f"`{self.record}` does not say why a missing `{self.field}` may be replaced"

    def help(self) -> str | None:
        return 'add `because "…"` to the default: what a missing fact would do without it'


@dataclass(frozen=True, kw_only=True)
class RuleWithoutReason(Diagnostic):
    """`kind` is the word it is declared with; `other` is a rule beside it that has a reason."""

    severity: ClassVar[Severity] = "warning"

    kind: str
    name: str
    other: str
    other_span: Span

    def message(self) -> str:
        return f"the {self.kind} `{self.name}` gives no reason"

    def places(self) -> Sequence[Place]:
        return (Place(self.other_span, f"`{self.other}` gives one"),)

    def help(self) -> str | None:
        return 'add `because "…"`, in words that may be shown to whoever asks'


@dataclass(frozen=True, kw_only=True)
class RuleWithoutCondition(Diagnostic):
    severity: ClassVar[Severity] = "warning"

    name: str

    def message(self) -> str:
        return f"the rule `{self.name}` has no condition, so it always applies"

    def help(self) -> str | None:
        return "add `when …`, or say what it gives under `otherwise`"


@dataclass(frozen=True, kw_only=True)
class NoExample(Diagnostic):
    severity: ClassVar[Severity] = "warning"

    kind: str
    name: str

    def message(self) -> str:
        return f"no example shows what the {self.kind} `{self.name}` does"

    def help(self) -> str | None:
        return f'add `example "…" {self.name}(…) gives …` for a case whose outcome you know'


@dataclass(frozen=True, kw_only=True)
class UnlikeName(Diagnostic):
    """`style` is how the others are spelled, `suggestion` this one in their manner."""

    severity: ClassVar[Severity] = "warning"

    kind: str
    name: str
    like: str
    suggestion: str

    def message(self) -> str:
        return f"the {self.kind} `{self.name}` is not spelled like the others, as `{self.like}`"

    def help(self) -> str | None:
        return f"call it `{self.suggestion}`"


@dataclass(frozen=True, kw_only=True)
class IncompleteHeader(Diagnostic):
    severity: ClassVar[Severity] = "warning"

    policy: str
    missing: tuple[str, ...]

    def message(self) -> str:
        return f"`{self.policy}` has no {' and no '.join(self.missing)}"

    def help(self) -> str | None:
        return f'add `{self.missing[0]} "…"` below the name, so that people know whom to ask'


@dataclass(frozen=True, kw_only=True)
class UnnamedNumber(Diagnostic):
    """`written` is the number as it stands, `rule` whose condition holds it."""

    severity: ClassVar[Severity] = "warning"

    rule: str
    written: str
    type: str

    def message(self) -> str:
        return f"the condition of `{self.rule}` holds the number {self.written}, which has no name"

    def help(self) -> str | None:
        declared = f'threshold a_name: {self.type} = {self.written} because "…"'
        return f"declare `{declared}`, and use the name"
