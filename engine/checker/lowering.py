"""What all parts of lowering an expression share: complaints, conditions, values that are kept."""

from abc import ABC, abstractmethod

from engine.checker import operations, presence
from engine.checker.bounds import as_share, hull, within
from engine.checker.declared import Declared
from engine.checker.facts import said_range
from engine.checker.misfits import cure_of
from engine.checker.scope import Binding, Scope, of_type
from engine.diagnostics import presence as say_presence
from engine.diagnostics import types as say_types
from engine.diagnostics.base import Diagnostic
from engine.language import types, values
from engine.language.types import ANY_NUMBER, Range, Type, describe
from engine.program import nodes as program
from engine.program import walk
from engine.source import Span
from engine.syntax import nodes as syntax


class Lowering(ABC):
    """Lowers expressions by what a file declares; what was complained of comes out as None."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared

    @abstractmethod
    def lower(
        self, node: syntax.Expression, scope: Scope, wanted: Type | None = None
    ) -> program.Expression | None: ...

    def tell(self, diagnostic: Diagnostic) -> None:
        self.declared.tell(diagnostic)

    @abstractmethod
    def items_of(self, node: syntax.Expression, scope: Scope) -> program.Expression | None: ...

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
            self.tell(self.misfit(node, lowered.type, wanted, where))
            return None
        if lowered.unknown and not optional:
            self.may_be_missing(lowered, scope, where)
            return None
        if not self.in_range(lowered, wanted, where):
            return None
        return settled(lowered)

    def may_be_missing(self, node: program.Expression, scope: Scope, where: str) -> None:
        link = presence.missing_link(node, scope.known)
        fact = ".".join(link) if link else presence.first_missing(node)
        path = presence.path_of(node)
        self.tell(
            say_presence.MayBeMissing(
                span=node.span,
                fact=fact,
                where=where,
                why=why_unknown(node, self.declared.body),
                whole=".".join(path) if path else None,
            )
        )

    def known_when(self, truth: bool, node: program.Expression) -> presence.Paths:
        return presence.known_when(truth, node, self.declared.body)

    def misfit(
        self, node: syntax.Expression, found: Type, wanted: Type | None, where: str
    ) -> say_types.WrongType:
        said = describe(wanted) if wanted is not None else "another type"
        return say_types.WrongType(
            span=node.span,
            wanted=said,
            found=describe(found),
            where=where,
            cure=cure_of(node, found, wanted),
        )

    def in_range(self, node: program.Expression, wanted: Type, where: str) -> bool:
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
                cure=as_share(value, wanted.range),
            )
        )
        return False

    def _stays_in_range(
        self, node: program.Expression, wanted: types.Number | types.Duration, where: str
    ) -> bool:
        if within(node.bounds, wanted.range):
            return True
        self.tell(
            say_types.MayLeaveRange(
                span=node.span,
                bounds=said_range(node.bounds, wanted)
                if node.bounds != ANY_NUMBER
                else "any number",
                range=said_range(wanted.range, wanted),
                what=where,
                low=None
                if wanted.range.low is None
                else values.write_text(wanted.range.low, wanted),
                high=None
                if wanted.range.high is None
                else values.write_text(wanted.range.high, wanted),
            )
        )
        return False


def settled(node: program.Expression) -> program.Expression:
    """A computed number as it is compared and kept."""
    if not node.computed:
        return node
    return program.Settle(
        node,
        type=node.type,
        unknown=node.unknown,
        bounds=_rounded(node.bounds),
        sensitive=node.sensitive,
        span=node.span,
    )


def _rounded(bounds: Range) -> Range:
    low, high = bounds.low, bounds.high
    return Range(
        None if low is None else values.settle(low), None if high is None else values.settle(high)
    )


def negated(node: program.Expression, span: Span) -> program.Not:
    return program.Not(node, type=types.Bool(), unknown=node.unknown, span=span)


def with_element(scope: Scope, variable: str, items: program.Expression) -> Scope:
    element = items.type.element if isinstance(items.type, types.ListOf) else items.type
    bounds = items.bounds if isinstance(items, program.Gather) else of_type(element).bounds
    if isinstance(items, program.Constant) and isinstance(items.value, tuple):
        bounds = hull(items.value)
    return scope.binding(variable, Binding(element, sensitive=items.sensitive, bounds=bounds))


def why_unknown(node: program.Expression, body: presence.Body) -> str | None:
    """The innermost cause of a value that may be unknown though no fact is missing."""
    match node:
        case program.Apply(symbol="/", partial=True):
            return "it may divide by zero"
        case program.Apply(partial=True, symbol=symbol):
            return f"`{symbol}` may be out of range"
        case program.Aggregate(name=name, gather=gather) if not gather.unknown:
            return f"the `{name}` of nothing"
        case program.Lookup(table=table, arguments=arguments) if not any(
            each.unknown for each in arguments
        ):
            return f"`{table}` may be asked outside its range"
        case program.Call(define=name):
            define = body(name)
            why = why_unknown(define.value, body) if define is not None else None
            return why and f"in `{name}`: {why}"
        case program.FieldOf():
            missing = presence.first_missing(node)
            return missing and f"`{missing}` may be missing"
        case _:
            inside = (why_unknown(each, body) for each in walk.children(node) if each.unknown)
            return next((why for why in inside if why), None)
