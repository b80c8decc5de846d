"""Every section, bullet and row of the source documents has its place in a policy."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
POLICIES = HERE.parent / "policies"
PAGE = HERE.parent / "docs" / "coverage.md"
DOCUMENTS = {
    "handoff": "Human handoff and escalation",
    "lifecycle": "Issue lifecycle framework",
    "review": "Review scoring revision approved for live use",
}


def places(document: str) -> set[tuple[str, str]]:
    """The left column, taken from the document by hand."""
    lines = (HERE / "specification" / f"{document}.txt").read_text(encoding="utf-8").splitlines()
    return {(place.strip(), said.strip()) for place, _, said in (x.partition("|") for x in lines)}


def rows(document: str) -> list[tuple[str, str, str]]:
    page = PAGE.read_text(encoding="utf-8")
    section = page.split(f"## {DOCUMENTS[document]}\n")[1].split("\n## ")[0]
    found = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:2] == "| "]
    return [(place, said, carried) for place, said, carried in found[1:]]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_page_has_every_place_of_the_document_and_no_other(document: str) -> None:
    told = rows(document)
    assert {(place, said) for place, said, _ in told} == places(document)
    assert len(told) == len(places(document))
    assert all(carried.strip() for _, _, carried in told)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_the_page_names_stands_in_a_policy(document: str) -> None:
    policies = POLICIES.glob(f"{_POLICIES.get(document, document)}/*.bylaw")
    words = set(re.findall(r"[\w-]+", "\n".join(each.read_text() for each in policies)))
    named = {name for _, _, carried in rows(document) for name in re.findall(r"`([^`]+)`", carried)}
    assert named - words == set()


_POLICIES = {"review": "re*"}
