"""How a number was written: an expression to its text, where it is a number alone."""

from engine.syntax import nodes as syntax


def written(value: syntax.Expression) -> str | None:
    match value:
        case syntax.Number() | syntax.Duration():
            return value.written
        case syntax.Unary(symbol="-", operand=operand):
            inner = written(operand)
            return inner and f"-{inner}"
        case _:
            return None
