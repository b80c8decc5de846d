"""What the parts of an expression came to for one case, as a tree of steps."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from engine.language import types
from engine.program import nodes as program

Found = Callable[[], tuple[str, ...]]


class Step(NamedTuple):
    """`value` is None where it is unknown; `born` then points to the facts whose absence made it
    so. `at` points to the fact that was read, `sensitive` says that its value must not be shown,
    `found` finds the policy's words that a text mentions. A tuple: a trace has hundreds."""

    node: program.Expression
    value: Any
    born: tuple[str, ...] = ()
    at: str | None = None
    sensitive: bool = False
    steps: tuple["Step", ...] = ()
    found: Found | None = None


quick = partial(tuple.__new__, Step)
"""A step from all its parts at once, in a third of the time."""

Names = Mapping[str, Step]
"""What the variables stand for, and under `MATCHED` the words that `{matched}` prints."""

MATCHED = "{matched}"


def fact(node: program.Expression, value: object, pointer: str) -> Step:
    """A variable as it is bound at the start."""
    return Step(node, value, () if value is not None else (pointer,), pointer)


def joined(
    node: program.Expression, value: Any, steps: tuple[Step, ...], born: tuple[str, ...] = ()
) -> Step:
    """What operands came to together. It is unknown by whichever of them are, and sensitive where
    one is, but that a condition on a sensitive fact may be shown."""
    if value is None:
        born = born or births(steps)
    sensitive = node.type.__class__ is not types.Bool and any_sensitive(steps)
    return quick((node, value, born, None, sensitive, steps, None))


def births(steps: Iterable[Step]) -> tuple[str, ...]:
    """Where the unknown ones come from, each place once."""
    return tuple(dict.fromkeys(born for step in steps if step.value is None for born in step.born))


def any_sensitive(steps: Iterable[Step]) -> bool:
    return any(step.sensitive for step in steps)


def elements(items: Step) -> list[Step]:
    """What a list has, each with its own place."""
    at = items.at
    return [
        Step(items.node, value, (), None if at is None else f"{at}/{place}", items.sensitive)
        for place, value in enumerate(items.value or ())
    ]
