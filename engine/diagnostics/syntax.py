"""What can be wrong with a text before anybody asks what it means."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.diagnostics.base import Diagnostic, Place
from engine.source import Span

# The file as a whole


@dataclass(frozen=True, kw_only=True)
class EmptyFile(Diagnostic):
    def message(self) -> str:
        return "the file is empty"

    def help(self) -> str | None:
        return "a policy begins with the lines `bylaw 1` and `policy its_name 1.0.0`"


@dataclass(frozen=True, kw_only=True)
class NotAPolicy(Diagnostic):
    looks_like: str | None = None

    def message(self) -> str:
        if self.looks_like:
            return f"this looks like {self.looks_like}, not like a policy"
        return "this is not a policy"

    def help(self) -> str | None:
        return "a policy begins with the lines `bylaw 1` and `policy its_name 1.0.0`"


@dataclass(frozen=True, kw_only=True)
class MissingFirstLine(Diagnostic):
    def message(self) -> str:
        return "the file does not begin with the version of the language"

    def help(self) -> str | None:
        return "make `bylaw 1` the first line"


@dataclass(frozen=True, kw_only=True)
class UnknownLanguageVersion(Diagnostic):
    version: str

    def message(self) -> str:
        return f"this engine does not know version {self.version} of the language"

    def help(self) -> str | None:
        return "write `bylaw 1`, or use an engine that knows this version"


@dataclass(frozen=True, kw_only=True)
class FileTooLong(Diagnostic):
    megabytes: int

    def message(self) -> str:
        return f"the file is longer than {self.megabytes} MB"

    def help(self) -> str | None:
        return "split the policy, or move long lists to the facts of the case"


@dataclass(frozen=True, kw_only=True)
class TooManyMistakes(Diagnostic):
    shown: int

    def message(self) -> str:
        return f"there are more mistakes than the {self.shown} shown"

    def help(self) -> str | None:
        return "mend these first"


@dataclass(frozen=True, kw_only=True)
class UnseenCharacter(Diagnostic):
    character: str

    def message(self) -> str:
        return f"an invisible character (U+{ord(self.character):04X}) stands here"

    def help(self) -> str | None:
        return "delete it; it often comes along with text copied from elsewhere"


# What stands where it cannot


@dataclass(frozen=True, kw_only=True)
class UnexpectedText(Diagnostic):
    """`found` and `expected` are already in the author's words."""

    found: str
    expected: str
    cure: str | None = None

    def message(self) -> str:
        return f"expected {self.expected}, found {self.found}"

    def help(self) -> str | None:
        return self.cure


@dataclass(frozen=True, kw_only=True)
class ForeignSign(Diagnostic):
    found: str
    cure: str

    def message(self) -> str:
        return f"a policy does not use the sign `{self.found}`"

    def help(self) -> str | None:
        return self.cure


@dataclass(frozen=True, kw_only=True)
class ForeignWord(Diagnostic):
    found: str
    cure: str

    def message(self) -> str:
        return f"a policy does not say `{self.found}`"

    def help(self) -> str | None:
        return self.cure


@dataclass(frozen=True, kw_only=True)
class MisspeltWord(Diagnostic):
    found: str
    nearest: str

    def message(self) -> str:
        return f"`{self.found}` means nothing here"

    def help(self) -> str | None:
        if self.found.lower() == self.nearest:
            return f"write `{self.nearest}`, in small letters"
        return f"did you mean `{self.nearest}`?"


@dataclass(frozen=True, kw_only=True)
class ReservedWord(Diagnostic):
    word: str

    def message(self) -> str:
        return f"`{self.word}` has a meaning of its own and cannot be a name"

    def help(self) -> str | None:
        return (
            f'call it something else; a field or member may say `as "{self.word}"` after its name'
        )


@dataclass(frozen=True, kw_only=True)
class NotAName(Diagnostic):
    found: str
    name: str | None

    def message(self) -> str:
        return f"`{self.found}` is not a name"

    def help(self) -> str | None:
        rule = "a name is one word of letters, digits and `_`"
        return f"{rule}: `{self.name}`" if self.name else f"{rule}, and begins with a letter"


@dataclass(frozen=True, kw_only=True)
class MixedAndOr(Diagnostic):
    """`first` is where the other word stands."""

    word: str
    other: str
    first: Span | None = None

    def message(self) -> str:
        return f"`{self.word}` after `{self.other}`: it is not clear what belongs together"

    def help(self) -> str | None:
        return "put brackets around one of them: `a and (b or c)` or `(a and b) or c`"

    def places(self) -> Sequence[Place]:
        return (Place(self.first, f"`{self.other}` stands here"),) if self.first else ()


@dataclass(frozen=True, kw_only=True)
class MissingThen(Diagnostic):
    kind: str
    name: str | None

    def message(self) -> str:
        named = f"{self.kind} `{self.name}`" if self.name else f"this {self.kind}"
        return f"{named} does not say what happens then"

    def help(self) -> str | None:
        return "add `then` and the fields of the outcome, as in `then action: route`"


@dataclass(frozen=True, kw_only=True)
class OutsideDecision(Diagnostic):
    """`home` is where the item belongs."""

    word: str
    home: str

    def message(self) -> str:
        return f"`{self.word}` stands outside a {self.home}"

    def help(self) -> str | None:
        if self.home == "lifecycle":
            return "put `lifecycle name(fact: Type)` above it"
        return "put `decision name(fact: Type): Outcome` above it"


@dataclass(frozen=True, kw_only=True)
class SaidTwice(Diagnostic):
    what: str
    first: Span

    def message(self) -> str:
        return f"`{self.what}` stands here twice"

    def help(self) -> str | None:
        return "keep one of them"

    def places(self) -> Sequence[Place]:
        return (Place(self.first, "the first is here"),)


@dataclass(frozen=True, kw_only=True)
class TooManyLevels(Diagnostic):
    def message(self) -> str:
        return "this is nested too deep to be read"

    def help(self) -> str | None:
        return "give a part of it a name of its own with `define`"


@dataclass(frozen=True, kw_only=True)
class ForeignComment(Diagnostic):
    found: str

    def message(self) -> str:
        return f"a comment does not begin with `{self.found}`"

    def help(self) -> str | None:
        return "a comment begins with `#` and ends with its line"


# Brackets and rows


@dataclass(frozen=True, kw_only=True)
class UnclosedBracket(Diagnostic):
    bracket: str
    closing: str
    found: str
    place: Span

    def message(self) -> str:
        return f"this `{self.bracket}` is not closed"

    def help(self) -> str | None:
        return f"add `{self.closing}`"

    def places(self) -> Sequence[Place]:
        return (Place(self.place, f"`{self.closing}` is missing before {self.found}"),)


@dataclass(frozen=True, kw_only=True)
class StrayBracket(Diagnostic):
    """`opened` is the bracket it should have closed, if there is one."""

    found: str
    wanted: str | None = None
    opened: Span | None = None

    def message(self) -> str:
        if self.wanted:
            return f"`{self.found}` closes a bracket of another kind"
        return f"`{self.found}` closes nothing"

    def help(self) -> str | None:
        return f"write `{self.wanted}`" if self.wanted else "delete it"

    def places(self) -> Sequence[Place]:
        return (Place(self.opened, "the bracket is opened here"),) if self.opened else ()


@dataclass(frozen=True, kw_only=True)
class RowNotClosed(Diagnostic):
    def message(self) -> str:
        return "this row of the table does not end with `|`"

    def help(self) -> str | None:
        return "a row is one line, with `|` before the first cell, between cells and after the last"


@dataclass(frozen=True, kw_only=True)
class EmptyCell(Diagnostic):
    def message(self) -> str:
        return "this cell of the table is empty"

    def help(self) -> str | None:
        return "write `-` where anything will do"


# Texts


@dataclass(frozen=True, kw_only=True)
class UnclosedText(Diagnostic):
    def message(self) -> str:
        return "this text is not closed on its line"

    def help(self) -> str | None:
        return 'close it with `"`; a text of several lines stands between `"""` and `"""`'


@dataclass(frozen=True, kw_only=True)
class UnclosedBlock(Diagnostic):
    def message(self) -> str:
        return "this text of several lines is never closed"

    def help(self) -> str | None:
        return 'close it with `"""`'


@dataclass(frozen=True, kw_only=True)
class ForeignQuotes(Diagnostic):
    """`straight` is the text as it should have been quoted."""

    straight: str

    def message(self) -> str:
        return "a text stands in straight double quotes"

    def help(self) -> str | None:
        return f"write `{self.straight}`"


@dataclass(frozen=True, kw_only=True)
class MissingQuotes(Diagnostic):
    text: str

    def message(self) -> str:
        return "a text stands in quotes"

    def help(self) -> str | None:
        return f'write `"{self.text}"`'


@dataclass(frozen=True, kw_only=True)
class UnknownEscape(Diagnostic):
    written: str

    def message(self) -> str:
        return f"`{self.written}` means nothing in a text"

    def help(self) -> str | None:
        return 'after a backslash stands `"`, `n`, `t` or a second backslash'


@dataclass(frozen=True, kw_only=True)
class StrayBrace(Diagnostic):
    def message(self) -> str:
        return "this `}` closes nothing in its text"

    def help(self) -> str | None:
        return "a brace that is to be printed is written twice: `}}`"


@dataclass(frozen=True, kw_only=True)
class UnclosedInsertion(Diagnostic):
    in_block: bool = False

    def message(self) -> str:
        return "this `{` is not closed in its text"

    def help(self) -> str | None:
        closing = "close it with `}`; a brace that is to be printed is written twice: `{{`"
        if self.in_block:
            return closing
        return f'{closing}; for quotes between the braces put the whole text between `"""`'


@dataclass(frozen=True, kw_only=True)
class StrayTag(Diagnostic):
    tag: str

    def message(self) -> str:
        home = "`{for …}` or `{if …}`" if "end" in self.tag else "`{if …}`"
        return f"`{self.tag}` has no {home} before it"

    def help(self) -> str | None:
        return "delete it"


@dataclass(frozen=True, kw_only=True)
class UnclosedTag(Diagnostic):
    tag: str

    def message(self) -> str:
        return f"this `{{{self.tag} …}}` has no `{{end}}`"

    def help(self) -> str | None:
        return "add `{end}` where the part ends"


@dataclass(frozen=True, kw_only=True)
class UnknownFormat(Diagnostic):
    written: str

    def message(self) -> str:
        return f"`{self.written}` is not a number format"

    def help(self) -> str | None:
        return "a format is `0`, or `0.0` with as many zeros as decimals, either with `%` after it"


# Numbers, durations and instants


@dataclass(frozen=True, kw_only=True)
class NotANumber(Diagnostic):
    written: str
    number: str | None = None

    def message(self) -> str:
        return f"`{self.written}` is not a number"

    def help(self) -> str | None:
        return f"write `{self.number}`" if self.number else "a number is written `1500` or `0.85`"


@dataclass(frozen=True, kw_only=True)
class NumberTooLarge(Diagnostic):
    def message(self) -> str:
        return "this is larger than the engine can hold exactly"

    def help(self) -> str | None:
        return "numbers without decimals go up to 9007199254740992, durations to 30000 years"


@dataclass(frozen=True, kw_only=True)
class NotADuration(Diagnostic):
    written: str
    duration: str | None = None

    def message(self) -> str:
        return f"`{self.written}` is not a duration"

    def help(self) -> str | None:
        if self.duration:
            return f"write `{self.duration}`"
        return "a duration is a number with `s`, `min`, `h` or `d` right after it, such as `24h`"


@dataclass(frozen=True, kw_only=True)
class DurationTooFine(Diagnostic):
    written: str

    def message(self) -> str:
        return f"`{self.written}` is not a whole number of microseconds"

    def help(self) -> str | None:
        return "write it in a smaller unit, or round it"


@dataclass(frozen=True, kw_only=True)
class NotAnInstant(Diagnostic):
    written: str
    instant: str | None = None

    def message(self) -> str:
        return f"`{self.written}` is not an instant"

    def help(self) -> str | None:
        if self.instant:
            return f"write `{self.instant}`"
        return "an instant is written `2025-12-29` or `2025-12-29T10:30:00Z`"


@dataclass(frozen=True, kw_only=True)
class NoSuchInstant(Diagnostic):
    written: str

    def message(self) -> str:
        return f"`{self.written}` is not in the calendar"

    def help(self) -> str | None:
        return "check the day of the month, the hour, the minute and the second"


@dataclass(frozen=True, kw_only=True)
class InstantTooFine(Diagnostic):
    written: str

    def message(self) -> str:
        return f"`{self.written}` is finer than a microsecond"

    def help(self) -> str | None:
        return "give a second at most six decimals"
