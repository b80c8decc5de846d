"""Operators and functions applied: operands told by one another, results by the table."""

from collections.abc import Sequence
from dataclasses import replace

from engine.checker import operations, presence
from engine.checker.bounds import as_share, bounds_of, is_total, may_overflow
from engine.checker.facts import said_range
from engine.checker.lowering import Lowering, settled
from engine.checker.scope import Scope
from engine.diagnostics import types as say_types
from engine.language import types, values
from engine.language.operators import Operation
from engine.language.types import ANY_NUMBER, Type, describe
from engine.program import nodes as program
from engine.source import Span
from engine.syntax import nodes as syntax


class Operators(Lowering):
    def apply(
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
        bounds = bounds_of(row, signature, operands)
        overflow = (
            isinstance(result, types.Number)
            and signature.computes
            and may_overflow(bounds, row.symbol)
        )
        partial = overflow or (signature.partial and not is_total(row.symbol, operands))
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
            return all(operand.unknown for operand in operands)
        return not row.takes_unknown and any(operand.unknown for operand in operands)

    def _operands(
        self, row: Operation, nodes: Sequence[syntax.Expression], scope: Scope, wanted: Type | None
    ) -> list[program.Expression] | None:
        """Operands that need telling (names of members, texts, literal lists) are looked at after
        the others."""
        lowered: dict[int, program.Expression | None] = {}
        needy = [place for place, node in enumerate(nodes) if self._needs_telling(node, scope)]
        for place, node in enumerate(nodes):
            if place not in needy:
                lowered[place] = self.lower(
                    node, scope, wanted if row.symbol in ("else", "+", "min", "max") else None
                )
        for place in needy:
            told = _told(row, place, lowered, wanted)
            lowered[place] = self.lower(nodes[place], scope, told)
        found = [lowered[place] for place in range(len(nodes))]
        known = [operand for operand in found if operand is not None]
        return (
            known if len(known) == len(found) else None
        )  # said already, one complaint per mistake

    def _needs_telling(self, node: syntax.Expression, scope: Scope) -> bool:
        match node:
            case syntax.Name(text=text):
                return text not in scope.variables and not self.declared.is_value(text)
            case syntax.Text(plain=plain):
                return plain is not None
            case syntax.ListOf(items=items):
                return all(self._needs_telling(item, scope) for item in items)
            case syntax.Record():
                return True
            case _:
                return False

    def _no_operation(
        self, row: Operation, operands: Sequence[program.Expression], sign: Span
    ) -> None:
        units = [o.type.unit for o in operands if isinstance(o.type, types.Number) and o.type.unit]
        if len(units) == 2 and units[0] != units[1]:
            self.tell(
                say_types.DifferentUnits(
                    span=sign, symbol=row.symbol, left=units[0], right=units[1]
                )
            )
            return
        symbol = "-" if row.symbol == "negative" else row.symbol
        found = tuple(describe(operand.type) for operand in operands)
        takes = _cure(symbol, operands) or operations.takes(row)
        self.tell(say_types.NoSuchOperation(span=sign, symbol=symbol, operands=found, takes=takes))

    def _look_at_range(self, symbol: str, operands: Sequence[program.Expression]) -> None:
        """A fact compared with a number that it can never be."""
        if len(operands) != 2:
            return
        for fact, fixed in (operands, operands[::-1]):
            if not isinstance(fact, program.FieldOf) or not isinstance(fixed, program.Constant):
                continue
            value, bounds = fixed.value, fact.bounds
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or _unstated(fact.type)
            ):
                continue
            if not bounds.contains(value) and not replace(
                bounds, low_open=False, high_open=False
            ).contains(value):
                self.tell(
                    say_types.OutsideRange(
                        span=fixed.span,
                        value=values.write_text(value, fact.type),
                        range=said_range(bounds, fact.type),
                        what=f"`{'.'.join(presence.path_of(fact) or (fact.name,))}`",
                        cure=as_share(value, bounds),
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
                        symbol,
                        operand,
                        other,
                        place == 0,
                        type=types.Bool(),
                        unknown=True,
                        span=span,
                    )
        return None

    def _chain(self, node: syntax.Chain, scope: Scope) -> program.Expression | None:
        """An operand that is never unknown makes paths known on which later ones may rely."""
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
        return program.Chain(
            node.symbol, tuple(operands), type=types.Bool(), unknown=unknown, span=node.span
        )

    def _mentions(self, node: syntax.Mentions, scope: Scope) -> program.Expression | None:
        text = self.lower(node.text, scope, types.Text())
        triggers = [name.text for name in node.triggers if self.declared.trigger(name)]
        if text is None or len(triggers) < len(node.triggers):
            return None
        if not isinstance(text.type, types.Text | types.Code):
            self.tell(self.misfit(node.text, text.type, types.Text(), "`mentions`"))
            return None
        return program.Mentions(
            text,
            node.quantity,
            tuple(triggers),
            type=types.Bool(),
            unknown=text.unknown,
            span=node.span,
        )


def _cure(symbol: str, operands: Sequence[program.Expression]) -> tuple[str, ...]:
    """What to type instead, for slips that are often made."""
    match [operand.type for operand in operands]:
        case [types.Bool(), _] | [_, types.Bool()] if symbol == "else":
            return ("bind it with brackets: `(… is …) else …`",)
        case [types.Enum() as enum, types.Text()] | [types.Text(), types.Enum() as enum]:
            members = ", ".join(member.name for member in enum.members[:6])
            return (f"members are written without quotes: {members}",)
        case [types.Duration(), types.Number()] | [types.Number(), types.Duration()]:
            return ("give the number its unit: `24h`, `7d`, `30min`",)
        case _:
            return ()


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
        case "similarity":
            return (
                types.Text()
            )  # what is written there is never a code, whatever it is compared with
        case _:
            return other


def _chooses_computed(row: Operation, operands: Sequence[program.Expression]) -> bool:
    return row.symbol in ("min", "max", "else", "negative", "abs", "first", "distinct") and any(
        operand.computed for operand in operands
    )


def _unstated(type_: Type) -> bool:
    """Whether no range is stated for a fact."""
    return not isinstance(type_, types.Number | types.Duration) or type_.range == ANY_NUMBER
