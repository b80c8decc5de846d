"""The grammar's file to the parser's tables: built once a process, kept in the user's cache."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark

_FILE = Path(__file__).with_name("grammar.lark")
_STARTS = (
    *("file", "inserted", "condition", "repeated"),
    *("unversioned", "declarations", "rest_of_record", "rest_of_decision", "rest_of_lifecycle"),
)


@cache
def tables() -> "Lark":
    import lark

    from engine.syntax.build import builders
    from engine.syntax.unread import Unread

    options: dict[str, Any] = {
        "parser": "lalr",
        "lexer": Unread,
        "start": list(_STARTS),
        "keep_all_tokens": True,
        "maybe_placeholders": True,
        "transformer": builders(),
    }
    return lark.Lark(_FILE.read_text(encoding="utf-8"), **options)
