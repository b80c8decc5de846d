"""What two versions of a policy have apart: what `compare` gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.language.phrases import Trigger
from engine.program.differing import Compared, Decided, Direction, Kind, Label
from engine.program.mattering import Fact, Path

Level = Literal["patch", "minor", "major"]
LEVELS: tuple[Level, ...] = ("patch", "minor", "major")


@dataclass(frozen=True)
class Version:
    policy: str
    version: str
    content_hash: str


@dataclass(frozen=True)
class Contract:
    """Something that callers see of a version without asking it: a fact, or a field of an
    outcome."""

    level: Level
    text: str


@dataclass(frozen=True)
class Part:
    """Something that was edited: what kind of thing, and what of it."""

    of: str
    text: str


@dataclass(frozen=True)
class Witness:
    """A case as JSON carries it, and what both evaluators make of it by either version. `matters`
    are the facts that make it what it is."""

    input: Any
    as_of: str
    old: Decided
    new: Decided
    matters: frozenset[Path]


@dataclass(frozen=True)
class Region:
    """Cases that are decided otherwise in one way. `where` makes sure of a difference, given what
    decided before; None where that cannot be told. `exactly`: all of these cases have those facts.
    Without a witness it is not sure that there is any such case."""

    kind: Kind
    direction: Direction
    where: tuple[Fact, ...] | None
    exactly: bool
    witness: Witness | None


@dataclass(frozen=True)
class DecisionChanges:
    """`unchanged` names what decided before and decides as before, `complete` says that there are
    no regions but these, and `rough` why there may be."""

    name: str
    fields: tuple[Compared, ...]
    case: Any
    "The type of the cases that both versions take; None where there are none."
    regions: tuple[Region, ...]
    complete: bool
    unchanged: tuple[Label, ...] = ()
    kept: tuple[str, ...] = ()
    "Values of the outcome that no other case gets."
    rough: tuple[str, ...] = ()
    edited: frozenset[str] = frozenset()
    "The rules that are not what they were."
    untouched: bool = False
    "Nothing that it reads was edited."


@dataclass(frozen=True)
class Move:
    """What an event, or time, does to a subject in a state, otherwise than before."""

    state: str
    event: str
    effect: Literal["gained", "lost", "redirected", "other facts", "another transition"]
    old: str
    new: str
    by: tuple[str, ...]
    where: tuple[Fact, ...] | None
    exactly: bool
    witness: Any


@dataclass(frozen=True)
class LifecycleChanges:
    name: str
    moves: tuple[Move, ...]
    gained_states: tuple[str, ...]
    lost_states: tuple[str, ...]
    newly_reachable: tuple[str, ...]
    newly_unreachable: tuple[str, ...]
    complete: bool
    unchanged: int
    "How many pairs of a state and an event do as before."
    case: Any = None
    rough: tuple[str, ...] = ()
    untouched: bool = False


@dataclass(frozen=True)
class Bump:
    """What the number of the new version must at least be, and the reason."""

    level: Level
    reason: str
    region: Region | None = None
    decision: DecisionChanges | None = None


@dataclass(frozen=True)
class Changes:
    old: Version
    new: Version
    contract: tuple[Contract, ...]
    parts: tuple[Part, ...]
    decisions: tuple[DecisionChanges, ...]
    lifecycles: tuple[LifecycleChanges, ...]
    triggers: Mapping[Trigger, str]
    "The version of each trigger that is not the same in both."
    same_meaning: bool = False

    @property
    def complete(self) -> bool:
        lived = all(each.complete for each in self.lifecycles)
        return lived and all(each.complete for each in self.decisions)

    @property
    def regions(self) -> tuple[Region, ...]:
        return tuple(region for each in self.decisions for region in each.regions)

    @property
    def moves(self) -> tuple[Move, ...]:
        return tuple(move for each in self.lifecycles for move in each.moves)

    @property
    def differs(self) -> bool:
        """Whether callers can tell the two apart."""
        return bool(self.contract or self.regions or self.moves)
