"""`bylaw new`: a first policy to edit."""

import sys

import click

from engine.cli import options
from engine.cli.screen import Wrong, say
from engine.library import Library, write


@click.command(
    epilog="""\b
Example:
  bylaw new refunds
  bylaw check refunds
"""
)
@click.argument("name")
@click.option("--print", "to_screen", is_flag=True, help="Print it, and write no file.")
@options.policies
def new(name: str, to_screen: bool, library: Library) -> None:
    """Write a first policy, which checks clean, to edit from there."""
    from engine.verbs.new import new

    try:
        text = new(name)
    except ValueError as error:
        raise Wrong(str(error)) from error
    if to_screen:
        sys.stdout.write(text)
        return
    path = library.folder / name / "1.0.0.bylaw"
    if library.versions(name):
        raise Wrong(f"there is a policy `{name}` already", f"see `{path.parent}`")
    write(path, text)
    say(f"{path} is there to edit; `bylaw check {name}` says whether it holds together")
