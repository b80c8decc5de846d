"""`prove` says of a guarantee that it holds of every case, or shows a case that breaks it."""

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import engine
from engine import Program, Proof
from engine.verbs.proving.models import CaseAgainst, PairAgainst, PathAgainst
from service.cli import main
from tests.prover.guarantees import differs, policies

ROOT = Path(__file__).parents[1]
SHIPPED = sorted((ROOT / "policies").glob("*/*.bylaw"))
DESK = """bylaw 1

policy desk 1.0.0
  title "Desk"
  owner "Support"

enum Action: route, answer from strict to loose

enum Grade: low, high from low to high

record Ticket
  message: text sensitive
  vip:     bool default false because "nobody is by chance"
  score:   number 0 .. 1 optional
  grades:  list of Grade up to 40

record Outcome
  action: Action

trigger legal mentions "lawyer", "court"

define worth(age: number >= 0, grade: Grade) =
  exp(-0.1 * age) * (when grade is high then 2 otherwise 1)

decision desk(ticket: Ticket): Outcome
  guard legal
    when ticket.message mentions legal
    then action: route
  first
  rule sure
    when ticket.score >= 0.7
    then action: answer
  otherwise
    then action: route
  refused
    then action: route

lifecycle life(ticket: Ticket)
  state OPEN initial
  state WAITING
  state CLOSED final
  event close
  event wait
  transition OPEN -> WAITING on wait
    when ticket.vip and not ticket.vip
  transition OPEN -> CLOSED on close
    when ticket.vip
  deadline late in WAITING
    at now + 1h
    then go CLOSED
"""
GUARANTEES = {
    "holds": "when ticket.message mentions legal then outcome.action is route",
    "breaks": "when ticket.vip then outcome.action is route",
    "unknown_counts": "when ticket.score < 0.5 then ticket.score is known",
    "asks_nothing": "when ticket.vip and not ticket.vip then outcome.action is route",
    "long_lists": "when count(ticket.grades) is 40 then ticket.grades is not empty",
    "many_are_low": "then count(g for g in ticket.grades where g is high) < 30",
    "passes": "every path from OPEN to WAITING passes CLOSED",
    "goes_by": "every path from OPEN to CLOSED passes WAITING",
    "fades": "worth never rises with age",
    "grows": "worth never falls with age",
}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_guarantee_of_a_shipped_policy_is_proved(path: Path) -> None:
    proofs = engine.prove(engine.load(engine.Source(path.name, path.read_text(encoding="utf-8"))))
    said = {each.guarantee: (each.verdict, each.vacuous) for each in proofs.guarantees}
    assert said == dict.fromkeys(said, ("proved", False))


def test_on_small_policies_it_says_what_trying_all_cases_says() -> None:
    for text, policy in islice(policies(seed=1), 300):
        wrong = differs(policy)
        assert wrong is None, f"{text}\n{wrong}"


@pytest.mark.parametrize("name", ["holds", "long_lists", "fades"])
def test_what_holds_of_every_case_is_proved(name: str) -> None:
    found = _proof(name)
    assert (found.verdict, found.vacuous, found.against) == ("proved", False, None)


@pytest.mark.parametrize("name", ["asks_nothing", "passes"])
def test_what_is_kept_because_it_asks_nothing_is_told(name: str) -> None:
    found = _proof(name)
    assert (found.verdict, found.vacuous) == ("proved", True)


def test_a_case_against_a_guarantee_is_one_to_decide() -> None:
    against = _proof("breaks").against
    assert isinstance(against, CaseAgainst)
    policy = _desk("breaks")
    decision = engine.decide(
        policy, against.case, against.decision, engine.parse_instant(against.as_of)
    )
    assert decision.basis == "rule"
    assert decision.outcome == against.outcome == {"action": "answer"}
    assert against.case["vip"]


def test_a_premise_that_is_unknown_counts() -> None:
    against = _proof("unknown_counts").against
    assert isinstance(against, CaseAgainst)
    assert "score" not in against.case


def test_a_long_list_that_breaks_it_is_written_out() -> None:
    against = _proof("many_are_low").against
    assert isinstance(against, CaseAgainst)
    assert against.case["grades"].count("high") == 30


def test_a_path_around_is_shown_step_by_step() -> None:
    against = _proof("goes_by").against
    assert isinstance(against, PathAgainst)
    assert against.states == ["OPEN", "CLOSED"]
    (step,) = against.steps
    policy = _desk("goes_by")
    decided = engine.decide(policy, step.case, "life", engine.parse_instant(step.as_of))
    assert decided.outcome["state"] == "CLOSED"


def test_two_cases_against_a_trend_differ_in_its_fact_alone() -> None:
    against = _proof("grows").against
    assert isinstance(against, PairAgainst)
    assert {**against.lower, "age": 0} == {**against.higher, "age": 0}
    assert against.lower["age"] < against.higher["age"]
    assert against.lower_value > against.higher_value


def test_where_the_budget_runs_out_it_says_so() -> None:
    text = (ROOT / "policies" / "lifecycle" / "1.0.0.bylaw").read_text(encoding="utf-8")
    policy = engine.load(engine.Source("lifecycle.bylaw", text))
    name = "a_strong_complaint_never_waits"
    (found,) = engine.prove(policy, name, budget=0).guarantees
    assert (found.verdict, found.because[0]) == ("unknown", "the budget ran out")


def test_the_command_shows_a_case_to_paste(tmp_path: Path) -> None:
    path = tmp_path / "desk.bylaw"
    path.write_text(_text("breaks", "holds"), encoding="utf-8")
    shown = _run("prove", str(path))
    assert shown.exit_code == 1
    assert shown.output.splitlines() == [
        "desk 1.0.0: 2 guarantees: 1 refuted, 1 proved",
        "  refuted   breaks",
        "  proved    holds",
        "",
        "`breaks` (line 52) is broken by this case, as of 2026-01-15T12:00:00Z:",
        '  {"message": "message", "vip": true, "score": 0.7, "grades": []}',
        "by rule `sure` it gives",
        '  {"action": "answer"}',
    ]


def test_the_command_says_it_in_json(tmp_path: Path) -> None:
    path = tmp_path / "desk.bylaw"
    path.write_text(_text("breaks", "holds"), encoding="utf-8")
    told = json.loads(_run("prove", str(path), "--guarantee", "holds", "--format", "json").stdout)
    assert [each["policy"] for each in told] == ["desk"]
    assert [each["verdict"] for each in told[0]["guarantees"]] == ["proved"]


def test_a_guarantee_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "desk.bylaw"
    path.write_text(_text("holds"), encoding="utf-8")
    shown = _run("prove", str(path), "--guarantee", "hold")
    assert shown.exit_code == 2
    assert "`desk` has no guarantee `hold`" in shown.stderr
    assert "did you mean `holds`?" in shown.stderr


def test_without_what_proves_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['z3'] = None\n"
        "import importlib.util as util; found = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'z3' else found(name, *more)\n"
        "from service.cli import main; main(['prove', 'handoff@1.0.0'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert 'pip install "bylaw[proof]"' in done.stderr


def _proof(name: str) -> Proof:
    (found,) = engine.prove(_desk(name), name).guarantees
    return found


def _desk(*names: str) -> Program:
    return engine.load(engine.Source("desk.bylaw", _text(*names)))


def _text(*names: str) -> str:
    return "\n".join([DESK, *(f"guarantee {name}\n  {_promise(name)}\n" for name in names)])


def _promise(name: str) -> str:
    said = GUARANTEES[name]
    if not said.startswith(("when", "then")):
        return said
    return "for desk(ticket) = outcome\n  " + said.replace(" then ", "\n  then ")


def _run(*arguments: Any) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])
