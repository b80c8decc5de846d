"""The secret of a store, and what hangs on it: sealed facts, keyed hashes.

The secret stands in a file of its own beside the store, so that a copy of the store alone tells no
fact. Every subject has a key, which the store keeps wrapped by the secret: destroy it, and what was
sealed by it is gone.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.store.store import StoreError

_LENGTH = 32
_NONCE = 12


class Vault:
    def __init__(self, secret: bytes) -> None:
        self._hashing = _derived(secret, "keyed hashes")
        self._tagging = _derived(secret, "subjects")
        self._wrapping = AESGCM(_derived(secret, "keys of subjects"))
        self.common = Seal(_derived(secret, "facts of nobody"))
        """For facts that no subject was named for."""

    @property
    def hashing(self) -> bytes:
        """The key of the hashes that stand for sensitive facts."""
        return self._hashing

    def tag(self, subject: str) -> bytes:
        """By which a subject is found; it tells nobody who that is."""
        return hmac.digest(self._tagging, subject.encode(), hashlib.sha256)

    def new_key(self, tag: bytes) -> tuple[bytes, "Seal"]:
        """A subject's key as the store keeps it, and what seals by it."""
        key = secrets.token_bytes(_LENGTH)
        nonce = os.urandom(_NONCE)
        return nonce + self._wrapping.encrypt(nonce, key, tag), Seal(key)

    def seal_of(self, tag: bytes, wrapped: bytes) -> "Seal":
        return Seal(self._wrapping.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], tag))


class Seal:
    """What is sealed opens only under the id with which it was sealed."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, content: bytes, id: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, content, id.encode())

    def open(self, sealed: bytes, id: str) -> bytes | None:
        """None where another key sealed it, or it was changed."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], id.encode())
        except InvalidTag:
            return None


def open_vault(path: Path, *, fresh: bool) -> Vault:
    """The secret in this file. `fresh` says that nothing was sealed yet, so that a secret may be
    made where there is none."""
    try:
        if fresh and not path.exists():
            _write_new(path)
        text = path.read_text(encoding="ascii").strip()
        secret = bytes.fromhex(text)
    except FileNotFoundError as error:
        raise StoreError(
            f"the secret `{path}` of the store is not there",
            "put it back from where you keep it; without it no fact in the store can be read",
        ) from error
    except (OSError, ValueError) as error:
        raise StoreError(
            f"the secret `{path}` cannot be read",
            "it is one line of 64 hexadecimal digits, which the user of the service may read",
        ) from error
    if len(secret) != _LENGTH:
        raise StoreError(f"the secret `{path}` is not 64 hexadecimal digits long")
    return Vault(secret)


def _write_new(path: Path) -> None:
    """On disk before anything is sealed by it."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_LENGTH) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _derived(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, b"bylaw " + purpose.encode(), hashlib.sha256)
