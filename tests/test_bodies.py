"""The body of a request is read quickly where it is surely right; it must be read as the engine
reads it, however it is written."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import JsonError, read_json
from service.api.bodies import parse
from service.problems import ProblemError
from service.settings import Settings

LIMITS = Settings()
BLANKS = st.text(" \t\r\n", max_size=2)
NUMBERS = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
)
PIECES = [
    *("a", "b", ":", " ", '\\"', '\\":', "\\u0061", "\\u003a", "\\u0022", "\\ud83d\\ude00"),
    *("\\ud800", "é", "\\\\", "\\/", "\\n", "{", "}", ",", "\x7f", "\\u0000", "\u2028", "\ud7ff"),
]
STRINGS = st.lists(st.sampled_from(PIECES), max_size=4).map(lambda of: f'"{"".join(of)}"')


def objects(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Few names, so that many are given twice."""
    members = st.tuples(BLANKS, STRINGS, BLANKS, st.just(":"), BLANKS, inner, BLANKS)
    return st.lists(members.map("".join), max_size=4).map(lambda of: f"{{{','.join(of)}}}")


TEXTS = st.recursive(
    st.one_of(STRINGS, NUMBERS, st.sampled_from(["true", "false", "null", "NaN", "Infinity"])),
    lambda inner: st.one_of(
        st.lists(st.tuples(BLANKS, inner, BLANKS).map("".join), max_size=4).map(
            lambda of: f"[{','.join(of)}]"
        ),
        objects(inner),
    ),
    max_leaves=12,
)


def read(body: bytes) -> Any:
    try:
        value = read_json(body.decode())
    except (JsonError, UnicodeDecodeError):
        return ProblemError
    return value if isinstance(value, dict) else ProblemError


def taken(body: bytes) -> Any:
    try:
        return parse(body, LIMITS)
    except ProblemError:
        return ProblemError


@given(st.tuples(BLANKS, objects(TEXTS), BLANKS).map("".join))
def test_a_body_is_read_as_the_engine_reads_it(text: str) -> None:
    body = text.encode()
    assert repr(taken(body)) == repr(read(body))


@given(objects(TEXTS), st.integers(0, 200), st.binary(max_size=3))
def test_a_broken_body_is_told_as_the_engine_tells_it(text: str, at: int, bytes_: bytes) -> None:
    body = text.encode()
    body = body[:at] + bytes_ + body[at + 1 :]
    assert repr(taken(body)) == repr(read(body))


TWICE = [
    '{"a":1,"a":1}',
    '{"a" : 1, "a": 1}',
    '{"a":1,"\\u0061":1}',
    '{"a" \n: "\\"\\u003a", "a" \t: "\\":"}',
    '{"a":[{"b":":"},{"b":1,"b":2}]}',
    '{"input":{"a":"\\":","a" :1}}',
    '{"a":"\\\\","a":1}',
    '{"a":"\\"","a":"\\u0022"}',
    '{"a":"x\\\\","b":"\\"","a":1}',
]


@pytest.mark.parametrize("text", TWICE)
def test_a_name_given_twice_is_refused_however_it_is_written(text: str) -> None:
    with pytest.raises(ProblemError, match="is given twice"):
        parse(text.encode(), LIMITS)


def test_a_body_that_is_surely_right_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes in a text are no hindrance; a backslash before one might be one of two."""
    asked: list[str] = []

    def noting(text: str) -> Any:
        asked.append(text)
        return read_json(text)

    monkeypatch.setattr("service.api.bodies.read_json", noting)
    usual = {"at": "2026-01-15T14:32:00Z", "text": 'see "this": it :-)', "of": [{"a": 1}, {"a": 2}]}
    for body in (
        json.dumps(usual),
        json.dumps(usual, indent=2),
        msgspec.json.encode(usual).decode(),
    ):
        assert parse(body.encode(), LIMITS) == usual
    assert not asked
    odd = json.dumps({"text": 'he typed \\"'})
    assert parse(odd.encode(), LIMITS) == json.loads(odd)
    assert asked == [odd]
