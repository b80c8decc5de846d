"""`bylaw prove`: whether the guarantees of policies hold of every case."""

import json
import sys

import click

from engine.cli import options
from engine.cli.programs import paths_of, program_of
from engine.cli.screen import FOUND, Wrong, say
from engine.library import Library


@click.command(
    epilog="""\b
Examples:
  bylaw prove                                   every policy there is
  bylaw prove handoff@1.0.0
  bylaw prove handoff --guarantee a_vip_is_never_answered
"""
)
@options.policy("policies", several=True)
@click.option("--guarantee", metavar="NAME", help="Which one; all where it is left out.")
@click.option(
    "--budget",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="How long to look at a policy, in millions of steps of what proves.",
)
@options.formats("text", "json")
@options.policies
def prove(
    policies: tuple[str, ...],
    guarantee: str | None,
    budget: int,
    format: str,
    library: Library,
) -> None:
    """Prove the guarantees of policies, or show a case that breaks them.

    POLICIES are files, folders, or names; all in the folder of policies when none is given. The
    exit code is 1 when a guarantee is refuted, or when it is not known whether it holds.
    """
    from engine.verbs.prove import UnknownGuaranteeError, prove
    from engine.verbs.proving.render import render
    from engine.verbs.solver import NoSolverError, need_solver

    try:
        need_solver()
    except NoSolverError as missing:
        raise Wrong(missing.message, missing.help) from missing
    found = []
    for path in paths_of(library, policies):
        program = program_of(library, str(path))
        try:
            found.append(prove(program, guarantee, budget, _note))
        except UnknownGuaranteeError as unknown:
            cure = f"did you mean `{unknown.nearest}`?" if unknown.nearest else None
            raise Wrong(str(unknown), cure) from unknown
    _note("")
    if format == "json":
        made = [each.model_dump(mode="json") for each in found]
        say(json.dumps(made, ensure_ascii=False, indent=2))
    else:
        say("\n\n".join(map(render, found)))
    verdicts = [proof.verdict for each in found for proof in each.guarantees]
    if any(verdict != "proved" for verdict in verdicts):
        sys.exit(FOUND)


def _note(name: str) -> None:
    """Shows on a terminal what is being looked at, for as long as it is."""
    if sys.stderr.isatty():
        said = f"proving `{name}` …" if name else ""
        click.echo(f"\r\x1b[K{said}", nl=False, file=sys.stderr)
