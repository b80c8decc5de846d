"""Cases are taken in whole, or refused with every fault, and no JSON breaks it."""

import copy
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.backends.python.evaluator import Evaluator
from engine.backends.python.intake import takers
from engine.backends.python.validate import validate
from engine.decision import Decision
from engine.source import Source
from engine.verbs.check import load

FACTS = """bylaw 1

policy facts 1.0.0
  title "Every kind of fact"

enum Channel: email, phone as "voice"

enum Domain: O, P

code Subcode = domain: Domain, level: integer 1 .. 4, ".", detail: digits 2

record Item
  sku:    text
  amount: number 0 .. 10

record Seen
  channel: Channel
  at:      instant

record State
  closed: bool default false because "most are open"
  owner:  text optional

record Case
  text:     text sensitive
  channel:  Channel
  subcode:  Subcode optional
  items:    list of Item up to 2
  words:    list of text up to 3 optional
  level:    integer 1 .. 5 optional
  share:    number optional
  over:     number > 0 optional
  since:    instant optional
  patience: duration 1h .. 7d optional
  urgent:   bool default false because "most can wait"
  state:    State
  other:    State optional
  counts:   tally count of Seen by channel and day

record Outcome
  text: text

decision judge(case: Case): Outcome
  first
  rule urgent
    when case.urgent or case.level > 3 or case.share > 0.5
    then text: "now"

  otherwise
    then text: "later"

  refused
    then text: "refused"
"""

EVALUATOR = Evaluator(load(Source("facts.bylaw", FACTS)))
POLICY = load(Source("facts.bylaw", FACTS))
PARAMETERS = POLICY.decisions["judge"].parameters
FAST = takers(POLICY)["judge"]


def case(**others: Any) -> dict[str, Any]:
    return {"text": "hello", "channel": "email", "items": [], "counts": {}, **others}


def judged(given: Any) -> Decision:
    return EVALUATOR.decide(given)


def faults(given: Any) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in judged(given).faults]


texts = st.text(max_size=5)
numbers = st.integers(-10, 10) | st.floats() | st.sampled_from([2**53, 2**53 + 1, 1e15, 1e16])
scalars = st.none() | st.booleans() | numbers | texts
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
items = st.fixed_dictionaries({"sku": texts}, optional={"amount": numbers, "other": scalars})
days = st.dictionaries(st.sampled_from(["2026-01-15", "2026-01-15T01:00:00Z", "x"]), numbers)
near = st.fixed_dictionaries(
    {},
    optional={
        "text": texts | anything,
        "channel": st.sampled_from(["email", "voice", "phone"]) | anything,
        "subcode": st.sampled_from(["O1.05", "P4.99", "O5.00", "O1.5"]) | anything,
        "items": st.lists(items, max_size=3) | anything,
        "words": st.lists(texts, max_size=4) | anything,
        "level": numbers | anything,
        "share": numbers | anything,
        "over": numbers | anything,
        "since": st.sampled_from(["2026-01-15", "2026-01-15T14:32:00Z", "today"]) | anything,
        "patience": st.sampled_from(["1h", "7d", "8d", "x"]) | anything,
        "urgent": st.booleans() | anything,
        "state": st.fixed_dictionaries({}, optional={"closed": scalars, "owner": scalars})
        | anything,
        "other": st.fixed_dictionaries({}, optional={"owner": texts}) | anything,
        "counts": st.dictionaries(st.sampled_from(["email", "voice", "fax"]), days) | anything,
        "chanel": scalars,
    },
)
good = near.map(lambda drawn: {**case(), **drawn})


@given(near | good | anything)
@example(case(state={}))
def test_the_fast_way_in_takes_what_the_full_one_takes(given: Any) -> None:
    full = validate(PARAMETERS, given)
    assert FAST(given) == full.arguments
    assert (full.arguments is None) == bool(full.faults)


@given(near | good | anything)
def test_whatever_json_holds_there_is_a_decision_and_the_case_is_as_it_was(given: Any) -> None:
    before = copy.deepcopy(given)
    decided = judged(given)
    assert repr(given) == repr(before)
    assert (decided.basis == "refused") == bool(decided.faults)
    json.dumps(decided.outcome, allow_nan=False)


@given(good)
def test_a_case_in_text_is_taken_in_like_the_case_itself(given: dict[str, Any]) -> None:
    try:
        written = json.dumps(given, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, UnicodeEncodeError):
        return
    assert judged(written) == judged(written.decode()) == judged(given)


@given(st.binary(max_size=20) | texts)
def test_what_is_no_json_is_refused(given: bytes | str) -> None:
    assert judged(given).basis == "refused"


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"channel": None}, [("/channel", "missing")]),
        ({"channel": "phone"}, [("/channel", "not-a-member")]),
        ({"channel": ["email"]}, [("/channel", "wrong-type")]),
        ({"level": 3.0}, []),
        ({"level": 3.5}, [("/level", "wrong-type")]),
        ({"level": True}, [("/level", "wrong-type")]),
        ({"level": 6}, [("/level", "out-of-range")]),
        ({"share": float("nan")}, [("/share", "out-of-range")]),
        ({"share": float("inf")}, [("/share", "out-of-range")]),
        ({"share": 1e15}, []),
        ({"share": 1.1e15}, [("/share", "out-of-range")]),
        ({"over": 2**53}, []),
        ({"over": 2**53 + 1}, [("/over", "out-of-range")]),
        ({"over": 1e300}, []),
        ({"text": "\ud800"}, [("/text", "broken-text")]),
        ({"since": "2026-01-15T14:32:00"}, [("/since", "wrong-form")]),
        ({"patience": "8d"}, [("/patience", "out-of-range")]),
        ({"subcode": "O5.05"}, [("/subcode", "wrong-form")]),
        ({"words": ["a", "b", "c", "d"]}, [("/words", "too-long")]),
        ({"items": [None]}, [("/items/0", "wrong-type")]),
        (
            {"items": [{"amount": -1}, {"sku": 1, "amount": 11}]},
            [
                ("/items/0/sku", "missing"),
                ("/items/0/amount", "out-of-range"),
                ("/items/1/sku", "wrong-type"),
                ("/items/1/amount", "out-of-range"),
            ],
        ),
        ({"counts": {"fax": {}}}, [("/counts/fax", "not-a-member")]),
        ({"counts": {"voice": {"2026-01-15": -1}}}, [("/counts/voice/2026-01-15", "out-of-range")]),
        ({"counts": {"voice": {"now": 1}}}, [("/counts/voice/now", "wrong-form")]),
    ],
)
def test_each_fault_is_told_at_its_place(
    changed: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert faults(case(**changed)) == found


def test_of_a_sensitive_fact_only_the_kind_is_told() -> None:
    (fault,) = judged(case(text=["my secret"])).faults
    assert (fault.expected, fault.got) == ("text", "a list of 1")
    (fault,) = judged(case(channel="my channel")).faults
    assert (fault.expected, fault.got) == ("one of email, voice", '"my channel"')


def test_a_record_that_needs_nothing_may_be_left_out_but_an_optional_one_is_absent() -> None:
    (taken,) = FAST(case()) or ()
    record = dict(zip(POLICY.records["Case"].places, taken, strict=True))
    assert record["state"] == (False, None)
    assert record["other"] is None


def test_undeclared_facts_are_ignored_and_told_with_the_nearest_name() -> None:
    item = {"sku": "a", "amount": 1, "amunt": 1}
    decided = judged(case(chanel="voice", state={"a/b": 1}, items=[item]))
    told = [(each.pointer, each.nearest) for each in decided.ignored]
    assert told == [
        ("/chanel", "channel"),
        ("/items/0/amunt", "amount"),
        ("/state/a~1b", None),
    ]
    assert (
        validate(PARAMETERS, case(state={"a/b": 1}, chanel=1)).ignored
        == judged(case(state={"a/b": 1}, chanel=1)).ignored
    )


def test_a_name_that_is_no_text_is_ignored_and_told() -> None:
    odd: dict[Any, Any] = {3: 1, 10**5000: 1, None: 1, ("a",): 1}
    pointers = [each.pointer for each in judged(case() | odd).ignored]
    assert pointers == ["/3", "/a number", "/null", "/a list of 1"]


def test_a_member_or_a_day_that_is_no_text_is_told_and_breaks_nothing() -> None:
    odd: dict[Any, Any] = {10**5000: {}, "email": {10**5000: 1}}
    assert faults(case(counts=odd)) == [
        ("/counts/a number", "wrong-type"),
        ("/counts/email/a number", "wrong-form"),
    ]


def test_a_name_given_twice_is_no_case() -> None:
    assert faults('{"text": "a", "text": "b"}') == [("", "malformed")]
    assert faults("[" * 100_000) == [("", "malformed")]
    assert faults(b"\xff") == [("", "malformed")]
