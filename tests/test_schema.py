"""The JSON Schemas of a decision agree with what is taken in, and with what comes out."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine import (
    Program,
    Sample,
    Source,
    check,
    load,
    outcome_schema,
    parse_instant,
    samples,
    schema,
)
from engine.backends.python.evaluator import Evaluator
from tests.fuzz.samples import samples_of
from tests.generate.cases import cases
from tests.programs import programs

POLICIES = sorted((Path(__file__).parents[1] / "policies").glob("*/*.bylaw"))
FACTS = """bylaw 1

policy facts 1.0.0
  title "Every kind of fact"

enum Channel: email, phone as "voice"

code Subcode = area: letters 1, ".", number: digits 2

record Item
  sku:    text   "as printed on the label"
  amount: number in percent 0 ..< 100

record State
  closed: bool default false because "most are open"
  owner:  text optional

record Seen
  channel: Channel

record Case
  channel: Channel
  subcode: Subcode
  items:   list of Item up to 3
  wait:    duration
  at:      instant
  state:   State
  seen:    tally count of Seen by channel

decision d(case: Case): bool
  otherwise
    then true

  refused
    then false
"""


def validator(program: Program, decision: str) -> Draft202012Validator:
    made = schema(program, decision)
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)


def of_outcomes(program: Program, decision: str) -> Draft202012Validator:
    made = outcome_schema(program, decision)
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)


def test_the_schema_says_what_is_declared() -> None:
    made = schema(load(Source("facts", FACTS)), "d")
    properties = made["properties"]
    assert made["required"] == ["channel", "subcode", "items", "wait", "at", "seen"]
    assert properties["channel"] == {"enum": ["email", "voice"]}
    assert properties["items"]["maxItems"] == 3
    assert properties["items"]["items"]["properties"] == {
        "sku": {"type": "string", "description": "as printed on the label"},
        "amount": {
            "type": "number",
            "minimum": 0,
            "exclusiveMaximum": 100,
            "description": "in percent",
        },
    }
    state = properties["state"]["anyOf"][0]["properties"]
    assert state["closed"] == {"anyOf": [{"type": "boolean"}, {"type": "null"}], "default": False}
    assert properties["seen"]["properties"]["voice"]["minimum"] == 0


def test_a_decision_of_several_parameters_takes_them_by_name() -> None:
    several = FACTS.replace("d(case: Case)", "d(case: Case, channel: Channel)")
    made = schema(load(Source("facts", several)), "d")
    assert made["required"] == ["case", "channel"]


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_example_of_a_shipped_policy_fits(path: Path) -> None:
    program = load(Source(path.name, path.read_text(encoding="utf-8")))
    validators = {name: validator(program, name) for name in program.decisions}
    for sample in samples_of(program):
        if sample.of in validators:
            assert list(validators[sample.of].iter_errors(sample.case)) == []


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_outcome_of_a_shipped_policy_fits(path: Path) -> None:
    program = load(Source(path.name, path.read_text(encoding="utf-8")))
    evaluator = Evaluator(program)
    for name in (*program.decisions, *program.lifecycles):
        fits = of_outcomes(program, name)
        refused = evaluator.decide({"": 1}, name, 0)
        assert list(fits.iter_errors(refused.outcome)) == []
        for each in samples(program, name):
            decided = evaluator.decide(each.input, name, parse_instant(each.as_of or "2026-01-15"))
            assert decided.basis != "refused", each.title
            assert list(fits.iter_errors(decided.outcome)) == []
            assert list(validator(program, name).iter_errors(each.input)) == []


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(programs(), st.data())
def test_whatever_is_taken_in_or_comes_out_fits(text: str, data: st.DataObject) -> None:
    program = check(Source("drawn.bylaw", text)).program
    assert program is not None
    case: dict[str, Any] = json.loads(json.dumps(data.draw(cases(program))))
    decision = Evaluator(program).decide(case, "drawn", 0)
    if decision.basis != "refused":
        assert validator(program, "drawn").is_valid(case)
    assert list(of_outcomes(program, "drawn").iter_errors(decision.outcome)) == []


WRONG = [
    {"channel": "fax"},
    {"subcode": "1.23"},
    {"items": [{"sku": "a", "amount": 100}]},
    {"items": 7},
    {"wait": 3},
    {"wait": "soon"},
    {"wait": "2 h"},
    {"at": "2026-01-15 14:32"},
    {"seen": {"fax": 1}},
    {"state": {"closed": "yes"}},
    {"at": None},
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(wrong)[:30])
def test_what_is_refused_by_its_kind_does_not_fit(wrong: dict[str, Any]) -> None:
    program = load(Source("facts", FACTS))
    right = {
        "channel": "voice", "subcode": "A.12", "items": [], "wait": "2h",
        "at": "2026-01-15", "seen": {"voice": 2},
    }  # fmt: skip
    assert validator(program, "d").is_valid(right)
    assert Evaluator(program).decide(right).basis == "otherwise"
    assert not validator(program, "d").is_valid(right | wrong)
    assert Evaluator(program).decide(right | wrong).basis == "refused"


GIVEN = """bylaw 1

policy given 1.0.0
  title "Every kind of outcome"

enum Action: wait, go as "G-O"

record Step
  action: Action
  after:  duration optional   "none is at once"

record Case
  shares: list of number 0 .. 10 up to 4
  first:  Step optional

record Plan
  share:  number 0 .. 1
  at:     instant
  shares: list of number 0 .. 1 up to 4
  steps:  list of Step up to 2
  first:  Step optional
  closed: bool default false

decision plan(case: Case): Plan
  otherwise
    then share: 0.5, at: now, shares: case.shares, steps: [{ action: go }], first: case.first

  refused
    then share: 0, at: 2026-01-01, shares: [], steps: []

decision worth(case: Case): number 0 .. 1
  sum
  rule one
    when count(each for each in case.shares) > 0
    then 0.75

  rule other
    when count(each for each in case.shares) > 1
    then 0.75

  refused
    then 0
"""


def test_an_outcome_has_every_field_and_no_other() -> None:
    program = load(Source("given", GIVEN))
    made = outcome_schema(program, "plan")
    step = {
        "title": "Step",
        "type": "object",
        "properties": {
            "action": {"enum": ["wait", "G-O"]},
            "after": {
                "anyOf": [
                    {
                        "type": "string",
                        "pattern": r"^-?[0-9]+(\.[0-9]+)?(min|s|h|d)$",
                        "description": "none is at once; a duration, as 90min, 24h or 7d",
                    },
                    {"type": "null"},
                ]
            },
        },
        "required": ["action", "after"],
        "additionalProperties": False,
    }
    assert made["required"] == ["share", "at", "shares", "steps", "first", "closed"]
    assert made["additionalProperties"] is False
    assert made["properties"]["share"] == {"type": "number", "minimum": 0, "maximum": 1}
    assert made["properties"]["steps"] == {"type": "array", "items": step, "maxItems": 2}
    assert made["properties"]["first"] == {"anyOf": [step, {"type": "null"}]}


@pytest.mark.parametrize("first", [None, {"action": "wait"}])
def test_outcomes_fit_where_the_policy_holds_no_range(first: object) -> None:
    program = load(Source("given", GIVEN))
    case = {"shares": [7, 0.5], "first": first}
    for name in program.decisions:
        decided = Evaluator(program).decide(case, name, 0)
        assert decided.basis != "refused"
        assert list(of_outcomes(program, name).iter_errors(decided.outcome)) == []


def test_a_decision_of_one_value_takes_it_by_name() -> None:
    text = """bylaw 1

policy lone 1.0.0
  title "A decision of one value"

decision late(wait: duration): bool
  otherwise
    then wait > 2h

  refused
    then true

example "a day"
  late(wait: 1d)
  gives true
"""
    program = load(Source("lone", text))
    assert samples(program, "late") == [Sample("a day", {"wait": "24h"}, None)]
    assert Evaluator(program).decide({"wait": "24h"}).outcome is True
