"""`python -m tests.speed.calibrate [ROWS]`: labelled cases swept by columns and by the evaluator.

Both sweep the same threshold of handoff 1.1.0 over the same Parquet file, and must give the same
figures; the evaluator takes a fiftieth of it, for it is the slower one.
"""

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import Labelled, LabelledTable, Program, Source, calibrate, load
from engine.backends.columns import sources
from engine.verbs.calibrating.models import Calibration
from engine.verbs.rows import case_of, columns_of
from tests.speed.columns import named_table, write_cases

ROWS = 1_000_000
THRESHOLD, LABEL = "verified_confidence", "right"
HANDOFF = Path(__file__).parents[2] / "policies" / "handoff" / "1.1.0.bylaw"


def main(rows: int) -> None:
    policy = load(Source(str(HANDOFF), HANDOFF.read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "cases.parquet")
        write_cases(path, rows)
        table = named_table(path)
        drawn = table["message"].hash()
        table = table.mutate(**{LABEL: drawn.abs() % 10 < 7})
        part = table.filter((drawn // 1_000) % 50 == 0)
        one, slow = _by_evaluator(policy, part)
        other, _ = _by_columns(policy, part)
        assert 0 < one.right < one.cases
        if replace(one, by="", aside=0, gaps=()) != replace(other, by="", aside=0, gaps=()):
            raise SystemExit("columns give other figures than the evaluator")
        found, fast = _by_columns(policy, table)
    print(f"{len(found.points)} values of {found.thresholds[0].name}")
    print(
        f"the evaluator  {one.cases / slow:>10,.0f} cases/s = 1.00; {one.cases:,} in {slow:.1f} s"
    )
    ratio = rows / fast / (one.cases / slow)
    print(f"columns        {rows / fast:>10,.0f} cases/s = {ratio:.2f}; {rows:,} in {fast:.1f} s")
    print(f"{found.aside:,} of these were decided by the evaluator")


def _by_evaluator(policy: Program, table: Any) -> tuple[Calibration, float]:
    facts = columns_of(table.columns, policy.decisions[policy.name].parameters)
    rows = [row for batch in sources.batches(table, 50_000) for row in batch.to_pylist()]
    started = time.perf_counter()
    cases = (Labelled(case_of(row, facts), row[LABEL]) for row in rows)
    return calibrate(policy, cases, [THRESHOLD]), time.perf_counter() - started


def _by_columns(policy: Program, table: Any) -> tuple[Calibration, float]:
    started = time.perf_counter()
    found = calibrate(policy, LabelledTable(table, LABEL, bool), [THRESHOLD])
    return found, time.perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
