"""The question that the solver is at, so that another thread can end it."""

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


def begin(world: Any) -> None:
    _work.world = world
    _go_on()


def end() -> None:
    _work.world = None
    _go_on()


def _go_on() -> None:
    if _work.given_up:
        raise GivenUpError
