"""What names stand for inside one expression, and what is known there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.checker.presence import NOTHING, Paths
from engine.language.types import ANY_NUMBER, Duration, Instant, Number, Range, Type
from engine.language.values import DURATION_LIMIT, FIRST_INSTANT, LAST_INSTANT, NUMBER_LIMIT


@dataclass(frozen=True)
class Binding:
    """What is known of a variable's values; see `program.Node`."""

    type: Type
    unknown: bool = False
    computed: bool = False
    sensitive: bool = False
    bounds: Range = ANY_NUMBER


@dataclass(frozen=True)
class Scope:
    """`known` are the paths that conditions around have made sure of; `depth` counts quantifiers
    around; `matched` says whether `{matched}` may be used."""

    variables: Mapping[str, Binding] = field(default_factory=dict)
    known: Paths = NOTHING
    depth: int = 0
    matched: bool = False

    def knowing(self, paths: Paths) -> "Scope":
        return replace(self, known=self.known | paths) if paths else self

    def binding(self, name: str, binding: Binding) -> "Scope":
        """With one variable more, that hides another of its name."""
        known = frozenset(path for path in self.known if path[0] != name)
        return replace(self, variables={**self.variables, name: binding}, known=known)

    def deeper(self) -> "Scope":
        return replace(self, depth=self.depth + 1)


def range_of(type_: Type) -> Range:
    """What a fact of that type may be."""
    match type_:
        case Number(range=stated):
            return _held(stated, NUMBER_LIMIT)
        case Duration(range=stated):
            return _held(stated, DURATION_LIMIT)
        case Instant():
            return Range(FIRST_INSTANT, LAST_INSTANT)
        case _:
            return ANY_NUMBER


def _held(stated: Range, limit: int | float) -> Range:
    low = -limit if stated.low is None else stated.low
    high = limit if stated.high is None else stated.high
    return replace(stated, low=low, high=high)


def of_type(type_: Type) -> Binding:
    return Binding(type_, bounds=range_of(type_))


NOW = of_type(Instant())
