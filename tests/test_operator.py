"""What an operator does beside the service: exports, copies, restores; how it starts and ends."""

import gc
import json
import logging
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet

from service.cli import main
from service.log import Log
from service.settings import Mode, Settings
from service.store.store import Store
from tests.live import Server, started
from tests.served import CLEAR, policies_in, serving
from tests.test_journal import until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return policies_in(tmp_path)


@pytest.fixture
def filled(folder: Path) -> Path:
    """A store of three decisions, of which one has lost its facts."""
    with serving(folder) as client:
        for number in range(3):
            body = {"input": CLEAR, "subject": f"customer-{number}"}
            assert client.post("/v1/decisions/greetings", json=body).status_code == 200
    operate(folder, "forget", "customer-1")
    return folder


def run(folder: Path, *arguments: str) -> Result:
    store = ["--store", str(folder.parent / "bylaw.db")]
    return CliRunner().invoke(main, [*arguments, *store], catch_exceptions=False)


def operate(folder: Path, *arguments: str) -> str:
    result = run(folder, *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def lines(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_decisions_are_exported_with_their_facts_where_that_is_asked(filled: Path) -> None:
    file = filled.parent / "decisions.jsonl"
    assert operate(filled, "export", str(file)) == f"3 decisions in {file}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    plain = lines(file)
    assert [each["outcome"]["action"] for each in plain] == ["reply"] * 3
    assert not any("input" in each for each in plain)
    operate(filled, "export", str(file), "--facts")
    facts = lines(file)
    assert [each["input"] for each in facts] == [CLEAR, None, CLEAR]
    assert [each["facts"] for each in facts] == ["kept", "the subject was forgotten", "kept"]


@pytest.mark.parametrize("journal", ["sealed", "hashed"])
def test_an_export_tells_what_texts_mention(folder: Path, journal: Mode) -> None:
    file = folder.parent / "decisions.jsonl"
    with serving(folder, journal=journal) as client:
        for message in ("My lawyer asks", "When do you open?"):
            body = {"input": {**CLEAR, "message": message}, "subject": "customer-1"}
            client.post("/v1/decisions/greetings", json=body)
    operate(folder, "export", str(file))
    assert [each["mentioned"] for each in lines(file)] == [{"/message": ["legal"]}, {}]
    operate(folder, "forget", "customer-1")
    operate(folder, "export", str(file))
    assert [each["mentioned"] for each in lines(file)] == [{}, {}]


def test_of_a_version_that_cannot_be_read_it_is_not_told(filled: Path) -> None:
    file = filled.parent / "decisions.jsonl"
    with closing(sqlite3.connect(filled.parent / "bylaw.db")) as db, db:
        db.execute("UPDATE versions SET source = '?' WHERE name = 'greetings'")
    operate(filled, "export", str(file))
    assert [each["mentioned"] for each in lines(file)] == [None, {}, None]


def test_decisions_are_exported_as_parquet(filled: Path) -> None:
    file = filled.parent / "decisions.parquet"
    operate(filled, "export", str(file), "--facts", "--policy", "greetings")
    table = parquet.read_table(file).to_pylist()
    assert [each["policy"] for each in table] == ["greetings"] * 3
    assert [each["input"] and json.loads(each["input"]) for each in table] == [CLEAR, None, CLEAR]
    assert table[0]["determining"] == ["sure_topic"]
    assert table[0]["at"].year >= 2026


def test_an_export_may_be_of_a_policy_and_a_time(filled: Path) -> None:
    file = filled.parent / "decisions.jsonl"
    for arguments, count in (
        (["--policy", "others"], 0),
        (["--until", "2020-01-01T00:00:00Z"], 0),
        (["--since", "2020-01-01T00:00:00Z"], 3),
    ):
        operate(filled, "export", str(file), *arguments)
        assert len(lines(file)) == count


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "decisions.csv"], "neither in .jsonl nor in .parquet"),
        (["export", "decisions.jsonl", "--since", "yesterday"], "is no instant"),
        (["export", "no-such-folder/decisions.jsonl"], "cannot be written"),
    ],
)
def test_an_export_that_cannot_be_is_told(filled: Path, arguments: list[str], said: str) -> None:
    result = run(filled, *arguments)
    assert (result.exit_code, said in result.stderr) == (2, True), result.output


@pytest.mark.parametrize("command", [["keys", "list"], ["export", "a.jsonl"], ["forget", "a"]])
def test_a_store_that_is_not_there_is_told(folder: Path, command: list[str]) -> None:
    result = run(folder, *command)
    assert result.exit_code == 2
    assert "there is no store" in result.stderr


def test_a_copy_made_under_load_is_whole_and_can_be_restored(folder: Path) -> None:
    copy = folder.parent / "copy.db"
    with serving(folder) as client, ThreadPoolExecutor(2) as pool:
        body = {"input": CLEAR, "subject": "customer-1"}
        ids: list[str] = []

        def ask(_: int) -> None:
            ids.append(client.post("/v1/decisions/greetings", json=body).json()["decision_id"])

        pool.submit(lambda: list(map(ask, range(100))))
        until(lambda: len(ids) > 20)
        before = list(ids)
        operate(folder, "backup", str(copy))
    assert "is there already" in run(folder, "backup", str(copy)).stderr
    assert "is there" in run(folder, "restore", str(copy)).stderr
    for file in folder.parent.glob("bylaw.db*"):
        if file.suffix != ".secret":
            file.unlink()
    operate(folder, "restore", str(copy))
    with serving(folder) as client:
        for id in before:
            assert client.get(f"/v1/journal/{id}/explanation").status_code == 200


def test_what_is_no_copy_is_not_restored(folder: Path) -> None:
    broken = folder.parent / "broken.db"
    broken.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    result = run(folder, "restore", str(broken))
    assert (result.exit_code, "cannot be restored" in result.stderr) == (2, True)
    assert not (folder.parent / "bylaw.db").exists()


def test_the_store_and_its_secret_are_for_their_owner_alone(filled: Path) -> None:
    for name in ("bylaw.db", "bylaw.db.secret"):
        assert stat.S_IMODE((filled.parent / name).stat().st_mode) == 0o600


def test_a_store_that_is_not_there_leaves_nothing_open(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        Store(tmp_path / "none.db").connect()
    gc.collect()  # what cannot be let go is an error of the test


def later(store: Path) -> None:
    with closing(sqlite3.connect(store)) as db, db:
        db.execute("PRAGMA user_version = 999")


def foreign(store: Path) -> None:
    with closing(sqlite3.connect(store)) as db, db:
        db.execute("CREATE TABLE journal (id INTEGER)")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda store: store.write_bytes(b"no store" * 1000), "file is not a database"),
        (lambda store: store.mkdir(), "is a directory"),
        (later, "written by a later version"),
        (foreign, "is the database of another program"),
    ],
    ids=["other file", "folder", "later", "foreign"],
)
@pytest.mark.parametrize("command", ["serve", "keys create a --role decide"])
def test_what_is_no_store_is_told_and_left_as_it_is(
    folder: Path, spoil: Any, said: str, command: str
) -> None:
    store = folder.parent / "bylaw.db"
    spoil(store)
    store.chmod(0o755)
    before = store.is_file() and store.read_bytes()
    policies = ["--policies", str(folder)] if command == "serve" else []
    result = run(folder, *command.split(), *policies)
    assert result.exit_code == 2
    assert said in result.stderr
    assert before == (store.is_file() and store.read_bytes())
    assert stat.S_IMODE(store.stat().st_mode) == 0o755


def test_a_new_store_is_said_once_and_its_folder_must_be_there(folder: Path) -> None:
    create = ["keys", "create", "ticketing", "--role", "decide"]
    store = folder.parent / "bylaw.db"
    assert f"a new store at {store}\n" in run(folder, *create).stderr
    assert "a new store" not in run(folder, *create).stderr
    elsewhere = folder.parent / "gone" / "bylaw.db"
    result = CliRunner().invoke(main, [*create, "--store", str(elsewhere)])
    assert (result.exit_code, "there is no folder" in result.stderr) == (2, True)
    assert not elsewhere.parent.exists()


def moved(store: Path) -> None:
    store.rename(store.with_name("elsewhere.db"))


def replaced(store: Path) -> None:
    copy = store.with_name("copy.db")
    copy.write_bytes(store.read_bytes())
    copy.rename(store)


@pytest.mark.parametrize("lose", [moved, replaced, Path.unlink])
def test_a_store_that_is_gone_is_noticed(
    folder: Path, lose: Any, caplog: pytest.LogCaptureFixture
) -> None:
    store, body = folder.parent / "bylaw.db", {"input": CLEAR}
    with serving(folder) as client:
        assert client.post("/v1/decisions/greetings", json=body).status_code == 200
        lose(store)
        until(lambda: client.get("/health/ready").status_code == 503)
        told = client.post("/v1/decisions/greetings", json=body)
        assert (told.status_code, told.json()["code"]) == (503, "not-recorded")
        if lose is moved:
            store.with_name("elsewhere.db").rename(store)
            until(lambda: client.get("/health/ready").status_code == 200)
            assert client.post("/v1/decisions/greetings", json=body).status_code == 200
    assert "is gone or another file" in caplog.text


def test_decisions_beside_a_store_that_is_gone_may_be_given_and_counted(folder: Path) -> None:
    with serving(folder, on_journal_failure="serve_and_count") as client:

        def recorded() -> bool:
            told = client.post("/v1/decisions/greetings", json={"input": CLEAR})
            assert told.status_code == 200
            return bool(told.json().get("recorded", True))

        assert recorded()
        (folder.parent / "bylaw.db").unlink()
        until(lambda: not recorded())
        assert "bylaw_journal_dropped_total 1.0" in client.get("/metrics").text


def test_a_service_that_is_stopped_answers_what_it_has_begun(folder: Path) -> None:
    """And every decision that was answered is on disk."""
    with started(folder) as server:
        answers: list[httpx.Response] = []

        def ask(_: int) -> None:
            try:
                while True:
                    answers.append(server.decide(CLEAR))
            except httpx.TransportError:
                return

        with ThreadPoolExecutor(8) as pool:
            running = pool.map(ask, range(8))
            until(lambda: len(answers) > 50)
            server.process.send_signal(signal.SIGTERM)
            list(running)
        assert server.process.wait(timeout=30) == 0
    assert {each.status_code for each in answers} == {200}
    with closing(sqlite3.connect(folder.parent / "bylaw.db")) as db, db:
        kept = {id for (id,) in db.execute("SELECT id FROM journal")}
    assert {each.json()["decision_id"] for each in answers} <= kept


def test_every_setting_may_be_told_by_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = CliRunner().invoke(main, ["serve", "--help"]).output
    for each in fields(Settings):
        assert f"--{each.name.replace('_', '-')}" in shown
    monkeypatch.setenv("BYLAW_MOST", "no number")
    result = run(folder, "serve")
    assert result.exit_code == 2
    assert "BYLAW_MOST" in result.stderr or "--most" in result.stderr


def test_a_copy_is_restored_beside_nothing_of_another_store(filled: Path) -> None:
    copy, store = filled.parent / "copy.db", filled.parent / "bylaw.db"
    operate(filled, "backup", str(copy))
    left = store.with_name("bylaw.db-wal")
    for file in filled.parent.glob("bylaw.db*"):
        if file.suffix != ".secret":
            file.unlink()
    left.write_bytes(b"left over")
    assert "is there, of another store" in run(filled, "restore", str(copy)).stderr
    left.unlink()
    secret = filled.parent / "bylaw.db.secret"
    own = secret.read_text(encoding="ascii")
    secret.write_text("ab" * 32, encoding="ascii")
    assert "is the secret of another store" in run(filled, "restore", str(copy)).stderr
    secret.unlink()
    assert "the secret" in run(filled, "restore", str(copy)).stderr
    secret.write_text(own, encoding="ascii")
    assert run(filled, "restore", str(copy)).stdout == f"3 decisions in {store}\n"


def test_a_store_that_is_opened_again_keeps_its_locks(tmp_path: Path) -> None:
    """Without them another process that reads it takes itself for the last to do so, and clears up
    what this one still writes to."""
    path = tmp_path / "bylaw.db"
    reader = Store(path).create().reader()
    Store(path).create()
    log = path.with_name("bylaw.db-wal").stat()
    connect = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1])"
    read = f"{connect}; list(db.execute('SELECT 1 FROM live')); db.close()"
    subprocess.run([sys.executable, "-c", read, path], check=True)
    assert path.with_name("bylaw.db-wal").stat().st_ino == log.st_ino
    reader.conn.close()


def test_two_services_do_not_serve_one_store(folder: Path) -> None:
    with started(folder):
        result = run(folder, "serve", "--policies", str(folder), "--port", "0")
    assert (result.exit_code, "another service serves the store" in result.stderr) == (2, True)


def test_forgetting_says_when_somebody_still_reads_what_is_gone(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["service.cli.forget"], "_TRIES", 3)
    with closing(sqlite3.connect(filled.parent / "bylaw.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM journal").fetchone()
        told = run(filled, "forget", "customer-0")
        reader.execute("ROLLBACK")
    assert (told.exit_code, "may still stand" in told.stderr) == (2, True)


def test_a_mistake_of_ours_is_logged_without_its_message() -> None:
    written = BytesIO()
    log = Log(written, plain=False)
    logger = logging.Logger("tested")
    logger.addHandler(log)
    try:
        raise KeyError("a fact of a customer")
    except KeyError:
        logger.exception("request 17 failed")
    log.flush()
    said = json.loads(written.getvalue())["message"]
    assert "request 17 failed" in said
    assert said.endswith("KeyError")
    assert "KeyError: " not in said


def test_a_service_that_is_stopped_leaves_one_file_and_its_secret(folder: Path) -> None:
    with started(folder) as server:
        assert server.decide(CLEAR).status_code == 200
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=30) == 0
    left = {file.name for file in folder.parent.glob("bylaw.db*")}
    assert left == {"bylaw.db", "bylaw.db.secret"}


def half_asked(server: Server) -> socket.socket:
    """A request of which half the body has come."""
    url = httpx.URL(server.url)
    asking = socket.create_connection((url.host, url.port or 0), timeout=30)
    head = f"POST /v1/decisions/greetings HTTP/1.1\r\nHost: {url.netloc.decode()}\r\n"
    told = "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    asking.sendall(f"{head}{told}".encode())
    assert server.decide(CLEAR).status_code == 200  # so the other is heard by now
    return asking


def test_who_stops_it_before_it_serves_need_not_wait(folder: Path) -> None:
    """Nothing is done by default where it is the first process, as in a container."""
    stopped = "lambda *_: os.kill(os.getpid(), signal.SIGTERM)"
    arguments = ["serve", "--policies", str(folder), "--store", str(folder.parent / "bylaw.db")]
    command = (
        f"import os, signal, service.app; service.app.create_app = {stopped};"
        f" from service.cli import main; main({arguments})"
    )
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, check=False)
    assert done.returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize("signals", [1, 2])
def test_who_is_cut_off_by_the_end_is_told_so(folder: Path, signals: int) -> None:
    """Once the time to drain is over, or at once where it is stopped a second time."""
    drain, log = "1" if signals == 1 else "30", folder.parent / "log"
    with started(folder, "--drain", drain, log=log) as server, half_asked(server) as asking:
        for _ in range(signals):
            server.process.send_signal(signal.SIGINT)
            until(lambda: "stopping" in [each["event"] for each in server.logged()])
        answer = asking.makefile("rb").read().decode()
        assert server.process.wait(timeout=20) == 0
        assert server.logged()[-1]["event"] == "stopped"
    assert answer.startswith("HTTP/1.1 503 ")
    assert json.loads(answer.partition("\r\n\r\n")[2])["code"] == "stopping"


def test_decisions_about_a_subject_are_found(filled: Path) -> None:
    file = filled.parent / "decisions.jsonl"
    for subject, count in (("customer-0", 1), ("customer-1", 0), ("customer-9", 0)):
        operate(filled, "export", str(file), "--subject", subject)
        assert len(lines(file)) == count, subject


@pytest.mark.parametrize(
    "arguments",
    [
        ["backup", "{gone}"],
        ["backup", "{file}/copy.db"],
        ["export", "{file}/a.jsonl"],
        ["export", "{gone}.jsonl"],
        ["restore", "{copy}", "--store", "{gone}"],
        ["restore", "{file}", "--store", "{new}"],
        ["keys", "create", "a", "--role", "decide", "--store", "{gone}"],
        ["keys", "create", "a", "--role", "decide", "--store", "{file}/bylaw.db"],
        ["live", "greetings@1.1.0", "--policies", "{gone}"],
        ["serve", "--policies", "{gone}"],
        ["serve", "--store", "{gone}"],
        ["serve", "--secret", "{gone}", "--store", "{new}"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_read_or_written_is_told_with_a_cure(
    filled: Path, arguments: list[str]
) -> None:
    here = filled.parent
    operate(filled, "backup", str(here / "copy.db"))
    (here / "file").write_text("a text", encoding="utf-8")
    places = {
        "gone": here / "gone" / "x",
        **{each: here / each for each in ("copy", "file", "new")},
    }
    told = [each.format(**places).replace("/copy", "/copy.db") for each in arguments]
    if "--policies" not in told and told[0] == "serve":
        told += ["--policies", str(filled)]
    store = [] if "--store" in told else ["--store", str(here / "bylaw.db")]
    result = CliRunner().invoke(main, [*told, *store], catch_exceptions=False)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("error: ")
    assert "\n  help: " in result.stderr
    assert "[Errno" not in result.stderr


def test_a_copy_that_is_restored_reminds_of_what_was_since(filled: Path) -> None:
    copy, store = filled.parent / "copy.db", filled.parent / "bylaw.db"
    operate(filled, "backup", str(copy))
    for file in store.parent.glob("bylaw.db*"):
        if file.suffix != ".secret":
            file.unlink()
    told = run(filled, "restore", str(copy)).stderr
    for command in ("bylaw keys list", "bylaw live", "forget again"):
        assert command in told


def test_a_setting_misspelt_in_the_environment_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BYLAW_PROT", "1")
    monkeypatch.setenv("BYLAW_KEY", "bylaw_…")
    result = run(folder, "serve", "--policies", str(folder), "--host", "0.0.0.0")
    assert "`BYLAW_PROT` in the environment is no setting; did you mean `BYLAW_PORT`?" in (
        result.stderr
    )
    assert "BYLAW_KEY" not in result.stderr
