"""An unexpected token to a complaint in the author's words."""

from collections.abc import Collection

from engine.diagnostics import syntax as said
from engine.diagnostics.base import Diagnostic
from engine.syntax.tokens import Token


def complaint(token: Token, expected: Collection[str]) -> Diagnostic:
    found = f"`{token.text}`" if token.text else "the end of the file"
    wanted = ", ".join(sorted(expected))
    return said.UnexpectedText(span=token.span, found=found, expected=wanted)
