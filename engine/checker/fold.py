"""A fixed expression to its value: thresholds, defaults, cells and examples are told before any
case comes."""

from typing import Final

from engine.language.operators import OPERATORS
from engine.language.values import settle
from engine.program import nodes as program

NOT_FIXED: Final = object()
"""What an expression gives that reads a fact."""


def fold(node: program.Expression) -> object:
    """The value; None where it is unknown (as one divided by zero)."""
    match node:
        case program.Constant(value=value):
            return value
        case program.Settle(operand=operand):
            value = fold(operand)
            return settle(value) if isinstance(value, int | float) else value
        case program.Apply(operands=operands, signature=signature, symbol=symbol):
            values = [fold(operand) for operand in operands]
            if NOT_FIXED in values:
                return NOT_FIXED
            takes_unknown = symbol in OPERATORS and OPERATORS[symbol].takes_unknown
            return None if None in values and not takes_unknown else signature.meaning(*values)
        case program.MakeList(items=items):
            values = [fold(item) for item in items]
            return NOT_FIXED if NOT_FIXED in values else tuple(values)
        case program.MakeRecord(values=given):
            values = [None if each is None else fold(each) for each in given]
            return NOT_FIXED if NOT_FIXED in values else tuple(values)
        case _:
            return NOT_FIXED
