"""What several commands ask for alike: policies by reference or path, a format, an instant."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from engine.library import Library

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def policy(name: str, *, several: bool = False) -> Decorator:
    """An argument: `name@version`, `name`, or a path; completed from the folder of policies."""
    return click.argument(name, nargs=-1 if several else 1, shell_complete=_complete)


def formats(*names: str) -> Decorator:
    """`--format`, of which the first is the default."""
    return click.option(
        "--format",
        "format",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help="How to print it.",
    )


def the_time() -> int:
    """Now, in microseconds since 1970."""
    return time.time_ns() // 1000


def _complete(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem | str]:
    library = ctx.params.get("library") or Library(Path("policies"))
    known = library.references() if "@" in incomplete else library.names()
    found = [each for each in known if each.startswith(incomplete)]
    return list(found) or [CompletionItem(incomplete, type="file")]


def _library(_ctx: click.Context, _param: click.Parameter, folder: Path) -> Library:
    return Library(folder)


def _instant(_ctx: click.Context, _param: click.Parameter, text: str | None) -> int | None:
    from engine.language.values import parse_instant

    instant = None if text is None else parse_instant(text)
    if instant is None and text is not None:
        raise click.BadParameter(f"`{text}` is no instant; write it as 2026-01-15T14:32:00Z")
    return instant


policies = click.option(
    "--policies",
    "library",
    type=click.Path(path_type=Path, file_okay=False),
    callback=_library,
    default="policies",
    show_default=True,
    envvar="BYLAW_POLICIES",
    is_eager=True,
    help="The folder of policies.",
)

as_of = click.option(
    "--as-of",
    "now",
    metavar="INSTANT",
    callback=_instant,
    help="Decide as at this instant, as 2026-01-15T14:32:00Z.  [default: now]",
)


def case(*, required: bool) -> Decorator:
    return click.option(
        "--case",
        type=click.Path(dir_okay=False),
        required=required,
        help="A file with one case as JSON; - reads the input.",
    )


decision = click.option(
    "--decision", metavar="NAME", help="Which decision, where the policy has several."
)

engine = click.option(
    "--engine",
    metavar="ENGINE",
    help="What decides: evaluator, duckdb, spark, or the address of a connection as"
    " duckdb://history.db.  [default: duckdb for many rows, else evaluator]",
)
table = click.option("--table", metavar="NAME", help="Of the connection, the table of the cases.")
