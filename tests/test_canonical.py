"""The canonical form: RFC 8785 holds below both hashes, and what each of them sees."""

import struct
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
import rfc8785
from hypothesis import given

from engine.source import Source
from engine.syntax import nodes as syntax
from engine.syntax.canonical import canonical, content_hash, meaning_hash, written
from engine.syntax.parse import parse
from tests.trees import trees

# RFC 8785, appendix B
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}

POLICY = """bylaw 1

policy refunds 1.0.0
  title "Refunds"
  owner "Support Operations"
  source "a document"

enum Channel: email "written", voice

record Ticket
  channel: Channel "where it came in"
  vip:     bool default false because "rare"

threshold small: number = 25.0
  because "cheap"

list letters: text = "a" "first", "b"

define double(n: number) = n * 2

decision refund(ticket: Ticket): Ticket
  guard vip
    when ticket.vip
    then channel: voice
    because "a vip"

  otherwise
    then channel: email
    because "nothing else"

  refused
    then channel: voice

guarantee vips_are_called
  for refund(ticket) = outcome
  when ticket.vip
  then outcome.channel is voice

example "one"
  double(1)
  gives 2
"""

WORDING = {
    'title "Refunds"': 'title "Money back"',
    'owner "Support Operations"': 'owner "Somebody else"',
    'source "a document"': 'source "another document"',
    "policy refunds 1.0.0": "policy returns 1.0.1",
    '"written"': '"by mail"',
    '"where it came in"': '"the way in"',
    'because "rare"': 'because "seldom"',
    'because "cheap"': 'because "small"',
    '"a" "first"': '"a" "one"',
    'because "a vip"': 'because "important"',
    'because "nothing else"': 'because "the rest"',
    "vips_are_called": "vips_are_phoned",
    "  double(1)\n  gives 2": "  double(2)\n  gives 4",
}

MEANING = {
    "small: number = 25.0": "small: number = 26",
    "default false": "default true",
    '"b"\n': '"c"\n',
    "n * 2": "n * 3",
    "guard vip": "guard very_important",
    "then channel: email": "then channel: voice",
    "enum Channel: email": 'enum Channel: email as "mail"',
}

LAYOUT = {
    "threshold small": "# a comment\nthreshold   small",
    "25.0": "25",
    "    when ticket.vip\n    then channel: voice": "    when (ticket.vip) then\n\n channel: voice",
}


def tree(text: str) -> syntax.File:
    found = parse(Source("refunds", text))
    assert found.tree is not None, [each.message for each in found.findings]
    return found.tree


def changed(old: str, new: str) -> syntax.File:
    assert old in POLICY
    return tree(POLICY.replace(old, new, 1))


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_are_written_as_rfc_8785_has_them(bits: str, text: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert rfc8785.dumps(number) == text.encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_has_no_form(number: float) -> None:
    with pytest.raises(rfc8785.FloatDomainError):
        rfc8785.dumps(number)


def test_keys_are_sorted_by_their_utf_16_units() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = rfc8785.dumps(dict.fromkeys(keys, 0)).decode()
    order = ["\\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert written == "{" + ",".join(f'"{key}":0' for key in order) + "}"


def test_texts_are_escaped_as_little_as_can_be() -> None:
    text = '\u20ac$\u000f\nA\'B"\\\\"/'
    assert rfc8785.dumps(text).decode() == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'


@pytest.mark.parametrize(("old", "new"), LAYOUT.items())
def test_layout_and_comments_move_no_hash(old: str, new: str) -> None:
    before, after = tree(POLICY), changed(old, new)
    assert content_hash(before) == content_hash(after)
    assert meaning_hash(before) == meaning_hash(after)


@pytest.mark.parametrize(("old", "new"), WORDING.items())
def test_wording_moves_the_content_hash_alone(old: str, new: str) -> None:
    before, after = tree(POLICY), changed(old, new)
    assert content_hash(before) != content_hash(after)
    assert meaning_hash(before) == meaning_hash(after)


@pytest.mark.parametrize(("old", "new"), MEANING.items())
def test_what_decides_moves_both_hashes(old: str, new: str) -> None:
    before, after = tree(POLICY), changed(old, new)
    assert content_hash(before) != content_hash(after)
    assert meaning_hash(before) != meaning_hash(after)


def test_the_order_of_declarations_is_said_and_means_nothing() -> None:
    first, second = "define a = 1\n", "define b = 2\n"
    head = "bylaw 1\npolicy p 1.0.0\n"
    before, after = tree(head + first + second), tree(head + second + first)
    assert content_hash(before) != content_hash(after)
    assert meaning_hash(before) == meaning_hash(after)


def test_values_beyond_what_json_numbers_hold_are_text() -> None:
    values = "9007199254740992, 1.50, 2.0, 1d, 2300-01-01"
    form: Any = canonical(tree(f"bylaw 1\npolicy p 1.0.0\nlist a = {values}\n"))
    assert [item["value"] for item in form["declarations"][0]["items"]] == [
        {"node": "Number", "value": "9007199254740992"},
        {"node": "Number", "value": 1.5},
        {"node": "Number", "value": 2},
        {"node": "Duration", "microseconds": "86400000000"},
        {"node": "Instant", "microseconds": "10413792000000000"},
    ]


@given(trees())
def test_whatever_is_changed_moves_the_content_hash(original: syntax.File) -> None:
    before = content_hash(original)
    for changed_tree in variants(original):
        assert changed_tree != original
        assert content_hash(changed_tree) != before


def variants(node: syntax.Node) -> Iterator[Any]:
    """The node with each of its parts changed, one at a time."""
    for part in fields(node):
        if part.compare:
            for other in others(getattr(node, part.name)):
                changes: dict[str, Any] = {part.name: other}
                yield replace(node, **changes)


def others(value: object) -> Iterator[object]:
    match value:
        case syntax.Node():
            yield from variants(value)
        case (*some, last):
            yield tuple(some)
            yield from ((*some, other) for other in others(last))
        case bool():
            yield not value
        case int() | float():
            yield value + 1 if abs(value) < 2**53 else value / 2
        case str():
            yield value + "x"


@given(trees())
def test_both_writers_of_the_canonical_form_agree(tree: syntax.File) -> None:
    assert written(canonical(tree)) == rfc8785.dumps(canonical(tree))


@pytest.mark.parametrize("number", [0.00001, -1.5e-7, 5e-324, 0.0001, 0.1])
def test_small_numbers_are_written_as_the_standard_says(number: float) -> None:
    assert written({"of": [number]}) == rfc8785.dumps({"of": [number]})
