"""An operator, function or aggregate as a program applies it, to its meaning."""

from collections.abc import Callable, Sequence
from typing import Any

from engine.language import types
from engine.language.functions import AGGREGATES
from engine.language.operators import OPERATORS, finite
from engine.program import nodes as program

TAKE_UNKNOWN = frozenset(row.symbol for row in OPERATORS.values() if row.takes_unknown)
_RANKED = frozenset({"<", "<=", ">", ">=", "min", "max"})


def meaning_of(node: program.Apply) -> Callable[..., Any]:
    first, meaning = node.operands[0].type, node.signature.meaning
    if node.symbol in _RANKED and isinstance(first, types.Enum):
        return _ranked(node.symbol, first)
    if not node.may_overflow:
        return meaning

    def within_floats(*values: Any) -> Any:
        try:
            value = meaning(*values)
        except OverflowError:
            return None
        return None if value is None else finite(value)

    return within_floats


def _ranked(symbol: str, enum: types.Enum) -> Callable[..., Any]:
    """Members compare by their place in the order that the policy wrote."""
    if symbol in ("min", "max"):
        return lambda *values: _extreme(symbol, enum, values)
    meaning, ranks = OPERATORS[symbol].signatures[0].meaning, enum.ranks
    return lambda left, right: meaning(ranks[left], ranks[right])


def aggregated(node: program.Aggregate, values: Sequence[Any]) -> Any:
    if isinstance(node.type, types.Enum):
        return _extreme(node.name, node.type, values)
    value = AGGREGATES[node.name].meaning(values)
    return finite(value) if value is not None and isinstance(node.type, types.Number) else value


def _extreme(name: str, enum: types.Enum, values: Sequence[Any]) -> Any:
    choose = min if name == "min" else max
    return choose(values, key=enum.ranks.__getitem__, default=None)
