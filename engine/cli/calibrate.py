"""`bylaw calibrate`: how right a policy is on labelled cases, at each value of a threshold."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from engine.cli import options
from engine.cli.programs import decision_named, findings_shown, program_of
from engine.cli.screen import FINE, FOUND, Wrong, say
from engine.library import Library, write

if TYPE_CHECKING:
    from engine.diagnostics.base import Finding
    from engine.program.nodes import Program
    from engine.verbs.calibrating.edit import Stale
    from engine.verbs.calibrating.figures import Mistake
    from engine.verbs.calibrating.models import Calibration, Goal

_AIMS = ("precision", "recall", "coverage", "auto-close", "cost")
_GOAL = re.compile(r"\s*([a-z_-]+)\s*(>=|<=)\s*([0-9.]+)\s*(%?)\s*")
_CHARTS = (".svg", ".png")


@click.command(
    epilog="""\b
Examples:
  bylaw calibrate handoff@1.1.0 verified_confidence --cases labelled.csv --label right
  bylaw calibrate handoff verified_confidence --cases labelled.csv --label right \\
    --goal 'precision>=0.95' --chart sweep.svg --write
  bylaw calibrate handoff verified_confidence intake_confidence --cases labelled.parquet \\
    --label right --cost false_positive=5 --cost false_negative=1

\b
Exit codes: 0 fine; 1 no value meets the goals, or the new version does not check; 2 wrong usage.
"""
)
@options.policy("policy")
@click.argument("thresholds", nargs=-1, required=True, metavar="THRESHOLD [THRESHOLD]")
@click.option(
    "--cases",
    "path",
    type=click.Path(dir_okay=False),
    help="A file of labelled cases: .parquet, .csv, or else JSON lines; - reads the input.",
)
@options.engine
@options.table
@click.option(
    "--label",
    required=True,
    metavar="COLUMN",
    help="The column that says whether the positive outcome would be right: yes or no, or else "
    "the outcome that would be right.",
)
@click.option(
    "--positive",
    metavar="FIELD=VALUE",
    help="Which outcomes count as positive, as action=reply_and_close; several values with commas, "
    "or action>=reply_and_route for all that is looser.  [default: what the thresholds let pass]",
)
@click.option(
    "--goal",
    "goals",
    multiple=True,
    metavar="GOAL",
    help="What must hold, as 'precision>=0.95' or 'coverage<=60%'; several hold together.",
)
@click.option(
    "--best",
    type=click.Choice(_AIMS),
    help="What should be greatest (of cost: least) where the goals are met.",
)
@click.option(
    "--cost",
    "costs",
    multiple=True,
    metavar="MISTAKE=WEIGHT",
    help="What a mistake costs, as false_positive=5 or false_negative=1.",
)
@click.option(
    "--surely", is_flag=True, help="Goals must be met by the whole interval, not the figure alone."
)
@click.option(
    "--confidence",
    type=click.FloatRange(50, 99.9),
    default=95,
    show_default=True,
    help="How sure the intervals are, in percent.",
)
@click.option(
    "--holdout",
    type=click.FloatRange(0, 0.9),
    default=0,
    help="The share of cases to keep back, and to try the chosen value on.",
)
@click.option("--from", "first", type=float, help="The least value to look at.")
@click.option("--to", "last", type=float, help="The greatest value to look at.")
@click.option("--step", type=float, help="Look at every such value from --from to --to alone.")
@click.option(
    "--chart",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw the figures to this .svg or .png file.",
)
@click.option(
    "--plot/--no-plot", default=None, help="Draw them here too.  [default: on a terminal]"
)
@click.option(
    "--write",
    "is_written",
    is_flag=True,
    help="Write the suggested value as a new version, with its page of changes.",
)
@options.decision
@options.as_of
@options.formats("text", "json", "markdown")
@options.policies
def calibrate(
    *,
    policy: str,
    thresholds: tuple[str, ...],
    path: str | None,
    engine: str | None,
    table: str | None,
    label: str,
    positive: str | None,
    goals: tuple[str, ...],
    best: str | None,
    costs: tuple[str, ...],
    surely: bool,
    confidence: float,
    holdout: float,
    first: float | None,
    last: float | None,
    step: float | None,
    chart: Path | None,
    plot: bool | None,
    is_written: bool,
    decision: str | None,
    now: int | None,
    format: str,
    library: Library,
) -> None:
    """Say how right POLICY is on labelled cases at each value of one threshold, or of two.

    With goals or costs it suggests a value. Nothing is written but what --chart and --write ask
    for.
    """
    from engine.cli.labelled import labelled
    from engine.verbs.calibrate import calibrate, decision_of, positive_of, thresholds_of
    from engine.verbs.calibrating.models import NotCalibratableError, Steps
    from engine.verbs.wishing.wants import WrongWantError

    program = program_of(library, policy)
    name = decision_named(program, decision)
    steps = Steps(first, last, step)
    _look_at(steps, thresholds, chart)
    if plot and format != "text":
        raise Wrong(f"`--plot` does not go with `--format {format}`", "leave one of them out")
    if is_written:
        _look_whether_writable(library, program, goals or costs or best)
    asked, weights = _wanted(goals, costs, best, surely=surely)
    try:
        thresholds_of(program, thresholds)
        decision_of(program, name)
        _look_whether_fact(label, program, name)
        wanted = positive_of(program, name, thresholds, positive)
        with labelled(path, label, engine, table, program, name, wanted) as cases:
            found = calibrate(
                program,
                cases,
                thresholds,
                decision=name,
                positive=positive,
                goals=asked,
                weights=weights,
                aim=cast(Any, best and best.replace("-", "_")),
                steps=steps,
                level=confidence / 100,
                surely=surely,
                holdout=holdout,
                now=options.the_time() if now is None else now,
            )
    except (NotCalibratableError, WrongWantError) as wrong:
        raise Wrong(wrong.message, wrong.help) from wrong
    written = _written(program, found, library) if is_written else None
    say(_shown(found, program, written, format))
    if plot or (plot is None and format == "text" and sys.stdout.isatty()):
        _plot(found, needed=bool(plot))
    if chart is not None:
        _draw(found, chart)
    fails = found.choice is not None and not found.choice.meets
    sys.exit(FOUND if fails or (written and written.findings) else FINE)


_COSTS = "`--cost false_positive=5 --cost false_negative=1`, say, tells what mistakes cost"


def _wanted(
    goals: Sequence[str], costs: Sequence[str], best: str | None, *, surely: bool
) -> "tuple[list[Goal], dict[Mistake, float]]":
    """The goals, and what mistakes cost."""
    if surely and not goals:
        raise Wrong("`--surely` goes with `--goal`", "as `--goal 'precision>=0.95' --surely`")
    asked = [_goal(each, bool(costs)) for each in goals]
    _look_whether_contradicting(asked)
    weights = _weights(costs)
    if best == "cost" and not weights:
        raise Wrong("the least cost is wanted, and nothing costs", _COSTS)
    return asked, weights


def _look_at(steps: Any, thresholds: Sequence[str], chart: Path | None) -> None:
    given = (steps.first, steps.last, steps.step)
    if not all(each is None or isfinite(each) for each in given):
        raise Wrong("`--from`, `--to` and `--step` are numbers", "as `--from 0.5 --to 0.9`")
    if len(thresholds) > 1 and given != (None, None, None):
        raise Wrong("`--from`, `--to` and `--step` are for one threshold", "leave them out for two")
    if steps.step is not None and None in given:
        raise Wrong("`--step` goes with `--from` and `--to`", "say where the steps begin and end")
    if steps.step is not None and steps.step <= 0:
        raise Wrong("a step is more than 0", "as `--step 0.01`")
    if steps.first is not None and steps.last is not None:
        if steps.last < steps.first:
            raise Wrong("`--to` is less than `--from`", "turn them round")
        if steps.step is not None and (steps.last - steps.first) / steps.step > 10_000:
            raise Wrong("these are more than 10,000 steps", "take wider ones")
    if chart is not None and chart.suffix.lower() not in _CHARTS:
        raise Wrong(f"`{chart}` is no .svg and no .png file", "name it `sweep.svg`, say")
    if chart is not None:
        _need("matplotlib", "a chart")


def _need(module: str, what: str) -> None:
    from importlib.util import find_spec

    if find_spec(module) is None:
        raise Wrong(f"what draws {what} is not installed", 'pip install "bylaw[chart]"')


def _look_whether_writable(library: Library, program: "Program", is_asked: object) -> None:
    from engine.verbs.solver import NoSolverError, need_solver

    if not is_asked:
        cure = "`--goal 'precision>=0.95'`, say, or `--cost` tells what you want"
        raise Wrong("nothing is suggested that could be written", cure)
    if program.version not in library.versions(program.name):
        cure = f"versions stand in the folder of policies, as `{library.folder}/{program.name}/"
        raise Wrong(
            f"`{program.name}` {program.version} is not among the policies",
            f"{cure}{program.version}.bylaw`",
        )
    try:
        need_solver()
    except NoSolverError as missing:
        raise Wrong(missing.message, missing.help) from missing


def _look_whether_fact(label: str, program: "Program", decision: str) -> None:
    from engine.language.types import Record
    from engine.program.cases import is_whole_case

    parameters = program.decisions[decision].parameters
    facts = [each.name for each in parameters]
    if is_whole_case(parameters) and isinstance(parameters[0].type, Record):
        facts = [each.wire for each in parameters[0].type.fields]
    if label in facts:
        cure = "a label is a column beside the facts; give it another name"
        raise Wrong(f"`{label}` is a fact of the policy, and no label", cure)


def _goal(text: str, has_cost: bool) -> "Goal":
    from engine.language.nearest import nearest
    from engine.language.values import write_number
    from engine.verbs.calibrating.models import Goal

    match = _GOAL.fullmatch(text)
    if match is None and re.search("[<>](?!=)", text):
        raise Wrong(f"`{text}` is no goal", "write it with >= or <=, as 'precision>=0.95'")
    if match is None or match[3].count(".") > 1 or match[3] == ".":
        raise Wrong(f"`{text}` is no goal", "a goal is written as 'precision>=0.95'")
    measure = match[1].replace("_", "-")
    if measure not in _AIMS:
        near = nearest(measure, _AIMS)
        cure = f"did you mean `{near}`?" if near else f"there is {', '.join(_AIMS)}"
        raise Wrong(f"there is no measure `{match[1]}`", cure)
    if measure == "cost" and not has_cost:
        raise Wrong("a goal is about cost, and nothing costs", _COSTS)
    bound = float(match[3]) / (100 if match[4] else 1)
    if measure != "cost" and bound > 1:
        is_percent = bound <= 100 and not match[4]
        told = f": write {write_number(bound / 100)} or {match[3]}%" if is_percent else ""
        raise Wrong(
            f"`{text}` can never be met or missed", f"a share is 0 to 1, or 0% to 100%{told}"
        )
    return Goal(cast(Any, measure.replace("-", "_")), cast(Any, match[2]), bound)


def _look_whether_contradicting(goals: Sequence["Goal"]) -> None:
    from engine.verbs.calibrating.render import said_goal

    for least in goals:
        for most in goals:
            is_pair = least.measure == most.measure and (least.sign, most.sign) == (">=", "<=")
            if is_pair and least.bound > most.bound:
                both = f"{said_goal(least)} and {said_goal(most)}"
                raise Wrong(f"these goals contradict each other: {both}", "leave one of them out")


def _weights(costs: Sequence[str]) -> "dict[Mistake, float]":
    from engine.language.nearest import nearest
    from engine.verbs.calibrating.figures import MISTAKES

    found: dict[Mistake, float] = {}
    for each in costs:
        name, _, text = each.partition("=")
        mistake = next((one for one in MISTAKES if one == name.strip()), None)
        if mistake is None:
            near = nearest(name, MISTAKES)
            cure = f"did you mean `{near}`?" if near else f"there is {' and '.join(MISTAKES)}"
            raise Wrong(f"there is no mistake `{name}`", cure)
        if mistake in found:
            raise Wrong(f"`--cost` is given twice for {mistake}", "give it once")
        try:
            found[mistake] = float(text)
        except ValueError as error:
            raise Wrong(f"`{each}` is no cost", f"write it as `{mistake}=5`") from error
        if not 0 <= found[mistake] < float("inf"):
            raise Wrong(f"`{each}` is no cost", "a cost is 0 or more")
    if found and not any(found.values()):
        raise Wrong("no mistake costs anything", _COSTS)
    return found


def _shown(
    found: "Calibration", program: "Program", written: "_Written | None", format: str
) -> str:
    from engine.verbs.calibrating.render import as_json, as_markdown, as_text

    edit = _edit(found, program)
    if format == "json":
        return as_json(found, edit=edit or None, written=written and str(written.path))
    told = as_markdown(found) if format == "markdown" else as_text(found)
    if written is not None:
        return f"{told}\n\n{_said(written)}"
    if edit:
        told += f"\n\nThe edit (`--write` makes a new version of it):\n\n{_fenced(edit, format)}"
    return told


def _fenced(edit: str, format: str) -> str:
    if format == "markdown":
        return f"```diff\n{edit}\n```"
    return "\n".join(f"  {line}" for line in edit.splitlines())


def _values(found: "Calibration") -> dict[str, float] | None:
    """The suggested ones; None where nothing should be other."""
    choice = found.choice
    if choice is None or not choice.meets or choice.point.values == found.current.values:
        return None
    both = zip(found.thresholds, choice.point.values, strict=True)
    return {each.name: value for each, value in both}


def _edit(found: "Calibration", program: "Program") -> str:
    from engine.verbs.calibrating.edit import difference, edited

    values = _values(found)
    return difference(program.source, edited(program.source, values)) if values else ""


@dataclass(frozen=True)
class _Written:
    """`stale` are thresholds whose reasons still tell the old number."""

    path: Path
    changes: Path
    stale: "Sequence[Stale]"
    findings: "Sequence[Finding]"


def _written(program: "Program", found: "Calibration", library: Library) -> _Written | None:
    from engine.source import Source
    from engine.verbs.calibrating.candidate import candidate
    from engine.verbs.calibrating.edit import stale_reasons
    from engine.verbs.check import PolicyError, check

    values = _values(found)
    if values is None:
        say("nothing is written: there is no other value to suggest", error=True)
        return None
    there = _there_already(program, values, library)
    if there is not None:
        say(f"nothing is written: {there} has it already", error=True)
        return None
    try:
        made = candidate(program, values, library.versions(program.name), _note)
    except PolicyError as wrong:
        raise Wrong("with these values the policy does not hold together", str(wrong)) from wrong
    _note("")
    path = library.folder / program.name / f"{made.version}.bylaw"
    changes = path.with_name(f"{made.version}.changes.md")
    write(path, made.text)
    write(changes, made.changes)
    findings = check(Source(str(path), made.text)).findings
    return _Written(path, changes, stale_reasons(program.source, values), findings)


def _there_already(program: "Program", values: Mapping[str, float], library: Library) -> str | None:
    """The version that is other in these values alone."""
    from engine.verbs.calibrating.edit import edited

    for version in library.versions(program.name):
        there = library.source(f"{program.name}@{version}").text
        if there == edited(program.source, values, version).text:
            return version
    return None


def _said(written: _Written) -> str:
    lines = [f"`{written.path}` is there; `{written.changes}` says what changes"]
    lines += [
        f"the reason of `{each.name}` still says {each.written}: edit it too"
        for each in written.stale
    ]
    if written.findings:
        shown = findings_shown(written.findings)
        lines += ["some of it does not hold with the new value: edit what it says", "", shown]
    return "\n".join(lines)


def _plot(found: "Calibration", *, needed: bool) -> None:
    from importlib.util import find_spec

    if needed:
        _need("plotext", "a plot")
    elif find_spec("plotext") is None:
        return
    from engine.cli.charts import plot

    drawn = plot(found)
    if drawn:
        say(f"\n{drawn}")


def _draw(found: "Calibration", path: Path) -> None:
    from engine.cli.charts import draw

    try:
        draw(found, path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Wrong(f"`{path}` cannot be written: {reason}") from error


def _note(name: str) -> None:
    """Shows on a terminal what is being looked at, for as long as it is."""
    if sys.stderr.isatty():
        said = f"comparing `{name}` …" if name else ""
        click.echo(f"\r\x1b[K{said}", nl=False, file=sys.stderr)
