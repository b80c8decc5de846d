"""`bylaw compare`: what is other in a second version, of what, and for how sure."""

import json
import re
from collections.abc import Callable
from itertools import islice, pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import engine
from engine.verbs.compare import bump_of
from service.cli import main
from tests.prover import compare as small
from tests.prover import edits

ROOT = Path(__file__).parents[1]
LIBRARY = engine.Library(ROOT / "policies")
LATER = [
    (name, old, new) for name in LIBRARY.names() for old, new in pairwise(LIBRARY.versions(name))
]

POLICY = """\
bylaw 1

policy parcels 1.0.0
  title "Parcels"
  owner "Support Operations"

enum Service: economy, express
enum Action: refuse, ask, refund   from strict to loose

record Parcel
  service: Service
  days:    integer 0 .. 60
  value:   number 0 .. 500 optional
  note:    text sensitive

record Answer
  action: Action

threshold late: integer = 10
  because "the carrier says so"

trigger anger mentions "lawyer", "never again"

decision parcels(parcel: Parcel): Answer
  guard angry
    when parcel.note mentions anger
    then action: ask
    because "a person answers"

  first
  rule refund
    when parcel.days >= late and parcel.value < 100
    then action: refund
    because "late and cheap"

  otherwise
    then action: ask
    because "somebody looks"

  refused
    then action: refuse

example "Late"
  parcels(parcel: { service: economy, days: 30, value: 20, note: "Where is it?" })
  gives { action: refund } by refund
"""


@pytest.fixture
def compared(tmp_path: Path) -> Callable[..., Result]:
    """The policy against itself with some words for others."""

    def run(changes: dict[str, str], *options: str) -> Result:
        text = POLICY
        for before, after in changes.items():
            assert before in text
            text = text.replace(before, after)
        paths = [tmp_path / "old.bylaw", tmp_path / "new.bylaw"]
        for path, each in zip(paths, (POLICY, text), strict=True):
            path.write_text(each, encoding="utf-8")
        return CliRunner().invoke(main, ["compare", *map(str, paths), *options])

    return run


LATER_BY_FIVE = {"late: integer = 10": "late: integer = 15"}
SOONER_BY_FIVE = {"late: integer = 10": "late: integer = 5"}


# the policies that come with the program


@pytest.mark.parametrize(("name", "old", "new"), LATER)
def test_the_changes_of_a_version_stand_beside_it(
    name: str, old: str, new: str, golden: Callable[[Path, str, str], None]
) -> None:
    """Where they are stale, `pytest tests/test_compare.py --snapshot-update` writes them anew."""
    before, after = (engine.load(LIBRARY.source(f"{name}@{each}")) for each in (old, new))
    changes = engine.compare(before, after)
    assert changes.complete
    golden(LIBRARY.path(f"{name}@{new}"), engine.changes_markdown(changes), "changes.md")


@pytest.mark.parametrize(("name", "old", "new"), LATER)
def test_a_shipped_version_has_an_honest_number(name: str, old: str, new: str) -> None:
    before, after = (engine.load(LIBRARY.source(f"{name}@{each}")) for each in (old, new))
    assert bump_of(engine.compare(before, after)).level == "minor"


@pytest.mark.parametrize("reference", LIBRARY.references())
def test_a_version_is_proved_to_decide_as_itself(reference: str) -> None:
    policy = engine.load(LIBRARY.source(reference))
    changes = engine.compare(policy, policy)
    assert changes.complete
    assert not changes.differs


def test_the_same_is_said_whatever_was_asked_before() -> None:
    old, new = (
        engine.load(LIBRARY.source(f"review_scoring@{each}")) for each in ("1.0.0", "1.1.0")
    )
    said = {engine.changes_markdown(engine.compare(*both)) for both in [(old, new)] * 3}
    assert len(said) == 1


# exhaustive search


def test_what_is_said_of_small_policies_is_what_deciding_every_case_shows() -> None:
    said = [small.wrong(each) for each in islice(small.trials(20260115), 60)]
    assert [each for each in said if each is not None] == []


def test_the_effect_of_an_edit_is_named_or_proved_to_be_none() -> None:
    said = [edits.wrong(each) for each in islice(edits.trials(20260115), 6)]
    assert [each for each in said if each is not None] == []


# what is said


def test_a_threshold_moves_the_cases_between_its_values(compared: Callable[..., Result]) -> None:
    said = compared(LATER_BY_FIVE).output
    assert "`late`: 10 → 15" in said
    assert "stricter: `refund` → `otherwise`" in said
    assert "`days` is 10 .. 14" in said or "`days` <= 14" in said
    assert "looser" not in said.partition("What was edited")[0]


def test_only_what_matters_of_a_case_is_shown(compared: Callable[..., Result]) -> None:
    said = compared(SOONER_BY_FIVE).output
    case = re.search(r"as (\{.*\})", said)
    assert case is not None
    assert "days: " in case[1]
    assert "service" not in case[1]


def test_a_word_that_goes_is_told_with_a_text_that_says_it(
    compared: Callable[..., Result],
) -> None:
    said = compared({'"lawyer", ': ""}).output
    assert '`anger`: without "lawyer"' in said
    assert "`note` does not mention `anger`" in said
    assert 'note: "lawyer"' in said


def test_other_reasons_are_proved_to_change_no_case(compared: Callable[..., Result]) -> None:
    result = compared({"late and cheap": "cheap and late"})
    assert result.exit_code == 0
    assert "`refund` of `parcels`: another reason" in result.output
    assert "every case is decided as before" in result.output


def test_a_renamed_rule_decides_alike_by_another_name(compared: Callable[..., Result]) -> None:
    said = compared({"rule refund": "rule paid_back", "by refund": "by paid_back"}).output
    assert "`refund` of `parcels` is called `paid_back`" in said
    assert "same outcome: `refund` → `paid_back`" in said


CONTRACTS = {
    "a fact must be given": (
        {"  note:": "  weight: number\n  note:", "days: 30,": "days: 30, weight: 2,"},
        "major",
        "`weight` must be",
    ),
    "a fact may be given": (
        {"  note:": "  weight: number optional\n  note:"},
        "minor",
        "`weight` may be given",
    ),
    "a range is narrower": ({"integer 0 .. 60": "integer 0 .. 50"}, "major", "`days` lies in"),
    "a range is wider": ({"integer 0 .. 60": "integer 0 .. 90"}, "minor", "`days` lies in"),
    "a fact is called otherwise": (
        {"  days: ": "  age: ", "parcel.days": "parcel.age", "days: 30": "age: 30"},
        "major",
        "`days` is gone",
    ),
    "an outcome has a member more": (
        {"refuse, ask, refund ": "refuse, ask, refund, gift "},
        "major",
        "`outcome.action` may be `gift`",
    ),
    "a fact has a member more": (
        {"economy, express": "economy, express, night"},
        "minor",
        "`service` may be `night`",
    ),
    "an outcome has a field more": (
        {"  action: Action\n": "  action: Action\n  sure:   bool default true\n"},
        "minor",
        "`outcome.sure` is new",
    ),
}


@pytest.mark.parametrize("what", CONTRACTS)
def test_what_callers_see_comes_first(what: str, compared: Callable[..., Result]) -> None:
    changes, level, text = CONTRACTS[what]
    result = compared(changes, "--format", "json")
    told = json.loads(result.output)
    assert [each["level"] for each in told["contract"] if text in each["text"]] == [level]
    assert told["bump"]["level"] == level
    assert result.exit_code == 1


# exit codes


@pytest.mark.parametrize(
    ("changes", "allow", "code"),
    [
        (LATER_BY_FIVE, None, 1),
        (LATER_BY_FIVE, "stricter", 0),
        (LATER_BY_FIVE, "alike", 3),
        (SOONER_BY_FIVE, "stricter", 3),
        (SOONER_BY_FIVE, "different", 3),
        (SOONER_BY_FIVE, "looser", 0),
        ({"late and cheap": "cheap"}, "alike", 0),
    ],
)
def test_the_exit_code_says_whether_all_is_allowed(
    changes: dict[str, str], allow: str | None, code: int, compared: Callable[..., Result]
) -> None:
    options = [] if allow is None else ["--allow", allow]
    assert compared(changes, *options).exit_code == code


def test_a_budget_that_runs_out_is_said(compared: Callable[..., Result]) -> None:
    hard = "exp(parcel.value / 100) * parcel.value > 7 * parcel.value * parcel.days"
    result = compared({"parcel.value < 100": hard}, "--budget", "1", "--allow", "stricter")
    assert "it could not be told that there is none" in result.output
    assert result.exit_code == 4


def test_wrong_usage_is_said_plainly() -> None:
    with_no_policy = CliRunner().invoke(main, ["compare", "handoff@1.0.0", "handof"])
    assert with_no_policy.exit_code == 2
    assert "did you mean `handoff`?" in with_no_policy.output


def test_a_step_that_always_leads_elsewhere_is_one_kind() -> None:
    before, after = (_life(target) for target in ("DONE", "HELD"))
    changes = engine.compare(before, after, steps=1)
    assert changes.complete
    (lifecycle,) = changes.lifecycles
    assert [(each.state, each.event) for each in lifecycle.moves] == [("OPEN", "close")]


def _life(target: str) -> engine.Program:
    text = f"""bylaw 1

policy life 1.0.0
  title "Life"
  owner "Support"

record Ticket
  vip: bool

lifecycle ticket(ticket: Ticket)
  state OPEN initial
  state HELD
  state DONE final

  event close
  event wait

  transition OPEN -> {target} on close

  transition OPEN -> HELD on wait

  transition HELD -> DONE on close

example "Closed"
  ticket(ticket: {{ vip: true }})
  in OPEN on close
  gives {target}
"""
    return engine.load(engine.Source("life.bylaw", text))
