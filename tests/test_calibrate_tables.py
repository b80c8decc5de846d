"""`calibrate` over a table: columns give the figures that the evaluator gives."""

import csv
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import engine
from engine import Labelled, LabelledTable, Program
from engine.backends.columns import sources
from engine.verbs.calibrating.models import Calibration, Steps
from engine.verbs.history import opened
from tests.columns import NEEDS_JAVA, PANDAS, agree_on_random_sweeps
from tests.test_calibrate import MANY, NOW, ROOT, bylaw, loaded, some_cases, tickets

HANDOFF = "handoff@1.1.0"


def both(
    policy: Program, cases: Sequence[Labelled], thresholds: Sequence[str], folder: Path,
    **asked: Any,
) -> tuple[Calibration, Calibration]:  # fmt: skip
    """What the evaluator gives, and columns."""
    path = folder / "cases.parquet"
    names = dict.fromkeys(name for each in cases for name in each.case)
    rows = [{name: each.case.get(name) for name in names} | {"label": each.right} for each in cases]
    pq.write_table(pa.Table.from_pylist(rows), path)
    table = LabelledTable(opened(str(path)), "label", bool, by="columns")
    return (
        engine.calibrate(policy, cases, thresholds, now=NOW, **asked),
        engine.calibrate(policy, table, thresholds, now=NOW, **asked),
    )


def figures(found: Calibration) -> Calibration:
    return replace(found, by="", aside=0, gaps=())


@pytest.mark.parametrize("holdout", [0.0, 0.3])
@pytest.mark.parametrize(
    "thresholds", [["bar"], ["several"], ["over"], ["bar", "over"], ["several", "bar"]]
)
def test_columns_give_the_figures_of_the_evaluator(
    thresholds: list[str], holdout: float, tmp_path: Path
) -> None:
    policy = loaded(MANY)
    cases = [
        replace(each, case={**each.case, "score": float(each.case["score"])})
        for each in some_cases(9, 60)
    ]
    one, other = both(
        policy, cases, thresholds, tmp_path, positive="outcome=middle,high", holdout=holdout
    )
    assert figures(one) == figures(other)
    assert (one.by, other.by) == ("the evaluator", "columns")
    refused = sum(each.case["score"] == 7 for each in cases)
    assert one.exact
    assert (other.aside, other.gaps) == (refused, ())


def test_what_is_decided_of_handoff_is_the_same(tmp_path: Path) -> None:
    policy = engine.load(engine.Library(ROOT / "policies").source(HANDOFF))
    cases = list(tickets(300))
    thresholds = ["verified_confidence", "intake_confidence"]
    one, other = both(policy, cases, thresholds, tmp_path, weights={"false_positive": 5.0})
    assert figures(one) == figures(other)
    assert other.aside == 0


def test_lists_of_other_lengths_lose_no_case(tmp_path: Path) -> None:
    policy = engine.load(engine.Library(ROOT / "policies").source(HANDOFF))
    cases = list(tickets(10))
    more = {"name": "return_request", "confidence": 0.4}
    cases[3] = replace(cases[3], case={**cases[3].case, "intents": [more, more]})
    one, other = both(policy, cases, ["verified_confidence"], tmp_path)
    assert figures(one) == figures(other)
    assert other.cases == 10


COUNTED = "when count(l for l in case.lines where l.score >= bar) >= several"


def test_what_a_threshold_is_compared_with_may_hang_on_another(tmp_path: Path) -> None:
    policy = loaded(MANY.replace("when good(case, 0.9)", COUNTED))
    thresholds = ["bar", "several"]
    one, other = both(policy, some_cases(3, 20), thresholds, tmp_path, positive="outcome=high")
    assert figures(one) == figures(other)
    assert other.gaps == ("many: thresholds, for what they are compared with hangs on them",)


RANKED = """bylaw 1

policy ranked 1.0.0
  title "The strictest of several"
  owner "Support Operations"

enum Action: hold, answer from strict to loose

record Case
  score: number 0 .. 1
  parts: integer 0 .. 9

record Outcome
  action: Action
  points: number

threshold bar: number 0 .. 1 = 0.5
  because "A guess"

decision ranked(case: Case): Outcome
  strictest by action
  rule sure
    when case.score >= bar
    then action: answer, points: case.parts

  rule unsure
    when case.score < bar
    then action: hold, points: 1

  otherwise
    then action: hold, points: 0

  refused
    then action: hold, points: 0
"""


@pytest.mark.parametrize("positive", ["points=2", "points=2.5", "points>=3", "action=answer"])
def test_what_is_positive_may_be_computed(positive: str, tmp_path: Path) -> None:
    cases = [Labelled({"score": at / 20, "parts": at % 10}, at % 3 == 0) for at in range(20)]
    one, other = both(loaded(RANKED), cases, ["bar"], tmp_path, positive=positive)
    assert figures(one) == figures(other)
    assert (other.aside, other.gaps) == (0, ())


def test_a_table_without_a_fact_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.parquet"
    pq.write_table(pa.table({"label": [True, False]}), path)
    with pytest.raises(engine.NotCalibratableError, match="no column is a fact"):
        engine.calibrate(
            loaded(MANY), LabelledTable(opened(str(path)), "label", bool), ["bar"],
            positive="outcome=high",
        )  # fmt: skip


def test_a_threshold_that_is_reckoned_with_is_left_to_the_evaluator(tmp_path: Path) -> None:
    policy = loaded(MANY.replace("case.score > bar", "case.score > bar * 0.5 + 0.1"))
    one, other = both(policy, some_cases(6, 15), ["bar"], tmp_path, positive="outcome=high")
    assert figures(one) == figures(other)
    assert other.aside == other.cases == 15
    assert other.gaps == ("many: a threshold, for more is done with it than to compare it",)


def test_a_policy_that_is_made_anew_for_each_value_is_left_to_the_evaluator(tmp_path: Path) -> None:
    text = MANY.replace("define best", "define least() = bar\n\ndefine best", 1)
    policy = loaded(text.replace("case.score > bar", "case.score > least()"))
    steps = Steps(first=0.4, last=0.8)
    one, other = both(
        policy, some_cases(6, 15), ["bar"], tmp_path, positive="outcome=high", steps=steps
    )
    assert figures(one) == figures(other)
    assert other.gaps == ("many: a threshold, for the policy is made anew for each value",)


def test_too_many_numbers_are_left_to_the_evaluator(tmp_path: Path) -> None:
    rules = "".join(
        f"  rule more_{at}\n    when case.score + {at}/100 > bar and case.count + {at} >= several\n"
        "    then middle\n\n"
        for at in range(1, 15)
    )
    policy = loaded(MANY.replace("  rule good\n", rules + "  rule good\n", 1))
    thresholds = ["bar", "several"]
    one, other = both(policy, some_cases(4, 6), thresholds, tmp_path, positive="outcome=high")
    assert figures(one) == figures(other)
    assert other.gaps == ("many: thresholds, for they are compared with too many numbers",)


def test_random_policies_give_the_same_figures(tmp_path: Path) -> None:
    agreed = agree_on_random_sweeps(sources.opened, 60, tmp_path)
    assert agreed.decided_some
    assert agreed.rows > agreed.aside


def test_a_fact_that_is_never_given_is_told(tmp_path: Path) -> None:
    policy = loaded(MANY.replace("    when unknown: skip\n", ""))
    cases = [Labelled({"score": at / 30, "count": 4, "lines": []}, at > 9) for at in range(30)]
    one, other = both(policy, cases, ["bar"], tmp_path, positive="outcome=high")
    assert any("`/other` is not given in 30 of 30 cases" in each for each in one.warnings)
    assert one.warnings == other.warnings
    more, number = Labelled(cases[3].case, right=False), 1_100
    _, other = both(policy, [*cases, *[more] * number], ["bar"], tmp_path, positive="outcome=high")
    told = "`/other` is not given in 1,000 of 1,000 cases that were looked at"
    assert any(told in each for each in other.warnings)


# By the command line


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.csv"
    names = ("confidence", "risk", "right", "as_of")
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(names)
        for at in range(200):
            label = "" if at % 40 == 0 else ["yes", " no ", "answer"][at % 3]
            out.writerow([f"0.{at * 37 % 1000:03}", at % 7 / 10 if at % 2 else "", label, ""])
    return path


DESK = str(Path(__file__).parent / "corpus" / "calibrate" / "desk.bylaw")


def told(path: Path, *more: str) -> dict[str, Any]:
    asked = ("calibrate", DESK, "sure", "--cases", str(path), "--label", "right", *more)
    result = bylaw(*asked, "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert "5 cases without a label left out" in result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize(
    "by",
    ["DuckDB", pytest.param("Spark", marks=[NEEDS_JAVA, pytest.mark.filterwarnings("ignore")])],
)
def test_another_engine_gives_the_same_table(by: str, labelled: Path) -> None:
    asked = ("--holdout", "0.25", "--goal", "precision>=0.5")
    expected = told(labelled, "--engine", "evaluator", *asked)
    found = told(labelled, "--engine", by.lower(), *asked)
    assert (expected.pop("decided_by"), found.pop("decided_by")) == ("the evaluator", by)
    assert found == expected
    assert found["aside"] == 0


def test_many_cases_are_decided_by_columns_unasked(
    labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(labelled)["decided_by"] == "the evaluator"
    monkeypatch.setattr("engine.cli.tables.MANY_BYTES", 1_000)
    assert told(labelled)["decided_by"] == "DuckDB"


def test_a_reader_is_told_who_decided(labelled: Path) -> None:
    asked = ("calibrate", DESK, "sure", "--cases", str(labelled), "--label", "right")
    assert "DuckDB decided them." in bylaw(*asked, "--engine", "duckdb").stdout
    text = labelled.read_text(encoding="utf-8").replace("0.037,", "1.037,")
    labelled.write_text(text, encoding="utf-8")
    told = bylaw(*asked, "--engine", "duckdb").stdout
    assert "DuckDB decided them, but 1 by the evaluator." in told
    assert "note: 1 case is refused, whatever the value" in told


@PANDAS
def test_a_table_of_another_engine_is_decided_by_the_evaluator(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE cases (confidence REAL, risk REAL, ok TEXT)")
        rows = [(at / 50, 0.2 if at % 3 else None, "yes" if at % 2 else "no") for at in range(50)]
        db.executemany("INSERT INTO cases VALUES (?, ?, ?)", rows)
    asked = ("calibrate", DESK, "sure", "--engine", f"sqlite://{path}", "--table", "cases")
    result = bylaw(*asked, "--label", "ok")
    assert result.exit_code == 0, result.stderr
    told = result.stdout
    assert "25 of 50 cases are labelled yes. The evaluator decided them (desk: a case of" in told


WRONG = [
    ("no cases", "confidence,right\n", [], "`cases.csv` holds no cases"),
    ("no label", "confidence,right\n0.9,\n", [], "`cases.csv` has no labels in `right`"),
    ("column", "confidence,rigt\n0.9,yes\n", [], "did you mean `rigt`?"),
    ("label", "confidence,right\n0.9,maybe\n", [], "a case of `cases.csv`: the label is `maybe`"),
    ("export", "confidence,right,policy\n0.9,yes,desk\n", [], "a column `policy`, as exports have"),
    ("engine", "confidence,right\n0.9,yes\n", ["--engine", "duckbd"], "did you mean `duckdb`?"),
    ("twins", "confidence,Risk,risk,right\n0.9,1,,yes\n", [], "`Risk` and `risk` of `"),
    ("table", "confidence,right\n0.9,yes\n", ["--table", "cases"], "`--table` is of a connection"),
]


@pytest.mark.parametrize(
    ("text", "more", "said"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG]
)
def test_what_is_wrong_with_a_table_is_said(
    text: str, more: list[str], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(text, encoding="utf-8")
    asked = ("calibrate", DESK, "sure", "--cases", str(path), "--label", "right")
    result = bylaw(*asked, *(more or ["--engine", "duckdb"]))
    assert result.exit_code == 2
    assert said in result.stderr


def test_without_a_file_or_a_table_it_is_asked_for() -> None:
    result = bylaw("calibrate", DESK, "sure", "--label", "right")
    assert result.exit_code == 2
    assert "give a file by `--cases`" in result.stderr


@pytest.mark.parametrize("name", ["cases*.csv", "cases[1].csv", "risk=0.9/cases.csv", "#.csv"])
def test_a_path_says_nothing_of_the_cases(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    rows = ["id,confidence,right", "#1,0.9,yes", "2,0.7,no", "#3,0.2,no"]
    path.write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "cases1.csv").write_text("confidence,right\n0.1,yes\n", encoding="utf-8")
    asked = ("calibrate", DESK, "sure", "--cases", str(path), "--label", "right")
    one, other = (
        json.loads(bylaw(*asked, "--engine", each, "--format", "json").stdout)
        for each in ("evaluator", "duckdb")
    )
    assert (other.pop("decided_by"), one.pop("decided_by")) == ("DuckDB", "the evaluator")
    assert one == other
    assert one["cases"] == 3


@pytest.mark.parametrize(
    "label", ["_bylaw_aside", "items.0.right", "as_of", "Right", "decision", "policy"]
)
def test_a_label_may_have_any_name(label: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.parquet"
    pq.write_table(pa.table({"confidence": [0.9, 0.2], label: ["yes", "no"]}), path)
    asked = ("calibrate", DESK, "sure", "--cases", str(path), "--label", label)
    found = json.loads(bylaw(*asked, "--engine", "duckdb", "--format", "json").stdout)
    assert (found["cases"], found["labelled_yes"]) == (2, 1)


def test_a_label_is_no_list(tmp_path: Path) -> None:
    path = tmp_path / "cases.parquet"
    pq.write_table(pa.table({"confidence": [0.9], "right": [["yes"]]}), path)
    asked = ("calibrate", DESK, "sure", "--cases", str(path), "--label", "right")
    result = bylaw(*asked, "--engine", "duckdb")
    assert result.exit_code == 2
    assert "has a list or a record in `right`" in result.stderr


@pytest.mark.parametrize("type_", [pa.float64(), pa.float32()])
def test_what_is_no_number_is_refused(type_: pa.DataType, tmp_path: Path) -> None:
    """The statistics of Parquet leave it out, and an engine believes them."""
    path = tmp_path / "cases.pq"
    values = pa.array([0.9, float("nan"), 0.2, 0.4], type_)
    pq.write_table(pa.table({"confidence": values, "right": ["yes", "no", "no", "yes"]}), path)
    asked = ("calibrate", DESK, "sure", "--cases", str(path), "--label", "right")
    found = json.loads(bylaw(*asked, "--engine", "duckdb", "--format", "json").stdout)
    assert (found["cases"], found["refused"], found["aside"]) == (4, 1, 1)


def test_exports_are_looked_at_row_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.cli.tables.MANY_BYTES", 10)
    path = tmp_path / "cases.csv"
    rows = ["confidence,right,policy,hash"]
    rows += ["0.9,yes,desk,a", "0.1,no,desk,a", "0.1,no,other,b"]
    path.write_text("\n".join(rows), encoding="utf-8")
    asked = ("calibrate", DESK, "sure", "--cases", str(path), "--label", "right")
    found = json.loads(bylaw(*asked, "--format", "json").stdout)
    assert (found["cases"], found["decided_by"]) == (2, "the evaluator")
