"""A desk behind the OPA door: it really decides, by policies that it is given, and keeps what it
decided in memory."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import engine
from engine import Decision, Library, Program
from service.ids import micros, new_id
from service.opa.door import OpaDoor
from service.problems import ProblemError

SHIPPED = Library(Path(__file__).parents[1] / "policies")


class Desk:
    """`keys` names who may ask; without any, anybody may. After `room` decisions it is `full`."""

    def __init__(
        self,
        *references: str,
        keys: Mapping[str, str] | None = None,
        room: int = 1_000,
        full: ProblemError | None = None,
    ) -> None:
        programs = (engine.load(SHIPPED.source(each)) for each in references)
        self._programs = {program.name: program for program in programs}
        self._keys = keys
        self._room = room
        self._full = full or ProblemError(503, "not-recorded", "the journal is full")
        self.journal: dict[str, tuple[str, Decision]] = {}

    def policies(self) -> Mapping[str, Program]:
        return self._programs

    def caller(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        if self._keys is None:
            return "anybody"
        token = dict(headers).get(b"authorization", b"").decode().removeprefix("Bearer ")
        if token not in self._keys:
            told = {"WWW-Authenticate": "Bearer"}
            raise ProblemError(401, "no-key", "say `Authorization: Bearer`", headers=told)
        return self._keys[token]

    async def decide(
        self, program: Program, decision: str, input: Any, caller: str
    ) -> tuple[str, Decision]:
        if len(self.journal) >= self._room:
            raise self._full
        case = input if isinstance(input, dict) else json.dumps(input)
        decided = engine.decide(program, case, decision, micros())
        decision_id = new_id()
        self.journal[decision_id] = caller, decided
        return decision_id, decided


def door(desk: Desk, default: tuple[str, ...] | None = None) -> OpaDoor:
    return OpaDoor(desk, most_bytes=10_000, deepest=8, most=3, default=default)
