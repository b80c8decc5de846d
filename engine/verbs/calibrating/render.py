"""A calibration to text, Markdown and JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from engine.language.values import write_number
from engine.program.words import listed
from engine.verbs.calibrating.choosing import misses
from engine.verbs.calibrating.figures import MEASURES, Figure, Measure
from engine.verbs.calibrating.models import Aim, Calibration, Choice, Goal, Miss, Point
from engine.verbs.decide import EVALUATOR

NAMES: dict[Aim, str] = {
    "precision": "precision",
    "recall": "recall",
    "coverage": "coverage",
    "auto_close": "auto-close",
    "cost": "cost",
}
_MOST_ROWS = 15
_Row = tuple[str, ...]


def as_text(found: Calibration) -> str:
    blocks = [
        [_title(found)],
        [*_labels(found), *(f"  {name:<10}  {told}" for name, told in _meanings(found))],
        list(_aligned(_sweep(found), numbers=True)),
        [*_verdict(found)],
        list(_aligned(_beside(found))) if _is_beside(found) else [],
        [f"note: {each}" for each in found.warnings],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def as_markdown(found: Calibration) -> str:
    blocks = [
        [f"# {_title(found)}"],
        _labels(found),
        [f"- **{name}**: {told}" for name, told in _meanings(found)],
        ["## What is suggested"] if found.choice is not None else [],
        [*_verdict(found)],
        list(_table(_beside(found))) if _is_beside(found) else [],
        [f"- {each}" for each in found.warnings],
        ["## At each value"],
        list(_table(_sweep(found))),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def as_json(found: Calibration, **more: Any) -> str:
    return json.dumps({**calibration_record(found), **more}, indent=2, ensure_ascii=False)


def calibration_record(found: Calibration) -> dict[str, Any]:
    """As JSON carries it."""
    choice, held_out = found.choice, found.held_out
    return {
        "policy": found.policy,
        "version": found.version,
        "decision": found.decision,
        "thresholds": [{"name": each.name, "current": each.current} for each in found.thresholds],
        "positive": found.positive,
        "loosest": found.loosest,
        "cases": found.cases,
        "labelled_yes": found.right,
        "refused": found.refused,
        "decided_by": found.by,
        "aside": found.aside,
        "gaps": list(found.gaps),
        "confidence": found.level,
        "surely": found.surely,
        "exact": found.exact,
        "goals": [said_goal(each) for each in found.goals],
        "costs": dict(found.weights),
        "current": _point_record(found, found.current),
        "meets_goals": choice and choice.meets,
        "chosen_by": choice and choice.aim,
        "chosen": choice and _point_record(found, choice.point),
        "misses": [_miss_record(each) for each in choice.misses] if choice else [],
        "held_out": held_out
        and {
            "cases": held_out.cases,
            "current": _point_record(found, held_out.current),
            "chosen": held_out.chosen and _point_record(found, held_out.chosen),
        },
        "warnings": list(found.warnings),
        "points": [_point_record(found, each) for each in found.points],
    }


def said_goal(goal: Goal) -> str:
    return f"{NAMES[goal.measure]} {goal.sign} {write_number(goal.bound)}"


def values_said(found: Calibration, point: Point) -> str:
    """`0.85`; of two `verified_confidence 0.85 and intake_confidence 0.7`."""
    if len(point.values) == 1:
        return write_number(point.values[0])
    both = zip(found.thresholds, point.values, strict=True)
    return listed(f"{each.name} {write_number(value)}" for each, value in both)


def measures_of(found: Calibration) -> list[Measure]:
    """What is worth showing: where positive is the loosest outcome, its share is the coverage."""
    is_twice = found.positive == found.loosest
    shown = (each for each in MEASURES if each in found.current.figures)
    return [each for each in shown if not (is_twice and each == "auto_close")]


def _title(found: Calibration) -> str:
    names = listed(f"`{each.name}`" for each in found.thresholds)
    return f"{found.policy} {found.version}: {names}, now {values_said(found, found.current)}"


def _labels(found: Calibration) -> list[str]:
    yes = f"{found.right:,} of {found.cases:,} cases are labelled yes"
    kept = f"; {found.held_out.cases:,} more are held out" if found.held_out else ""
    return [
        f"Positive means that {found.positive}. A label says whether that would be right for the "
        f"case: {yes}{kept}.{_decided_by(found)}"
    ]


def _decided_by(found: Calibration) -> str:
    if found.by == EVALUATOR:
        return ""
    gaps = f" ({'; '.join(found.gaps)})" if found.gaps else ""
    if found.aside == found.cases + (found.held_out.cases if found.held_out else 0):
        return f" {EVALUATOR.capitalize()} decided them{gaps}."
    aside = f", but {found.aside:,} by {EVALUATOR}{gaps}" if found.aside else ""
    return f" {found.by} decided them{aside}."


def _meanings(found: Calibration) -> Iterator[tuple[str, str]]:
    yield "precision", "of the cases that get a positive outcome, the share labelled yes"
    yield "recall", "of the cases labelled yes, the share that gets a positive outcome"
    yield "coverage", "of all cases, the share that gets a positive outcome"
    if "auto_close" in measures_of(found):
        yield "auto-close", f"of all cases, the share where {found.loosest}"
    yield "wrongly", "cases that get a positive outcome and are labelled no"
    yield "missed", "cases labelled yes that do not get it"
    yield "(… to …)", f"where the share lies in truth, {_percent(found.level)} sure"
    if found.weights:
        weights = listed(
            f"{write_number(weight)} for each {name.replace('_', ' ')}"
            for name, weight in found.weights.items()
        )
        yield "cost", weights


def _percent(share: float) -> str:
    return f"{write_number(round(share * 100, 6))}%"


def _sweep(found: Calibration) -> list[_Row]:
    """The figures at some of the values: the current and the chosen one are always among them."""
    measures = measures_of(found)
    heading = [*(each.name for each in found.thresholds), *(NAMES[each] for each in measures)]
    if len(found.thresholds) == 1:
        heading[0] = "value"
    cost = ["cost"] if found.weights else []
    rows: list[_Row] = [(*heading, "wrongly", "missed", *cost, "")]
    for point in _shown(found):
        shares = (_share(point.figures[each]) for each in measures)
        wrongly, missed = point.counts.false_positive, point.counts.false_negative
        spent = [] if point.cost is None else [write_number(round(point.cost, 9))]
        cells = (*map(write_number, point.values), *shares, f"{wrongly:,}", f"{missed:,}")
        rows.append((*cells, *spent, _mark(found, point)))
    return rows


def _shown(found: Calibration) -> list[Point]:
    points = found.points
    if len(points) <= _MOST_ROWS:
        return list(points)
    last = len(points) - 1
    places = {round(at * last / (_MOST_ROWS - 3)) for at in range(_MOST_ROWS - 2)}
    kept = {points[at].values for at in places} | {found.current.values}
    if found.choice is not None:
        kept.add(found.choice.point.values)
    return [each for each in points if each.values in kept]


def _mark(found: Calibration, point: Point) -> str:
    choice = found.choice
    is_now = point.values == found.current.values
    if choice is None or point.values != choice.point.values:
        return "now" if is_now else ""
    mark = "suggested" if choice.meets else "nearest"
    return f"now, {mark}" if is_now else mark


def _is_beside(found: Calibration) -> bool:
    choice = found.choice
    return choice is not None and (
        choice.point.values != found.current.values or found.held_out is not None
    )


def _beside(found: Calibration) -> list[_Row]:
    """The chosen point beside the current one, on the cases it was chosen on and those held out."""
    choice = found.choice
    if choice is None:
        return []
    word = "suggested" if choice.meets else "nearest"
    points, heads = [found.current], ["now"]
    if choice.point.values != found.current.values:
        points.append(choice.point)
        heads.append(word)
    if found.held_out is not None:
        later = [found.held_out.current, found.held_out.chosen][: len(points)]
        heads += [f"{head}, held out" for head in heads]
        points += [each for each in later if each is not None]
    measures = measures_of(found)
    rows: list[_Row] = [("", *heads)]
    for place, swept in enumerate(found.thresholds):
        rows.append((swept.name, *(write_number(each.values[place]) for each in points)))
    rows += [(NAMES[each], *(_share(point.figures[each]) for point in points)) for each in measures]
    rows += [
        ("wrongly", *(f"{each.counts.false_positive:,}" for each in points)),
        ("missed", *(f"{each.counts.false_negative:,}" for each in points)),
    ]
    if found.weights:
        rows.append(("cost", *(write_number(round(each.cost or 0, 9)) for each in points)))
    return rows


def _verdict(found: Calibration) -> Iterator[str]:
    choice = found.choice
    if choice is None:
        yield "Nothing is suggested: `--goal 'precision>=0.95'`, say, or `--cost` asks for it."
        return
    value = values_said(found, choice.point)
    goals = listed(map(said_goal, found.goals))
    surely = ", by the whole interval" if found.surely and goals else ""
    if not choice.meets:
        yield f"No value meets {_the_goals(found)}: {goals}{surely}."
        yield f"{value} comes nearest: {_all_missed(found, choice.misses)}."
        return
    best = _best(choice)
    among = f" among the values that meet {goals}{surely}" if goals else ""
    if choice.point.values == found.current.values:
        yield f"{value} may stay: it has {best}{among}."
        return
    yield f"Suggested is {value}: it has {best}{among}."
    failed = misses(found.current, found.goals, surely=found.surely)
    if failed:
        now = values_said(found, found.current)
        yield f"Now, at {now}, {_all_missed(found, failed)}."


def _best(choice: Choice) -> str:
    least = "the least" if choice.aim == "cost" else "the greatest"
    return f"{least} {NAMES[choice.aim]}"


def _the_goals(found: Calibration) -> str:
    return "the goal" if len(found.goals) == 1 else "all goals"


def _all_missed(found: Calibration, misses: Sequence[Miss]) -> str:
    return listed(_missed(each, surely=found.surely) for each in misses)


def _missed(miss: Miss, *, surely: bool) -> str:
    name = NAMES[miss.goal.measure]
    if miss.value is None:
        return f"there is no {name}, for no case gets a positive outcome"
    over = "short of" if miss.goal.sign == ">=" else "above"
    value, by = (_rounded(each, miss.goal.measure) for each in (miss.value, miss.by))
    may_be = "may be as low as" if miss.goal.sign == ">=" else "may be as high as"
    is_or_may_be = may_be if surely and miss.goal.measure != "cost" else "is"
    return f"{name} {is_or_may_be} {value}, {by} {over} {write_number(miss.goal.bound)}"


def _rounded(value: float, measure: Aim) -> str:
    if measure == "cost":
        return write_number(round(value, 9))
    return f"{value:.3f}" if value >= 0.0005 or not value else f"{value:.1g}"


def _share(figure: Figure) -> str:
    if figure.value is None:
        return "-"
    return f"{figure.value:.3f} ({figure.low:.2f} to {figure.high:.2f})"


def _aligned(rows: Sequence[_Row], *, numbers: bool = False) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        if numbers:
            right = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
            cells = [*right[:-1], cells[-1]]
        yield f"  {'  '.join(cells)}".rstrip()


def _table(rows: Sequence[_Row]) -> Iterator[str]:
    heading, *others = rows
    yield f"| {' | '.join(heading)} |"
    yield f"|{'|'.join('---' for _ in heading)}|"
    for row in others:
        yield f"| {' | '.join(row)} |"


def _point_record(found: Calibration, point: Point) -> dict[str, Any]:
    both = zip(found.thresholds, point.values, strict=True)
    made: dict[str, Any] = {
        "values": {each.name: value for each, value in both},
        **asdict(point.counts),
        **{measure: _figure_record(point, measure) for measure in point.figures},
    }
    return made if point.cost is None else {**made, "cost": point.cost}


def _figure_record(point: Point, measure: Measure) -> dict[str, Any]:
    figure = point.figures[measure]
    return {"value": figure.value, "low": figure.low, "high": figure.high}


def _miss_record(miss: Miss) -> dict[str, Any]:
    return {"goal": said_goal(miss.goal), "value": miss.value, "by": miss.by}
