"""The workflows of the issue lifecycle through HTTP: what they must come to is typed by hand in the
same files from which the bare policy plays them, and the story stands beside them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.issues import Client, Wire, keeping

HERE = Path(__file__).parent
WORKFLOWS = sorted((HERE / "scenarios").glob("*.json"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_of_the_document_through_http(
    path: Path, tmp_path: Path, golden: Callable[[Path, str, str], None]
) -> None:
    workflow = json.loads(path.read_text(encoding="utf-8"))
    with keeping(tmp_path) as client:
        story = [f"# {workflow['title']}", *_story(client, workflow["steps"])]
    golden(path, "\n\n".join(story) + "\n", "http.md")


def _story(client: Client, steps: list[Wire]) -> Iterator[str]:
    seen = 0
    for number, each in enumerate(steps, start=1):
        asked, effect = _ask(client, each)
        told = client.feed(seen)
        seen = told[-1]["seq"] if told else seen
        issues = client.issues()
        _compare(issues, effect, told, each, f"step {number}")
        yield f"## {each['at']}: {each['told']}"
        yield f"`{asked}`" + (f": {effect}" if effect else "")
        if told:
            yield "\n".join(f"- {_line(one)}" for one in told)
        if issues:
            yield _standing(issues[0])


def _ask(client: Client, each: Wire) -> tuple[str, str | None]:
    if "span" in each:
        (placed,) = client.take({**each["span"], "at": each["at"]})
        facts = (each["span"][name] for name in ("subcode", "valence", "intensity", "comparative"))
        return f"POST /v1/spans {each['span']['span_id']} {' '.join(facts)}", placed["effect"]
    if "event" in each:
        (issue,) = client.issues()
        client.report(issue["issue_id"], each["event"], each["at"], **each.get("payload", {}))
        return f"POST /v1/issues/{issue['issue_id']}/events {each['event']}", None
    client.clock(each["at"])
    return "POST /v1/clock", None


def _line(told: Wire) -> str:
    if "kind" in told:
        to = f" to {told['to']}" if "to" in told else ""
        due = f", by {told['due']}" if "due" in told else ""
        return f"{told['timestamp']} {told['kind']}{to}: {told['text']}{due}"
    if "event_type" not in told:
        return f"{told['timestamp']} priority {told['from']} → {told['to']}"
    states = dict.fromkeys(told[name] for name in ("from_state", "to_state") if name in told)
    why = "; ".join(told["reasons"])
    return f"{told['timestamp']} {told['event']} by {told['actor']}, {' → '.join(states)}: {why}"


def _standing(issue: Wire) -> str:
    signals = "; ".join(each["text"] for each in issue["signals"])
    complaints = "complaint" if issue["span_count"] == 1 else "complaints"
    return (
        f"{issue['issue_id']} is {issue['state']}, {issue['span_count']} {complaints} up to"
        f" {issue['max_intensity']}; priority {issue['priority_score']:.2f}"
        f" ({issue['priority_label']}), confidence {issue['confidence_score']:.3f}"
        f" ({issue['confidence_band']}): {issue['recommended_action']}."
        + (f" {signals}." if signals else "")
    )


def _compare(
    issues: list[Wire], effect: str | None, told: list[Wire], each: Wire, where: str
) -> None:
    expected = each["expect"]
    assert effect == expected.get("effect"), where
    if "notices" in expected:
        assert [one["text"] for one in told if "kind" in one] == expected["notices"], where
    if "state" not in expected:
        assert issues == [], where
        return
    (issue,) = issues
    assert issue["state"] == expected["state"], where
    facts = expected.get("facts", {})
    assert {name: issue.get(name) for name in facts} == facts, where
    for name, value in expected.get("assessment", {}).items():
        assert issue[name] == _roughly(value), (where, name)
    if "signals" in expected:
        assert [one["text"] for one in issue["signals"]] == expected["signals"], where


def _roughly(value: Any) -> Any:
    return value if isinstance(value, str) else pytest.approx(value, abs=0.005)
