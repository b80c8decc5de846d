"""The client asks again where that is safe, and then with the same key; otherwise it says what the
service said."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from service.app import create_app
from service.auth import create
from service.client import Client, Fault, Ignored, Problem, Record, Refused, Unanswered
from service.settings import Settings
from tests.served import CLEAR, listening, policies_in

RECORD: dict[str, Any] = {
    "decision_id": "01890000-0000-7000-8000-000000000000",
    "policy": {"name": "greetings", "version": "1.0.0", "hash": "sha256:0"},
    "engine": "0.1.0",
    "decision": "answer",
    "as_of": "2026-01-15T14:32:00Z",
    "outcome": {"action": "reply"},
    "basis": "rule",
    "determining": ["sure_topic"],
    "reasons": [{"code": "greetings.sure_topic", "text": "sure"}],
    "unknown": [],
    "ignored": [],
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = policies_in(tmp_path_factory.mktemp("client"))
    return Settings(policies=folder, store=folder.parent / "bylaw.db")


@pytest.fixture(scope="module")
def url(settings: Settings) -> Iterator[str]:
    with listening(settings) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        yield client


DROPPED = b""


def answer(status: int, body: Any = RECORD, **headers: str) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"Content-Length": str(len(content)), "Connection": "close", **headers}
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {of}" for name, of in told.items())]
    return "\r\n".join(lines).replace("_", "-").encode() + b"\r\n\r\n" + content


@dataclass
class Seen:
    """What came in: requests in order, and how many connections."""

    url: str
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0

    def header(self, name: str) -> list[str | None]:
        return [headers.get(name) for _, headers, _ in self.requests]


@contextmanager
def saying(*connections: bytes | Sequence[bytes]) -> Iterator[Seen]:
    """A server that says these things: for each connection its answers, one for each request."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        seen = Seen(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def run() -> None:
            for answers in connections:
                connection, _ = listener.accept()
                seen.connections += 1
                with closing(connection), connection.makefile("rb") as lines:
                    for each in [answers] if isinstance(answers, bytes) else answers:
                        seen.requests.append(_request(lines))
                        connection.sendall(each)

        thread = Thread(target=run)
        thread.start()
        yield seen
        thread.join(timeout=10)
        assert not thread.is_alive(), "not everything was asked for"


def _request(lines: Any) -> tuple[str, dict[str, str], bytes]:
    first = lines.readline().decode().strip()
    headers = {}
    while line := lines.readline().decode().strip():
        name, _, value = line.partition(": ")
        headers[name] = value
    return first, headers, lines.read(int(headers.get("Content-Length", 0)))


def patient(url: str, waits: list[float], **told: Any) -> Client:
    return Client(url, wait=waits.append, **told)


def test_a_decision_comes_as_a_record(client: Client) -> None:
    record = client.decide("greetings", {**CLEAR, "topik": "x"})
    assert record.outcome == {"action": "reply", "reply": "t_opening_hours"}
    assert (record.policy.name, record.policy.version) == ("greetings", "1.0.0")
    assert (record.basis, record.determining) == ("rule", ("sure_topic",))
    assert record.reasons[0].code == "greetings.sure_topic"
    assert record.ignored == (Ignored("/topik", "topic"),)
    assert (record.hypothetical, record.recorded, record.explanation) == (False, True, None)


def test_a_refused_case_tells_the_safe_thing_to_do(client: Client) -> None:
    with pytest.raises(Refused) as refused:
        client.decide("greetings", {**CLEAR, "confidence": 7})
    assert refused.value.safe_outcome == {"action": "ask_a_person", "reply": None}
    assert refused.value.errors == (
        Fault("/input/confidence", "out-of-range", "number 0 .. 1", "7"),
    )
    assert (refused.value.status, refused.value.code) == (422, "refused-case")


def test_any_other_problem_is_told_as_it_is(client: Client) -> None:
    with pytest.raises(Problem) as told:
        client.decide("greeting", CLEAR)
    assert (told.value.status, told.value.code) == (404, "unknown-policy")
    assert told.value.more["nearest"] == "greetings"
    assert told.value.request_id
    assert str(told.value).startswith("404 unknown-policy: there is no policy `greeting`")


def test_each_of_many_is_answered_for_itself(client: Client) -> None:
    answers = client.decide_all(
        "greetings",
        {"b": {"message": "Hi"}, "a": {"message": 7}, "c": CLEAR},
        {"topic": "opening_hours", "confidence": 0.95},
        subjects={"c": "customer-1"},
    )
    assert list(answers) == ["b", "a", "c"]
    first, refused, last = answers.values()
    assert isinstance(first, Record)
    assert isinstance(last, Record)
    assert first.decision_id != last.decision_id
    assert isinstance(refused, Refused)
    assert refused.safe_outcome == {"action": "ask_a_person", "reply": None}
    assert refused.errors[0].pointer == "/items/1/input/message"


def test_what_was_decided_can_be_explained(client: Client) -> None:
    record = client.decide("greetings", CLEAR, explain="agent")
    assert record.explanation is not None
    explained = client.explanation(record.decision_id)
    assert explained["headline"] == record.explanation["headline"]
    assert client.explanation(record.decision_id, "audit")["decision"] == "answer"
    wished = client.whynot(record.decision_id, {"action": "reply"}, frozen=["/topic"])
    assert (wished["decision_id"], wished["answer"]) == (record.decision_id, "already")
    with pytest.raises(Problem, match="404 unknown-decision-id"):
        client.explanation("no-such-id")


def test_a_version_and_a_time_may_be_pinned(client: Client) -> None:
    at = datetime(2026, 1, 15, 15, 32, tzinfo=UTC) - timedelta(hours=1)
    record = client.decide("greetings", CLEAR, decision="answer", as_of=at, version="1.1.0")
    assert (record.policy.version, record.as_of) == ("1.1.0", "2026-01-15T14:32:00Z")
    assert record.hypothetical is True
    again = client.decide("greetings", CLEAR, hash=record.policy.hash)
    assert again.policy == record.policy
    with pytest.raises(Problem, match="412 version-not-loaded"):
        client.decide("greetings", CLEAR, hash=f"sha256:{'0' * 64}")
    with pytest.raises(ValueError, match="no time zone"):
        client.decide("greetings", CLEAR, as_of=at.replace(tzinfo=None))


def test_who_asks_again_after_being_stopped_gets_the_same_record(url: str) -> None:
    with Client(url) as one, Client(url) as other:
        first = one.decide("greetings", CLEAR, idempotency_key="ticket-17")
        assert other.decide("greetings", CLEAR, idempotency_key="ticket-17") == first
        with pytest.raises(Problem, match="409 key-reused"):
            other.decide("greetings", {**CLEAR, "confidence": 0.1}, idempotency_key="ticket-17")


def test_threads_may_share_a_client(client: Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        records = list(pool.map(lambda _: client.decide("greetings", CLEAR), range(64)))
    assert len({each.decision_id for each in records}) == 64


def test_a_key_is_shown(tmp_path: Path) -> None:
    folder = policies_in(tmp_path)
    settings = Settings(policies=folder, store=tmp_path / "bylaw.db")
    app = create_app(settings)
    with app.state.store.writing() as db:
        secret = create(db, "test", "ticketing", ["decide"]).secret
    with listening(settings) as url:
        with Client(url, secret) as client:
            assert client.decide("greetings", CLEAR).basis == "rule"
        with Client(url) as client, pytest.raises(Problem, match="401 no-key"):
            client.decide("greetings", CLEAR)


def test_what_broke_is_asked_again_with_the_same_key() -> None:
    waits: list[float] = []
    busy = answer(503, {"code": "not-recorded"}, Retry_After="2")
    with saying(DROPPED, busy, answer(429, b"slow down"), answer(200)) as seen:
        record = patient(seen.url, waits).decide("greetings", CLEAR)
    assert record.decision_id == RECORD["decision_id"]
    assert len(set(seen.header("Idempotency-Key"))) == 1
    assert len({body for _, _, body in seen.requests}) == 1
    assert len(waits) == 3
    assert 0.05 <= waits[0] <= 0.1
    assert 2.1 <= waits[1] <= 2.2
    assert 0.2 <= waits[2] <= 0.4


def test_what_came_too_slowly_is_asked_again() -> None:
    waits: list[float] = []
    with saying(answer(408, {"code": "body-too-slow"}), answer(200)) as seen:
        assert patient(seen.url, waits).decide("greetings", CLEAR).basis == "rule"
    assert len(waits) == 1


def test_half_an_answer_is_none() -> None:
    waits: list[float] = []
    with saying(answer(200)[:-5], b"SSH-2.0-OpenSSH\r\n", answer(200)) as seen:
        record = patient(seen.url, waits).decide("greetings", CLEAR)
    assert record.outcome == RECORD["outcome"]
    assert len(set(seen.header("Idempotency-Key"))) == 1
    assert len(waits) == 2


def test_each_decision_has_a_key_of_its_own() -> None:
    with saying(answer(200), answer(200)) as seen:
        client = Client(seen.url)
        client.decide("greetings", CLEAR)
        client.decide("greetings", CLEAR)
    first, second = seen.header("Idempotency-Key")
    assert first
    assert second
    assert first != second


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 413, 415, 422, 500, 502, 504])
def test_no_other_answer_is_asked_for_again(status: int) -> None:
    waits: list[float] = []
    with (
        saying(answer(status, {"code": "told", "detail": "so it is", "known": ["a"]})) as seen,
        pytest.raises(Problem) as told,
    ):
        patient(seen.url, waits).decide("greetings", CLEAR)
    assert (told.value.status, told.value.code, told.value.detail) == (status, "told", "so it is")
    assert told.value.more == {"known": ["a"]}
    assert waits == []


def test_after_the_last_try_the_last_answer_counts() -> None:
    waits: list[float] = []
    problem = {"code": "no-active-version", "detail": "no version is active"}
    with (
        saying(DROPPED, answer(503, problem)) as seen,
        pytest.raises(Problem, match="503 no-active-version"),
    ):
        patient(seen.url, waits, tries=2).decide("greetings", CLEAR)
    with saying(answer(503), DROPPED) as seen, pytest.raises(Unanswered, match="asked 2 times"):
        patient(seen.url, waits, tries=2).decide("greetings", CLEAR)
    assert len(waits) == 2


def test_nobody_waits_longer_than_patience_lasts() -> None:
    waits: list[float] = []
    later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    for told in ("3600", later):
        with saying(answer(429, {"code": "busy"}, Retry_After=told)) as seen:
            with pytest.raises(Problem) as busy:
                patient(seen.url, waits).decide("greetings", CLEAR)
            assert busy.value.retry_after == pytest.approx(3600, abs=5)
    assert waits == []


def test_a_service_that_says_nothing_is_not_waited_for() -> None:
    waits: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = patient(url, waits, timeout=0.05, tries=2)
        with pytest.raises(Unanswered) as unanswered:
            client.decide("greetings", CLEAR)
    assert isinstance(unanswered.value.__cause__, TimeoutError)
    assert len(waits) == 1


def test_a_connection_is_kept_and_replaced_where_it_ended() -> None:
    waits: list[float] = []
    kept = answer(200, Connection="keep-alive")
    with saying([kept, kept], [kept]) as seen, patient(seen.url, waits) as client:
        for _ in range(3):
            client.decide("greetings", CLEAR)
    assert (seen.connections, len(seen.requests)) == (2, 3)
    assert waits == []


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", {"ok": True}, [1], {"policy": 7}])
def test_another_service_is_found_out(body: Any) -> None:
    with saying(answer(200, body)) as seen, pytest.raises(Problem, match="200 http-error"):
        Client(seen.url).decide("greetings", CLEAR)


def test_names_and_keys_are_put_where_they_belong() -> None:
    with saying(answer(200), answer(200, {})) as seen:
        client = Client(f"{seen.url}/rules/", "secret")
        client.decide("a/b", {}, decision="c?", version="1 0")
        client.explanation("x/y")
    first, second = (line for line, _, _ in seen.requests)
    assert first == "POST /rules/v1/decisions/a%2Fb/c%3F?version=1+0 HTTP/1.1"
    assert second == "GET /rules/v1/journal/x%2Fy/explanation?for=agent HTTP/1.1"
    assert seen.header("Authorization") == ["Bearer secret", "Bearer secret"]
    assert seen.requests[0][2] == b'{"input": {}}'


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://example.org", "http://", ""])
def test_what_is_no_address_is_told_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        Client(url)


def test_it_needs_nothing_but_the_standard_library() -> None:
    command = "import sys, service.client; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True
    )
    known = {*sys.stdlib_module_names, "sitecustomize"}  # which some systems have
    ours = set(done.stdout.split()) - known
    assert {each for each in ours if not each.startswith("_")} == {"service"}
