"""The nearest name to one that is not known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.nearest import nearest

FACTS = ("amount", "channel", "error_codes", "deterministic_match", "vip")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("amout", "amount"),
        ("chanel", "channel"),
        ("errorCodes", "error_codes"),
        ("error-codes", "error_codes"),
        ("determinstic_mtach", "deterministic_match"),
        ("vpi", "vip"),
        ("colour", None),
        ("x", None),
        ("", None),
    ],
)
def test_a_slip_or_two_is_forgiven(word: str, meant: str | None) -> None:
    assert nearest(word, FACTS) == meant


def test_of_equals_the_first_wins() -> None:
    assert nearest("tier_3", ("tier_0", "tier_1")) == "tier_0"


@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=5))
def test_what_is_suggested_is_a_candidate_and_another_word(word: str, names: list[str]) -> None:
    found = nearest(word, names)
    assert found is None or (found in names and found != word)
