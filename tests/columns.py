"""`python -m tests.columns [COUNT] [--spark] [--shipped | --sweeps]`: columns and the evaluator.

They decide random programs, or the examples of the shipped policies; or sweep a threshold or two of
random programs, as `calibrate` does.

A table is made of random cases, and each row's outcome, rule and basis must be what the evaluator
says of the case; rows that are set aside are counted.
"""

import json
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine import Labelled, LabelledTable, NotCalibratableError, Source, calibrate, load
from engine.backends.columns import sources
from engine.backends.columns.decide import decide
from engine.decision import Decision
from engine.language import types
from engine.language.values import to_wire
from engine.program.cases import is_whole_case
from engine.program.nodes import Parameter, Program
from engine.verbs.calibrating.models import Calibration
from engine.verbs.decide import evaluator
from engine.verbs.history import canonical
from engine.verbs.wishing.wants import WrongWantError
from tests.programs import cases, programs
from tests.test_agreement import DECISION, NOW, checked

Drawn = Sequence[tuple[Mapping[str, Any], int | None]]
"""Cases with their instants."""

NEEDS_JAVA = pytest.mark.skipif(
    shutil.which("java") is None, reason="Spark runs on Java, which is not there"
)
PANDAS = pytest.mark.filterwarnings("ignore:The 'future.infer_string'")
"""What Ibis and Pandas warn each other of."""
PLACE, AT = "place of the row", "instant of the row"
drawing = settings(
    phases=[Phase.generate],
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Agreed:
    """How many of what was decided; `reasons` are what columns said they do not do."""

    programs: int = 0
    decided_some: int = 0
    rows: int = 0
    aside: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def agree_on_random_programs(engine: Any, count: int, folder: Path) -> Agreed:
    agreed = Agreed()

    @settings(drawing, max_examples=count)
    @given(programs(), st.data())
    def on_each(text: str, data: st.DataObject) -> None:
        # a tally is no column: with one in every other policy little would be decided
        program = checked(re.sub(r"\n  (counted|daily): tally[^\n]*", "", text))
        if program is None:
            return
        drawn = data.draw(st.lists(cases(program), min_size=6, max_size=6))
        now = data.draw(NOW)
        agree(engine, program, DECISION, [(case, now) for case in drawn], folder, agreed)

    on_each()
    return agreed


def agree(
    engine: Any,
    program: Program,
    decision: str,
    drawn: Drawn,
    folder: Path,
    agreed: Agreed,
) -> None:
    """Each row is as the evaluator says, or set aside."""
    record = as_record(program.decisions[decision].parameters)
    fitting = [(case, now) for case, now in drawn if _fits(case, record)]
    if not fitting:
        return
    table = engine(write(fitting, record, folder / "cases.parquet"))
    decided = decide(program, decision, table, now=AT)
    rows = [
        row
        for batch in sources.batches(decided.table.drop(*_facts(table)), 1_000)
        for row in batch.to_pylist()
    ]
    assert len(rows) == len(fitting)
    aside = 0
    for row in rows:
        case, now = fitting[row[PLACE]]
        expected = evaluator(program).decide(case, decision, now)
        if row["aside"]:
            aside += 1
            agreed.refused += expected.basis == "refused"
        else:
            assert (row["outcome"], row["rule"], row["basis"]) == said(expected)
    agreed.programs += 1
    agreed.decided_some += aside < len(rows)
    agreed.rows += len(rows)
    agreed.aside += aside
    agreed.reasons.update(f"{each.what}: {each.why}" for each in decided.reasons)


def agree_on_random_sweeps(engine: Any, count: int, folder: Path) -> Agreed:
    """The same figures at each value of a threshold, or of two, by columns and by the evaluator."""
    agreed = Agreed()

    @settings(drawing, max_examples=count)
    @given(programs(), st.data())
    def on_each(text: str, data: st.DataObject) -> None:
        program = checked(re.sub(r"\n  (counted|daily): tally[^\n]*", "", text))
        numbers = [] if program is None else swept(program)
        if program is None or not numbers:
            return
        names = data.draw(st.lists(st.sampled_from(numbers), min_size=1, max_size=2, unique=True))
        drawn = [(each, data.draw(NOW)) for each in data.draw(st.lists(cases(program), max_size=8))]
        agree_on_sweep(engine, program, names, drawn, folder, agreed)

    on_each()
    return agreed


def swept(program: Program) -> list[str]:
    """The thresholds that are numbers."""
    return [n for n, each in program.thresholds.items() if isinstance(each.type, types.Number)]


def agree_on_sweep(
    engine: Any,
    program: Program,
    thresholds: Sequence[str],
    drawn: Drawn,
    folder: Path,
    agreed: Agreed,
) -> None:
    """Cases in even places are labelled yes; positive is what the first of them gets."""
    record = as_record(program.decisions[DECISION].parameters)
    fitting = [(case, now) for case, now in drawn if _fits(case, record)]
    wanted = _positive(program, fitting)
    if wanted is None:
        return
    table = LabelledTable(
        engine(write(fitting, record, folder / "cases.parquet")), PLACE, _is_even, AT
    )
    labelled = [Labelled(case, _is_even(place), now) for place, (case, now) in enumerate(fitting)]
    try:
        expected = calibrate(program, labelled, thresholds, decision=DECISION, positive=wanted)
    except (NotCalibratableError, WrongWantError):
        return
    found = calibrate(program, table, thresholds, decision=DECISION, positive=wanted)
    assert _figures(found) == _figures(expected)
    agreed.programs += 1
    agreed.decided_some += found.aside < found.cases
    agreed.rows += found.cases
    agreed.aside += found.aside
    agreed.refused += found.refused
    agreed.reasons.update(each.partition(": ")[2] for each in found.gaps)


def _is_even(place: int) -> bool:
    return place % 2 == 0


def _figures(found: Calibration) -> Calibration:
    return replace(found, by="", aside=0, gaps=(), warnings=())


def _positive(program: Program, drawn: Drawn) -> str | None:
    for case, now in drawn:
        outcome = evaluator(program).decide(case, DECISION, now).outcome
        given = outcome if isinstance(outcome, dict) else {"outcome": outcome}
        for name, value in given.items():
            if isinstance(value, str | int | float):
                word = "yes" if value else "no"
                return f"{name}={word if isinstance(value, bool) else value}"
    return None


def examples(policy: Program) -> Mapping[str, Drawn]:
    """The cases of a policy's own examples with their instants, by decision."""
    found: dict[str, list[tuple[Mapping[str, Any], int | None]]] = {}
    for each in policy.examples:
        if each.kind != "decision":
            continue
        parameters = policy.decisions[each.of].parameters
        wires = [
            to_wire(value, parameter.type)
            for parameter, value in zip(parameters, each.arguments, strict=True)
        ]
        whole = len(wires) == 1 and isinstance(wires[0], dict)
        case = wires[0] if whole else dict(zip([p.name for p in parameters], wires, strict=True))
        assert isinstance(case, dict)
        found.setdefault(each.of, []).append((case, each.now))
    return found


def said(decision: Decision) -> tuple[str, str | None, str]:
    names = ", ".join(decision.determining) or None
    return canonical(decision.outcome), names, decision.basis


def _facts(table: Any) -> list[str]:
    return [name for name in table.columns if name != PLACE]


def as_record(parameters: Sequence[Parameter]) -> types.Record:
    """The case as one record."""
    first = parameters[0].type
    if is_whole_case(parameters) and isinstance(first, types.Record):
        return first
    return types.Record(
        "case", tuple(types.Field(each.name, each.name, each.type) for each in parameters)
    )


def write(drawn: Drawn, record: types.Record, path: Path) -> str:
    """Cases as Parquet, records and lists as it has them; the place and the instant of each."""
    facts = ((each.wire, _type(each.type)) for each in record.fields)
    schema = pa.schema([(PLACE, pa.int64()), (AT, pa.int64()), *facts])
    rows = [
        {**_plain(case, record), PLACE: place, AT: now} for place, (case, now) in enumerate(drawn)
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return str(path)


def _type(type_: types.Type) -> Any:
    match type_:
        case types.Bool():
            return pa.bool_()
        case types.Number(integer=True):
            return pa.int64()
        case types.Number():
            return pa.float64()
        case types.ListOf(element=element):
            return pa.list_(_type(element))
        case types.Record(fields=fields):
            return pa.struct([(each.wire, _type(each.type)) for each in fields])
        case _:
            return pa.string()


def _fits(value: Any, type_: types.Type) -> bool:
    """Whether a column of the type can hold the value at all."""
    match type_, value:
        case _, None:
            return True
        case types.Bool(), bool():
            return True
        case types.Number(), bool():
            return False
        case types.Number(integer=integer), int() | float():
            return abs(value) <= 2**53 and not (integer and isinstance(value, float))
        case types.ListOf(element=element), list():
            return all(_fits(each, element) for each in value)
        case types.Record(fields=fields), dict():
            return all(_fits(value.get(each.wire), each.type) for each in fields)
        case types.Bool() | types.Number() | types.ListOf() | types.Record(), _:
            return False
        case types.Tally(), _:
            return isinstance(value, dict)
        case _:
            return isinstance(value, str) and "\ud800" not in value


def _plain(value: Any, type_: types.Type) -> Any:
    match type_, value:
        case types.ListOf(element=element), list():
            return [_plain(each, element) for each in value]
        case types.Record(fields=fields), dict():
            return {each.wire: _plain(value.get(each.wire), each.type) for each in fields}
        case types.Tally(), dict():
            return json.dumps(value)
        case types.Number(integer=False), int():
            return float(value)
        case _:
            return value


def spark_session() -> Any:
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.driver.memory": "1g",
        "spark.log.level": "OFF",
    }
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def on_spark(session: Any) -> Any:
    """From a Parquet file to a table of the session."""
    import ibis

    backend = ibis.pyspark.connect(session)

    def opened(path: str) -> Any:
        session.read.parquet(path).createOrReplaceTempView("cases")
        return backend.table("cases")

    return opened


def main(arguments: Sequence[str]) -> None:
    counts = [int(each) for each in arguments if each.isdecimal()] or [500]
    engine = on_spark(spark_session()) if "--spark" in arguments else sources.opened
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        if "--shipped" in arguments:
            agreed = _agree_on_shipped_policies(engine, Path(folder))
        elif "--sweeps" in arguments:
            agreed = agree_on_random_sweeps(engine, counts[0], Path(folder))
        else:
            agreed = agree_on_random_programs(engine, counts[0], Path(folder))
    for line in _told(agreed):
        print(line)
    print(f"{time.perf_counter() - started:.0f} s")


def _agree_on_shipped_policies(engine: Any, folder: Path) -> Agreed:
    agreed = Agreed()
    for path in sorted(Path("policies").glob("*/*.bylaw")):
        policy = load(Source(str(path), path.read_text(encoding="utf-8")))
        for decision, drawn in examples(policy).items():
            agree(engine, policy, decision, drawn, folder, agreed)
    return agreed


def _told(agreed: Agreed) -> Iterator[str]:
    decided = agreed.rows - agreed.aside
    yield f"{agreed.programs} decisions, of {agreed.decided_some} rows were decided in columns"
    yield (
        f"{agreed.rows} rows: {decided} decided as the evaluator does, {agreed.aside} set aside,"
        f" of which {agreed.refused} are cases that are refused"
    )
    for reason, times in agreed.reasons.most_common():
        yield f"{times} × {reason}"


if __name__ == "__main__":
    main(sys.argv[1:])
