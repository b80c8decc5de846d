"""A PostgreSQL of one's own, for as long as it is needed."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

PASSWORD = "a:secret/@word"
ESCAPED = "a%3Asecret%2F%40word"
_DEBIAN = "/usr/lib/postgresql"


def missing() -> str | None:
    """What there is not of what it takes."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed"
    if _program("initdb") is None:
        return "there is no PostgreSQL"
    if os.geteuid() == 0 and _user() is None:
        return "PostgreSQL does not run as root, and there is no user `postgres`"
    return None


@contextmanager
def postgres() -> Iterator[str]:
    """The address of its database."""
    user = _user() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    secret = folder / "secret"
    secret.write_text(PASSWORD, encoding="utf-8")
    for each in (folder, secret):
        if user:
            shutil.chown(each, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    made: list[str | Path] = [
        "-D",
        data,
        "-U",
        "me",
        "-A",
        "scram-sha-256",
        "--pwfile",
        secret,
        "-E",
        "UTF8",
        "-N",
    ]
    listening = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off"
    listening += f" -c unix_socket_directories={folder} -c timezone=Asia/Tokyo"
    served: list[str | Path] = ["-D", data, "-w", "-l", folder / "log"]
    try:
        _run(user, "initdb", *made)
        _run(user, "pg_ctl", *served, "-o", listening, "start")
        yield f"postgres://me:{ESCAPED}@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            _run(user, "pg_ctl", *served, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def _run(user: str | None, program: str, *arguments: str | Path) -> None:
    command = [str(_program(program)), *map(str, arguments)]
    subprocess.run(command, user=user, cwd="/", check=True, stdout=subprocess.DEVNULL)


def _program(name: str) -> Path | None:
    found = shutil.which(name)
    if found is not None:
        return Path(found)
    return max(Path(_DEBIAN).glob(f"*/bin/{name}"), default=None)


def _user() -> str | None:
    return next((each.pw_name for each in pwd.getpwall() if each.pw_name == "postgres"), None)
