"""`bylaw keys`: who may ask the service, and for what."""

import json
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import click

from engine.cli.screen import Wrong, columns, say
from service.cli.opened import actor, existing, made, settings, written
from service.settings import Settings

if TYPE_CHECKING:
    from service.store.sqlite import Database


@click.group(
    epilog="""\b
Example:
  bylaw keys create ticketing --role decide
"""
)
def keys() -> None:
    """Make, list and revoke the keys of the service.

    As soon as there is a key, nobody is answered without one.
    """


@keys.command(
    epilog="""\b
Example:
  bylaw keys create ticketing --role decide
"""
)
@click.argument("name")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    help="decide, report, author, operate, audit, or approve:<role name> with a role of the release"
    " policy; may be repeated.",
)
@click.option("--rate", type=click.IntRange(1), help="Requests a second, for this key.")
@click.option(
    "--key",
    type=click.File(encoding="utf-8"),
    help="A file with the key that another host made, to be taken here too; - reads the input.",
)
@settings("store")
def create(
    settings: Settings, name: str, roles: tuple[str, ...], rate: int | None, key: IO[str] | None
) -> None:
    """Make a key and show it, once.

    The store keeps its hash alone: who loses the key makes a new one and revokes this.
    """
    from engine import nearest
    from service import auth

    for role in roles:
        if not auth.is_role(role):
            near = nearest(role, list(auth.ROLES))
            known = ", ".join(f"`{each}`" for each in auth.ROLES)
            cure = f"did you mean `{near}`?" if near else f"there are {known} and `approve:…`"
            raise Wrong(f"there is no role `{role}`", cure)
    if not name.strip():
        raise Wrong("a key needs a name", "name it after who uses it, as `ticketing`")
    store = made(settings)
    _warn_of_strangers(store.reader(), roles)
    given = None if key is None else key.read(_LONGEST).strip()
    if given == "":
        raise Wrong("the file of `--key` is empty", "give it what `bylaw keys create` showed")
    try:
        with written(store) as db:
            new = auth.create(db, actor(), name, roles, rate, given)
    except auth.NoKeyError as error:
        raise Wrong(f"the key of `--key` is not taken: {error}") from error
    if given is None:
        say(new.secret)
        say(f"this is shown once; `bylaw keys revoke {new.id}` ends it", error=True)
    else:
        say(f"the key {new.id} is taken here too; `bylaw keys revoke {new.id}` ends it here")


_LONGEST = 1000


def _warn_of_strangers(db: "Database", roles: Sequence[str]) -> None:
    """A role to approve that the release policy does not know is for nothing; it may be to come."""
    from engine import nearest
    from service.auth import approver_of
    from service.desks.policies import approvers

    wanted = [name for name in map(approver_of, roles) if name is not None]
    known = approvers(db) if wanted else set()
    for name in wanted:
        if known and name not in known:
            near = nearest(name, sorted(known))
            listed = ", ".join(f"`{each}`" for each in sorted(known))
            cure = f"did you mean `approve:{near}`?" if near else f"it knows {listed}"
            say(f"warning: the release policy knows no role `{name}`; {cure}", error=True)


@keys.command("list")
@settings("store")
def list_(settings: Settings) -> None:
    """Every key that was made, with its roles."""
    rows = list(existing(settings).reader().table("keys").rows_where(order_by="since"))
    if not rows:
        say("no keys: everybody on this machine has every role")
        return
    for line in columns((str(row["id"]), _told(row)) for row in rows):
        say(line)


def _told(row: dict[str, object]) -> str:
    roles = ", ".join(json.loads(str(row["roles"])))
    rate = f", {row['rate']} a second" if row["rate"] else ""
    return f"{row['name']}: {roles}{rate}{', revoked' if row['revoked'] else ''}"


@keys.command()
@click.argument("id")
@settings("store")
def revoke(settings: Settings, id: str) -> None:
    """End a key; a service that runs knows it within a second."""
    from service import auth

    with written(existing(settings)) as db:
        revoked = auth.revoke(db, actor(), id)
    if not revoked:
        raise Wrong(f"there is no key `{id}` that could be revoked", "`bylaw keys list` has them")
    say(f"{id} is revoked")
