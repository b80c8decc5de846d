"""The JSON Schema of a decision's cases agrees with what is taken in."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine import Program, Source, check, load, schema
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


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(programs(), st.data())
def test_whatever_is_taken_in_fits(text: str, data: st.DataObject) -> None:
    program = check(Source("drawn.bylaw", text)).program
    assert program is not None
    case: dict[str, Any] = json.loads(json.dumps(data.draw(cases(program))))
    decision = Evaluator(program).decide(case, "drawn", 0)
    if decision.basis != "refused":
        assert validator(program, "drawn").is_valid(case)


WRONG = [
    {"channel": "fax"},
    {"subcode": "1.23"},
    {"items": [{"sku": "a", "amount": 100}]},
    {"items": 7},
    {"wait": 3},
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
