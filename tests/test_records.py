"""A decision as it is answered and kept is what `engine.record` tells, behind its id."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import engine
from engine import Decision, Program
from service.records import extended, written

LIBRARY = engine.Library(Path(__file__).parents[1] / "policies")
POLICIES = ["handoff@1.0.0", "lifecycle@1.0.0", "release@1.0.0", "review_scoring@1.0.0"]


def decisions(program: Program) -> Iterator[Decision]:
    """Of all examples; then with a fact that nobody knows, and with an event that is none."""
    for of in (*program.decisions, *program.lifecycles):
        for each in engine.samples(program, of):
            now = engine.parse_instant(each.as_of or "2026-01-15T14:32:00Z")
            case = dict(each.input)
            for given in (case, {**case, "nobody_knows": 1}, {**case, "event": {"name": "?"}}):
                yield engine.decide(program, given, of, now)


@pytest.mark.parametrize("reference", POLICIES)
def test_a_record_is_that_of_the_engine(reference: str) -> None:
    program = engine.load(LIBRARY.source(reference))
    for decided in decisions(program):
        told = {"decision_id": "one", **engine.record(program, decided, engine.__version__)}
        expected = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        assert written("one", program, decided).decode() == expected


def test_every_kind_of_record_is_among_those() -> None:
    programs = [engine.load(LIBRARY.source(each)) for each in POLICIES]
    found = [decided for program in programs for decided in decisions(program)]
    assert any(each.ignored for each in found)
    assert any(each.unknown for each in found)
    assert {each.basis for each in found} >= {"rule", "guard", "transition", "no_transition"}


def test_what_is_added_stands_at_the_end() -> None:
    assert extended(b'{"a":1}', "recorded", False) == b'{"a":1,"recorded":false}'
