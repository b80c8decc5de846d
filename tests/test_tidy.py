"""Law 2, the layout: what is written anew says the same, and tidy twice is tidy once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.source import Source
from engine.syntax import nodes as syntax
from engine.syntax.canonical import content_hash, meaning_hash
from engine.syntax.parse import parse
from engine.syntax.walk import walk
from engine.syntax.write import write
from engine.verbs.tidy import tidy
from tests.trees import trees, trees_of_everything

ROOT = Path(__file__).parent.parent
CASES = sorted((ROOT / "tests/corpus/tidy").glob("*.bylaw"))
POLICIES = sorted([*ROOT.glob("policies/*/*.bylaw"), *ROOT.glob("tests/corpus/*/*.bylaw")])
WIDTH = 100
UNHURRIED = (HealthCheck.too_slow, HealthCheck.data_too_large)


def read(text: str) -> syntax.File:
    parsed = parse(Source("policy", text))
    assert parsed.tree is not None, [finding.message for finding in parsed.findings]
    return parsed.tree


def comments(tree: syntax.File) -> list[str]:
    return sorted(comment.text for comment in tree.comments)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_layout_is_as_agreed(case: Path, golden: Callable[[Path, str, str], None]) -> None:
    tidied = tidy(Source(case.name, case.read_text(encoding="utf-8")))
    assert tidied.text is not None
    golden(case, tidied.text, "tidy")


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_tidy_moves_nothing_but_the_layout(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = parse(Source(path.name, text)).tree
    if tree is None:
        return
    written = write(tree, text)
    again = read(written)
    assert again == tree
    assert comments(again) == comments(tree)
    assert content_hash(again) == content_hash(tree)
    assert meaning_hash(again) == meaning_hash(tree)
    assert write(again, written) == written


@given(trees())
def test_written_then_read_is_the_same_tree(tree: syntax.File) -> None:
    assert read(write(tree)) == tree


@given(trees())
def test_tidy_twice_is_tidy_once(tree: syntax.File) -> None:
    written = write(tree)
    assert write(read(written), written) == written


@given(trees())
def test_writing_moves_no_hash(tree: syntax.File) -> None:
    again = read(write(tree))
    assert content_hash(again) == content_hash(tree)
    assert meaning_hash(again) == meaning_hash(tree)


@given(trees(), st.lists(st.tuples(st.integers(0, 10**6), st.booleans()), max_size=5))
def test_no_comment_is_lost(tree: syntax.File, places: list[tuple[int, bool]]) -> None:
    text = write(tree)
    for number, (place, own_line) in enumerate(places):
        text = with_comment(text, tree, place, f"{chr(10) * own_line}# {number}\n")
    commented = read(text)
    written = write(commented, text)
    again = read(written)
    assert again == tree
    assert comments(again) == comments(commented)
    assert write(again, written) == written


def with_comment(text: str, tree: syntax.File, place: int, comment: str) -> str:
    """The text with the comment at one of its blanks, if that leaves the tree as it is."""
    blanks = [offset for offset, character in enumerate(text) if character.isspace()]
    offset = blanks[place % len(blanks)]
    changed = text[:offset] + " " + comment + text[offset:]
    return changed if parse(Source("policy", changed)).tree == tree else text


def test_every_kind_of_node_is_generated() -> None:
    classes = {each for each in vars(syntax).values() if isinstance(each, type)}
    missing = {each for each in classes if issubclass(each, syntax.Node)}
    missing -= {syntax.Node, syntax.Comment}

    @settings(max_examples=30, derandomize=True, database=None, suppress_health_check=UNHURRIED)
    @given(trees_of_everything())
    def look(tree: syntax.File) -> None:
        missing.difference_update(type(node) for node in walk(tree))

    look()
    assert not missing


def test_the_authors_spelling_of_values_stays() -> None:
    text = "bylaw 1\n\npolicy a 1.0.0\n\nlist a = 0.850, 1.0, 48h, 2025-12-29, 2025-12-29T00:00Z\n"
    assert tidy(Source("policy", text)).text == text


def test_what_cannot_be_read_is_not_written() -> None:
    tidied = tidy(Source("policy", "bylaw 1\npolicy a"))
    assert tidied.text is None
    assert tidied.findings


def test_windows_lines_become_plain_ones() -> None:
    tidied = tidy(Source("policy", "\ufeffbylaw 1\r\n\r\npolicy a 1.0.0\r\n  # why\r\n"))
    assert tidied.text == "bylaw 1\n\npolicy a 1.0.0\n# why\n"


def test_lines_are_as_wide_as_agreed() -> None:
    for case in CASES:
        for line in case.with_suffix(".tidy").read_text(encoding="utf-8").splitlines():
            assert len(line) <= WIDTH or '"' in line


def test_the_deepest_nesting_that_is_read_is_written() -> None:
    depth = 1
    while tree := parse(Source("policy", nested(depth + 1))).tree:
        depth += 1
    assert depth > 10
    text = nested(depth)
    tree = read(text)
    assert read(write(tree, text)) == tree
    assert content_hash(tree)


def nested(depth: int) -> str:
    return f"bylaw 1\npolicy a 1.0.0\ndefine a = {'f([' * depth}1{'])' * depth}\n"
