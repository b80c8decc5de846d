"""Mutants of every policy and case are answered by findings or decisions, never by an exception.

`python -m tests.fuzz 200000` goes on where these stop.
"""

import pytest

from tests.fuzz.answers import answers

_SHARD = 5000


@pytest.mark.parametrize("shard", range(4))
def test_no_mutant_is_answered_by_an_exception(shard: int) -> None:
    found = answers(range(shard * _SHARD, (shard + 1) * _SHARD))
    assert found.crashes == []
    assert found.parsed >= 0.30 * found.texts
    assert found.decided >= 0.10 * found.texts
