"""An expression and the facts it reads to a tree of steps: what each part came to, or why it is
unknown.

This is the slow way, for explanations and as a check on the fast one. It shares the meanings in the
tables of operators and functions, the matcher, and the rule for the rows of a table; it evaluates
every operand of `and` and `or`, also where the first ones decide. Each expression is made into a
function once, which runs for every case.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, assert_never

from engine.backends.python.births import escaped
from engine.backends.python.codes import parts_reader
from engine.backends.python.matcher import Matcher
from engine.backends.python.meanings import TAKE_UNKNOWN, aggregated, meaning_of
from engine.backends.python.steps import (
    MATCHED,
    Names,
    Step,
    any_sensitive,
    births,
    elements,
    joined,
    quick,
)
from engine.language.operators import OPERATORS, kleene_and, kleene_not, kleene_or
from engine.language.values import format_number, settle, write_text
from engine.program import nodes as program
from engine.program.index import look_up_unknown

Run = Callable[[Names], Step]


class Interpreter:
    """Evaluates the expressions of one program. A `define` called with the same values again is
    not evaluated again within one case: `forget` begins another. `rows`, where it is a set, gets
    each row that is found in a table, by the table's name and the row's place; `called`, where it
    is a dict, what each define was called with."""

    def __init__(self, policy: program.Program, matcher: Matcher) -> None:
        self._policy = policy
        self._matcher = matcher
        self._bits = {trigger.name: 1 << place for place, trigger in enumerate(policy.triggers)}
        self._readers = {name: parts_reader(code) for name, code in policy.codes.items()}
        self._runs: dict[int, tuple[program.Expression, Run]] = {}
        self._calls: dict[object, tuple[Step, tuple[Step, ...]]] = {}
        self.rows: set[tuple[str, int]] | None = None
        self.called: dict[str, list[Names]] | None = None

    def forget(self) -> None:
        self._calls.clear()

    def step(self, node: program.Expression, names: Names) -> Step:
        return self._run(node)(names)

    def text(self, pieces: Sequence[program.Piece], names: Names) -> str:
        return "".join([self._piece(piece, names) for piece in pieces])

    def _run(self, node: program.Expression) -> Run:
        known = self._runs.get(id(node))
        if known is None:
            known = self._runs[id(node)] = node, self._made(node)
        return known[1]

    def _made(self, node: program.Expression) -> Run:
        match node:
            case program.Constant(value=value):
                constant = Step(node, value)
                return lambda names: constant  # noqa: ARG005
            case program.Variable():
                return _variable(node)
            case program.FieldOf():
                return self._field(node)
            case program.PartOf():
                return self._part(node)
            case program.Apply():
                return self._apply(node)
            case program.Settle(operand=operand):
                return _over(node, [self._run(operand)], _settled)
            case program.Not(operand=operand):
                return _over(node, [self._run(operand)], kleene_not)
            case program.Chain(symbol=symbol, operands=operands):
                meaning = kleene_and if symbol == "and" else kleene_or
                return _over(node, [self._run(each) for each in operands], meaning)
            case program.MakeList(items=items):
                return _over(node, [self._run(each) for each in items], _listed)
            case program.Lookup():
                return self._lookup(node)
            case program.Call():
                return self._call(node)
            case program.Mentions():
                return self._mentions(node)
            case program.Quantified():
                return self._quantified(node)
            case program.Gather():
                return self._gather(node)
            case program.Aggregate():
                return self._aggregate(node)
            case program.CompareCount():
                return self._compare_count(node)
            case program.Choice():
                return self._choice(node)
            case program.MakeRecord():
                return self._make_record(node)
            case program.Template(pieces=pieces):
                return lambda names: Step(node, self.text(pieces, names))
            case _:
                assert_never(node)

    def _field(self, node: program.FieldOf) -> Run:
        if isinstance(node.record, program.Variable):
            return self._field_of_variable(node, node.record)
        record, read = self._run(node.record), self._reading(node)

        def run(names: Names) -> Step:
            step = record(names)
            return read(step, (step,))

        return run

    def _field_of_variable(self, node: program.FieldOf, variable: program.Variable) -> Run:
        """Most fields are, and a step of its own for the variable would say nothing, unless it is
        what is missing."""
        name, record, read = variable.name, self._run(variable), self._reading(node)

        def run(names: Names) -> Step:
            bound = names[name]
            return read(bound, ()) if bound.value is not None else read(bound, (record(names),))

        return run

    def _reading(self, node: program.FieldOf) -> Callable[[Step, tuple[Step, ...]], Step]:
        field = node.record.type.fields[node.place]  # type: ignore[union-attr]
        hidden, ending, place = field.sensitive, f"/{escaped(field.wire)}", node.place
        line = (self._line(node),)

        def read(record: Step, steps: tuple[Step, ...]) -> Step:
            _, value, born, at, sensitive, _, _ = record
            if value is not None:
                value = value[place]
                at = None if at is None else at + ending
                born = () if value is not None else line if at is None else (at,)
            else:
                at = None
            return quick((node, value, born, at, sensitive or hidden, steps, None))

        return read

    def _part(self, node: program.PartOf) -> Run:
        code, place = self._run(node.code), node.place
        read = self._readers[node.code.type.name]  # type: ignore[union-attr]

        def run(names: Names) -> Step:
            step = code(names)
            parts = None if step.value is None else read(step.value)
            return joined(node, None if parts is None else parts[place], (step,))

        return run

    def _apply(self, node: program.Apply) -> Run:
        operands = [self._run(each) for each in node.operands]
        meaning, takes_unknown = meaning_of(node), node.symbol in TAKE_UNKNOWN

        def run(names: Names) -> Step:
            steps = tuple([operand(names) for operand in operands])
            values = [step.value for step in steps]
            if None in values and not takes_unknown:
                return joined(node, None, steps)
            value = meaning(*values)
            return self._unborn(node, steps) if value is None else joined(node, value, steps)

        return run

    def _unborn(self, node: program.Expression, steps: tuple[Step, ...]) -> Step:
        """What is unknown though nothing that went into it is was born at its line."""
        return joined(node, None, steps, births(steps) or (self._line(node),))

    def _line(self, node: program.Expression) -> str:
        return f"line {self._policy.source.line(node.span.start)}"

    def _lookup(self, node: program.Lookup) -> Run:
        table = self._policy.tables[node.table]

        def found(*values: Any) -> Any:
            return self.look_up(table, values)

        return _over(node, [self._run(each) for each in node.arguments], found)

    def look_up(self, table: program.Table, values: Sequence[Any]) -> Any:
        row = look_up_unknown(table, values)
        if row is None:
            return None
        if self.rows is not None:
            self.rows.add((table.name, row))
        return table.rows[row].result

    def _call(self, node: program.Call) -> Run:
        define, arguments = self._policy.defines[node.define], node.arguments
        runs = [self._run(each) for each in arguments]
        value = self._run(define.value)
        parameters = [parameter.name for parameter in define.parameters]

        def run(names: Names) -> Step:
            steps = tuple([each(names) for each in runs])
            key = (define.name, *[(id(each.value), each.at, each.born) for each in steps])
            known = self._calls.get(key)
            if known is None:
                given = {**dict(zip(parameters, steps, strict=True)), "now": names["now"]}
                if self.called is not None:
                    self.called.setdefault(define.name, []).append(given)
                known = self._calls[key] = value(given), steps
            body = known[0]
            return quick((node, body.value, body.born, body.at, body.sensitive, (body,), None))

        return run

    def _mentions(self, node: program.Mentions) -> Run:
        text, every = self._run(node.text), node.quantity == "all"
        asked = sum({self._bits[trigger] for trigger in node.triggers})

        def run(names: Names) -> Step:
            step = text(names)
            if step.value is None:
                return Step(node, None, step.born, steps=(step,))
            mentioned = self._matcher.match(step.value) & asked
            holds = mentioned == asked if every else mentioned != 0
            found = partial(self._matcher.said, step.value, mentioned) if mentioned else None
            return Step(node, holds, steps=(step,), found=found)

        return run

    def _quantified(self, node: program.Quantified) -> Run:
        items, condition = self._run(node.items), self._run(node.condition)
        meaning = kleene_or if node.quantity == "any" else kleene_and

        def run(names: Names) -> Step:
            listed = items(names)
            if listed.value is None:
                return Step(node, None, listed.born, steps=(listed,))
            each = elements(listed)
            steps = tuple([condition({**names, node.variable: one}) for one in each])
            return joined(node, meaning(*[step.value for step in steps]), steps)

        return run

    def _gather(self, node: program.Gather) -> Run:
        items, kept = self._run(node.items), self._kept(node)

        def run(names: Names) -> Step:
            listed = items(names)
            if listed.value is None:
                return joined(node, None, (listed,))
            steps, values = kept(listed, names)
            unknown = any(step.value is None for step in steps)
            return joined(node, None if unknown else tuple(values), (listed, *steps))

        return run

    def _kept(self, node: program.Gather) -> Callable[[Step, Names], tuple[list[Step], list[Any]]]:
        """All that is asked of the elements, and the values of those that are surely kept."""
        condition = None if node.condition is None else self._run(node.condition)
        value = self._run(node.value)

        def run(listed: Step, names: Names) -> tuple[list[Step], list[Any]]:
            steps, values = [], []
            for element in elements(listed):
                inner = {**names, node.variable: element}
                if condition is not None:
                    steps.append(condition(inner))
                if condition is None or steps[-1].value is True:
                    steps.append(value(inner))
                    values.append(steps[-1].value)
            return steps, values

        return run

    def _aggregate(self, node: program.Aggregate) -> Run:
        if node.name == "count":
            count = self._count(node)

            def counted(names: Names) -> Step:
                low, high, steps = count(names)
                return joined(node, low if low == high else None, steps)

            return counted
        gather = self._run(node.gather)

        def run(names: Names) -> Step:
            gathered = gather(names)
            value = None if gathered.value is None else aggregated(node, gathered.value)
            steps = (gathered,)
            return self._unborn(node, steps) if value is None else joined(node, value, steps)

        return run

    def _count(self, node: program.Aggregate) -> Callable[[Names], "_Counted"]:
        items = self._run(node.gather.items)
        condition = None if node.gather.condition is None else self._run(node.gather.condition)

        def run(names: Names) -> _Counted:
            listed = items(names)
            if listed.value is None:
                return None, -1, (listed,)
            if condition is None:
                return len(listed.value), len(listed.value), (listed,)
            inner = ({**names, node.gather.variable: each} for each in elements(listed))
            asked = [condition(each) for each in inner]
            low = sum(each.value is True for each in asked)
            return low, low + sum(each.value is None for each in asked), (listed, *asked)

        return run

    def _compare_count(self, node: program.CompareCount) -> Run:
        count, other = self._count(node.count), self._run(node.other)
        meaning = OPERATORS[node.symbol].signatures[0].meaning

        def run(names: Names) -> Step:
            low, high, asked = count(names)
            limit = other(names)
            steps = (joined(node.count, low if low == high else None, asked), limit)
            if low is None or high is None or limit.value is None:
                return joined(node, None, steps)
            left = node.count_left
            verdicts = {
                meaning(each, limit.value) if left else meaning(limit.value, each)
                for each in range(low, high + 1)
            }
            return joined(node, verdicts.pop() if len(verdicts) == 1 else None, steps)

        return run

    def _choice(self, node: program.Choice) -> Run:
        branches = [(self._run(each.condition), self._run(each.value)) for each in node.branches]
        otherwise = self._run(node.otherwise)

        def run(names: Names) -> Step:
            asked: list[Step] = []
            chosen = otherwise
            for condition, value in branches:
                asked.append(condition(names))
                if asked[-1].value is None:
                    return joined(node, None, tuple(asked))
                if asked[-1].value:
                    chosen = value
                    break
            step = chosen(names)
            return quick(
                (node, step.value, step.born, step.at, step.sensitive, (*asked, step), None)
            )

        return run

    def _make_record(self, node: program.MakeRecord) -> Run:
        runs = [None if each is None else self._run(each) for each in node.values]

        def run(names: Names) -> Step:
            made = [None if each is None else each(names) for each in runs]
            values = tuple([None if each is None else each.value for each in made])
            steps = tuple([each for each in made if each is not None])
            return Step(node, values, sensitive=any_sensitive(steps), steps=steps)

        return run

    def _piece(self, piece: program.Piece, names: Names) -> str:
        match piece:
            case program.Words(text=text):
                return text
            case program.Show(value=shown, format=pattern):
                value = self.step(shown, names).value
                if pattern is not None and value is not None:
                    return format_number(value, pattern)
                return write_text(value, shown.type)
            case program.ShowMatched():
                found = names[MATCHED].found if MATCHED in names else None
                return ", ".join(found()) if found else ""
            case program.Repeat(variable=variable, items=items, pieces=pieces):
                each = elements(self.step(items, names))
                return "".join(self.text(pieces, {**names, variable: one}) for one in each)
            case program.If(condition=condition, pieces=pieces, otherwise=otherwise):
                holds = self.step(condition, names).value is True
                return self.text(pieces if holds else otherwise, names)
            case _:
                assert_never(piece)


_Counted = tuple[int | None, int | None, tuple[Step, ...]]
"""The least and the greatest that a count can be; None and -1 of unknown items."""


def _variable(node: program.Variable) -> Run:
    name = node.name

    def run(names: Names) -> Step:
        bound = names[name]
        return quick((node, bound.value, bound.born, bound.at, bound.sensitive, (), None))

    return run


def _over(node: program.Expression, operands: Sequence[Run], meaning: Callable[..., Any]) -> Run:
    """The meaning itself is told of unknowns."""

    def run(names: Names) -> Step:
        steps = tuple([operand(names) for operand in operands])
        return joined(node, meaning(*[step.value for step in steps]), steps)

    return run


def _settled(number: Any) -> Any:
    return None if number is None else settle(number)


def _listed(*values: Any) -> tuple[Any, ...] | None:
    return None if None in values else values
