"""The facts that may be missing to those without which a decision is looser than with any value
(law 9).

`else`, `is known` and `is missing` say what a missing fact means, as a default does. What hangs on
these is as the author wants it, and no finding.
"""

from collections.abc import Container, Iterator, Mapping
from functools import partial
from typing import Any

from engine.backends.proof.facts import Case
from engine.backends.proof.hinges import Hinges, Loosened
from engine.backends.proof.session import Session
from engine.decision import Decision
from engine.diagnostics.deep import LooserWithout
from engine.language import types
from engine.program import nodes as program
from engine.program.reads import ELEMENT, Path, Paths
from engine.verbs.confirmed import confirmed
from engine.verbs.deep.looking import Looking
from engine.verbs.deep.witness import plainly, witness


def look_at_absence(
    looking: Looking, of: program.Decision, hinges: Hinges, session: Session
) -> None:
    said = _said(looking, of)
    for each in hinges.loosened:
        if not any(path[: len(each.fact)] == each.fact for path in said):
            _Lacking(looking, of, hinges, session).look(each)


def _said(looking: Looking, of: program.Decision) -> Paths:
    """The facts of which the policy says what their absence means, where the order of the outcome
    hangs on it."""
    given = [each.name for each in of.parameters]
    ordered = {place for place, *_ in _ordered({}, {}, of.result)}
    always = [each.value for each in of.always if each.place in ordered]
    given_out = (part for each in _outcomes(of) for part in _at(each, ordered))
    asked = [each.condition for each in (*of.guards, *of.rules)]
    parts = (*asked, *given_out, *always)
    return frozenset[Path]().union(*(looking.reads.by_presence(each, given) for each in parts))


def _outcomes(of: program.Decision) -> Iterator[program.Expression | None]:
    for rule in (*of.guards, *of.rules):
        yield from (rule.outcome, rule.unknown_outcome)
    if of.otherwise is not None:
        yield of.otherwise.outcome


def _at(
    outcome: program.Expression | None, places: Container[int]
) -> Iterator[program.Expression | None]:
    """The fields of an outcome at these places; the whole of what is no record made there."""
    if isinstance(outcome, program.MakeRecord):
        yield from (each for place, each in enumerate(outcome.values) if place in places)
    else:
        yield outcome


def _parts(of: program.Decision) -> Iterator[program.Expression | None]:
    yield from (each.condition for each in (*of.guards, *of.rules))
    yield from _outcomes(of)
    yield from (each.value for each in of.always)


class _Lacking:
    def __init__(
        self, looking: Looking, of: program.Decision, hinges: Hinges, session: Session
    ) -> None:
        self.looking, self.of, self.hinges, self.session = looking, of, hinges, session

    def look(self, each: Loosened) -> None:
        found = self.session.find([each.holds], partial(self._is_one, each.fact), shown=True)
        if found.kind == "no":
            return
        parts = tuple(part for part in each.fact if part != ELEMENT)
        fact, subject = ".".join(parts), (self.of.name, *parts)
        if found.kind != "yes":
            question = f"whether `{self.of.name}` is looser without `{fact}`"
            rough = list(self.hinges.encoder.rough)
            self.looking.unsettled(found, self.of.span, subject, question, rough)
            return
        pair = self._pair(each.fact, found.case)
        if pair is None:
            raise AssertionError(each.fact)
        given = [one.name for one in self.of.parameters]
        read = frozenset[Path]().union(
            *(self.looking.reads.facts(one, given) for one in _parts(self.of))
        )
        case = found.case
        self.looking.tell(
            LooserWithout(
                span=self.of.span,
                subject=subject,
                decision=self.of.name,
                fact=fact,
                witness=witness(self.of.parameters, case.arguments, case.now, read),
                strict=_told(pair[0].outcome, self.of.result),
                loose=_told(pair[1].outcome, self.of.result),
            )
        )

    def _is_one(self, fact: Path, case: Case) -> bool:
        return self._pair(fact, case) is not None

    def _pair(self, fact: Path, case: Case) -> tuple[Decision, Decision] | None:
        """What is decided with the fact, and what without it."""
        with_it = self._decided(case.arguments, case.now)
        at = next(n for n, each in enumerate(self.of.parameters) if each.name == fact[0])
        of = self.of.parameters[at].type
        for value in _lacking(case.arguments[at], of, fact[1:]):
            arguments = (*case.arguments[:at], value, *case.arguments[at + 1 :])
            without = self._decided(arguments, case.now)
            if with_it is None or without is None:
                continue
            if is_looser(without.outcome, with_it.outcome, self.of.result):
                return with_it, without
        return None

    def _decided(self, arguments: tuple[Any, ...], now: int) -> Decision | None:
        return confirmed(self.looking.policy, self.of.name, arguments, now)


def _lacking(value: Any, type_: types.Type, path: Path) -> Iterator[Any]:
    """The value without the fact; of a list, without that of one element."""
    if value is None:
        return
    match type_:
        case types.Record(fields=fields, places=places):
            at = places[path[0]]
            inner = value[at]
            if len(path) > 1:
                others = _lacking(inner, fields[at].type, path[1:])
            else:
                others = iter([None] if inner is not None else [])
            for other in others:
                yield (*value[:at], other, *value[at + 1 :])
        case types.ListOf(element=element):
            for at, each in enumerate(value):
                for other in _lacking(each, element, path[1:]):
                    yield (*value[:at], other, *value[at + 1 :])
        case _:
            return


def is_looser(
    one: Any, other: Any, type_: types.Type, skipped: Container[int] = frozenset()
) -> bool:
    """Of outcomes in wire form, without the fields at some places."""
    return any(
        (left is None) != (right is None)
        or (left is not None and enum.ranks[left] > enum.ranks[right])
        for place, _, left, right, enum in _ordered(one, other, type_)
        if place not in skipped
    )


def _told(outcome: Any, type_: types.Type) -> str:
    """Of its fields only those that have an order."""
    if isinstance(type_, types.Enum):
        return f"`{plainly(outcome, type_)}`"
    return ", ".join(
        f"`{name}: {'missing' if left is None else plainly(left, enum)}`"
        for _, name, left, _, enum in _ordered(outcome, outcome, type_)
    )


def _ordered(
    one: Any, other: Any, type_: types.Type
) -> Iterator[tuple[int, str, Any, Any, types.Enum]]:
    match type_:
        case types.Enum(order="strict to loose"):
            yield 0, "", one, other, type_
        case types.Record(fields=fields):
            outcomes: tuple[Mapping[str, Any], Mapping[str, Any]] = one, other
            for place, each in enumerate(fields):
                if isinstance(each.type, types.Enum) and each.type.order == "strict to loose":
                    yield (
                        place,
                        each.name,
                        outcomes[0].get(each.wire),
                        outcomes[1].get(each.wire),
                        each.type,
                    )
        case _:
            return
