"""A policy's page reads as agreed, and leaves nothing of the policy out."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.language.functions import AGGREGATES, FUNCTIONS
from engine.language.operators import OPERATORS
from engine.program import wording
from engine.program.nodes import Program
from engine.source import Source
from engine.verbs.check import load
from engine.verbs.document import document
from engine.verbs.pages.markdown import plain

ROOT = Path(__file__).parent.parent
POLICIES = sorted((ROOT / "policies").glob("*/*.bylaw"))
CASES = sorted((ROOT / "tests" / "corpus" / "explain").glob("*.bylaw"))

Golden = Callable[[Path, str, str], None]


def _without_hashes(page: str) -> str:
    """They are held by tests of their own."""
    return re.sub(r"sha256:[0-9a-f]{64}", "sha256:…", page)


def _program(path: Path) -> Program:
    return load(Source(path.name, path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "path", [*POLICIES, *CASES], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_the_page(path: Path, golden: Golden) -> None:
    page = document(_program(path))
    golden(path, _without_hashes(page) if path in CASES else page, "page.md")


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_rule_number_and_promise_stands_on_the_page(path: Path) -> None:
    program = _program(path)
    page = document(program)
    assert program.content_hash in page
    for said in (each.because for each in program.thresholds.values() if each.because):
        assert plain(said) in page
    for example in program.examples:
        assert f"| {example.title} |" in page


def test_every_operation_has_its_words() -> None:
    worded = {
        *wording.COMPARED, *wording.TESTED, *wording.INFIX, *wording.APPLIED, *wording.VARIADIC,
        "and", "or", "not",
    }  # fmt: skip
    assert {*OPERATORS, *FUNCTIONS} <= worded
    assert AGGREGATES.keys() == wording.AGGREGATED.keys()
