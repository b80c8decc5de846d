"""What the README shows comes true: its policy, its commands, and what they print."""

from pathlib import Path

import pytest

from tests.pages import played

README = Path(__file__).parents[1] / "README.md"


def test_the_readme_plays_as_it_is_printed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    printed = README.read_text(encoding="utf-8")
    really = played(printed, tmp_path)
    if request.config.getoption("update_snapshots"):
        README.write_text(really, encoding="utf-8")
    else:
        assert printed == really
