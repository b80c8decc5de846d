"""`bylaw explain`: the reasons of a decision, for the agent who gets the ticket or an auditor."""

from typing import TYPE_CHECKING

import click

from engine.cli import options
from engine.cli.programs import decision_named, program_of
from engine.cli.screen import say
from engine.library import Library

if TYPE_CHECKING:
    from engine.verbs.explain import Audience


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
    reader: "Audience",
    decision: str | None,
    now: int | None,
    format: str,
    library: Library,
) -> None:
    """Say why a case is decided as it is.

    For an agent it is a few sentences, for an auditor a tree of every condition with its value and
    place; --format tree shows that tree to anybody.
    """
    from engine.cli.cases import opened, read_case
    from engine.verbs.explain import explain
    from engine.verbs.explaining.render import render

    program = program_of(library, policy)
    name = decision_named(program, decision)
    with opened(case) as file:
        facts = read_case(file, case)
    at = options.the_time() if now is None else now
    explanation = explain(program, facts, name, at, "audit" if format == "tree" else reader)
    say(explanation.model_dump_json(indent=2) if format == "json" else render(explanation))
