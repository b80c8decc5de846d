"""Tables: heading, rows and cells, one- or two-way; then their gaps and overlaps."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from engine.checker.declared import Declared
from engine.diagnostics import tables as say
from engine.diagnostics import types as say_types
from engine.language import types, values
from engine.language.types import Type, describe
from engine.program import nodes as program
from engine.program import tables as regions
from engine.syntax import nodes as syntax


def lower_table(declared: Declared, node: syntax.Table) -> program.Table | None:
    parameters = _parameters(declared, node)
    result = declared.facts.type_of(node.result)
    if parameters is None or result is None:
        return None
    two_way = isinstance(node.rows[0].cells[0], syntax.Corner)
    rows = (
        _two_way(declared, node, parameters, result)
        if two_way
        else _one_way(declared, node, parameters, result)
    )
    if rows is None:
        return None
    table = program.Table(node.name.text, parameters, result, tuple(rows), span=node.span)
    _look_for_gaps(declared, node, table)
    return table


def _parameters(declared: Declared, node: syntax.Table) -> tuple[program.Parameter, ...] | None:
    found = [(each.name.text, declared.facts.type_of(each.type)) for each in node.parameters]
    known = tuple(program.Parameter(name, type_) for name, type_ in found if type_ is not None)
    return known if len(known) == len(found) else None


def _one_way(
    declared: Declared, node: syntax.Table, parameters: Sequence[program.Parameter], result: Type
) -> list[program.Row] | None:
    heading, *rest = node.rows
    results = _result_columns(node, result)
    wanted = (*(parameter.name for parameter in parameters), *results)
    found = tuple(_heading_text(cell) for cell in heading.cells)
    given = len(parameters)
    if (
        found[:given] != wanted[:given]
        or len(found) != len(wanted)
        or (len(results) > 1 and found != wanted)
    ):
        declared.tell(
            say.WrongHeading(span=heading.span, table=node.name.text, wanted=wanted, found=found)
        )
        return None
    rows = [_row(declared, row, heading, parameters, result, node.name.text) for row in rest]
    known = [row for row in rows if row is not None]
    return known if len(known) == len(rows) else None


def _result_columns(node: syntax.Table, result: Type) -> tuple[str, ...]:
    """One column for a value; for a record one for each of its fields."""
    if isinstance(result, types.Record):
        return tuple(field.name for field in result.fields)
    last = node.rows[0].cells[-1]
    return (_heading_text(last) or "result",)


def _heading_text(cell: syntax.Cell) -> str:
    match cell:
        case syntax.OneOf(values=(syntax.Name(text=text),)):
            return text
        case syntax.OneOf(values=(syntax.Text(plain=str(text)),)):
            return text
        case _:
            return ""


def _row(
    declared: Declared,
    row: syntax.Row,
    heading: syntax.Row,
    parameters: Sequence[program.Parameter],
    result: Type,
    table: str,
) -> program.Row | None:
    if not _even(declared, row, heading):
        return None
    given = len(parameters)
    cells = [
        _cell(declared, cell, each.type, each.name)
        for cell, each in zip(row.cells, parameters, strict=False)
    ]
    value = _result(declared, row.cells[given:], result, table)
    known = [cell for cell in cells if cell is not None]
    if value is None or len(known) < len(cells):
        return None
    return program.Row(tuple(known), value, span=row.span)


def _even(declared: Declared, row: syntax.Row, heading: syntax.Row) -> bool:
    if len(row.cells) == len(heading.cells):
        return True
    declared.tell(
        say.UnevenRow(
            span=row.span, found=len(row.cells), wanted=len(heading.cells), heading=heading.span
        )
    )
    return False


def _result(declared: Declared, cells: Sequence[syntax.Cell], result: Type, table: str) -> object:
    if not isinstance(result, types.Record):
        return _fixed(declared, cells[0], result, f"a result of `{table}`")
    fields: list[object] = []
    failed = False
    for cell, field in zip(cells, result.fields, strict=True):
        left_out = isinstance(cell, syntax.Anything) and (field.optional or field.has_default)
        value = field.default if left_out else _fixed(declared, cell, field.type, f"`{field.name}`")
        failed = failed or (value is None and not left_out)
        fields.append(value)
    return None if failed else tuple(fields)


def _fixed(declared: Declared, cell: syntax.Cell, type_: Type, what: str) -> object:
    match cell:
        case syntax.OneOf(values=(value,)):
            return declared.constant(value, type_, what)
        case _:
            declared.tell(say_types.NotConstant(span=cell.span, what=what))
            return None


def _two_way(
    declared: Declared, node: syntax.Table, parameters: Sequence[program.Parameter], result: Type
) -> list[program.Row] | None:
    """The first parameter goes down the rows, the second across the heading."""
    heading, *rest = node.rows
    if len(parameters) != 2:
        wanted = tuple(parameter.name for parameter in parameters)
        found = tuple(_heading_text(cell) for cell in heading.cells)
        declared.tell(
            say.WrongHeading(
                span=heading.span, table=node.name.text, wanted=(*wanted, "result"), found=found
            )
        )
        return None
    down, across = parameters
    columns = [_cell(declared, cell, across.type, across.name) for cell in heading.cells[1:]]
    rows: list[program.Row] = []
    failed = any(column is None for column in columns)
    for row in rest:
        cell = _even(declared, row, heading) and _cell(declared, row.cells[0], down.type, down.name)
        if not cell:
            failed = True
            continue
        for column, each in zip(columns, row.cells[1:], strict=True):
            value = _fixed(declared, each, result, f"a result of `{node.name.text}`")
            if value is None or column is None:
                failed = True
            else:
                rows.append(program.Row((cell, column), value, span=each.span))
    return None if failed else rows


def _cell(declared: Declared, cell: syntax.Cell, type_: Type, name: str) -> program.Cell | None:
    match cell:
        case syntax.Anything():
            return program.Anything()
        case syntax.Corner():
            declared.tell(say_types.NotConstant(span=cell.span, what="every cell but the corner"))
            return None
        case syntax.OneOf(values=nodes):
            found = [declared.constant(each, type_, f"`{name}`") for each in nodes]
            return None if None in found else program.Values(tuple(found))
        case syntax.Compared(symbol=symbol, value=node):
            value = declared.constant(node, type_, f"`{name}`")
            return None if value is None else _compared(declared, cell, symbol, value, type_)
        case syntax.Between(low=low, high=high, high_open=high_open):
            ends = [declared.constant(each, type_, f"`{name}`") for each in (low, high)]
            return None if None in ends else _between(declared, cell, ends, high_open, type_)
    assert_never(cell)


def _compared(
    declared: Declared, cell: syntax.Cell, symbol: str, value: object, type_: Type
) -> program.Cell | None:
    if isinstance(type_, types.Enum) and type_.order is not None:
        return program.Values(tuple(_members(type_, symbol, str(value))))
    match type_, value:
        case types.Number() | types.Duration() | types.Instant(), int() | float():
            low_open, high_open = symbol == ">", symbol == "<"
            if symbol in (">", ">="):
                return program.Within(types.Range(value, None, low_open=low_open))
            return program.Within(types.Range(None, value, high_open=high_open))
        case _:
            _no_order(declared, cell, type_)
            return None


def _members(enum: types.Enum, symbol: str, wire: str) -> Iterable[str]:
    rank = enum.ranks[wire]
    keeps = {"<": rank.__gt__, "<=": rank.__ge__, ">": rank.__lt__, ">=": rank.__le__}[symbol]
    return (each for each, place in enum.ranks.items() if keeps(place))


def _between(
    declared: Declared, cell: syntax.Cell, ends: Sequence[object], high_open: bool, type_: Type
) -> program.Cell | None:
    low, high = ends
    if isinstance(type_, types.Enum) and type_.order is not None:
        lowest, highest = type_.ranks[str(low)], type_.ranks[str(high)] - high_open
        return program.Values(
            tuple(each for each, place in type_.ranks.items() if lowest <= place <= highest)
        )
    if (
        not isinstance(low, int | float)
        or not isinstance(high, int | float)
        or isinstance(type_, types.Bool)
    ):
        _no_order(declared, cell, type_)
        return None
    if low > high or (low == high and high_open):
        said = (values.write_text(low, type_), values.write_text(high, type_))
        declared.tell(say_types.EmptyRange(span=cell.span, low=said[0], high=said[1]))
        return None
    return program.Within(types.Range(low, high, high_open=high_open))


def _no_order(declared: Declared, cell: syntax.Cell, type_: Type) -> None:
    declared.tell(
        say_types.WrongType(
            span=cell.span, wanted="value with an order", found=describe(type_), where="a range"
        )
    )


def _look_for_gaps(declared: Declared, node: syntax.Table, table: program.Table) -> None:
    if isinstance(regions.index(table), regions.TooLarge):
        declared.tell(say.TableTooLarge(span=node.name.span, table=table.name))
        return
    for overlap in regions.overlaps(table)[:MOST]:
        later = table.rows[overlap.later]
        earlier = tuple(table.rows[place].span for place in overlap.earlier)
        if overlap.never:
            declared.tell(say.UnreachableRow(span=later.span, table=table.name, by=earlier))
        else:
            region = overlap.region.words()
            declared.tell(
                say.TableOverlap(span=later.span, table=table.name, region=region, first=earlier[0])
            )
    gaps = regions.gaps(table)
    if gaps:
        said = tuple(gap.words() for gap in gaps[:MOST])
        more = max(len(gaps) - MOST, 0)
        declared.tell(say.TableGap(span=node.name.span, table=table.name, regions=said, more=more))


MOST = 5
"""How many regions of one kind are said of one table."""
