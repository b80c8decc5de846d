"""Addresses of connections, as postgres://me:secret@host/database: whether they can be understood,
and how they are shown, for a password stands in some."""

from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from engine.cli.screen import Wrong

FILES = ("duckdb", "sqlite")
"""Where a path follows."""
_SECRET = ("pass", "pwd", "secret", "token", "key")


@dataclass(frozen=True)
class Address:
    """`shown` is without user, password and options; `secrets` are what stands nowhere else."""

    url: str
    scheme: str
    shown: str
    secrets: tuple[str, ...] = ()

    def without(self, reason: str) -> str:
        """What somebody says of it, without its secrets."""
        for each in self.secrets:
            reason = reason.replace(each, "…")
        return reason


def address(url: str) -> Address:
    scheme = url.partition("://")[0]
    if scheme in FILES:
        return Address(url, scheme, url.partition("?")[0])
    parts = urlsplit(url)
    _need_escapes(parts)
    place = parts.netloc.rpartition("@")[2]
    return Address(url, scheme, f"{scheme}://{place}{parts.path}", _secrets(parts))


def _need_escapes(parts: SplitResult) -> None:
    """Else the half of a password is taken for a host or a port, and shown."""
    around = f"{parts.path}{parts.query}{parts.fragment}"
    if parts.netloc.count("@") > 1 or "@" in around or not _has_port(parts):
        raise Wrong(
            f"the address `{parts.scheme}://…` cannot be read",
            "it is scheme://user:password@host:port/database; in a user and a password write `@`"
            " as %40, `:` as %3A, `/` as %2F, `?` as %3F, `#` as %23, `%` as %25",
        )


def _has_port(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _secrets(parts: SplitResult) -> tuple[str, ...]:
    given = [parts.password or ""]
    given += [
        value
        for name, value in parse_qsl(parts.query)
        if any(each in name.lower() for each in _SECRET)
    ]
    found = {each for value in given for each in (value, unquote(value)) if each}
    return tuple(sorted(found, key=len, reverse=True))
