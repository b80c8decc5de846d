"""What is made of a program once and kept: its evaluator, its tracer, its readers."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from engine.program.nodes import Program

Made = TypeVar("Made")

_MOST = 256


class Compiled(Generic[Made]):
    """Kept for as long as no hundreds of others are wanted. Several threads may ask at once."""

    def __init__(self, make: Callable[..., Made]) -> None:
        self._make = make
        self._kept: dict[Hashable, tuple[Program, Made]] = {}
        self._lock = Lock()

    def of(self, policy: Program, *more: Hashable) -> Made:
        key = (id(policy), *more)
        kept = self._kept.get(key)
        if kept is not None and kept[0] is policy:
            return kept[1]
        made = self._make(policy, *more)
        with self._lock:
            if len(self._kept) >= _MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = policy, made
        return made
