"""A decision and its thresholds to what counts as positive: some values of a field of the outcome.

Where nobody says it, it is read from the policy: the field is the first whose values have an order,
and positive is what the rules give that hang on the thresholds, and all that is looser; where
guards alone do, what is looser than they give. Without an order it is the `yes` of those rules.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.language import types
from engine.language.values import to_wire
from engine.program import nodes as program
from engine.program import walk
from engine.program.words import listed, value_words
from engine.verbs.wishing.wants import OUTCOME, WrongWantError, read_want, wants_of

POSITIVE, LOOSEST = 1, 2
"""Bits of the class of an outcome."""


@dataclass(frozen=True)
class Positive:
    """Values are in wire form; of a number `least` is the first that is positive. `loosest` is the
    last value of the field where these have an order."""

    field: str
    is_record: bool
    type: types.Type
    values: tuple[Any, ...]
    loosest: Any = None
    least: float | None = None

    def class_of(self, outcome: Any) -> int:
        value = outcome[self.field] if self.is_record else outcome
        is_enough = self.least is not None and value is not None and value >= self.least
        found = POSITIVE if is_enough or value in self.values else 0
        return found | LOOSEST if self.loosest is not None and value == self.loosest else found

    @property
    def known(self) -> tuple[str, ...]:
        """All values of the field, where they have names."""
        return tuple(self.type.wires.values()) if isinstance(self.type, types.Enum) else ()

    @property
    def words(self) -> str:
        """`action is reply_and_route or reply_and_close`."""
        if self.least is not None:
            return f"{self.field} is at least {value_words(self.least, self.type)}"
        return f"{self.field} is {listed(map(self._word, self.values), 'or')}"

    @property
    def loosest_words(self) -> str | None:
        return None if self.loosest is None else f"{self.field} is {self._word(self.loosest)}"

    def _word(self, wire: Any) -> str:
        if isinstance(self.type, types.Enum):
            return str(wire)
        return value_words(wire, self.type)


def named_positive(decision: program.Decision, asked: str) -> Positive:
    """Of `action=reply_and_route,reply_and_close`, or `action>=reply_and_route`; raises
    WrongWantError."""
    if re.match(r"[^=<>]*(<|>(?!=))", asked):
        cure = "write it with = or >=, as `action=reply_and_close` or `action>=reply_and_route`"
        raise WrongWantError(asked, f"`{asked}` does not say what is positive", cure)
    name, sign, text = asked.partition(">=")
    if sign:
        return _from(decision, name.strip(), text.strip())
    name, equals, texts = asked.partition("=")
    if not equals:
        cure = "write a field of the outcome and its value, as `action=reply_and_close`"
        raise WrongWantError(asked, f"`{asked}` does not say what is positive", cure)
    name = name.strip()
    words = [each.strip() for each in texts.split(",")]
    wires = [read_want(decision, name, each) for each in words]
    wants = [wants_of(decision, {name: each})[0] for each in wires]
    return _positive(decision, name, tuple(each.wire for each in wants))


def _from(decision: program.Decision, name: str, text: str) -> Positive:
    """That value, and all that is looser or greater."""
    wire = wants_of(decision, {name: read_want(decision, name, text)})[0].wire
    match dict(_fields(decision))[name]:
        case types.Enum(order=str()) as type_:
            members = [each.wire for each in type_.members]
            return _positive(decision, name, tuple(members[members.index(wire) :]))
        case types.Number():
            return replace(_positive(decision, name, ()), least=wire)
    cure = f"name its values, as `{name}={text}`"
    raise WrongWantError(name, f"`{name}` has no order", cure)


def derived_positive(
    policy: program.Program, decision: program.Decision, thresholds: Collection[str]
) -> Positive | None:
    """None where the policy does not tell."""
    places = _fields(decision)
    for name, type_ in places:
        if isinstance(type_, types.Enum) and type_.order is not None:
            return _ordered(policy, decision, thresholds, name, type_)
    for name, type_ in places:
        if isinstance(type_, types.Bool):
            given = _given(policy, decision, thresholds, name, guards=True)
            if True in given and False not in given:
                return _positive(decision, name, (True,))
    return None


def _ordered(
    policy: program.Program,
    decision: program.Decision,
    thresholds: Collection[str],
    name: str,
    type_: types.Enum,
) -> Positive:
    members = [each.wire for each in type_.members]
    by_rules = _given(policy, decision, thresholds, name, guards=False)
    by_guards = _given(policy, decision, thresholds, name, guards=True)
    if by_rules:
        first = min(map(members.index, by_rules))
    elif by_guards:
        first = max(map(members.index, by_guards)) + 1
    else:
        first = 1
    first = min(max(first, 1), len(members) - 1)
    return _positive(decision, name, tuple(members[first:]))


def _positive(decision: program.Decision, name: str, values: tuple[Any, ...]) -> Positive:
    type_ = dict(_fields(decision))[name]
    ordered = isinstance(type_, types.Enum) and type_.order is not None
    loosest = type_.members[-1].wire if isinstance(type_, types.Enum) and ordered else None
    return Positive(name, isinstance(decision.result, types.Record), type_, values, loosest)


def _fields(decision: program.Decision) -> Sequence[tuple[str, types.Type]]:
    if isinstance(decision.result, types.Record):
        return [(each.wire, each.type) for each in decision.result.fields]
    return [(OUTCOME, decision.result)]


def _given(
    policy: program.Program,
    decision: program.Decision,
    thresholds: Collection[str],
    name: str,
    *,
    guards: bool,
) -> list[Any]:
    """What those rules give that hang on a threshold, as far as it is fixed."""
    return [
        value
        for rule in (decision.guards if guards else decision.rules)
        if rule.condition is not None and _reads(policy, rule.condition, thresholds)
        for value in _fixed(decision, rule.outcome, name)
    ]


def _fixed(decision: program.Decision, outcome: program.Outcome, name: str) -> Iterator[Any]:
    node: program.Expression | None = outcome
    type_ = decision.result
    if isinstance(type_, types.Record):
        if not isinstance(outcome, program.MakeRecord):
            return
        place = next(at for at, each in enumerate(type_.fields) if each.wire == name)
        node, type_ = outcome.values[place], type_.fields[place].type
    if isinstance(node, program.Constant):
        yield to_wire(node.value, type_)


def _reads(policy: program.Program, node: program.Expression, thresholds: Collection[str]) -> bool:
    """Itself, or through the defines that it calls."""
    for each in walk.everything(node):
        match each:
            case program.Constant(name=str() as name, type=types.Number()) if name in thresholds:
                return True
            case program.Call(define=define):
                if _reads(policy, policy.defines[define].value, thresholds):
                    return True
    return False
