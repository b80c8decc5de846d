"""Identifiers that sort by the time they were made, UUIDs of version 7, and the time they tell."""

import time

from service.drawn import Drawn

_random = Drawn(8)


def new_id() -> str:
    """48 bits of milliseconds since 1970, 12 of their fraction, then 62 random bits; so those of
    one process sort as they were made."""
    digits = f"{(time.time_ns() << 12) // 1_000_000:015x}"
    drawn = _random.take()
    random, variant = drawn.hex(), "89ab"[drawn[0] >> 6]
    return f"{digits[:8]}-{digits[8:12]}-7{digits[12:]}-{variant}{random[1:4]}-{random[4:]}"


def first_id(at: int) -> str:
    """The least id of this instant, in microseconds since 1970."""
    digits = f"{max(at, 0) // 1000:012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"


def micros() -> int:
    """Now, in microseconds since 1970."""
    return time.time_ns() // 1000
