"""`bylaw score` says how often triggers are right about labelled messages."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.cli import group

POLICIES = Path(__file__).parents[1] / "policies"
MESSAGES = Path(__file__).parent / "messages" / "handoff.csv"
ALARMS = """bylaw 1

policy alarms 1.0.0
  title "Alarms"

record Ticket
  message: text sensitive

trigger legal mentions "lawyer", "sue"

trigger fraud mentions "fraud"

decision alarm(ticket: Ticket): bool
  guard alarming
    when ticket.message mentions any of legal, fraud
    then true
    because "the message mentions {matched}"

  otherwise
    then false

  refused
    then true
"""
SOME = """text,label
My lawyer will call,legal
I shall sue,legal
See you in court,legal
Sue ordered a lamp,other
Where is my order?,other
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("alarms.bylaw").write_text(ALARMS)
    Path("some.csv").write_text(SOME)


def bylaw(*arguments: str) -> Result:
    return CliRunner().invoke(group(), ["score", *arguments])


def counts(policy: str, wanted: str, triggers: Sequence[str] = ()) -> dict[str, Any]:
    only = ["--triggers", ",".join(triggers)] if triggers else []
    command = [str(POLICIES / "handoff" / f"{policy}.bylaw"), "--messages", str(MESSAGES)]
    result = bylaw(*command, "--wanted", wanted, *only, "--format", "json")
    assert result.exit_code == 0, result.stderr
    scored: list[dict[str, Any]] = json.loads(result.stdout)
    return scored[0]


def test_triggers_are_scored_together_and_each_alone() -> None:
    result = bylaw("alarms.bylaw", "--messages", "some.csv", "--wanted", "legal")
    assert result.stdout == (
        "5 messages, 3 of them wanted\n"
        "\n"
        "              precision  recall  right  wrong  missed\n"
        "alarms 1.0.0       0.67    0.67      2      1       1\n"
        "  legal            0.67    0.67      2      1       1\n"
        "  fraud               -    0.00      0      0       3\n"
        "\n"
        "found wrongly  of  alarms 1.0.0\n"
        "  other         2             1\n"
    )


def test_json_lines_are_read_and_columns_named() -> None:
    Path("some.jsonl").write_text('{"said": "My lawyer", "kind": "legal"}\n')
    columns = ["--text", "said", "--label", "kind"]
    found = bylaw("alarms.bylaw", "--messages", "some.jsonl", "--wanted", "legal", *columns)
    assert "nothing was found wrongly" in found.stdout
    scored = bylaw(
        *("alarms.bylaw", "--messages", "some.jsonl", "--wanted", "legal", "--format", "json"),
        *columns,
    )
    assert json.loads(scored.stdout)[0]["recall"] == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["alarms.bylaw", "--wanted", "legla"], "did you mean `legal`?"),
        (["alarms.bylaw", "--wanted", "legal", "--triggers", "farud"], "did you mean `fraud`?"),
        (["alarms.bylaw", "--wanted", "legal", "--text", "message"], "has no `message`"),
        (["--wanted", "legal"], "no policy is named"),
    ],
    ids=["label", "trigger", "column", "policy"],
)
def test_what_is_not_there_is_said(arguments: list[str], told: str) -> None:
    result = bylaw(*arguments, "--messages", "some.csv")
    assert result.exit_code == 2
    assert told in result.stderr


FRAUD = ("fraud", "lost_or_stolen_card", "misused_card", "payment_not_recognised")


@pytest.mark.parametrize(
    ("wanted", "triggers"),
    [
        ("fraud,dispute", (*FRAUD, "chargeback_or_dispute")),
        ("legal", ("legal",)),
        ("threat", ("threat_or_harassment",)),
        ("deletion", ("data_deletion",)),
        ("human", ("a_person_is_wanted",)),
    ],
    ids=["fraud", "legal", "threat", "deletion", "human"],
)
def test_the_triggers_of_handoff_find_what_they_are_for(
    wanted: str, triggers: tuple[str, ...]
) -> None:
    score = counts("1.1.0", wanted, triggers)
    assert score["precision"] >= 0.85
    assert score["recall"] >= 0.70


def test_the_literal_words_of_the_document_do_worse() -> None:
    every = "fraud,dispute,legal,threat,deletion"
    literal, better = (counts(version, every) for version in ("1.0.0", "1.1.0"))
    assert literal["recall"] < 0.5 < better["recall"]
    assert literal["precision"] < better["precision"]
