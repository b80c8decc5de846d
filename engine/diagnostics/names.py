"""What can be wrong with a name: unknown, taken, ambiguous, of the wrong kind, or defined by
itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.diagnostics.base import Diagnostic, Place
from engine.source import Span


@dataclass(frozen=True, kw_only=True)
class UnknownName(Diagnostic):
    """`kind` is what a name there would be: `value`, `trigger`, `state`, `event`, `decision` …"""

    name: str
    kind: str
    nearest: str | None = None

    def message(self) -> str:
        return f"there is no {self.kind} `{self.name}`"

    def help(self) -> str | None:
        return self.nearest and f"did you mean `{self.nearest}`?"


@dataclass(frozen=True, kw_only=True)
class UnknownField(Diagnostic):
    name: str
    record: str
    nearest: str | None = None

    def message(self) -> str:
        return f"`{self.record}` has no field `{self.name}`"

    def help(self) -> str | None:
        return self.nearest and f"did you mean `{self.nearest}`?"


@dataclass(frozen=True, kw_only=True)
class UnknownMember(Diagnostic):
    name: str
    enum: str
    members: tuple[str, ...]
    nearest: str | None = None

    def message(self) -> str:
        return f"`{self.name}` is not a member of `{self.enum}`"

    def help(self) -> str | None:
        if self.nearest:
            return f"did you mean `{self.nearest}`?"
        shown = ", ".join(self.members[:8]) + (", …" if len(self.members) > 8 else "")
        return f"its members are {shown}"


@dataclass(frozen=True, kw_only=True)
class AmbiguousMember(Diagnostic):
    name: str
    enums: tuple[str, ...]

    def message(self) -> str:
        return (
            f"`{self.name}` could be a member of {' or '.join(f'`{each}`' for each in self.enums)}"
        )

    def help(self) -> str | None:
        return f"say which: `{self.enums[0]}.{self.name}`"


@dataclass(frozen=True, kw_only=True)
class NameTaken(Diagnostic):
    name: str
    what: str
    first: Span | None = None

    def message(self) -> str:
        return f"there is already {self.what} `{self.name}`"

    def places(self) -> Sequence[Place]:
        return (Place(self.first, "the first one is here"),) if self.first else ()

    def help(self) -> str | None:
        return "give one of them another name"


@dataclass(frozen=True, kw_only=True)
class NotAValue(Diagnostic):
    """A name that is declared, but is none of the things that can stand there."""

    name: str
    what: str
    cure: str | None = None

    def message(self) -> str:
        return f"`{self.name}` is {self.what}, which is no value by itself"

    def help(self) -> str | None:
        return self.cure


@dataclass(frozen=True, kw_only=True)
class DefinedByItself(Diagnostic):
    """A define or a record that leads back to itself."""

    name: str
    path: tuple[str, ...]

    def message(self) -> str:
        return f"`{self.name}` is defined by itself: {' → '.join(self.path)}"

    def help(self) -> str | None:
        return "take one of these steps out: a policy always comes to an end"
