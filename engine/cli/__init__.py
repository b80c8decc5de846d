"""The command line, one file for each verb; a part of the engine is loaded when it is needed."""

import gc
from typing import Any

import click

from engine import __version__
from engine.cli.calibrate import calibrate
from engine.cli.check import check
from engine.cli.compare import compare
from engine.cli.completion import completion
from engine.cli.decide import decide
from engine.cli.document import document
from engine.cli.explain import explain
from engine.cli.new import new
from engine.cli.prove import prove
from engine.cli.replay import replay
from engine.cli.score import score
from engine.cli.screen import Wrong
from engine.cli.tidy import tidy
from engine.cli.whynot import whynot
from engine.library import LibraryError

_COLLECT = (1_000_000, 20, 20)
"""What a policy is read into stays; to look through it again and again is a quarter of the work."""


class _Group(click.Group):
    """Lists commands in the order of a working day, and says plainly what is not there."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        gc.set_threshold(*_COLLECT)
        try:
            return super().invoke(ctx)
        except LibraryError as missing:
            raise Wrong(missing.message, missing.help) from missing


def group(*more: click.Command) -> click.Group:
    """The engine's commands, followed by those of whoever extends it."""
    policies = [
        new,
        check,
        tidy,
        decide,
        explain,
        whynot,
        prove,
        compare,
        replay,
        calibrate,
        document,
        score,
    ]
    commands = [*policies, *more, completion]
    return click.version_option(__version__, prog_name="bylaw")(
        _Group(
            "bylaw",
            commands={str(command.name): command for command in commands},
            context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
            help="""Rules for customer support, in files that a support lead can read aloud.

            A policy is named by its file, by name@version, or by its name for the newest version.
            """,
            epilog="Exit codes: 0 fine, 1 findings, 2 wrong usage.",
        )
    )
