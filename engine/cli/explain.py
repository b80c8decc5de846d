"""`bylaw explain`: the reasons of a decision, for the agent who gets the ticket or an auditor."""

import click

from engine.cli import options
from engine.cli.programs import decision_of, program_of
from engine.cli.screen import say
from engine.library import Library


@click.command(
    epilog="""\b
Examples:
  bylaw explain handoff@1.0.0 --case case.json
  bylaw explain handoff --case case.json --for audit --format json
"""
)
@options.policy("policy")
@options.case(required=True)
@click.option(
    "--for",
    "reader",
    type=click.Choice(["agent", "audit", "codes"]),
    default="agent",
    show_default=True,
    help="Who reads it.",
)
@options.decision
@options.as_of
@options.formats("text", "tree", "json")
@options.policies
def explain(
    *,
    policy: str,
    case: str,
    reader: str,
    decision: str | None,
    now: int | None,
    format: str,
    library: Library,
) -> None:
    """Say why a case is decided as it is."""
    from engine.cli.cases import opened, read_case
    from engine.verbs.explain import explain

    program = program_of(library, policy)
    name = decision_of(program, decision).name
    at = options.the_time() if now is None else now
    with opened(case) as file:
        facts = read_case(file, case)
    say(explain(program, facts, name, at))
