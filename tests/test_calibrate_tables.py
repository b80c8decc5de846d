"""`calibrate` over a table: columns give the figures that the evaluator gives."""

import csv
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import engine
from engine import Labelled, LabelledTable, Program
from engine.backends.columns import sources
from engine.verbs.calibrating.models import Calibration
from engine.verbs.history import opened
from tests.columns import agree_on_random_sweeps
from tests.test_calibrate import MANY, NOW, ROOT, bylaw, loaded, some_cases, tickets

HANDOFF = "handoff@1.1.0"
JAVA = pytest.mark.skipif(shutil.which("java") is None, reason="Spark runs on Java, not there")


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


def test_a_threshold_that_is_reckoned_with_is_left_to_the_evaluator(tmp_path: Path) -> None:
    policy = loaded(MANY.replace("case.score > bar", "case.score > bar * 0.5 + 0.1"))
    one, other = both(policy, some_cases(6, 15), ["bar"], tmp_path, positive="outcome=high")
    assert figures(one) == figures(other)
    assert other.aside == other.cases == 15
    assert other.gaps == ("many: a threshold, for more is done with it than to compare it",)


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
    assert agreed.rows > 0


def test_a_fact_that_is_never_given_is_told(tmp_path: Path) -> None:
    policy = loaded(MANY.replace("    when unknown: skip\n", ""))
    cases = [Labelled({"score": at / 30, "count": 4, "lines": []}, at > 9) for at in range(30)]
    one, other = both(policy, cases, ["bar"], tmp_path, positive="outcome=high")
    assert any("`/other` is not given in 30 of 30 cases" in each for each in one.warnings)
    assert any("`/other` is not given in most cases" in each for each in other.warnings)


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
    "by", ["DuckDB", pytest.param("Spark", marks=[JAVA, pytest.mark.filterwarnings("ignore")])]
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


WRONG = [
    ("no cases", "confidence,right\n", [], "`cases.csv` holds no cases"),
    ("no label", "confidence,right\n0.9,\n", [], "`cases.csv` has no labels in `right`"),
    ("column", "confidence,rigt\n0.9,yes\n", [], "did you mean `rigt`?"),
    ("label", "confidence,right\n0.9,maybe\n", [], "a case of `cases.csv`: the label is `maybe`"),
    ("export", "confidence,right,policy\n0.9,yes,desk\n", [], "a column `policy`, as exports have"),
    ("engine", "confidence,right\n0.9,yes\n", ["--engine", "duckbd"], "did you mean `duckdb`?"),
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


def test_exports_are_looked_at_row_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.cli.tables.MANY_BYTES", 10)
    path = tmp_path / "cases.csv"
    rows = ["confidence,right,policy,hash"]
    rows += ["0.9,yes,desk,a", "0.1,no,desk,a", "0.1,no,other,b"]
    path.write_text("\n".join(rows), encoding="utf-8")
    asked = ("calibrate", DESK, "sure", "--cases", str(path), "--label", "right")
    found = json.loads(bylaw(*asked, "--format", "json").stdout)
    assert (found["cases"], found["decided_by"]) == (2, "the evaluator")
