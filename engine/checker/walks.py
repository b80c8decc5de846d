"""Lists walked through: `any`, `all`, `for`, and what is made of the values."""

from engine.checker.bounds import aggregate_bounds, may_overflow
from engine.checker.lowering import Lowering, settled, with_element
from engine.checker.scope import Scope
from engine.diagnostics import names as say_names
from engine.diagnostics import types as say_types
from engine.language import types
from engine.language.functions import AGGREGATES
from engine.language.nearest import nearest
from engine.language.types import Type, describe
from engine.program import nodes as program
from engine.source import Span
from engine.syntax import nodes as syntax

NESTING = 2
"""How deep they may stand in one another (law 7)."""


class Walks(Lowering):
    def items_of(self, node: syntax.Expression, scope: Scope) -> program.Expression | None:
        items = self.lower(node, scope)
        if items is None or isinstance(items.type, types.ListOf):
            return items
        self.tell(
            say_types.WrongType(
                span=node.span, wanted="list", found=describe(items.type), where="`in`"
            )
        )
        return None

    def inner(
        self, variable: str, items: program.Expression, scope: Scope, span: Span
    ) -> Scope | None:
        if scope.depth >= NESTING:
            self.tell(say_types.NestedTooDeep(span=span, limit=NESTING))
            return None
        return with_element(scope, variable, items).deeper()

    def _quantified(self, node: syntax.Quantified, scope: Scope) -> program.Expression | None:
        items = self.items_of(node.items, scope)
        if items is None:
            return None
        inner = self.inner(node.variable.text, items, scope, node.span)
        condition = None if inner is None else self.condition(node.condition, inner)
        if condition is None:
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

    def gather(self, node: syntax.Each, scope: Scope, wanted: Type | None) -> program.Gather | None:
        items = self.items_of(node.items, scope)
        if items is None or not isinstance(items.type, types.ListOf):
            return None
        inner = self.inner(node.variable.text, items, scope, node.span)
        if inner is None:
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
        gather = self.gather(node.each, scope, None)
        if gather is None or not isinstance(gather.type, types.ListOf):
            return None
        result = _aggregated(row.name, gather.type.element)
        if result is None:
            found = describe(gather.type.element)
            wanted = "value with an order" if row.takes == "ordered" else "number"
            self.tell(
                say_types.WrongType(
                    span=node.each.value.span, wanted=wanted, found=found, where=f"`{row.name}`"
                )
            )
            return None
        bounds = aggregate_bounds(row.name, gather)
        overflow = (
            row.name in ("sum", "mean")
            and isinstance(result, types.Number)
            and may_overflow(bounds, row.name)
        )
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


def _aggregated(name: str, element: Type) -> Type | None:
    match name, element:
        case "count", _:
            return types.Number(True)
        case "sum", types.Number() | types.Duration():
            return (
                element
                if isinstance(element, types.Duration)
                else types.Number(element.integer, element.unit)
            )
        case "mean", types.Number():
            return types.Number(False, element.unit)
        case "max" | "min", types.Number() | types.Duration() | types.Instant():
            return element
        case "max" | "min", types.Enum() if element.order is not None:
            return element
        case _:
            return None
