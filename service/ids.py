"""Identifiers that sort by the time they were made, UUIDs of version 7, and the time they tell."""

import time

from service.drawn import Drawn

_random = Drawn(10)


def new_id() -> str:
    """48 bits of milliseconds since 1970, then 74 random bits."""
    digits = f"{time.time_ns() // 1_000_000:012x}"
    drawn = _random.take()
    random = drawn.hex()
    variant = "89ab"[drawn[2] & 3]
    return f"{digits[:8]}-{digits[8:]}-7{random[:3]}-{variant}{random[5:8]}-{random[8:]}"


def first_id(at: int) -> str:
    """The least id of this instant, in microseconds since 1970."""
    digits = f"{max(at, 0) // 1000:012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"


def micros() -> int:
    """Now, in microseconds since 1970."""
    return time.time_ns() // 1000
