"""How many steps a decision may take at most, by the bounds of its lists (law 7)."""

from collections.abc import Iterable, Mapping, Sequence

from engine.checker.names import Say
from engine.diagnostics.types import TooCostly
from engine.language import types
from engine.program import nodes as program
from engine.program import walk

LIMIT = 3_000_000
_MENTION = 50
_SIMILARITY = 150
"""What it takes to read the words of two sentences, in steps of arithmetic."""


def look_at_cost(found: program.Program, tell: Say) -> None:
    costs = _Costs(found.defines)
    for decision in found.decisions.values():
        steps = costs.shared(_of_decision(decision))
        if steps > LIMIT:
            tell(TooCostly(span=decision.span, name=decision.name, cost=steps, limit=LIMIT))
    for lifecycle in found.lifecycles.values():
        steps = costs.shared(_of_lifecycle(lifecycle))
        if steps > LIMIT:
            tell(TooCostly(span=lifecycle.span, name=lifecycle.name, cost=steps, limit=LIMIT))


def _of_decision(decision: program.Decision) -> list[program.Expression]:
    found: list[program.Expression | None] = []
    for rule in (*decision.guards, *decision.rules):
        found += [rule.condition, rule.outcome, rule.because]
    if decision.otherwise is not None:
        found += [decision.otherwise.outcome, decision.otherwise.because]
    found += [each.value for each in decision.always]
    return [each for each in found if each is not None]


def _of_lifecycle(lifecycle: program.Lifecycle) -> list[program.Expression]:
    found: list[program.Expression | None] = []
    steps: tuple[program.Transition | program.Deadline, ...]
    steps = (*lifecycle.transitions, *lifecycle.deadlines)
    for each in steps:
        found += [each.condition, each.because, *(one.value for one in each.sets)]
    found += [each.at for each in lifecycle.deadlines]
    return [each for each in found if each is not None]


class _Costs:
    def __init__(self, defines: Mapping[str, program.Define]) -> None:
        self._defines = defines
        self._known: dict[str, int] = {}
        self._asked: dict[str, tuple[int, ...]] = {}

    def shared(self, nodes: Sequence[program.Expression]) -> int:
        """What is called with the same arguments outside of loops is computed once."""
        seen = set[program.Call]()
        return sum(self._once(node, seen) for node in nodes)

    def _once(self, node: program.Expression, seen: set[program.Call]) -> int:
        match node:
            case program.Call(define=name, arguments=arguments):
                if node in seen:
                    return 1
                seen.add(node)
                given = zip(arguments, self._times(name), strict=True)
                told = (self._once(each, seen) * often for each, often in given)
                return 1 + self._define(name) + sum(told)
            case program.Quantified(items=items) | program.Gather(items=items):
                return self._once(items, seen) + self.of(node) - self.of(items)
            case program.Apply(symbol=symbol) if symbol != "similarity":
                return 1 + sum(self._once(each, seen) for each in walk.children(node))
            case program.Not() | program.Chain() | program.CompareCount() | program.MakeRecord():
                return 1 + sum(self._once(each, seen) for each in walk.children(node))
            case _:
                return self.of(node)

    def of(self, node: program.Expression) -> int:
        match node:
            case program.Quantified(items=items, condition=condition):
                return 1 + self.of(items) + _bound(items) * (1 + self.of(condition))
            case program.Gather(items=items, value=value, condition=condition):
                each = 1 + self.of(value) + (self.of(condition) if condition is not None else 0)
                return 1 + self.of(items) + _bound(items) * each
            case program.Call(define=name, arguments=arguments):
                times = self._times(name)
                given = (
                    self.of(each) * often for each, often in zip(arguments, times, strict=True)
                )
                return 1 + self._define(name) + sum(given)
            case program.Mentions(text=text):
                return _MENTION + self.of(text)
            case program.Apply(symbol="similarity", operands=operands):
                return _SIMILARITY + sum(map(self.of, operands))
            case program.Template(pieces=pieces):
                return 1 + self._pieces(pieces)
            case _:
                return 1 + sum(map(self.of, walk.children(node)))

    def _times(self, name: str) -> tuple[int, ...]:
        """How often each argument is computed: what only a loop asks for, at each of its turns."""
        if name not in self._asked:
            define = self._defines[name]
            found = (self._asks(define.value, each.name) for each in define.parameters)
            self._asked[name] = tuple(each or 1 for each in found)
        return self._asked[name]

    def _asks(self, node: program.Expression, parameter: str) -> int | None:
        """None where the parameter does not stand in it."""
        match node:
            case program.Variable(name=name):
                return 1 if name == parameter else None
            case program.Call(define=name, arguments=arguments):
                given = zip(arguments, self._times(name), strict=True)
                return _least((self._asks(each, parameter), often) for each, often in given)
            case program.Quantified(items=items) | program.Gather(items=items):
                inside = [each for each in walk.children(node) if each is not items]
                looped = ((self._asks(each, parameter), _bound(items)) for each in inside)
                return _least([(self._asks(items, parameter), 1), *looped])
            case _:
                return _least((self._asks(each, parameter), 1) for each in walk.children(node))

    def _define(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = self.of(self._defines[name].value)
        return self._known[name]

    def _pieces(self, pieces: tuple[program.Piece, ...]) -> int:
        steps = 0
        for piece in pieces:
            match piece:
                case program.Show(value=value):
                    steps += 1 + self.of(value)
                case program.Repeat(items=items, pieces=inner):
                    steps += self.of(items) + _bound(items) * (1 + self._pieces(inner))
                case program.If(condition=condition, pieces=inner, otherwise=otherwise):
                    steps += self.of(condition) + self._pieces(inner) + self._pieces(otherwise)
                case _:
                    steps += 1
        return steps


def _least(found: Iterable[tuple[int | None, int]]) -> int | None:
    return min((each * often for each, often in found if each is not None), default=None)


def _bound(items: program.Expression) -> int:
    return items.type.bound if isinstance(items.type, types.ListOf) else 1
