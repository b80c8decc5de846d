"""Ids and nonces are each given once, whoever asks for them."""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from uuid import RFC_4122, UUID

import pytest

from service.drawn import Drawn
from service.ids import first_id, micros, new_id


@pytest.fixture
def eager() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.000_001)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager")
def test_several_threads_get_ids_of_their_own() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(chain(*pool.map(lambda _: [new_id() for _ in range(5_000)], range(4))))
    assert len(set(found)) == 20_000


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_is_forked_off_gives_nothing_again() -> None:
    drawn = Drawn(12)
    drawn.take()
    told, telling = os.pipe()
    if os.fork() == 0:
        os.write(telling, b"".join(drawn.take() for _ in range(64)))
        os._exit(0)
    os.wait()
    theirs = os.read(told, 12 * 64)
    assert len(theirs) == 12 * 64
    ours = {drawn.take() for _ in range(64)}
    assert ours.isdisjoint(theirs[at : at + 12] for at in range(0, 12 * 64, 12))


def test_an_id_tells_when_it_was_made() -> None:
    before = micros()
    made = [new_id() for _ in range(200)]
    assert all(first_id(before) <= each < first_id(micros() + 1_000) for each in made)
    for each in made:
        assert str(UUID(each)) == each
        assert (UUID(each).version, UUID(each).variant) == (7, RFC_4122)
