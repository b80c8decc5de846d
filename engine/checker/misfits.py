"""A value of the wrong type to what the author probably meant to write."""

import re

from engine.checker import operations
from engine.language import types
from engine.language.types import Type
from engine.syntax import nodes as syntax

FOREIGN_TYPES = {
    **dict.fromkeys(("string", "str", "varchar", "char"), "text"),
    **dict.fromkeys(("float", "double", "decimal", "money"), "number"),
    **dict.fromkeys(("int", "long"), "integer"),
    **dict.fromkeys(("boolean", "flag"), "bool"),
    **dict.fromkeys(("date", "datetime", "timestamp"), "instant"),
}
FOREIGN_VALUES = {"yes": "true", "no": "false"}

_INSTANT = "an instant is written `2025-12-29` or `2025-12-29T10:30:00Z`"


def cure_of(node: syntax.Expression, found: Type, wanted: Type | None) -> str | None:
    match found, wanted:
        case types.Number(), types.Number(integer=True):
            return "write `floor(…)`, `ceiling(…)` or `round(…, 0)` to say how it becomes whole"
        case types.Text(), types.Enum():
            members = ", ".join(member.name for member in wanted.members[:6])
            return f"its members are {members}, without quotes"
        case types.Number(), types.Duration():
            return "give the number its unit: `24h`, `7d`, `30min`"
        case types.Number() | types.Text(), types.Instant():
            return _unquoted(node, wanted) or _INSTANT
        case types.Text(), types.Bool() | types.Number() | types.Duration():
            return _unquoted(node, wanted)
        case types.Number(), types.Text() if isinstance(node, syntax.Number):
            return f'write `"{node.written}"`'
        case types.ListOf(), types.ListOf() if operations.fits(found.element, wanted.element):
            return f"up to {wanted.bound} values fit, and here may be {found.bound}"
    return None


def _unquoted(node: syntax.Expression, wanted: Type) -> str | None:
    written = node.plain if isinstance(node, syntax.Text) else None
    if written is not None and re.fullmatch(_FORMS[type(wanted)], written):
        return f"write `{written}`, without quotes"
    return None


_FORMS: dict[type[Type], str] = {
    types.Bool: "true|false",
    types.Number: r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?",
    types.Duration: r"(?:0|[1-9][0-9]*)(?:s|min|h|d)",
    types.Instant: r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?",
}
