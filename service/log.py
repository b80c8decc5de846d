"""What the service logs: one line for each thing that happened, JSON unless a person watches.

No line holds a fact of a case or a secret. Lines are gathered, and made and written together, a
moment later.
"""

import asyncio
import logging
import sys
import threading
import traceback
from contextlib import suppress
from types import TracebackType
from typing import IO, Any

import msgspec

from service.ids import micros

_SOON = 0.05
_ENCODE = msgspec.json.Encoder().encode


class DecisionLine(msgspec.Struct, frozen=True, tag_field="event", tag="decision"):
    """`at` is in microseconds since 1970; `outcome` is the word by which it is counted, `ms` what
    the engine took."""

    at: int
    decision_id: str | None
    request_id: str
    trace_id: str | None
    caller: str
    policy: str
    version: str
    decision: str
    outcome: str
    basis: str
    determining: tuple[str, ...]
    hypothetical: bool
    ms: float


class Log(logging.Handler):
    """Also takes what other libraries log. `plain` is for people."""

    def __init__(self, file: IO[bytes] | None = None, *, plain: bool | None = None) -> None:
        super().__init__(logging.WARNING)
        self._file = sys.stderr.buffer if file is None else file
        self._plain = self._file.isatty() if plain is None else plain
        self._lines: list[bytes | DecisionLine] = []
        self._gate = threading.Lock()

    def line(self, line: DecisionLine) -> None:
        self._add(line)

    def happened(self, event: str, **facts: Any) -> None:
        self._add(_told(facts, event) if self._plain else _line({"event": event, **facts}))

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.exc_info and record.exc_info[0]:
            message += "\n" + _where(*record.exc_info[::2])
        if self._plain:
            self._add(f"{record.levelname.lower()}: {message}".encode())
        else:
            self._add(_line({"event": "log", "level": record.levelname, "message": message}))

    def flush(self) -> None:
        """A log that cannot be written stops nothing."""
        with self._gate:
            lines, self._lines = self._lines, []
        if lines:
            with suppress(OSError, ValueError):
                self._file.write(b"\n".join(map(self._written, lines)) + b"\n")
                self._file.flush()

    def _written(self, line: bytes | DecisionLine) -> bytes:
        if isinstance(line, bytes):
            return line
        return _plain(line) if self._plain else _ENCODE(line)

    def _add(self, line: bytes | DecisionLine) -> None:
        with self._gate:
            self._lines.append(line)
            first = len(self._lines) == 1
        if not first:
            return  # somebody will write them soon
        try:
            asyncio.get_running_loop().call_later(_SOON, self.flush)
        except RuntimeError:  # on another thread, which may wait
            self.flush()


def _plain(line: DecisionLine) -> bytes:
    by = ", ".join(line.determining)
    told = f"{line.policy} {line.version}: {line.outcome or line.decision}, {line.basis} {by}"
    return told.rstrip().encode()


def _where(kind: type[BaseException], trace: TracebackType | None) -> str:
    """What went wrong and where, but not its message, which may hold a fact."""
    return "".join(["Traceback:\n", *traceback.format_tb(trace), kind.__name__])


def _line(facts: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"at": micros(), **facts})


def _told(facts: dict[str, Any], event: str) -> bytes:
    return " ".join([event, *(f"{name}={value}" for name, value in facts.items())]).encode()
