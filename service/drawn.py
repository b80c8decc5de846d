"""Random bytes, asked of the system for many at once: a call to it costs more than the rest."""

import os

_AT_ONCE = 64


class Drawn:
    """Pieces of one size. Each is given once, whoever asks: several threads may, and a process
    that is forked off begins anew."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._left: list[bytes] = []
        os.register_at_fork(after_in_child=self._left.clear)

    def take(self) -> bytes:
        try:
            return self._left.pop()
        except IndexError:
            size = self._size
            drawn = os.urandom(size * _AT_ONCE)
            first, *others = [drawn[at : at + size] for at in range(0, len(drawn), size)]
            self._left.extend(others)
            return first
