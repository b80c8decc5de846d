"""The book for whoever asks it over HTTP, and the clock that goes by itself: what is answered is on
disk."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from service.desks.book.book import Book, Happened, Happening, Looked
from service.desks.book.decisions import Keeping
from service.desks.book.placement import Placed
from service.desks.book.rules import Rules, Values
from service.desks.book.sheet import clock_of
from service.ids import micros
from service.problems import ProblemError
from service.store.sqlite import Database
from service.store.writer import Writer

_TOGETHER = 250
"""Spans of one transaction, so that no decision waits long for its turn to be written."""
AHEAD = 5 * 60 * 1_000_000
"""How far a clock may be ahead of ours, in microseconds."""


class Desk:
    """`rules` gives those of the live policy; `simulation` that time is played."""

    def __init__(
        self, writer: Writer, keeping: Keeping, rules: Callable[[], Rules], *, simulation: bool
    ) -> None:
        self._writer, self._rules = writer, rules
        self._book = Book(keeping)
        self._turn = asyncio.Lock()
        self.simulation = simulation

    async def take(self, rules: Rules, spans: Sequence[Values]) -> Mapping[str, Placed]:
        """What each did, by its id."""
        ordered = sorted(
            spans, key=lambda each: (rules.of_span(each, "at"), rules.of_span(each, "span_id"))
        )
        done: dict[str, Placed] = {}
        async with self._turn:  # what comes between its parts would make the rest of it late
            if ordered:
                await self._catch_up(rules.of_span(ordered[0], "at"))
            for start in range(0, len(ordered), _TOGETHER):
                some = ordered[start : start + _TOGETHER]
                placed = await self._do(partial(self._book.take, rules=rules, spans=some))
                done = {**placed, **done}  # who stands twice in one bulk did what it did first
        return done

    async def happen(self, rules: Rules, issue_id: str, happening: Happening) -> Happened:
        job = partial(self._book.happen, rules=rules, issue_id=issue_id, happening=happening)
        async with self._turn:
            await self._catch_up(happening.at)
            happened: Happened = await self._do(job)
        return happened

    async def look(self, until: int) -> Looked:
        """All that time alone causes up to an instant."""
        async with self._turn:
            return await self._look(until)

    async def tick(self) -> None:
        """The real time, where something is due by it."""
        if not self.simulation:
            async with self._turn:
                await self._catch_up(micros())

    async def _catch_up(self, until: int) -> None:
        """So that what is due by then is not done in one piece."""
        if await self._writer.look(partial(_due, until=until)):
            await self._look(until)

    async def _look(self, until: int) -> Looked:
        """Decisions may be written in between."""
        times: Counter[str] = Counter()
        while True:
            rules = self._rules()
            looked: Looked = await self._do(partial(self._book.look, rules=rules, until=until))
            times += looked.times
            if looked.done:
                return Looked(times, True, looked.clock)

    def now(self, db: Database) -> int:
        """The time that goes; in a simulation that to which it was played."""
        return (clock_of(db).at if self.simulation else 0) or micros()

    def is_ahead(self, at: int) -> bool:
        """Whether nobody can know yet what happens then."""
        return not self.simulation and at > micros() + AHEAD

    async def _do(self, job: Callable[[Database], Any]) -> Any:
        try:
            return await self._writer.do(job)
        except (sqlite3.Error, OSError) as error:
            detail = "it could not be written down, and nothing has come of it; try again"
            headers = {"Retry-After": "1"}
            raise ProblemError(503, "not-recorded", detail, headers=headers) from error


def _due(db: Database, until: int) -> bool:
    row = db.conn.execute("SELECT 1 FROM issues WHERE due <= ? LIMIT 1", (until,)).fetchone()
    return row is not None
