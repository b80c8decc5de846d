"""`bylaw check --coverage`: what decides in an example, and what in none."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine import Source, load
from engine.cli import group
from engine.verbs.coverage import coverage

ROOT = Path(__file__).parents[1]
SHIPPED = sorted((ROOT / "policies").glob("*/*.bylaw"))
PARCEL = """bylaw 1

policy parcel 1.0.0
  title "A parcel"
  owner "Logistics"

enum Size: small, large

record Parcel
  size:    Size
  sent_at: instant
  weight:  number 0 .. 100

table price(size: Size): number
  | size  | price |
  | small | 5     |
  | large | 9     |

decision send(parcel: Parcel): number
  guard heavy
    when price(parcel.size) > 8 and parcel.weight > 90
    then 100
    because "too heavy"

  first
  rule cheap
    when price(parcel.size) < 6
    then 5
    because "small"

  otherwise
    then 9

  refused
    then 100

lifecycle parcel(parcel: Parcel)
  state SENT initial
  state LATE
  state HERE final

  event arrive

  transition SENT, LATE -> HERE on arrive

  deadline patience in SENT
    at parcel.sent_at + 3d
    then go LATE
"""
SEND = """
example "{title}"
  send(parcel: {{ size: {size}, sent_at: 2026-01-01, weight: {weight} }})
  gives {gives}
"""
LIVE = """
example "{title}"
  parcel(parcel: {{ size: large, sent_at: 2026-01-01, weight: 1 }})
  in SENT at {at} {on}
  gives {gives}
"""
EVERY = (
    SEND.format(title="heavy", size="large", weight=91, gives=100),
    SEND.format(title="cheap", size="small", weight=1, gives=5),
    SEND.format(title="dear", size="large", weight=1, gives=9),
    LIVE.format(title="arrives", at="2026-01-02", on="on arrive", gives="HERE"),
    LIVE.format(title="late", at="2026-01-09", on="", gives="LATE"),
)


def uncovered(*examples: str) -> list[str]:
    found = coverage(load(Source("parcel", PARCEL + "".join(examples))))
    assert found.total == 7
    return [
        each.message().removesuffix(" decides nothing in any example") for each in found.uncovered
    ]


def check(*arguments: str) -> Result:
    return CliRunner().invoke(group(), ["check", "--coverage", *arguments])


def test_what_every_example_shows_is_covered() -> None:
    assert uncovered(*EVERY) == []


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        (0, ["the guard `heavy`"]),
        (1, ["the rule `cheap`", "this row of `price`"]),
        (2, ["`otherwise` of `send`"]),
        (3, ["the transition `SENT, LATE -> HERE on arrive`"]),
        (4, ["the deadline `patience`"]),
    ],
    ids=["guard", "rule", "otherwise", "transition", "deadline"],
)
def test_what_no_example_shows_is_said(left_out: int, missing: list[str]) -> None:
    assert uncovered(*EVERY[:left_out], *EVERY[left_out + 1 :]) == missing


def test_a_row_that_only_an_example_of_the_table_looks_up_is_covered() -> None:
    row = 'example "the small one"\n  price(small) gives 5\n'
    assert uncovered(EVERY[0], EVERY[2], *EVERY[3:], row) == ["the rule `cheap`"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_rule_and_row_of_a_shipped_policy_decides_in_an_example(path: Path) -> None:
    assert coverage(load(Source(path.name, path.read_text(encoding="utf-8")))).uncovered == ()


def test_the_command_line_says_how_much_and_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "parcel.bylaw"
    path.write_text(PARCEL + "".join(EVERY), encoding="utf-8")
    result = check(str(path))
    assert "uncovered" not in result.stdout
    assert "parcel 1.0.0: 7 of 7 rules and rows decide in an example (100 %)" in result.stdout
    path.write_text(PARCEL + "".join(EVERY[1:]), encoding="utf-8")
    result = check(str(path))
    assert result.exit_code == 1
    assert "warning[uncovered]: the guard `heavy` decides nothing in any example" in result.stdout
    assert "6 of 7 rules and rows decide in an example (85 %)" in result.stdout
    told = json.loads(check(str(path), "--format", "json").stdout)
    assert told["policies"][0]["coverage"] == {"total": 7, "covered": 6}
    assert "uncovered" in [each["code"] for each in told["findings"]]


def test_the_page_shows_it_and_its_cure() -> None:
    page = (ROOT / "docs" / "errors" / "uncovered.md").read_text(encoding="utf-8")
    wrong, right = re.findall(r"```bylaw\n(.*?)```", page, re.DOTALL)
    assert [each.what for each in coverage(load(Source("wrong", wrong))).uncovered] == [
        "`otherwise` of `answer`"
    ]
    assert coverage(load(Source("right", right))).uncovered == ()
