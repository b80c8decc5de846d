"""Calls that are to be compared to the medians of their times, taken in turns in one process."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping


def medians(calls: Mapping[str, Callable[[], object]], turns: int) -> dict[str, float]:
    """Seconds for one call of each, in turns, so that a busy machine slows all alike."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    gc.collect()
    for _ in range(turns):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in taken.items()}
