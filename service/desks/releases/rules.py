"""The release policy, asked: what the desk knows goes in, what is to be done comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import engine
from engine import Decision, Fault, PolicyError, Program, Source
from service.shelf import Shelf
from service.store.sqlite import Database

Facts = dict[str, Any]
_NAME = "release"
_ASKED = (
    "activation",
    "approval",
    "audit",
    "counted",
    "governance",
    "manifest_guardrails",
    "monitoring",
    "notices",
    "packet",
    "renewal",
    "standing",
    "trust",
)


@dataclass(eq=False)
class UnreadableError(Exception):
    """Facts that break what the release policy declares."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Rules:
    """`now` is the instant of all that is asked, in microseconds since 1970."""

    policy: Program
    now: int

    def says(self, decision: str, /, **case: Any) -> Any:
        """The outcome, without what is missing in it."""
        return known(self.decides(decision, **case).outcome)

    def decides(self, decision: str, /, **case: Any) -> Decision:
        decided = engine.decide(self.policy, case, decision, self.now)
        if decided.basis == "refused":
            raise UnreadableError(decided.faults)
        return decided

    def steps(self, facts: Facts, state: str, event: Facts | None) -> Decision:
        """What an event does to a release, or time alone where there is none."""
        case = {"release": facts, "state": state}
        return self.decides(_NAME, **(case if event is None else {**case, "event": event}))

    def broken(self, decision: str, /, **case: Any) -> list[Facts]:
        """The guardrails that object."""
        return list(self.says(decision, **case))

    def program_of(self, policy: str) -> str | None:
        program = self.says("governance", policy=policy).get("program")
        return None if program is None else str(program)

    def programs(self) -> Sequence[str]:
        return tuple(self.says("governance", policy="")["programs"])

    def policy_of(self, program: str) -> str:
        """`UnreadableError` where there is no such program."""
        return str(self.says("packet", program=program, content_hash="", trusted=[])["policy"])

    def is_final(self, state: str) -> bool:
        states = self.policy.lifecycles[_NAME].states
        return any(each.final for each in states if each.wire == state)

    @property
    def initial(self) -> str:
        states = self.policy.lifecycles[_NAME].states
        return next(each.wire for each in states if each.initial)

    @property
    def instant(self) -> str:
        return engine.write_instant(self.now)


def rules(db: Database, shelf: Shelf, now: int) -> Rules | None:
    """By the live release policy, or by the one that was live last; None where there never was one
    that can be asked all this."""
    rows = db.query("SELECT * FROM versions WHERE hash = ?", [_hash(db)])
    row = next(iter(rows), None)
    if row is None:
        return None
    policy = shelf.hashed(_NAME, row["hash"]) or _loaded(row["hash"], row["source"])
    return Rules(policy, now) if policy is not None and _is_gate(policy) else None


def known(value: Any) -> Any:
    """Without what is null: on the wire it says that a fact is missing."""
    if isinstance(value, Mapping):
        return {name: known(each) for name, each in value.items() if each is not None}
    return [known(each) for each in value] if isinstance(value, list) else value


def _hash(db: Database) -> str | None:
    for sql in (
        "SELECT hash FROM live WHERE name = ?",
        "SELECT hash FROM lived WHERE name = ? ORDER BY seq DESC LIMIT 1",
    ):
        found = db.execute(sql, [_NAME]).fetchone()
        if found is not None:
            return str(found[0])
    return None


def _is_gate(policy: Program) -> bool:
    return _NAME in policy.lifecycles and all(each in policy.decisions for each in _ASKED)


@lru_cache(maxsize=8)
def _loaded(hash: str, source: str) -> Program | None:
    try:
        return engine.load(Source(f"{_NAME} {hash}", source))
    except PolicyError:
        return None
