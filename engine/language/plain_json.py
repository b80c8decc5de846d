"""JSON that every reader takes alike: a text to its value, or what is wrong with it."""

import json
import re
from collections import Counter
from typing import Any, NoReturn

_HALF = re.compile(r"\\u[dD][89a-fA-F]")


class JsonError(ValueError):
    """`line` and `column` are counted from 1, and None where there is no telling."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}, column {column}: {message}")
        self.message, self.line, self.column = message, line, column


def read_json(text: str) -> Any:
    """Refuses what readers differ about: a name given twice, NaN, half of a character."""
    value = read_json_texts(text)
    if _HALF.search(text):
        _refuse_halves(value)
    return value


def read_json_texts(text: str) -> Any:
    """The same, but a text may hold half of a character: whose fact it is can be told then."""
    try:
        if text.startswith("\ufeff"):
            raise JsonError("it begins with a byte order mark", 1, 1)
        return _reader.decode(text)
    except json.JSONDecodeError as error:
        message = error.msg[:1].lower() + error.msg[1:]
        raise JsonError(message, error.lineno, error.colno) from error
    except RecursionError as error:
        raise JsonError("it is nested too deep") from error
    except JsonError:
        raise
    except ValueError as error:
        raise JsonError("a number has too many digits") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name, count in times.items() if count > 1)
        raise JsonError(f"`{twice}` is given twice")
    return made


def _no_number(word: str) -> NoReturn:
    raise JsonError(f"`{word}` is no number of JSON")


def _refuse_halves(value: Any) -> None:
    """An escape may name one half of a character, which no text in UTF-8 can hold."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise JsonError("an escape names half of a character") from error


_reader = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number)
