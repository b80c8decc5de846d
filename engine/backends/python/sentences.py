"""A sentence's pieces to code that puts it together."""

import re
from collections.abc import Sequence
from typing import assert_never

from engine.backends.python import expressions, loops
from engine.backends.python.body import Body
from engine.language import types
from engine.language.values import write_duration, write_instant, write_number, write_text
from engine.program import nodes as program
from engine.program.nodes import Expression

_FORMAT = re.compile(r"0(?:\.(0+))?( ?%)?")


def sentence(body: Body, pieces: Sequence[program.Piece], matched: str = "''") -> str:
    """`matched` is the local with what `{matched}` prints."""
    arguments = [each for piece in pieces for each in _piece(body, piece, matched)]
    fixed = fixed_text(pieces)
    return repr(fixed) if fixed is not None else f"text__({', '.join(arguments)})"


def fixed_text(pieces: Sequence[program.Piece]) -> str | None:
    """A sentence that is always the same."""
    words = [piece.text for piece in pieces if isinstance(piece, program.Words)]
    return "".join(words) if len(words) == len(pieces) else None


def _piece(body: Body, piece: program.Piece, matched: str) -> list[str]:
    match piece:
        case program.Words(text=text):
            return [repr(text)]
        case program.Show(value=shown, format=pattern):
            if pattern is not None:
                return _formatted(expressions.value(body, shown), pattern)
            return [_shown(body, shown)]
        case program.ShowMatched():
            return [matched]
        case program.Repeat():
            return [_repeat(body, piece, matched)]
        case program.If(condition=condition, pieces=pieces, otherwise=otherwise):
            test = expressions.true(body, condition)
            with body.perhaps():
                then = sentence(body, pieces, matched)
            with body.perhaps():
                return [f"({then} if {test} else {sentence(body, otherwise, matched)})"]
        case _:
            assert_never(piece)


def _shown(body: Body, node: Expression) -> str:
    code = expressions.value(body, node)
    match node.type:
        case types.Text() | types.Enum() | types.Code():
            return code
        case types.Number():
            return f"{body.kit.use(write_number)}({code})"
        case types.Duration():
            return f"{body.kit.use(write_duration)}({code})"
        case types.Instant():
            return f"{body.kit.use(write_instant)}({code})"
        case types.Bool():
            return f"('yes' if {code} else 'no')"
        case types.ListOf(element=types.Text() | types.Enum() | types.Code()):
            return f"', '.join({code})"
        case _:
            type_ = body.kit.module.name("type", node.type)
            return f"{body.kit.use(write_text)}({code}, {type_})"


def _formatted(code: str, pattern: str) -> list[str]:
    """As `values.format_number` prints it."""
    found = _FORMAT.fullmatch(pattern)
    if found is None:
        raise ValueError(pattern)
    decimals, percent = len(found[1] or ""), found[2]
    if percent:
        return [f"({code} * 100, '.{decimals}f')", repr(percent)]
    return [f"({code}, '.{decimals}f')"]


def _repeat(body: Body, piece: program.Repeat, matched: str) -> str:
    items = expressions.value(body, piece.items)
    shown = program.Template(piece.pieces, type=types.Text(), span=piece.items.span)
    loop = loops.start(body, ("repeat", id(piece)), piece, [shown])
    if matched.isidentifier():
        loop.body.read(matched)
    loop.body.write(2, f"said += {sentence(loop.body, piece.pieces, matched)}")
    return loop.call(items, ["said = ''"], ["return said"])
