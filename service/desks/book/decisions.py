"""Decisions of the book as the journal keeps them, so that any of them can be looked up and asked
for its reasons."""

from dataclasses import dataclass
from typing import Any

import msgspec

import engine
from engine import Decision, Program
from service.ids import micros, new_id
from service.records import written
from service.settings import Mode
from service.vault import Vault


@dataclass(frozen=True)
class Keeping:
    """How the journal keeps what was asked."""

    mode: Mode
    vault: Vault

    def row(self, program: Program, decided: Decision, asked: Any) -> tuple[str, tuple[Any, ...]]:
        """The id of a decision, and its row in the journal; an empty one where none is kept.
        `asked` is the case, or where the book finds it again."""
        id = new_id()
        if self.mode == "off":
            return id, ()
        record = written(id, program, decided)
        facts, sealed = self._facts(program, decided, asked, id)
        row = (id, micros(), program.name, program.version, None, record, None, facts, sealed)
        return id, row

    def _facts(self, program: Program, decided: Decision, asked: Any, id: str) -> tuple[bytes, int]:
        if self.mode == "sealed":
            seal = self.vault.seal_of_nobody(id)
            return seal.close(msgspec.json.encode(asked), "decision", id), 1
        if "input" in asked:
            case = asked["input"]
            key = self.vault.hashing
            asked = {"input": engine.withheld(program, case, decided.decision, key)}
        return msgspec.json.encode(asked), 0
