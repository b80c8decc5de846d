"""Expressions: from the tree's to the program's, typed, with what may be unknown and what must be rounded.

An expression that was complained of comes out as None and stays silent from there on. The wanted type travels inwards
(`wanted`), for names of members and texts of codes are told by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import assert_never

from engine.checker import operations, presence
from engine.checker.declared import Declared
from engine.checker.facts import said_range
from engine.checker.scope import Binding, Scope, of_type
from engine.diagnostics import names as say_names
from engine.diagnostics import presence as say_presence
from engine.diagnostics import types as say_types
from engine.diagnostics.base import Diagnostic
from engine.diagnostics.outcomes import MatchedNothing
from engine.language import types, values
from engine.language.functions import AGGREGATES, FUNCTIONS
from engine.language.nearest import nearest
from engine.language.operators import OPERATORS, Operation, Signature
from engine.language.types import ANY_NUMBER, Range, Type, describe
from engine.program import nodes as program
from engine.program import walk
from engine.source import Span
from engine.syntax import nodes as syntax

NESTING = 2
"""How deep quantifiers may stand in one another (law 7)."""


class Expressions:
    """Lowers expressions by what a file declares."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared

    def tell(self, diagnostic: Diagnostic) -> None:
        self.declared.tell(diagnostic)

    def lower(self, node: syntax.Expression, scope: Scope, wanted: Type | None = None) -> program.Expression | None:
        match node:
            case syntax.Name():
                return self._name(node, scope, wanted)
            case syntax.Number() | syntax.Duration() | syntax.Instant() | syntax.Boolean():
                return _literal(node)
            case syntax.Text():
                return self._text(node, scope, wanted)
            case syntax.ListOf():
                return self._list(node, scope, wanted)
            case syntax.Collected(each=each):
                return self._gather(each, scope, wanted.element if isinstance(wanted, types.ListOf) else None)
            case syntax.Record():
                return self._record(node, scope, wanted)
            case syntax.Part():
                return self._part(node, scope)
            case syntax.Call():
                return self._call(node, scope, wanted)
            case syntax.Aggregate():
                return self._aggregate(node, scope)
            case syntax.Unary(symbol="not"):
                operand = self.condition(node.operand, scope)
                return operand and program.Not(operand, type=types.Bool(), unknown=operand.unknown, span=node.span)
            case syntax.Unary():
                return self._apply(OPERATORS["negative"], (node.operand,), scope, node.span, node.span)
            case syntax.Binary():
                return self._apply(
                    OPERATORS[node.symbol], (node.left, node.right), scope, node.span, node.sign, wanted
                )
            case syntax.Test():
                return self._apply(OPERATORS[node.symbol], (node.operand,), scope, node.span, node.span)
            case syntax.Chain():
                return self._chain(node, scope)
            case syntax.Mentions():
                return self._mentions(node, scope)
            case syntax.Quantified():
                return self._quantified(node, scope)
            case syntax.Choice():
                return self._choice(node, scope, wanted)
        assert_never(node)

    def condition(self, node: syntax.Expression, scope: Scope) -> program.Expression | None:
        lowered = self.lower(node, scope, types.Bool())
        if lowered is None or isinstance(lowered.type, types.Bool):
            return lowered
        found = describe(lowered.type)
        cure = "compare it with something, as `… is …`, or ask `… is known`"
        self.tell(say_types.WrongType(span=node.span, wanted="condition", found=found, cure=cure))
        return None

    def value(
        self, node: syntax.Expression, scope: Scope, wanted: Type, where: str, optional: bool = True
    ) -> program.Expression | None:
        """A value of a type, settled, as it is kept; `optional` says that it may be unknown."""
        lowered = self.lower(node, scope, wanted)
        if lowered is None:
            return None
        if not operations.fits(lowered.type, wanted):
            self.tell(self._misfit(node, lowered.type, wanted, where))
            return None
        if lowered.unknown and not optional:
            self.may_be_missing(lowered, scope, where)
            return None
        if not self._in_range(lowered, wanted, where):
            return None
        return settled(lowered)

    def may_be_missing(self, node: program.Expression, scope: Scope, where: str) -> None:
        link = presence.missing_link(node, scope.known)
        fact = ".".join(link) if link else presence.first_missing(node)
        self.tell(say_presence.MayBeMissing(span=node.span, fact=fact, where=where, why=_why_unknown(node, self.declared.body)))

    def known_when(self, truth: bool, node: program.Expression) -> presence.Paths:
        return presence.known_when(truth, node, self.declared.body)

    def template(self, node: syntax.Text, scope: Scope, where: str = "a sentence") -> program.Template | None:
        pieces = self._pieces(node.pieces, scope, where)
        return pieces and program.Template(tuple(pieces), type=types.Text(), span=node.span)

    # names

    def _name(self, node: syntax.Name, scope: Scope, wanted: Type | None) -> program.Expression | None:
        binding = scope.variables.get(node.text)
        member_wanted = isinstance(wanted, types.Enum) and node.text in wanted.wires
        if binding is not None and not (member_wanted and binding.type != wanted):
            return program.Variable(
                node.text,
                type=binding.type,
                unknown=binding.unknown and (node.text,) not in scope.known,
                bounds=binding.bounds,
                computed=binding.computed,
                sensitive=binding.sensitive,
                span=node.span,
            )
        if isinstance(wanted, types.Enum) and node.text in wanted.wires:
            return _member(wanted, node)
        found = self.declared.named_value(node)
        if found is not None:
            return found
        if node.text in self.declared.names.by_name:
            return self._no_value(node)
        enums = self.declared.names.members.get(node.text, ())
        if len(enums) == 1:
            return _member(self.declared.facts.enums[enums[0]], node)
        if enums:
            self.tell(say_names.AmbiguousMember(span=node.span, name=node.text, enums=enums))
            return None
        self._unknown_name(node, scope, wanted)
        return None

    def _no_value(self, node: syntax.Name) -> program.Expression | None:
        declaration = self.declared.names.by_name[node.text]
        if isinstance(declaration, syntax.Define) and not declaration.parameters:
            return self._call(syntax.Call(node, (), span=node.span), Scope(), None)
        kind, cure = self.declared.what(node.text)
        self.tell(say_names.NotAValue(span=node.span, name=node.text, what=kind, cure=cure))
        return None

    def _unknown_name(self, node: syntax.Name, scope: Scope, wanted: Type | None) -> None:
        if isinstance(wanted, types.Enum):
            members = tuple(member.name for member in wanted.members)
            near = nearest(node.text, members)
            if near or not scope.variables:
                self.tell(
                    say_names.UnknownMember(
                        span=node.span, name=node.text, enum=wanted.name, members=members, nearest=near
                    )
                )
                return
        known = [*scope.variables, *self.declared.value_names(), *self.declared.names.members]
        near = nearest(node.text, known) or self._owner_of(node.text, scope)
        self.tell(say_names.UnknownName(span=node.span, name=node.text, kind="value", nearest=near))

    def _owner_of(self, name: str, scope: Scope) -> str | None:
        """`ticket.channel` for `channel`."""
        for variable, binding in scope.variables.items():
            if isinstance(binding.type, types.Record):
                near = nearest(name, list(binding.type.places))
                if near:
                    return f"{variable}.{near}"
        return None

    # texts, lists, records

    def _text(self, node: syntax.Text, scope: Scope, wanted: Type | None) -> program.Expression | None:
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
                return shown and program.Show(shown, format_)
            case syntax.Repetition(variable=variable, items=items, pieces=inner):
                listed = self._items(items, scope)
                if listed is None:
                    return None
                if listed.unknown:
                    self.may_be_missing(listed, scope, where)
                    return None
                pieces = self._pieces(inner, _with_element(scope, variable.text, listed), where)
                return None if pieces is None else program.Repeat(variable.text, listed, tuple(pieces))
            case syntax.Conditional(condition=condition, pieces=inner, otherwise=otherwise):
                lowered = self.condition(condition, scope)
                if lowered is None:
                    return None
                yes = self._pieces(inner, scope.knowing(self.known_when(True, lowered)), where)
                known = presence.NOTHING if lowered.unknown else self.known_when(False, lowered)
                no = self._pieces(otherwise, scope.knowing(known), where)
                return None if yes is None or no is None else program.If(lowered, tuple(yes), tuple(no))
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
            self.tell(say_types.WrongType(span=node.span, wanted="text", found=found, where=where, cure="name one of its fields"))
            return None
        if format_ is not None and not isinstance(value.type, types.Number):
            found = describe(value.type)
            self.tell(say_types.WrongType(span=node.span, wanted="number", found=found, where=f"the format `{format_}`"))
            return None
        if value.unknown:
            self.may_be_missing(value, scope, where)
            return None
        return settled(value)

    def _list(self, node: syntax.ListOf, scope: Scope, wanted: Type | None) -> program.Expression | None:
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
                self.tell(self._misfit(each, item.type, joined, "this list"))
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

    def _record(self, node: syntax.Record, scope: Scope, wanted: Type | None) -> program.Expression | None:
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
            fixed = tuple(value.value if isinstance(value, program.Constant) else None for value in made)
            return program.Constant(fixed, type=wanted, span=node.span)
        sensitive = any(value is not None and value.sensitive for value in made)
        return program.MakeRecord(made, type=wanted, sensitive=sensitive, span=node.span)

    def entries(
        self, entries: Iterable[syntax.Entry | syntax.Setting], scope: Scope, record: types.Record
    ) -> dict[int, program.Expression | None] | None:
        """The values given for a record's fields, by place; None where one was complained of."""
        given: dict[int, program.Expression | None] = {}
        failed = False
        for entry in entries:
            name = entry.name.text
            place, field = record.places.get(name), record.field(name)
            if place is None or field is None:
                near = nearest(name, list(record.places))
                self.tell(say_names.UnknownField(span=entry.name.span, name=name, record=record.name, nearest=near))
                failed = True
            elif place in given:
                self.tell(say_names.NameTaken(span=entry.name.span, name=name, what="a value for"))
                failed = True
            elif entry.value is None:
                given[place] = None
            else:
                value = self.value(entry.value, scope, field.type, f"`{name}`", optional=field.optional)
                if value is not None and value.sensitive and not field.sensitive:
                    path = presence.path_of(value)
                    self.tell(
                        say_presence.SensitiveText(
                            span=entry.value.span, fact=".".join(path) if path else "this", where=f"`{name}`"
                        )
                    )
                    value = None
                failed = failed or value is None
                given[place] = value
        return None if failed else given

    def complete(
        self, given: dict[int, program.Expression | None], record: types.Record, span: Span
    ) -> tuple[program.Expression | None, ...] | None:
        """Every field's value, defaults filled in; complains of fields that are needed and not given."""
        lacking = [field.name for place, field in enumerate(record.fields) if place not in given and not _has_default(field)]
        if lacking:
            self.tell(say_types.MissingFields(span=span, record=record.name, fields=tuple(lacking)))
            return None
        return tuple(
            value if (value := given.get(place)) is not None else default_of(field, span)
            for place, field in enumerate(record.fields)
        )

    # facts and calls

    def _part(self, node: syntax.Part, scope: Scope) -> program.Expression | None:
        if isinstance(node.value, syntax.Name) and node.value.text not in scope.variables:
            enum = self.declared.facts.enums.get(node.value.text)
            if enum is not None:
                return self._qualified(enum, node.name)
        value = self.lower(node.value, scope)
        if value is None:
            return None
        if isinstance(value.type, types.Record):
            return self._field(node, value, value.type, scope)
        if isinstance(value.type, types.Code):
            return self._code_part(node, value, value.type)
        cure = "say which element: `any x in … where x.…`" if isinstance(value.type, types.ListOf) else None
        self.tell(
            say_types.WrongType(
                span=node.name.span,
                wanted="record",
                found=describe(value.type),
                where=f"`.{node.name.text}`",
                cure=cure,
            )
        )
        return None

    def _qualified(self, enum: types.Enum, name: syntax.Name) -> program.Expression | None:
        if name.text in enum.wires:
            return _member(enum, name)
        members = tuple(member.name for member in enum.members)
        near = nearest(name.text, members)
        self.tell(
            say_names.UnknownMember(span=name.span, name=name.text, enum=enum.name, members=members, nearest=near)
        )
        return None

    def _field(
        self, node: syntax.Part, record: program.Expression, type_: types.Record, scope: Scope
    ) -> program.Expression | None:
        field = type_.field(node.name.text)
        if field is None:
            near = nearest(node.name.text, list(type_.places))
            self.tell(
                say_names.UnknownField(span=node.name.span, name=node.name.text, record=type_.name, nearest=near)
            )
            return None
        made = program.FieldOf(
            record,
            type_.places[field.name],
            field.name,
            type=field.type,
            unknown=record.unknown or field.optional,
            bounds=of_type(field.type).bounds,
            sensitive=record.sensitive or field.sensitive,
            span=node.span,
        )
        return replace(made, unknown=False) if presence.path_of(made) in scope.known else made

    def _code_part(
        self, node: syntax.Part, code: program.Expression, type_: types.Code
    ) -> program.Expression | None:
        for place, part in enumerate(type_.named):
            if part.name == node.name.text and part.type is not None:
                return program.PartOf(
                    code,
                    place,
                    node.name.text,
                    type=part.type,
                    unknown=code.unknown,
                    bounds=of_type(part.type).bounds,
                    sensitive=code.sensitive,
                    span=node.span,
                )
        near = nearest(node.name.text, [part.name for part in type_.named if part.name])
        self.tell(say_names.UnknownField(span=node.name.span, name=node.name.text, record=type_.name, nearest=near))
        return None

    def _call(self, node: syntax.Call, scope: Scope, wanted: Type | None) -> program.Expression | None:
        name = node.function.text
        declaration = self.declared.names.by_name.get(name)
        if isinstance(declaration, syntax.Define):
            return self._call_define(node, scope)
        if isinstance(declaration, syntax.Table):
            return self._lookup(node, scope)
        if name in FUNCTIONS:
            row = FUNCTIONS[name]
            return self._apply(row, [each.value for each in node.arguments], scope, node.span, node.function.span, wanted)
        if name in AGGREGATES:
            cure = f"write `{name}(x for x in …)`"
            self.tell(
                say_types.WrongType(span=node.span, wanted="`for`", found="single value", where=f"`{name}`", cure=cure)
            )
            return None
        if declaration is not None:
            kind, cure = self.declared.what(name)
            self.tell(say_names.NotAValue(span=node.function.span, name=name, what=kind, cure=cure))
            return None
        near = nearest(name, [*self.declared.callable_names(), *FUNCTIONS, *AGGREGATES])
        self.tell(say_names.UnknownName(span=node.function.span, name=name, kind="function", nearest=near))
        return None

    def arguments(
        self, node: syntax.Call, parameters: Sequence[tuple[str, Type]], scope: Scope
    ) -> tuple[program.Expression, ...] | None:
        """One value for one parameter, by name or in order."""
        names = [name for name, _ in parameters]
        given: dict[str, syntax.Expression] = {}
        for place, argument in enumerate(node.arguments):
            if argument.name is None:
                if place < len(names):
                    given.setdefault(names[place], argument.value)
            elif argument.name.text in names:
                given[argument.name.text] = argument.value
            else:
                near = nearest(argument.name.text, names)
                self.tell(
                    say_names.UnknownName(
                        span=argument.name.span, name=argument.name.text, kind="parameter", nearest=near
                    )
                )
                return None
        if len(node.arguments) != len(names) or len(given) != len(names):
            listed = ", ".join(f"`{name}`" for name in names) or "nothing"
            self.tell(
                say_types.WrongArguments(
                    span=node.span, function=node.function.text, wanted=listed, found=len(node.arguments)
                )
            )
            return None
        lowered = [self._argument(given[name], type_, name, scope) for name, type_ in parameters]
        known = [each for each in lowered if each is not None]
        return tuple(known) if len(known) == len(lowered) else None

    def _argument(
        self, node: syntax.Expression, wanted: Type, name: str, scope: Scope
    ) -> program.Expression | None:
        lowered = self.lower(node, scope, wanted)
        if lowered is not None and not operations.fits(lowered.type, wanted):
            self.tell(self._misfit(node, lowered.type, wanted, f"`{name}`"))
            return None
        return lowered

    def _call_define(self, node: syntax.Call, scope: Scope) -> program.Expression | None:
        name = node.function.text
        parameters = self.declared.parameters(name)
        arguments = None if parameters is None else self.arguments(node, parameters, scope)
        body = None if arguments is None else self.declared.call(name, arguments, scope.known)
        if arguments is None or body is None:
            return None
        return program.Call(
            name,
            arguments,
            type=body.type,
            unknown=body.unknown,
            bounds=body.bounds,
            computed=body.computed,
            sensitive=body.sensitive,
            span=node.span,
        )

    def _lookup(self, node: syntax.Call, scope: Scope) -> program.Expression | None:
        table = self.declared.table(node.function.text)
        if table is None:
            return None
        parameters = [(parameter.name, parameter.type) for parameter in table.parameters]
        arguments = self.arguments(node, parameters, scope)
        if arguments is None:
            return None
        sure = all(
            _never_fails(argument, parameter, column)
            for argument, parameter, column in zip(
                arguments, table.parameters, zip(*(row.cells for row in table.rows), strict=True), strict=True
            )
        )
        return program.Lookup(
            table.name,
            tuple(settled(argument) for argument in arguments),
            type=table.result,
            unknown=not sure,
            bounds=_hull(row.result for row in table.rows),
            span=node.span,
        )

    # operators

    def _apply(
        self,
        row: Operation,
        nodes: Sequence[syntax.Expression],
        scope: Scope,
        span: Span,
        sign: Span,
        wanted: Type | None = None,
    ) -> program.Expression | None:
        operands = self._operands(row, nodes, scope, wanted)
        if operands is None:
            return None
        resolved = operations.resolve(row, [operand.type for operand in operands])
        if resolved is None:
            self._no_operation(row, operands, sign)
            return None
        signature, result = resolved.signature, resolved.result
        compares = isinstance(result, types.Bool)
        if compares:
            self._look_at_range(row.symbol, operands)
            operands = [settled(operand) for operand in operands]
            counted = self._compared_count(row.symbol, operands, span)
            if counted is not None:
                return counted
        bounds = _bounds(row, signature, operands)
        overflow = isinstance(result, types.Number) and signature.computes and _may_overflow(bounds, row.symbol)
        partial = overflow or (signature.partial and not _is_total(row.symbol, operands))
        return program.Apply(
            row.symbol,
            signature,
            tuple(operands),
            partial=partial,
            may_overflow=overflow,
            type=result,
            unknown=partial or self._unknown(row, operands),
            bounds=bounds,
            computed=not compares and (signature.computes or _chooses_computed(row, operands)),
            sensitive=not compares and any(operand.sensitive for operand in operands),
            span=span,
        )

    def _unknown(self, row: Operation, operands: Sequence[program.Expression]) -> bool:
        if row.symbol == "else":
            return operands[1].unknown
        return not row.takes_unknown and any(operand.unknown for operand in operands)

    def _operands(
        self, row: Operation, nodes: Sequence[syntax.Expression], scope: Scope, wanted: Type | None
    ) -> list[program.Expression] | None:
        """Operands that need telling (names of members, texts, literal lists) are looked at after the others."""
        lowered: dict[int, program.Expression | None] = {}
        needy = [place for place, node in enumerate(nodes) if self._needs_telling(node, scope)]
        for place, node in enumerate(nodes):
            if place not in needy:
                lowered[place] = self.lower(node, scope, wanted if row.symbol in ("else", "+", "min", "max") else None)
        for place in needy:
            told = _told(row, place, lowered, wanted)
            lowered[place] = self.lower(nodes[place], scope, told)
        found = [lowered[place] for place in range(len(nodes))]
        known = [operand for operand in found if operand is not None]
        return known if len(known) == len(found) else None  # said already, one complaint per mistake

    def _needs_telling(self, node: syntax.Expression, scope: Scope) -> bool:
        match node:
            case syntax.Name(text=text):
                return text not in scope.variables and text not in self.declared.value_names()
            case syntax.Text(plain=plain):
                return plain is not None
            case syntax.ListOf(items=items):
                return all(self._needs_telling(item, scope) for item in items)
            case syntax.Record():
                return True
            case _:
                return False

    def _no_operation(self, row: Operation, operands: Sequence[program.Expression], sign: Span) -> None:
        units = [o.type.unit for o in operands if isinstance(o.type, types.Number) and o.type.unit]
        if len(units) == 2 and units[0] != units[1]:
            self.tell(say_types.DifferentUnits(span=sign, symbol=row.symbol, left=units[0], right=units[1]))
            return
        symbol = "-" if row.symbol == "negative" else row.symbol
        found = tuple(describe(operand.type) for operand in operands)
        loose_else = symbol == "else" and found[1] == "yes or no" and found[0] != found[1]
        takes = ("bind it with brackets: `(… is …) else …`",) if loose_else else operations.takes(row)
        self.tell(say_types.NoSuchOperation(span=sign, symbol=symbol, operands=found, takes=takes))

    def _look_at_range(self, symbol: str, operands: Sequence[program.Expression]) -> None:
        """A fact compared with a number that it can never be."""
        if len(operands) != 2:
            return
        for fact, fixed in (operands, operands[::-1]):
            if not isinstance(fact, program.FieldOf) or not isinstance(fixed, program.Constant):
                continue
            value, bounds = fixed.value, fact.bounds
            if isinstance(value, bool) or not isinstance(value, int | float) or _unstated(fact.type):
                continue
            if not bounds.contains(value) and not replace(bounds, low_open=False, high_open=False).contains(value):
                self.tell(
                    say_types.OutsideRange(
                        span=fixed.span,
                        value=values.write_text(value, fact.type),
                        range=said_range(bounds, fact.type),
                        what=f"`{'.'.join(presence.path_of(fact) or (fact.name,))}`",
                        cure=_as_share(value, bounds),
                    )
                )

    def _compared_count(
        self, symbol: str, operands: Sequence[program.Expression], span: Span
    ) -> program.Expression | None:
        if symbol not in ("<", "<=", ">", ">=", "is", "is not"):
            return None
        for place, operand in enumerate(operands):
            if isinstance(operand, program.Aggregate) and operand.name == "count":
                condition = operand.gather.condition
                if condition is not None and condition.unknown:
                    other = operands[1 - place]
                    return program.CompareCount(
                        symbol, operand, other, place == 0, type=types.Bool(), unknown=True, span=span
                    )
        return None

    def _chain(self, node: syntax.Chain, scope: Scope) -> program.Expression | None:
        """An operand that is never unknown makes the paths known that the later ones may rely on."""
        operands: list[program.Expression] = []
        failed = False
        for each in node.operands:
            operand = self.condition(each, scope)
            if operand is None:
                failed = True
                continue
            operands.append(operand)
            if not operand.unknown:
                scope = scope.knowing(self.known_when(node.symbol == "and", operand))
        if failed:
            return None
        unknown = any(operand.unknown for operand in operands)
        return program.Chain(node.symbol, tuple(operands), type=types.Bool(), unknown=unknown, span=node.span)

    def _mentions(self, node: syntax.Mentions, scope: Scope) -> program.Expression | None:
        text = self.lower(node.text, scope, types.Text())
        triggers = [name.text for name in node.triggers if self.declared.trigger(name)]
        if text is None or len(triggers) < len(node.triggers):
            return None
        if not isinstance(text.type, types.Text | types.Code):
            self.tell(self._misfit(node.text, text.type, types.Text(), "`mentions`"))
            return None
        return program.Mentions(
            text, node.quantity, tuple(triggers), type=types.Bool(), unknown=text.unknown, span=node.span
        )

    # lists walked through

    def _items(self, node: syntax.Expression, scope: Scope) -> program.Expression | None:
        items = self.lower(node, scope)
        if items is None or isinstance(items.type, types.ListOf):
            return items
        self.tell(say_types.WrongType(span=node.span, wanted="list", found=describe(items.type), where="`in`"))
        return None

    def _inner(self, variable: str, items: program.Expression, scope: Scope, span: Span) -> Scope | None:
        if scope.depth >= NESTING:
            self.tell(say_types.NestedTooDeep(span=span, limit=NESTING))
            return None
        return _with_element(scope, variable, items).deeper()

    def _quantified(self, node: syntax.Quantified, scope: Scope) -> program.Expression | None:
        items = self._items(node.items, scope)
        inner = items and self._inner(node.variable.text, items, scope, node.span)
        condition = inner and self.condition(node.condition, inner)
        if items is None or condition is None:
            return None
        return program.Quantified(
            node.quantity,
            node.variable.text,
            items,
            condition,
            type=types.Bool(),
            unknown=items.unknown or condition.unknown,
            span=node.span,
        )

    def _gather(self, node: syntax.Each, scope: Scope, wanted: Type | None) -> program.Gather | None:
        items = self._items(node.items, scope)
        inner = items and self._inner(node.variable.text, items, scope, node.span)
        if items is None or inner is None or not isinstance(items.type, types.ListOf):
            return None
        condition = self.condition(node.condition, inner) if node.condition else None
        if condition is not None:
            inner = inner.knowing(self.known_when(True, condition))
        value = self.lower(node.value, inner, wanted)
        if value is None or (node.condition is not None and condition is None):
            return None
        return program.Gather(
            node.variable.text,
            items,
            settled(value),
            condition,
            type=types.ListOf(value.type, items.type.bound),
            unknown=items.unknown or value.unknown or (condition is not None and condition.unknown),
            bounds=value.bounds,
            sensitive=items.sensitive or value.sensitive,
            span=node.span,
        )

    def _aggregate(self, node: syntax.Aggregate, scope: Scope) -> program.Expression | None:
        row = AGGREGATES.get(node.function.text)
        if row is None:
            near = nearest(node.function.text, list(AGGREGATES)) or "count"
            self.tell(
                say_names.UnknownName(
                    span=node.function.span, name=node.function.text, kind="aggregate", nearest=near
                )
            )
            return None
        gather = self._gather(node.each, scope, None)
        if gather is None or not isinstance(gather.type, types.ListOf):
            return None
        result = _aggregated(row.name, gather.type.element)
        if result is None:
            found = describe(gather.type.element)
            wanted = "value with an order" if row.takes == "ordered" else "number"
            self.tell(say_types.WrongType(span=node.each.value.span, wanted=wanted, found=found, where=f"`{row.name}`"))
            return None
        bounds = _aggregate_bounds(row.name, gather)
        overflow = row.name in ("sum", "mean") and isinstance(result, types.Number) and _may_overflow(bounds, row.name)
        return program.Aggregate(
            row.name,
            gather,
            type=result,
            unknown=gather.unknown or row.of_nothing == "unknown" or overflow,
            bounds=bounds,
            computed=row.computes and isinstance(result, types.Number) and not result.integer,
            sensitive=gather.sensitive and row.name != "count",
            span=node.span,
        )

    def _choice(self, node: syntax.Choice, scope: Scope, wanted: Type | None) -> program.Expression | None:
        branches: list[program.Branch] = []
        inside, joined, failed, unsure = scope, wanted, False, False
        for each in node.branches:
            condition = self.condition(each.condition, inside)
            knowing = inside.knowing(self.known_when(True, condition)) if condition else inside
            value = self.lower(each.value, knowing, joined)
            if condition is None or value is None:
                failed = True
                continue
            unsure = unsure or condition.unknown
            inside = inside.knowing(self.known_when(False, condition))
            branches.append(program.Branch(condition, value))
            joined = joined or value.type
        otherwise = self.lower(node.otherwise, inside, joined)
        if failed or otherwise is None:
            return None
        results = [*(branch.value for branch in branches), otherwise]
        type_: Type | None = results[0].type
        for result in results[1:]:
            both = None if type_ is None else operations.join(type_, result.type)
            if both is None and type_ is not None:
                self.tell(
                    say_types.WrongType(
                        span=result.span, wanted=describe(type_), found=describe(result.type), where="each branch"
                    )
                )
                return None
            type_ = both
        if type_ is None:
            return None
        if any(result.computed for result in results):
            results = [settled(result) if not result.computed else result for result in results]
        return program.Choice(
            tuple(branches),
            otherwise,
            type=type_,
            unknown=unsure or any(result.unknown for result in results),
            bounds=_either([result.bounds for result in results]),
            computed=any(result.computed for result in results),
            sensitive=any(result.sensitive for result in results),
            span=node.span,
        )

    # what fits

    def _misfit(
        self, node: syntax.Expression, found: Type, wanted: Type | None, where: str
    ) -> say_types.WrongType:
        cure = None
        match found, wanted:
            case types.Number(), types.Number(integer=True):
                cure = "write `floor(…)`, `ceiling(…)` or `round(…, 0)` to say how it becomes whole"
            case types.Text(), types.Enum():
                cure = f"its members are {', '.join(member.name for member in wanted.members[:6])}, without quotes"
            case types.Number(), types.Duration():
                cure = "give the number its unit: `24h`, `7d`, `30min`"
            case types.ListOf(), types.ListOf() if operations.fits(found.element, wanted.element):
                cure = f"up to {wanted.bound} values fit, and here may be {found.bound}"
        said = describe(wanted) if wanted is not None else "another type"
        return say_types.WrongType(span=node.span, wanted=said, found=describe(found), where=where, cure=cure)

    def _in_range(self, node: program.Expression, wanted: Type, where: str) -> bool:
        """Whether every value that the expression may have lies in the range wanted."""
        if not isinstance(wanted, types.Number | types.Duration):
            return True
        value = node.value if isinstance(node, program.Constant) else None
        if not isinstance(value, int | float):
            return self._stays_in_range(node, wanted, where)
        if wanted.range.contains(value):
            return True
        self.tell(
            say_types.OutsideRange(
                span=node.span,
                value=values.write_text(value, wanted),
                range=said_range(wanted.range, wanted),
                what=where,
                cure=_as_share(value, wanted.range),
            )
        )
        return False


    def _stays_in_range(self, node: program.Expression, wanted: types.Number | types.Duration, where: str) -> bool:
        if _within(node.bounds, wanted.range):
            return True
        self.tell(
            say_types.MayLeaveRange(
                span=node.span,
                bounds=said_range(node.bounds, wanted) if node.bounds != ANY_NUMBER else "any number",
                range=said_range(wanted.range, wanted),
                what=where,
                low=None if wanted.range.low is None else values.write_text(wanted.range.low, wanted),
                high=None if wanted.range.high is None else values.write_text(wanted.range.high, wanted),
            )
        )
        return False


def settled(node: program.Expression) -> program.Expression:
    """A computed number as it is compared and kept."""
    if not node.computed:
        return node
    return program.Settle(
        node, type=node.type, unknown=node.unknown, bounds=node.bounds, sensitive=node.sensitive, span=node.span
    )


def default_of(field: types.Field, span: Span) -> program.Expression | None:
    """What holds where a field is left out: its default, or for a record whose fields all may be, their defaults."""
    if not field.has_default and field.optional:
        return None
    return program.Constant(_blank(field), type=field.type, span=span)


def is_optional(record: types.Record) -> bool:
    """A record all of whose fields are optional or have defaults may be left out, and its defaults hold (law 4)."""
    return all(_has_default(field) for field in record.fields)


def blank(record: types.Record) -> tuple[object, ...]:
    """The value of such a record where it is left out."""
    return tuple(_blank(field) for field in record.fields)


def _blank(field: types.Field) -> object:
    if field.has_default or field.optional:
        return field.default
    return blank(field.type) if isinstance(field.type, types.Record) else None


def _has_default(field: types.Field) -> bool:
    if field.optional or field.has_default:
        return True
    return isinstance(field.type, types.Record) and is_optional(field.type)


def _literal(node: syntax.Number | syntax.Duration | syntax.Instant | syntax.Boolean) -> program.Constant:
    match node:
        case syntax.Number(value=value):
            type_: Type = types.Number(isinstance(value, int))
            return program.Constant(value, type=type_, bounds=Range(value, value), span=node.span)
        case syntax.Duration(microseconds=micros):
            return program.Constant(micros, type=types.Duration(), bounds=Range(micros, micros), span=node.span)
        case syntax.Instant(microseconds=micros):
            return program.Constant(micros, type=types.Instant(), bounds=Range(micros, micros), span=node.span)
        case syntax.Boolean(value=truth):
            return program.Constant(truth, type=types.Bool(), span=node.span)
    assert_never(node)


def _member(enum: types.Enum, name: syntax.Name) -> program.Constant:
    return program.Constant(enum.wires[name.text], type=enum, name=name.text, span=name.span)


def _with_element(scope: Scope, variable: str, items: program.Expression) -> Scope:
    element = items.type.element if isinstance(items.type, types.ListOf) else items.type
    bounds = items.bounds if isinstance(items, program.Gather) else of_type(element).bounds
    if isinstance(items, program.Constant) and isinstance(items.value, tuple):
        bounds = _hull(items.value)
    return scope.binding(variable, Binding(element, sensitive=items.sensitive, bounds=bounds))


def _told(
    row: Operation, place: int, lowered: dict[int, program.Expression | None], wanted: Type | None
) -> Type | None:
    """The type that its neighbours tell an operand."""
    others = [operand.type for operand in lowered.values() if operand is not None]
    if not others:
        return wanted if row.symbol in ("else", "+", "min", "max") else None
    other = others[0]
    match row.symbol:
        case "in" | "not in" if place == 1:
            return types.ListOf(other, 10**6)
        case "in" | "not in":
            return other.element if isinstance(other, types.ListOf) else None
        case "tallied" | "tallied_since":
            return other.member if isinstance(other, types.Tally) else None
        case _:
            return other


def _never_fails(argument: program.Expression, parameter: program.Parameter, column: Sequence[program.Cell]) -> bool:
    """Whether looking this argument up always tells: it is known and within the parameter's range."""
    if all(isinstance(cell, program.Anything) for cell in column):
        return True
    if argument.unknown:
        return False
    if not isinstance(parameter.type, types.Number | types.Duration):
        return True
    return _within(argument.bounds, parameter.type.range)


def _within(inner: Range, outer: Range) -> bool:
    low = outer.low is None or (
        inner.low is not None
        and (inner.low > outer.low or (inner.low == outer.low and (not outer.low_open or inner.low_open)))
    )
    high = outer.high is None or (
        inner.high is not None
        and (inner.high < outer.high or (inner.high == outer.high and (not outer.high_open or inner.high_open)))
    )
    return low and high


def _hull(found: Iterable[object]) -> Range:
    numbers = [each for each in found if isinstance(each, int | float) and not isinstance(each, bool)]
    return Range(min(numbers), max(numbers)) if numbers else ANY_NUMBER


def _either(ranges: Sequence[Range]) -> Range:
    lows, highs = [each.low for each in ranges], [each.high for each in ranges]
    low = None if None in lows else min(low for low in lows if low is not None)
    high = None if None in highs else max(high for high in highs if high is not None)
    return Range(low, high)


def _bounds(row: Operation, signature: Signature, operands: Sequence[program.Expression]) -> Range:
    counted = operands[0].type
    if row.symbol == "count" and isinstance(counted, types.ListOf):
        return Range(0, counted.bound)
    return signature.bounds(*(operand.bounds for operand in operands)) if signature.bounds else ANY_NUMBER


def _may_overflow(bounds: Range, symbol: str) -> bool:
    if symbol in ("ln", "log2", "log10", "sqrt", "similarity", "days", "hours", "round"):
        return False
    return bounds.low is None or bounds.high is None or bounds.low < -1e300 or bounds.high > 1e300


def _is_total(symbol: str, operands: Sequence[program.Expression]) -> bool:
    """Whether the operands' bounds keep a partial operation from failing."""
    match symbol:
        case "/":
            low, high = operands[1].bounds.low, operands[1].bounds.high
            return (low is not None and low > 0) or (high is not None and high < 0)
        case "ln" | "log2" | "log10":
            low = operands[0].bounds.low
            return low is not None and low > 0
        case "sqrt":
            low = operands[0].bounds.low
            return low is not None and low >= 0
        case "exp":
            high = operands[0].bounds.high
            return high is not None and high <= 700
        case _:
            return False


def _chooses_computed(row: Operation, operands: Sequence[program.Expression]) -> bool:
    return row.symbol in ("min", "max", "else", "negative", "abs", "first", "distinct") and any(
        operand.computed for operand in operands
    )


def _aggregated(name: str, element: Type) -> Type | None:
    match name, element:
        case "count", _:
            return types.Number(True)
        case "sum", types.Number() | types.Duration():
            return element if isinstance(element, types.Duration) else types.Number(element.integer, element.unit)
        case "mean", types.Number():
            return types.Number(False, element.unit)
        case "max" | "min", types.Number() | types.Duration() | types.Instant():
            return element
        case "max" | "min", types.Enum() if element.order is not None:
            return element
        case _:
            return None


def _aggregate_bounds(name: str, gather: program.Gather) -> Range:
    bound = gather.type.bound if isinstance(gather.type, types.ListOf) else 0
    low, high = gather.bounds.low, gather.bounds.high
    match name:
        case "count":
            return Range(0, bound)
        case "sum":
            return Range(None if low is None else min(0, low * bound), None if high is None else max(0, high * bound))
        case _:
            return gather.bounds


def _unstated(type_: Type) -> bool:
    """Whether no range is stated for a fact."""
    return not isinstance(type_, types.Number | types.Duration) or type_.range == ANY_NUMBER


def _as_share(value: int | float, bounds: Range) -> str | None:
    share = value / 100
    return f"a share is written `{values.write_number(share)}`" if bounds == Range(0, 1) and 1 < value <= 100 else None


def _why_unknown(node: program.Expression, body: presence.Body) -> str | None:
    """The innermost cause of a value that may be unknown though no fact is missing."""
    match node:
        case program.Apply(symbol="/", partial=True):
            return "it may divide by zero"
        case program.Apply(partial=True, symbol=symbol):
            return f"`{symbol}` may be out of range"
        case program.Aggregate(name=name, gather=gather) if not gather.unknown:
            return f"the `{name}` of nothing"
        case program.Lookup(table=table, arguments=arguments) if not any(each.unknown for each in arguments):
            return f"`{table}` may be asked outside its range"
        case program.Call(define=name):
            define = body(name)
            why = define and _why_unknown(define.value, body)
            return why and f"in `{name}`: {why}"
        case program.FieldOf():
            missing = presence.first_missing(node)
            return missing and f"`{missing}` may be missing"
        case _:
            inside = (_why_unknown(each, body) for each in walk.children(node) if each.unknown)
            return next((why for why in inside if why), None)
