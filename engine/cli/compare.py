"""`bylaw compare`: what is other in a second version of a policy."""

import sys
from typing import TYPE_CHECKING

import click

from engine.cli import options
from engine.cli.programs import program_of
from engine.cli.screen import FINE, FOUND, Wrong, say
from engine.library import Library

if TYPE_CHECKING:
    from engine.verbs.comparing.models import Changes

LOOSER, SPENT = 3, 4
"""Exit codes: something is looser than allowed, the budget ran out."""
_LEVELS = ("alike", "stricter", "different", "looser")


@click.command(
    epilog="""\b
Examples:
  bylaw compare handoff@1.0.0 handoff@1.1.0
  bylaw compare handoff@1.1.0 policies/handoff/1.2.0.bylaw --format markdown > changes.md
  bylaw compare handoff@1.0.0 handoff@1.1.0 --allow stricter

\b
Exit codes: 0 nothing other, or nothing beyond what is allowed; 1 a difference;
2 wrong usage; 3 looser than allowed; 4 the budget ran out.
"""
)
@options.policy("old")
@options.policy("new")
@options.formats("text", "markdown", "json")
@click.option(
    "--allow",
    type=click.Choice(_LEVELS),
    help="How far cases may be decided otherwise; each level allows those before it too.",
)
@click.option(
    "--budget",
    type=click.IntRange(1),
    default=300,
    show_default=True,
    help="How long to look, in millions of steps of what proves.",
)
@options.policies
def compare(
    *, old: str, new: str, format: str, allow: str | None, budget: int, library: Library
) -> None:
    """Say what is other in the policy NEW than in OLD.

    What callers must know comes first, then what was edited, then every kind of case that is
    decided otherwise, each with a case that shows it, and at last what is proved unchanged.
    """
    from engine.verbs.solver import NoSolverError, need_solver

    before, after = program_of(library, old), program_of(library, new)
    try:
        need_solver()
    except NoSolverError as missing:
        raise Wrong(missing.message, missing.help) from missing
    from engine.verbs.compare import compare
    from engine.verbs.comparing.render import as_json, changes_markdown, changes_text

    changes = compare(before, after, budget, _note)
    _note("")
    match format:
        case "json":
            say(as_json(changes))
        case "markdown":
            say(changes_markdown(changes).rstrip("\n"))
        case _:
            say(changes_text(changes))
    sys.exit(exit_code(changes, allow))


def exit_code(changes: "Changes", allow: str | None) -> int:
    """Where something is looser than allowed, it does not matter that the budget ran out."""
    ways = [each.direction for each in changes.regions if each.witness is not None]
    ways += ["different" for _ in changes.moves]
    if allow is not None and any(_LEVELS.index(way) > _LEVELS.index(allow) for way in ways):
        return LOOSER
    sure = all(each.witness is not None for each in changes.regions)
    if not changes.complete or (allow is not None and not sure):
        return SPENT
    if allow is None:
        return FOUND if changes.differs else FINE
    return FOUND if any(each.level == "major" for each in changes.contract) else FINE


def _note(name: str) -> None:
    """Shows on a terminal what is being looked at, for as long as it is."""
    if sys.stderr.isatty():
        said = f"comparing `{name}` …" if name else ""
        click.echo(f"\r\x1b[K{said}", nl=False, file=sys.stderr)
