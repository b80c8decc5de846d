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
PAGES = ROOT / "docs" / "systems"
POLICIES = sorted((ROOT / "policies").glob("*/*.bylaw"))
CASES = sorted((ROOT / "tests" / "corpus" / "explain").glob("*.bylaw"))

PARCELS = """bylaw 1

policy parcels 1.0.0
  title "Parcels"
  owner "Support Operations"

enum Size: small, large, huge

define fits(size: Size) = size not in [large, huge]
"""

Golden = Callable[[Path, str, str], None]


def _without_hashes(page: str) -> str:
    """They are held by tests of their own."""
    return re.sub(r"sha256:[0-9a-f]{64}", "sha256:…", page)


def _program(path: Path) -> Program:
    return load(Source(path.name, path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_page(path: Path, golden: Golden) -> None:
    golden(path, _without_hashes(document(_program(path))), "page.md")


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_documentation_has_the_page_of_a_shipped_policy(path: Path, golden: Golden) -> None:
    golden(PAGES / f"{path.parent.name}@{path.name}", document(_program(path)), "md")


def test_the_documentation_has_no_page_of_a_policy_that_is_gone() -> None:
    shipped = {f"{path.parent.name}@{path.stem}.md" for path in POLICIES}
    assert {path.name for path in PAGES.glob("*@*.md")} == shipped


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


def test_a_list_that_is_excluded_is_not_worded_as_one_that_is_wanted() -> None:
    page = document(load(Source("parcels", PARCELS)))
    assert "the size is none of" in page
