"""What a file declares, lowered once each: thresholds, lists, triggers, tables and defines.

A define is looked at twice. At each call its body is lowered with what is known of that call's
arguments, silently, only to learn what the call gives (its type, whether it may be unknown, its
bounds). Last, it is lowered once for the program with parameters as unknown, as computed and as
wide as all calls together make them; then it is complained of.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

from engine.checker import operations
from engine.checker.facts import Facts, said_range
from engine.checker.fold import NOT_FIXED, fold
from engine.checker.misfits import cure_of
from engine.checker.names import WHAT, Names, Say
from engine.checker.presence import NOTHING, Path, Paths, path_of
from engine.checker.scope import NOW, Binding, Scope, of_type
from engine.diagnostics import names as say_names
from engine.diagnostics import types as say_types
from engine.diagnostics.base import Diagnostic
from engine.diagnostics.outcomes import MatchedNothing
from engine.diagnostics.presence import MayBeMissing
from engine.language import types, values
from engine.language.nearest import nearest
from engine.language.types import Range, Type, describe
from engine.program import nodes as program
from engine.source import Span
from engine.syntax import nodes as syntax

Lower = Callable[[syntax.Expression, Scope, Type | None], program.Expression | None]
"""`Expressions.lower`; passed in, for the two know each other."""


_HANGS_ON_CONDITION = (MayBeMissing, MatchedNothing, say_names.UnknownName)
_LONGEST = 10**6
_VALUES = (syntax.Threshold, syntax.List, syntax.Define)
_Seen = tuple[str, tuple[Binding, ...], Paths]


@dataclass
class Declared:
    names: Names
    facts: Facts
    say: Say
    thresholds: dict[str, program.Threshold] = field(default_factory=dict)
    lists: dict[str, program.NamedList] = field(default_factory=dict)
    triggers: set[str] = field(default_factory=set)
    tables: dict[str, program.Table | None] = field(default_factory=dict)
    recursive: frozenset[str] = frozenset()
    """Defines that lead back to themselves; they have no body."""
    lowered: set[str] = field(default_factory=set)
    """Thresholds and lists that were read; one that has no value then was complained of."""
    _under_way: list[str] = field(default_factory=list)
    _called: dict[str, tuple[Binding, ...]] = field(default_factory=dict)
    _seen: dict[_Seen, program.Define | None] = field(default_factory=dict)
    _bodies: dict[str, program.Define] = field(default_factory=dict)
    _types: dict[Span, Type | None] = field(default_factory=dict)
    _silent: int = 0
    _lenient: bool = False

    lower: Lower = field(init=False)
    lower_table: Callable[[syntax.Table], program.Table | None] = field(init=False)

    def tell(self, diagnostic: Diagnostic) -> None:
        if self._silent or (self._lenient and isinstance(diagnostic, _HANGS_ON_CONDITION)):
            return
        match diagnostic:
            case say_names.UnknownField(record=record, name=name):
                is_said = self.facts.is_declared(record, name)
            case _:
                is_said = False
        if not is_said:
            self.say(diagnostic)

    @contextmanager
    def leniently(self) -> Iterator[None]:
        """Without complaints that a condition, itself complained of, may have answered."""
        self._lenient = True
        yield
        self._lenient = False

    def named_value(self, node: syntax.Name) -> program.Expression | None:
        """A threshold or a list, by its name."""
        threshold = self.threshold(node)
        if threshold is not None:
            value = threshold.value
            bounds = Range(value, value) if isinstance(value, int | float) else types.ANY_NUMBER
            return program.Constant(
                value, name=node.text, type=threshold.type, bounds=bounds, span=node.span
            )
        if node.text in self.lists:
            named = self.lists[node.text]
            type_ = types.ListOf(named.element, len(named.items))
            return program.Constant(named.items, name=node.text, type=type_, span=node.span)
        return None

    def threshold(self, used: syntax.Name) -> program.Threshold | None:
        """Lowered when it is first asked for, so that thresholds may stand in any order."""
        name, node = used.text, self.names.by_name.get(used.text)
        if not isinstance(node, syntax.Threshold):
            return None
        if name in self._under_way:
            path = (*self._under_way[self._under_way.index(name) :], name)
            self.tell(say_names.DefinedByItself(span=used.span, name=name, path=path))
        elif name not in self.lowered:
            self.lowered.add(name)
            self._under_way.append(name)
            self._lower_threshold(node)
            self._under_way.pop()
        return self.thresholds.get(name)

    def _lower_threshold(self, node: syntax.Threshold) -> None:
        type_ = self.facts.type_of(node.type)
        value = None if type_ is None else self.constant(node.value, type_, f"`{node.name.text}`")
        if type_ is not None and value is not None:
            self.thresholds[node.name.text] = program.Threshold(
                node.name.text, type_, value, node.because, span=node.span
            )

    def is_value(self, name: str) -> bool:
        return isinstance(self.names.by_name.get(name), _VALUES)

    @cached_property
    def value_names(self) -> tuple[str, ...]:
        return tuple(name for name, each in self.names.by_name.items() if isinstance(each, _VALUES))

    @cached_property
    def callable_names(self) -> tuple[str, ...]:
        return tuple(
            name
            for name, each in self.names.by_name.items()
            if isinstance(each, syntax.Define | syntax.Table)
        )

    def what(self, name: str) -> tuple[str, str | None]:
        """What kind of thing a name is, and how it is used."""
        declaration = self.names.by_name[name]
        match declaration:
            case syntax.Table() | syntax.Define():
                parameters = ", ".join(each.name.text for each in declaration.parameters)
                cure: str | None = f"ask it: `{name}({parameters})`"
            case syntax.Trigger():
                cure = f"write `… mentions {name}`"
            case syntax.Enum():
                cure = f"name one of its members, as `{name}.{declaration.members[0].name.text}`"
            case syntax.Decision():
                cure = "put what both need into a `define`"
            case _:
                cure = None
        return WHAT[type(declaration)], cure

    # fixed values

    def constant(self, node: syntax.Expression, type_: Type, what: str) -> object:
        """A fixed value of a type, or None where it was complained of."""
        lowered = self.lower(node, Scope(), type_)
        if lowered is None:
            return None
        if not operations.fits(lowered.type, type_):
            self.tell(
                say_types.WrongType(
                    span=node.span,
                    wanted=describe(type_),
                    found=describe(lowered.type),
                    where=what,
                    cure=cure_of(node, lowered.type, type_),
                )
            )
            return None
        value = fold(lowered)
        if value is NOT_FIXED or value is None:
            self.tell(say_types.NotConstant(span=node.span, what=what))
            return None
        return self._in_range(node, value, type_, what)

    def _in_range(self, node: syntax.Expression, value: object, type_: Type, what: str) -> object:
        if not isinstance(type_, types.Number | types.Duration) or not isinstance(
            value, int | float
        ):
            return value
        if type_.range.contains(value):
            return value
        said = values.write_text(value, type_)
        self.tell(
            say_types.OutsideRange(
                span=node.span, value=said, range=said_range(type_.range, type_), what=what
            )
        )
        return None

    def code_constant(self, text: str, code: types.Code, span: Span) -> program.Constant | None:
        if re.fullmatch(code.pattern, text):
            return program.Constant(text, type=code, span=span)
        self.tell(
            say_types.NotACode(span=span, text=text, code_name=code.name, form=said_form(code))
        )
        return None

    def trigger(self, name: syntax.Name) -> bool:
        if name.text in self.triggers:
            return True
        if not isinstance(self.names.by_name.get(name.text), syntax.Trigger):
            near = nearest(name.text, [each.name.text for each in self.names.of(syntax.Trigger)])
            self.tell(
                say_names.UnknownName(span=name.span, name=name.text, kind="trigger", nearest=near)
            )
        return False

    def table(self, name: str) -> program.Table | None:
        if name not in self.tables:
            declaration = self.names.by_name[name]
            self.tables[name] = None
            if isinstance(declaration, syntax.Table):
                self.tables[name] = self.lower_table(declaration)
        return self.tables[name]

    # defines

    def parameters(self, name: str) -> tuple[tuple[str, Type], ...] | None:
        declaration = self.names.by_name[name]
        if not isinstance(declaration, syntax.Define):
            return None
        found = [(each.name.text, self._parameter_type(each)) for each in declaration.parameters]
        known = tuple((text, type_) for text, type_ in found if type_ is not None)
        return known if len(known) == len(found) else None

    def _parameter_type(self, node: syntax.Parameter) -> Type | None:
        if node.span not in self._types:
            self._types[node.span] = self.facts.type_of(node.type)
        return self._types[node.span]

    def call(
        self, name: str, arguments: Sequence[program.Expression], known: Paths
    ) -> program.Expression | None:
        """The body as one call sees it, noted for the define's own lowering."""
        given = tuple(
            Binding(each.type, each.unknown, each.computed, each.sensitive, each.bounds)
            for each in arguments
        )
        before = self._called.get(name)
        self._called[name] = given if before is None else tuple(map(_widest, before, given))
        inherited = self._inherited(name, arguments, known)
        key = (name, given, inherited)
        if key not in self._seen:
            self._silent += 1
            self._seen[key] = self._lower_define(name, given, inherited)
            self._silent -= 1
        define = self._seen[key]
        return None if define is None else define.value

    def _inherited(self, name: str, arguments: Sequence[program.Expression], known: Paths) -> Paths:
        """What is known of the arguments' parts, said of the parameters."""
        found = set[Path]()
        for (parameter, _), argument in zip(self.parameters(name) or (), arguments, strict=True):
            path = path_of(argument)
            if path is not None:
                found |= {
                    (parameter, *each[len(path) :]) for each in known if each[: len(path)] == path
                }
        return frozenset(found)

    def body(self, name: str) -> program.Define | None:
        """A define as some call saw it: enough to see how its value hangs on its parameters."""
        return self._bodies.get(name)

    def define(self, name: str) -> program.Define | None:
        """The define for the program. Callers come before: they say what its parameters may be."""
        parameters = self.parameters(name)
        if parameters is None:
            return None
        return self._lower_define(
            name, self._called.get(name, tuple(of_type(type_) for _, type_ in parameters)), NOTHING
        )

    def _lower_define(
        self, name: str, called: Sequence[Binding], known: Paths
    ) -> program.Define | None:
        node, parameters = self.names.by_name[name], self.parameters(name)
        if not isinstance(node, syntax.Define) or parameters is None or name in self.recursive:
            return None
        bindings = {
            parameter: replace(binding, type=type_)
            for (parameter, type_), binding in zip(parameters, called, strict=True)
        }
        wanted = self.facts.type_of(node.result, unbounded=_LONGEST) if node.result else None
        value = self.lower(node.value, Scope({"now": NOW, **bindings}, known), wanted)
        if value is None or (node.result and wanted is None):
            return None
        if wanted is not None and not operations.fits(value.type, wanted):
            found = describe(value.type)
            where = f"`{name}`"
            self.tell(
                say_types.WrongType(
                    span=node.value.span, wanted=describe(wanted), found=found, where=where
                )
            )
            return None
        made = program.Define(
            name,
            tuple(program.Parameter(text, type_) for text, type_ in parameters),
            value,
            span=node.span,
        )
        self._bodies.setdefault(name, made)
        return made


def _widest(left: Binding, right: Binding) -> Binding:
    lows, highs = (left.bounds.low, right.bounds.low), (left.bounds.high, right.bounds.high)
    low = None if lows[0] is None or lows[1] is None else min(lows[0], lows[1])
    high = None if highs[0] is None or highs[1] is None else max(highs[0], highs[1])
    return Binding(
        left.type,
        left.unknown or right.unknown,
        left.computed or right.computed,
        left.sensitive or right.sensitive,
        Range(low, high),
    )


def said_form(code: types.Code) -> str:
    """A coded text's form in words: `domain, group, ".", item`."""
    return ", ".join(part.name or f'"{part.text}"' for part in code.parts)


def declared_lists(declared: Declared, nodes: Mapping[str, syntax.List]) -> None:
    """Lists come after thresholds: their items may be named there."""
    for name, node in nodes.items():
        declared.lowered.add(name)
        lowered = _list(declared, node)
        if lowered is not None:
            declared.lists[name] = lowered


def _list(declared: Declared, node: syntax.List) -> program.NamedList | None:
    element = declared.facts.type_of(node.type) if node.type else None
    if node.type and element is None:
        return None
    values: list[object] = []
    for item in node.items:
        if element is None:
            first = declared.lower(item.value, Scope(), None)
            if first is None:
                return None
            element = first.type
        value = declared.constant(item.value, element, f"an item of `{node.name.text}`")
        if value is None:
            return None
        values.append(value)
    unique_items(declared, node, values)
    notes = tuple(item.note for item in node.items)
    return program.NamedList(
        node.name.text, element or types.Text(), tuple(values), notes, span=node.span
    )


def unique_items(declared: Declared, node: syntax.List, values: Sequence[object]) -> None:
    seen: dict[object, Span] = {}
    for item, value in zip(node.items, values, strict=True):
        first = seen.setdefault(value, item.span)
        if first is not item.span:
            declared.tell(
                say_names.NameTaken(span=item.span, name=str(value), what="an item", first=first)
            )
