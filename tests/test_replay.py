"""A replay counts what a plain recomputation counts, whatever its history comes from; it stops
where the history does not hold, and says what it could not replay."""

import csv
import json
import random
import shutil
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import ibis
import pyarrow
import pytest
from click.testing import CliRunner, Result
from litestar.testing import TestClient
from pyarrow import parquet

import engine
from engine import Program
from engine.verbs.history import batches
from service.cli import main
from service.desks.replays import Replays
from service.entrance import Service
from service.store.store import Store
from tests.columns import NEEDS_JAVA, PANDAS
from tests.postgres import ESCAPED, PASSWORD, missing, postgres
from tests.served import CLEAR, NEW, policies_in, put, serving

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent / "replays"
OLD, NEWER, HISTORY = HERE / "old.bylaw", HERE / "new.bylaw", HERE / "history.jsonl"
Golden = Callable[[Path, str, str], None]
Rows = list[dict[str, Any]]
AT = "2026-01-15T14:32:00Z"
MESSAGES = (
    "Where is my order?", "I want to return this", "Sue ordered the blue one",
    "My lawyer will hear of this", "Somebody used my card without my permission",
    "I dispute this charge", "My card was stolen yesterday", "Is there an identity check?",
    "Please let me talk to a human", "Delete all my data please", "Grüße, und danke!",
)  # fmt: skip


def replay(*arguments: str | Path, code: int | None = None) -> Result:
    result = CliRunner().invoke(main, ["replay", *map(str, arguments)], catch_exceptions=False)
    assert code is None or result.exit_code == code, result.output
    return result


def told(*arguments: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        replay(*arguments, "--format", "json", "--budget", "0").output
    )
    return found


@pytest.fixture(scope="module")
def versions() -> tuple[Program, Program]:
    library = engine.Library(ROOT / "policies")
    old, new = (engine.load(library.source(f"handoff@{each}")) for each in ("1.0.0", "1.1.0"))
    return old, new


def drawn(count: int, seed: int = 7) -> Rows:
    """Tickets as they might have come, and a market that is no fact."""
    dice = random.Random(seed)
    return [_ticket(dice, number) for number in range(count)]


def _ticket(dice: random.Random, number: int) -> dict[str, Any]:
    names = ("order_status_tracking", "shipping_delay", "legal_threat")
    intents = [
        {"name": dice.choice(names), "confidence": round(dice.uniform(0.5, 1), 2)}
        for _ in range(dice.randint(1, 2))
    ]
    ticket: dict[str, Any] = {
        "id": f"T-{number}",
        "market": dice.choice(("de", "us")),
        "intents": intents,
        "message": dice.choice(MESSAGES),
        "channel": dice.choice(("email", "messenger", "voice", "social")),
        "ticket_state": {"closed": dice.random() < 0.05},
    }
    if dice.random() < 0.7:
        ticket["template"] = {
            "id": dice.choice(("t_order_status_verified", "t_order_eta_no_tracking_verified")),
            "tier": dice.choice(("tier_1", "tier_2")),
            "text": "To reopen your ticket, reply to this message.",
        }
        ticket["deterministic_match"] = dice.random() < 0.8
        order: dict[str, Any] = {"linked": dice.random() < 0.9, "within_sla": dice.random() < 0.7}
        ticket["order"] = {**order, "error_codes": dice.choice(([], ["E_TIMEOUT"]))}
    if dice.random() < 0.1:
        ticket["vip"] = True
    return ticket


def facts(ticket: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in ticket.items() if name not in ("id", "market")}


def with_what_was_decided(tickets: Rows, old: Program) -> Rows:
    made = []
    for each in tickets:
        decided = engine.decide(old, facts(each), "handoff", 0)
        said = {"outcome": decided.outcome, "basis": decided.basis}
        made.append({**each, **said, "determining": list(decided.determining)})
    return made


def as_lines(rows: Rows, path: Path) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return path


def as_parquet(rows: Rows, path: Path) -> Path:
    """With nested columns, the outcome as JSON."""
    names = list(dict.fromkeys(name for each in rows for name in each))
    columns = {
        name: [json.dumps(each[name]) if name == "outcome" else each.get(name) for each in rows]
        for name in names
    }
    parquet.write_table(pyarrow.table(columns), path)
    return path


def as_csv(rows: Rows, path: Path) -> Path:
    """With a column for each path; of the outcome two fields, and the rule in words."""
    flat = []
    for each in rows:
        outcome = each["outcome"]
        recorded = {"outcome.action": outcome["action"], "outcome.reply": outcome["reply"] or ""}
        rest = {k: v for k, v in each.items() if k not in ("outcome", "determining")}
        flat.append({**dict(_cells(rest)), **recorded, "rule": ", ".join(each["determining"])})
    names = list(dict.fromkeys(name for each in flat for name in each))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(flat)
    return path


def _cells(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, each in value.items():
                yield from _cells(each, f"{path}{name}.")
        case [dict(), *_]:
            for place, each in enumerate(value):
                yield from _cells(each, f"{path}{place}.")
        case list():
            yield path[:-1], json.dumps(value)
        case bool():
            yield path[:-1], "yes" if value else "no"
        case _:
            yield path[:-1], str(value)


# what it says


@pytest.mark.parametrize(("format", "ending"), [("text", "txt"), ("markdown", "md")])
def test_a_history_is_told_as_it_reads(golden: Golden, format: str, ending: str) -> None:
    asked = (NEWER, "--against", OLD, "--cases", HISTORY, "--by", "country", "--format", format)
    golden(HISTORY, replay(*asked, code=1).output, ending)


def test_the_same_as_json(golden: Golden) -> None:
    by = ("--by", "country", "--as-of", AT, "--format", "json")
    asked = (NEWER, "--against", OLD, "--cases", HISTORY, *by)
    golden(HISTORY, replay(*asked, code=1).output, "json")


def test_sensitive_facts_are_shown_to_who_asks_for_them() -> None:
    asked = (NEWER, "--against", OLD, "--cases", HISTORY, "--budget", "0")
    hidden, shown = replay(*asked).output, replay(*asked, "--facts").output
    assert "Where is it?" not in hidden
    assert 'note: "Where is it?"' in shown
    assert "Where is it?" not in replay(*asked, "--format", "json").output


# what it counts


def test_it_counts_what_a_plain_recomputation_counts(
    versions: tuple[Program, Program], tmp_path: Path
) -> None:
    tickets = with_what_was_decided(drawn(400), versions[0])
    path = as_lines(tickets, tmp_path / "history.jsonl")
    found = told("handoff@1.1.0", "--against", "handoff@1.0.0", "--cases", path, "--by", "market")
    pairs, markets, otherwise = Counter[Any](), Counter[str](), Counter[str]()
    for each in tickets:
        both = [engine.decide(one, facts(each), "handoff", 0) for one in versions]
        rules = [(one.basis, one.determining[0]) for one in both]
        markets[each["market"]] += 1
        if both[0].outcome != both[1].outcome:
            otherwise[each["market"]] += 1
        if rules[0] != rules[1]:
            pairs[tuple(rules)] += 1
    counted = {
        (
            (old["basis"], old["rule"] or old["basis"]),
            (new["basis"], new["rule"] or new["basis"]),
        ): n
        for old, new, n in ((each["old"], each["new"], each["cases"]) for each in found["rules"])
    }
    assert counted == pairs
    assert found["otherwise"] == otherwise.total()
    assert found["otherwise"] + found["alike"] + found["same"] == found["replayed"] == 400
    values = found["cohorts"][0]["values"]
    assert {each["value"]: each["cases"] for each in values} == markets
    assert {each["value"]: each["otherwise"] for each in values} == otherwise
    assert sum(each["cases"] for each in found["kinds"]) == found["otherwise"] + found["alike"]


def test_all_kinds_of_files_give_the_same(
    versions: tuple[Program, Program], tmp_path: Path
) -> None:
    tickets = with_what_was_decided(drawn(150), versions[0])
    paths = (
        as_lines(tickets, tmp_path / "history.jsonl"),
        as_csv(tickets, tmp_path / "history.csv"),
        as_parquet(tickets, tmp_path / "history.parquet"),
    )
    by = ("--by", "order.linked", "--by", "market")
    asked = ("handoff@1.1.0", "--against", "handoff@1.0.0", *by, "--as-of", AT, "--cases")
    lines, cells, columns = (told(*asked, path) for path in paths)
    for each in (lines, cells, columns):
        del each["source"]
        assert each["check"]["checked"] == 150
    assert lines == cells == columns


def test_the_rows_that_change_come_as_parquet(tmp_path: Path) -> None:
    path = tmp_path / "changed.parquet"
    asked = (NEWER, "--against", OLD, "--cases", HISTORY, "--budget", "0", "--by", "country")
    replay(*asked, "--changed", path, code=1)
    rows = parquet.read_table(path).to_pylist()
    assert {each["row"] for each in rows} == {
        "p-02",
        "p-03",
        "p-04",
        "p-05",
        "p-06",
        "p-07",
        "p-08",
    }
    first = next(each for each in rows if each["row"] == "p-05")
    assert (first["direction"], first["old_rule"], first["new_rule"], first["country"]) == (
        "looser", "ask", "refund", "fr",
    )  # fmt: skip
    assert json.loads(first["new_outcome"])["amount"] == 120
    assert json.loads(first["case"])["note"] == "It is late"
    assert path.stat().st_mode & 0o077 == 0


def test_nothing_changes() -> None:
    result = replay(OLD, "--against", OLD, "--cases", HISTORY, code=0)
    assert "1.0.0 decides every case replayed as 1.0.0 does" in result.output
    assert "Every case that there can be is decided as before" in result.output


# who decides


THEIRS = pytest.mark.filterwarnings("ignore:fetch_arrow_table")
"""What Ibis and DuckDB warn each other of."""


@THEIRS
def test_columns_give_what_the_evaluator_gives(
    versions: tuple[Program, Program], tmp_path: Path
) -> None:
    """What is in doubt too: what was recorded wrongly, what no version takes, letters that are not
    ASCII."""
    tickets = with_what_was_decided(drawn(300), versions[0])
    tickets[3]["channel"] = "fax"
    tickets[4]["message"] = "Straße: MY LAWYER"
    parted = as_csv(tickets, tmp_path / "history.csv")
    whole = as_parquet(tickets, tmp_path / "history.parquet")
    versioned = ("handoff@1.1.0", "--against", "handoff@1.0.0", "--as-of", AT)
    for path, first in ((parted, "intents.0.name"), (whole, "intents")):
        by = ("--by", first, "--by", "order.linked", "--by", "market", "--by", "vip")
        asked = (*versioned, *by, "--cases")
        plain = told(*asked, path)
        found = told(*asked, path, "--engine", "duckdb")
        assert found.pop("decided_by") == "DuckDB"
        assert 0 < found.pop("aside") < 200
        del plain["decided_by"], plain["aside"]
        assert found == plain
        assert plain["check"]["differing"] == 1
    tickets = [each for each in tickets if each["id"] not in ("T-3", "T-4")]
    path = as_parquet(tickets, tmp_path / "history.parquet")
    found, plain = told(*asked, path, "--engine", "duckdb"), told(*asked, path)
    assert {**found, "decided_by": None, "aside": 0} == {**plain, "decided_by": None}
    assert found["kinds"]


@THEIRS
def test_what_columns_set_aside_is_left_out_by_choice(
    versions: tuple[Program, Program], tmp_path: Path
) -> None:
    tickets = with_what_was_decided(drawn(40), versions[0])
    tickets[4]["message"] = "Straße: MY LAWYER"
    path = as_parquet(tickets, tmp_path / "history.parquet")
    asked = ("handoff@1.1.0", "--against", "handoff@1.0.0", "--as-of", AT, "--cases", path)
    found = told(*asked, "--engine", "duckdb", "--aside", "refuse")
    cause = "columns do not decide it, and the evaluator was not to"
    ((left, cases),) = (each.values() for each in found["left_out"])
    assert (left, cases + found["replayed"]) == (cause, 40)
    assert found["aside"] == 0


@THEIRS
def test_a_table_of_a_connection_is_replayed(
    versions: tuple[Program, Program], tmp_path: Path
) -> None:
    path = as_parquet(with_what_was_decided(drawn(50), versions[0]), tmp_path / "history.parquet")
    made = f"duckdb://{tmp_path / 'history.db'}"
    ibis.connect(made).con.execute(f"create table cases as select * from read_parquet('{path}')")
    asked = ("handoff@1.1.0", "--against", "handoff@1.0.0", "--as-of", AT)
    found = told(*asked, "--engine", made, "--table", "cases")
    assert found["source"] == f"`cases` of `{made}`"
    plain = told(*asked, "--cases", path)
    for name in ("check", "otherwise", "rules", "kinds"):
        assert found[name] == plain[name]
    said = replay(*asked, "--engine", made, "--table", "case", code=2).output
    assert said == f"error: `{made}` has no table `case`\n"


def as_database(rows: Rows, path: Path) -> str:
    """The cells of a CSV file as texts, in a table of SQLite."""
    with as_csv(rows, path.with_suffix(".csv")).open(encoding="utf-8", newline="") as file:
        header, *cells = csv.reader(file)
    with closing(sqlite3.connect(path)) as db, db:
        names = ", ".join(f'"{name}" TEXT' for name in header)
        db.execute(f"CREATE TABLE cases ({names})")
        room = ", ".join("?" * len(header))
        filled = [[cell or None for cell in line] for line in cells]
        db.executemany(f"INSERT INTO cases VALUES ({room})", filled)
    return f"sqlite://{path}"


OTHERS = ["handoff: a case of another engine, for DuckDB and Spark alone compute them"]


@PANDAS
def test_what_comes_from_another_engine_is_decided_here(
    versions: tuple[Program, Program], tmp_path: Path
) -> None:
    """By the evaluator, and it is told."""
    tickets = with_what_was_decided(drawn(60), versions[0])
    made = as_database(tickets, tmp_path / "history.db")
    by = ("--by", "market", "--by", "order.linked")
    asked = ("handoff@1.1.0", "--against", "handoff@1.0.0", "--as-of", AT, *by)
    found = told(*asked, "--engine", made, "--table", "cases")
    plain = told(*asked, "--cases", tmp_path / "history.csv")
    assert (found.pop("source"), found.pop("gaps")) == (f"`cases` of `{made}`", OTHERS)
    del plain["source"], plain["gaps"]
    assert found == plain
    refused = told(*asked, "--engine", made, "--table", "cases", "--aside", "refuse")
    assert (refused["recorded"], refused["replayed"]) == (60, 0)


@PANDAS
def test_columns_set_aside_every_row_of_another_engine(
    versions: tuple[Program, Program], tmp_path: Path
) -> None:
    tickets = with_what_was_decided(drawn(20), versions[0])
    table = ibis.connect(as_database(tickets, tmp_path / "history.db")).table("cases")
    decided = batches(versions[0], "handoff", table, keep=["id"], prefix="our_", now=0)
    rows = {row["id"]: row for batch in decided for row in batch.to_pylist()}
    assert (decided.aside, len(rows)) == (20, 20)
    assert [str(each.what) for each in decided.reasons] == ["a case of another engine"]
    for each in tickets:
        assert json.loads(rows[each["id"]]["our_outcome"]) == each["outcome"]


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_a_postgres_gives_the_same(versions: tuple[Program, Program], tmp_path: Path) -> None:
    """Cases in JSON, names that are UUIDs, instants in another time zone; and no password shows."""
    import psycopg

    tickets = with_what_was_decided(drawn(60), versions[0])
    rows = [{**each, "id": str(UUID(int=place))} for place, each in enumerate(tickets)]
    kinds = {
        "id": "uuid", "market": "text", "message": "text", "channel": "text", "vip": "boolean",
        "deterministic_match": "boolean", "as_of": "timestamptz", "basis": "text",
        "determining": "text[]",
    }  # fmt: skip
    columns = {name: kinds.get(name, "jsonb") for row in rows for name in (*row, "as_of")}
    with postgres() as made:
        with psycopg.connect(made) as db, db.cursor() as cursor:
            named = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            cursor.execute(f"CREATE TABLE cases ({named})")
            with cursor.copy("COPY cases FROM STDIN") as copy:
                for row in rows:
                    whole = {**row, "as_of": AT}
                    copy.write_row([_as_json(whole.get(each), columns[each]) for each in columns])
        asked = ("handoff@1.1.0", "--against", "handoff@1.0.0", "--by", "market")
        found = told(*asked, "--engine", made, "--table", "cases")
        shown = replay(*asked, "--engine", made, "--table", "nosuch", code=2).output
        wrong = made.replace("secret", "hush")
        shown += replay(*asked, "--engine", wrong, "--table", "cases", code=2).output
    plain = told(*asked, "--as-of", AT, "--cases", as_lines(rows, tmp_path / "history.jsonl"))
    assert (found.pop("gaps"), plain.pop("gaps")) == (OTHERS, [])
    source = found.pop("source")
    del plain["source"]
    assert found == plain
    assert "has no table `nosuch`" in shown
    assert 'password authentication failed for user "me"' in shown
    assert not any(each in f"{source}{shown}" for each in (PASSWORD, ESCAPED, "secret", "hush"))


def _as_json(value: Any, kind: str) -> Any:
    return json.dumps(value) if kind == "jsonb" and value is not None else value


ESCAPES = "in a user and a password write `@` as %40"


@pytest.mark.parametrize(
    ("address", "message", "cure"),
    [
        ("foo://me:hush@host/db", "there is no connection `foo://`", "duckdb://"),
        ("postgre://me:hush@host/db", "there is no connection `postgre://`", "`postgres://`?"),
        ("mysql://me:hush@host/db", "what connects to `mysql://`", '"ibis-framework[mysql]"'),
        ("duckdb://nosuch.db", "cannot be read: no such file or directory", ""),
        ("sqlite://nosuch.db", "cannot be read: no such file or directory", ""),
        ("postgres://me:hush/hush@host/db", "`postgres://…` cannot be read", ESCAPES),
        ("postgres://me:hush?hush@host/db", "`postgres://…` cannot be read", ESCAPES),
        ("postgres://me:hush#hush@host/db", "`postgres://…` cannot be read", ESCAPES),
        ("postgres://me:hush@hush@host/db", "`postgres://…` cannot be read", ESCAPES),
        ("postgres://me:hush@host:hush/db", "`postgres://…` cannot be read", ESCAPES),
    ],
)
def test_an_address_that_does_not_connect_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str, message: str, cure: str
) -> None:
    monkeypatch.setitem(sys.modules, "MySQLdb", None)
    monkeypatch.chdir(tmp_path)
    policies = ("--policies", ROOT / "policies", "--table", "cases", "--engine", address)
    said = replay("handoff@1.1.0", "--against", "handoff@1.0.0", *policies, code=2).output
    assert message in said
    assert cure in said
    assert "hush" not in said
    assert not [*tmp_path.iterdir()]


@pytest.mark.filterwarnings("ignore")  # what Spark's own libraries warn each other of
@NEEDS_JAVA
def test_a_local_spark_gives_the_same_table(
    versions: tuple[Program, Program], tmp_path: Path
) -> None:
    tickets = with_what_was_decided(drawn(120), versions[0])
    path = as_parquet(tickets, tmp_path / "history.parquet")
    asked = ("handoff@1.1.0", "--against", "handoff@1.0.0", "--as-of", AT, "--by", "channel")
    found = told(*asked, "--cases", path, "--engine", "spark")
    plain = told(*asked, "--cases", path)
    assert found.pop("decided_by") == "Spark"
    assert found.pop("aside") < 60
    del plain["decided_by"], plain["aside"]
    assert found == plain


# what does not hold


def history(tmp_path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    rows = [json.loads(line) for line in HISTORY.read_text(encoding="utf-8").splitlines()]
    for each in rows:
        change(each)
    return as_lines(rows, tmp_path / "history.jsonl")


def test_a_history_that_does_not_hold_stops_it(golden: Golden, tmp_path: Path) -> None:
    def change(row: dict[str, Any]) -> None:
        if row["id"] in ("p-01", "p-06"):
            row["outcome"]["action"] = "ask" if row["id"] == "p-01" else "refund"

    path, out = history(tmp_path, change), tmp_path / "changed.parquet"
    result = replay(
        NEWER, "--against", OLD, "--cases", path, "--changed", out, "--as-of", AT, code=1
    )
    golden(HERE / "broken.jsonl", result.output, "txt")
    assert not out.exists()
    found = told(NEWER, "--against", OLD, "--cases", path)
    assert (found["check"]["checked"], found["check"]["differing"]) == (11, 2)
    assert [each["row"] for each in found["check"]["rows"]] == ["p-01", "p-06"]
    assert (found["kinds"], found["otherwise"], found["compared"]) == ([], None, None)


def test_who_has_not_recorded_what_was_decided_is_told(tmp_path: Path) -> None:
    def change(row: dict[str, Any]) -> None:
        for name in ("outcome", "basis", "determining"):
            row.pop(name, None)

    asked = (NEWER, "--against", OLD, "--cases", history(tmp_path, change), "--budget", "0")
    assert "that 1.0.0 decided them cannot be checked" in replay(*asked, code=1).output
    assert told(*asked[:5])["check"]["checked"] == 0


def test_what_the_new_version_does_not_take_is_told(tmp_path: Path) -> None:
    text = NEWER.read_text(encoding="utf-8")
    wider = tmp_path / "wider.bylaw"
    wider.write_text(
        text.replace(
            "  note:    text sensitive\n", "  note:    text sensitive\n  depot: text\n"
        ).replace('note: "Where', 'depot: "A", note: "Where'),
        encoding="utf-8",
    )
    result = replay(wider, "--against", OLD, "--cases", HISTORY, "--budget", "0", code=1)
    assert "11  1.1.0 does not take the case: `/depot` is missing" in result.output
    assert "11 cases 1.1.0 does not take at all" in result.output
    found = told(wider, "--against", OLD, "--cases", HISTORY)
    assert (found["replayed"], found["refused"]) == (0, 11)


def test_what_another_version_decided_is_checked_with_that_version(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    for path in (OLD, NEWER):
        put(policies, f"parcels/{'1.0.0' if path is OLD else '1.1.0'}", path.read_text("utf-8"))
    library = engine.Library(policies)
    old, new = (engine.load(library.source(f"parcels@{each}")) for each in ("1.0.0", "1.1.0"))
    case = {"service": "economy", "days": 12, "value": 20, "note": "Where is it?"}
    rows = []
    for number, each in enumerate((old, new, new)):
        record = engine.record(each, engine.decide(each, case), "0.1.0")
        rows.append({**record, "decision_id": str(number), "input": case, "facts": "kept"})
    rows[2]["policy"] = {**rows[2]["policy"], "version": "0.9.0", "hash": "sha256:" + "0" * 64}
    rows.append({**rows[0], "decision": "another"})
    path = as_lines(rows, tmp_path / "decisions.jsonl")
    asked = ("parcels@1.1.0", "--against", "parcels@1.0.0", "--policies", policies)
    found = told(*asked, "--cases", path)
    assert (found["recorded"], found["others"], found["replayed"]) == (3, 1, 2)
    assert found["check"] == {"checked": 2, "differing": 0, "rows": []}
    cause = "parcels 0.9.0, which decided it, is not here"
    assert found["left_out"] == [{"cause": cause, "cases": 1}]


@pytest.mark.parametrize("engine_", ["evaluator", "duckdb"])
def test_a_version_that_is_told_without_its_hash_is_the_one_that_decided(
    tmp_path: Path, engine_: str
) -> None:
    path = tmp_path / "history.csv"
    path.write_text(_VERSIONED, encoding="utf-8")
    found = told(NEWER, "--against", OLD, "--cases", path, "--engine", engine_)
    assert (found["recorded"], found["others"], found["replayed"]) == (3, 1, 1)
    assert {each["cause"]: each["cases"] for each in found["left_out"]} == {
        "parcels 0.9.0, which decided it, is not here": 1,
        "it was hypothetical: another version, or another time": 1,
    }


_VERSIONED = """\
policy,version,service,days,value,note,outcome.action,rule,hypothetical
parcels,1.0.0,express,12,40,Hello,refund,refund,false
parcels,0.9.0,express,12,40,Hello,refund,refund,
parcels,1.0.0,express,12,40,Hello,refund,refund,true
other,1.0.0,express,12,40,Hello,refund,refund,
"""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--by", "contry"), "did you mean `country`?"),
        (("--cases", "nowhere.jsonl"), "`nowhere.jsonl` cannot be read"),
        (("--cases", "nowhere.parquet"), "`nowhere.parquet` cannot be read"),
        (("--decision", "parcel"), "did you mean `parcels`?"),
        (("--changed", "out.csv"), "does not end in .parquet"),
        (("--engine", "ducdb"), "did you mean `duckdb`?"),
        (("--engine", "duckdb"), "takes .parquet, .pq and .csv"),
        (("--engine", "duckdb://x.db"), "does not go with a connection"),
        (("--table", "cases"), "`--table` is of a connection"),
        (("--by", "note"), "`note` is sensitive"),
        (("--since", "2026-01-01"), "`--since` is of the journal"),
        (("--id", "ticket"), "no case has a column `ticket`"),
    ],
)
def test_wrong_usage_is_told_with_a_cure(arguments: tuple[str, ...], said: str) -> None:
    result = replay(NEWER, "--against", OLD, "--cases", HISTORY, *arguments, code=2)
    assert said in result.output


# over the journal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two versions, of which the second wants more confidence."""
    folder = policies_in(tmp_path)
    newer = NEW.replace("greetings 1.0.0", "greetings 1.1.0").replace("= 0.80", "= 0.95")
    put(folder, "greetings/1.1.0", newer)
    return folder


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient[Service]]:
    with serving(folder) as client:
        yield client


def decide(client: TestClient[Service], count: int, subject: str | None = None) -> None:
    items = [{"id": str(each), "input": CLEAR, "subject": subject} for each in range(count)]
    response = client.post("/v1/batches/greetings", json={"items": items})
    assert response.status_code == 200, response.text


def begun(client: TestClient[Service], **body: Any) -> str:
    response = client.post("/v1/replays", json={"policy": "greetings", "version": "1.1.0", **body})
    assert response.status_code == 202, response.text
    assert response.json()["state"] == "waiting"
    return response.headers["Location"]


def ended(client: TestClient[Service], place: str) -> dict[str, Any]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found: dict[str, Any] = client.get(place).json()
        if found["state"] not in ("waiting", "running"):
            return found
    raise AssertionError("it does not end")


def store_of(folder: Path) -> tuple[str, ...]:
    return ("--store", str(folder.parent / "bylaw.db"), "--policies", str(folder))


def test_the_journal_is_replayed_over_http(client: TestClient[Service]) -> None:
    decide(client, 5)
    found = ended(client, begun(client, by=["topic"]))
    assert (found["state"], found["progress"], found["problem"]) == ("done", None, None)
    assert found["asked"]["against"]["version"] == "1.0.0"
    report = found["report"]
    assert (report["recorded"], report["replayed"], report["otherwise"]) == (5, 5, 5)
    assert report["check"] == {"checked": 5, "differing": 0, "rows": []}
    assert report["cohorts"][0]["values"][0]["value"] == "opening_hours"
    sample = report["kinds"][0]["samples"][0]
    assert client.get(f"/v1/journal/{sample['row']}").status_code == 200
    assert sample["old"]["said"] != sample["new"]["said"]
    assert sample["withheld"] == ["/message"]
    assert sum(each["cases"] for each in report["compared"]["regions"]) == 5


def test_what_is_done_makes_no_progress_any_more(
    client: TestClient[Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for as soon as the store has it."""
    step, seen = Replays._step, list[Any]()

    async def asked(self: Replays, id: str, before: str, after: str, *more: Any) -> None:
        await step(self, id, before, after, *more)
        found = self.told(client.app.state.store.reader(), id)
        assert found is not None
        seen.append((found["state"], found["progress"] is None))

    monkeypatch.setattr(Replays, "_step", asked)
    decide(client, 5)
    ended(client, begun(client))
    until = time.monotonic() + 30
    while len(seen) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert seen == [("running", False), ("done", True)]


def test_the_journal_is_replayed_at_the_command_line(folder: Path) -> None:
    with serving(folder) as client:
        decide(client, 3, "customer-1")
        decide(client, 2, "customer-2")
    where = store_of(folder)
    assert CliRunner().invoke(main, ["forget", "customer-1", *where[:2]]).exit_code == 0
    found = told("greetings@1.1.0", "--against", "greetings@1.0.0", *where)
    assert (found["recorded"], found["replayed"]) == (5, 2)
    assert found["left_out"] == [{"cause": "the subject was forgotten", "cases": 3}]
    never = told("greetings@1.1.0", "--against", "greetings@1.0.0", *where, "--until", "2020-01-01")
    assert never["recorded"] == 0


def test_an_export_gives_what_the_journal_gives(folder: Path, tmp_path: Path) -> None:
    with serving(folder) as client:
        decide(client, 3, "customer-1")
        decide(client, 2)
        tried = {"input": CLEAR, "as_of": "2020-01-01T00:00:00Z"}
        client.post("/v1/decisions/greetings", json=tried).raise_for_status()
        forget = ["forget", "customer-1", *store_of(folder)[:2]]
        assert CliRunner().invoke(main, forget).exit_code == 0
    where = store_of(folder)
    asked = ("greetings@1.1.0", "--against", "greetings@1.0.0", *where)
    journal = told(*asked)
    del journal["source"]
    for name in ("out.jsonl", "out.parquet"):
        export = ["export", str(tmp_path / name), "--facts", *where[:2]]
        assert CliRunner().invoke(main, export).exit_code == 0
        found = told(*asked, "--cases", tmp_path / name)
        del found["source"]
        assert found == journal


def test_of_texts_that_are_not_kept_what_they_mentioned_decides(folder: Path) -> None:
    """As the whole texts do, and a version that looks for other words decides none of them."""
    cases = [CLEAR, {**CLEAR, "message": "My lawyer asks"}, {**CLEAR, "confidence": 0.96}]
    items = [{"id": str(each), "input": case} for each, case in enumerate(cases)]
    other = NEW.replace("greetings 1.0.0", "greetings 1.2.0").replace('"lawyer"', '"advocate"')
    put(folder, "greetings/1.2.0", other)
    reports = []
    for mode in ("sealed", "hashed"):
        with serving(folder, journal=mode, store=folder.parent / f"{mode}.db") as client:
            client.post("/v1/batches/greetings", json={"items": items}).raise_for_status()
            reports.append(ended(client, begun(client))["report"])
            last = ended(client, begun(client, version="1.2.0"))["report"]
    assert [each["unsaid"] for each in reports] == [0, 3]
    for name in ("replayed", "check", "same", "otherwise", "rules"):
        assert reports[0][name] == reports[1][name]
    assert reports[1]["replayed"] == 3
    sample = reports[1]["kinds"][0]["samples"][0]
    assert (sample["withheld"], sample["old"]["said"]) == (["/message"], None)
    cause = "message not kept: 1.2.0 looks for `legal` in other words"
    assert last["left_out"] == [{"cause": cause, "cases": 3}]


def test_a_record_that_was_changed_shows(folder: Path) -> None:
    with serving(folder) as client:
        decide(client, 3)
    with Store(folder.parent / "bylaw.db").writing() as db:
        (id, record), *_ = db.execute("SELECT id, record FROM journal").fetchall()
        changed = bytes(record).replace(b"t_opening_hours", b"t_return_policy")
        assert changed != record
        db.execute("UPDATE journal SET record = ? WHERE id = ?", [changed, id])
    with serving(folder) as client:
        report = ended(client, begun(client))["report"]
    assert (report["check"]["checked"], report["check"]["differing"]) == (3, 1)
    assert report["check"]["rows"][0]["row"] == id
    assert (report["kinds"], report["otherwise"], report["compared"]) == ([], None, None)


def test_only_so_many_are_taken_at_once(tmp_path: Path) -> None:
    """The first takes seconds, for it is compared what the versions do with every case."""
    policies = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    asked = {"policy": "handoff", "version": "1.1.0"}
    with serving(policies) as client:
        case = {"intents": [], "message": "Hello", "channel": "email"}
        client.post("/v1/decisions/handoff", json={"input": case}).raise_for_status()
        answers = [client.post("/v1/replays", json=asked) for _ in range(5)]
        assert [each.status_code for each in answers] == [202, 202, 202, 202, 429]
        assert answers[-1].json()["code"] == "too-many-replays"
        assert answers[-1].headers["Retry-After"] == "60"
        assert client.get(answers[3].headers["Location"]).json()["state"] == "waiting"
    with serving(policies) as client:  # it ended while they waited
        states = [client.get(each.headers["Location"]).json()["state"] for each in answers[:4]]
    assert states[-1] == "lost"


def test_a_part_of_the_journal_is_replayed(client: TestClient[Service]) -> None:
    decide(client, 2)
    last = time.time_ns() // 1_000_000 + 1
    while time.time_ns() // 1_000_000 <= last:
        pass  # ids tell milliseconds
    between = engine.write_instant(last * 1000)
    decide(client, 3)
    counts = [
        ended(client, begun(client, **{end: between}))["report"]["recorded"]
        for end in ("until", "since")
    ]
    assert sum(counts) == 5
    assert counts == [2, 3]


def test_an_export_with_hashes_gives_the_same(folder: Path, tmp_path: Path) -> None:
    with serving(folder, journal="hashed") as client:
        decide(client, 2)
    asked = ("greetings@1.1.0", "--against", "greetings@1.0.0", *store_of(folder))
    journal = told(*asked)
    del journal["source"]
    assert (journal["replayed"], journal["unsaid"]) == (2, 2)
    for name in ("out.jsonl", "out.parquet"):
        export = ["export", str(tmp_path / name), "--facts", *store_of(folder)[:2]]
        assert CliRunner().invoke(main, export).exit_code == 0
        found = told(*asked, "--cases", tmp_path / name)
        del found["source"]
        assert found == journal


def test_what_was_forgotten_is_in_no_report(folder: Path) -> None:
    with serving(folder) as client:
        decide(client, 2, "customer-1")
        place = begun(client)
        assert ended(client, place)["report"] is not None
        forget = ["forget", "customer-1", *store_of(folder)[:2]]
        assert CliRunner().invoke(main, forget).exit_code == 0
        found = client.get(place).json()
    assert (found["state"], found["report"]) == ("forgotten", None)


def test_a_replay_that_was_cut_off_is_told_as_lost(folder: Path) -> None:
    with serving(folder) as client:
        decide(client, 1)
        place = begun(client)
        ended(client, place)
    with Store(folder.parent / "bylaw.db").writing() as db:
        db.execute("UPDATE replays SET state = 'running', report = NULL")
    with serving(folder) as client:
        found = client.get(place).json()
    assert (found["state"], found["report"]) == ("lost", None)
    assert found["problem"] == "the service ended before it was done; ask again"


@pytest.mark.parametrize(
    ("body", "status", "code", "place"),
    [
        ({"by": ["message"]}, 400, "malformed-request", "/by"),
        ({"by": ["colour"]}, 400, "malformed-request", "/by"),
        ({"by": "topic"}, 400, "malformed-request", "/by"),
        ({"since": "yesterday"}, 400, "malformed-request", "/since"),
        ({"policies": "x"}, 400, "malformed-request", "/policies"),
        ({"version": 1}, 400, "malformed-request", "/version"),
        ({"version": "9.9.9"}, 404, "unknown-version", None),
        ({"against": "9.9.9"}, 404, "unknown-version", None),
        ({"decision": "answers"}, 404, "unknown-decision", None),
        ({"policy": "greeting"}, 404, "unknown-policy", None),
    ],
)
def test_what_cannot_be_replayed_is_refused(
    client: TestClient[Service], body: dict[str, Any], status: int, code: str, place: str | None
) -> None:
    asked = {"policy": "greetings", "version": "1.1.0", **body}
    response = client.post("/v1/replays", json=asked)
    assert (response.status_code, response.json()["code"]) == (status, code)
    pointers = [each["pointer"] for each in response.json()["errors"]]
    assert pointers == ([] if place is None else [place])


def test_there_is_no_replay_of_another_id(client: TestClient[Service]) -> None:
    response = client.get("/v1/replays/01890000-0000-7000-8000-000000000000")
    assert (response.status_code, response.json()["code"]) == (404, "unknown-replay")


def test_who_only_asks_for_decisions_replays_nothing(folder: Path) -> None:
    where = store_of(folder)[:2]
    with serving(folder):
        pass
    keys = {}
    for role in ("decide", "approve:Lead"):
        made = CliRunner().invoke(main, ["keys", "create", role, "--role", role, *where])
        keys[role] = made.output.split()[0]
    asked = {"policy": "greetings", "version": "1.1.0"}
    with serving(folder, key=keys["decide"]) as client:
        assert client.post("/v1/replays", json=asked).status_code == 403
        assert client.get("/v1/replays/x").status_code == 403
    with serving(folder, key=keys["approve:Lead"]) as client:
        assert ended(client, begun(client))["report"]["recorded"] == 0
