"""A lexer for Lark that reads nothing: the parser is fed token by token."""

from collections.abc import Iterator
from typing import Any

from lark.lexer import Lexer, Token


class Unread(Lexer):
    __future_interface__ = 2

    def __init__(self, conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
        return iter(())
