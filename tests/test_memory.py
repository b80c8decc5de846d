"""What callers send fills no memory: of short texts what was made of them is kept, of long ones
nothing is; and a program is gone with all that was made of it."""

import gc
import tracemalloc
import weakref
from collections.abc import Callable

import pytest

import engine
from engine.backends.python.codes import parts_reader
from engine.language import types
from engine.language.text import similarity
from tests.served import CLEAR, NEW

PROGRAM = engine.load(engine.Source("policy", NEW))
READ = parts_reader(types.Code("place", (types.CodePart("name", types.Text(), r"(?:[a-z ]|\d)+"),)))


def compared(text: str) -> None:
    assert similarity(text, "a word") < 1


def named(text: str) -> None:
    decided = engine.decide(PROGRAM, {**CLEAR, text: 1}, None, 0)
    assert [each.nearest for each in decided.ignored] == [None]


def read(text: str) -> None:
    assert READ(text) == (text,)


@pytest.mark.parametrize("take", [compared, named, read])
def test_long_texts_are_not_kept(take: Callable[[str], None]) -> None:
    take("the first one makes what is made once")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for each in range(200):
            take(" ".join(f"w{each}x{place}" for place in range(2_000)))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1_000_000


def test_a_program_goes_with_all_that_was_made_of_it() -> None:
    program = engine.load(engine.Source("policy", NEW))
    first = engine.decide(program, CLEAR, None, 0)
    assert engine.mentioned(program, CLEAR) == {}
    told = engine.explain(program, CLEAR, None, 0, "codes").model_dump()
    assert told["basis"] == first.basis
    gone = weakref.ref(program)
    del program
    gc.collect()
    assert gone() is None
