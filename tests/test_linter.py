"""Every lint finds its invalid examples and is silent about its valid ones."""

import re
from pathlib import Path

import pytest

from engine.diagnostics import lints
from engine.diagnostics.base import Diagnostic
from engine.linter.base import Lint
from engine.linter.lint import LINTS
from engine.linter.lints import unlike_name
from engine.source import Source
from engine.verbs.check import check

PAGES = Path(__file__).parents[1] / "docs" / "errors"
HEADER = 'bylaw 1\n\npolicy example 1.0.0\n  title "Example"\n  owner "Support Operations"\n'
VALID = [(each, text) for each in LINTS for text in each.valid]
INVALID = [(each, text) for each in LINTS for text in each.invalid]


def codes(text: str) -> list[str]:
    """What is said of an example, in which nothing may be wrong."""
    found = check(
        Source("example.bylaw", text if text.startswith("bylaw") else HEADER + text)
    ).findings
    assert {finding.severity for finding in found} <= {"warning"}, text
    return [finding.code for finding in found]


@pytest.mark.parametrize(("one", "text"), VALID, ids=[each.name for each, _ in VALID])
def test_a_lint_is_silent_about_its_valid_examples(one: Lint, text: str) -> None:
    assert one.name not in codes(text)


@pytest.mark.parametrize(("one", "text"), INVALID, ids=[each.name for each, _ in INVALID])
def test_a_lint_finds_its_invalid_examples(one: Lint, text: str) -> None:
    assert one.name in codes(text)


def test_every_lint_has_both_kinds_of_examples() -> None:
    assert all(each.valid and each.invalid for each in LINTS)


def test_every_warning_of_the_linter_has_its_lint() -> None:
    defined = {
        each
        for each in vars(lints).values()
        if isinstance(each, type) and issubclass(each, Diagnostic) and each is not Diagnostic
    }
    assert {each.says for each in LINTS} == defined
    assert {each.says.severity for each in LINTS} == {"warning"}


def test_every_file_of_lints_is_in_the_table() -> None:
    files = Path(str(unlike_name.__file__)).parent.glob("[!_]*.py")
    assert sorted(path.stem for path in files) == sorted(
        each.name.replace("-", "_") for each in LINTS
    )


def test_findings_come_in_the_order_of_the_text() -> None:
    text = 'threshold two: number = 2\n\ntrigger one mentions "one"\n'
    found = codes(HEADER + text)
    assert found == ["threshold-without-reason", "unused-declaration", "unused-declaration"]


@pytest.mark.parametrize(
    ("name", "manner", "expected"),
    [
        ("orderID", "snake", "order_id"),
        ("OrderState", "snake", "order_state"),
        ("In_Work", "upper", "IN_WORK"),
        ("ticket_state", "title", "TicketState"),
        ("ticket_state", "camel", "ticketState"),
    ],
)
def test_a_name_is_suggested_in_the_manner_of_the_others(
    name: str, manner: str, expected: str
) -> None:
    assert unlike_name._spelled(name, manner) == expected


@pytest.mark.parametrize("one", LINTS, ids=[each.name for each in LINTS])
def test_the_page_of_a_lint_shows_it_and_its_cure(one: Lint) -> None:
    page = (PAGES / f"{one.name}.md").read_text(encoding="utf-8")
    wrong, right = re.findall(r"^```bylaw\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert set(codes(wrong)) == {one.name}
    assert codes(right) == []


def test_a_name_of_many_small_letters_and_a_great_one_is_told_at_once() -> None:
    usual = "".join(f"  field_{word}: text\n" for word in ("one", "two", "three", "four"))
    text = f"record Order\n{usual}  {'a' * 60}A: text\n"
    assert "unlike-name" in codes(HEADER + text)
