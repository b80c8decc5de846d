"""Work for the solver: one piece at a time, in a thread of its own.

The solver counts references without a lock. So nothing of it may be let go in another thread while
it works, as the collector of garbage would: it rests meanwhile, and is asked at the end for what is
young, which is all that the work has left behind.
"""

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Solving:
    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="solver")

    async def done(self, work: Callable[[], T]) -> T:
        """What is given back holds nothing of the solver."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _alone, work)

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
