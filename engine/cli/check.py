"""`bylaw check`: everything that is wrong with policies, once or at every save."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import click

from engine.cli import options
from engine.cli.programs import paths_of
from engine.cli.screen import FOUND, Wrong, has_colour, progress, say
from engine.library import ENDING, Library, LibraryError, read

if TYPE_CHECKING:
    from engine.cli.reports import Report
    from engine.program.nodes import Program


@click.command(
    epilog="""\b
Examples:
  bylaw check                                   every policy there is
  bylaw check handoff@1.0.0
  bylaw check --watch policies/refunds          again at every save
  bylaw check --coverage handoff                is every rule shown by an example?
  bylaw check --deep policies                   what no case ever shows, and broken guarantees
  bylaw check --format github                   annotations in a workflow
"""
)
@options.policy("policies", several=True)
@click.option("--coverage", is_flag=True, help="Say too what decides in none of the examples.")
@click.option("--deep", is_flag=True, help="Look too at all cases there are, by proof.")
@click.option("--watch", is_flag=True, help="Check again at every save, until interrupted.")
@options.formats("text", "json", "github", "sarif", "junit")
@options.policies
def check(
    *,
    policies: tuple[str, ...],
    coverage: bool,
    deep: bool,
    watch: bool,
    format: str,
    library: Library,
) -> None:
    """Say everything that is wrong with policies, and run their examples.

    POLICIES are files, folders, or names; all in the folder of policies when none is given. The
    exit code is 1 when there is anything to say.
    """
    asked = _Asked(policies, format, coverage, deep)
    if deep:
        _need_solver()
    if watch:
        _watch(library, asked)
    elif _check(library, asked):
        sys.exit(FOUND)


@dataclass(frozen=True)
class _Asked:
    policies: Sequence[str]
    format: str
    coverage: bool
    deep: bool


def _need_solver() -> None:
    from engine.verbs.solver import NoSolverError, need_solver

    try:
        need_solver()
    except NoSolverError as missing:
        raise Wrong(missing.message, missing.help) from missing


def _check(library: Library, asked: _Asked) -> bool:
    """Prints the findings; whether there are any."""
    from engine.cli.reports import Report, report
    from engine.verbs.check_library import File, check_library

    files = [File(read(path), library.place(path)) for path in paths_of(library, asked.policies)]
    checked = check_library(files, library.live() or {}, library.released())
    reports = [
        Report(file.source.name, each.program, each.findings)
        for file, each in zip(files, checked, strict=True)
    ]
    if asked.coverage:
        reports = [_with_coverage(each) for each in reports]
    if asked.deep:
        reports = list(_with_deep(library, reports))
    text = report(reports, asked.format, has_colour())
    if text:
        say(text)
    return any(each.findings for each in reports)


def _with_coverage(of: "Report") -> "Report":
    from engine.diagnostics.base import Finding
    from engine.verbs.coverage import coverage

    if of.program is None:
        return of
    found = coverage(of.program)
    told = (Finding(of.program.source, each) for each in found.uncovered)
    return replace(of, findings=(*of.findings, *told), coverage=found)


def _with_deep(library: Library, reports: Sequence["Report"]) -> Iterator["Report"]:
    """Shows on a terminal how much of the work is done."""
    from engine.verbs.check_deep import check_deep, parts

    several = [(each, _before(library, each.program)) for each in reports]
    total = sum(parts(each.program, before) for each, before in several if each.program)
    with progress(total, "looking") as note:
        for each, before in several:
            if each.program is None:
                yield each
                continue
            found = check_deep(each.program, before, step=partial(note, 1))
            yield replace(each, findings=(*each.findings, *found))


def _before(library: Library, program: "Program | None") -> "Program | None":
    """The version before, where the library has one that can be read."""
    from engine.verbs.check import PolicyError, load

    if program is None or program.name not in library.names():
        return None
    versions = library.versions(program.name)
    at = versions.index(program.version) if program.version in versions else 0
    if not at:
        return None
    try:
        return load(library.source(f"{program.name}@{versions[at - 1]}"))
    except PolicyError:
        return None


def _watch(library: Library, asked: _Asked) -> None:
    with suppress(KeyboardInterrupt):
        for _ in _saves(library, asked.policies):
            click.clear()
            try:
                _check(library, asked)
            except LibraryError as missing:
                say(missing.message, error=True)
            say("\nchecked again at every save; Ctrl-C ends it", error=True)


def _saves(library: Library, policies: Sequence[str]) -> Iterator[None]:
    """Once at the start, when saves are noticed already, and then at every save."""
    from watchfiles import watch

    folders = {path.parent for path in paths_of(library, policies)} | {library.folder}
    changes = watch(
        *(folder for folder in folders if folder.is_dir()),
        watch_filter=lambda _, path: path.endswith((ENDING, ".toml")),
        yield_on_timeout=True,
        rust_timeout=100,
    )
    is_first = True
    for changed in changes:
        if changed or is_first:
            yield
        is_first = False
