"""Ways through a program's expressions: what stands inside, what is joined at the top."""

from collections.abc import Callable, Iterator
from typing import assert_never

from engine.program import nodes as program

Body = Callable[[str], program.Define | None]


def children(node: program.Expression) -> tuple[program.Expression, ...]:
    """The expressions directly inside, in reading order."""
    match node:
        case program.Constant() | program.Variable():
            return ()
        case program.FieldOf(record=inner) | program.PartOf(code=inner):
            return (inner,)
        case program.Settle(operand=inner) | program.Not(operand=inner):
            return (inner,)
        case program.Apply(operands=several) | program.Chain(operands=several):
            return several
        case program.Mentions(text=inner):
            return (inner,)
        case program.Quantified(items=items, condition=condition):
            return (items, condition)
        case program.Gather(items=items, value=value, condition=kept):
            return (items, value) if kept is None else (items, value, kept)
        case program.Aggregate(gather=gather):
            return (gather,)
        case program.CompareCount(count=count, other=other):
            return (count, other)
        case program.Lookup(arguments=several) | program.Call(arguments=several):
            return several
        case program.Choice(branches=branches, otherwise=otherwise):
            inside = (each for branch in branches for each in (branch.condition, branch.value))
            return (*inside, otherwise)
        case program.MakeRecord(values=values):
            return tuple(value for value in values if value is not None)
        case program.MakeList(items=several):
            return several
        case program.Template(pieces=pieces):
            return tuple(_shown(pieces))
    assert_never(node)


def everything(node: program.Expression) -> Iterator[program.Expression]:
    """The expression and all that stands inside it."""
    yield node
    for child in children(node):
        yield from everything(child)


def conjuncts(node: program.Expression) -> Iterator[program.Expression]:
    """What must all be true for the condition to be."""
    if isinstance(node, program.Chain) and node.symbol == "and":
        for operand in node.operands:
            yield from conjuncts(operand)
    else:
        yield node


def mentions(node: program.Expression, body: Body) -> bool:
    """Whether a condition looks for a trigger, itself or through a define."""
    for each in everything(node):
        if isinstance(each, program.Mentions):
            return True
        if isinstance(each, program.Call):
            define = body(each.define)
            if define is not None and mentions(define.value, body):
                return True
    return False


def _shown(pieces: tuple[program.Piece, ...]) -> Iterator[program.Expression]:
    for piece in pieces:
        match piece:
            case program.Show(value=value):
                yield value
            case program.Repeat(items=items, pieces=inner):
                yield items
                yield from _shown(inner)
            case program.If(condition=condition, pieces=inner, otherwise=otherwise):
                yield condition
                yield from _shown(inner)
                yield from _shown(otherwise)
            case program.Words() | program.ShowMatched():
                pass
            case _:
                assert_never(piece)


def leads_to(policy: program.Program, node: program.Expression, name: str) -> bool:
    """Whether a variable that stands for itself everywhere is read, here or in a `define`; what is
    handed to a `define` that has no use for it is not read."""
    match node:
        case program.Variable(name=found):
            return found == name
        case program.Call(define=called, arguments=arguments):
            define = policy.defines[called]
            inner = {name} - {parameter.name for parameter in define.parameters}
            for parameter, argument in zip(define.parameters, arguments, strict=True):
                if leads_to(policy, argument, name):
                    inner.add(parameter.name)
            return any(leads_to(policy, define.value, each) for each in inner)
        case _:
            return any(leads_to(policy, each, name) for each in children(node))


def reads_now(policy: program.Program, of: program.Decision) -> bool:
    """Whether the decision needs to be told the time."""
    rules = (*of.guards, *of.rules)
    said = [each.because for each in (*rules, of.otherwise) if each is not None]
    given = [each.outcome for each in (*rules, of.otherwise) if each is not None]
    asked = [each.condition for each in rules] + [each.unknown_outcome for each in rules]
    always = [each.value for each in of.always]
    every = (*said, *given, *asked, *always)
    return any(leads_to(policy, node, "now") for node in every if node is not None)
