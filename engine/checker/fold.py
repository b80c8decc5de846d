"""A fixed expression to its value: thresholds, defaults, cells and examples are told before any
case comes."""

from typing import Final

from engine.checker.presence import Body
from engine.language.operators import OPERATORS
from engine.language.values import settle
from engine.program import nodes as program

NOT_FIXED: Final = object()
"""What an expression gives that reads a fact."""


def fold(node: program.Expression, body: Body = lambda _: None) -> object:
    """The value; None where it is unknown (as one divided by zero). With the bodies of defines, one
    without parameters is fixed where its value is."""
    match node:
        case program.Constant(value=value):
            return value
        case program.Settle(operand=operand):
            value = fold(operand, body)
            return settle(value) if isinstance(value, int | float) else value
        case program.Apply(operands=operands, signature=signature, symbol=symbol):
            values = [fold(operand, body) for operand in operands]
            if NOT_FIXED in values:
                return NOT_FIXED
            takes_unknown = symbol in OPERATORS and OPERATORS[symbol].takes_unknown
            return None if None in values and not takes_unknown else signature.meaning(*values)
        case program.MakeList(items=items):
            values = [fold(item, body) for item in items]
            return NOT_FIXED if NOT_FIXED in values else tuple(values)
        case program.MakeRecord(values=given):
            values = [None if each is None else fold(each, body) for each in given]
            return NOT_FIXED if NOT_FIXED in values else tuple(values)
        case program.Call(define=name, arguments=()):
            define = body(name)
            return NOT_FIXED if define is None else fold(define.value, body)
        case _:
            return NOT_FIXED
