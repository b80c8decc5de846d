"""Identifiers that sort by the time they were made, UUIDs of version 7, and the time they tell."""

import os
import time
from collections.abc import Iterator

_DRAWN = 64


def new_id() -> str:
    """48 bits of milliseconds since 1970, then 74 random bits."""
    high, low = next(_random)
    digits = f"{time.time_ns() // 1_000_000:012x}"
    return f"{digits[:8]}-{digits[8:]}-7{high}-{low}"


def _parts() -> Iterator[tuple[str, str]]:
    """The random parts of ids. To ask the system for many at once costs what one does."""
    while True:
        drawn = os.urandom(10 * _DRAWN)
        for start in range(0, 10 * _DRAWN, 10):
            digits = drawn[start : start + 10].hex()
            variant = "89ab"[drawn[start + 2] & 3]
            yield digits[:3], f"{variant}{digits[5:8]}-{digits[8:]}"


_random = _parts()


def first_id(at: int) -> str:
    """The least id of this instant, in microseconds since 1970."""
    digits = f"{max(at, 0) // 1000:012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"


def micros() -> int:
    """Now, in microseconds since 1970."""
    return time.time_ns() // 1000
