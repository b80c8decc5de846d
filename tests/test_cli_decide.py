"""`bylaw decide` and its kin print decisions, reasons and pages; wrong usage is told kindly."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import engine
from engine.cli import group
from service.cli import main

GREETINGS = engine.new("greetings")
CLEAR: dict[str, Any] = {
    "message": "When do you open?",
    "topic": "opening_hours",
    "confidence": 0.9,
}
UNCLEAR: dict[str, Any] = {"message": "My lawyer will call", "topic": "opening_hours"}
AT = "2026-01-15T14:32:00Z"


@pytest.fixture(autouse=True)
def _in_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put("policies/greetings/1.0.0.bylaw", GREETINGS)
    put("clear.json", json.dumps(CLEAR))
    put("refused.json", '{"message": 7, "confidance": 1}')


def put(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def bylaw(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(group(), arguments, input=typed)


def test_a_decision_is_shown_with_its_reasons() -> None:
    result = bylaw("decide", "greetings", "--case", "clear.json", "--as-of", AT)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == (
        "greetings 1.0.0: answer, as of 2026-01-15T14:32:00Z\n"
        "\n"
        "  action  reply\n"
        "  reply   t_opening_hours\n"
        "\n"
        "by rule sure_topic\n"
        "  the topic is opening_hours, and the classifier is sure enough\n"
    )


def test_a_decision_as_json_is_the_record() -> None:
    command = ["decide", "greetings@1.0.0", "--case", "-", "--as-of", AT, "--format", "json"]
    result = bylaw(*command, typed=json.dumps(CLEAR))
    record = json.loads(result.stdout)
    program = engine.load(engine.Source("greetings", GREETINGS))
    now = engine.parse_instant(AT)
    made = engine.decide(program, CLEAR, "answer", now)
    assert record == engine.record(program, made, engine.__version__)
    assert record["as_of"] == AT


def test_a_refused_case_is_told_fact_by_fact() -> None:
    result = bylaw("decide", "greetings", "--case", "refused.json")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert "by refused" in lines
    assert any(line.startswith("  /message: expected ") for line in lines)
    assert any(line.startswith("  /topic: expected ") for line in lines)
    assert "ignored: /confidance (did you mean confidence?)" in lines
    told = json.loads(
        bylaw("decide", "greetings", "--case", "refused.json", "--format", "json").stdout
    )
    assert {error["pointer"] for error in told["errors"]} == {"/message", "/topic"}


@pytest.mark.parametrize("name", ["cases.jsonl", "cases.csv"])
def test_many_cases_give_a_record_on_each_line(name: str) -> None:
    put("cases.jsonl", f"{json.dumps(CLEAR)}\n{json.dumps(UNCLEAR)}\n")
    put(
        "cases.csv",
        "message,topic,confidence\nWhen do you open?,opening_hours,0.9\n"
        "My lawyer will call,opening_hours,\n",
    )
    result = bylaw("decide", "greetings", "--cases", name, "--as-of", AT)
    assert result.exit_code == 0, result.stderr
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["outcome"]["action"] for record in records] == ["reply", "ask_a_person"]
    assert result.stderr == ""


def test_many_cases_of_which_one_is_refused() -> None:
    put("cases.jsonl", f"{json.dumps(CLEAR)}\n{{}}\n")
    result = bylaw("decide", "greetings", "--cases", "cases.jsonl")
    assert result.exit_code == 1
    assert [json.loads(line)["basis"] for line in result.stdout.splitlines()] == ["rule", "refused"]
    assert result.stderr == "1 of 2 cases refused\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["greeting", "--case", "clear.json"], "did you mean `greetings`?"),
        (["greetings", "--case", "none.json"], "`none.json` cannot be read: no such file"),
        (["greetings"], "give one with `--case FILE`, or many with `--cases FILE`"),
        (
            ["greetings", "--case", "clear.json", "--cases", "clear.json"],
            "`--case` and `--cases` do not go together",
        ),
        (["greetings", "--case", "clear.json", "--as-of", "noon"], "`noon` is no instant"),
        (
            ["greetings", "--case", "clear.json", "--decision", "answr"],
            "`greetings` has no decision `answr`\n  help: did you mean `answer`?",
        ),
        (["greetings", "--case", "bad.json"], "`bad.json` is not JSON: line 2, column 3: "),
    ],
)
def test_wrong_usage_is_told_kindly(arguments: list[str], said: str) -> None:
    put("bad.json", '{"message": "Hello",\n  topic: "opening_hours"}')
    result = bylaw("decide", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_a_policy_with_errors_decides_nothing() -> None:
    put(
        "policies/greetings/1.0.0.bylaw",
        GREETINGS.replace("confidence >= sure", "confidnce >= sure"),
    )
    result = bylaw("decide", "greetings", "--case", "clear.json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "`Ticket` has no field `confidnce`" in result.stderr
    assert "did you mean `confidence`?" in result.stderr


def test_new_writes_a_file_once() -> None:
    result = bylaw("new", "returns")
    assert result.exit_code == 0
    assert Path("policies/returns/1.0.0.bylaw").read_text(encoding="utf-8") == engine.new("returns")
    assert bylaw("check", "returns").exit_code == 0
    again = bylaw("new", "returns")
    assert (again.exit_code, again.stdout) == (2, "")
    assert bylaw("new", "other", "--print").stdout == engine.new("other")
    assert not Path("policies/other").exists()


def test_tidy_lays_out_what_can_be_read_and_touches_nothing_else() -> None:
    untidy = GREETINGS.replace("  threshold", "threshold").replace("number 0 .. 1", "number  0..1")
    broken = GREETINGS.replace("record Ticket", "recrod Ticket")
    put("policies/greetings/1.1.0.bylaw", untidy)
    put("policies/greetings/1.2.0.bylaw", broken)
    asked = bylaw("tidy", "--check")
    assert (asked.exit_code, asked.stdout) == (
        1,
        "policies/greetings/1.1.0.bylaw would change\n1 file would change\n",
    )
    assert "policies/greetings/1.2.0.bylaw:" in asked.stderr
    done = bylaw("tidy", "policies")
    assert (done.exit_code, done.stdout) == (1, "1 file laid out anew\n")
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path("policies").rglob("*.bylaw"))]
    assert texts == [GREETINGS, GREETINGS, broken]
    assert bylaw("tidy", "greetings@1.1.0").stdout == "1 file tidy already\n"


def test_reasons_are_told_to_whom_they_are_for() -> None:
    command = ["explain", "greetings", "--case", "clear.json", "--as-of", AT]
    agent = bylaw(*command)
    assert agent.exit_code == 0, agent.stderr
    assert agent.stdout.startswith("Replied")
    audit = bylaw(*command, "--for", "audit").stdout
    assert audit.startswith("greetings 1.0.0, answer: rule sure_topic\n")
    assert bylaw(*command, "--format", "tree").stdout == audit
    assert bylaw(*command, "--for", "codes").stdout == "greetings.sure_topic\n"
    told = json.loads(bylaw(*command, "--for", "audit", "--format", "json").stdout)
    assert told["policy"]["name"] == "greetings"
    assert CLEAR["message"] not in json.dumps(told)


def test_a_page_of_a_policy_is_printed() -> None:
    result = bylaw("document", "greetings")
    assert result.exit_code == 0
    assert result.stdout == engine.document(engine.load(engine.Source("greetings", GREETINGS)))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_what_a_shell_reads(shell: str) -> None:
    result = bylaw("completion", shell)
    assert result.exit_code == 0
    assert "_BYLAW_COMPLETE" in result.stdout


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("bylaw decide gr", ["plain,greetings"]),
        ("bylaw decide greetings@", ["plain,greetings@1.0.0"]),
        ("bylaw check policies/gr", ["file,policies/gr"]),
        ("bylaw ser", ["plain,serve"]),
    ],
)
def test_names_of_policies_are_completed(typed: str, found: list[str]) -> None:
    words = str(len(typed.split()) - 1)
    environment = {"_BYLAW_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": words}
    result = CliRunner().invoke(main, prog_name="bylaw", env=environment)
    assert result.stdout.split() == found


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert f"  bylaw {command}" in result.stdout or f"(bylaw {command}" in result.stdout


EXTRAS = {"duckdb", "ibis", "matplotlib", "numpy", "pandas", "plotext", "pyarrow", "pyspark", "z3"}
HEAVY = {"lark", "pydantic", "litestar", "re2", "uvicorn", "watchfiles", "rfc8785", "msgspec"}


@pytest.mark.parametrize(
    ("module", "heavy"), [("service.cli", EXTRAS | HEAVY), ("service.app", EXTRAS)]
)
def test_nothing_heavy_is_loaded_before_it_is_needed(module: str, heavy: set[str]) -> None:
    shown = f"import sys, {module}; print(*sys.modules, sep='\\n')"
    loaded = subprocess.run(
        [sys.executable, "-c", shown], capture_output=True, text=True, check=True
    )
    assert heavy.isdisjoint(loaded.stdout.split())


def test_a_long_file_shows_on_a_terminal_how_far_it_is() -> None:
    put("many.jsonl", f"{json.dumps(CLEAR)}\n" * 200)
    terminal, its_end = pty.openpty()
    command = [str(Path(sys.executable).with_name("bylaw")), "decide", "greetings"]
    with subprocess.Popen(
        [*command, "--cases", "many.jsonl"], stdout=subprocess.PIPE, stderr=its_end
    ) as asked:
        os.close(its_end)
        decided, _ = asked.communicate()
        shown = os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert len(decided.splitlines()) == 200
    assert "deciding  [##" in shown
