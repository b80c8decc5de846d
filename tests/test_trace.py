"""The tracing interpreter decides as the compiled evaluator does, and tells what was asked."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.backends.python.evaluator import Evaluator
from engine.backends.python.trace import Trace, Tracer
from engine.language.values import to_wire
from engine.program import nodes as program
from engine.source import Source
from engine.verbs.check import load

ROOT = Path(__file__).parent.parent
SUPPORT = ROOT / "tests" / "corpus" / "explain" / "support.bylaw"
POLICIES = [
    *sorted((ROOT / "policies").glob("*/*.bylaw")),
    *sorted((ROOT / "tests" / "corpus" / "explain").glob("*.bylaw")),
    *sorted((ROOT / "tests" / "corpus" / "paper").glob("*.bylaw")),
]


def _policy(path: Path) -> program.Program:
    return load(Source(path.name, path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_example_is_traced_as_it_is_decided(path: Path) -> None:
    policy = _policy(path)
    compiled, tracer = Evaluator(policy), Tracer(policy)
    for example in policy.examples:
        if example.kind in ("decision", "lifecycle"):
            for case in _cases(policy, example):
                decided = compiled.decide(case, example.of, example.now)
                assert tracer.traced(case, example.of, example.now).decision == decided


def test_rules_that_were_not_needed_are_asked_and_marked() -> None:
    trace = _traced(message="my lawyer", score=0.9)
    assert [(each.rule.name, each.truth, each.consulted) for each in trace.asked] == [
        ("blocked_customer", False, True),
        ("risky_item", False, True),
        ("lawyer", True, True),
        ("close", True, False),
        ("paid", False, False),
    ]


def test_an_unknown_condition_was_born_where_a_fact_is_missing() -> None:
    trace = _traced(blocked=None)
    (blocked, *_, close, _) = trace.asked
    assert blocked.step is not None
    assert blocked.step.value is None
    assert blocked.step.born == ("/customer/blocked",)
    assert close.step is not None
    assert close.step.born == ("/score",)
    assert trace.decision.basis == "unknown_guard"


def test_a_trace_of_a_decision_is_that_of_deciding_again() -> None:
    policy = _policy(SUPPORT)
    tracer, case = Tracer(policy), _support(score=0.9, undeclared=1)
    decided = Evaluator(policy).decide(case, "support")
    assert tracer.trace_decided(case, decided) == tracer.trace(case, "support")


def test_what_is_computed_from_sensitive_facts_is_marked() -> None:
    lawyer = next(each for each in _traced(message="x").asked if each.rule.name == "lawyer")
    assert lawyer.step is not None
    assert not lawyer.step.sensitive
    assert lawyer.step.steps[0].sensitive


def _traced(**facts: Any) -> Trace:
    return Tracer(_policy(SUPPORT)).trace(_support(**facts), "support")


def _support(**facts: Any) -> dict[str, Any]:
    customer = {"tier": "free", "blocked": facts.pop("blocked", False), "email": "a@example.org"}
    items = [{"kind": "book", "amount": 20}]
    return {"message": "Hello", "items": items, "customer": customer, **facts}


def _cases(policy: program.Program, example: program.Example) -> Iterator[dict[str, Any]]:
    """A lifecycle's case also as it is when the clock is looked at first."""
    if example.kind == "decision":
        given = _arguments(policy.decisions[example.of].parameters, example)
        yield next(iter(given.values())) if len(given) == 1 else given
        return
    lifecycle = policy.lifecycles[example.of]
    states = {each.name: each.wire for each in lifecycle.states}
    case = _arguments((lifecycle.parameter,), example) | {"state": states[example.state or ""]}
    for event in lifecycle.events:
        if event.name == example.event:
            brought: Any = to_wire(example.payload, event.payload)
            case["event"] = {"name": event.name, **brought}
    yield case
    yield {**case, "entered": "2026-01-01T00:00:00Z"}


def _arguments(parameters: Sequence[program.Parameter], example: program.Example) -> dict[str, Any]:
    return {
        parameter.name: to_wire(argument, parameter.type)
        for parameter, argument in zip(parameters, example.arguments, strict=True)
    }
