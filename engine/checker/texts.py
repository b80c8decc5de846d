"""Texts with insertions, lists and records written out."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from engine.checker import operations, presence
from engine.checker.fold import NOT_FIXED, fold
from engine.checker.lowering import Lowering, settled, with_element
from engine.checker.records import default_of, has_default
from engine.checker.scope import Scope
from engine.diagnostics import names as say_names
from engine.diagnostics import presence as say_presence
from engine.diagnostics import types as say_types
from engine.diagnostics.outcomes import MatchedNothing, SetTwice
from engine.language import types
from engine.language.functions import day
from engine.language.nearest import nearest
from engine.language.types import Type, describe
from engine.program import nodes as program
from engine.source import Span
from engine.syntax import nodes as syntax


class Texts(Lowering):
    def template(
        self, node: syntax.Text, scope: Scope, where: str = "a sentence"
    ) -> program.Template | None:
        pieces = self._pieces(node.pieces, scope, where)
        if pieces is None:
            return None
        return program.Template(tuple(pieces), type=types.Text(), span=node.span)

    def _text(
        self, node: syntax.Text, scope: Scope, wanted: Type | None
    ) -> program.Expression | None:
        if node.plain is None:
            return self.template(node, scope, "a text")
        if isinstance(wanted, types.Code):
            return self.declared.code_constant(node.plain, wanted, node.span)
        return program.Constant(node.plain, type=types.Text(), span=node.span)

    def _pieces(
        self, nodes: Sequence[syntax.Piece], scope: Scope, where: str
    ) -> list[program.Piece] | None:
        pieces = [self._piece(piece, scope, where) for piece in nodes]
        known = [piece for piece in pieces if piece is not None]
        return known if len(known) == len(pieces) else None

    def _piece(self, node: syntax.Piece, scope: Scope, where: str) -> program.Piece | None:
        match node:
            case syntax.Words(text=text):
                return program.Words(text)
            case syntax.Insertion(value=syntax.Name(text="matched"), format=None):
                if scope.matched:
                    return program.ShowMatched()
                self.tell(MatchedNothing(span=node.span))
                return None
            case syntax.Insertion(value=value, format=format_):
                shown = self._shown(value, format_, scope, where)
                return None if shown is None else program.Show(shown, format_)
            case syntax.Repetition(variable=variable, items=items, pieces=inner):
                listed = self.items_of(items, scope)
                if listed is None:
                    return None
                if listed.unknown:
                    self.may_be_missing(listed, scope, where)
                    return None
                pieces = self._pieces(inner, with_element(scope, variable.text, listed), where)
                return (
                    None if pieces is None else program.Repeat(variable.text, listed, tuple(pieces))
                )
            case syntax.Conditional(condition=condition, pieces=inner, otherwise=otherwise):
                lowered = self.condition(condition, scope)
                if lowered is None:
                    return None
                yes = self._pieces(inner, scope.knowing(self.known_when(True, lowered)), where)
                known = presence.NOTHING if lowered.unknown else self.known_when(False, lowered)
                no = self._pieces(otherwise, scope.knowing(known), where)
                return (
                    None
                    if yes is None or no is None
                    else program.If(lowered, tuple(yes), tuple(no))
                )
        assert_never(node)

    def _shown(
        self, node: syntax.Expression, format_: str | None, scope: Scope, where: str
    ) -> program.Expression | None:
        value = self.lower(node, scope)
        if value is None:
            return None
        if value.sensitive:
            path = presence.path_of(value)
            fact = ".".join(path) if path else "this"
            self.tell(say_presence.SensitiveText(span=node.span, fact=fact, where=where))
            return None
        if isinstance(value.type, types.Record | types.Tally):
            found = describe(value.type)
            self.tell(
                say_types.WrongType(
                    span=node.span,
                    wanted="text",
                    found=found,
                    where=where,
                    cure="name one of its fields",
                )
            )
            return None
        if format_ is not None and not isinstance(value.type, types.Number):
            found = describe(value.type)
            self.tell(
                say_types.WrongType(
                    span=node.span, wanted="number", found=found, where=f"the format `{format_}`"
                )
            )
            return None
        if value.unknown:
            self.may_be_missing(value, scope, where)
            return None
        return settled(value)

    def _list(
        self, node: syntax.ListOf, scope: Scope, wanted: Type | None
    ) -> program.Expression | None:
        if isinstance(wanted, types.Tally):
            return self._tally(node, wanted)
        element = wanted.element if isinstance(wanted, types.ListOf) and wanted.bound else None
        items: list[program.Expression] = []
        failed = False
        joined = element
        for each in node.items:
            item = self.lower(each, scope, joined)
            if item is None:
                failed = True
                continue
            both = item.type if joined is None else operations.join(joined, item.type)
            if both is None:
                self.tell(self.misfit(each, item.type, joined, "this list"))
                failed = True
                continue
            joined = joined if element is not None else both
            items.append(settled(item))
        if failed:
            return None
        type_ = types.ListOf(joined or types.Text(), len(items))
        if all(isinstance(item, program.Constant) for item in items):
            values = tuple(item.value for item in items if isinstance(item, program.Constant))
            return program.Constant(values, type=type_, span=node.span)
        return program.MakeList(
            tuple(items),
            type=type_,
            unknown=any(item.unknown for item in items),
            sensitive=any(item.sensitive for item in items),
            span=node.span,
        )

    def _tally(self, node: syntax.ListOf, wanted: types.Tally) -> program.Expression | None:
        """A tally written out, as examples do: `[{ member: CR_W, day: 2026-01-07, count: 1 }]`."""
        line = _tally_line(wanted)
        lines = [self.lower(each, Scope(), line) for each in node.items]
        counted: dict[object, int | dict[object, int]] = {}
        for each in lines:
            value = NOT_FIXED if each is None else fold(each)
            if not isinstance(value, tuple):
                if each is not None:
                    self.tell(say_types.NotConstant(span=each.span, what="a tally"))
                return None
            member, *when, count = value
            days = counted.setdefault(member, {} if wanted.daily else 0)
            if isinstance(days, dict):
                days[day(when[0])] = days.get(day(when[0]), 0) + count
            else:
                counted[member] = days + count
        return program.Constant(counted, type=wanted, span=node.span)

    def _record(
        self, node: syntax.Record, scope: Scope, wanted: Type | None
    ) -> program.Expression | None:
        if not isinstance(wanted, types.Record):
            found = describe(wanted) if wanted else "a value whose type is told elsewhere"
            self.tell(say_types.WrongType(span=node.span, wanted=found, found="record"))
            return None
        values = self.entries(node.entries, scope, wanted)
        if values is None:
            return None
        made = self.complete(values, wanted, node.span)
        if made is None:
            return None
        if all(value is None or isinstance(value, program.Constant) for value in made):
            fixed = tuple(
                value.value if isinstance(value, program.Constant) else None for value in made
            )
            return program.Constant(fixed, type=wanted, span=node.span)
        return program.MakeRecord(made, type=wanted, span=node.span)

    def entries(
        self, entries: Iterable[syntax.Entry | syntax.Setting], scope: Scope, record: types.Record
    ) -> dict[int, program.Expression | None] | None:
        """The values given for a record's fields, by place; None where one was complained of."""
        given: dict[int, program.Expression | None] = {}
        first: dict[int, Span] = {}
        failed = False
        for entry in entries:
            name = entry.name
            place = record.places.get(name.text)
            if place is None:
                near = nearest(name.text, list(record.places))
                self.tell(
                    say_names.UnknownField(
                        span=name.span, name=name.text, record=record.name, nearest=near
                    )
                )
                failed = True
            elif place in first:
                self.tell(SetTwice(span=name.span, field=name.text, first=first[place]))
                failed = True
            else:
                first[place] = name.span
                given[place] = self._entry(entry, scope, record.fields[place])
                failed = failed or (given[place] is None and entry.value is not None)
                failed = self._is_needed(entry, record.fields[place]) or failed
        return None if failed else given

    def _is_needed(self, entry: syntax.Entry | syntax.Setting, field: types.Field) -> bool:
        if entry.value is not None or has_default(field):
            return False
        wanted = describe(field.type)
        self.tell(
            say_types.WrongType(
                span=entry.span, wanted=wanted, found="nothing", where=f"`{field.name}`"
            )
        )
        return True

    def _entry(
        self, entry: syntax.Entry | syntax.Setting, scope: Scope, field: types.Field
    ) -> program.Expression | None:
        where = f"`{field.name}`"
        if entry.value is None:
            return None
        value = self.value(entry.value, scope, field.type, where, optional=field.optional)
        if value is None or field.sensitive or not value.sensitive:
            return value
        path = presence.path_of(value)
        fact = ".".join(path) if path else "this"
        self.tell(say_presence.SensitiveText(span=entry.value.span, fact=fact, where=where))
        return None

    def complete(
        self, given: dict[int, program.Expression | None], record: types.Record, span: Span
    ) -> tuple[program.Expression | None, ...] | None:
        """Every field's value, defaults filled in; complains of fields that are needed and not
        given."""
        lacking = [
            field.name
            for place, field in enumerate(record.fields)
            if place not in given and not has_default(field)
        ]
        if lacking:
            self.tell(say_types.MissingFields(span=span, record=record.name, fields=tuple(lacking)))
            return None
        return tuple(
            value if (value := given.get(place)) is not None else default_of(field, span)
            for place, field in enumerate(record.fields)
        )


def _tally_line(tally: types.Tally) -> types.Record:
    count = types.Number(True, None, types.Range(0, None))
    day_field = (types.Field("day", "day", types.Instant()),) if tally.daily else ()
    member = types.Field("member", "member", tally.member)
    return types.Record("tally", (member, *day_field, types.Field("count", "count", count)))
