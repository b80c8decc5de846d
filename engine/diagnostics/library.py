"""What can be wrong between the policies of one library: their places, releases and enums."""

from dataclasses import dataclass
from typing import ClassVar

from engine.diagnostics.base import Diagnostic, Severity


@dataclass(frozen=True, kw_only=True)
class MisplacedPolicy(Diagnostic):
    name: str
    version: str
    place: str

    def message(self) -> str:
        return f"this is `{self.name}` `{self.version}`, and the file is called `{self.place}`"

    def help(self) -> str | None:
        return f"call the file `{self.name}/{self.version}.bylaw`, or correct this line"


@dataclass(frozen=True, kw_only=True)
class ChangedRelease(Diagnostic):
    name: str
    version: str
    released: str
    now: str

    def message(self) -> str:
        return (
            f"`{self.name}@{self.version}` is released with {_short(self.released)},"
            f" and what it says now is {_short(self.now)}"
        )

    def help(self) -> str | None:
        return "take the change back, and make it in a new version"


@dataclass(frozen=True, kw_only=True)
class EnumsDiffer(Diagnostic):
    severity: ClassVar[Severity] = "warning"

    enum: str
    members: tuple[str, ...]
    other: str
    other_members: tuple[str, ...]

    def message(self) -> str:
        here, there = _listed(self.members), _listed(self.other_members)
        return f"`{self.enum}` is {here} here, and {there} in `{self.other}`"

    def help(self) -> str | None:
        return "spell them alike, or give one of the enums another name"


def _short(hash: str) -> str:
    return f"`{hash[:19]}…`" if len(hash) > 20 else f"`{hash}`"


def _listed(members: tuple[str, ...]) -> str:
    return ", ".join(f"`{member}`" for member in members)
