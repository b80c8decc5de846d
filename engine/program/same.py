"""Two versions of a policy to what is the same in both: expressions, and all that they lean on.

Two expressions are the same where they are written alike, and so is every define, table and trigger
that they name, and every enum and code that they speak of.
"""

from dataclasses import dataclass, field
from typing import Any

from engine.language import types
from engine.program import nodes as program
from engine.program import walk

NAMED = (types.Enum, types.Code, types.Record)


@dataclass
class Same:
    old: program.Program
    new: program.Program
    _known: dict[tuple[str, str], bool] = field(default_factory=dict)
    _types: dict[str, bool] = field(default_factory=dict)

    def expression(self, old: program.Expression | None, new: program.Expression | None) -> bool:
        if old is None or new is None:
            return old is new
        return old == new and self.leans_on_the_same(old)

    def leans_on_the_same(self, of: program.Expression) -> bool:
        """Whether what an expression names is the same in both."""
        return all(self._node(each) for each in walk.everything(of))

    def rule(self, old: program.Rule, new: program.Rule) -> bool:
        """But for its reason."""
        return (
            old.kind == new.kind
            and self.expression(old.condition, new.condition)
            and self.expression(old.outcome, new.outcome)
            and self.expression(old.unknown_outcome, new.unknown_outcome)
        )

    def type(self, of: types.Type) -> bool:
        """Whether a declared type is the same in both, with all that is in it."""
        match of:
            case types.ListOf(element=element):
                return self.type(element)
            case types.Tally(member=member):
                return self.type(member)
            case types.Enum() | types.Code() | types.Record():
                return self._named_type(of.name)
            case _:
                return True

    def trigger(self, name: str) -> bool:
        key = "trigger", name
        if key not in self._known:
            self._known[key] = trigger(self.old, name) == trigger(self.new, name)
        return self._known[key]

    def table(self, name: str) -> bool:
        key = "table", name
        if key not in self._known:
            old, new = self.old.tables.get(name), self.new.tables.get(name)
            self._known[key] = old == new and (
                old is None or all(map(self.type, (old.result, *(p.type for p in old.parameters))))
            )
        return self._known[key]

    def define(self, name: str) -> bool:
        key = "define", name
        if key not in self._known:
            old, new = self.old.defines.get(name), self.new.defines.get(name)
            self._known[key] = (
                old is not None
                and new is not None
                and old.parameters == new.parameters
                and self.expression(old.value, new.value)
            )
        return self._known[key]

    def _node(self, node: program.Expression) -> bool:
        match node:
            case program.Call(define=name):
                same = self.define(name)
            case program.Lookup(table=name):
                same = self.table(name)
            case program.Mentions(triggers=names):
                same = all(map(self.trigger, names))
            case _:
                same = True
        return same and (not isinstance(node.type, types.Enum | types.Code) or self.type(node.type))

    def _named_type(self, name: str) -> bool:
        if name not in self._types:
            self._types[name] = True  # until it is known better: a type does not hold itself
            self._types[name] = spelled(declared(self.old, name)) == spelled(
                declared(self.new, name)
            )
        return self._types[name]


def trigger(policy: program.Program, name: str) -> Any:
    return next((each for each in policy.triggers if each.name == name), None)


def declared(policy: program.Program, name: str) -> Any:
    return policy.enums.get(name) or policy.codes.get(name) or policy.records.get(name)


def spelled(of: types.Type | None) -> Any:
    """A type with all that is in it, as something that compares in full; notes do not count."""
    match of:
        case types.Enum(name=name, members=members, order=order):
            return ("enum", name, tuple((each.name, each.wire) for each in members), order)
        case types.Code(name=name, parts=parts):
            return ("code", name, tuple((e.name, spelled(e.type), e.pattern) for e in parts))
        case types.Record(name=name, fields=fields):
            return ("record", name, tuple(map(_field, fields)))
        case types.ListOf(element=element, bound=bound):
            return ("list", spelled(element), bound)
        case types.Tally(member=member, daily=daily):
            return ("tally", spelled(member), daily)
        case types.Number(integer=integer, unit=unit, range=within):
            return ("number", integer, unit, within)
        case types.Duration(range=within):
            return ("duration", within)
        case _:
            return of


def _field(of: types.Field) -> Any:
    return (of.name, of.wire, spelled(of.type), of.optional, of.has_default, repr(of.default))
