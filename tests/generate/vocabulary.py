"""What a random policy declares before it decides: types and records, numbers, words and tables.

Everything is drawn as the engine's own types, and written out by `spell`. Literals come from small
pools that lie within every declared range, so that what is drawn is nearly always well typed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from engine.language.types import (
    DURATION_UNITS,
    Bool,
    Code,
    CodePart,
    Duration,
    Enum,
    Field,
    Instant,
    ListOf,
    Member,
    Number,
    Range,
    Record,
    Tally,
    Text,
    Type,
)

NUMBER, INTEGER = Number(), Number(integer=True)
TEXTS = (
    "",
    "a",
    "refund please",
    "The STOLEN card",
    "they harass me",
    "größe 日本",
    'say \\"no\\"',
)
WRITTEN: dict[Type, tuple[str, ...]] = {
    Bool(): ("true", "false"),
    Text(): tuple(f'"{text}"' for text in TEXTS),
    NUMBER: ("0", "0.1", "0.25", "0.5", "0.7", "1"),
    INTEGER: ("0", "1", "2", "3", "10"),
    Duration(): ("0s", "1h", "90min", "24h", "2d"),
    Instant(): (
        "2026-01-01",
        "2026-01-15T14:32:00Z",
        "2026-03-31T23:59:59.5Z",
        "1969-12-31T23:00:00Z",
    ),
}
TRIGGERS = (
    '"refund"',
    '"stolen" near "card"',
    '"harass*", "a" except "a refund"',
    '"größe", "日本"',
    '"no" near "say" within 1',
)
_BRANCHES = (
    ("Action", ("hold", "route", "answer", "close"), "strict to loose"),
    ("Level", ("low", "middle", "high"), "low to high"),
    ("Channel", ("email", "voice", "chat"), None),
)


@dataclass(frozen=True)
class Fact:
    """Something that can be read where an expression stands."""

    path: str
    type: Type
    unknown: bool = False
    sensitive: bool = False


@dataclass(frozen=True)
class Callable:
    """A table or a define."""

    name: str
    parameters: tuple[Type, ...]
    result: Type
    sensitive: bool = False


@dataclass
class Vocabulary:
    enums: tuple[Enum, ...]
    code: Code
    item: Record
    inner: Record
    case: Record
    constants: list[Fact] = field(default_factory=list)
    triggers: list[str] = field(default_factory=list)
    tables: list[Callable] = field(default_factory=list)
    defines: list[Callable] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    @property
    def scalars(self) -> tuple[Type, ...]:
        return (Bool(), Text(), NUMBER, INTEGER, Duration(), Instant(), *self.enums, self.code)

    @property
    def ordered(self) -> tuple[Type, ...]:
        return (
            NUMBER,
            INTEGER,
            Duration(),
            Instant(),
            *(each for each in self.enums if each.order),
        )

    @property
    def action(self) -> Enum:
        return self.enums[0]

    def literals(self, type_: Type) -> tuple[str, ...]:
        match type_:
            case Enum(name=name, members=members):
                return tuple(f"{name}.{member.name}" for member in members)
            case Code():
                return tuple(f'"{text}"' for text in self.codes())
            case _:
                return WRITTEN[type_]

    def codes(self) -> tuple[str, ...]:
        channels = self.enums[2].members
        return tuple(f"{channel.wire}-{number}-7" for channel in channels for number in (1, 3))


def reach(fact: Fact) -> Iterator[Fact]:
    """The fact, and what can be read of it."""
    yield fact
    match fact.type:
        case Record(fields=fields):
            for each in fields:
                unknown, sensitive = fact.unknown or each.optional, fact.sensitive or each.sensitive
                yield from reach(Fact(f"{fact.path}.{each.name}", each.type, unknown, sensitive))
        case Code(named=parts):
            for part in parts:
                if part.type is not None:
                    yield replace(fact, path=f"{fact.path}.{part.name}", type=part.type)


def spell(type_: Type) -> str:
    match type_:
        case Bool():
            return "bool"
        case Text():
            return "text"
        case Number(integer=integer, range=within):
            ends = "" if within.low is None else f" {within.low} .. {within.high}"
            return ("integer" if integer else "number") + ends
        case Duration(range=Range(low=low)):
            return "duration" + ("" if low is None else " 0s .. 30d")
        case Instant():
            return "instant"
        case ListOf(element=element, bound=bound):
            return f"list of {spell(element)} up to {bound}"
        case Tally(daily=daily):
            return "tally count of Item by kind" + (" and day" if daily else "")
        case _:
            return type_.name


def spell_field(each: Field, default: str | None = None) -> str:
    words = [f"{each.name}:", spell(each.type)]
    words += ["optional"] if each.optional else []
    words += ["sensitive"] if each.sensitive else []
    words += [f"default {default}"] if default is not None else []
    words += [f'as "{each.wire}"'] if each.wire != each.name else []
    return "  " + " ".join(words)


@st.composite
def enums(draw: st.DrawFn) -> tuple[Enum, ...]:
    found = []
    for name, names, order in _BRANCHES:
        count = draw(st.integers(2, len(names)))
        wired = draw(st.booleans())
        members = (Member(each, f"{name}/{each}" if wired else each) for each in names[:count])
        found.append(Enum(name, tuple(members), order))  # type: ignore[arg-type]
    return tuple(found)


def code_of(channel: Enum) -> Code:
    alternatives = "|".join(member.wire for member in channel.members)
    return Code(
        "Place",
        (
            CodePart("channel", channel, alternatives),
            CodePart(None, None, "-", "-"),
            CodePart("level", Number(True, None, Range(1, 3)), "3|2|1"),
            CodePart(None, None, "-", "-"),
            CodePart("serial", INTEGER, "[0-9]{1,}"),
        ),
    )


@st.composite
def vocabularies(draw: st.DrawFn, counting: bool = False) -> Vocabulary:
    """Types and records, numbers, lists and triggers; tables and defines are added later.
    `counting` asks for tallies."""
    found = draw(enums())
    code = code_of(found[2])
    scalars: tuple[Type, ...] = (*WRITTEN, *found, code)
    kind = Field("kind", "kind", found[2])
    empty = Record("Nothing", ())
    made = Vocabulary(found, code, empty, empty, empty)
    made.item = _record(draw, made, "Item", scalars, 3, (kind,))
    made.inner = _record(draw, made, "Inner", scalars, 3, ())
    lists: tuple[Type, ...] = (*(ListOf(each, 3) for each in scalars[:-1]), ListOf(made.item, 3))
    counted = Field("counted", "counted", Tally(found[2], draw(st.booleans())))
    daily = Field("daily", "daily", Tally(found[2], daily=True))
    always = (
        Field("items", "items", ListOf(made.item, 3)),
        *draw(
            st.sampled_from([(counted, daily)] if counting else [(), (counted, daily), (daily,)])
        ),
        Field("inner", "inner", made.inner, optional=draw(st.booleans())),
    )
    made.case = _record(draw, made, "Case", (*scalars, *lists), 6, always)
    made.written = [_spell_enum(each) for each in found] + [_CODE] + made.written
    _constants(draw, made)
    return made


_CODE = 'code Place = channel: Channel, "-", level: integer 1 .. 3, "-", serial: digits 1 or more'


def _spell_enum(enum: Enum) -> str:
    members = (m.name if m.name == m.wire else f'{m.name} as "{m.wire}"' for m in enum.members)
    return f"enum {enum.name}: {', '.join(members)}" + (f" from {enum.order}" if enum.order else "")


def _record(
    draw: st.DrawFn,
    made: Vocabulary,
    name: str,
    types: Sequence[Type],
    most: int,
    always: tuple[Field, ...],
) -> Record:
    drawn = draw(st.lists(st.sampled_from(types), min_size=1, max_size=most))
    lines, fields = [spell_field(each) for each in always], list(always)
    for place, type_ in enumerate(drawn):
        each, default = _field(draw, made, f"{name.lower()}_{place}", type_)
        fields.append(each)
        lines.append(spell_field(each, default))
    made.written.append("\n".join([f"record {name}", *lines]))
    return Record(name, tuple(fields))


def _field(draw: st.DrawFn, made: Vocabulary, name: str, type_: Type) -> tuple[Field, str | None]:
    if isinstance(type_, Number) and draw(st.booleans()):
        type_ = replace(type_, range=Range(0, 10) if type_.integer else Range(0, 1))
    if type_ == Duration() and draw(st.booleans()):
        type_ = Duration(Range(0, 30 * DURATION_UNITS["d"]))
    presence = draw(st.sampled_from(["required", "optional", "default"]))
    sensitive = type_ == Text() and draw(st.booleans())
    wire = f"{name} ü/~" if draw(st.integers(0, 5)) == 5 else name
    default = None
    if presence == "default":
        default = "[]" if isinstance(type_, ListOf) else draw(st.sampled_from(made.literals(type_)))
    each = Field(name, wire, type_, presence == "optional", sensitive, presence == "default")
    return each, default


def _constants(draw: st.DrawFn, made: Vocabulary) -> None:
    ranged: tuple[Type, ...] = (
        replace(NUMBER, range=Range(0, 1)),
        replace(INTEGER, range=Range(0, 10)),
        Duration(),
    )
    for place, type_ in enumerate(draw(st.lists(st.sampled_from(ranged), max_size=3))):
        value = draw(st.sampled_from(made.literals(type_)))
        made.written.append(f'threshold t{place}: {spell(type_)} = {value} because "drawn"')
        made.constants.append(Fact(f"t{place}", type_))
    named: tuple[Type, ...] = (Text(), INTEGER, made.enums[2])
    for place, type_ in enumerate(draw(st.lists(st.sampled_from(named), max_size=2))):
        some = draw(
            st.lists(st.sampled_from(made.literals(type_)), min_size=1, max_size=3, unique=True)
        )
        made.written.append(f"list l{place}: {spell(type_)} = {', '.join(some)}")
        made.constants.append(Fact(f"l{place}", ListOf(type_, len(some))))
    patterns = draw(st.lists(st.sampled_from(TRIGGERS), min_size=1, max_size=3, unique=True))
    for place, pattern in enumerate(patterns):
        made.written.append(f"trigger w{place} mentions {pattern}")
        made.triggers.append(f"w{place}")
