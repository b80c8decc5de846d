"""The documentation holds: its pages play as printed, nothing that a user meets is left out, and
it builds."""

import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from service.auth import ROLES
from service.cli import main
from service.metrics import Metrics
from service.operations import OPERATIONS, PROBLEMS
from service.settings import Settings
from tests.pages import played

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [
    path.relative_to(DOCS).as_posix()
    for path in sorted(DOCS.rglob("*.md"))
    if path.parent.name != "errors"
]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_plays_as_it_is_printed(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    page = DOCS / name
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    printed = page.read_text(encoding="utf-8")
    really = played(printed, tmp_path)
    if request.config.getoption("update_snapshots"):
        page.write_text(really, encoding="utf-8")
    else:
        assert printed == really


def test_every_command_is_shown_with_its_options() -> None:
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    assert {name for name in main.commands if f"\n$ bylaw {name} --help\n" not in page} == set()


def test_every_path_of_the_service_is_shown() -> None:
    page = (DOCS / "http.md").read_text(encoding="utf-8")
    paths = {operation.path for operation in OPERATIONS}
    assert {path for path in paths if f"{path}`" not in page} == set()


def test_every_code_of_a_problem_is_shown() -> None:
    page = (DOCS / "http.md").read_text(encoding="utf-8")
    intake = (ROOT / "engine" / "backends" / "python" / "validate.py").read_text(encoding="utf-8")
    codes = {*PROBLEMS, *re.findall(r'"([a-z]+(?:-[a-z]+)+)"', intake)}
    assert {code for code in codes if f"`{code}`" not in page} == set()


def test_every_code_that_the_service_gives_is_in_its_table() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "service").rglob("*.py"))
    given = re.findall(r'ProblemError\(\s*\d+, "([a-z-]+)"', sources)
    elsewhere = {"not-found", "method-not-allowed", "undefined-document"}  # said at no operation
    assert set(given) - elsewhere <= set(PROBLEMS)


def test_every_setting_has_its_row() -> None:
    page = (DOCS / "operate.md").read_text(encoding="utf-8")
    for each in fields(Settings):
        default = "" if each.default is None else f"`{each.default}`"
        name = each.name.replace("_", "-")
        assert f"| `--{name}` | {default} | {each.metadata['help']} |" in page


def test_every_metric_has_its_row() -> None:
    page = (DOCS / "operate.md").read_text(encoding="utf-8")
    names = re.findall(r"^# TYPE (bylaw_\w+) ", Metrics().text().decode(), re.M)
    kept = [name for name in names if not name.endswith("_created")]
    assert kept
    assert [name for name in kept if f"| `{name}`" not in page] == []


def test_every_role_has_its_row() -> None:
    page = (DOCS / "secure.md").read_text(encoding="utf-8")
    assert [role for role in ROLES if f"| `{role}` |" not in page] == []


def test_the_documentation_builds(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "sphinx", "-q", "-W", "-E", str(DOCS), str(tmp_path)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_word_of_the_language_is_listed() -> None:
    grammar = (ROOT / "engine" / "syntax" / "grammar.lark").read_text(encoding="utf-8")
    page = (DOCS / "language" / "words.md").read_text(encoding="utf-8")
    words = {
        (word, "reserved" if priority else "")
        for priority, word in re.findall(r'^[A-Z_]+(\.\d)?: "([a-z]+)"$', grammar, re.M)
    }
    assert set(re.findall(r"^\| `(\w+)` \|.*\| (\w*) \|$", page, re.M)) == words
