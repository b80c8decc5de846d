"""The service as the door asks it: the same keys, the same decisions, the same journal."""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any

import msgspec
from litestar.datastructures import State

from engine import Decision, Program
from service.auth import Caller, within_rate
from service.desks.deciding import Case, Question
from service.replies import current
from service.shelf import Shelf

_CALLER: ContextVar[Caller] = ContextVar("caller")


class Behind:
    def __init__(self, state: State) -> None:
        self._state = state

    def policies(self) -> Mapping[str, Program]:
        shelf: Shelf = self._state.shelf
        return shelf.actives()

    def caller(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        caller: Caller = self._state.access.who(dict(headers), "decide")
        within_rate(caller, 0)
        _CALLER.set(caller)
        return caller.name

    async def decide(
        self, program: Program, decision: str, input: Any, caller: str
    ) -> tuple[str | None, Decision]:
        within_rate(_CALLER.get())
        asked = Question.of(program, decision, current(), caller)
        case = Case(input, msgspec.json.encode({"input": input}))
        answer = self._state.deciding.decide(asked, case)
        await self._state.deciding.keep(asked, [answer])
        return answer.id, answer.decided
