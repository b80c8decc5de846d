"""What is made of a program once and kept: its evaluator, its tracer, its readers."""

from collections.abc import Callable
from typing import Generic, TypeVar

from engine.program.nodes import Program

Made = TypeVar("Made")


class Compiled(Generic[Made]):
    """Kept with its program, and gone with it. Several threads may ask at once."""

    def __init__(self, make: Callable[..., Made]) -> None:
        self._make = make

    def of(self, policy: Program, *more: str) -> Made:
        key = (self, *more)
        try:
            made: Made = policy.compiled[key]
        except KeyError:
            made = policy.compiled.setdefault(key, self._make(policy, *more))
        return made
