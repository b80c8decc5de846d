"""True and false, plain or as a formula of the solver: plain ones fold away as they are joined.

Formulas are joined by the solver's own calls: what stands before them looks at every part for what
cannot be here, and takes nine times as long.
"""

from collections.abc import Iterable
from typing import Any

import z3

Bit = Any
"""A plain bool, or a formula."""

_OF_BITS = frozenset({z3.Z3_OP_AND, z3.Z3_OP_OR, z3.Z3_OP_NOT})


def both(*bits: Bit) -> Bit:
    return every(bits)


def either(*bits: Bit) -> Bit:
    return some(bits)


def every(bits: Iterable[Bit]) -> Bit:
    kept = []
    for bit in bits:
        if bit is False:
            return False
        if bit is not True:
            kept.append(bit)
    return True if not kept else kept[0] if len(kept) == 1 else _joined(z3.Z3_mk_and, kept)


def some(bits: Iterable[Bit]) -> Bit:
    kept = []
    for bit in bits:
        if bit is True:
            return True
        if bit is not False:
            kept.append(bit)
    return False if not kept else kept[0] if len(kept) == 1 else _joined(z3.Z3_mk_or, kept)


def no(bit: Bit) -> Bit:
    if isinstance(bit, bool):
        return not bit
    return z3.BoolRef(z3.Z3_mk_not(bit.ctx.ref(), bit.as_ast()), bit.ctx)


def implies(premise: Bit, conclusion: Bit) -> Bit:
    return either(no(premise), conclusion)


def same(left: Bit, right: Bit) -> Bit:
    if isinstance(left, bool):
        return right if left else no(right)
    if isinstance(right, bool):
        return left if right else no(left)
    return z3.BoolRef(z3.Z3_mk_eq(left.ctx.ref(), left.as_ast(), right.as_ast()), left.ctx)


def parted(bit: Any) -> tuple[int, list[Any]]:
    """A formula to what joins it, as the solver numbers that, and the formulas that are joined
    where that is `and`, `or` or `not`. What joins nothing is uninterpreted."""
    world, node = bit.ctx.ref(), bit.as_ast()
    join = z3.Z3_get_decl_kind(world, z3.Z3_get_app_decl(world, node))
    if join not in _OF_BITS:
        return join, []
    places = range(z3.Z3_get_app_num_args(world, node))
    return join, [z3.BoolRef(z3.Z3_get_app_arg(world, node, at), bit.ctx) for at in places]


def pick(bit: Bit, then: Any, otherwise: Any) -> Any:
    """One term or the other."""
    if isinstance(bit, bool):
        return then if bit else otherwise
    if then is otherwise or (z3.is_expr(then) and z3.is_expr(otherwise) and then.eq(otherwise)):
        return then
    if isinstance(then, bool) or isinstance(otherwise, bool):
        return either(both(bit, then), both(no(bit), otherwise))
    return z3.If(bit, then, otherwise)


def _joined(make: Any, bits: list[Any]) -> Any:
    of = bits[0].ctx
    parts = (z3.Ast * len(bits))(*(each.as_ast() for each in bits))
    return z3.BoolRef(make(of.ref(), len(bits), parts), of)
