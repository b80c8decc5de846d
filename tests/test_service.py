"""The service answers with decisions, or with problems that say what to do; it never fails."""

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

import engine
from engine import Library
from service.cli import main
from service.entrance import Service
from service.ids import new_id
from service.shelf import Shelf, said_live
from tests.live import greeting
from tests.served import CLEAR, NEW, policies_in, put, serving

POLICIES = Path(__file__).parents[1] / "policies"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return policies_in(tmp_path)


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient[Service]]:
    with serving(folder, most_bytes=10_000) as client:
        yield client


def decide(client: TestClient[Service], path: str = "greetings", **body: Any) -> httpx.Response:
    return client.post(f"/v1/decisions/{path}", json={"input": CLEAR, **body})


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["request_id"] == response.headers["X-Request-ID"]
    assert body["detail"]
    return body


def test_a_decision_comes_with_all_that_made_it(client: TestClient[Service]) -> None:
    response = decide(client)
    assert response.status_code == 200, response.text
    record = response.json()
    program = engine.load(engine.Source("greetings", NEW))
    assert list(record) == [
        "decision_id", "policy", "engine", "decision", "as_of",
        "outcome", "basis", "determining", "reasons", "unknown", "ignored",
    ]  # fmt: skip
    assert record["policy"] == {
        "name": "greetings",
        "version": "1.0.0",
        "hash": program.content_hash,
    }
    assert record["engine"] == engine.__version__
    assert record["decision"] == "answer"
    assert record["outcome"] == {"action": "reply", "reply": "t_opening_hours"}
    assert (record["basis"], record["determining"]) == ("rule", ["sure_topic"])
    assert record["reasons"][0]["code"] == "greetings.sure_topic"
    assert response.headers["Decision-Id"] == record["decision_id"]
    assert response.headers["Policy-Version"] == "1.0.0"
    assert response.headers["Policy-Hash"] == program.content_hash
    assert re.fullmatch(
        r"decide;dur=\d+\.\d+, total;dur=\d+\.\d+", response.headers["Server-Timing"]
    )


def batch(client: TestClient[Service], path: str = "greetings", **body: Any) -> httpx.Response:
    return client.post(f"/v1/batches/{path}", json=body)


def test_a_batch_answers_each_case_for_itself_and_in_order(client: TestClient[Service]) -> None:
    items = [
        {"id": "b", "input": {"message": "When do you open?"}},
        {"id": "a", "input": {"message": 7}},
        {"id": "c", "input": {"message": "My lawyer will call", "topic": "other"}},
    ]
    common = {"topic": CLEAR["topic"], "confidence": CLEAR["confidence"]}
    response = batch(client, common=common, items=items)
    assert response.status_code == 200, response.text
    clear, refused, other = response.json()["items"]
    assert [each["id"] for each in (clear, refused, other)] == ["b", "a", "c"]
    alone = decide(client).json()
    assert {**alone, **clear, "id": None} == {**clear, "id": None}
    assert clear["outcome"] == alone["outcome"]
    assert clear["decision_id"] != other["decision_id"]
    assert other["determining"] != clear["determining"]
    problem_of = refused["problem"]
    assert (problem_of["code"], problem_of["safe_outcome"]) == (
        "refused-case",
        {"action": "ask_a_person", "reply": None},
    )
    assert [each["pointer"] for each in problem_of["errors"]] == ["/items/1/input/message"]
    assert response.headers["Policy-Version"] == "1.0.0"
    assert "hypothetical" not in response.json()
    pinned = batch(client, "greetings/answer?version=1.1.0", common=common, items=items)
    assert pinned.json()["hypothetical"] is True


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/items"]),
        ({"items": {}, "common": 3, "item": 1}, ["/item", "/common", "/items"]),
        ({"items": [{"id": "a"}, 3]}, ["/items/0", "/items/1"]),
        ({"items": [{"id": 7, "input": {}}]}, ["/items/0/id"]),
        ({"items": [{"id": "a", "input": {}}, {"id": "a", "input": {}}]}, ["/items/1/id"]),
        ({"items": [{"id": str(each), "input": {}} for each in range(4)]}, ["/items"]),
        (
            {"common": {"message": "a" * 1_100}, "items": [{"id": "a", "input": {}}] * 30},
            ["/common"],
        ),
    ],
    ids=["empty", "kinds", "items", "ids", "twice", "many", "too much in common"],
)
def test_a_batch_that_is_none_is_told_where(
    folder: Path, body: dict[str, Any], pointers: list[str]
) -> None:
    most = 30 if "common" in body and isinstance(body["common"], dict) else 3
    with serving(folder, most=most, most_bytes=2_000) as client:
        told = problem(client.post("/v1/batches/greetings", json=body), 400, "malformed-request")
    assert [each["pointer"] for each in told["errors"]] == pointers


def test_a_batch_of_no_cases_is_asked_of_something_all_the_same(
    client: TestClient[Service],
) -> None:
    pinned = client.post("/v1/batches/greetings?version=1.1.0", json={"items": []})
    assert pinned.json() == {"items": [], "hypothetical": True}
    nobody = client.post("/v1/batches/greetings/nobody", json={"items": []})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown-decision")


def test_a_case_of_a_batch_may_be_anything(client: TestClient[Service]) -> None:
    given: tuple[Any, ...] = (None, 3, "a", [], {})
    items = [{"id": str(place), "input": each} for place, each in enumerate(given)]
    answers = batch(client, items=items).json()["items"]
    assert [each["problem"]["code"] for each in answers] == ["refused-case"] * 5
    assert problem(batch(client, "greeting", items=[]), 404, "unknown-policy")["nearest"]


def test_policies_are_listed_with_what_is_live(client: TestClient[Service]) -> None:
    (listed,) = client.get("/v1/policies").json()["policies"]
    assert (listed["name"], listed["live"], listed["not_loaded"]) == ("greetings", "1.0.0", [])
    assert [(each["version"], each["state"]) for each in listed["versions"]] == [
        ("1.0.0", "live"),
        ("1.1.0", "candidate"),
    ]
    assert client.get("/v1/policies/greetings").json() == listed


def test_a_version_comes_whole_and_once(client: TestClient[Service]) -> None:
    path = "/v1/policies/greetings/versions/1.0.0"
    response = client.get(path)
    told = response.json()
    assert told["source"] == NEW
    assert told["findings"] == []
    assert told["decisions"]["answer"]["facts"] == engine.schema(
        engine.load(engine.Source("greetings", NEW)), "answer"
    )
    assert response.headers["ETag"] == f'"{told["content_hash"]}"'
    again = client.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == response.headers["ETag"]


@pytest.mark.parametrize(
    ("path", "code", "known"),
    [
        ("greeting", "unknown-policy", ["greetings"]),
        ("greeting/versions/1.0.0", "unknown-policy", ["greetings"]),
        ("greetings/versions/2.0.0", "unknown-version", ["1.0.0", "1.1.0"]),
    ],
    ids=["policy", "its version", "version"],
)
def test_what_is_not_there_is_told_with_what_is(
    client: TestClient[Service], path: str, code: str, known: list[str]
) -> None:
    assert problem(client.get(f"/v1/policies/{path}"), 404, code)["known"] == known


def test_a_version_that_is_not_loaded_is_listed_as_that(folder: Path) -> None:
    put(folder, "greetings/1.2.0", "bylaw 1\npolicy greetings 1.2.0\ndecision\n")
    with serving(folder) as client:
        (told,) = client.get("/v1/policies/greetings").json()["not_loaded"]
    assert told["version"] == "1.2.0"
    assert told["findings"][0]["line"] == 3
    assert told["findings"][0]["severity"] == "error"


def test_the_decision_may_be_named(client: TestClient[Service]) -> None:
    assert decide(client, "greetings/answer").json()["decision"] == "answer"


def test_a_fact_that_is_not_declared_is_reported_back(client: TestClient[Service]) -> None:
    record = decide(client, input={**CLEAR, "confidense": 1}).json()
    assert record["ignored"] == [{"pointer": "/confidense", "nearest": "confidence"}]


def test_what_decides_hypothetically_says_so(client: TestClient[Service]) -> None:
    pinned = decide(client, "greetings?version=1.1.0").json()
    assert (pinned["policy"]["version"], pinned["hypothetical"]) == ("1.1.0", True)
    assert "hypothetical" not in decide(client, "greetings?version=1.0.0").json()
    past = decide(client, as_of="2026-01-15T14:32:00Z").json()
    assert (past["as_of"], past["hypothetical"]) == ("2026-01-15T14:32:00Z", True)


@pytest.mark.parametrize("reader", ["codes", "agent", "audit"])
def test_reasons_come_along_for_whom_they_are_asked(
    client: TestClient[Service], reader: str
) -> None:
    told = decide(client, explain=reader).json()["explanation"]
    assert told["decision"] == "answer"
    assert "sure_topic" in json.dumps(told)
    assert CLEAR["message"] not in json.dumps(told)


def test_a_version_may_be_pinned_by_its_hash(client: TestClient[Service]) -> None:
    live = decide(client).headers["Policy-Hash"]
    other = decide(client, "greetings?version=1.1.0").headers["Policy-Hash"]
    path = "/v1/decisions/greetings"
    for wanted, version in ((live, "1.0.0"), (other, "1.1.0")):
        answer = client.post(path, json={"input": CLEAR}, headers={"Accept-Policy-Hash": wanted})
        assert answer.json()["policy"]["version"] == version
    answer = client.post(
        f"{path}?version=1.0.0", json={"input": CLEAR}, headers={"Accept-Policy-Hash": other}
    )
    problem(answer, 412, "version-not-loaded")


def test_a_refused_case_gets_every_fault_and_the_safe_outcome(client: TestClient[Service]) -> None:
    response = decide(client, input={"message": 7, "confidence": 1.5})
    body = problem(response, 422, "refused-case")
    assert {error["pointer"] for error in body["errors"]} == {
        "/input/message",
        "/input/confidence",
        "/input/topic",
    }
    assert all(set(error) == {"pointer", "code", "expected", "got"} for error in body["errors"])
    assert body["safe_outcome"] == {"action": "ask_a_person", "reply": None}
    assert response.headers["Policy-Version"] == "1.0.0"


def test_a_misspelt_word_of_the_query_is_told(client: TestClient[Service]) -> None:
    answer = client.post("/v1/decisions/greetings?verison=1.0.0", json={"input": CLEAR})
    body = problem(answer, 400, "malformed-request")
    assert [(each["pointer"], each["expected"]) for each in body["errors"]] == [
        ("?verison", "`version`")
    ]


def test_a_misspelt_fact_is_named_beside_the_one_that_is_missing(
    client: TestClient[Service],
) -> None:
    given = {("mesage" if name == "message" else name): fact for name, fact in CLEAR.items()}
    body = problem(decide(client, input=given), 422, "refused-case")
    assert [each["pointer"] for each in body["errors"]] == ["/input/message"]
    assert body["ignored"] == [{"pointer": "/input/mesage", "nearest": "message"}]


def test_an_input_that_is_no_object_is_a_refused_case(client: TestClient[Service]) -> None:
    body = problem(decide(client, input=["Hello"]), 422, "refused-case")
    assert body["safe_outcome"]["action"] == "ask_a_person"


@pytest.mark.parametrize(
    ("path", "code", "near"),
    [
        ("greeting", "unknown-policy", "greetings"),
        ("nothing", "unknown-policy", None),
        ("greetings/answr", "unknown-decision", "answer"),
    ],
)
def test_an_unknown_name_gets_the_nearest(
    client: TestClient[Service], path: str, code: str, near: str | None
) -> None:
    body = problem(decide(client, path), 404, code)
    assert body["nearest"] == near


def test_a_version_that_is_not_loaded_is_not_decided_by(client: TestClient[Service]) -> None:
    body = problem(decide(client, "greetings?version=9.9.9"), 412, "version-not-loaded")
    assert body["loaded"] == ["1.0.0", "1.1.0"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"input": {} "as_of": 1}', "line 1, column 14"),
        (b"", "line 1, column 1"),
        (b"[]", "must be a JSON object"),
        (b'{"input": "\xff"}', "not UTF-8"),
        (b'{"input": {"message": "\\ud800"}}', "half of a character"),
        (b'{"input": {"vip": true, "vip": false}}', "`vip` is given twice"),
        (b'{"input": {"confidence": NaN}}', "`NaN` is no number"),
        (b'{"input": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b'{"input": ' + b"[" * 40 + b"]" * 40 + b"}", "deeper than 32 levels"),
        (b'{"input": ' + b"[" * 4000 + b"]" * 4000 + b"}", "deep"),
    ],
    ids=["comma", "empty", "list", "latin", "half", "twice", "nan", "digits", "deep", "deeper"],
)
def test_a_malformed_body_is_told_what_it_is(
    client: TestClient[Service], body: bytes, detail: str
) -> None:
    response = client.post("/v1/decisions/greetings", content=body, headers=JSON)
    assert detail in problem(response, 400, "malformed-request")["detail"]


@pytest.mark.parametrize(
    ("body", "pointer", "expected"),
    [
        ({}, "/input", "the facts of the case"),
        ({"input": CLEAR, "as_of": "yesterday"}, "/as_of", "an instant, as 2026-01-15T14:32:00Z"),
        ({"input": CLEAR, "as_of": 17}, "/as_of", "an instant, as 2026-01-15T14:32:00Z"),
        ({"input": CLEAR, "asof": "2026-01-15"}, "/asof", "`as_of`"),
        ({"input": CLEAR, "x/y": 1}, "/x~1y", "one of `input`, `as_of`, `explain`, `subject`"),
        ({"input": CLEAR, "explain": "me"}, "/explain", "one of `codes`, `agent`, `audit`"),
    ],
)
def test_a_body_that_asks_for_no_decision_is_told_where(
    client: TestClient[Service], body: dict[str, Any], pointer: str, expected: str
) -> None:
    response = client.post("/v1/decisions/greetings", json=body)
    (error,) = problem(response, 400, "malformed-request")["errors"]
    assert (error["pointer"], error["expected"]) == (pointer, expected)


def test_other_kinds_of_bodies_are_not_taken(client: TestClient[Service]) -> None:
    form = client.post("/v1/decisions/greetings", data={"message": "Hello"})
    problem(form, 415, "unsupported-media-type")
    nothing = client.post("/v1/decisions/greetings", content=b"{}")
    problem(nothing, 415, "unsupported-media-type")


def test_a_body_that_is_too_large_is_not_read(client: TestClient[Service]) -> None:
    problem(decide(client, input={"message": "a" * 10_000}), 413, "body-too-large")


def test_paths_and_methods_that_are_not_there(client: TestClient[Service]) -> None:
    problem(client.get("/v1/nothing"), 404, "not-found")
    response = client.get("/v1/decisions/greetings")
    problem(response, 405, "method-not-allowed")
    assert "POST" in response.headers["Allow"]


def test_a_request_keeps_its_id_where_it_is_fit_to_be_repeated(client: TestClient[Service]) -> None:
    for given_id, kept in (
        ("order-17/a", True),
        ("a" * 128, True),
        ("a b", False),
        ("a" * 129, False),
    ):
        answer = client.get("/health/live", headers={"X-Request-ID": given_id})
        assert (answer.headers["X-Request-ID"] == given_id) is kept
    assert UUID(client.get("/health/live").headers["X-Request-ID"]).version == 7


def test_health_says_what_is_active(client: TestClient[Service]) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "active": {"greetings": "1.0.0"}, "not_loaded": []}


def test_what_does_not_load_stops_nothing_else(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(
        folder,
        "broken/1.0.0",
        "bylaw 1\n\npolicy broken 1.0.0\n\nrecord Ticket\n  amount: nunber\n",
    )
    put(folder, "copied/2.0.0", NEW)
    (folder / "live.toml").write_text('greetings = "1.0.0"\nbroken = "1.0.0"\n', encoding="utf-8")
    with serving(folder) as client:
        assert decide(client).status_code == 200
        told = problem(decide(client, "broken"), 503, "no-active-version")
        assert "`/v1/policies/broken` says why" in told["detail"]
        problem(decide(client, "copied"), 503, "no-active-version")
        ready = client.get("/health/ready").json()
    assert ready["active"] == {"greetings": "1.0.0"}
    assert ready["not_loaded"] == ["broken@1.0.0", "copied@2.0.0"]
    assert "nunber" in caplog.text
    assert "the file stands as copied@2.0.0 and is greetings@1.0.0" in caplog.text


def test_a_candidate_decides_only_when_it_is_pinned(folder: Path) -> None:
    put(folder, "candidate/1.0.0", NEW.replace("policy greetings", "policy candidate"))
    with serving(folder) as client:
        told = problem(decide(client, "candidate"), 503, "no-active-version")
        assert "`bylaw live candidate@1.0.0` makes one live" in told["detail"]
        assert decide(client, "candidate?version=1.0.0").json()["hypothetical"] is True


def test_without_a_list_of_what_is_live_the_newest_is(folder: Path) -> None:
    (folder / "live.toml").unlink()
    assert said_live(Library(folder)) == {"greetings": "1.1.0"}


def test_nothing_active_is_not_ready(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        assert client.get("/health/ready").status_code == 503


def test_a_mistake_of_ours_shows_an_id_and_no_trace(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    no_program = cast(engine.Program, object())
    shelf = Shelf({"greetings": {"1.0.0": no_program}}, {"greetings": "1.0.0"})
    with serving(folder) as client:
        client.app.state.shelf = shelf
        response = decide(client)
    body = problem(response, 500, "internal-error")
    assert "Traceback" not in response.text
    assert "object" not in response.text
    assert f"request {body['request_id']} failed" in caplog.text
    assert "AttributeError" in caplog.text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=10,
)
bodies = st.fixed_dictionaries(
    {"input": json_values | st.dictionaries(st.sampled_from(sorted(CLEAR)), json_values)},
    optional={"as_of": json_values, "extra": json_values},
)


def test_no_body_makes_the_service_fail(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("policies")
    put(folder, "greetings/1.0.0", NEW)
    with serving(folder) as client:

        @given(bodies | json_values)
        def holds(body: Any) -> None:
            content = json.dumps(body).encode()
            answer = client.post("/v1/decisions/greetings", content=content, headers=JSON)
            assert answer.status_code in (200, 400, 422), answer.text

        holds()


def test_ids_are_of_version_7_and_sort_by_time() -> None:
    ids = [new_id() for _ in range(1_000)]
    assert all(
        UUID(each).version == 7 and UUID(each).variant == "specified in RFC 4122" for each in ids
    )
    assert ids == sorted(set(ids))


def test_the_server_greets_with_a_request_that_works_and_stops_in_peace(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from service.cli import main; main()"]
    arguments = ["serve", "--port", "0", "--policies", str(POLICIES)]
    with subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(POLICIES.parent)},
    ) as server:
        greeted = greeting(server)
        found = re.search(r"^try: curl (http://127\.0\.0\.1:\d+/\S+) .* -d '(.*)'$", greeted, re.M)
        assert found, greeted
        answer = httpx.post(found[1], content=found[2].replace("'\"'\"'", "'"), headers=JSON)
        assert answer.status_code == 200, answer.text
        assert answer.json()["policy"]["name"] == "handoff"
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "without keys nobody but this machine may ask"),
        (["--host", "example.org"], "without keys nobody but this machine may ask"),
        (["--policies", "no-such-folder"], "no-such-folder"),
    ],
)
def test_a_server_that_cannot_start_says_why(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BYLAW_STORE", str(tmp_path / "bylaw.db"))
    result = CliRunner().invoke(main, ["serve", *arguments])
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    store = ["--store", str(tmp_path / "bylaw.db")]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        arguments = ["serve", "--policies", str(POLICIES), "--port", port, *store]
        result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert result.stderr.endswith(
        f"error: cannot listen at 127.0.0.1:{port}: address already in use\n"
        "  help: take another `--port`\n"
    )


@pytest.mark.parametrize(
    ("path", "body", "got"),
    [
        ("decisions/greetings", {"input": {}, "subject": 4711}, "a number"),
        ("decisions/greetings", {"input": {}, "subject": ""}, "an empty text"),
        ("batches/greetings", {}, "nothing"),
        ("batches/greetings", {"items": {"a": 1}}, "an object of `a`"),
        ("batches/greetings", {"items": [], "common": True}, "true"),
        ("batches/greetings", {"items": [{"id": "a", "imput": {}}]}, "an object of `id`, `imput`"),
        ("batches/greetings", {"items": [{"id": 7, "input": {}}]}, "a number"),
        ("batches/greetings", {"items": [["a"]]}, "a list of 1"),
        ("policies/greetings/versions", {"sauce": NEW}, "an object of `sauce`"),
        ("policies/greetings/versions", {"source": None}, "`source` is null"),
    ],
)
def test_what_was_got_is_told_by_its_kind(
    client: TestClient[Service], path: str, body: Any, got: str
) -> None:
    told = problem(client.post(f"/v1/{path}", json=body), 400, "malformed-request")
    assert [each["got"] for each in told["errors"]] == [got]
