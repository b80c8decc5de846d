"""A coded text to its named parts."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from engine.language import types
from engine.language.text import SHORT

_MOST_REMEMBERED = 4096

Reader = Callable[[str], tuple[Any, ...] | None]


def parts_reader(code: types.Code) -> Reader:
    """From a text to the values of the code's named parts; None where the text does not fit."""
    pattern = re.compile(code.pattern)
    named = code.named

    def read(text: str) -> tuple[Any, ...] | None:
        found = pattern.fullmatch(text)
        if found is None:
            return None
        values = tuple(
            _part(part.type, each) for part, each in zip(named, found.groups(), strict=True)
        )
        return None if None in values else values

    remembered = lru_cache(_MOST_REMEMBERED)(read)
    return lambda text: remembered(text) if len(text) <= SHORT else read(text)


def _part(type_: types.Type | None, text: str) -> str | int | None:
    if not isinstance(type_, types.Number):
        return text
    if len(text) > 16:
        return None
    value = int(text)
    return value if type_.range.contains(value) else None
