"""`bylaw withdraw`: a candidate that was uploaded is none any more."""

import click

from engine.cli.screen import Wrong, say
from service.cli.opened import actor, existing, settings, written
from service.settings import Settings


@click.command(
    epilog="""\b
Example:
  bylaw withdraw handoff@1.2.0
"""
)
@click.argument("reference")
@settings("store")
def withdraw(settings: Settings, reference: str) -> None:
    """Take back a candidate that was uploaded and was never live.

    What it decided, in shadow or pinned, can still be explained.
    """
    from service.desks import policies

    name, _, version = reference.partition("@")
    try:
        with written(existing(settings)) as db:
            policies.withdraw(db, actor(), name, version)
    except policies.NotACandidateError as wrong:
        raise Wrong(wrong.message, wrong.help) from wrong
    say(f"{name} {version} is no candidate any more")
