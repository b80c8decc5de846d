"""A service, besieged: how many attacks to what came of them.

Many strangers attack at once, an honest caller asks all the while from a process of its own, and at
the end everything that was acknowledged must be in the journal, and no connection be left.
"""

import asyncio
import json
import shutil
import sqlite3
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

import httpx
from click.testing import CliRunner

from service.auth import ROLES
from service.cli import main
from tests.hostile.answers import Answer, NoAnswerError, answers, decided, wrong
from tests.hostile.attacks import Attack, Known, Port, attack
from tests.hostile.bodies import some_samples
from tests.live import ROOT, Server, started

_AT_ONCE = 32
_GRACE = 20.0
"""Seconds beyond its patience that a busy service may take for an answer or to close."""


@dataclass
class Siege:
    """`kinds` counts attacks, `statuses` their answers. `resident` is the service's memory in
    bytes: before, at half, at the end."""

    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    before: list[float] = field(default_factory=list)
    under: list[float] = field(default_factory=list)
    resident: list[int] = field(default_factory=list)
    honest: int = 0
    refused: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    left_open: int = 0
    seconds: float = 0.0

    def latency(self) -> str:
        middle, most = (
            [sorted(each)[int(len(each) * share)] * 1000 for each in (self.before, self.under)]
            for share in (0.5, 0.99)
        )
        return (
            f"median {middle[0]:.2f} ms before, {middle[1]:.2f} ms under attack"
            f" ({middle[1] / middle[0]:.2f} ×); 99 of 100 within {most[0]:.1f} ms before,"
            f" {most[1]:.1f} ms under attack"
        )


def siege(numbers: range, folder: Path, patience: int) -> Siege:
    """The service and all that it keeps stand in the folder."""
    found = Siege()
    shutil.copytree(ROOT / "policies", folder / "policies")
    key = _key(folder)
    flags = ("--opa-port", "0", "--patience", str(patience))
    with started(folder / "policies", *flags) as server, _honest(server, key) as honest:
        known = Known(key, _some_ids(server, key))
        sockets = _sockets(server)
        _phase(honest, "warm")
        asyncio.run(_attack(range(_WARMING), known, server, patience, Siege()))
        _phase(honest, "before")
        time.sleep(_BEFORE)
        found.resident.append(_resident(server))
        _phase(honest, "under")
        began = time.perf_counter()
        half = numbers.start + len(numbers) // 2
        asyncio.run(_attack(range(numbers.start, half), known, server, patience, found))
        found.resident.append(_resident(server))
        asyncio.run(_attack(range(half, numbers.stop), known, server, patience, found))
        found.resident.append(_resident(server))
        found.seconds = time.perf_counter() - began
        _hear(honest, found)
        found.left_open = _left_open(server, sockets, patience)
        server.process.terminate()
        server.process.wait(timeout=60)
    found.lost = found.acknowledged - _recorded(folder)
    return found


_BEFORE = 3.0
"""Seconds in which the honest caller is alone."""
_WARMING = 300


def _key(folder: Path) -> str:
    """Of a stranger who may do everything: so an attack gets as far as it can."""
    roles = [word for role in ROLES for word in ("--role", role)]
    store = ["--store", str(folder / "bylaw.db")]
    made = CliRunner().invoke(main, ["keys", "create", "stranger", *roles, *store])
    return made.stdout.split()[0]


def _some_ids(server: Server, key: str) -> tuple[str, ...]:
    ids = ["01890000-0000-7000-8000-000000000000", "%00", "x"]
    for policy, decision, sample in some_samples()[:20]:
        path = f"{server.url}/v1/decisions/{policy}/{decision}"
        headers = {"Authorization": f"Bearer {key}"}
        answer = httpx.post(path, json={"input": sample.input}, headers=headers)
        ids.append(answer.json()["decision_id"])
    return tuple(ids)


@contextmanager
def _honest(server: Server, key: str) -> "Iterator[subprocess.Popen[str]]":
    command = [sys.executable, "-m", "tests.hostile.honest", server.url, key]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def _phase(honest: "subprocess.Popen[str]", name: str) -> None:
    assert honest.stdin is not None
    honest.stdin.write(f"{name}\n")
    honest.stdin.flush()


def _hear(honest: "subprocess.Popen[str]", found: Siege) -> None:
    told = json.loads(honest.communicate()[0])
    found.before, found.under = told["seconds"]["before"], told["seconds"]["under"]
    found.refused = told["refused"]
    found.honest = len(told["ids"])
    found.acknowledged |= set(told["ids"])


async def _attack(
    numbers: Iterable[int], known: Known, server: Server, patience: int, found: Siege
) -> None:
    waiting = iter(numbers)

    async def stranger() -> None:
        for number in waiting:
            made = attack(number, known, patience)
            found.kinds[made.kind] += 1
            await _carry_out(number, made, server, patience, found)

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(stranger())


async def _carry_out(
    number: int, made: Attack, server: Server, patience: int, found: Siege
) -> None:
    def complain(what: str) -> None:
        found.wrong.append(f"{number} ({made.kind}, {made.port}): {what}")

    try:
        async with asyncio.timeout(2 * patience + _GRACE):
            heard, closed, waited = await _sent(made, _place(server, made.port))
        told, rest = answers(heard, made.methods)
    except TimeoutError:
        complain(f"neither answered nor closed: {b''.join(made.pieces)[:200]!r}")
        return
    except NoAnswerError as error:
        complain(f"no HTTP: {error}")
        return
    if rest and made.end != "leave" and not closed:
        complain(f"half an answer: {rest[:100]!r}")
    if not told:
        found.statuses["closed" if made.end != "leave" else "gone"] += 1
        if made.methods and waited < patience:
            complain(f"closed without an answer: {b''.join(made.pieces)[:200]!r}")
    for answer in told:
        _count(made, answer, found, complain)


def _count(made: Attack, answer: Answer, found: Siege, complain: Callable[[str], None]) -> None:
    found.statuses[str(answer.status)] += 1
    fault = wrong(made, answer)
    if fault is not None:
        complain(f"{fault} to {b''.join(made.pieces)[:200]!r}")
    else:
        found.acknowledged.update(decided(answer))


def _place(server: Server, port: Port) -> int:
    url = server.opa if port == "opa" else server.url
    return int(str(url).rpartition(":")[2])


async def _sent(made: Attack, port: int) -> tuple[bytes, bool, float]:
    """What was heard, whether the other side closed, and the seconds that it waited for the first
    word: where strangers have much to do, it may be more than it has patience for."""
    begun = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    hearing = asyncio.create_task(_heard(reader, made))
    try:
        waited = time.monotonic() - begun
        await _say(writer, made)
        if made.end == "leave":
            raw = writer.get_extra_info("socket")
            raw.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
            hearing.cancel()
            return b"", False, waited
        return *await hearing, waited
    finally:
        hearing.cancel()
        writer.transport.abort()


async def _say(writer: asyncio.StreamWriter, made: Attack) -> None:
    try:
        for piece in made.pieces:
            writer.write(piece)
            await writer.drain()
            if made.pause:
                await asyncio.sleep(made.pause)
        if made.end == "shut":
            writer.write_eof()
    except OSError:
        return  # it was refused while it was said


async def _heard(reader: asyncio.StreamReader, made: Attack) -> tuple[bytes, bool]:
    """Until there are as many answers as are owed, or the other side closes."""
    heard = bytearray()
    while True:
        try:
            piece = await reader.read(1_000_000)
        except OSError:
            return bytes(heard), True
        if not piece:
            return bytes(heard), True
        heard += piece
        whole, rest = answers(bytes(heard), made.methods)
        if made.methods and len(whole) >= len(made.methods) and not rest:
            return bytes(heard), False


def _resident(server: Server) -> int:
    """0 where the system does not tell."""
    status = Path(f"/proc/{server.process.pid}/status")
    if not status.exists():
        return 0
    lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
    return int(lines["VmRSS"].split()[0]) * 1024


def _sockets(server: Server) -> int:
    """0 where the system does not tell."""
    folder = Path(f"/proc/{server.process.pid}/fd")
    return sum(map(_is_socket, folder.iterdir())) if folder.exists() else 0


def _is_socket(link: Path) -> bool:
    try:
        return str(link.readlink()).startswith("socket:")
    except FileNotFoundError:  # it is closed by now
        return False


def _left_open(server: Server, before: int, patience: int) -> int:
    """Connections that are still there when all were waited for; the honest one is gone."""
    end = time.monotonic() + 3 * patience + _GRACE
    while _sockets(server) > before and time.monotonic() < end:
        time.sleep(0.05)
    return max(0, _sockets(server) - before)


def _recorded(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "bylaw.db")) as db, db:
        return {id for (id,) in db.execute("SELECT id FROM journal")}
