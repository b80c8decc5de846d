"""Cases by lot, held against the solver: what one of them shows is so."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any

import z3

from engine.backends.proof.bits import Bit, every, no, pick, same, some
from engine.backends.proof.drawn import Drawn

SEEDS = 40
size, days, share = z3.Int("size"), z3.Int("days"), z3.Real("share")
flag, ready = z3.Bool("flag"), z3.Bool("ready")
KNOWN = [size >= 0, size < 20, z3.IntVal(-3) <= days, days <= 3, share > 0, share <= 1]


def test_what_is_shown_holds_of_a_case() -> None:
    answers = {True: 0, False: 0}
    for seed in range(SEEDS):
        asked = _formulas(Random(seed))
        drawn = Drawn(KNOWN, asked)
        for one, other in pairwise(asked):
            shown = drawn.show([one, other])
            answers[shown] += 1
            if shown:
                assert _may_hold([one, other])
    assert min(answers.values()) > SEEDS


def test_each_side_of_a_number_is_drawn() -> None:
    asked = [size == 7, size < 8, size > 8, share > 0.2, share < 0.2, share == 0.2, flag, no(flag)]
    drawn = Drawn(KNOWN, asked)
    assert [each for each in asked if not drawn.show([each])] == []
    assert not drawn.show([flag, no(flag)])


def test_nothing_is_shown_of_what_is_strange() -> None:
    other = z3.Function("other", z3.IntSort(), z3.IntSort())
    asked = [size + days > 2, other(size) == 1, z3.Or(flag, size * days == 4)]
    drawn = Drawn(KNOWN, [*asked, flag])
    assert not any(drawn.show([each]) for each in asked)
    assert drawn.show([flag])
    assert not Drawn([*KNOWN, other(size) == 1], [flag]).show([flag])


def test_nothing_is_shown_of_what_was_not_asked() -> None:
    drawn = Drawn(KNOWN, [flag])
    assert not drawn.show([ready])
    assert drawn.show([True, flag])
    assert not drawn.show([False, flag])


def test_a_long_chain_is_read() -> None:
    chain: Bit = flag
    for place in range(5000):
        chain = some((chain, every((ready, size == place))))
    assert Drawn(KNOWN, [no(chain)]).show([no(chain)])


def _formulas(chance: Random) -> list[Any]:
    made: list[Any] = [flag, ready]
    made += [size >= chance.randrange(20), size == chance.randrange(22)]
    made += [days < chance.randrange(-4, 5), days <= size, z3.ToReal(size) > share * 1]
    made += [share >= z3.RealVal("0.25"), share == z3.RealVal("2/3"), z3.BoolVal(True)]
    for _ in range(40):
        one, other, third = (chance.choice(made) for _ in range(3))
        joins = (
            lambda a, b, _: every((a, b)),
            lambda a, b, _: some((a, b)),
            lambda a, _b, _c: no(a),
            lambda a, b, _: same(a, b),
            pick,
            lambda a, _b, _c: pick(a, size, days) > 1,
            lambda a, _b, _c: pick(a, share, z3.ToReal(days)) == z3.RealVal("0.25"),
        )
        made.append(chance.choice(joins)(one, other, third))
    return made


def _may_hold(bits: Sequence[Any]) -> bool:
    solver = z3.Solver()
    solver.add(*KNOWN, *bits)
    return bool(solver.check() == z3.sat)
