"""What is said of the facts of a case that matter."""

from dataclasses import dataclass
from typing import Any

from engine.language import types
from engine.language.phrases import Trigger

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Is:
    """One of these, in wire form."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Within:
    range: types.Range


@dataclass(frozen=True)
class Given:
    given: bool


@dataclass(frozen=True)
class Says:
    """The text mentions the trigger, or does not."""

    trigger: Trigger
    mentioned: bool


@dataclass(frozen=True)
class Many:
    """How many elements there are; `most` None where there may be any number more."""

    least: int
    most: int | None


@dataclass(frozen=True)
class NoneNamed:
    """A text that stands nowhere in either version."""


@dataclass(frozen=True)
class Apart:
    """How long after the fact another is, which `later` leads to."""

    later: Path
    range: types.Range


What = Is | Within | Given | Says | Many | NoneNamed | Apart


@dataclass(frozen=True)
class Fact:
    """`path` leads to it by wire names and places; `now` stands beside the case."""

    path: Path
    type: types.Type
    what: What
