"""Expressions: from the tree's to the program's, typed, with what may be unknown and what must be
rounded.

An expression that was complained of comes out as None and stays silent from there on. The wanted
type travels inwards (`wanted`), for names of members and texts of codes are told by it.
"""

from typing import assert_never

from engine.checker import operations
from engine.checker.bounds import either
from engine.checker.calls import Calls, member_of
from engine.checker.lowering import negated
from engine.checker.misfits import FOREIGN_VALUES
from engine.checker.scope import Scope
from engine.checker.texts import Texts
from engine.checker.walks import Walks
from engine.diagnostics import names as say_names
from engine.diagnostics import types as say_types
from engine.language import types
from engine.language.nearest import nearest
from engine.language.operators import OPERATORS
from engine.language.types import Range, Type, describe
from engine.program import nodes as program
from engine.syntax import nodes as syntax


class Expressions(Texts, Calls, Walks):
    """Lowers every form of expression."""

    def lower(
        self, node: syntax.Expression, scope: Scope, wanted: Type | None = None
    ) -> program.Expression | None:
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
                return self.gather(
                    each, scope, wanted.element if isinstance(wanted, types.ListOf) else None
                )
            case syntax.Record():
                return self._record(node, scope, wanted)
            case syntax.Part():
                return self._part(node, scope)
            case syntax.Call():
                return self.call(node, scope, wanted)
            case syntax.Aggregate():
                return self._aggregate(node, scope)
            case syntax.Unary(symbol="not"):
                operand = self.condition(node.operand, scope)
                return None if operand is None else negated(operand, node.span)
            case syntax.Unary():
                return self.apply(
                    OPERATORS["negative"], (node.operand,), scope, node.span, node.span
                )
            case syntax.Binary():
                return self.apply(
                    OPERATORS[node.symbol],
                    (node.left, node.right),
                    scope,
                    node.span,
                    node.sign,
                    wanted,
                )
            case syntax.Test():
                return self.apply(
                    OPERATORS[node.symbol], (node.operand,), scope, node.span, node.span
                )
            case syntax.Chain():
                return self._chain(node, scope)
            case syntax.Mentions():
                return self._mentions(node, scope)
            case syntax.Quantified():
                return self._quantified(node, scope)
            case syntax.Choice():
                return self._choice(node, scope, wanted)
        assert_never(node)

    def _name(
        self, node: syntax.Name, scope: Scope, wanted: Type | None
    ) -> program.Expression | None:
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
            return member_of(wanted, node)
        found = self.declared.named_value(node)
        if found is not None:
            return found
        if node.text in self.declared.names.by_name:
            return self._no_value(node)
        enums = self.declared.names.members.get(node.text, ())
        if len(enums) == 1:
            return member_of(self.declared.facts.enums[enums[0]], node)
        if enums:
            self.tell(say_names.AmbiguousMember(span=node.span, name=node.text, enums=enums))
            return None
        self._unknown_name(node, scope, wanted)
        return None

    def _no_value(self, node: syntax.Name) -> program.Expression | None:
        declaration = self.declared.names.by_name[node.text]
        if isinstance(declaration, syntax.Define) and not declaration.parameters:
            return self.call(syntax.Call(node, (), span=node.span), Scope(), None)
        if node.text in self.declared.lowered:
            return None  # said already, where it is declared
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
                        span=node.span,
                        name=node.text,
                        enum=wanted.name,
                        members=members,
                        nearest=near,
                    )
                )
                return
        known = [*scope.variables, *self.declared.value_names, *self.declared.names.members]
        near = nearest(node.text, known) or self._owner_of(node.text, scope)
        if isinstance(wanted, types.Bool):
            near = FOREIGN_VALUES.get(node.text.lower(), near)
        self.tell(say_names.UnknownName(span=node.span, name=node.text, kind="value", nearest=near))

    def _owner_of(self, name: str, scope: Scope) -> str | None:
        """`ticket.channel` for `channel`."""
        for variable, binding in scope.variables.items():
            if isinstance(binding.type, types.Record):
                fields = binding.type.places
                near = name if name in fields else nearest(name, fields)
                if near:
                    return f"{variable}.{near}"
        return None

    def _choice(
        self, node: syntax.Choice, scope: Scope, wanted: Type | None
    ) -> program.Expression | None:
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
                        span=result.span,
                        wanted=describe(type_),
                        found=describe(result.type),
                        where="each branch",
                    )
                )
                return None
            type_ = both
        if type_ is None:
            return None
        return program.Choice(
            tuple(branches),
            otherwise,
            type=type_,
            unknown=unsure or any(result.unknown for result in results),
            bounds=either([result.bounds for result in results]),
            computed=any(result.computed for result in results),
            sensitive=any(result.sensitive for result in results),
            span=node.span,
        )


def _literal(
    node: syntax.Number | syntax.Duration | syntax.Instant | syntax.Boolean,
) -> program.Constant:
    match node:
        case syntax.Number(value=value):
            type_: Type = types.Number(isinstance(value, int))
            return program.Constant(value, type=type_, bounds=Range(value, value), span=node.span)
        case syntax.Duration(microseconds=micros):
            return program.Constant(
                micros, type=types.Duration(), bounds=Range(micros, micros), span=node.span
            )
        case syntax.Instant(microseconds=micros):
            return program.Constant(
                micros, type=types.Instant(), bounds=Range(micros, micros), span=node.span
            )
        case syntax.Boolean(value=truth):
            return program.Constant(truth, type=types.Bool(), span=node.span)
    assert_never(node)
