"""Declared types: enums, codes, records and their fields, as the language's types."""

import re
from collections.abc import Callable, Mapping
from typing import assert_never

from engine.checker.misfits import FOREIGN_TYPES
from engine.checker.names import Names, Say, unique
from engine.diagnostics import names as say_names
from engine.diagnostics import types as say_types
from engine.diagnostics.lifecycles import NotARecord
from engine.language import types, values
from engine.language.nearest import nearest
from engine.syntax import nodes as syntax

Constant = Callable[[syntax.Expression, types.Type, str], object]
"""Evaluates a fixed value of a type; what it is for is named in complaints. None: complained of
already."""


class Facts:
    """Turns declared types into the language's types, each once; complains as it goes."""

    def __init__(self, names: Names, tell: Say) -> None:
        self._names, self._tell = names, tell
        self.enums: dict[str, types.Enum] = {}
        self.codes: dict[str, types.Code] = {}
        self.records: dict[str, types.Record] = {}
        self._under_way: list[str] = []
        for enum in names.of(syntax.Enum):
            self.enums[enum.name.text] = self._enum(enum)
        for lifecycle in names.of(syntax.Lifecycle):
            self.enums[lifecycle.name.text] = _states(lifecycle)
        for code in names.of(syntax.Code):
            self.codes[code.name.text] = self._code(code)

    def declare_records(self, constant: Constant) -> Mapping[str, types.Record]:
        """Records come after enums and codes, for their defaults are values of those."""
        self._constant = constant
        for record in self._names.of(syntax.RecordType):
            self._record(record)
        return self.records

    def type_of(self, node: syntax.Type, unbounded: int | None = None) -> types.Type | None:
        """`unbounded` is the bound of a list that states none, where it need not."""
        match node:
            case syntax.BasicType():
                return self._basic(node)
            case syntax.NamedType(name=name):
                return self._named(name)
            case syntax.ListType():
                return self._list(node, unbounded)
            case syntax.TallyType():
                return self._tally(node)
        assert_never(node)

    def range_of(self, node: syntax.Range) -> types.Range:
        low, high = literal(node.low), literal(node.high)
        if low is not None and high is not None:
            empty = low > high or (low == high and (node.low_open or node.high_open))
            if empty:
                self._tell(
                    say_types.EmptyRange(
                        span=node.span, low=written(node.low), high=written(node.high)
                    )
                )
        return types.Range(low, high, node.low_open, node.high_open)

    def _basic(self, node: syntax.BasicType) -> types.Type:
        range_ = self.range_of(node.range) if node.range else None
        unit = node.unit.text if node.unit else None
        match node.word:
            case "bool":
                return types.Bool()
            case "text":
                return types.Text()
            case "number":
                return types.Number(False, unit, range_ or types.ANY_NUMBER)
            case "integer":
                return types.Number(True, unit, range_ or types.ANY_NUMBER)
            case "duration":
                return types.Duration(range_ or types.ANY_NUMBER)
            case _:
                return types.Instant()

    def _list(self, node: syntax.ListType, unbounded: int | None) -> types.Type | None:
        element = self.type_of(node.element, unbounded)
        bound = unbounded if node.bound is None else node.bound
        if element is None:
            return None
        if bound is None:
            self._tell(say_types.NoBound(span=node.span, element=types.describe(element)))
            return None
        return types.ListOf(element, bound)

    def _named(self, name: syntax.Name) -> types.Type | None:
        if name.text in self.enums:
            return self.enums[name.text]
        if name.text in self.codes:
            return self.codes[name.text]
        declared = self._names.by_name.get(name.text)
        if isinstance(declared, syntax.RecordType):
            return self._record(declared, name)
        known = [
            *self.enums,
            *self.codes,
            *(each.name.text for each in self._names.of(syntax.RecordType)),
        ]
        near = FOREIGN_TYPES.get(name.text.lower()) or nearest(
            name.text, [*known, "text", "number", "integer", "bool", "duration", "instant"]
        )
        self._tell(say_names.UnknownName(span=name.span, name=name.text, kind="type", nearest=near))
        return None

    def _enum(self, node: syntax.Enum) -> types.Enum:
        unique((member.name for member in node.members), "a member", self._tell)
        wires = [
            syntax.Name(member.wire or member.name.text, span=member.span)
            for member in node.members
        ]
        if len({wire.text for wire in wires}) == len(wires) or len(
            {m.name.text for m in node.members}
        ) == len(wires):
            unique(wires, "a member written as", self._tell)
        members = (types.Member(m.name.text, m.wire or m.name.text, m.note) for m in node.members)
        order = node.order if node.order in ("strict to loose", "low to high") else None
        return types.Enum(node.name.text, tuple(members), order)  # type: ignore[arg-type]

    def _code(self, node: syntax.Code) -> types.Code:
        unique((part.name for part in node.parts if part.name), "a part", self._tell)
        return types.Code(node.name.text, tuple(self._part(part) for part in node.parts))

    def _part(self, part: syntax.CodePart) -> types.CodePart:
        name = part.name.text if part.name else None
        match part.kind:
            case "separator":
                text = part.text or ""
                return types.CodePart(None, None, re.escape(text), text)
            case "enum":
                enum = self.enums.get(part.enum.text) if part.enum else None
                if part.enum and enum is None:
                    near = nearest(part.enum.text, list(self.enums))
                    self._tell(
                        say_names.UnknownName(
                            span=part.enum.span, name=part.enum.text, kind="enum", nearest=near
                        )
                    )
                members = enum.members if enum else ()
                longest_first = sorted((member.wire for member in members), key=len, reverse=True)
                return types.CodePart(
                    name, enum or types.Text(), "|".join(map(re.escape, longest_first))
                )
            case "integer":
                choices = "|".join(str(each) for each in range(part.greatest, part.least - 1, -1))
                return types.CodePart(
                    name, types.Number(True, None, types.Range(part.least, part.greatest)), choices
                )
            case "digits":
                most = "" if part.open_ended else part.least
                pattern = rf"[0-9]{{{part.least},{most}}}"
                return types.CodePart(
                    name, types.Number(True, None, types.Range(0, 10**15)), pattern
                )
            case "letters":
                return types.CodePart(name, types.Text(), rf"[A-Za-z]{{{part.least}}}")
        assert_never(part.kind)

    def _tally(self, node: syntax.TallyType) -> types.Type | None:
        """What a tally's value looks like; how it is kept stands in its field."""
        kept_of = self._names.by_name.get(node.record.text)
        if not isinstance(kept_of, syntax.RecordType):
            near = nearest(
                node.record.text, [each.name.text for each in self._names.of(syntax.RecordType)]
            )
            self._tell(
                say_names.UnknownName(
                    span=node.record.span, name=node.record.text, kind="record", nearest=near
                )
            )
            return None
        record = self._record(kept_of, node.record)
        field = None if record is None else record.field(node.by.text)
        if record is None or field is None:
            if record is not None:
                near = nearest(node.by.text, list(record.places))
                self._tell(
                    say_names.UnknownField(
                        span=node.by.span, name=node.by.text, record=record.name, nearest=near
                    )
                )
            return None
        match node.kind, field.type:
            case "count", types.Enum():
                return types.Tally(field.type, node.daily)
            case "count", _:
                found = types.describe(field.type)
                self._tell(
                    say_types.WrongType(
                        span=node.by.span,
                        wanted="member of an enum",
                        found=found,
                        where="`tally count`",
                    )
                )
                return None
            case "distinct", _:
                return types.Number(True, None, types.Range(0, 10**15))
            case _, types.Number() | types.Duration() | types.Instant() | types.Enum():
                return field.type
            case _:
                found = types.describe(field.type)
                self._tell(
                    say_types.WrongType(
                        span=node.by.span,
                        wanted="value with an order",
                        found=found,
                        where=f"`tally {node.kind}`",
                    )
                )
                return None

    def _record(
        self, node: syntax.RecordType, used: syntax.Name | None = None
    ) -> types.Record | None:
        name = node.name.text
        if name in self.records:
            return self.records[name]
        if name in self._under_way:
            path = (*self._under_way[self._under_way.index(name) :], name)
            self._tell(
                say_names.DefinedByItself(span=(used or node.name).span, name=name, path=path)
            )
            return None
        self._under_way.append(name)
        unique((field.name for field in node.fields), "a field", self._tell)
        fields = [field for each in node.fields if (field := self._field(each))]
        unique_wires = {field.name: field for field in fields}
        self._under_way.pop()
        record = types.Record(name, tuple(unique_wires.values()))
        self.records[name] = record
        return record

    def _field(self, node: syntax.Field) -> types.Field | None:
        type_ = self.type_of(node.type)
        if type_ is None:
            return None
        default: object = None
        if node.default is not None:
            default = self._constant(
                node.default.value, type_, f"the default of `{node.name.text}`"
            )
        kept = None
        optional = node.optional
        if isinstance(node.type, syntax.TallyType):
            tally = node.type
            kept = types.Kept(tally.kind, tally.record.text, tally.by.text, tally.daily)  # type: ignore[arg-type]
            optional = optional or tally.kind in ("minimum", "maximum")
        return types.Field(
            name=node.name.text,
            wire=node.wire or node.name.text,
            type=type_,
            optional=optional,
            sensitive=node.sensitive,
            has_default=node.default is not None,
            default=default,
            because=node.default.because if node.default else None,
            note=node.note,
            kept=kept,
        )

    def is_declared(self, record: str, field: str) -> bool:
        """Whether the text has such a field; one that the type lacks was complained of there."""
        node = self._names.by_name.get(record)
        return isinstance(node, syntax.RecordType) and any(
            each.name.text == field for each in node.fields
        )

    def record_parameter(self, node: syntax.Parameter, what: str) -> types.Record | None:
        type_ = self.type_of(node.type)
        if type_ is not None and not isinstance(type_, types.Record):
            self._tell(NotARecord(span=node.type.span, what=what, found=types.describe(type_)))
            return None
        return type_


def _states(node: syntax.Lifecycle) -> types.Enum:
    """The states of a lifecycle are an enum of its name."""
    states = [each for each in node.items if isinstance(each, syntax.State)]
    members = (
        types.Member(each.name.text, each.wire or each.name.text, each.note) for each in states
    )
    return types.Enum(node.name.text, tuple(members))


def literal(node: syntax.Expression | None) -> int | float | None:
    """The number of a range's end."""
    match node:
        case syntax.Number(value=value):
            return value
        case syntax.Duration(microseconds=value):
            return value
        case syntax.Unary(symbol="-", operand=operand):
            inner = literal(operand)
            return None if inner is None else -inner
        case _:
            return None


def written(node: syntax.Expression | None) -> str:
    match node:
        case syntax.Number(written=text) | syntax.Duration(written=text):
            return text
        case syntax.Unary(operand=operand):
            return f"-{written(operand)}"
        case _:
            return "…"


def said_range(range_: types.Range, type_: types.Type) -> str:
    """A range in the author's words: `0 .. 1`."""
    low = None if range_.low is None else values.write_text(range_.low, type_)
    high = None if range_.high is None else values.write_text(range_.high, type_)
    if low is not None and high is not None:
        return f"{low} {'..<' if range_.high_open else '..'} {high}"
    if low is not None:
        return f"{'more than' if range_.low_open else 'at least'} {low}"
    return f"{'less than' if range_.high_open else 'at most'} {high}"
