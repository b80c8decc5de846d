"""`python -m tests.speed.serving [--quick] [--long]`: what a request costs, as ratios of one run.

It needs `wrk`, which loads each server with 64 connections in turn, and compares medians of rounds.
`--long` also counts memory over a million decisions.
"""

import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import engine
from tests.live import ROOT, greeting
from tests.speed.handoff_by_hand import cases
from tests.speed.measure import medians

_CONNECTIONS = 64
_KEYED = "wrk.headers['Authorization'] = 'Bearer {key}'\n"
_SCRIPT = """wrk.method = 'POST'
wrk.headers['Content-Type'] = 'application/json'
local bodies = {{}}
for line in io.lines('{bodies}') do bodies[#bodies + 1] = line end
local next = 0
request = function()
  next = next % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[next])
end
"""


@dataclass(frozen=True)
class Load:
    rate: float
    p99: float


def main(quick: bool, long: bool) -> None:
    if shutil.which("wrk") is None:
        sys.exit("wrk is not there; Debian has it as the package `wrk`")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        bodies = folder / "bodies"
        lines = (json.dumps({"input": case}) for case in cases(1_000))
        bodies.write_text("\n".join(lines), encoding="utf-8")
        _rates(folder, bodies, rounds=3 if quick else 7, seconds=2 if quick else 4)
        _batch(folder, starts=3 if quick else 7)
        _cold_start(folder, turns=3 if quick else 7)
        if long:
            _memory(folder, bodies)


def _rates(folder: Path, bodies: Path, rounds: int, seconds: int) -> None:
    found: dict[str, list[Load]] = {}
    for _ in range(rounds):
        for name, serve in _SERVERS.items():
            with serve(folder) as (url, key):
                _load(url, key, bodies, 1)
                found.setdefault(name, []).append(_load(url, key, bodies, seconds))
    rates = {name: statistics.median(each.rate for each in loads) for name, loads in found.items()}
    p99 = {name: statistics.median(each.p99 for each in loads) for name, loads in found.items()}
    bare = max(("bare, uvicorn", "bare, granian"), key=rates.__getitem__)
    for name in found:
        print(
            f"{name:24} {rates[name]:8.0f} a second, {rates[name] / rates[bare]:.2f} of {bare};"
            f" p99 {p99[name]:.1f} ms, {p99[name] / p99[bare]:.2f}"
        )


@contextmanager
def _bare_uvicorn(_: Path) -> Iterator[tuple[str, str]]:
    with _bare("uvicorn", "--no-access-log", "--loop", "uvloop", "--http", "httptools") as url:
        yield url, ""


@contextmanager
def _bare_granian(_: Path) -> Iterator[tuple[str, str]]:
    with _bare("granian", "--interface", "asgi", "--loop", "uvloop", "--no-access-log") as url:
        yield url, ""


@contextmanager
def _bare(server: str, *arguments: str) -> Iterator[str]:
    command = [sys.executable, "-m", server, "tests.speed.bare:app", "--port", "9100", *arguments]
    with _process([*command, "--log-level", "warning"]):
        url = "http://127.0.0.1:9100/decide"
        _wait(url)
        yield url


@contextmanager
def _without_journal(folder: Path) -> Iterator[tuple[str, str]]:
    with serving(folder, "--journal", "off") as served:
        yield served


@contextmanager
def _with_journal(folder: Path) -> Iterator[tuple[str, str]]:
    with serving(folder) as served:
        yield served


_SERVERS = {
    "bare, uvicorn": _bare_uvicorn,
    "bare, granian": _bare_granian,
    "without journal": _without_journal,
    "with journal": _with_journal,
}


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[str, str]]:
    """With all that it has: a key, the log, metrics; its log goes to a file."""
    for old in folder.glob("bylaw.db*"):
        old.unlink()
    store = ["--store", str(folder / "bylaw.db")]
    created = [*_BYLAW, "keys", "create", "load", "--role", "decide", "--role", "operate", *store]
    key = subprocess.run(created, capture_output=True, text=True, check=True, cwd=ROOT)
    command = [*_BYLAW, "serve", "--port", "0", *store, "--policies", str(ROOT / "policies")]
    with (folder / "log").open("wb") as log, _process([*command, *arguments], log) as process:
        found = re.search(r"http://127\.0\.0\.1:\d+", greeting(process))
        assert found, "it did not start"
        time.sleep(5)  # the other versions are read and compiled
        yield f"{found[0]}/v1/decisions/handoff", key.stdout.strip()


_BYLAW = (sys.executable, "-c", "from service.cli import main; main()")


@contextmanager
def _process(command: list[str], errors: Any = subprocess.DEVNULL) -> Iterator[Any]:
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT, env=dict(os.environ)
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            urlopen(Request(url, method="GET"), timeout=1)
        except OSError as error:
            if getattr(error, "code", None) is not None:
                return
            time.sleep(0.05)


def _load(url: str, key: str, bodies: Path, seconds: int) -> Load:
    script = bodies.with_name("load.lua")
    keyed = _KEYED.format(key=key) if key else ""
    script.write_text(_SCRIPT.format(bodies=bodies) + keyed, encoding="utf-8")
    told = subprocess.run(
        ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{seconds}", "--latency", "-s", str(script), url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Non-2xx" not in told, told
    rate, p99 = (
        re.search(r"Requests/sec:\s+([\d.]+)", told),
        re.search(r"99%\s+([\d.]+)(\w+)", told),
    )
    assert rate, told
    assert p99, told
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}[p99[2]]
    return Load(float(rate[1]), float(p99[1]) * unit)


def _batch(folder: Path, starts: int) -> None:
    """A case of a batch, beside the same from bytes to record within one process. Who else uses the
    machine slows a large batch more than a small loop, so it is asked at several times."""
    sample = list(cases(1_000))
    items = [{"id": str(place), "input": case} for place, case in enumerate(sample)]
    body = json.dumps({"items": items}).encode()
    texts = [json.dumps(case) for case in sample]
    program = engine.load(engine.Library(ROOT / "policies").source("handoff@1.0.0"))

    def alone() -> None:
        for text in texts:
            decided = engine.decide(program, engine.read_json(text), None, 1_700_000_000_000_000)
            json.dumps(engine.record(program, decided, engine.__version__))

    found = []
    for _ in range(starts):
        with serving(folder) as (url, key):
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
            with closing(HTTPConnection(urlsplit(url).netloc)) as connection:
                batched = partial(_batched, connection, body, headers)
                times = medians({"batch": batched, "alone": alone}, 9)
        found.append((times["batch"] / times["alone"], times["batch"] / len(sample) * 1e6))
    ratio, each = (statistics.median(column) for column in zip(*found, strict=True))
    every = ", ".join(f"{ratio:.2f}" for ratio, _ in found)
    print(
        f"a case of a batch of 1,000, journal and all: {each:.0f} us,"
        f" {ratio:.2f} of bytes to record in process ({every})"
    )


def _batched(connection: HTTPConnection, body: bytes, headers: Mapping[str, str]) -> None:
    connection.request("POST", "/v1/batches/handoff", body, headers)
    reply = connection.getresponse()
    assert reply.status == 200
    reply.read()


def _cold_start(folder: Path, turns: int) -> None:
    """From the start of the process to the first `ready`."""
    seconds = []
    store = ["--store", str(folder / "bylaw.db"), "--policies", str(ROOT / "policies")]
    for _ in range(turns):
        for old in folder.glob("bylaw.db*"):
            old.unlink()
        began = time.perf_counter()
        with _process([*_BYLAW, "serve", "--port", "0", *store]) as process:
            found = re.search(r"http://127\.0\.0\.1:\d+", greeting(process))
            assert found
            with urlopen(f"{found[0]}/health/ready") as reply:
                assert reply.status == 200
            seconds.append(time.perf_counter() - began)
    print(f"cold start to ready, fresh store, six policies: {statistics.median(seconds):.2f} s")


def _memory(folder: Path, bodies: Path) -> None:
    with serving(folder) as (url, key):
        base = url.partition("/v1")[0]
        while (count := _decided(base, key)) < 100_000:
            _load(url, key, bodies, 2)
        first = _resident(base, key)
        while (count := _decided(base, key)) < 1_000_000:
            _load(url, key, bodies, 10)
            print(f"\r{count} decisions", end="", flush=True)
        last = _resident(base, key)
    print(
        f"\rresident memory at 100,000 decisions {first / 1e6:.1f} MB, at {count}"
        f" {last / 1e6:.1f} MB: {last / first - 1:+.1%}"
    )


def _decided(base: str, key: str) -> int:
    return int(_metric(base, key, r"^bylaw_decisions_total\{.*\} ([\d.e+]+)$"))


def _resident(base: str, key: str) -> float:
    return _metric(base, key, r"^process_resident_memory_bytes ([\d.e+]+)$")


def _metric(base: str, key: str, pattern: str) -> float:
    asked = Request(f"{base}/metrics", headers={"Authorization": f"Bearer {key}"})
    with urlopen(asked) as reply:
        found = re.findall(pattern, reply.read().decode(), re.M)
    return sum(map(float, found))


if __name__ == "__main__":
    main("--quick" in sys.argv, "--long" in sys.argv)
