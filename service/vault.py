"""The secret of a store, and what hangs on it: sealed facts, keyed hashes, signatures.

The secret stands in a file of its own beside the store, so that a copy of the store alone tells no
fact. Every subject has a key, which the store keeps wrapped by the secret: destroy it, and what was
sealed by it is gone.
"""

import hashlib
import hmac
import os
import secrets
import zlib
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.drawn import Drawn
from service.store.sqlite import Database
from service.store.store import StoreError

_LENGTH = 32
_NONCE = 12
_nonces = Drawn(_NONCE)


class Vault:
    def __init__(self, secret: bytes) -> None:
        self.hashing = _derived(secret, "keyed hashes")
        """The key of the hashes that stand for sensitive facts."""
        self.mark = _derived(secret, "mark")
        """By which a store knows its secret; it tells nothing of it."""
        self.signing = Ed25519PrivateKey.from_private_bytes(_derived(secret, "head of the audit"))
        """By which the head of the audit chain is signed."""
        self._tagging = _derived(secret, "subjects")
        self._wrapping = AESGCM(_derived(secret, "keys of subjects"))
        self._common = [Seal(_derived(secret, f"facts of nobody {each}")) for each in range(256)]

    def tag(self, subject: str) -> bytes:
        """By which a subject is found; it tells nobody who that is."""
        return hmac.digest(self._tagging, subject.encode(), hashlib.sha256)

    def new_key(self, tag: bytes) -> tuple[bytes, "Seal"]:
        """A subject's key as the store keeps it, and what seals by it."""
        key = secrets.token_bytes(_LENGTH)
        nonce = os.urandom(_NONCE)
        return nonce + self._wrapping.encrypt(nonce, key, tag), Seal(key)

    def seal_of(self, tag: bytes, wrapped: bytes) -> "Seal":
        """Of a subject; `InvalidTag` where another secret wrapped its key."""
        return Seal(self._wrapping.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], tag))

    def seal_of_nobody(self, id: str) -> "Seal":
        """For facts that no subject was named for: one of many keys, so that none seals more than
        its nonces allow."""
        return self._common[zlib.crc32(id.encode()) & 0xFF]


class Seal:
    """What is sealed opens only as the kind of thing and under the id with which it was sealed."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, content: bytes, kind: str, id: str) -> bytes:
        nonce = _nonces.take()
        return nonce + self._cipher.encrypt(nonce, content, f"{kind} {id}".encode())

    def open(self, sealed: bytes, kind: str, id: str) -> bytes | None:
        """None where another key sealed it, or it was changed."""
        try:
            nonce, content = sealed[:_NONCE], sealed[_NONCE:]
            return self._cipher.decrypt(nonce, content, f"{kind} {id}".encode())
        except InvalidTag:
            return None


def open_vault(path: Path, db: Database) -> Vault:
    """The secret in this file, which the store must know. A store that knows none takes it, and has
    it made where the file is not there."""
    known = db.execute("SELECT value FROM marks WHERE name = 'secret'").fetchone()
    try:
        if known is None and not path.exists():
            _write_new(path)
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError as error:
        raise StoreError(
            f"the secret `{path}` of the store is not there",
            "put it back from where you keep it; without it no fact in the store can be read",
        ) from error
    except (OSError, ValueError) as error:
        raise StoreError(f"the secret `{path}` cannot be read", _SECRET) from error
    if len(secret) != _LENGTH:
        raise StoreError(f"the secret `{path}` is not 64 hexadecimal digits long", _SECRET)
    vault = Vault(secret)
    if known is None:
        db.table("marks").insert({"name": "secret", "value": vault.mark})
    elif not hmac.compare_digest(known[0], vault.mark):
        raise StoreError(
            f"`{path}` is the secret of another store",
            "put back the one that belongs to this store, or name it by `--secret`",
        )
    return vault


_SECRET = "it is one line of 64 hexadecimal digits, which the user of the service may read"


def _write_new(path: Path) -> None:
    """Whole and on disk, or not there."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_LENGTH) + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _derived(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, b"bylaw " + purpose.encode(), hashlib.sha256)
