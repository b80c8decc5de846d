"""Who asks, and what they may: a key to its roles, or a problem.

A key is shown once, when it is made; the store keeps its hash. Without any key in the store every
caller on this machine has every role, which is for a first try.
"""

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from service.desks import audit
from service.ids import micros
from service.problems import ProblemError
from service.store.sqlite import Database

ROLES: Mapping[str, str] = {
    "decide": "ask for decisions, and see those that were made",
    "report": "pin versions that are not live, see decisions and reports",
    "author": "upload candidates",
    "operate": "read metrics and what differs in shadow",
    "audit": "see every decision with all that it was made of",
}
APPROVE = re.compile(r"approve:(\w(.{0,98}\S)?)")
"""`approve:<role name>`: approve what the release policy lets this role approve."""
APPROVES = "approve:…"
"""Any of those, where a role is asked for."""


@dataclass(frozen=True, eq=False)
class Caller:
    """`id` is of the key. `bucket` is None where no rate is set."""

    id: str
    name: str
    roles: frozenset[str]
    bucket: "Bucket | None" = None


class Bucket:
    """So many requests a second, and as many at once after a second of silence."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._left = float(rate)
        self._last = time.monotonic()

    def take(self, count: int) -> float:
        """0, or how many seconds to wait. Who asks for more than there ever is waits for all."""
        now = time.monotonic()
        self._left = min(self._rate, self._left + (now - self._last) * self._rate)
        self._last = now
        wanted = min(count, self._rate)
        if self._left >= wanted:
            self._left -= count
            return 0.0
        return (wanted - self._left) / self._rate


ANYBODY = Caller("local", "anybody on this machine", frozenset(ROLES))
_LOCAL = re.compile(rb"(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?", re.I)


@dataclass(frozen=True)
class _Key:
    digest: bytes
    caller: Caller


_NONE = _Key(bytes(32), ANYBODY)
"""What nobody can show; to compare with it takes as long as with a key."""


class Keys:
    """All keys that are not revoked. A key's id is part of it and no secret."""

    def __init__(self, db: Database, rate: int) -> None:
        self._rate = rate
        self._by_id: Mapping[bytes, _Key] = {}
        self._any = False
        self.load(db)

    def load(self, db: Database) -> tuple[list[Caller], list[Caller]]:
        """Which are gone, and which are new. Keys that stay keep what they have left of their
        rate."""
        rows = list(db.table("keys").rows)
        before = self._by_id
        self._by_id = {
            id: before.get(id) or _Key(row["digest"], _caller(row, self._rate))
            for row in rows
            if row["revoked"] is None
            for id in [str(row["id"]).encode()]
        }
        self._any = self._any or bool(rows)
        after = self._by_id
        return (
            [before[id].caller for id in before if id not in after],
            [after[id].caller for id in after if id not in before],
        )

    @property
    def required(self) -> bool:
        """Revoking the last key opens nothing."""
        return self._any

    def who(self, headers: Mapping[bytes, bytes], *roles: str) -> Caller:
        """The caller, who has at least one of the roles; all may come where none is named."""
        caller = self._known(headers)
        if roles and not _has_any(caller, roles):
            needed = " or ".join(f"`{role}`" for role in roles)
            detail = f"the key `{caller.name}` has no role {needed}"
            raise ProblemError(403, "forbidden", detail, more={"roles": sorted(caller.roles)})
        return caller

    def _known(self, headers: Mapping[bytes, bytes]) -> Caller:
        if not self._any:
            return _anybody(headers)
        scheme, _, shown = headers.get(b"authorization", b"").partition(b" ")
        shown = shown.strip()
        key = self._by_id.get(_id_of(shown), _NONE)
        digest = hashlib.sha256(shown).digest()
        if hmac.compare_digest(key.digest, digest) and scheme.lower() == b"bearer":
            return key.caller
        detail = "say `Authorization: Bearer` and a key that is not revoked"
        raise ProblemError(401, "no-key", detail, headers={"WWW-Authenticate": "Bearer"})


def within_rate(caller: Caller, count: int = 1) -> None:
    wait = caller.bucket.take(count) if caller.bucket is not None else 0.0
    if wait > 0:
        detail = f"the key `{caller.name}` asks more often than it may"
        headers = {"Retry-After": str(ceil(wait))}
        raise ProblemError(429, "too-many-requests", detail, headers=headers)


def needs(*roles: str) -> Guard:
    """A guard for handlers: the caller has one of these roles, and keeps to its rate."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        caller = connection.app.state.access.who(dict(connection.scope["headers"]), *roles)
        within_rate(caller)
        connection.scope["auth"] = caller

    return guard


_KEY = re.compile(r"bylaw_[0-9a-f]{8}_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class NewKey:
    """`secret` is what the caller shows; nobody can find it again."""

    id: str
    secret: str


class NoKeyError(ValueError):
    """The text is no key, or one that the store has already."""


def create(
    db: Database,
    actor: str,
    name: str,
    roles: Iterable[str],
    rate: int | None = None,
    secret: str | None = None,
) -> NewKey:
    """With a secret it is the key that another store made."""
    secret = secret or f"bylaw_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"
    if _KEY.fullmatch(secret) is None:
        raise NoKeyError("it is no key that `bylaw keys create` made")
    id = _id_of(secret.encode()).decode()
    if db.execute("SELECT 1 FROM keys WHERE id = ?", [id]).fetchone():
        raise NoKeyError(f"there is a key `{id}` already")
    granted = sorted(set(roles))
    db.table("keys").insert(
        {
            "id": id,
            "name": name,
            "digest": hashlib.sha256(secret.encode()).digest(),
            "roles": json.dumps(granted),
            "rate": rate,
            "since": micros(),
            "revoked": None,
        }
    )
    audit.append(db, actor, "key-created", {"id": id, "name": name, "roles": granted})
    return NewKey(id, secret)


def revoke(db: Database, actor: str, id: str) -> bool:
    """False where there is no such key, or it is revoked already."""
    changed = db.execute(
        "UPDATE keys SET revoked = ? WHERE id = ? AND revoked IS NULL", [micros(), id]
    )
    if changed.rowcount == 0:
        return False
    audit.append(db, actor, "key-revoked", {"id": id})
    return True


def is_role(word: str) -> bool:
    return word in ROLES or approver_of(word) is not None


def approver_of(role: str) -> str | None:
    """The name of the role that approves, where it is one of those."""
    found = APPROVE.fullmatch(role)
    return found[1] if found else None


def _has_any(caller: Caller, roles: tuple[str, ...]) -> bool:
    if APPROVES in roles and any(approver_of(role) for role in caller.roles):
        return True
    return not caller.roles.isdisjoint(roles)


def _id_of(shown: bytes) -> bytes:
    parts = shown.split(b"_", 2)
    return parts[1] if len(parts) == 3 else b""


def _caller(row: Mapping[str, object], rate: int) -> Caller:
    own = row["rate"] if isinstance(row["rate"], int) else rate
    roles = frozenset(json.loads(str(row["roles"])))
    return Caller(str(row["id"]), str(row["name"]), roles, Bucket(own) if own else None)


def _anybody(headers: Mapping[bytes, bytes]) -> Caller:
    """A page in a browser can reach this machine under a name of its own; that is not asked for."""
    if not _LOCAL.fullmatch(headers.get(b"host", b"")):
        detail = "without keys the service answers only as `localhost`, `127.0.0.1` or `[::1]`"
        raise ProblemError(403, "foreign-host", detail)
    return ANYBODY
