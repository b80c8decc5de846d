"""What an expression is translated among: its names, and what the row must be set aside for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from engine.backends.columns.terms import FALSE, Term
from engine.backends.columns.values import Value
from engine.program import nodes as program


@dataclass(frozen=True)
class Sides:
    """What sets a row aside where an expression is asked. What is `late` may be asked after the
    condition, for it makes a condition true rather than false (see `mentions` in
    `expressions.py`)."""

    early: tuple[Term, ...] = ()
    late: tuple[Term, ...] = ()

    def joined(self, other: "Sides") -> "Sides":
        return Sides(
            tuple(dict.fromkeys((*self.early, *other.early))),
            tuple(dict.fromkeys((*self.late, *other.late))),
        )


@dataclass
class Names:
    """Variables and what they stand for; what was translated among them is kept."""

    values: Mapping[str, Value]
    known: dict[object, tuple[program.Expression, Value, Sides]] = field(default_factory=dict)

    def binding(self, name: str, value: Value) -> "Names":
        return Names({**self.values, name: value})


class Collector:
    """Sides, as they are met."""

    def __init__(self) -> None:
        self.sides = Sides()

    def early(self, condition: Term) -> None:
        if condition is not FALSE:
            self.sides = self.sides.joined(Sides(early=(condition,)))

    def late(self, condition: Term) -> None:
        if condition is not FALSE:
            self.sides = self.sides.joined(Sides(late=(condition,)))

    def all(self, sides: Sides) -> None:
        self.sides = self.sides.joined(sides)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What is met inside is in `sides` at the end of it, and nothing else."""
        before, self.sides = self.sides, Sides()
        try:
            yield
        finally:
            self.sides = before
