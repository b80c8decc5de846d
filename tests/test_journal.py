"""The journal: what is answered is on disk, can be explained years later, and can be forgotten."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from litestar.testing import TestClient

from service.cli import main
from service.entrance import Service
from tests.served import CLEAR, policies_in, serving

WORD = "zebra"
CASE = {**CLEAR, "message": f"When do you open the {WORD} house? My lawyer asks"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return policies_in(tmp_path)


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient[Service]]:
    with serving(folder) as client:
        yield client


def decide(client: TestClient[Service], headers: Any = None, **body: Any) -> httpx.Response:
    return client.post("/v1/decisions/greetings", json={"input": CASE, **body}, headers=headers)


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder.parent / "bylaw.db")) as db, db:
        return db.execute(sql).fetchall()


def bylaw(folder: Path, *arguments: str) -> str:
    store = ["--store", str(folder.parent / "bylaw.db")]
    result = CliRunner().invoke(main, [*arguments, *store], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_what_was_answered_can_be_read_again(client: TestClient[Service]) -> None:
    record = decide(client).json()
    kept = client.get(f"/v1/journal/{record['decision_id']}")
    assert kept.json() == record
    missing = client.get("/v1/journal/01890000-0000-7000-8000-000000000000")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown-decision-id")


def test_what_is_read_again_is_explained_by_deciding_again(client: TestClient[Service]) -> None:
    id = decide(client, subject="customer-1").json()["decision_id"]
    agent = client.get(f"/v1/journal/{id}/explanation").json()
    assert agent["decision_id"] == id
    assert "lawyer" in agent["headline"]
    audit = client.get(f"/v1/journal/{id}/explanation?for=audit").json()
    assert audit["case"]["message"]["withheld"] is True
    assert audit["case"]["message"]["hmac"].startswith("sha256:")
    assert WORD not in json.dumps(audit)
    wrong = client.get(f"/v1/journal/{id}/explanation?for=me")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "?for")


def test_each_case_of_a_batch_is_kept_for_itself(client: TestClient[Service]) -> None:
    items = [
        {"id": "a", "input": CASE, "subject": "customer-1"},
        {"id": "b", "input": {"message": 7}},
        {"id": "c", "input": CLEAR},
    ]
    first, refused, last = client.post("/v1/batches/greetings", json={"items": items}).json()[
        "items"
    ]
    assert "decision_id" not in refused
    for answer in (first, last):
        kept = client.get(f"/v1/journal/{answer['decision_id']}").json()
        assert kept["outcome"] == answer["outcome"]
    explained = client.get(f"/v1/journal/{first['decision_id']}/explanation").json()
    assert "lawyer" in explained["headline"]


def test_no_fact_stands_in_the_store_as_it_was_said(folder: Path) -> None:
    with serving(folder) as client:
        decide(client, subject="customer-4711")
        decide(client)
    for file in folder.parent.glob("bylaw.db*"):
        content = file.read_bytes()
        assert WORD.encode() not in content, file
        assert b"customer-4711" not in content, file


def test_what_a_sealed_message_mentions_stands_nowhere_else(folder: Path) -> None:
    with serving(folder) as client:
        decide(client)
    assert rows(folder, "SELECT mentioned FROM journal") == [(None,)]


def test_what_a_message_mentions_is_kept_beside_its_hash(folder: Path) -> None:
    with serving(folder, journal="hashed") as client:
        decide(client)
    ((mentioned,),) = rows(folder, "SELECT mentioned FROM journal")
    assert json.loads(mentioned) == {"/message": ["legal"]}


def test_who_is_forgotten_leaves_decisions_without_facts(folder: Path) -> None:
    with serving(folder) as client:
        ids = [
            decide(client, subject=each).json()["decision_id"]
            for each in ("customer-1", "customer-1", "customer-2")
        ]
        retried = {"Idempotency-Key": "k"}
        decide(client, retried, subject="customer-1")
    assert bylaw(folder, "forget", "customer-1") == "forgotten: the facts of 3 decisions\n"
    assert bylaw(folder, "forget", "nobody") == "nothing is known of this subject\n"
    with serving(folder) as client:
        for id in ids[:2]:
            assert client.get(f"/v1/journal/{id}").json()["decision_id"] == id
            gone = client.get(f"/v1/journal/{id}/explanation")
            assert (gone.status_code, gone.json()["code"]) == (409, "not-decidable-again")
            assert "the subject was forgotten" in gone.json()["detail"]
        assert client.get(f"/v1/journal/{ids[2]}/explanation").status_code == 200
        # who comes back has a new key
        again = decide(client, subject="customer-1").json()["decision_id"]
        assert client.get(f"/v1/journal/{again}/explanation").status_code == 200
        assert client.get(f"/v1/journal/{ids[0]}/explanation").status_code == 409
    assert rows(folder, "SELECT count(*) FROM answers") == [(0,)]


def test_a_service_that_runs_notices_who_is_forgotten(folder: Path) -> None:
    with serving(folder) as client:
        first = decide(client, subject="customer-1").json()["decision_id"]
        bylaw(folder, "forget", "customer-1")
        until(lambda: client.get(f"/v1/journal/{first}/explanation").status_code == 409)
        until(lambda: _explained(client, decide(client, subject="customer-1")))


def _explained(client: TestClient[Service], made: httpx.Response) -> bool:
    id = made.json()["decision_id"]
    return client.get(f"/v1/journal/{id}/explanation").status_code == 200


def until(holds: Any) -> None:
    """Within ten seconds."""
    tried = threading.Event()
    for _ in range(200):
        if holds():
            return
        tried.wait(0.05)
    raise AssertionError("it did not come to hold")


def test_facts_may_be_kept_as_hashes_alone(folder: Path) -> None:
    with serving(folder, journal="hashed") as client:
        id = decide(client).json()["decision_id"]
        told = client.get(f"/v1/journal/{id}/explanation")
    assert (told.status_code, told.json()["code"]) == (409, "not-decidable-again")
    assert "message not kept" in told.json()["detail"]
    ((facts,),) = rows(folder, "SELECT facts FROM journal")
    kept = json.loads(facts)["input"]
    assert kept["topic"] == CASE["topic"]
    assert kept["message"]["withheld"] is True


def test_no_journal_keeps_nothing(folder: Path) -> None:
    with serving(folder, journal="off") as client:
        id = decide(client, {"Idempotency-Key": "a"}).json()["decision_id"]
        assert decide(client, {"Idempotency-Key": "a"}).json()["decision_id"] == id
        assert client.get(f"/v1/journal/{id}").status_code == 404


@pytest.mark.parametrize("command", [["serve"], ["forget", "customer-1"], ["export", "a.jsonl"]])
def test_the_secret_of_another_store_is_not_taken(folder: Path, command: list[str]) -> None:
    with serving(folder) as client:
        decide(client, subject="customer-1")
    secret = folder.parent / "bylaw.db.secret"
    secret.write_text("ab" * 32, encoding="ascii")
    store = ["--store", str(folder.parent / "bylaw.db")]
    for said in ("is the secret of another store", "is not there"):
        result = CliRunner().invoke(main, [*command, *store], env={"BYLAW_POLICIES": str(folder)})
        assert (result.exit_code, said in result.stderr) == (2, True), result.output
        secret.unlink(missing_ok=True)


def test_who_has_no_decision_any_more_has_no_key(folder: Path) -> None:
    with serving(folder) as client:
        for subject in ("gone", "stays"):
            decide(client, subject=subject)
    with closing(sqlite3.connect(folder.parent / "bylaw.db")) as db, db:
        db.execute("UPDATE subjects SET since = 0")
        db.execute(
            "UPDATE journal SET id = '0100' || substr(id, 5) WHERE id IN"
            " (SELECT min(id) FROM journal)"
        )
    with serving(folder, keep_days=30) as client:
        until(lambda: rows(folder, "SELECT count(*) FROM subjects") == [(1,)])
        for subject in ("gone", "stays"):  # who comes back has a key, the old one or a new one
            id = decide(client, subject=subject).json()["decision_id"]
            assert client.get(f"/v1/journal/{id}/explanation").status_code == 200
    assert rows(folder, "SELECT count(*) FROM subjects") == [(2,)]


def test_old_decisions_are_dropped_with_an_entry(folder: Path) -> None:
    with serving(folder) as client:
        decide(client)
        decide(client)
    old = "UPDATE journal SET id = '0100' || substr(id, 5) WHERE id = (SELECT min(id) FROM journal)"
    with closing(sqlite3.connect(folder.parent / "bylaw.db")) as db, db:
        db.execute(old)
    with serving(folder, keep_days=30):
        until(lambda: rows(folder, "SELECT count(*) FROM journal") == [(1,)])
    ((detail,),) = rows(folder, "SELECT detail FROM audit WHERE event = 'retention'")
    assert json.loads(detail)["decisions"] == 1


@pytest.mark.parametrize("on_failure", ["refuse", "serve_and_count"])
def test_what_cannot_be_written_is_refused_or_counted(folder: Path, on_failure: str) -> None:
    with serving(folder, on_journal_failure=on_failure) as client:
        decide(client)
        lock = sqlite3.connect(folder.parent / "bylaw.db", isolation_level=None)
        lock.execute("DROP TABLE journal")
        lock.close()
        response = decide(client)
        metrics = client.get("/metrics").text
    assert "bylaw_journal_failed_total 1.0" in metrics
    if on_failure == "refuse":
        problem = response.json()
        assert (response.status_code, problem["code"]) == (503, "not-recorded")
        assert problem["safe_outcome"] == {"action": "ask_a_person", "reply": None}
        assert response.headers["Retry-After"] == "1"
        assert "bylaw_journal_dropped_total 0.0" in metrics
    else:
        assert response.status_code == 200
        assert response.json()["recorded"] is False
        assert "bylaw_journal_dropped_total 1.0" in metrics


def test_the_same_request_gets_the_same_answer(folder: Path) -> None:
    with serving(folder) as client:
        first = decide(client, {"Idempotency-Key": "order-1"}, explain="agent")
        again = decide(client, {"Idempotency-Key": "order-1"}, explain="agent")
        assert again.json() == first.json()
        assert again.headers["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in first.headers
        for name in ("Decision-Id", "Policy-Hash", "Policy-Version"):
            assert again.headers[name] == first.headers[name]
        other = decide(client, {"Idempotency-Key": "order-1"})
        assert (other.status_code, other.json()["code"]) == (409, "key-reused")
        empty = {"Idempotency-Key": "order-1", "Accept-Policy-Hash": ""}
        pinned = decide(client, empty, explain="agent")
        assert (pinned.status_code, pinned.json()["code"]) == (409, "key-reused")
        assert decide(client, {"Idempotency-Key": "order-2"}).json() != first.json()
        items = {"items": [{"id": "a", "input": CASE}, {"id": "b", "input": {}}]}
        batch = [
            client.post("/v1/batches/greetings", json=items, headers={"Idempotency-Key": "b"})
            for _ in range(2)
        ]
        assert batch[0].json() == batch[1].json()
    with serving(folder) as client:
        kept = decide(client, {"Idempotency-Key": "order-1"}, explain="agent")
        assert kept.json() == first.json()
    assert rows(folder, "SELECT count(*) FROM journal") == [(3,)]


def test_the_same_request_at_once_is_decided_once(folder: Path) -> None:
    with serving(folder) as client, ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: decide(client, {"Idempotency-Key": "k"}), range(24)))
    assert {response.status_code for response in made} == {200}
    assert len({response.json()["decision_id"] for response in made}) == 1
    assert rows(folder, "SELECT count(*) FROM journal") == [(1,)]


def test_an_answer_is_kept_for_a_day(folder: Path) -> None:
    with serving(folder) as client:
        first = decide(client, {"Idempotency-Key": "k"}).json()
    with closing(sqlite3.connect(folder.parent / "bylaw.db")) as db, db:
        db.execute("UPDATE answers SET at = at - 24 * 3600 * 1000000 - 1")
    with serving(folder) as client:
        assert decide(client, {"Idempotency-Key": "k"}).json() != first


@pytest.mark.parametrize("key", ["", "a" * 256, "a\tb"])
def test_a_key_that_is_none_is_told(client: TestClient[Service], key: str) -> None:
    response = decide(client, {"Idempotency-Key": key})
    assert (response.status_code, response.json()["code"]) == (400, "malformed-request")


def test_requests_at_once_share_a_sync(folder: Path) -> None:
    with serving(folder) as client, ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: decide(client), range(200)))
        metrics = client.get("/metrics").text
    groups = next(
        float(line.split()[1])
        for line in metrics.splitlines()
        if line.startswith("bylaw_journal_group_count")
    )
    assert rows(folder, "SELECT count(*) FROM journal") == [(200,)]
    assert groups < 200


def test_a_retry_is_answered_whatever_is_live_by_now(folder: Path) -> None:
    headers = {"Idempotency-Key": "k"}
    with serving(folder) as client:
        path = "/v1/decisions/greetings?version=1.0.0"
        first = client.post(path, json={"input": CASE}, headers=headers)
        bylaw(folder, "live", "greetings@1.1.0", "--policies", str(folder))
        until(lambda: decide(client).json()["policy"]["version"] == "1.1.0")
        assert client.post(path, json={"input": CASE}, headers=headers).json() == first.json()


def test_without_a_journal_a_subject_has_its_retries_too(folder: Path) -> None:
    headers = {"Idempotency-Key": "k"}
    with serving(folder, journal="off") as client:
        first = decide(client, headers, subject="customer-1").json()
        assert decide(client, headers, subject="customer-1").json() == first


def test_who_is_forgotten_takes_no_answer_of_others_away(folder: Path) -> None:
    batch = {"items": [{"id": "a", "input": CASE, "subject": "customer-1"}]}
    both = {"items": [*batch["items"], {"id": "b", "input": CASE, "subject": "customer-2"}]}
    with serving(folder) as client:
        mine = decide(client, {"Idempotency-Key": "mine"}, subject="customer-1").json()
        other = decide(client, {"Idempotency-Key": "other"}).json()
        for key, body in (("one", batch), ("both", both)):
            client.post("/v1/batches/greetings", json=body, headers={"Idempotency-Key": key})
        bylaw(folder, "forget", "customer-1")
        kept = {key for (key,) in rows(folder, "SELECT key FROM answers")}
        assert kept == {"other"}
        assert decide(client, {"Idempotency-Key": "other"}).json() == other
        assert decide(client, {"Idempotency-Key": "mine"}, subject="customer-1").json() != mine


def test_a_decision_on_its_way_does_not_bring_a_key_back(folder: Path) -> None:
    with serving(folder) as client:
        decide(client, subject="customer-1")
        ((id, tag, key, since),) = rows(folder, "SELECT id, tag, key, since FROM subjects")
        bylaw(folder, "forget", "customer-1")
        with closing(sqlite3.connect(folder.parent / "bylaw.db")) as db, db:  # as the journal would
            sql = "INSERT OR IGNORE INTO subjects (id, tag, key, since) VALUES (?, ?, ?, ?)"
            db.execute(sql, (id, tag, key, since))
    assert rows(folder, "SELECT tag, key FROM subjects") == [(None, None)]


def test_a_subject_is_kept_in_mind_until_its_key_is_on_disk(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.desks.journal._MOST_SUBJECTS", 2)
    items = [{"id": str(each), "input": CASE, "subject": f"c-{each % 5}"} for each in range(20)]
    with serving(folder) as client:
        made = client.post("/v1/batches/greetings", json={"items": items}).json()["items"]
        for each in made:
            told = client.get(f"/v1/journal/{each['decision_id']}/explanation")
            assert told.status_code == 200, told.text


def test_it_is_not_ready_while_nothing_can_be_written(folder: Path) -> None:
    with serving(folder) as client:
        with closing(sqlite3.connect(folder.parent / "bylaw.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert decide(client).status_code == 503
            assert client.get("/health/ready").status_code == 503
            other.execute("ROLLBACK")
        until(lambda: client.get("/health/ready").status_code == 200)
