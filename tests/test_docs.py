"""The documentation holds: its pages play as printed, nothing that a user meets is left out, and
it builds."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
