"""Explanations read as agreed, and keep to themselves what is sensitive."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, assert_never

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from engine.language.values import to_wire
from engine.program import nodes as program
from engine.source import Source
from engine.verbs.check import check, load
from engine.verbs.decide import decide
from engine.verbs.document import document
from engine.verbs.explain import Audience, explain
from engine.verbs.explaining.models import AgentExplanation, AuditExplanation
from engine.verbs.explaining.render import render
from tests.programs import cases, programs

CORPUS = Path(__file__).parent / "corpus" / "explain"
CASES = sorted(CORPUS.glob("*.bylaw"))
KEY = b"a key of the store"
AUDIENCES: tuple[Audience, ...] = ("agent", "audit", "codes")

Golden = Callable[[Path, str, str], None]
Json = dict[str, Any]

by_name = pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)


@by_name
def test_what_agents_read(path: Path, golden: Golden) -> None:
    policy = _policy(path)
    told = [
        f"# {title}\n\n{render(explain(policy, case, name, now))}\n"
        for title, name, case, now in _cases(policy)
    ]
    golden(path, "\n".join(told), "agent.txt")


@by_name
def test_the_tree_of_all_conditions(path: Path, golden: Golden) -> None:
    policy = _policy(path)
    told = [
        f"# {title}\n\n{render(explain(policy, case, name, now, audience='audit'))}\n"
        for title, name, case, now in _cases(policy)
    ]
    golden(path, "\n".join(told), "tree.txt")


@by_name
def test_what_auditors_get(path: Path, golden: Golden) -> None:
    policy = _policy(path)
    _, name, case, now = next(_cases(policy))
    told = explain(policy, case, name, now, audience="audit", key=KEY)
    golden(path, f"{_without_hashes(told.model_dump_json(indent=2))}\n", "audit.json")


@by_name
def test_an_audit_decides_again_what_was_decided(path: Path) -> None:
    policy = _policy(path)
    for _, name, case, now in _cases(policy):
        decided, audit = decide(policy, case, name, now), _audit(policy, case, name, now)
        assert audit.outcome == decided.outcome
        assert audit.determining == list(decided.determining)
        assert [each.text for each in audit.reasons] == [each.text for each in decided.reasons]
        assert audit.unknown == list(decided.unknown)


def test_sensitive_facts_are_never_shown() -> None:
    policy = _policy(CORPUS / "support.bylaw")
    case = _support(message="zebra lawyer", email="zebra@example.org")
    for key in (KEY, None):
        for audience in AUDIENCES:
            told = explain(policy, case, audience=audience, key=key)
            assert "zebra" not in told.model_dump_json()
            assert "zebra" not in render(told)


def test_a_sensitive_fact_is_known_by_its_hmac() -> None:
    policy = _policy(CORPUS / "support.bylaw")
    audit = _audit(policy, _support(message="Grüße"), "support", None)
    digest = hmac.new(KEY, '"Grüße"'.encode(), hashlib.sha256).hexdigest()
    assert audit.case["message"] == {"withheld": True, "hmac": f"sha256:{digest}"}


def test_without_a_key_a_sensitive_fact_is_withheld() -> None:
    policy = _policy(CORPUS / "support.bylaw")
    told = explain(policy, _support(), audience="audit")
    assert isinstance(told, AuditExplanation)
    assert told.case["message"] == {"withheld": True}


def test_given_absent_and_default_facts_are_told_apart() -> None:
    policy = _policy(CORPUS / "support.bylaw")
    audit = _audit(policy, _support(), "support", None)
    presence = {each.fact: each.presence for each in audit.facts}
    assert presence["/message"] == "given"
    assert presence["/items/0/kind"] == "given"
    assert presence["/score"] == "absent"
    assert presence["/urgent"] == "default"
    assert [(each.fact, each.value) for each in audit.defaults] == [("/urgent", False)]


def test_a_case_that_cannot_be_read_is_explained_by_its_faults() -> None:
    policy = _policy(CORPUS / "support.bylaw")
    told = explain(policy, {"message": "Hello", "items": []})
    assert isinstance(told, AgentExplanation)
    assert (
        told.headline
        == "Routed to Desk because the case could not be read: the customer should be Customer."
    )
    audit = _audit(policy, {"message": "Hello", "items": []}, "support", None)
    assert [(each.fact, each.code) for each in audit.faults] == [("/customer", "missing")]
    assert audit.case is None
    assert audit.guards == []


@pytest.mark.parametrize(
    "state", [None, 7, 10**5000, "NOWHERE"], ids=["none", "number", "huge", "other"]
)
def test_a_state_that_is_none_is_not_said_to_be_left(state: object) -> None:
    told = explain(_policy(CORPUS / "parcel.bylaw"), {"parcel": {}, "state": state}, now=0)
    assert isinstance(told, AgentExplanation)
    assert told.headline.startswith("Stays as it is because the case could not be read: ")


def test_codes_are_what_every_decision_carries() -> None:
    policy = _policy(CORPUS / "support.bylaw")
    told = explain(policy, _support(message="my lawyer"), audience="codes")
    assert told.model_dump() == {
        "decision": "support",
        "basis": "guard",
        "determining": ["lawyer"],
        "codes": ["support.lawyer"],
        "unknown": [],
    }


def test_a_case_may_be_text() -> None:
    policy = _policy(CORPUS / "support.bylaw")
    text = json.dumps(_support())
    assert explain(policy, text) == explain(policy, _support())
    assert _audit(policy, text, "support", None) == _audit(policy, _support(), "support", None)


@settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink a whole policy takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(programs(), st.data())
def test_whatever_is_decided_can_be_said(text: str, data: st.DataObject) -> None:
    policy = check(Source("drawn.bylaw", text)).program
    assume(policy is not None)
    assert policy is not None
    assert "\0" not in document(policy)
    case, now = data.draw(cases(policy)), data.draw(st.sampled_from([None, 0]))
    for audience in AUDIENCES:
        told = explain(policy, case, None, now, audience)
        assert "\0" not in render(told)
        assert type(told).model_validate_json(told.model_dump_json()) == told


def _without_hashes(text: str) -> str:
    """They are held by tests of their own."""
    return re.sub(r"(?<=_hash\": \"sha256:)[0-9a-f]{64}", "…", text)


def _policy(path: Path) -> program.Program:
    return load(Source(path.name, path.read_text(encoding="utf-8")))


def _audit(policy: program.Program, case: Any, name: str, now: int | None) -> AuditExplanation:
    told = explain(policy, case, name, now, audience="audit", key=KEY)
    assert isinstance(told, AuditExplanation)
    return told


def _support(message: str = "Hello", email: str = "a@example.org") -> Json:
    customer = {"tier": "free", "blocked": False, "email": email}
    items = [{"kind": "book", "amount": 20}]
    return {"message": message, "items": items, "customer": customer}


def _cases(policy: program.Program) -> Iterator[tuple[str, str, Json, int | None]]:
    """The policy's own examples: what is asked, of which decision, of which case, and when."""
    for example in policy.examples:
        match example.kind:
            case "decision":
                given = _arguments(policy.decisions[example.of].parameters, example)
                case = next(iter(given.values())) if len(given) == 1 else given
                yield example.title, example.of, case, example.now
            case "lifecycle":
                yield example.title, example.of, _lived(policy, example), example.now
            case "define" | "table":
                pass
            case _:
                assert_never(example.kind)


def _arguments(parameters: Sequence[program.Parameter], example: program.Example) -> Json:
    return {
        parameter.name: _given(to_wire(argument, parameter.type))
        for parameter, argument in zip(parameters, example.arguments, strict=True)
    }


def _lived(policy: program.Program, example: program.Example) -> Json:
    lifecycle = policy.lifecycles[example.of]
    states = {each.name: each.wire for each in lifecycle.states}
    case = _arguments((lifecycle.parameter,), example) | {"state": states[example.state or ""]}
    if example.event is None:
        return case
    payload = next(each.payload for each in lifecycle.events if each.name == example.event)
    brought = _given(to_wire(example.payload, payload))
    return case | {"event": {"name": example.event, **brought}}


def _given(value: Any) -> Any:
    """Without what is absent."""
    match value:
        case dict():
            return {key: _given(each) for key, each in value.items() if each is not None}
        case list():
            return [_given(each) for each in value]
        case _:
            return value
