"""`python -m tests.speed.columns [ROWS]`: a table of cases by columns and by hand, in turns.

The yardstick (`handoff_by_hand.sql`) gives the action, the rule's number and the basis. Beside it
stand the same rules as a policy whose outcome is the action alone (`handoff_action.bylaw`), and
handoff 1.0.0 as it is, whose outcome has the note too. All read one Parquet file, and hand every
row out as Arrow batches.
"""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from engine import Source, load
from engine.backends.columns import sources
from engine.backends.columns.decide import decide
from engine.program.nodes import Program
from engine.verbs.decide import evaluator
from engine.verbs.history import longest
from engine.verbs.rows import case_of, columns_of
from tests.speed.handoff_by_hand import LOADED, TIER_0, WORDS

HERE = Path(__file__).parent
ROWS = 10_000_000
TURNS = 5
_NAMED = {
    "intent": "intents.0.name", "confidence": "intents.0.confidence", "message": "message",
    "channel": "channel", "template_id": "template.id", "template_tier": "template.tier",
    "template_text": "template.text", "deterministic_match": "deterministic_match",
    "order_linked": "order.linked", "within_sla": "order.within_sla", "vip": "vip",
    "taken": "ticket_state.closed",
}  # fmt: skip
_CODES = "case order_errors when 0 then []::varchar[] else ['E_TIMEOUT'] end"
_RULES = {
    1: "tier_0", 2: "escalation_trigger", 3: "vip", 4: "auto_close", 5: "verified_reply",
    6: "intake", 7: "acknowledge", 8: "otherwise", 9: "taken_ticket",
}  # fmt: skip


_LONG = "as it is"
"""What takes long is measured once."""


@dataclass(frozen=True)
class Taken:
    rows: int
    seconds: float
    first: float


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "cases.parquet")
        started = time.perf_counter()
        write_cases(path, rows)
        size = Path(path).stat().st_size / 1e6
        print(f"{rows:,} cases in {size:,.0f} MB, written in {time.perf_counter() - started:.0f} s")
        table = named_table(path)
        queries = _queries(table, path)
        _same(table, queries)
        taken = _taken(table, queries)
        by_hand = statistics.median(each.seconds for each in taken["by hand"])
        for name, each in taken.items():
            print(_line(name, each, by_hand))
        print(f"{'the evaluator, one core':32} {_evaluator(path):>12,.0f} rows/s")
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:,.0f} MB")


def write_cases(path: str, rows: int) -> None:
    """Messages of 100 characters, of which 12 in 100 have a trigger's word; everything is drawn by
    hashes of the row's number."""
    words, loaded = _listed(WORDS), _listed(LOADED)

    def drawn(number: int, most: int) -> str:
        return f"(hash(i, {number}) % {most})::int"

    def said(first: int, last: int) -> str:
        return ", ".join(f"{words}[1 + {drawn(each, len(WORDS))}]" for each in range(first, last))

    tags = _listed(["order_status_tracking", "return_request", "shipping_delay"])
    templates = _listed(["t_order_status_verified", "t_order_eta_no_tracking_verified"])
    given, tier_1 = f"{drawn(107, 100)} < 95", f"{drawn(106, 3)} = 0"
    closing = "Your order is on its way. Reply to this message to reopen your ticket."
    mentioned = f"case when {drawn(103, 100)} < 12 then {loaded}[1 + {drawn(104, len(LOADED))}] end"
    columns = {
        "intent": f"case when {drawn(100, 100)} < 95 then {tags}[1 + {drawn(101, 3)}]"
        f" else {_listed(sorted(TIER_0))}[1 + {drawn(101, 5)}] end",
        "confidence": f"round(pow({drawn(102, 10_000)} / 10000, 0.2), 4)::double",
        "message": f"left(concat_ws(' ', {said(0, 11)}, {mentioned}, {said(11, 24)}), 100)",
        "channel": f"['email', 'messenger', 'voice', 'social'][1 + {drawn(105, 4)}]",
        "template_id": f"case when {given} then case when {tier_1} then 't_return_intake'"
        f" else {templates}[1 + {drawn(108, 2)}] end end",
        "template_tier": f"case when {given} then case when {tier_1} then 'tier_1'"
        " else 'tier_2' end end",
        "template_text": f"case when {given} then case when {drawn(109, 10)} < 7"
        f" then '{closing}' else 'Your order is on its way.' end end",
        "deterministic_match": f"{drawn(110, 100)} < 85",
        "order_linked": f"{drawn(111, 10)} < 9",
        "within_sla": f"{drawn(112, 10)} < 9",
        "order_errors": f"case when {drawn(113, 10)} < 9 then 0 else 1 end",
        "vip": f"{drawn(114, 100)} < 2",
        "taken": f"{drawn(115, 100)} < 5",
    }
    shown = ", ".join(f"{code} as {name}" for name, code in columns.items())
    database = duckdb.connect()
    database.execute("set memory_limit = '800MB'")
    database.execute("set preserve_insertion_order = false")
    database.execute(f"copy (select {shown} from range({rows}) drawn(i)) to '{path}'")


def _listed(texts: Any) -> str:
    return f"[{', '.join(repr(each) for each in texts)}]"


def named_table(path: str) -> Any:
    """The file with its columns under the names of the facts."""
    table = sources.opened(path)
    names = [f'{old} as "{new}"' for old, new in _NAMED.items()]
    shown = ", ".join([*names, f'{_CODES} as "order.error_codes"'])
    backend = table.get_backend()
    backend.con.execute(f"create view named as select {shown} from cases")
    return backend.table("named")


def _queries(table: Any, path: str) -> dict[str, str]:
    by_hand = (HERE / "handoff_by_hand.sql").read_text(encoding="utf-8")
    by_hand = by_hand.replace("$cases", f"'{path}'")
    return {
        "by hand": f"select action, rule, basis from ({by_hand})",
        "columns, the action alone": _columns(table, _policy(HERE / "handoff_action.bylaw")),
        "columns, handoff 1.0.0 as it is": _columns(table, _handoff()),
    }


def _handoff() -> Program:
    return _policy(HERE.parents[1] / "policies" / "handoff" / "1.0.0.bylaw")


def _policy(path: Path) -> Program:
    return load(Source(str(path), path.read_text(encoding="utf-8")))


def _columns(table: Any, policy: Program) -> str:
    decided = decide(policy, "handoff", table, elements=longest(table))
    assert not decided.reasons
    wanted = decided.table.select("outcome", "rule", "basis", "aside")
    return str(table.get_backend().compile(wanted))


def _same(table: Any, queries: Mapping[str, str]) -> None:
    """As many rows end in each way, and none is set aside."""
    database = table.get_backend().con
    by_hand, ours, _ = queries.values()
    counted = "select action, rule, basis, count(*) from ({}) group by all"
    expected = {
        (f'{{"action":"{action}"}}', _RULES[rule], basis, False, count)
        for action, rule, basis, count in database.sql(counted.format(by_hand)).fetchall()
    }
    counted = "select outcome, rule, basis, aside, count(*) from ({}) group by all"
    assert set(database.sql(counted.format(ours)).fetchall()) == expected


def _taken(table: Any, queries: Mapping[str, str]) -> dict[str, list[Taken]]:
    taken: dict[str, list[Taken]] = {name: [] for name in queries}
    for turn in range(TURNS):
        for name, query in queries.items():
            if turn == 0 or not name.endswith(_LONG):
                taken[name].append(_drained(table, query))
    return taken


def _drained(table: Any, query: str) -> Taken:
    """Every row handed out, and none kept."""
    started, first, rows = time.perf_counter(), 0.0, 0
    for batch in table.get_backend().con.cursor().sql(query).to_arrow_reader(100_000):
        first = first or time.perf_counter() - started
        rows += batch.num_rows
    return Taken(rows, time.perf_counter() - started, first)


def _line(name: str, taken: list[Taken], by_hand: float) -> str:
    seconds = statistics.median(each.seconds for each in taken)
    first = statistics.median(each.first for each in taken)
    rate = taken[0].rows / seconds
    return (
        f"{name:32} {rate:>12,.0f} rows/s = {by_hand / seconds:.2f}; the first after {first:.2f} s"
    )


def _evaluator(path: str) -> float:
    """Rows per second for cases that are Python objects already."""
    policy = _handoff()
    facts = columns_of(
        [*_NAMED.values(), "order.error_codes"], policy.decisions["handoff"].parameters
    )
    few = [case_of(row, facts) for row in _rows(path, 50_000)]
    decide_one, rates = evaluator(policy).decide, []
    for _ in range(3):
        started = time.perf_counter()
        for case in few:
            decide_one(case)
        rates.append(len(few) / (time.perf_counter() - started))
    return statistics.median(rates)


def _rows(path: str, count: int) -> Iterator[dict[str, Any]]:
    batch = next(pq.ParquetFile(path).iter_batches(count))
    for row in batch.to_pylist():
        codes = ["E_TIMEOUT"] * row["order_errors"]
        yield {**{new: row[old] for old, new in _NAMED.items()}, "order.error_codes": codes}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
