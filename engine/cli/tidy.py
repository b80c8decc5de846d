"""`bylaw tidy`: the canonical layout, written back or asked for."""

import sys
from pathlib import Path

import click

from engine.cli import options
from engine.cli.programs import findings_shown, paths_of
from engine.cli.screen import FOUND, counted, say
from engine.library import Library, read, write


@click.command(
    epilog="""\b
Examples:
  bylaw tidy
  bylaw tidy --check policies/handoff
"""
)
@options.policy("policies", several=True)
@click.option("--check", "only_check", is_flag=True, help="Change nothing; say what would change.")
@options.policies
def tidy(policies: tuple[str, ...], only_check: bool, library: Library) -> None:
    """Lay policies out in the one way that all of them have.

    POLICIES are files, folders, or names; all in the folder of policies when none is given. The
    exit code is 1 when a file cannot be read, or with --check when one would change.
    """
    found = [_tidy(path, only_check) for path in paths_of(library, policies)]
    untidy = found.count("untidy")
    if untidy:
        files = counted(untidy, "file")
        say(f"{files} would change" if only_check else f"{files} laid out anew")
    else:
        say(f"{counted(found.count('tidy'), 'file')} tidy already")
    if "broken" in found or (only_check and untidy):
        sys.exit(FOUND)


def _tidy(path: Path, only_check: bool) -> str:
    from engine.verbs.tidy import tidy

    source = read(path)
    tidied = tidy(source)
    if tidied.text is None:
        say(findings_shown(tidied.findings, error=True), error=True)
        return "broken"
    if tidied.text == source.text:
        return "tidy"
    if only_check:
        say(f"{path} would change")
    else:
        write(path, tidied.text)
    return "untidy"
