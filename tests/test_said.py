"""Every case of corpus/said is answered with the complaints in the golden beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.diagnostics.base import Finding
from engine.diagnostics.render import render
from engine.source import Source
from engine.syntax.parse import parse

FOLDER = Path(__file__).parent / "corpus" / "said"


def findings(source: Source) -> tuple[Finding, ...]:
    return parse(source).findings


def read(case: Path) -> Source:
    return Source(case.name, case.read_bytes().decode("utf-8"))


def is_asked(case: Path) -> bool:
    return case.with_suffix(".said").exists() or bool(findings(read(case)))


CASES = [case for case in sorted(FOLDER.glob("*.bylaw")) if is_asked(case)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_what_is_said(case: Path, golden: Callable[[Path, str, str], None]) -> None:
    said = "\n\n".join(render(finding) for finding in findings(read(case)))
    golden(case, f"{said}\n", "said")
