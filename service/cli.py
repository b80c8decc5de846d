"""`bylaw`: the engine's commands, and `serve`."""

import ipaddress
import json
import shlex
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli import group
from engine.cli.screen import Wrong, say

if TYPE_CHECKING:
    from service.settings import Settings
    from service.shelf import Shelf


@click.command(
    epilog="""\b
Example:
  bylaw serve --port 8080
"""
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port to listen at; 0 takes any that is free.",
)
@click.option(
    "--policies",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default="policies",
    show_default=True,
    envvar="BYLAW_POLICIES",
    help="The folder of policies.",
)
def serve(host: str, port: int, policies: Path) -> None:
    """Serve decisions over HTTP.

    There are no keys yet, so it listens to this machine alone.
    """
    from service.settings import Settings

    if not _is_loopback(host):
        raise Wrong(
            f"without keys nobody but this machine may ask, and `{host}` is open to others",
            "leave `--host` out, and put what checks callers in front of it",
        )
    _serve(Settings(policies=policies, host=host, port=port))


main = group(serve)


def _serve(settings: "Settings") -> None:
    import logging

    import uvicorn

    from engine import Library
    from service.app import create_app
    from service.shelf import fill

    logging.basicConfig(format="%(levelname)s: %(message)s")
    shelf = fill(Library(settings.policies))
    with _listening(settings.host, settings.port) as listener:
        say(_welcome(settings.host, listener.getsockname()[1], shelf))
        config = uvicorn.Config(
            create_app(settings, shelf),
            log_level="warning",
            timeout_graceful_shutdown=10,
        )
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: None)  # the server passes on what stopped it
        uvicorn.Server(config).run(sockets=[listener])


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # named TCP, it is served without waiting to fill packets, which costs 40 ms a reply
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise Wrong(f"cannot listen at {host}:{port}: {reason}", "take another `--port`") from error
    return listener


def _welcome(host: str, port: int, shelf: "Shelf") -> str:
    from engine import sample

    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    live = [program for name in shelf.names() if (program := shelf.active(name))]
    if not live:
        return (
            f"bylaw listens at {address}, and no policy is live; try: curl {address}/health/ready"
        )
    serving = ", ".join(f"{program.name} {program.version}" for program in live)
    for program in live:
        tried = sample(program)
        if tried is not None:
            decision, case = tried
            body = shlex.quote(json.dumps({"input": case}, ensure_ascii=False))
            path = f"{address}/v1/decisions/{program.name}/{decision}"
            command = f"curl {path} -H 'Content-Type: application/json' -d {body}"
            return f"bylaw decides by {serving} at {address}; try: {command}"
    return f"bylaw decides by {serving} at {address}; try: curl {address}/health/ready"
