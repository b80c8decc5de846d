"""`bylaw live` and `bylaw shadow`: which version decides, and which decides beside it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from engine.cli.screen import FOUND, Wrong, columns, say
from service.cli.opened import actor, existing, made, settings, written
from service.settings import Settings

if TYPE_CHECKING:
    from engine import Program
    from service.store.sqlite import Database

_REFERENCE = "name it with its version, as `handoff@1.1.0`"


@click.command(
    epilog="""\b
Example:
  bylaw live refunds@1.1.0
"""
)
@click.argument("reference", required=False)
@settings("policies", "store")
def live(settings: Settings, reference: str | None) -> None:
    """Say what is live, or make a candidate live.

    A service that runs decides by it within a second. What was live stays in the store. What a
    program of the release policy takes goes live by `bylaw release` alone.
    """
    from engine import Library
    from service.desks import policies
    from service.desks.shadow import is_live

    if reference is None:
        rows = existing(settings).reader().table("live").rows_where(order_by="name")
        for line in columns((row["name"], f"{row['version']}, by {row['by']}") for row in rows):
            say(line)
        return
    with written(made(settings)) as db:
        policies.seed(db, Library(settings.policies))
        program = _candidate(settings, db, reference)
        _refuse_governed(db, program)
        before = None if is_live(db, program) else policies.make_live(db, actor(), program)
    instead = f" instead of {before}" if before not in (None, program.version) else ""
    say(f"{program.name} {program.version} is live{instead}")


def _refuse_governed(db: "Database", program: "Program") -> None:
    from service.desks.releases.rules import rules
    from service.ids import micros
    from service.shelf import Shelf

    asked = rules(db, Shelf({}, {}), micros())
    governed = None if asked is None else asked.program_of(program.name)
    if governed is not None:
        raise Wrong(
            f"`{program.name}` goes live in the program `{governed}`, by an approved release",
            f"`bylaw release propose {program.name}@{program.version} --until INSTANT` begins one",
        )


@click.command(
    epilog="""\b
Example:
  bylaw shadow handoff@1.1.0 --share 0.1
"""
)
@click.argument("reference", required=False)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    show_default=True,
    help="Of the cases that the live version decides.",
)
@click.option("--stop", is_flag=True, help="End it; what was counted stays.")
@settings("policies", "store")
def shadow(settings: Settings, reference: str | None, share: float, stop: bool) -> None:
    """Say what decides in shadow, or let a candidate decide beside the live version.

    Nobody is answered by it. `GET /v1/policies/{name}/versions/{version}/shadow` tells how often
    both agree, and where not.
    """
    from service.desks import shadow as desk

    if reference is None:
        if stop:
            raise Wrong("nobody said what is to stop", "name its policy, as `handoff`")
        rows = desk.running(existing(settings).reader())
        for line in columns((row["name"], _in_shadow(row)) for row in rows):
            say(line)
        if not rows:
            say("nothing decides in shadow")
        return
    if stop:
        with written(existing(settings)) as db:
            stopped = desk.stop(db, actor(), reference.partition("@")[0])
        if not stopped:
            cure = "`bylaw shadow` says what does"
            raise Wrong(f"nothing decides in shadow of `{reference}`", cure)
        say(f"nothing decides in shadow of {reference.partition('@')[0]} any more")
        return
    with written(made(settings)) as db:
        program = _candidate(settings, db, reference)
        if desk.is_live(db, program):
            raise Wrong(
                f"{program.name} {program.version} is live, and would be compared with itself",
                "name another version",
            )
        desk.start(db, actor(), program, share)
    say(f"{program.name} {program.version} decides in shadow, {share:.0%} of the cases")


def _in_shadow(row: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{row[each] or 0} {each}" for each in ("agreed", "differed", "dropped"))
    return f"{row['version']}, {row['share']:.0%} of the cases: {counts}"


def _candidate(settings: Settings, db: "Database", reference: str) -> "Program":
    from engine import Library, PolicyError, render
    from service.desks import policies

    name, at, version = reference.partition("@")
    if not at:
        raise Wrong(f"`{reference}` names no version", _REFERENCE)
    try:
        return policies.candidate(db, Library(settings.policies), name, version)
    except PolicyError as errors:
        for finding in errors.findings:
            say(render(finding), error=True)
        raise SystemExit(FOUND) from errors
