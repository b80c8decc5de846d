"""`bylaw replay`: recorded cases through a candidate version, and what comes of them."""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from engine.cli import options
from engine.cli.programs import decision_named, program_of
from engine.cli.screen import FINE, FOUND, Wrong, progress, say
from engine.library import Library, LibraryError

if TYPE_CHECKING:
    from engine.cli.history import Asked, History
    from engine.cli.tables import Table
    from engine.program.nodes import Program
    from engine.verbs.replay import Finder, Watch
    from engine.verbs.replaying.models import Beside, By, Replay, Row

Journal = Callable[["Asked"], "tuple[History, Finder]"]
"""What is asked to the rows of a journal, and to what finds the version that decided one."""

EPILOG = """\b
Examples:
  bylaw replay handoff@1.1.0 --against handoff@1.0.0 --cases history.parquet --by channel
  bylaw replay policies/handoff/1.2.0.bylaw --against handoff@1.1.0 --cases decisions.jsonl

\b
Exit codes: 0 nothing changes; 1 something changes, the history does not hold, or nothing of it
could be replayed; 2 wrong usage.
"""
HELP = """Decide recorded cases by POLICY, and say what it decides otherwise than the version that
is there.

First it is told how many of them can be replayed. Then the version that decided them must decide
again what was recorded, every time; where it does not, that is told instead.
"""
_ARGUMENTS: Sequence[options.Decorator] = (
    options.policy("policy"),
    click.option("--against", required=True, help="The version that is there."),
    click.option(
        "--cases",
        type=click.Path(dir_okay=False),
        help="A file of recorded cases: .parquet, .csv, or else JSON lines; - reads the input.",
    ),
    options.engine,
    options.table,
    click.option(
        "--aside",
        type=click.Choice(["evaluator", "refuse"]),
        default="evaluator",
        show_default=True,
        help="What becomes of cases that an engine sets aside: the evaluator decides them, or"
        " nobody does.",
    ),
    options.decision,
    options.as_of,
    click.option(
        "--by",
        multiple=True,
        metavar="COLUMN",
        help="Count the cases by this fact or column too; may be repeated.",
    ),
    click.option("--id", metavar="COLUMN", help="What a case is named by.  [default: its line]"),
    click.option(
        "--changed",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write the cases that change to this .parquet file, facts and all: guard it.",
    ),
    click.option("--facts", is_flag=True, help="Show sensitive facts of sample cases too."),
    click.option(
        "--budget",
        type=click.IntRange(0),
        default=300,
        show_default=True,
        help="How long to look for kinds without traffic, in millions of steps of what proves.",
    ),
    options.formats("text", "markdown", "json"),
    options.policies,
)


def arguments(decorated: Callable[..., Any]) -> Callable[..., Any]:
    """What can be said of a replay, whatever its cases come from."""
    return reduce(lambda of, add: add(of), reversed(_ARGUMENTS), decorated)


@click.command("replay", epilog=EPILOG, help=HELP)
@arguments
def replay(**given: Any) -> None:
    replay_cases(None, **given)


def replay_cases(
    journal: Journal | None,
    *,
    policy: str,
    against: str,
    cases: str | None,
    engine: str | None,
    table: str | None,
    aside: str,
    decision: str | None,
    now: int | None,
    by: tuple[str, ...],
    id: str | None,
    changed: Path | None,
    facts: bool,
    budget: int,
    format: str,
    library: Library,
) -> NoReturn:
    """Those of the journal, where there is one and neither a file nor a table is named."""
    from engine.cli.changed import Changed
    from engine.cli.history import Asked
    from engine.cli.tables import of_engine
    from engine.verbs.replaying.explained import explained

    old, new = program_of(library, against), program_of(library, policy)
    name = decision_named(old, decision)
    decision_named(new, name)
    asked = Asked(old, new, name, id, by)
    if not facts:
        _look_away(asked)
    at = options.the_time() if now is None else now
    version = _in(library, old.name)
    tabled = of_engine(engine, table, cases, asked)
    with Changed(changed, asked) as writer:
        watch = None if changed is None else writer.take
        if tabled is not None:
            source, refuses = tabled.source, aside == "refuse"
            found = _of_table(asked, tabled, version, at, watch, refuses=refuses)
        else:
            history, version = _history(cases, asked, version, journal)
            source, found = history.source, _of_rows(asked, history, version, at, watch)
        if found.reproduced:
            writer.keep()
    found = explained(found, old, new)
    beside = _compared(old, new, found, budget)
    say(_shown(found, old, source, beside, format, facts=facts))
    holds = found.reproduced and found.replayed
    sys.exit(FINE if holds and not found.differs else FOUND)


def _history(
    cases: str | None, asked: "Asked", version: "Finder", journal: Journal | None
) -> "tuple[History, Finder]":
    from engine.cli.history import of_file

    if cases is not None:
        return of_file(cases, asked), version
    if journal is not None:
        return journal(asked)
    raise Wrong("it is not said what is to be replayed", "give a file by `--cases`")


def _of_rows(
    asked: "Asked", history: "History", version: "Finder", now: int, watch: "Watch | None"
) -> "Replay":
    from engine.verbs.replay import replay

    found = replay(
        asked.old,
        asked.new,
        _with_progress(history),
        asked.decision,
        now=now,
        by=asked.keep,
        version=version,
        watch=watch or (lambda _: None),
    )
    if found.recorded:
        _look_for(asked, history.columns)
    return found


def _of_table(
    asked: "Asked",
    of: "Table",
    version: "Finder",
    now: int,
    watch: "Watch | None",
    *,
    refuses: bool,
) -> "Replay":
    from engine.cli.tables import theirs
    from engine.verbs.replaying.layout import Layout
    from engine.verbs.replaying.tables import Told, replay_table

    layout = Layout(asked, list(of.table.columns))
    with theirs(of):
        _look_for(asked, {*of.table.columns})
        with progress(of.rows, "replaying") as note:
            told = Told(of.by, watch, note, refuses)
            return replay_table(layout, of.table, told, now=now, version=version)


def _compared(
    old: "Program", new: "Program", found: "Replay", budget: int
) -> "Beside | str | None":
    """What can be said of all cases, or why it cannot; None where nothing is asked of them."""
    from engine.verbs.compare import compare
    from engine.verbs.replay import beside
    from engine.verbs.solver import NoSolverError, need_solver

    if not (found.reproduced and found.replayed and budget) or found.decision in old.lifecycles:
        return None
    try:
        need_solver()
    except NoSolverError as missing:
        return str(missing)
    return beside(found, compare(old, new, budget, only=found.decision))


def _shown(
    found: "Replay",
    old: "Program",
    source: str,
    beside: "Beside | str | None",
    format: str,
    *,
    facts: bool,
) -> str:
    from engine.verbs.replaying.render import replay_json, replay_markdown, replay_text

    write = {"json": replay_json, "markdown": replay_markdown}.get(format, replay_text)
    return write(found, source, old, beside, facts=facts).rstrip("\n")


def _in(library: Library, policy: str) -> "Finder":
    """What decided a row, where the folder of policies has it just as it was."""

    def find(by: "By") -> "Program | None":
        from engine.verbs.check import PolicyError, load

        try:
            found = load(library.source(f"{policy}@{by.version}"))
        except (LibraryError, PolicyError):
            return None
        return found if by.is_of(found) else None

    return find


def _look_away(asked: "Asked") -> None:
    """What cases are counted by stands in the report."""
    from engine.verbs.facts import fact_at

    for name in asked.keep:
        if any(fact_at(of, asked.decision, name) == "sensitive" for of in (asked.old, asked.new)):
            raise Wrong(f"`{name}` is sensitive, and `--by` shows what it holds", "add `--facts`")


def _look_for(asked: "Asked", seen: set[str]) -> None:
    """A column by which cases are counted or named is a fact, or some row has it."""
    from engine.language.nearest import nearest
    from engine.verbs.decide import parameters_of
    from engine.verbs.facts import fact_at

    for name in (*asked.keep, *([asked.id] if asked.id else [])):
        sides = asked.old, asked.new
        if name in seen or any(fact_at(each, asked.decision, name) for each in sides):
            continue
        parameters = parameters_of(asked.new, asked.decision)
        fields = getattr(parameters[0].type, "fields", ()) if len(parameters) == 1 else parameters
        near = nearest(name, [*seen, *(each.name for each in fields)])
        raise Wrong(f"no case has a column `{name}`", near and f"did you mean `{near}`?")


def _with_progress(history: "History") -> Iterator["Row | None"]:
    with progress(history.size, "replaying") as note:
        for row, size in history.rows:
            yield row
            note(size)
