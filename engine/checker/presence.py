"""What may be missing where: which facts are surely known once a condition was true, or false.

A path is how a fact is reached: ("ticket", "template", "id"). A condition that compares a fact is
unknown where the fact is missing; so where it came out true, or false, the fact was there.
"""

from collections.abc import Callable, Iterable

from engine.language.operators import OPERATORS
from engine.program import nodes as program

Path = tuple[str, ...]
Paths = frozenset[Path]
NOTHING: Paths = frozenset()
Body = Callable[[str], program.Define | None]


def path_of(node: program.Expression) -> Path | None:
    match node:
        case program.Variable(name=name):
            return (name,)
        case program.FieldOf(record=record, name=name):
            before = path_of(record)
            return None if before is None else (*before, name)
        case _:
            return None


def missing_link(node: program.Expression, known: Paths) -> Path | None:
    """The first part of the path that may be missing."""
    path = path_of(node)
    if path is None:
        return None
    links: list[tuple[Path, program.Expression]] = []
    while isinstance(node, program.FieldOf):
        links.append((path[: len(path) - len(links)], node))
        node = node.record
    for link, each in reversed(links):
        if each.unknown and link not in known:
            return link
    return path


def first_missing(node: program.Expression) -> str | None:
    """The fact that makes an expression unknown, as the author would write it; None where no
    single one does."""
    match node:
        case program.Variable() | program.FieldOf():
            link = missing_link(node, NOTHING)
            return ".".join(link) if link and node.unknown else None
        case (
            program.Settle(operand=inner) | program.Not(operand=inner) | program.PartOf(code=inner)
        ):
            return first_missing(inner)
        case program.Apply(operands=operands) | program.Chain(operands=operands):
            return _first(operands)
        case program.Mentions(text=text):
            return first_missing(text)
        case program.Call(arguments=arguments) | program.Lookup(arguments=arguments):
            return _first(arguments)
        case program.Quantified(items=items) | program.Gather(items=items):
            return first_missing(items)
        case program.Aggregate(gather=gather):
            return first_missing(gather)
        case program.CompareCount(count=count):
            return first_missing(count)
        case _:
            return None


def _first(nodes: Iterable[program.Expression]) -> str | None:
    return next((said for node in nodes if node.unknown and (said := first_missing(node))), None)


def known_when_known(node: program.Expression, body: Body) -> Paths:
    """The paths that are known where the value of `node` is."""
    match node:
        case program.Variable() | program.FieldOf():
            path = path_of(node)
            return frozenset(path[:end] for end in range(1, len(path) + 1)) if path else NOTHING
        case (
            program.Settle(operand=operand)
            | program.PartOf(code=operand)
            | program.Not(operand=operand)
        ):
            return known_when_known(operand, body)
        case program.Apply(symbol=symbol, operands=operands):
            row = OPERATORS.get(symbol)
            if row is not None and row.takes_unknown:
                return NOTHING
            return _union(known_when_known(operand, body) for operand in operands)
        case program.Mentions(text=text):
            return known_when_known(text, body)
        case program.Aggregate(name="max" | "min" | "mean", gather=gather):
            return known_when_known(gather.items, body)
        case _:
            return NOTHING


def known_when(truth: bool, node: program.Expression, body: Body) -> Paths:
    """The paths that are known where the condition came out as `truth`."""
    match node:
        case program.Chain(symbol=symbol, operands=operands):
            each = [known_when(truth, operand, body) for operand in operands]
            return _union(each) if truth == (symbol == "and") else frozenset.intersection(*each)
        case program.Not(operand=operand):
            return known_when(not truth, operand, body)
        case program.Apply(symbol="is known", operands=(operand,)):
            return known_when_known(operand, body) if truth else NOTHING
        case program.Apply(symbol="is missing", operands=(operand,)):
            return NOTHING if truth else known_when_known(operand, body)
        case program.Quantified(items=items):
            return known_when_known(items, body)
        case program.Call(define=name, arguments=arguments):
            define = body(name)
            return NOTHING if define is None else _through(define, arguments, truth, body)
        case _:
            return known_when_known(node, body)


def _through(
    define: program.Define, arguments: tuple[program.Expression, ...], truth: bool, body: Body
) -> Paths:
    """What a define's body tells of its parameters, said of the arguments."""
    given = {
        parameter.name: path_of(argument)
        for parameter, argument in zip(define.parameters, arguments, strict=True)
    }
    found = set[Path]()
    for first, *rest in known_when(truth, define.value, body):
        path = given.get(first)
        if path is not None:
            whole = (*path, *rest)
            found.update(whole[:end] for end in range(1, len(whole) + 1))
    return frozenset(found)


def _union(sets: Iterable[Paths]) -> Paths:
    return frozenset().union(*sets)
