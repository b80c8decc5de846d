"""The documentation holds: its pages play as printed, nothing that a user meets is left out, and
it builds."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from service.app import create_app
from service.cli import main
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
    paths = {
        re.sub(r":\w+\}", "}", route.path)
        for route in create_app(Settings(policies=ROOT / "policies")).routes
    }
    assert {path for path in paths if f"{path}`" not in page} == set()


def test_every_code_of_a_problem_is_shown() -> None:
    page = (DOCS / "http.md").read_text(encoding="utf-8")
    sources = [ROOT / "service" / "problems.py", *(ROOT / "service" / "api").glob("*.py")]
    sources.append(ROOT / "engine" / "backends" / "python" / "validate.py")
    texts = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    codes = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', texts))
    assert {code for code in codes if f"`{code}`" not in page} == set()


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
