"""A page of the documentation to the same page with what its commands really print.

A page plays in a folder of its own, from top to bottom, by the word of each fenced block:

    ```bylaw {file="policies/refunds/1.0.0.bylaw"}      is written; so is any other file
    ```diff {file="policies/refunds/1.0.0.bylaw"}       changes what stands there
    ```bylaw                                            is a policy but for its header
    ```console                                          `$ command`, and below it what is printed

In what is printed `…` stands for anything within a line, and on a line of its own for any lines.
A policy without a name must check clean and be tidy. Commands run in this process, but for those
that need a shell; `bylaw serve` really serves, at a port that is free. What `curl` and `jq` do is
done here, for they may not be there.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, chdir, closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from click.testing import CliRunner

import engine
from service.cli import main
from tests.live import greeting

ADDRESSES = ("127.0.0.1:8000", "127.0.0.1:8181")
"""Where a page says that the service answers, and the door for clients of OPA."""
HEADER = 'bylaw 1\n\npolicy example 1.0.0\n  title "An example"\n  owner "Support Operations"\n\n'

_BLOCK = re.compile(
    r'^```(?P<word>\w+)(?: \{file="(?P<file>[^"]+)"\})?\n(?P<body>.*?)^```$', re.M | re.S
)
_KNOWN = ("bylaw", "cat", "echo", "mkdir", "python", "touch")
_SHELL = re.compile(r"[|<>&;$]")
_MASKED = (
    (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:…"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), "…"),
)


def played(page: str, folder: Path) -> str:
    with ExitStack() as stack:
        play = _Play(folder, stack)
        return _BLOCK.sub(play.block, page)


@dataclass
class _Play:
    """`here` is where the commands run, `addresses` where the server of this page really answers,
    by where the page says so."""

    here: Path
    stack: ExitStack
    addresses: dict[str, str] = field(default_factory=dict)
    last: int = 0

    def block(self, match: re.Match[str]) -> str:
        word, file, body = match["word"], match["file"], match["body"]
        if word == "console":
            opening, closing = match[0][: match.start("body") - match.start()], "```"
            return f"{opening}{self._session(body)}{closing}"
        if file and word == "diff":
            self._change(self.here / file, body)
        elif file:
            path = self.here / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._here(body), encoding="utf-8")
        elif word == "bylaw":
            return match[0].replace(body, _clean(body))
        return match[0]

    def _change(self, path: Path, diff: str) -> None:
        """Replaces the lines without `+` by those without `-`."""
        lines = diff.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] != "+")
        after = "".join(line[1:] for line in lines if line[0] != "-")
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"not once in {path.name}:\n{before}"
        path.write_text(text.replace(before, after), encoding="utf-8")

    def _session(self, body: str) -> str:
        return "".join(
            f"$ {command}{self._answer(command, expected)}" for command, expected in _commands(body)
        )

    def _answer(self, command: str, expected: str) -> str:
        printed = self._run(command)
        for shown, real in self.addresses.items():
            printed = printed.replace(real, shown)
        if printed and not printed.endswith("\n"):
            printed += "\n"
        if _pattern(expected).fullmatch(printed):
            return expected
        for secret, mask in _MASKED:
            printed = secret.sub(mask, printed)
        return printed

    def _run(self, command: str) -> str:
        match shlex.split(command.replace("\\\n", " ")):
            case ["mkdir", folder]:
                (self.here / folder).mkdir()
                return ""
            case ["cd", folder]:
                self.here = (self.here / folder).resolve()
                return ""
            case ["echo", "$?"]:
                return f"{self.last}\n"
            case ["bylaw", "serve", *arguments] if "--help" not in arguments:
                return self._serve(arguments)
            case ["curl", *arguments]:
                return self._curl(arguments)
            case ["bylaw", *arguments] if not _SHELL.search(command):
                with chdir(self.here):
                    result = CliRunner(env=self._served()).invoke(
                        main, arguments, prog_name="bylaw", catch_exceptions=False
                    )
                self.last = result.exit_code
                return result.output
            case [first, *_] if first in _KNOWN:
                return self._in_shell(command)
            case _:
                raise ValueError(f"`{command}` is not played; show it as text")

    def _served(self) -> dict[str, str]:
        """Where commands find the service of this page."""
        found = self.addresses.get(ADDRESSES[0])
        return {} if found is None else {"BYLAW_URL": f"http://{found}"}

    def _serve(self, arguments: list[str]) -> str:
        """What it greets with."""
        doors = ["--port", "--opa-port"] if "--opa-port" in arguments else ["--port"]
        server = self.stack.enter_context(
            subprocess.Popen(
                ["bylaw", "serve", *arguments, *(word for door in doors for word in (door, "0"))],
                cwd=self.here,
                env=_environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        )
        self.stack.callback(server.terminate)
        greeted = greeting(server)
        found = dict.fromkeys(re.findall(r"127\.0\.0\.1:\d+", greeted))
        assert len(found) == len(doors), greeted
        self.addresses = dict(zip(ADDRESSES, found, strict=False))
        return greeted

    def _curl(self, arguments: list[str]) -> str:
        """`curl -s URL [-H HEADER] [-d @FILE] [| jq]`."""
        options = argparse.ArgumentParser()
        options.add_argument("-s", action="store_true")
        options.add_argument("-H", type=lambda header: header.split(": ", 1), default=[])
        options.add_argument("-d", type=lambda name: (self.here / name[1:]).read_text("utf-8"))
        options.add_argument("url")
        asked = options.parse_args([word for word in arguments if word not in ("|", "jq")])
        address, slash, path = asked.url.removeprefix("http://").partition("/")
        with closing(HTTPConnection(self.addresses[address])) as connection:
            method = "GET" if asked.d is None else "POST"
            connection.request(method, slash + path, asked.d, dict([asked.H] if asked.H else []))
            body = connection.getresponse().read().decode()
        laid_out = arguments[-1] == "jq"
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False) if laid_out else body

    def _in_shell(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", self._here(command)],
            cwd=self.here,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.last = done.returncode
        return done.stdout

    def _here(self, text: str) -> str:
        for shown, real in self.addresses.items():
            text = text.replace(shown, real)
            text = text.replace(f"port={shown[-4:]}", f"port={real.partition(':')[2]}")
        return text


def _clean(body: str) -> str:
    """As `tidy` lays it out."""
    source = engine.Source("the page", HEADER + body)
    said = "\n\n".join(engine.render(each) for each in engine.check(source).findings)
    assert not said, said
    return str(engine.tidy(source).text).removeprefix(HEADER)


def _environment() -> dict[str, str]:
    """With the commands of this very environment first, and lines of eighty columns."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "COLUMNS": "80"}


def _commands(body: str) -> Iterator[tuple[str, str]]:
    """Each command with its line ends, and what is expected below it."""
    command, expected = "", ""
    for line in body.splitlines(keepends=True):
        if command.endswith("\\\n"):
            command += line
        elif line.startswith("$ "):
            if command:
                yield command, expected
            command, expected = line[2:], ""
        else:
            expected += line
    yield command, expected


def _pattern(expected: str) -> re.Pattern[str]:
    lines = (
        r"(?:.*\n)*" if line == "…\n" else re.escape(line).replace("…", ".*")
        for line in expected.splitlines(keepends=True)
    )
    return re.compile("".join(lines))
