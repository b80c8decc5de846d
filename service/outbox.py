"""Answers that come to be in one turn of the event's loop, written one after the other at its end.

To write to a connection wakes whoever listens at its other end, and to wake a sleeper takes longer
than to write. Who is written to many times at once is woken once.
"""

import asyncio
from contextlib import suppress

_LARGE = 1 << 16
"""Bytes of an answer that goes out at once: it is read while what it was made of is freed."""


class Outbox:
    """Of one loop. Whoever closes a connection, or writes to it otherwise, flushes this first."""

    def __init__(self) -> None:
        self._answers: list[tuple[asyncio.Transport, bytes]] = []

    def put(self, transport: asyncio.Transport, answer: bytes) -> None:
        if not self._answers:
            asyncio.get_running_loop().call_soon(self.flush)
        self._answers.append((transport, answer))
        if len(answer) > _LARGE:
            self.flush()

    def flush(self) -> None:
        if not self._answers:
            return
        answers, self._answers = self._answers, []
        for transport, answer in answers:
            if not transport.is_closing():
                with suppress(RuntimeError):  # it was ended by this side: nobody else pays for it
                    transport.write(answer)
