"""A table and its arguments to the result: the first row that is not false decides."""

from collections.abc import Sequence
from typing import assert_never

from engine.backends.columns import terms, values
from engine.backends.columns.leaves import at_end, at_least
from engine.backends.columns.terms import TRUE, Term
from engine.backends.columns.values import Gap, Value
from engine.language import types
from engine.program import nodes as program

_MOST_CELLS = 3_000


def look_up(table: program.Table, arguments: Sequence[Term]) -> Value:
    if len(table.rows) * len(arguments) > _MOST_CELLS:
        raise Gap(f"`{table.name}`", f"a table of more than {_MOST_CELLS} cells")
    nothing = values.nothing_of(table.result)
    branches: list[tuple[Term, Value]] = []
    for row in table.rows:
        verdict = terms.all_of(
            *[_cell(each, value) for each, value in zip(row.cells, arguments, strict=True)]
        )
        result = values.fixed(row.result, table.result)
        branches.append((verdict, result))
        if verdict.nullable:
            branches.append((terms.missing(verdict), nothing))
    return values.chosen(branches, nothing)


def _cell(cell: program.Cell, argument: Term) -> Term:
    match cell:
        case program.Anything():
            return TRUE
        case program.Values(values=among):
            if argument.kind == "float":
                return terms.any_of(
                    *[terms.equal(argument, terms.fixed(each, "float")) for each in among]
                )
            return terms.among(argument, among)
        case program.Within(range=types.Range() as range_):
            return terms.all_of(at_least(argument, range_), at_end(argument, range_))
        case _:
            assert_never(cell)
