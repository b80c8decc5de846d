"""`bylaw report`: what the books add up to, to read on a terminal or to go on with."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from engine.cli.screen import Wrong, has_colour, say
from service.cli.opened import existing, settings
from service.settings import Settings

if TYPE_CHECKING:
    from engine import Program
    from service.store.sqlite import Database

_MONTH = re.compile(r"\d{4}-\d{2}", re.A)
_GATE = "`bylaw live release@1.0.0`"
_MOST = 100_000
_GOVERNS = re.compile(r"^\s+governs\b.*\bissues\b", re.M)
"""Any other policy need not be compiled to be passed over."""


@click.group(
    epilog="""\b
Example:
  bylaw report sla --month 2026-01
"""
)
def report() -> None:
    """What the books add up to."""


@report.command(
    epilog="""\b
Example:
  bylaw report sla --month 2026-01
"""
)
@click.option("--month", required=True, help="Of issues detected in this month, as 2026-01.")
@click.option("--as-of", help="As things were at this instant.  [default: now]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
)
@settings("store")
def sla(settings: Settings, month: str, as_of: str | None, form: str) -> None:
    """Service levels of a month, in all and by domain.

    Every figure says what it leaves out, and how it has changed since the month before.
    """
    from service.cli.dashboard import shown
    from service.desks import reports as desk
    from service.desks.sheet import as_csv
    from service.ids import micros

    db = existing(settings).reader()
    policy = next(filter(desk.counts, _live(db)), None)
    if policy is None:
        raise Wrong(
            "no policy is live in this store that says what issues count for",
            "`bylaw live lifecycle@1.0.0`",
        )
    made = desk.sla(db, policy, _month(month), _instant(as_of, desk.latest(db, micros())))
    match form:
        case "json":
            say(json.dumps(made, ensure_ascii=False, indent=2))
        case "csv":
            click.echo(as_csv(made).replace("\r\n", "\n"), nl=False)
        case _:
            say(shown(made, colour=has_colour()))


@report.command(
    epilog="""\b
Examples:
  bylaw report release
  bylaw report release REL-0002 --format json
"""
)
@click.argument("id", required=False)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@settings("store")
def release(settings: Settings, id: str | None, form: str) -> None:
    """How a release went, or every one.

    Whether defects, overrides and complaints became fewer, whether what is live is what was
    approved, how soon an end was carried out, and how long it took to look and to approve.
    """
    from service.cli.dashboard import shown_release
    from service.desks.releases import kept
    from service.desks.releases.report import DECISION, report
    from service.desks.releases.rules import rules
    from service.desks.releases.steps import Desk
    from service.ids import micros
    from service.shelf import Shelf

    db = existing(settings).reader()
    asked = rules(db, Shelf({}, {}), micros())
    if asked is None or DECISION not in asked.policy.decisions:
        raise Wrong("no policy is live in this store that says how releases go", _GATE)
    found = (
        kept.every(db, 0, _MOST) if id is None else [each for each in [kept.find(db, id)] if each]
    )
    if id is not None and not found:
        raise Wrong(f"there is no release `{id}`", "`bylaw report release` tells of every one")
    made = [report(Desk(db, asked, Shelf({}, {})), each) for each in found]
    if form == "json":
        say(json.dumps(made, ensure_ascii=False, indent=2))
    else:
        say("\n\n".join(map(shown_release, made)) or "nothing was ever proposed")


def _live(db: "Database") -> "Iterator[Program]":
    """As the store keeps them, whatever the folder of policies says by now."""
    from engine import Source, load

    for row in db.query(
        "SELECT versions.* FROM live JOIN versions USING (hash) ORDER BY live.name"
    ):
        if _GOVERNS.search(row["source"]):
            yield load(Source(f"{row['name']}@{row['version']}", row["source"]))


def _month(text: str) -> int:
    from engine import parse_instant

    month = parse_instant(f"{text}-01") if _MONTH.fullmatch(text) else None
    if month is None:
        raise Wrong(f"`{text}` is no month", "write it as 2026-01")
    return month


def _instant(text: str | None, latest: int) -> int:
    from engine import parse_instant, write_instant

    if text is None:
        return latest
    instant = parse_instant(text)
    if instant is None:
        raise Wrong(f"`{text}` is no instant", "write it as 2026-01-15T14:32:00Z")
    if instant > latest:
        raise Wrong(f"`{text}` has not come", f"now it is {write_instant(latest)}")
    return instant
