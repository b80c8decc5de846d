"""`bylaw check` prints findings for people and machines, and again at every save."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from engine import new
from engine.cli import group

GOOD = new("greetings")
BROKEN = GOOD.replace("by legal_words, not sure_topic", "by vip").replace(
    'gives { action: reply, reply: "t_return_policy" }', 'gives { reply: "100% sure: a, b" }'
)
REPORTED = Path(__file__).parent / "corpus" / "reports" / "what-may-be-said-of-a-policy.bylaw"
COMMAND = (sys.executable, "-c", "from engine.cli import group; group()()")


@pytest.fixture
def policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    folder = tmp_path / "policies"
    put(folder, "greetings/1.0.0", GOOD)
    return folder


def put(folder: Path, place: str, text: str) -> Path:
    path = folder / f"{place}.bylaw"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def bylaw(*arguments: str) -> Result:
    return CliRunner().invoke(group(), arguments)


@pytest.mark.parametrize("format", ["text", "json", "github", "sarif", "junit"])
def test_a_report_looks_like_its_golden(
    format: str, golden: Callable[[Path, str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPORTED.parent)
    result = bylaw("check", REPORTED.name, "--format", format)
    assert result.exit_code == 1
    golden(REPORTED, result.stdout, format)


@pytest.mark.usefixtures("policies")
def test_a_clean_library_has_nothing_to_complain_of() -> None:
    result = bylaw("check")
    assert (result.exit_code, result.stdout) == (
        0,
        "1 policy, 4 examples: nothing to complain of\n",
    )
    assert bylaw("check", "greetings").exit_code == 0
    assert bylaw("check", "policies").exit_code == 0


def test_findings_are_shown_with_their_lines(policies: Path) -> None:
    put(policies, "greetings/1.0.0", BROKEN)
    result = bylaw("check")
    assert result.exit_code == 1
    assert 'error[failed-example]: `reply` is `"t_return_policy"`' in result.stdout
    assert "  --> policies/greetings/1.0.0.bylaw:" in result.stdout
    assert result.stdout.endswith("\n\n2 errors in 1 policy\n")
    assert "\033" not in result.stdout


def test_findings_as_json_have_a_stable_form(policies: Path) -> None:
    put(policies, "greetings/1.0.0", BROKEN)
    put(policies, "greetings/2.0.0", "bylaw 1\n\npolicy greetings 2.0.0\n\nrecrod Ticket\n")
    result = bylaw("check", "--format", "json")
    told = json.loads(result.stdout)
    assert list(told) == ["policies", "findings"]
    first, second = told["policies"]
    assert list(first) == ["file", "name", "version", "hash", "examples"]
    assert second == {"file": "policies/greetings/2.0.0.bylaw"}
    for finding in told["findings"]:
        assert list(finding) == [
            "code", "severity", "message", "help", "file",
            "line", "column", "end_line", "end_column", "places",
        ]  # fmt: skip
    assert [finding["code"] for finding in told["findings"][:2]] == ["failed-example"] * 2
    assert told["findings"][0]["places"][0]["label"].startswith("this decided: ")
    assert told["findings"][-1]["line"] == 5
    assert result.stdout == bylaw("check", "--format", "json").stdout


def test_findings_as_annotations_escape_what_would_end_them(policies: Path) -> None:
    put(policies, "greetings/1.0.0", BROKEN)
    lines = bylaw("check", "--format", "github").stdout.splitlines()
    assert len(lines) == 2
    pattern = (
        r"::error file=policies/greetings/1\.0\.0\.bylaw,"
        r"line=\d+,endLine=\d+,col=1,endColumn=\d+,title=failed-example::(.*)"
    )
    found = re.fullmatch(pattern, lines[0])
    assert found
    assert 'expected `"100%25 sure: a, b"`%0Aline ' in found[1]


def test_findings_as_sarif_have_what_its_readers_need(policies: Path) -> None:
    put(policies, "greetings/1.0.0", BROKEN)
    log = json.loads(bylaw("check", "--format", "sarif").stdout)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "bylaw"
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(run["results"]) == 2
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note", "none")
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "policies/greetings/1.0.0.bylaw"
        region = place["region"]
        start, end = (
            (region["startLine"], region["startColumn"]),
            (region["endLine"], region["endColumn"]),
        )
        assert (1, 1) <= start < end


def test_findings_as_junit_count_the_check_and_every_example(policies: Path) -> None:
    put(policies, "greetings/1.0.0", BROKEN)
    put(policies, "broken/1.0.0", "bylaw 1\n")
    tree = ElementTree.fromstring(bylaw("check", "--format", "junit").stdout)
    broken, greetings = tree.iter("testsuite")
    assert [broken.get("tests"), broken.get("failures")] == ["1", "1"]
    assert [greetings.get("tests"), greetings.get("failures")] == ["5", "2"]
    cases = {case.get("name"): case.find("failure") for case in greetings}
    assert cases["check"] is None
    failure = cases["Exactly sure enough is sure enough"]
    assert failure is not None
    assert "100% sure" in (failure.get("message") or "")
    assert "--> policies/greetings/1.0.0.bylaw" in (failure.text or "")


@pytest.mark.parametrize("format", ["text", "json", "github", "sarif", "junit"])
@pytest.mark.usefixtures("policies")
def test_every_format_takes_a_clean_library(format: str) -> None:
    result = bylaw("check", "--format", format)
    assert result.exit_code == 0
    assert "error" not in result.stdout.replace('errors="0"', "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["greeting"], "error: there is no policy `greeting`\n  help: did you mean `greetings`?\n"),
        (["greetings@2.0.0"], "there is no version `2.0.0` of `greetings`"),
        (["none.bylaw"], "there is no file `none.bylaw`"),
        (["--policies", "elsewhere"], "there is no folder `elsewhere`"),
        (["--format", "yaml"], "'yaml' is not one of"),
    ],
)
@pytest.mark.usefixtures("policies")
def test_wrong_usage_is_told_kindly(arguments: list[str], said: str) -> None:
    result = bylaw("check", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_colour_is_for_terminals_that_want_it(policies: Path) -> None:
    path = put(policies, "greetings/1.0.0", BROKEN)
    assert "\033[" in on_terminal("check", str(path))
    assert "\033[" not in on_terminal("check", str(path), NO_COLOR="1")


def on_terminal(*arguments: str, **environment: str) -> str:
    terminal, other = os.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=other,
        stderr=other,
        env={**os.environ, "TERM": "xterm", **environment},
    ):
        os.close(other)
        return "".join(read_terminal(terminal))


def read_terminal(terminal: int) -> Iterator[str]:
    with open(terminal, encoding="utf-8", newline="") as stream:
        while True:
            try:
                text = stream.read(1)
            except OSError:  # how a terminal says that it has been left
                return
            if not text:
                return
            yield text


def test_watching_checks_again_at_every_save(policies: Path) -> None:
    path = put(policies, "greetings/1.0.0", GOOD)
    command = [*COMMAND, "check", "--watch", "policies"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watcher:
        overdue = threading.Timer(60, watcher.kill)
        overdue.start()
        assert line_of(watcher, "nothing") == "1 policy, 4 examples: nothing to complain of\n"
        path.write_text(BROKEN, encoding="utf-8")
        assert line_of(watcher, "errors") == "2 errors in 1 policy\n"
        path.write_text(GOOD, encoding="utf-8")
        assert line_of(watcher, "nothing") == "1 policy, 4 examples: nothing to complain of\n"
        watcher.send_signal(signal.SIGINT)
        assert watcher.wait() == 0
        overdue.cancel()


def line_of(watcher: "subprocess.Popen[str]", words: str) -> str:
    """The first line from here that has the words."""
    assert watcher.stdout is not None
    return next(line for line in watcher.stdout if words in line)
