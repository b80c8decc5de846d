"""The types of the language: what a fact, a threshold or an expression can be.

Declared types (enums, codes, records) are equal when their names are; what they contain rides
along.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

DURATION_UNITS = {"s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}


@dataclass(frozen=True)
class Bool:
    pass


@dataclass(frozen=True)
class Text:
    pass


@dataclass(frozen=True)
class Range:
    """An end that is None is infinite; `low_open` says that the low end itself is outside."""

    low: int | float | None = None
    high: int | float | None = None
    low_open: bool = False
    high_open: bool = False

    def contains(self, value: int | float) -> bool:
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return self.high is None or value < self.high or (value == self.high and not self.high_open)


ANY_NUMBER = Range()


@dataclass(frozen=True)
class Number:
    """A 64-bit float, or a whole number (`integer`). `unit` is a word of the author's, as
    `percent`."""

    integer: bool = False
    unit: str | None = None
    range: Range = field(default=ANY_NUMBER, compare=False)


@dataclass(frozen=True)
class Duration:
    """Whole microseconds."""

    range: Range = field(default=ANY_NUMBER, compare=False)


@dataclass(frozen=True)
class Instant:
    """Whole microseconds since 1970-01-01T00:00:00Z."""


@dataclass(frozen=True)
class Member:
    name: str
    wire: str
    note: str | None = None


@dataclass(frozen=True)
class Enum:
    """`order` is the direction the author wrote: members compare by their place when it is not
    None."""

    name: str
    members: tuple[Member, ...] = field(compare=False, repr=False)
    order: Literal["strict to loose", "low to high"] | None = field(compare=False, default=None)

    @cached_property
    def ranks(self) -> dict[str, int]:
        """The place of each member, by wire name: the form in which its values travel."""
        return {member.wire: place for place, member in enumerate(self.members)}

    @cached_property
    def wires(self) -> dict[str, str]:
        return {member.name: member.wire for member in self.members}


@dataclass(frozen=True)
class CodePart:
    """A named part of a coded text with its type, or a separator (name None, `text`); `width`
    digits or letters."""

    name: str | None
    type: "Enum | Number | Text | None"
    pattern: str
    text: str | None = None


@dataclass(frozen=True)
class Code:
    """Text with named parts; `pattern` is an anchored regular expression, one group for one named
    part."""

    name: str
    parts: tuple[CodePart, ...] = field(compare=False, repr=False)

    @cached_property
    def pattern(self) -> str:
        groups = (f"({part.pattern})" if part.name else part.pattern for part in self.parts)
        return "".join(groups)

    @cached_property
    def named(self) -> tuple[CodePart, ...]:
        return tuple(part for part in self.parts if part.name)


@dataclass(frozen=True)
class Kept:
    """How a book keeps a fact over records of one kind: `tally distinct of Span by review_id`."""

    kind: Literal["count", "distinct", "minimum", "maximum"]
    record: str
    by: str
    daily: bool


@dataclass(frozen=True)
class Field:
    """`default` is a value as `values.py` has them."""

    name: str
    wire: str
    type: "Type"
    optional: bool = False
    sensitive: bool = False
    has_default: bool = False
    default: object = None
    because: str | None = None
    note: str | None = None
    kept: Kept | None = None

    @property
    def required(self) -> bool:
        return not self.optional and not self.has_default


@dataclass(frozen=True)
class Record:
    name: str
    fields: tuple[Field, ...] = field(compare=False, repr=False)

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each field stands in the tuple that is a record's value."""
        return {each.name: place for place, each in enumerate(self.fields)}

    def field(self, name: str) -> Field | None:
        place = self.places.get(name)
        return None if place is None else self.fields[place]


@dataclass(frozen=True)
class ListOf:
    element: "Type"
    bound: int = field(compare=False)


@dataclass(frozen=True)
class Tally:
    """Counts by member of an enum, and by UTC day where `daily`."""

    member: Enum
    daily: bool = False


Type = Bool | Text | Number | Duration | Instant | Enum | Code | Record | ListOf | Tally


def describe(type_: Type) -> str:
    """The type in the author's words."""
    match type_:
        case Bool():
            return "yes or no"
        case Text():
            return "text"
        case Number(integer=integer, unit=unit):
            return ("integer" if integer else "number") + (f" in {unit}" if unit else "")
        case Duration():
            return "duration"
        case Instant():
            return "instant"
        case ListOf(element=element):
            return f"list of {describe(element)}"
        case Tally():
            return "tally"
        case Enum() | Code() | Record():
            return type_.name
