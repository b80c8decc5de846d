"""The signed head of the audit chain: who keeps it outside the store sees when the chain is cut, or
written anew from some entry on.

It is signed by Ed25519, with a key that hangs on the store's secret.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from service.desks import audit
from service.desks.audit import Broken
from service.ids import micros
from service.store.sqlite import Database
from service.vault import Vault

_FIELDS = {"seq": int, "hash": str, "at": int, "key": str, "signature": str}


@dataclass(eq=False)
class NoCheckpointError(Exception):
    """A text that is no checkpoint, or one that this store did not sign: why."""

    message: str
    help: str


@dataclass(frozen=True)
class Checkpoint:
    """`seq` and `hash` are of the last entry at the instant `at`; `key` is the public one."""

    seq: int
    hash: str
    at: int
    key: str
    signature: str

    def told(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _FIELDS}


def sign(db: Database, vault: Vault) -> Checkpoint:
    seq, hash = audit.head(db)
    key = vault.signing.public_key().public_bytes_raw().hex()
    said: dict[str, Any] = {"seq": seq, "hash": hash, "at": micros(), "key": key}
    return Checkpoint(**said, signature=vault.signing.sign(rfc8785.dumps(said)).hex())


def read(text: str, vault: Vault) -> Checkpoint:
    """A checkpoint that this store signed, as it was signed; else `NoCheckpointError`."""
    try:
        told = json.loads(text)
    except ValueError as error:
        raise NoCheckpointError("it is no JSON", _CURE) from error
    if not isinstance(told, dict) or {*told} != {*_FIELDS}:
        raise NoCheckpointError("it is no checkpoint", _CURE)
    if any(type(told[name]) is not kind for name, kind in _FIELDS.items()):
        raise NoCheckpointError("it is no checkpoint", _CURE)
    if told["key"] != vault.signing.public_key().public_bytes_raw().hex():
        raise NoCheckpointError(
            "another store signed it", "take one of this store, or name its `--secret`"
        )
    if not _is_signed(told):
        raise NoCheckpointError(
            "it is not what was signed", "take another copy of it; this one was changed"
        )
    return Checkpoint(**told)


def hold(db: Database, signed: Checkpoint) -> list[Broken]:
    """What of the chain is not as it was when its head was signed."""
    last, _ = audit.head(db)
    if last < signed.seq:
        return [Broken(seq, "it was cut off") for seq in range(last + 1, signed.seq + 1)]
    found = db.execute("SELECT hash FROM audit WHERE seq = ?", [signed.seq]).fetchone()
    if signed.seq and (found is None or found[0] != signed.hash):
        return [Broken(signed.seq, "it is not the one that was signed: it or one before it is new")]
    return []


def _is_signed(told: Mapping[str, Any]) -> bool:
    said = {name: value for name, value in told.items() if name != "signature"}
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["key"]))
        key.verify(bytes.fromhex(told["signature"]), rfc8785.dumps(said))
    except (ValueError, InvalidSignature):
        return False
    return True


_CURE = "`bylaw audit checkpoint` makes one"
