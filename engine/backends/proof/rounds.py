"""Formulas to what holds of cases with round numbers. In these nothing that is computed needs to be
rounded, so that what a model says of them is so; and they are easier to read."""

from collections.abc import Iterable
from typing import Any

import z3

from engine.backends.proof.numbers import COMPUTED


def round_numbers(formulas: Iterable[Any]) -> list[Any]:
    """That the numbers in them which are facts, and no whole ones, have at most two decimals."""
    hundreds = ((each, z3.Int(f"{each.decl().name()} in hundredths")) for each in _facts(formulas))
    return [each * 100 == z3.ToReal(whole) for each, whole in hundreds]


def _facts(formulas: Iterable[Any]) -> list[Any]:
    found: dict[int, Any] = {}
    seen = set[int]()
    waiting = [each for each in formulas if not isinstance(each, bool)]
    while waiting:
        node = waiting.pop()
        key = node.get_id()
        if key in seen:
            continue
        seen.add(key)
        waiting += node.children()
        is_number = z3.is_const(node) and z3.is_real(node) and not z3.is_rational_value(node)
        if is_number and not node.decl().name().startswith(COMPUTED):
            found[key] = node
    return list(found.values())
