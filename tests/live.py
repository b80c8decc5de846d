"""A service in a process of its own, as an operator starts it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Server:
    process: "subprocess.Popen[str]"
    url: str
    opa: str | None = None
    log: Path | None = None

    def logged(self) -> list[dict[str, Any]]:
        assert self.log is not None
        text = self.log.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def decide(self, case: Any, policy: str = "greetings", **headers: str) -> httpx.Response:
        """Over a connection of its own."""
        path = f"{self.url}/v1/decisions/{policy}"
        return httpx.post(path, json={"input": case}, headers=headers, timeout=30)


@contextmanager
def started(
    folder: Path,
    *arguments: str,
    before: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[Server]:
    """`before` is a command that runs it, `log` where its log is kept; its store stands beside the
    folder of policies."""
    command = [*before, sys.executable, "-c", "from service.cli import main; main()"]
    where = ["--policies", str(folder), "--store", str(folder.parent / "bylaw.db")]
    with (
        Path(log or os.devnull).open("wb") as errors,
        subprocess.Popen(
            [*command, "serve", "--port", "0", *where, *arguments],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=folder.parent,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        ) as process,
    ):
        try:
            addresses = re.findall(r"http://127\.0\.0\.1:\d+", greeting(process))
            url, opa, *_ = [*dict.fromkeys(addresses), None]
            assert url, "it did not start"
            yield Server(process, url, opa, log)
        finally:
            process.kill()


def greeting(process: "subprocess.Popen[str]") -> str:
    """All lines; the last one says what to try."""
    assert process.stdout is not None
    lines = []
    while line := process.stdout.readline():
        lines.append(line)
        if line.startswith("try: "):
            break
    return "".join(lines)
