"""What can be wrong with a text before anybody asks what it means."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.diagnostics.base import Diagnostic, Place
from engine.source import Span


@dataclass(frozen=True, kw_only=True)
class UnexpectedText(Diagnostic):
    found: str
    expected: str
    cure: str | None = None

    def message(self) -> str:
        return f"expected {self.expected}, found {self.found}"

    def help(self) -> str | None:
        return self.cure


@dataclass(frozen=True, kw_only=True)
class NestedTooDeep(Diagnostic):
    def message(self) -> str:
        return "this is nested too deep to be read"

    def help(self) -> str | None:
        return "give a part of it a name with `define`"


@dataclass(frozen=True, kw_only=True)
class SaidTwice(Diagnostic):
    what: str
    first: Span

    def message(self) -> str:
        return f"`{self.what}` stands twice"

    def places(self) -> Sequence[Place]:
        return (Place(self.first, "the first is here"),)


@dataclass(frozen=True, kw_only=True)
class NumberTooLarge(Diagnostic):
    def message(self) -> str:
        return "this number is larger than any the engine can hold exactly"


@dataclass(frozen=True, kw_only=True)
class DurationTooFine(Diagnostic):
    written: str

    def message(self) -> str:
        return f"`{self.written}` is not a whole number of microseconds"


@dataclass(frozen=True, kw_only=True)
class InstantTooFine(Diagnostic):
    written: str

    def message(self) -> str:
        return f"`{self.written}` is finer than a microsecond"


@dataclass(frozen=True, kw_only=True)
class NoSuchInstant(Diagnostic):
    written: str
    why: str

    def message(self) -> str:
        return f"`{self.written}` is not in the calendar: {self.why}"


@dataclass(frozen=True, kw_only=True)
class UnknownEscape(Diagnostic):
    written: str

    def message(self) -> str:
        return f"`{self.written}` means nothing in a text"

    def help(self) -> str | None:
        return 'after a backslash stand `"`, `\\`, `n` or `t`; a backslash itself is `\\\\`'


@dataclass(frozen=True, kw_only=True)
class StrayTag(Diagnostic):
    tag: str

    def message(self) -> str:
        return f"`{self.tag}` belongs to no `{{for …}}` or `{{if …}}`"


@dataclass(frozen=True, kw_only=True)
class StrayBrace(Diagnostic):
    def message(self) -> str:
        return "this `}` closes nothing"

    def help(self) -> str | None:
        return "a brace that is to be printed is written twice: `}}`"


@dataclass(frozen=True, kw_only=True)
class UnclosedTag(Diagnostic):
    tag: str

    def message(self) -> str:
        return f"this `{{{self.tag} …}}` has no `{{end}}`"


@dataclass(frozen=True, kw_only=True)
class UnknownFormat(Diagnostic):
    format: str

    def message(self) -> str:
        return f"`{self.format}` is not a number format"

    def help(self) -> str | None:
        return "a format is `0`, `0.0` with as many decimals as you want, or one of these with `%`"


@dataclass(frozen=True, kw_only=True)
class UnclosedInsertion(Diagnostic):
    def message(self) -> str:
        return "this `{` is never closed in its text"

    def help(self) -> str | None:
        return "close it with `}`; a brace that is to be printed is written twice: `{{`"


@dataclass(frozen=True, kw_only=True)
class UnknownLanguageVersion(Diagnostic):
    version: str

    def message(self) -> str:
        return f"this engine does not know version `{self.version}` of the language"

    def help(self) -> str | None:
        return "the first line is `bylaw 1`"


@dataclass(frozen=True, kw_only=True)
class MissingFirstLine(Diagnostic):
    def message(self) -> str:
        return "the file does not begin with the version of the language"

    def help(self) -> str | None:
        return "make `bylaw 1` the first line"


@dataclass(frozen=True, kw_only=True)
class FileTooLong(Diagnostic):
    megabytes: int

    def message(self) -> str:
        return f"the file is longer than {self.megabytes} MB"


@dataclass(frozen=True, kw_only=True)
class UnseenCharacter(Diagnostic):
    character: str

    def message(self) -> str:
        return f"an invisible character (U+{ord(self.character):04X}) stands here"

    def help(self) -> str | None:
        return "delete it"


@dataclass(frozen=True, kw_only=True)
class TooManyMistakes(Diagnostic):
    shown: int

    def message(self) -> str:
        return f"there are more mistakes than the {self.shown} shown"
