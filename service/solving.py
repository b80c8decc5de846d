"""Work for the solver: one piece at a time, in a thread of its own.

The solver counts references without a lock. So nothing of it may be let go in another thread while
it works, as the collector of garbage would: it rests meanwhile, and is asked at the end for what is
young, which is all that the work has left behind.
"""

import asyncio
import gc
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from engine import NoSolverError
from service.problems import ProblemError

T = TypeVar("T")
_MOST_KEPT = 64


class Solving:
    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="solver")
        self._kept: OrderedDict[Hashable, asyncio.Task[Any]] = OrderedDict()

    async def done(self, work: Callable[[], T]) -> T:
        """What is given back holds nothing of the solver."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, _alone, work)
        except NoSolverError as missing:
            raise ProblemError(501, "no-solver", str(missing)) from missing

    async def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """What was found by this key before, or is being found for somebody else. What was asked
        for longest ago is found anew."""
        found: asyncio.Task[T] | None = self._kept.get(key)
        if found is None:
            found = self._kept[key] = asyncio.create_task(self.done(work))
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        try:
            return await asyncio.shield(found)
        except Exception:
            self._kept.pop(key, None)
            raise

    def close(self) -> None:
        """Waits for what has begun."""
        self._thread.shutdown(cancel_futures=True)


def _alone(work: Callable[[], T]) -> T:
    collects = gc.isenabled()
    gc.disable()
    try:
        return work()
    finally:
        gc.collect(0)
        if collects:
            gc.enable()
