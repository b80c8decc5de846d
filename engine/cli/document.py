"""`bylaw document`: a policy as a page to read."""

import click

from engine.cli import options
from engine.cli.programs import program_of
from engine.cli.screen import say
from engine.library import Library


@click.command(
    epilog="""\b
Example:
  bylaw document handoff@1.0.0 > handoff.md
"""
)
@options.policy("policy")
@options.policies
def document(policy: str, library: Library) -> None:
    """Print a policy as a page that a person reads: Markdown, with its tables."""
    from engine.verbs.document import document

    say(document(program_of(library, policy)).rstrip("\n"))
