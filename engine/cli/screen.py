"""What goes to the screen: text, in colour on a terminal alone; and what is said of wrong usage."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

FINE, FOUND, WRONG = 0, 1, 2
"""Exit codes: nothing to say, findings or a difference, wrong usage."""


class Wrong(click.ClickException):
    """The command cannot do what it was asked; `cure` says what would help."""

    exit_code = WRONG

    def __init__(self, message: str, cure: str | None = None) -> None:
        super().__init__(message)
        self.cure = cure

    def show(self, file: IO[Any] | None = None) -> None:
        stream = file or sys.stderr
        colour = has_colour(stream)
        click.echo(f"{paint('error', 'red', colour)}: {self.message}", file=stream, color=colour)
        if self.cure:
            click.echo(f"  {paint('help', 'cyan', colour)}: {self.cure}", file=stream, color=colour)


def say(text: str, *, error: bool = False) -> None:
    """A block of text, its colours kept on a terminal alone."""
    stream = sys.stderr if error else sys.stdout
    click.echo(text, file=stream, color=has_colour(stream))


def has_colour(stream: IO[Any] | None = None) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return (stream or sys.stdout).isatty()


def paint(text: str, colour: str, on: bool) -> str:
    return click.style(text, fg=colour, bold=True) if on else text


@contextmanager
def progress(size: int | None, label: str) -> Iterator[Callable[[int], None]]:
    """What shows on a terminal how far it is; it is told of what is done."""
    if not sys.stderr.isatty() or not size:
        yield lambda _: None
        return
    with click.progressbar(length=size, label=label, file=sys.stderr) as bar:
        yield bar.update


def columns(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Two columns, the first as wide as it must be; all lines of a text stand below each other."""
    rows = list(rows)
    indent = max((len(left) for left, _ in rows), default=0) + 2
    lines = []
    for left, right in rows:
        first, *others = right.split("\n")
        lines.append(f"  {left:<{indent}}{first}".rstrip())
        lines += [f"  {'':<{indent}}{other}".rstrip() for other in others]
    return lines


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 policy`, `3 policies`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
