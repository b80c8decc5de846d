"""What can be said of a declaration that is too much with all that it names written out."""

from dataclasses import dataclass
from typing import Literal

from engine.diagnostics.base import Diagnostic

Kind = Literal["record", "define"]
_WHAT = {"record": "its records", "define": "its defines"}


@dataclass(frozen=True, kw_only=True)
class TooDeep(Diagnostic):
    """`subject` is how the author's words name it; `kind` says what is written out."""

    subject: str
    kind: Kind
    limit: int

    def message(self) -> str:
        return (
            f"with {_WHAT[self.kind]} written out, {self.subject} is more than {self.limit} "
            "levels deep"
        )

    def help(self) -> str | None:
        if self.kind == "record":
            return "let fewer records stand inside one another"
        return "let fewer defines call one another"


@dataclass(frozen=True, kw_only=True)
class TooLong(Diagnostic):
    """The same of what grows broad: each define that calls another twice doubles it."""

    subject: str
    kind: Kind
    limit: int

    def message(self) -> str:
        unit = "facts" if self.kind == "record" else "words and signs"
        return (
            f"with {_WHAT[self.kind]} written out, {self.subject} has more than {self.limit:,} "
            f"{unit}"
        )

    def help(self) -> str | None:
        if self.kind == "record":
            return "let records that hold the same record twice hold it once"
        return "let a define that calls another several times call it once"
