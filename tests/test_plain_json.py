"""JSON is read as every reader would read it, or not at all."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.plain_json import JsonError, read_json

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values, st.booleans())
def test_what_is_written_is_read_back(value: Any, escaped: bool) -> None:
    assert read_json(json.dumps(value, ensure_ascii=escaped)) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,\n "b" 2}', "line 2, column 6: expecting ':' delimiter"),
        ('{"a": {"b": 1, "b": 1}}', "`b` is given twice"),
        ("[Infinity]", "`Infinity` is no number of JSON"),
        ("9" * 5000, "a number has too many digits"),
        ("[" * 100_000, "it is nested too deep"),
        (r'"\ud83d"', "an escape names half of a character"),
    ],
    ids=["colon", "twice", "infinity", "digits", "deep", "half"],
)
def test_what_readers_differ_about_is_refused(text: str, message: str) -> None:
    with pytest.raises(JsonError) as refused:
        read_json(text)
    assert str(refused.value) == message


def test_both_halves_of_a_character_are_one() -> None:
    assert read_json(r'"\ud83d\ude00"') == "😀"
