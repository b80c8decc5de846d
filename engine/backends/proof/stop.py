"""The question that the solver is at, so that another thread can end it."""

from collections.abc import Callable
from typing import Any


class GivenUpError(RuntimeError):
    """Nobody waits for the answer any more."""


class _Work:
    world: Any = None
    given_up = False


_work = _Work()


def take_up() -> None:
    """Whatever was given up before."""
    _work.given_up = False


def give_up() -> None:
    """From another thread, and again until the work has ended: what is asked between two looks may
    not have begun."""
    _work.given_up = True
    world = _work.world
    if world is not None:
        world.interrupt()


def unless_given_up(world: Any, ask: Callable[[], Any]) -> Any:
    """What a solver of this world answers; raises GivenUpError where somebody gave up."""
    _work.world = world
    try:
        found = None if _work.given_up else ask()
    finally:
        _work.world = None
    if _work.given_up:
        raise GivenUpError
    return found
