"""The solver as if nothing had been asked before.

Which of many cases it finds hangs on the numbers that it gave to earlier formulas, and on when
those were let go. What is shown to people must not: so it gets a world of its own, in which nothing
is let go by chance.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import z3


@contextmanager
def afresh() -> Iterator[None]:
    """In one thread at a time. What is made within is of no use outside."""
    before, collects = z3.z3._main_ctx, gc.isenabled()
    z3.z3._main_ctx = None
    gc.disable()
    try:
        yield
    finally:
        z3.z3._main_ctx = before
        if collects:
            gc.enable()
