"""A program to those of its rules and rows that decide in one of its examples, and those in none.

Each example is decided once more by the interpreter, which knows the rows that it found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from engine.backends.python.trace import Tracer, facts_of
from engine.diagnostics.examples import Uncovered
from engine.program import nodes as program
from engine.source import Span
from engine.verbs.examples import determining, lived

_Key = tuple[str, str | int]
"""A decision or lifecycle and its rule, or a table and the place of its row."""


@dataclass(frozen=True)
class Coverage:
    total: int
    uncovered: tuple[Uncovered, ...]

    @property
    def covered(self) -> int:
        return self.total - len(self.uncovered)


def coverage(policy: program.Program) -> Coverage:
    """A rule is covered where it determines, a row where it is looked up."""
    parts, seen = dict(_parts(policy)), _seen(policy)
    return Coverage(len(parts), tuple(told for key, told in parts.items() if key not in seen))


def _parts(policy: program.Program) -> Iterator[tuple[_Key, Uncovered]]:
    """Everything that can be covered, and what is said where it is not."""
    for decision in policy.decisions.values():
        for rule in (*decision.guards, *decision.rules):
            yield (decision.name, rule.name), _rule(rule.kind, rule.name, rule.span)
        if decision.otherwise is not None:
            told = Uncovered(span=decision.otherwise.span, what=f"`otherwise` of `{decision.name}`")
            yield (decision.name, "otherwise"), told
    for lifecycle in policy.lifecycles.values():
        for each in lifecycle.transitions:
            yield (lifecycle.name, each.name), _rule("transition", each.name, each.span)
        for due in lifecycle.deadlines:
            yield (lifecycle.name, due.name), _rule("deadline", due.name, due.span)
    for table in policy.tables.values():
        for place, row in enumerate(table.rows):
            yield (table.name, place), Uncovered(span=row.span, what=f"this row of `{table.name}`")


def _rule(kind: str, name: str, span: Span) -> Uncovered:
    return Uncovered(span=span, what=f"the {kind} `{name}`")


def _seen(policy: program.Program) -> set[_Key]:
    tracer = Tracer(policy)
    rows = tracer.interpreter.rows = set[tuple[str, int]]()
    names = {
        (example.of, name)
        for example in policy.examples
        for name in _names(policy, tracer, example)
    }
    return names | rows


def _names(policy: program.Program, tracer: Tracer, example: program.Example) -> Iterator[str]:
    """What determined, where anything decides; a define and a table only look rows up."""
    match example.kind:
        case "decision":
            of = policy.decisions[example.of]
            trace = tracer.trace_values(of, example.arguments, example.now)
            yield from determining(trace.decision)
        case "lifecycle":
            _, decisions = lived(tracer.lives[example.of].machine, example)
            for decision in decisions:
                yield from determining(decision)
        case "define":
            define = policy.defines[example.of]
            facts = facts_of(define.parameters, example.arguments, example.now)
            tracer.interpreter.forget()
            tracer.interpreter.step(define.value, facts)
        case "table":
            tracer.interpreter.look_up(policy.tables[example.of], example.arguments)
        case _:
            assert_never(example.kind)
