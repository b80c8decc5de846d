"""Law 17 over whole tables: columns decide as the evaluator does, or set the row aside."""

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine import Source, load
from engine.backends.columns import sources, texts
from engine.backends.columns.decide import decide
from engine.language.mentions import reader
from engine.language.text import words
from engine.program.nodes import Program
from engine.verbs.decide import evaluator
from engine.verbs.history import batches, canonical, opened
from engine.verbs.rows import case_of, columns_of, instant
from tests.columns import (
    PLACE,
    Agreed,
    Drawn,
    agree,
    agree_on_random_programs,
    as_record,
    examples,
    on_spark,
    said,
    spark_session,
    write,
)
from tests.speed.handoff_by_hand import cases

POLICIES = sorted(Path("policies").glob("*/*.bylaw"))
HANDOFF = Path("policies/handoff/1.0.0.bylaw")


LONG = frozenset((
    "placement", "opening", "counted", "figures", "approval", "activation", "renewal",
    "standing", "notices", "audit", "release_report", "span_effect", "history_entry",
))  # fmt: skip
"""Their columns take a second to write; `python -m tests.columns --shipped` tries them too."""


def program(path: Path) -> Program:
    return load(Source(str(path), path.read_text(encoding="utf-8")))


def test_columns_decide_random_programs_as_the_evaluator_does(tmp_path: Path) -> None:
    agreed = agree_on_random_programs(sources.opened, 25, tmp_path)
    assert agreed.decided_some >= 0.6 * agreed.programs
    assert agreed.rows - agreed.aside >= 0.4 * agreed.rows


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_columns_decide_the_examples_of_shipped_policies(path: Path, tmp_path: Path) -> None:
    policy = program(path)
    for decision, given in examples(policy).items():
        if decision not in LONG:
            agree(sources.opened, policy, decision, given, tmp_path, Agreed())


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_hardly_an_example_of_handoff_is_set_aside(version: str, tmp_path: Path) -> None:
    policy = program(Path(f"policies/handoff/{version}.bylaw"))
    agreed = Agreed()
    agree(sources.opened, policy, "handoff", examples(policy)["handoff"], tmp_path, agreed)
    assert not agreed.reasons
    assert agreed.aside <= 0.1 * agreed.rows


def timeless(sample: Sequence[Mapping[str, Any]]) -> Drawn:
    return [(case, None) for case in sample]


# files


def test_parquet_csv_and_json_lines_are_decided_alike(tmp_path: Path) -> None:
    policy, sample = program(HANDOFF), list(cases(300))
    expected = [said(evaluator(policy).decide(case)) for case in sample]
    record = as_record(policy.decisions["handoff"].parameters)
    parquet = write(timeless(sample), record, tmp_path / "cases.parquet")
    flat = write_csv(sample, tmp_path / "cases.csv")
    lines = tmp_path / "cases.jsonl"
    lines.write_text("".join(json.dumps(case) + "\n" for case in sample), encoding="utf-8")
    assert rows_of(policy, opened(parquet), [PLACE]) == dict(enumerate(expected))
    assert rows_of(policy, opened(flat), [PLACE]) == {
        str(place): each for place, each in enumerate(expected)
    }
    told = batches(policy, "handoff", opened(str(lines)), case="case")
    found = [tuple(row[name] for name in ADDED) for batch in told for row in batch.to_pylist()]
    assert sorted(found) == sorted(expected)
    assert told.rows == len(sample)


ADDED = ("outcome", "rule", "basis")


def rows_of(policy: Program, table: Any, keep: Sequence[str]) -> dict[Any, tuple[str, str, str]]:
    told = batches(policy, "handoff", table, keep=keep)
    found = {
        row[keep[0]]: tuple(row[name] for name in ADDED)
        for batch in told
        for row in batch.to_pylist()
    }
    assert told.aside <= 0.1 * told.rows
    return found


def test_a_list_that_is_empty_in_every_row_is_read(tmp_path: Path) -> None:
    """Arrow knows no type of its elements then."""
    policy, path = program(HANDOFF), tmp_path / "cases.parquet"
    sample = [{**case, "order": {"linked": True, "error_codes": []}} for case in cases(20)]
    names = ("intents", "message", "channel", "order")
    rows = [{PLACE: place, **{n: case[n] for n in names}} for place, case in enumerate(sample)]
    pq.write_table(pa.Table.from_pylist(rows), path)
    given = [{name: row[name] for name in names} for row in rows]
    expected = [said(evaluator(policy).decide(case)) for case in given]
    assert rows_of(policy, opened(str(path)), [PLACE]) == dict(enumerate(expected))


def write_csv(sample: Sequence[Mapping[str, Any]], path: Path) -> str:
    """Columns by path; the empty list is written `[]`."""
    rows = [{PLACE: place, **dict(cells("", case))} for place, case in enumerate(sample)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def cells(path: str, value: Any) -> list[tuple[str, Any]]:
    inside: list[tuple[str, Any]]
    match value:
        case dict():
            inside = list(value.items())
        case [_, *_]:
            inside = [(str(place), each) for place, each in enumerate(value)]
        case bool():
            return [(path, str(value).lower())]
        case _:
            return [(path, value)]
    return [cell for name, each in inside for cell in cells(f"{path}.{name}".strip("."), each)]


def test_what_is_beyond_ascii_is_decided_by_the_evaluator(tmp_path: Path) -> None:
    policy = program(HANDOFF)
    sample = [{**case, "message": case["message"] + " é"} for case in cases(50)]
    sample.append({"channel": "email"})
    record = as_record(policy.decisions["handoff"].parameters)
    table = opened(write(timeless(sample), record, tmp_path / "cases.parquet"))
    told = batches(policy, "handoff", table, keep=[PLACE])
    rows = [row for batch in told for row in batch.to_pylist()]
    assert told.aside > 0
    for row in rows:
        assert tuple(row[name] for name in ADDED) == said(
            evaluator(policy).decide(sample[row[PLACE]])
        )
    refused = batches(policy, "handoff", table, aside="refuse")
    left = [row for batch in refused for row in batch.to_pylist() if row["outcome"] is None]
    assert len(left) == refused.aside == told.aside


def test_a_recorded_outcome_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    policy = program(HANDOFF)
    record = as_record(policy.decisions["handoff"].parameters)
    table = opened(write(timeless(list(cases(20))), record, tmp_path / "cases.parquet"))
    table = table.mutate(outcome=table.channel)
    told = batches(policy, "handoff", table, keep=["outcome"], prefix="new_")
    for row in (row for batch in told for row in batch.to_pylist()):
        assert row["outcome"] in policy.enums["Channel"].ranks
        assert json.loads(row["new_outcome"])["action"] in policy.enums["Action"].ranks
    with pytest.raises(ValueError, match="prefix"):
        batches(policy, "handoff", table, keep=["outcome"])


def test_a_decision_at_an_instant_takes_it_from_a_column(tmp_path: Path) -> None:
    policy = load(Source("timed", TIMED))
    sample = [{"case": {"at": f"2026-01-0{day}T00:00:00Z"}} for day in (1, 2, 3)]
    record = as_record(policy.decisions["late"].parameters)
    cases = [each["case"] for each in sample]
    table = opened(write(timeless(cases), record, tmp_path / "cases.parquet"))
    table = table.mutate(told=table.at.replace("00:00:00", "12:00:00"))
    told = batches(policy, "late", table, now="told", keep=[PLACE])
    assert {row["outcome"] for batch in told for row in batch.to_pylist()} == {'{"days":0.5}'}
    assert told.aside == 0
    unsaid = batches(policy, "late", table, keep=[PLACE])
    assert {row["basis"] for batch in unsaid for row in batch.to_pylist()} == {"refused"}


TIMED = """bylaw 1

policy timed 1.0.0
  title "Timed"
  owner "Tests"

record Case
  at: instant

record Late
  days: number

decision late(case: Case): Late
  otherwise
    then days: days(now - case.at)
  refused
    then days: 0
"""


def test_columns_of_all_kinds_are_facts(tmp_path: Path) -> None:
    """Time stamps with and without a zone, dates, decimals, small whole numbers and floats."""
    policy = load(Source("kinds", KINDS))
    first = datetime.fromisoformat("2026-01-31T23:59:59.123456")
    moments = [first + timedelta(hours=7 * n) for n in range(40)]
    offset = timezone(timedelta(hours=2))
    columns = {
        "at": pa.array(moments, pa.timestamp("us")),
        "on": pa.array([each.date() for each in moments], pa.date32()),
        "told": pa.array([each.replace(tzinfo=offset) for each in moments]),
        "amount": pa.array([Decimal(n) / 4 for n in range(40)], pa.decimal128(12, 2)),
        "share": pa.array([n / 8 for n in range(40)], pa.float32()),
        "count": pa.array([None if n % 3 else n for n in range(40)], pa.int16()),
    }
    pq.write_table(pa.table(columns), tmp_path / "kinds.parquet")
    table = opened(str(tmp_path / "kinds.parquet"))
    facts = columns_of(table.columns, policy.decisions["kinds"].parameters)
    rows = pa.table(columns).to_pylist()
    told = batches(policy, "kinds", table, now="told")
    found = [tuple(row[name] for name in ADDED) for batch in told for row in batch.to_pylist()]
    expected = [
        said(evaluator(policy).decide(case_of(row, facts), "kinds", instant(row["told"])))
        for row in rows
    ]
    assert sorted(found) == sorted(expected)
    assert {basis for _, _, basis in found} == {"rule", "otherwise"}
    assert told.aside == 0


KINDS = """bylaw 1

policy kinds 1.0.0
  title "Kinds"
  owner "Tests"

record Case
  at:     instant
  on:     instant
  amount: number
  share:  number
  count:  integer optional

record Kinds
  month:  instant
  day:    instant
  since:  duration
  amount: number
  count:  integer optional
  note:   text

decision kinds(case: Case): Kinds
  first
  rule large
    when case.amount * 3 > 5 * case.share + 2
    then
      month: month(case.at), day: day(case.at), since: now - case.at, amount: case.amount,
      count: case.count, note: "{case.on} {case.amount} {case.amount: 0.0}"
  otherwise
    then
      month: month(case.on), day: case.on, since: case.amount * 90min,
      amount: case.share / 3, note: "{case.at}"
  refused
    then month: 2026-01-01, day: 2026-01-01, since: 0s, amount: 0, note: ""
"""


# numbers and texts


def test_numbers_round_and_print_as_python_does(tmp_path: Path) -> None:
    """Halves at the ninth decimal, large and small ones, and what comes of adding tenths."""
    policy = load(Source("numbers", NUMBERS))
    halves = [(2 * count + 1) * 0.5e-9 for count in range(40)]
    large = [float(2**power) + 0.7 for power in range(15, 40)]
    tenths = [count / 10 + 0.2 for count in range(40)]
    odd = [0.125, 2.675, 1.005, 0.045, 1e-9, 4.9e-10, -0.1, 123456.789012345, 8388607.1234567]
    sample = [{"x": sign * each} for each in (*halves, *large, *tenths, *odd) for sign in (1, -1)]
    agreed = Agreed()
    agree(sources.opened, policy, "shown", timeless(sample), tmp_path, agreed)
    assert agreed.aside < 0.5 * agreed.rows


NUMBERS = """bylaw 1

policy numbers 1.0.0
  title "Numbers"
  owner "Tests"

record Case
  x: number

record Shown
  near: number
  text: text

decision shown(case: Case): Shown
  first
  rule small
    when case.x * 3 < 1.5
    then near: round(case.x, 3), text: "{case.x: 0.00} {case.x / 7 + 1: 0.000} {case.x: 0.0%}"
  otherwise
    then near: case.x / 3, text: "{case.x: 0.0}"
  refused
    then near: 0, text: "refused"
"""


def test_a_pattern_finds_what_a_trigger_mentions() -> None:
    """On texts put together of the triggers' own words; `said too often` is told with a doubt."""
    policy = program(Path("policies/handoff/1.1.0.bylaw"))
    import re2

    texts_ = [case["message"] for case in cases(100)]
    for trigger in policy.triggers:
        asked = texts.wanted(trigger.patterns)
        pattern, read = re2.compile(texts.pattern_of(asked)), reader(trigger)
        said_here = [each.said for each in trigger.patterns[:20]]
        for text in (*texts_[:20], *said_here, *(f"x {each.upper()}, y" for each in said_here)):
            if not text.isascii():
                continue
            mentioned = bool(read(words(text)))
            found = pattern.search(text) is not None
            doubted = bool(trigger.exceptions) or texts.says_too_often(trigger.patterns)
            assert found == mentioned or (found and doubted), (trigger.name, text)


# Spark


@pytest.fixture(scope="module")
def spark() -> Any:
    if find_spec("pyspark") is None:
        pytest.skip("PySpark is not installed")
    if shutil.which("java") is None:
        pytest.skip("Java is not on the path, and PySpark needs it")
    session = spark_session()
    yield session
    session.stop()


@pytest.mark.filterwarnings("ignore")
def test_columns_decide_on_spark_as_the_evaluator_does(spark: Any, tmp_path: Path) -> None:
    engine, policy, agreed = on_spark(spark), program(HANDOFF), Agreed()
    agree(engine, policy, "handoff", examples(policy)["handoff"], tmp_path, agreed)
    assert agreed.aside <= 0.1 * agreed.rows
    some = agree_on_random_programs(engine, 4, tmp_path)
    assert some.rows > 0


def test_the_outcome_is_written_in_one_way() -> None:
    assert canonical({"b": 1.0, "a": None}) == '{"a":null,"b":1}'


def test_what_columns_cannot_do_is_told_with_its_reason(tmp_path: Path) -> None:
    policy = program(Path("policies/lifecycle/1.0.0.bylaw"))
    record = as_record(policy.decisions["assessment"].parameters)
    table = opened(write(timeless([{}]), record, tmp_path / "cases.parquet"))
    told = decide(policy, "assessment", table, now=0).reasons
    assert any("tallied" in each.what for each in told)
