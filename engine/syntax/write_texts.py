"""Text to its quoted spelling: on one line, or as a block between three quotes.

A block stays one where its lines can carry its layout: some line must begin without a blank, for
the blanks that all lines share are not the text's own. Quotes in what is inserted cannot stand
between single quotes, so such a text has three.
"""

import re
from collections.abc import Callable
from typing import assert_never

from engine.syntax import nodes as syntax
from engine.syntax.layout import Block, Doc

_READ_AS_A_TAG = re.compile(r"\{|(for|if|else|end)\b")
_ON_ONE_LINE = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t"})
_IN_A_BLOCK = str.maketrans({"\\": r"\\", "\t": r"\t"})
_BRACES = str.maketrans({"{": "{{", "}": "}}"})

Inline = Callable[[syntax.Expression], str]
"""The spelling of an expression on one line."""


def plain(text: str) -> str:
    """A text in which braces are nothing special."""
    return f'"{_line(text)}"'


def note(text: str | None) -> str:
    return "" if text is None else plain(text)


def wire(text: str | None) -> str:
    return "" if text is None else f" as {plain(text)}"


def template(text: syntax.Text, inline: Inline) -> Doc:
    insertions = _pieces(text.pieces, inline, lambda _: "")
    quotes = '"""' if '"' in insertions else '"'
    line = quotes + _pieces(text.pieces, inline, _line) + quotes
    if text.block or quotes == '"""':
        body = _pieces(text.pieces, inline, _body)
        if _carries_layout(body):
            return Block(('"""', *body.split("\n"), '"""'), line)
    return line


def _line(words: str) -> str:
    return words.translate(_ON_ONE_LINE)


def _body(words: str) -> str:
    return words.translate(_IN_A_BLOCK).replace('"""', r"\"\"\"")


def _carries_layout(body: str) -> bool:
    """Whether reading takes away those blanks only that writing adds."""
    lines = (line for line in body.split("\n") if line.strip())
    return "\r" not in body and any(line[0] not in " \t" for line in lines)


def _pieces(pieces: tuple[syntax.Piece, ...], inline: Inline, words: Callable[[str], str]) -> str:
    return "".join(_piece(piece, inline, words) for piece in pieces)


def _piece(piece: syntax.Piece, inline: Inline, words: Callable[[str], str]) -> str:
    match piece:
        case syntax.Words(text=text):
            return words(text.translate(_BRACES))
        case syntax.Insertion(value=value, format=format):
            inserted = inline(value)
            if _READ_AS_A_TAG.match(inserted):
                inserted = f"({inserted})"
            return f"{{{inserted}: {format}}}" if format else f"{{{inserted}}}"
        case syntax.Repetition(variable=variable, items=items):
            inside = _pieces(piece.pieces, inline, words)
            return f"{{for {variable.text} in {inline(items)}}}{inside}{{end}}"
        case syntax.Conditional(condition=condition):
            inside = _pieces(piece.pieces, inline, words)
            if piece.otherwise:
                inside += "{else}" + _pieces(piece.otherwise, inline, words)
            return f"{{if {inline(condition)}}}{inside}{{end}}"
        case _:
            assert_never(piece)
