"""A checked lifecycle to functions: for each transition whether it holds and what it sets, for each
deadline its instant, and what happens then.

A function of a transition, `(facts, state, event, now)`, or of a deadline, `(facts, state, now)`,
gives four things: whether the condition is true (None where it is unknown), the facts missing for
it, the new values in the order of the sets, and the words of its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.backends.python import expressions
from engine.backends.python.births import births, escaped
from engine.backends.python.body import Body, Kit, distinct, reads_whole, texts_in_functions
from engine.backends.python.ruled import Ruled, because, ruled
from engine.program import nodes as program
from engine.program.nodes import Expression
from engine.source import Span


@dataclass(frozen=True)
class Steps:
    """Functions, or their names before they are loaded. `reads` are the places of the facts that a
    deadline's instant is computed from, None where it is all of them; `timed` says which
    transitions read `now`, `from_entering` which instants do."""

    transitions: tuple[Any, ...]
    instants: tuple[Any, ...]
    deadlines: tuple[Any, ...]
    reads: tuple[frozenset[int] | None, ...]
    timed: tuple[bool, ...]
    from_entering: tuple[bool, ...]

    def load(self, loaded: Mapping[str, Any]) -> "Steps":
        return Steps(
            tuple(loaded[name] for name in self.transitions),
            tuple(loaded[name] for name in self.instants),
            tuple(loaded[name] for name in self.deadlines),
            self.reads,
            self.timed,
            self.from_entering,
        )


def machine(kit: Kit, node: program.Lifecycle) -> Steps:
    writer = _Writer(kit, node)
    transitions = tuple(
        writer.step(
            each.name, each.condition, each.sets, each.because, each.span, unsure=each.guard
        )
        for each in node.transitions
    )
    instants = tuple(writer.instant(each) for each in node.deadlines)
    deadlines = tuple(
        writer.step(each.name, each.condition, each.sets, each.because, each.span, event=False)
        for each in node.deadlines
    )
    instants_of = [kit.expander.expand(each.at, {}) for each in node.deadlines]
    return Steps(
        transitions,
        instants,
        deadlines,
        reads=tuple(_reads(each, node.parameter.name) for each in instants_of),
        timed=tuple(_is_timed(kit, each) for each in node.transitions),
        from_entering=tuple(reads_whole(each, "now") for each in instants_of),
    )


class _Writer:
    def __init__(self, kit: Kit, node: program.Lifecycle) -> None:
        self.kit, self.node = kit, node

    def step(
        self,
        name: str,
        condition: Expression | None,
        sets: Sequence[program.Set],
        said: program.Template | None,
        span: Span,
        *,
        event: bool = True,
        unsure: bool = False,
    ) -> str:
        """`unsure` says that the step is taken where the condition is unknown too."""
        values = [each.value for each in sets]
        rule = ruled(self.kit.expander, name, condition, values, said, span)
        body, opening = self._body(rule.roots(), event)
        for found, variable in rule.witnesses.items():
            body.witnesses[found] = body.variables[variable] = body.local("witness")
        depth = 1
        if rule.condition is not None:
            form = expressions.value if rule.condition.unknown else expressions.true
            verdict = body.mark(rule.condition) + form(body, rule.condition)
            body.write(1, f"holds = ({verdict})", span)
            body.write(1, "if holds:")
            depth = 2
        with body.perhaps():
            said_code = because(body, depth, rule)
            body.write(depth, f"return True, (), {self._values(body, rule)}, {said_code}")
        if rule.maybe_unknown:
            self._write_unknown(body, rule, unsure)
        if rule.condition is not None:
            body.write(1, "return False, (), (), ''")
        return self._add(name, body, opening, event, span)

    def instant(self, node: program.Deadline) -> str:
        root = self.kit.expander.expand(node.at, {})
        body, opening = self._body([root], event=False)
        code = body.mark(root) + expressions.value(body, root)
        body.write(1, f"return ({code})", node.span)
        return self._add(node.name, body, opening, False, node.span)

    def _body(self, roots: Sequence[Expression], event: bool) -> tuple[Body, list[str]]:
        given = self.kit.module.fresh(self.node.parameter.name)
        variables = {self.node.parameter.name: given, "state": "state", "now": "now"}
        body = Body(self.kit, variables | ({"event": "event"} if event else {}), roots)
        opening = []
        target = body.unpack(self.node.parameter.name, self.node.parameter.type, roots)
        if target is not None:
            opening.append(f"    {target} = {given}")
        if texts_in_functions(roots):
            body.seen = body.local("seen")
            opening.append(f"    {body.seen} = {{}}")
        return body, opening

    def _write_unknown(self, body: Body, rule: Ruled, unsure: bool) -> None:
        if rule.condition is None:
            return
        name = self.node.parameter.name
        pointers = {name: repr(f"/{escaped(name)}"), "event": repr("/event")}
        body.write(1, "if holds is None:")
        missing = births(body, rule.condition, pointers)
        with body.perhaps():
            values = self._values(body, rule) if unsure else "()"
            body.write(2, f"return None, {missing}, {values}, ''", rule.span)

    def _values(self, body: Body, rule: Ruled) -> str:
        made = (expressions.value(body, each) for each in rule.outcomes if each is not None)
        return f"({''.join(f'{each}, ' for each in made)})"

    def _add(self, name: str, body: Body, opening: list[str], event: bool, span: Span) -> str:
        function = self.kit.module.fresh(name)
        given = body.variables[self.node.parameter.name]
        parameters = f"{given}, state, event, now" if event else f"{given}, state, now"
        lines = [*opening, *body.blanks(1), *body.lines]
        self.kit.module.add(f"def {function}({parameters}):", lines, span)
        return function


def _is_timed(kit: Kit, node: program.Transition) -> bool:
    parts = [node.condition, node.because, *(each.value for each in node.sets)]
    expanded = [kit.expander.expand(part, {}) for part in parts if part is not None]
    return any(reads_whole(part, "now") for part in expanded)


def _reads(node: Expression, name: str) -> frozenset[int] | None:
    if reads_whole(node, name):
        return None
    return frozenset(
        each.place
        for each in distinct([node])
        if isinstance(each, program.FieldOf)
        and isinstance(each.record, program.Variable)
        and each.record.name == name
    )
