"""`bylaw release`: one exact version of a policy, live in its program for a bounded time."""

import json
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from engine.cli.screen import Wrong, columns, say
from service.cli.asked import Told, address, ask
from service.cli.opened import folder_there, settings
from service.settings import Settings


@click.group(
    epilog="""\b
Examples:
  bylaw release propose review_scoring@1.1.0 --until 2026-03-31T00:00:00Z
  bylaw release show REL-0001
  bylaw release rehearse
"""
)
def release() -> None:
    """Propose, approve, make live, watch and end releases.

    All but `rehearse` ask a service that runs, with the key in BYLAW_KEY: who may do what the
    release policy says.
    """


@release.command()
@click.argument("reference")
@click.option("--until", required=True, help="The first instant after the window.")
@click.option("--from", "since", help="The first instant of the window; left out, it is now.")
@click.option("--program", help="Left out, it is the one that takes versions of the policy.")
@click.option(
    "--manifest",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="JSON with more of the manifest, as `floors`; the rest is what the policy asks for.",
)
@address
def propose(
    reference: str, until: str, since: str | None, program: str | None, file: Path | None, url: str
) -> None:
    """Propose a version; its evidence is gathered, which may take minutes."""
    name, at, version = reference.partition("@")
    if not at:
        raise Wrong(f"`{reference}` names no version", "name it, as `review_scoring@1.1.0`")
    own = {
        "policy": name,
        "version": version,
        "program": program,
        "valid_from": since,
        "valid_until": until,
    }
    told = {key: value for key, value in own.items() if value is not None}
    _show(ask(url, "POST", "/v1/releases", {**_read(file), **told}))


@release.command("list")
@address
def list_(url: str) -> None:
    """Every release, the oldest first."""
    after = 0
    while after is not None:
        page = ask(url, "GET", f"/v1/releases?after={after}&limit=1000")
        if not after and not page["releases"]:
            say("no releases yet")
        for line in columns((each["id"], _in_short(each)) for each in page["releases"]):
            say(line)
        after = page["next"]


@release.command()
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="All of it, evidence too.")
@address
def show(id: str, as_json: bool, url: str) -> None:
    """A release with its manifest, evidence and history.

    Whoever may approve it has inspected it with this.
    """
    told = ask(url, "GET", _path(id))
    if as_json:
        say(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _show(told)


@release.command()
@click.argument("id")
@click.option("--manifest-hash", required=True, help="Of what you read, as `show` has it.")
@click.option("--reason", required=True, help="Why; it is kept.")
@address
def approve(id: str, manifest_hash: str, reason: str, url: str) -> None:
    """Approve exactly the manifest of this hash."""
    content = ask(url, "GET", _path(id))["content_hash"]
    body = {"content_hash": content, "manifest_hash": manifest_hash, "reason": reason}
    _stands(ask(url, "POST", _path(id, "approve"), body))


@release.command()
@click.argument("id")
@address
def activate(id: str, url: str) -> None:
    """Make an approved release live, all at once."""
    _stands(ask(url, "POST", _path(id, "activate"), {}))


@release.command()
@click.argument("id")
@click.option("--until", required=True, help="Where the window is to end instead.")
@click.option("--signals-at", help="The live figures that you reviewed, by their instant.")
@click.option("--manifest-hash", required=True, help="Of what you read, as `show` has it.")
@click.option("--reason", required=True, help="Why; it is kept.")
@address
def renew(
    id: str, until: str, signals_at: str | None, manifest_hash: str, reason: str, url: str
) -> None:
    """Let a release stay live longer."""
    body: Told = {
        "content_hash": ask(url, "GET", _path(id))["content_hash"],
        "manifest_hash": manifest_hash,
        "reason": reason,
        "valid_until": until,
        "signals_at": signals_at,
    }
    _stands(ask(url, "POST", _path(id, "renew"), body))


@release.command()
@click.argument("id")
@click.option("--reason", required=True, help="Why; it is kept.")
@address
def rollback(id: str, reason: str, url: str) -> None:
    """Restore what was live before; the version is trusted no more."""
    _stands(ask(url, "POST", _path(id, "rollback"), {"reason": reason}))


@release.command()
@click.argument("id")
@address
def withdraw(id: str, url: str) -> None:
    """Take back a release that is not live."""
    _stands(ask(url, "POST", _path(id, "withdraw"), {}))


@release.command()
@click.argument("program")
@address
def active(program: str, url: str) -> None:
    """What is live in PROGRAM, and by which release."""
    told = ask(url, "GET", f"/v1/programs/{quote(program, safe='')}/active")
    by = f", by {told['release']} until {told['valid_until']}" if told["release"] else ""
    say(f"{told['policy']} {told['version']} is live in {program} since {told['since']}{by}")


@release.command()
@click.argument("program")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@address
def signals(program: str, file: Path, url: str) -> None:
    """Report the live figures in FILE, as JSON; what the policy says of them is done."""
    told = ask(url, "POST", f"/v1/programs/{quote(program, safe='')}/signals", _read(file))
    why = "; ".join(each["text"] for each in told["reasons"])
    say(f"{told['act']}: {why}")
    _stands(told["release"])


@release.command()
@settings("policies")
def rehearse(settings: Settings) -> None:
    """Play the whole life of a release, in a store of its own that is thrown away.

    review_scoring 1.1.0 is proposed against 1.0.0 and goes through everything that may happen to
    it; the cases are made up, the clock is set by hand, and the policies decide.
    """
    from engine import Library
    from engine.cli.screen import FOUND
    from service.desks.releases.rehearsal import rehearse as play
    from service.desks.releases.steps import RefusedError

    folder_there(settings)
    with tempfile.TemporaryDirectory() as place:
        try:
            for line in play(Path(place), Library(settings.policies)):
                say(line)
        except RefusedError as refused:
            for each in refused.violations:
                say(f"refused: {each['text']}", error=True)
            raise SystemExit(FOUND) from refused


def _path(id: str, verb: str | None = None) -> str:
    path = f"/v1/releases/{quote(id, safe='')}"
    return path if verb is None else f"{path}/{verb}"


def _read(file: Path | None) -> Told:
    if file is None:
        return {}
    try:
        told: Any = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Wrong(f"`{file}` is not JSON: {error}", "it holds one object") from error
    if not isinstance(told, dict):
        raise Wrong(f"`{file}` holds no JSON object", "it begins with `{`")
    return told


def _show(told: Told) -> None:
    from service.desks.releases.shown import evidence_rows, history_rows, manifest_rows

    say(f"{told['id']} {_in_short(told)}")
    hashes = [("content", told["content_hash"]), ("manifest", told["manifest_hash"])]
    for line in columns([*manifest_rows(told), *evidence_rows(told), *hashes]):
        say(line)
    say("history")
    for line in columns(history_rows(told)):
        say(line)


def _stands(told: Told) -> None:
    say(f"{told['id']} {_in_short(told)}")


def _in_short(told: Told) -> str:
    window = f"from {told['valid_from']} until {told['valid_until']}"
    return f"{told['policy']} {told['version']} in {told['program']}: {told['state']}, {window}"
