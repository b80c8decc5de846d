"""`bylaw completion`: what a shell must read to complete commands and names of policies."""

import sys

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command(
    epilog="""\b
Examples:
  eval "$(bylaw completion bash)"       in ~/.bashrc
  eval "$(bylaw completion zsh)"        in ~/.zshrc
  bylaw completion fish | source        in ~/.config/fish/config.fish
"""
)
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes a shell complete commands, options and policies."""
    kind = get_completion_class(shell)
    assert kind is not None, shell
    sys.stdout.write(kind(ctx.find_root().command, {}, "bylaw", "_BYLAW_COMPLETE").source())
