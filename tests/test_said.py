"""Every case of corpus/said is answered with the complaints in the golden beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.diagnostics.render import render
from engine.source import Source
from engine.verbs.check import check

FOLDER = Path(__file__).parent / "corpus" / "said"


def read(case: Path) -> Source:
    return Source(case.name, case.read_bytes().decode("utf-8"))


CASES = sorted(FOLDER.glob("*.bylaw"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_what_is_said(case: Path, golden: Callable[[Path, str, str], None]) -> None:
    said = "\n\n".join(render(finding) for finding in check(read(case)).findings)
    golden(case, f"{said}\n", "said")
