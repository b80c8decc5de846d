"""The corpus: policies written on paper check clean, and cases are decided as their goldens say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.backends.python.evaluator import Evaluator
from engine.language.values import parse_instant
from engine.program.nodes import Program
from engine.source import Source
from engine.verbs.check import check, load

CORPUS = Path(__file__).parent / "corpus"
PAPER = sorted((CORPUS / "paper").glob("*.bylaw"))
DECISIONS = sorted((CORPUS / "decisions").glob("*.bylaw"))


def source(path: Path) -> Source:
    return Source(path.relative_to(CORPUS).as_posix(), path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [*PAPER, *DECISIONS], ids=lambda path: path.stem)
def test_a_policy_of_the_corpus_has_no_error_and_its_examples_come_out(path: Path) -> None:
    errors = [each for each in check(source(path)).findings if each.severity == "error"]
    assert [(each.code, each.line, each.message) for each in errors] == []


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_cases_are_decided_as_written(path: Path, golden: Callable[[Path, str, str], None]) -> None:
    policy = load(source(path))
    evaluator = Evaluator(policy)
    cases = json.loads(path.with_suffix(".cases.json").read_text(encoding="utf-8"))
    golden(path, "\n".join(_told(policy, evaluator, case) for case in cases), "decisions")


def _told(policy: Program, evaluator: Evaluator, case: dict[str, Any]) -> str:
    now = parse_instant(case["as_of"]) if "as_of" in case else None
    name = case.get("lifecycle", case.get("decision"))
    given = _in_state(policy, case) if "lifecycle" in case else case["input"]
    decision = evaluator.decide(given, name, now)
    record = dict(decision.record())
    record["faults"] = [
        f"{each.pointer}: {each.code}: expected {each.expected}, got {each.got}"
        for each in decision.faults
    ]
    record["allowed"] = list(decision.allowed)
    told = (
        f"{key}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in record.items()
        if value not in (None, [])
    )
    return "\n".join([f"# {case['name']}", *told]) + "\n"


def _in_state(policy: Program, case: dict[str, Any]) -> dict[str, Any]:
    """A lifecycle's case: its record, the state it is in, and the event if there is one."""
    parameter = policy.lifecycles[case["lifecycle"]].parameter.name
    given = {parameter: case["input"], "state": case["state"]}
    if "event" in case:
        given["event"] = {"name": case["event"], **case.get("payload", {})}
    return given
