"""`bylaw serve`: decisions over HTTP."""

import fcntl
import gc
import ipaddress
import json
import logging
import os
import shlex
import signal
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from engine.cli.screen import Wrong, say
from service.cli.opened import folder_there, new_store_said, settings
from service.settings import Settings

if TYPE_CHECKING:
    from engine import Program
    from service.entrance import Service
    from service.shelf import Shelf

COLLECT = (100_000, 20, 20)
"""A request makes hundreds of objects and leaves no cycle behind."""
_HAND_OVER = 0.0001
"""Seconds after which a thread that computes lets another one in. The interpreter's own 5 ms would
be most of what a decision takes to be on disk; at half a millisecond a tenth fewer are served."""


@click.command(
    epilog="""\b
Example:
  bylaw serve --port 8080
"""
)
@settings()
def serve(settings: Settings) -> None:
    """Serve decisions over HTTP.

    Every option can be told by the environment too, as BYLAW_PORT.
    """
    signal.signal(signal.SIGTERM, _end_at_once)
    from engine import LibraryError
    from service.app import create_app
    from service.log import Log
    from service.store.store import StoreError

    folder_there(settings)
    _warn_of_strangers(os.environ)
    log = Log()
    root = logging.getLogger()
    root.addHandler(log)
    try:
        with new_store_said(settings):
            app = create_app(settings, log)
    except StoreError as error:
        raise Wrong(error.message, error.help) from error
    except LibraryError as error:
        raise Wrong(error.message, error.help) from error
    finally:
        root.removeHandler(log)
    if not app.state.access.required and not _is_loopback(settings.host):
        raise Wrong(
            f"without keys nobody but this machine may ask, and `{settings.host}` is open to all",
            "make a key, as by `bylaw keys create ticketing --role decide`",
        )
    root.addHandler(log)
    _serve(settings, app)


def _end_at_once(number: int, _frame: FrameType | None) -> NoReturn:
    """What has not begun to serve has nothing to end. Said, because a container's first process is
    not stopped by what it says nothing of."""
    os._exit(128 + number)


def _warn_of_strangers(environment: Iterable[str]) -> None:
    """A setting that is misspelt in the environment would silently be none."""
    from engine import nearest

    known = [f"BYLAW_{each.name.upper()}" for each in fields(Settings)]
    for name in sorted(environment):
        if name.startswith("BYLAW_") and name not in (*known, "BYLAW_KEY", "BYLAW_URL"):
            near = nearest(name, known)
            cure = f"did you mean `{near}`?" if near else "`bylaw serve --help` lists them all"
            say(f"warning: `{name}` in the environment is no setting; {cure}", error=True)


def _serve(settings: Settings, app: "Service") -> None:
    import uvicorn

    from service.cli.stopping import Server
    from service.connections import connections

    sys.setswitchinterval(_HAND_OVER)
    gc.freeze()  # policies stay; to look through them again and again takes a tenth of a second
    gc.set_threshold(*COLLECT)
    with ExitStack() as stack:
        stack.enter_context(_alone(settings))
        listeners = [stack.enter_context(_listening(settings.host, settings.port))]
        if settings.opa_port is not None:
            listeners.append(stack.enter_context(_listening(settings.host, settings.opa_port)))
            app.opa_port = listeners[1].getsockname()[1]
        address, *others = [_address(settings.host, each.getsockname()[1]) for each in listeners]
        say("\n".join(_welcome(address, others, app)))
        config = uvicorn.Config(
            app,
            http=connections(settings, app.state.metrics.answered),
            log_config=None,
            log_level="error",  # what strangers send fills no log
            access_log=False,
            interface="asgi3",
            proxy_headers=False,
            ws="none",
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=settings.drain,
        )
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: None)  # who stops it once more while it ends
        stopping = app.state.stopping.set
        Server(config, app.state.log, stopping).run(sockets=listeners)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One process serves a store: two would each seal by keys of their own."""
    with settings.secret_file.open("rb") as secret:
        try:
            fcntl.flock(secret, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Wrong(
                f"another service serves the store `{settings.store}`",
                "stop it, or name another `--store`",
            ) from error
        yield


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


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _welcome(address: str, others: list[str], app: "Service") -> list[str]:
    """What decides where, and a request to try."""
    shelf: Shelf = app.state.shelf
    keys: bool = app.state.access.required
    live = [*shelf.actives().values()]
    serving = ", ".join(f"{program.name} {program.version}" for program in live)
    lines = [
        f"bylaw decides by {serving} at {address}"
        if live
        else f"bylaw listens at {address}, and no policy is live"
    ]
    lines += [f"clients of the Open Policy Agent are answered at {each}" for each in others]
    if not keys:
        lines.append("no key is asked for: everybody on this machine may do everything")
    return [*lines, f"try: {_request(address, live, keys=keys)}"]


def _request(address: str, live: list["Program"], *, keys: bool) -> str:
    from engine import sample

    for program in live:
        tried = sample(program)
        if tried is not None:
            decision, case = tried
            body = shlex.quote(json.dumps({"input": case}, ensure_ascii=False))
            path = f"{address}/v1/decisions/{program.name}/{decision}"
            bearer = " -H 'Authorization: Bearer KEY'" if keys else ""
            return f"curl {path}{bearer} -H 'Content-Type: application/json' -d {body}"
    return f"curl {address}/health/ready"
