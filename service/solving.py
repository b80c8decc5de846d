"""Work for the solver: one piece at a time, in a thread of its own.

The solver counts references without a lock. So nothing of it may be let go in another thread while
it works, as the collector of garbage would: it rests meanwhile, and is asked at the end for what is
young, which is all that the work has left behind.
"""

import asyncio
import gc
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, TypeVar

import engine
from engine import GivenUpError, NoSolverError
from service.problems import STOPPING, ProblemError

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds that an answer to somebody may take."""
_MOST_WAITING = 16
_MOST_KEPT = 64
_LOOK = 0.2
"""Seconds between two looks at whether it is still wanted."""


class Solving:
    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="solver")
        self._kept: OrderedDict[Hashable, asyncio.Task[Any]] = OrderedDict()
        self._waiting = 0
        self._stopping = False

    async def done(self, work: Callable[[], T]) -> T:
        """However long it takes. What is given back holds nothing of the solver."""
        return await self._within(math.inf, work)

    async def answer(self, work: Callable[[], T]) -> T:
        """For who waits for it: there is an end to how many may, and to how long."""
        if self._waiting >= _MOST_WAITING:
            told = {"Retry-After": str(math.ceil(self._patience))}
            detail = f"{self._waiting} questions wait to be worked out; ask later"
            raise ProblemError(429, "too-many-questions", detail, headers=told)
        self._waiting += 1
        try:
            return await self._within(self._patience, work)
        finally:
            self._waiting -= 1

    async def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """What was found by this key before, or is being found for somebody else. What was asked
        for longest ago is found anew."""
        found: asyncio.Task[T] | None = self._kept.get(key)
        if found is None:
            found = self._kept[key] = asyncio.create_task(self.answer(work))
        self._kept.move_to_end(key)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        try:
            return await asyncio.shield(found)
        except Exception:
            if self._kept.get(key) is found:
                del self._kept[key]
            raise

    def close(self) -> None:
        """What has begun is given up."""
        self._stopping = True
        self._thread.shutdown(cancel_futures=True)

    async def _within(self, seconds: float, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._alone, work, seconds)
        except NoSolverError as missing:
            raise ProblemError(501, "no-solver", str(missing)) from missing
        except GivenUpError as given_up:
            if self._stopping:
                raise STOPPING from given_up
            detail = (
                f"it was given up after {seconds:g} seconds; the command line has no such limit"
            )
            raise ProblemError(503, "too-hard", detail) from given_up

    def _alone(self, work: Callable[[], T], seconds: float) -> T:
        collects = gc.isenabled()
        gc.disable()
        try:
            with self._watched(seconds):
                return work()
        finally:
            gc.collect(0)
            if collects:
                gc.enable()

    @contextmanager
    def _watched(self, seconds: float) -> Iterator[None]:
        engine.take_up()
        ended = Event()
        watch = Thread(target=self._watch, args=(ended, time.monotonic() + seconds), daemon=True)
        watch.start()
        try:
            yield
        finally:
            ended.set()
            watch.join()

    def _watch(self, ended: Event, until: float) -> None:
        while not ended.wait(_LOOK):
            if self._stopping or time.monotonic() > until:
                engine.give_up()
