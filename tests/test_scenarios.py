"""The workflows of the issue lifecycle, step by step; what they must come to is typed by hand."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import Source, load
from engine.program.words import counted
from tests.scenarios.book import Book, Issue, Step

HERE = Path(__file__).parent
WORKFLOWS = sorted((HERE / "scenarios").glob("*.json"))
POLICY = HERE.parent / "policies" / "lifecycle" / "1.0.0.bylaw"

Facts = dict[str, Any]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_of_the_document(path: Path, golden: Callable[[Path, str, str], None]) -> None:
    workflow = json.loads(path.read_text(encoding="utf-8"))
    policy = load(Source("lifecycle", POLICY.read_text(encoding="utf-8")))
    book = Book(policy, iter([workflow["issue"]]))
    story = [f"# {workflow['title']}", *_story(book, workflow["steps"])]
    golden(path, "\n\n".join(story) + "\n", "story.md")


def _story(book: Book, steps: list[Facts]) -> Iterator[str]:
    for number, each in enumerate(steps, start=1):
        step = _taken(book, each)
        issue = book.issues[0] if book.issues else None
        _compare(book, issue, step, each, f"step {number}")
        yield f"## {each['at']}: {each['told']}"
        yield from step.told
        if issue is not None:
            yield _standing(book, issue, each["at"])


def _taken(book: Book, each: Facts) -> Step:
    if "span" in each:
        return book.span({**each["span"], "at": each["at"]})
    if "event" in each:
        return book.event(book.issues[0], each["event"], each.get("payload", {}), each["at"])
    return book.clock(each["at"])


def _standing(book: Book, issue: Issue, at: str) -> str:
    found = book.assessment(issue, at)
    facts = book.facts(issue)
    signals = "; ".join(book.signals(issue, at))
    return (
        f"{issue.name} is {issue.subject.state}, {counted(facts['span_count'], 'complaint')} up to"
        f" {facts['max_intensity']}; priority {found['priority_score']:.2f}"
        f" ({found['priority_label']}), confidence {found['confidence_score']:.3f}"
        f" ({found['confidence_band']}): {found['recommended_action']}."
        + (f" {signals}." if signals else "")
    )


def _compare(book: Book, issue: Issue | None, step: Step, each: Facts, where: str) -> None:
    expected = each["expect"]
    if "effect" in expected:
        assert step.effect == expected["effect"], where
    if "notices" in expected:
        assert [told["text"] for told in step.notices] == expected["notices"], where
    if "state" in expected:
        assert issue is not None, where
        assert issue.subject.state == expected["state"], where
        facts = book.facts(issue)
        assert {name: facts.get(name) for name in expected.get("facts", {})} == expected.get(
            "facts", {}
        ), where
    if "assessment" in expected:
        assert issue is not None, where
        found = book.assessment(issue, each["at"])
        for name, value in expected["assessment"].items():
            if isinstance(value, str):
                assert found[name] == value, (where, name)
            else:
                assert found[name] == pytest.approx(value, abs=0.005), (where, name)
    if "signals" in expected:
        assert issue is not None, where
        assert book.signals(issue, each["at"]) == expected["signals"], where
