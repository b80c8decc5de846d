"""Counts to figures with their intervals: precision, recall, coverage, and what mistakes cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Literal

Measure = Literal["precision", "recall", "coverage", "auto_close"]
MEASURES: tuple[Measure, ...] = ("precision", "recall", "coverage", "auto_close")
Mistake = Literal["false_positive", "false_negative"]
MISTAKES: tuple[Mistake, ...] = ("false_positive", "false_negative")


@dataclass(frozen=True)
class Figure:
    """A share: `part` of `whole`, and the ends of its interval. Of nothing there is no share."""

    part: int
    whole: int
    value: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Counts:
    """Cases by what they get and what would be right. `loosest` are those that get the loosest
    outcome of all; None where outcomes have no order."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int
    loosest: int | None

    @property
    def total(self) -> int:
        wrong = self.false_positive + self.false_negative
        return self.true_positive + self.true_negative + wrong

    @property
    def positive(self) -> int:
        return self.true_positive + self.false_positive

    @property
    def right(self) -> int:
        return self.true_positive + self.false_negative

    def cost(self, weights: Mapping[Mistake, float]) -> float:
        wrongly = weights.get("false_positive", 0) * self.false_positive
        return wrongly + weights.get("false_negative", 0) * self.false_negative


def figures(counts: Counts, level: float) -> dict[Measure, Figure]:
    """`auto_close` is there where outcomes have an order."""
    found: dict[Measure, Figure] = {
        "precision": share(counts.true_positive, counts.positive, level),
        "recall": share(counts.true_positive, counts.right, level),
        "coverage": share(counts.positive, counts.total, level),
    }
    if counts.loosest is not None:
        found["auto_close"] = share(counts.loosest, counts.total, level)
    return found


def share(part: int, whole: int, level: float) -> Figure:
    """With Wilson's interval at that level of confidence."""
    if not whole:
        return Figure(part, whole, None, 0.0, 1.0)
    z = NormalDist().inv_cdf((1 + level) / 2)
    value = part / whole
    scale = 1 + z * z / whole
    middle = value + z * z / (2 * whole)
    reach = z * sqrt(value * (1 - value) / whole + z * z / (4 * whole * whole))
    low = 0.0 if part == 0 else (middle - reach) / scale
    high = 1.0 if part == whole else (middle + reach) / scale
    return Figure(part, whole, value, low, high)
