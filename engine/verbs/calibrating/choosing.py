"""Points and goals to the point that meets them best, or the one that comes nearest."""

from collections.abc import Sequence

from engine.verbs.calibrating.models import Aim, Choice, Goal, Miss, Point

_THEN: dict[Aim, Aim] = {
    "precision": "recall",
    "recall": "precision",
    "coverage": "precision",
    "auto_close": "precision",
    "cost": "precision",
}
"""What is looked at among equals."""


def choose(
    points: Sequence[Point], current: Point, goals: Sequence[Goal], aim: Aim, *, surely: bool
) -> Choice:
    """`surely`: the whole interval must meet a goal, not the figure alone. Of points that are
    alike in everything that counts, the one that changes the thresholds least."""
    spans = [max(axis) - min(axis) or 1 for axis in zip(*(p.values for p in points), strict=True)]

    def away(point: Point) -> float:
        both = zip(point.values, current.values, spans, strict=True)
        return sum(abs(value - now) / span for value, now, span in both)

    missed = [(point, misses(point, goals, surely=surely)) for point in points]
    meeting = [point for point, failed in missed if not failed]
    if meeting:
        best = min(
            meeting, key=lambda each: (_worth(each, aim), _worth(each, _THEN[aim]), away(each))
        )
        return Choice(best, aim)
    point, failed = min(
        missed, key=lambda each: (sum(_short(miss) for miss in each[1]), _worth(each[0], aim))
    )
    return Choice(point, aim, failed)


def misses(point: Point, goals: Sequence[Goal], *, surely: bool) -> tuple[Miss, ...]:
    found = []
    for goal in goals:
        value = _value(point, goal, surely=surely)
        if value is None:
            found.append(Miss(goal, None, abs(goal.bound) or 1.0))
        elif (value < goal.bound) if goal.sign == ">=" else (value > goal.bound):
            found.append(Miss(goal, value, abs(goal.bound - value)))
    return tuple(found)


def _value(point: Point, goal: Goal, *, surely: bool) -> float | None:
    if goal.measure == "cost":
        return point.cost
    figure = point.figures[goal.measure]
    if figure.value is None or not surely:
        return figure.value
    return figure.low if goal.sign == ">=" else figure.high


def _short(miss: Miss) -> float:
    """By how much, so that costs and shares can be added up."""
    return miss.by / (abs(miss.goal.bound) or 1.0) if miss.goal.measure == "cost" else miss.by


def _worth(point: Point, aim: Aim) -> float:
    """Less is better."""
    if aim == "cost":
        return point.cost or 0.0
    value = point.figures[aim].value
    return 1.0 if value is None else -value
