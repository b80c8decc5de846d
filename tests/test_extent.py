"""What a few lines stand for is bounded: chains of declarations, and declarations that double."""

import re
from collections.abc import Callable
from itertools import count, takewhile
from pathlib import Path

import pytest

from engine import Source, check
from engine.backends.python.evaluator import Evaluator

PAGES = Path(__file__).parents[1] / "docs" / "errors"
POLICY = """\
bylaw 1

policy bombs 1.0.0

{declarations}

record Ticket
  late: bool

record Outcome
  late: bool

decision answer(ticket: Ticket): Outcome
  first
  rule one
    when {condition}
    then late: true
  otherwise
    then late: false
  refused
    then late: false
"""


def policy(declarations: str, condition: str = "ticket.late") -> str:
    return POLICY.format(declarations=declarations, condition=condition)


def errors(declarations: str, condition: str = "ticket.late") -> list[str]:
    text = policy(declarations, condition)
    return [each.code for each in check(Source("bombs", text)).findings if each.severity == "error"]


def chain(length: int, write: Callable[[str, str], str], first: str) -> str:
    """Each declaration made of its name and that of the one before."""
    return "\n".join([first, *(write(f"d{each + 1}", f"d{each}") for each in range(length))])


def calling(length: int, value: str) -> str:
    def write(name: str, before: str) -> str:
        return f"define {name}(late: bool) = {value.format(f'{before}(late)')}"

    return chain(length, write, "define d0(late: bool) = late")


def holding(length: int, *fields: str) -> str:
    def write(name: str, before: str) -> str:
        return "\n".join([f"record {name}", *(f"  {field}: {before}" for field in fields)])

    return chain(length, write, "record d0\n  late: bool")


@pytest.mark.parametrize("length", [100, 2000])
def test_defines_that_call_one_another_for_ever_are_refused(length: int) -> None:
    assert errors(calling(length, "{}"), f"d{length}(ticket.late)") == ["too-deep"]


def test_defines_that_are_deep_together_are_refused() -> None:
    assert errors(calling(8, "not " * 20 + "{}"), "d8(ticket.late)") == ["too-deep"]


def test_defines_that_double_are_refused() -> None:
    doubling = chain(22, "define {0} = {1} + {1}".format, "define d0 = 1")
    assert errors(doubling, "d22 > 1") == ["too-long"]


@pytest.mark.parametrize("length", [100, 2000])
def test_records_that_hold_one_another_for_ever_are_refused(length: int) -> None:
    assert errors(holding(length, "one")) == ["too-deep"]


def test_records_that_double_are_refused() -> None:
    assert errors(holding(22, "one", "other")) == ["too-long"]


def test_a_circle_of_records_however_long_is_refused() -> None:
    circle = "\n".join(f"record r{each}\n  on: r{(each + 1) % 500}" for each in range(500))
    assert errors(circle) == ["too-deep"]


def test_a_long_text_is_not_refused_for_its_length() -> None:
    rows = "\n".join(f"  | {each} | {each} |" for each in range(2_000))
    table = f"table t(x: integer 0 .. 1999): number\n  | x | y |\n{rows}"
    assert errors(table) == []


@pytest.mark.parametrize("value", ["{}", "not {}", "(late and not {})", "(not late and {})"])
def test_what_is_just_not_too_deep_is_decided(value: str) -> None:
    texts = (policy(calling(length, value), f"d{length}(ticket.late)") for length in count(5))
    programs = list(takewhile(bool, (check(Source("bombs", text)).program for text in texts)))
    assert len(programs) > 1
    assert programs[-1] is not None
    assert Evaluator(programs[-1]).decide({"late": True}).basis in ("rule", "otherwise")


@pytest.mark.parametrize("code", ["too-deep", "too-long"])
def test_the_page_shows_it_and_its_cure(code: str) -> None:
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    wrong, right = re.findall(r"```bylaw\n(.*?)```", page, re.DOTALL)
    assert errors(wrong) == [code]
    assert errors(right) == []
