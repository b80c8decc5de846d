"""A calibration to a chart in a file, or to a plot of characters.

Lines are the figures at each value, and bands their intervals. Of two thresholds it is a map whose
colour is the figure that was to be best, pale where a goal is missed. The same figures give the
same file, byte for byte.
"""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.screen import has_colour
from engine.language.values import write_number
from engine.verbs.calibrating.choosing import misses
from engine.verbs.calibrating.figures import Measure
from engine.verbs.calibrating.models import Aim, Calibration, Goal, Point, Stretch
from engine.verbs.calibrating.render import NAMES, measures_of, said_goal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS: dict[Aim, str] = {
    "precision": "#0072b2",
    "recall": "#d55e00",
    "coverage": "#009e73",
    "auto_close": "#aa4499",
    "cost": "#444444",
}
_DASHES: dict[Aim, Any] = {
    "precision": "-",
    "recall": "-",
    "coverage": (0, (6, 2)),
    "auto_close": (0, (2, 1.5)),
    "cost": "-",
}
"""So that lines are told apart without their colours too."""
_STYLE: Any = {
    "svg.hashsalt": "bylaw",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#666666",
    "axes.grid": True,
    "grid.color": "#e6e6e6",
}
_INK, _FAINT = "#222222", "#666666"
_PALE = 0.25
"""How much is left of a colour where a goal is missed."""
_LEAST = 1e-9
"""How wide at least is drawn what is one value alone."""
_NONE = (0.93, 0.93, 0.93, 1.0)
_WIDEST, _HIGH = 100, 22
_LETTERS: dict[Measure, tuple[str, str]] = {
    "precision": ("P", "blue"),
    "recall": ("R", "red"),
    "coverage": ("c", "green"),
    "auto_close": ("a", "magenta"),
}


def draw(found: Calibration, path: Path) -> None:
    """To an SVG or a PNG, by the ending of the path."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    ending = path.suffix.lower().removeprefix(".")
    with rc_context(_STYLE):
        figure = Figure(figsize=(9, 6.4 if found.weights else 5.6), layout="constrained")
        if len(found.thresholds) == 1:
            _lines(figure, found)
        else:
            _map(figure, found)
        nothing = {"Date": None, "Creator": "bylaw"} if ending == "svg" else {"Software": "bylaw"}
        figure.savefig(path, format=ending, dpi=150, metadata=nothing)


def plot(found: Calibration) -> str:
    """Lines of characters, in colour on a terminal alone; nothing of two thresholds."""
    import plotext  # type: ignore[import-untyped]

    if len(found.thresholds) > 1:
        return ""
    figure = plotext.figure
    figure.clear()
    plotext.terminal.limit(False, False)
    figure.theme("colorless")
    figure.plot_size(min(_WIDEST, shutil.get_terminal_size().columns) - 1, _HIGH)
    for point, _ in _marked(found):
        upright = plotext.marker("│", plotext.pixel("gray"))
        figure.draw(figure.signal([point.values[0]] * 2, [0, 1], marker=upright).lines())
    for measure in measures_of(found):
        letter, colour = _LETTERS[measure]
        marker = plotext.marker(letter, plotext.pixel(colour))
        for values, points in _runs(found, measure):
            shares = [each.figures[measure].value for each in points]
            figure.draw(figure.signal(values, shares, marker=marker).lines())
    figure.ruler("y").lim(0, 1)
    figure.legend(False)
    figure.label(found.thresholds[0].name, "x")
    drawn = figure.build().string(colorless=not has_colour())
    marks = ", ".join(f"{word} {write_number(each.values[0])}" for each, word in _marked(found))
    letters = ", ".join(f"{_LETTERS[each][0]} {NAMES[each]}" for each in measures_of(found))
    lines = [line.rstrip() for line in drawn.rstrip().splitlines()]
    return "\n".join([*lines, f"     {letters}; upright lines: {marks}"])


def _marked(found: Calibration) -> list[tuple[Point, str]]:
    """The current point and the chosen one, each with its word."""
    choice = found.choice
    if choice is None:
        return [(found.current, "now")]
    word = "suggested" if choice.meets else "nearest"
    if choice.point.values == found.current.values:
        return [(found.current, f"now and {word}")]
    return [(found.current, "now"), (choice.point, word)]


def _lines(figure: "Figure", found: Calibration) -> None:
    has_cost = bool(found.weights)
    panels: Any = figure.subplots(
        2 if has_cost else 1, 1, sharex=True, squeeze=False, height_ratios=[3, 1][: 1 + has_cost]
    )
    axes = panels[0][0]
    for measure in measures_of(found):
        _line(axes, found, measure)
    for goal in found.goals:
        if goal.measure != "cost":
            axes.axhline(goal.bound, color=_COLOURS[goal.measure], lw=1, ls=":", zorder=1)
            axes.annotate(
                f"{_mathematical(goal)}\nis the goal",
                (1.005, goal.bound),
                xycoords=("axes fraction", "data"),
                va="center",
                color=_COLOURS[goal.measure],
                fontsize=8.5,
                annotation_clip=False,
            )
    axes.set_ylim(-0.02, 1.02)
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    if has_cost:
        _cost(panels[1][0], found)
    for panel in panels[:, 0]:
        for point, word in _marked(found):
            panel.axvline(
                point.values[0], color=_INK, lw=1.3, ls="--" if word == "now" else "-", zorder=3
            )
        panel.set_axisbelow(True)
    _say_marks(axes, found)
    panels[-1][0].set_xlabel(found.thresholds[0].name)
    _heading(figure, found)
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=2,
        frameon=False,
    )


def _line(axes: "Axes", found: Calibration, measure: Measure) -> None:
    colour = _COLOURS[measure]
    for place, (values, points) in enumerate(_runs(found, measure)):
        figures = [each.figures[measure] for each in points]
        lows, highs = [each.low for each in figures], [each.high for each in figures]
        axes.fill_between(values, lows, highs, color=colour, alpha=0.13, lw=0)
        axes.plot(
            values,
            [each.value or 0.0 for each in figures],
            color=colour,
            lw=1.9,
            ls=_DASHES[measure],
            label="" if place else _meaning(found, measure),
        )
    for point, _ in _marked(found):
        value = point.figures[measure].value
        if value is not None:
            axes.plot(point.values[0], value, "o", color=colour, mec="white", ms=7, zorder=4)


def _runs(
    found: Calibration, measure: Measure | None = None
) -> Iterator[tuple[list[float], list[Point]]]:
    """Both ends of each stretch with its point, so that a line through them goes across and upright
    alone; anew where there is no figure, or where it was not looked."""
    values: list[float] = []
    points: list[Point] = []
    for point, (begin, end) in zip(found.points, found.stretches[0], strict=True):
        is_none = measure is not None and point.figures[measure].value is None
        if values and (is_none or begin != values[-1]):
            yield values, points
            values, points = [], []
        if not is_none:
            values, points = [*values, begin, end], [*points, point, point]
    if values:
        yield values, points


def _meaning(found: Calibration, measure: Measure) -> str:
    """For the legend."""
    told = {
        "precision": "of the positive cases, those labelled yes",
        "recall": "of the cases labelled yes, the positive",
        "coverage": "of all cases, the positive",
        "auto_close": f"of all cases, {found.loosest}",
    }
    return f"{NAMES[measure]}: {told[measure]}"


def _cost(axes: "Axes", found: Calibration) -> None:
    for values, points in _runs(found):
        axes.plot(values, [each.cost or 0.0 for each in points], color=_COLOURS["cost"], lw=1.9)
    for point, _ in _marked(found):
        cost = point.cost or 0.0
        axes.plot(point.values[0], cost, "o", color=_INK, mec="white", ms=7, zorder=4)
        axes.annotate(
            write_number(round(cost, 9)),
            (point.values[0], cost),
            xytext=(6, 6),
            textcoords="offset points",
            fontsize=9,
            color=_INK,
        )
    axes.set_ylim(0, max(each.cost or 0.0 for each in found.points) * 1.12 or 1)
    axes.set_ylabel("cost")


def _say_marks(axes: "Axes", found: Calibration) -> None:
    """Above the lines, on the side away from each other."""
    marked = _marked(found)
    middle = sum(axes.get_xlim()) / 2
    for place, (point, word) in enumerate(marked):
        at = point.values[0]
        left = at < marked[1 - place][0].values[0] if len(marked) > 1 else at > middle
        axes.annotate(
            f"{word} {write_number(at)}",
            (at, 1),
            xycoords=("data", "axes fraction"),
            xytext=(-4 if left else 4, 3),
            textcoords="offset points",
            ha="right" if left else "left",
            fontweight="normal" if word == "now" else "bold",
            color=_INK,
            annotation_clip=False,
        )


def _mathematical(goal: Goal) -> str:
    return said_goal(goal).replace(">=", "≥").replace("<=", "≤")


def _heading(figure: "Figure", found: Calibration) -> None:
    names = " and ".join(each.name for each in found.thresholds)
    figure.suptitle(
        f"{found.policy} {found.version}: {names} on {found.cases:,} labelled cases",
        x=0.01,
        ha="left",
        fontsize=12.5,
        fontweight="bold",
        color=_INK,
    )
    more = ""
    if len(found.thresholds) == 1:
        more = f"; bands are {write_number(round(found.level * 100, 6))}% intervals"
    elif found.goals:
        more = f"; pale where a goal is missed: {', '.join(map(_mathematical, found.goals))}"
    figure.get_axes()[0].set_title(
        f"positive: {found.positive}{more}", loc="left", fontsize=9, color=_FAINT, pad=22
    )


def _map(figure: "Figure", found: Calibration) -> None:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    axes = figure.subplots()
    aim: Aim = found.choice.aim if found.choice is not None else "recall"
    down = sorted({each.values[0] for each in found.points})
    along = sorted({each.values[1] for each in found.points})
    by_values = {each.values: each for each in found.points}
    worths = [worth for each in found.points if (worth := _worth(each, aim)) is not None]
    least, span = min(worths), (max(worths) - min(worths)) or 1.0
    shades = colormaps["viridis"]

    def colour(point: Point) -> tuple[float, ...]:
        worth = _worth(point, aim)
        if worth is None:
            return _NONE
        plain = shades((worth - least) / span)
        is_pale = bool(misses(point, found.goals, surely=found.surely))
        return _paler(plain) if is_pale else plain

    colours = [[colour(by_values[one, other]) for one in down] for other in along]
    axes.pcolormesh(*map(_edges, found.stretches), colours)
    for point, word in _marked(found):
        _mark(axes, point, word, middle=(down[0] + down[-1]) / 2)
    axes.set_xlabel(found.thresholds[0].name)
    axes.set_ylabel(found.thresholds[1].name)
    axes.grid(visible=False)
    scale = ScalarMappable(Normalize(least, least + span), shades)
    bar = figure.colorbar(scale, ax=axes, label=NAMES[aim])
    if aim != "cost":
        bar.ax.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    _heading(figure, found)


def _paler(colour: tuple[float, ...]) -> tuple[float, ...]:
    return (*(_PALE * each + 1 - _PALE for each in colour[:3]), 1.0)


def _worth(point: Point, aim: Aim) -> float | None:
    return point.cost if aim == "cost" else point.figures[aim].value


def _edges(stretches: Sequence[Stretch]) -> list[float]:
    """Where each begins, and where the last ends."""
    begins, end = [begin for begin, _ in stretches], stretches[-1][1]
    return [*begins, end if end > begins[-1] else begins[-1] + _LEAST]


def _mark(axes: "Axes", point: Point, word: str, *, middle: float) -> None:
    is_now, at = word == "now", (point.values[0], point.values[1])
    form, size = ("o", 11) if is_now else ("*", 17)
    axes.plot(*at, form, color="white", mec=_INK, ms=size, clip_on=False)
    is_right = at[0] > middle
    axes.annotate(
        f"{word} {write_number(at[0])}, {write_number(at[1])}",
        at,
        xytext=(-12 if is_right else 12, 0),
        textcoords="offset points",
        ha="right" if is_right else "left",
        va="center",
        fontweight="normal" if is_now else "bold",
        color=_INK,
        bbox={"boxstyle": "round,pad=0.25", "fc": "white", "ec": "none", "alpha": 0.85},
    )
