"""What whoever reads a calibration should be warned of, in plain sentences."""

from collections import Counter
from collections.abc import Iterator, Mapping

from engine.language.values import write_number
from engine.program.words import listed
from engine.verbs.calibrating.choosing import misses
from engine.verbs.calibrating.figures import Figure
from engine.verbs.calibrating.models import Calibration, Point

_WIDE = 0.1
_MOST = 0.9
_FIRST = {
    "precision": "few cases get the positive outcome",
    "recall": "few cases are labelled yes",
}


def cautions(
    found: Calibration,
    *,
    thinned: bool,
    impossible: int,
    unknown: Mapping[str, int],
    looked_at: int,
) -> Iterator[str]:
    """`thinned`: some values were left out; `impossible`: at how many the policy is no policy;
    `unknown`: in how many of the cases `looked_at` a fact is wanted that is not given."""
    if len({point.counts for point in found.points}) == 1:
        names = listed(f"`{each.name}`" for each in found.thresholds)
        yield f"none of these cases hangs on {names}: the figures are the same at every value"
    cases = found.cases + (found.held_out.cases if found.held_out else 0)
    for fact, times in unknown.items():
        if times >= _MOST * looked_at:
            those = "" if looked_at == cases else " that were looked at"
            yield (
                f"`{fact}` is not given in {times:,} of {looked_at:,} cases{those}, and what is "
                "not known lets nothing through"
            )
    if found.right == found.cases:
        yield "no case is labelled no, so nothing tells where the positive outcome is wrong"
    if found.choice is not None:
        yield from _of_the_choice(found)
    yield from _wide(found)
    if thinned:
        yield (
            "there are too many values for a grid of two: only some of them were looked at, and "
            "more around the best of these"
        )
    elif not found.exact:
        yield (
            "the policy does more with a threshold than to compare it: between the values that "
            "were looked at there may be better ones"
        )
    if impossible:
        yield f"at {impossible} of the values the policy does not hold together: they are left out"


def of_the_refused(faults: Counter[str], *, counts_as_positive: bool) -> Iterator[str]:
    """`faults` say what is wrong first in how many cases."""
    if not faults:
        return
    ((fault, times),) = faults.most_common(1)
    those = "1 case is" if faults.total() == 1 else f"{faults.total():,} cases are"
    most = "" if len(faults) == 1 else f" in {times:,} of them"
    counts = ", and count as positive" if counts_as_positive else ""
    yield f"{those} refused, whatever the value{counts}: {fault}{most}"


def _of_the_choice(found: Calibration) -> Iterator[str]:
    choice = found.choice
    if choice is None or not choice.meets:
        return
    if found.held_out is None and choice.point.values != found.current.values:
        yield (
            "the figures of the suggested value come from the cases that it was chosen on, so "
            "they are a little too good; `--holdout 0.3` tries it on cases that were kept back"
        )
    if not found.surely:
        for miss in misses(choice.point, found.goals, surely=True):
            measure = miss.goal.measure
            if measure != "cost" and miss.value is not None:
                most = "as low as" if miss.goal.sign == ">=" else "as high as"
                name = measure.replace("_", "-")
                yield f"{name} meets its goal here, but may be {most} {miss.value:.2f} in truth"


def _wide(found: Calibration) -> Iterator[str]:
    point = found.current if found.choice is None else found.choice.point
    for measure, few in _FIRST.items():
        figure = point.figures["precision" if measure == "precision" else "recall"]
        if figure.high - figure.low > _WIDE:
            yield f"{few}: {_said(measure, point, figure)}"


def _said(measure: str, point: Point, figure: Figure) -> str:
    at = " and ".join(map(write_number, point.values))
    if figure.value is None:
        return f"at {at} there are none, and {measure} cannot be told"
    return (
        f"{measure} at {at} rests on {figure.whole:,}, and is anything from {figure.low:.2f} "
        f"to {figure.high:.2f}"
    )
