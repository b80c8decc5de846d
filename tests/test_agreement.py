"""Law 17 on random policies: both evaluators decide alike, and the checker keeps its word."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from engine.backends.python.evaluator import Evaluator
from engine.backends.python.steps import Step
from engine.backends.python.trace import Tracer
from engine.checker.check import check
from engine.language.types import Duration, Instant, Number
from engine.language.values import parse_instant
from engine.program.nodes import Program
from engine.source import Source
from engine.syntax.parse import parse
from tests.programs import WAYS, Way, cases, programs

DECISION = "drawn"
NOW = st.sampled_from([None, 0, parse_instant("2026-01-15T14:32:00Z")])
slow = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink a whole policy takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def checked(text: str) -> Program | None:
    source = Source("drawn.bylaw", text)
    tree = parse(source).tree
    assert tree is not None, text
    return check(tree, source, "", "").program


def well_typed(text: str) -> Program:
    program = checked(text)
    assume(program is not None)
    assert program is not None
    return program


def agree(program: Program, data: st.DataObject) -> None:
    compiled, tracer = Evaluator(program), Tracer(program)
    for case in data.draw(st.lists(cases(program), min_size=1, max_size=4), "cases"):
        now = data.draw(NOW, "now")
        decided = compiled.decide(case, DECISION, now)
        assert decided == tracer.trace(case, DECISION, now).decision
        assert decided == tracer.decide(case, DECISION, now)


@slow
@given(programs(), st.data())
def test_both_evaluators_decide_alike(text: str, data: st.DataObject) -> None:
    agree(well_typed(text), data)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.row.symbol}-{way.signature.result}")
def test_both_evaluators_agree_on_each_row_of_the_tables(way: Way) -> None:
    @settings(slow, max_examples=8)
    @given(programs(using=way), st.data())
    def on_random_programs(text: str, data: st.DataObject) -> None:
        agree(well_typed(text), data)

    on_random_programs()


@slow
@given(programs(), st.data())
def test_a_case_in_text_is_decided_as_the_same_case_in_values(
    text: str, data: st.DataObject
) -> None:
    program = well_typed(text)
    case = data.draw(cases(program))
    compiled = Evaluator(program)
    written = json.dumps(case)
    decided = compiled.decide(case, DECISION)
    assert compiled.decide(written, DECISION) == decided
    assert compiled.decide(written.encode(), DECISION) == decided


@slow
@given(programs(), st.data())
def test_what_the_checker_promises_of_a_value_holds(text: str, data: st.DataObject) -> None:
    program = well_typed(text)
    trace = Tracer(program).trace(data.draw(cases(program)), DECISION, data.draw(NOW))
    for condition in (asked.step for asked in trace.asked if asked.step):
        assert condition.value is not None or condition.node.unknown
        for step in (step for step in steps(condition) if is_numeric(step)):
            assert step.node.computed or step.node.bounds.contains(step.value)


def is_numeric(step: Step) -> bool:
    return step.value is not None and isinstance(step.node.type, Number | Duration | Instant)


def steps(step: Step) -> Iterator[Step]:
    yield step
    for each in step.steps:
        yield from steps(each)


def test_nearly_all_random_policies_are_well_typed() -> None:
    accepted: list[bool] = []

    @settings(slow, max_examples=100, database=None)
    @given(programs())
    def count(text: str) -> None:
        accepted.append(checked(text) is not None)

    count()
    assert sum(accepted) >= 0.9 * len(accepted)


@slow
@given(programs(), st.data(), st.dictionaries(st.text(), st.none() | st.text() | st.floats()))
def test_whatever_the_case_there_is_a_decision(
    text: str, data: st.DataObject, noise: dict[str, Any]
) -> None:
    program = well_typed(text)
    case = {**data.draw(cases(program)), **noise}
    assert Evaluator(program).decide(case, DECISION).decision == DECISION


def test_what_is_computed_on_two_lines_is_unknown_on_both() -> None:
    program = checked(_TWICE)
    assert program is not None
    case = {"spent": 3, "days": 0}
    compiled, traced = Evaluator(program).decide(case, DECISION), Tracer(program)
    assert compiled.unknown == ("line 19", "line 23")
    assert traced.trace(case, DECISION).decision == compiled


@pytest.mark.parametrize(("vip", "words"), [(True, "refund"), (False, "court"), (None, "")])
def test_words_are_found_in_the_branch_that_is_taken(vip: bool | None, words: str) -> None:
    program = checked(_BRANCHES)
    assert program is not None
    case = {"message": "a refund, or the court", "vip": vip}
    compiled = Evaluator(program).decide(case, DECISION)
    assert [each.text for each in compiled.reasons] == [f"found {words}"]
    assert Tracer(program).trace(case, DECISION).decision == compiled


_BEGINNING = """\
bylaw 1

policy drawn 1.0.0
  title "Drawn"
  owner "Chance"

enum Action: wait, act from strict to loose
"""


_BRANCHES = f"""{_BEGINNING}
record Case
  message: text
  vip:     bool optional

record Answer
  action: Action

trigger money mentions "refund"

trigger legal mentions "court"

define asks(case: Case) =
  when case.vip then case.message mentions money otherwise case.message mentions legal

decision drawn(case: Case): Answer
  first
  rule said
    when asks(case) or case.message is not empty
    then action: act
    because "found {{matched}}"

  otherwise
    then action: wait

  refused
    then action: wait
"""


_TWICE = f"""{_BEGINNING}
record Case
  spent: number 0 .. 100
  days:  number 0 .. 100

record Answer
  action: Action

decision drawn(case: Case): Answer
  first
  rule much
    when case.spent / case.days > 9
    then action: wait

  rule little
    when case.spent / case.days > 2
    then action: wait

  otherwise
    then action: wait

  refused
    then action: wait
"""
