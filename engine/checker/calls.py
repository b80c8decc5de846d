"""Parts of records and codes, and what is applied: defines, tables, functions."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from engine.checker import operations, presence
from engine.checker.bounds import hull, within
from engine.checker.lowering import settled
from engine.checker.operators import Operators
from engine.checker.scope import Scope, of_type
from engine.diagnostics import names as say_names
from engine.diagnostics import types as say_types
from engine.language import types
from engine.language.functions import AGGREGATES, FUNCTIONS
from engine.language.nearest import nearest
from engine.language.types import Type, describe
from engine.program import nodes as program
from engine.syntax import nodes as syntax


class Calls(Operators):
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
        cure = (
            "say which element: `any x in … where x.…`"
            if isinstance(value.type, types.ListOf)
            else None
        )
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
            return member_of(enum, name)
        members = tuple(member.name for member in enum.members)
        near = nearest(name.text, members)
        self.tell(
            say_names.UnknownMember(
                span=name.span, name=name.text, enum=enum.name, members=members, nearest=near
            )
        )
        return None

    def _field(
        self, node: syntax.Part, record: program.Expression, type_: types.Record, scope: Scope
    ) -> program.Expression | None:
        field = type_.field(node.name.text)
        if field is None:
            near = nearest(node.name.text, list(type_.places))
            self.tell(
                say_names.UnknownField(
                    span=node.name.span, name=node.name.text, record=type_.name, nearest=near
                )
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
        self.tell(
            say_names.UnknownField(
                span=node.name.span, name=node.name.text, record=type_.name, nearest=near
            )
        )
        return None

    def call(
        self, node: syntax.Call, scope: Scope, wanted: Type | None
    ) -> program.Expression | None:
        name = node.function.text
        declaration = self.declared.names.by_name.get(name)
        if isinstance(declaration, syntax.Define):
            return self._call_define(node, scope)
        if isinstance(declaration, syntax.Table):
            return self._lookup(node, scope)
        if name in FUNCTIONS:
            row = FUNCTIONS[name]
            return self.apply(
                row,
                [each.value for each in node.arguments],
                scope,
                node.span,
                node.function.span,
                wanted,
            )
        if name in AGGREGATES:
            cure = f"write `{name}(x for x in …)`"
            self.tell(
                say_types.WrongType(
                    span=node.span,
                    wanted="`for`",
                    found="single value",
                    where=f"`{name}`",
                    cure=cure,
                )
            )
            return None
        if declaration is not None:
            what, how = self.declared.what(name)
            self.tell(say_names.NotAValue(span=node.function.span, name=name, what=what, cure=how))
            return None
        near = nearest(name, [*self.declared.callable_names, *FUNCTIONS, *AGGREGATES])
        self.tell(
            say_names.UnknownName(span=node.function.span, name=name, kind="function", nearest=near)
        )
        return None

    def arguments(
        self,
        node: syntax.Call,
        parameters: Sequence[tuple[str, Type]],
        scope: Scope,
        optional: Collection[str] = (),
    ) -> tuple[program.Expression, ...] | None:
        """One value for one parameter, by name or in order; an optional one may be left out."""
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
                        span=argument.name.span,
                        name=argument.name.text,
                        kind="parameter",
                        nearest=near,
                    )
                )
                return None
        lacking = [name for name in names if name not in given and name not in optional]
        if lacking or len(node.arguments) != len(given):
            listed = ", ".join(f"`{name}`" for name in names) or "nothing"
            self.tell(
                say_types.WrongArguments(
                    span=node.span,
                    function=node.function.text,
                    wanted=listed,
                    found=len(node.arguments),
                )
            )
            return None
        lowered = [
            self._argument(given[name], type_, name, scope)
            if name in given
            else program.Constant(None, type=type_, unknown=True, span=node.span)
            for name, type_ in parameters
        ]
        known = [each for each in lowered if each is not None]
        return tuple(known) if len(known) == len(lowered) else None

    def _argument(
        self, node: syntax.Expression, wanted: Type, name: str, scope: Scope
    ) -> program.Expression | None:
        lowered = self.lower(node, scope, wanted)
        if lowered is not None and not operations.fits(lowered.type, wanted):
            self.tell(self.misfit(node, lowered.type, wanted, f"`{name}`"))
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
                arguments,
                table.parameters,
                zip(*(row.cells for row in table.rows), strict=True),
                strict=True,
            )
        )
        return program.Lookup(
            table.name,
            tuple(settled(argument) for argument in arguments),
            type=table.result,
            unknown=not sure,
            bounds=hull(row.result for row in table.rows),
            span=node.span,
        )


def member_of(enum: types.Enum, name: syntax.Name) -> program.Constant:
    return program.Constant(enum.wires[name.text], type=enum, name=name.text, span=name.span)


def _never_fails(
    argument: program.Expression, parameter: program.Parameter, column: Sequence[program.Cell]
) -> bool:
    """Whether this argument always finds a row: known, and within the parameter's range."""
    if all(isinstance(cell, program.Anything) for cell in column):
        return True
    if argument.unknown:
        return False
    if not isinstance(parameter.type, types.Number | types.Duration):
        return True
    return within(argument.bounds, parameter.type.range)
