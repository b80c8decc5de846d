"""Identifiers that sort by the time they were made: UUIDs of version 7."""

import secrets
import time
from uuid import UUID


def new_id() -> str:
    """48 bits of milliseconds since 1970, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    high, low = random >> 62, random & (1 << 62) - 1
    return str(UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low))
