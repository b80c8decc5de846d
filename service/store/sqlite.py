"""`Database` of sqlite-utils, imported as if pandas and NumPy were not there: where they are it
takes them in, for types that no row of ours has, and that is a second of every start."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _without(*names: str) -> Iterator[None]:
    hidden = [each for each in names if each not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with _without("numpy", "pandas"):
    from sqlite_utils import Database

__all__ = ["Database"]
