"""A request of a command to a service that runs, and what it answered."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import click

from engine.cli.screen import FOUND, Wrong, say

Told = dict[str, Any]
_PATIENCE = 600
"""Seconds: evidence takes its time."""


def address(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option that says where the service is."""
    return click.option(
        "--url",
        default="http://127.0.0.1:8000",
        show_default=True,
        envvar="BYLAW_URL",
        help="Of the service; the key is taken from BYLAW_KEY.",
    )(command)


def ask(url: str, method: str, path: str, body: Told | None = None) -> Told:
    """What was answered. A refusal is told, and ends the command with 1."""
    request = urllib.request.Request(
        f"{url.rstrip('/')}{path}",
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json", **_key()},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as reply:
            told: Told = json.loads(reply.read())
            return told
    except urllib.error.HTTPError as problem:
        raise _refusal(problem) from problem
    except (OSError, ValueError) as error:
        raise Wrong(
            f"no service answers at {url}: {error}", "`bylaw serve` starts one; `--url` names it"
        ) from error


def _key() -> dict[str, str]:
    key = os.environ.get("BYLAW_KEY")
    return {"Authorization": f"Bearer {key}"} if key else {}


def _refusal(problem: urllib.error.HTTPError) -> BaseException:
    with problem:
        try:
            told = json.loads(problem.read())
        except ValueError:
            return Wrong(f"the service answered {problem.code} {problem.reason}")
    if told.get("violations"):
        say("refused:", error=True)
        for each in told["violations"]:
            say(f"  {each['text']}", error=True)
        return SystemExit(FOUND)
    places = [f"{each['pointer']}: {each['expected']}" for each in told.get("errors", ())]
    cure = "; ".join(places) or (
        "`bylaw keys create` makes a key; say it as BYLAW_KEY" if problem.code == 401 else None
    )
    return Wrong(told.get("detail") or str(problem.reason), cure)
