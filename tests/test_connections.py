"""What comes over a connection that is no request in time: it is told so, and it is over."""

import json
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live import ROOT, Server, started

BODY = b'{"input": {"intents": [], "message": "This is fraud", "channel": "email"}}'
HEAD = (
    b"POST /v1/decisions/handoff HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
)
ASKED = b"%bContent-Length: %d\r\n\r\n%b" % (HEAD, len(BODY), BODY)
NO_HTTP = b"BREW /pot HTTP/1.1\r\n\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass(frozen=True)
class Told:
    """What came back until the other side was done."""

    statuses: list[int]
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with impatient(tmp_path_factory.mktemp("connections")) as server:
        yield server


@contextmanager
def impatient(folder: Path, *more: str) -> Iterator[Server]:
    shutil.copytree(ROOT / "policies", folder / "policies")
    with started(folder / "policies", "--patience", "1", "--opa-port", "0", *more) as server:
        yield server


def connected(url: str | None) -> socket.socket:
    host, _, port = str(url).removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def told(connection: socket.socket) -> Told:
    """Waits until the connection is closed."""
    answer = bytearray()
    while piece := connection.recv(65_536):
        answer += piece
    heads = [each.split(b"\r\n") for each in bytes(answer).split(b"HTTP/1.1 ")[1:]]
    if not heads:
        return Told([])
    lines = [line.decode().partition(": ") for line in heads[-1][1:-2]]
    headers = {name: value for name, _, value in lines}
    body = heads[-1][-1]
    is_json = "json" in headers.get("content-type", "")
    return Told(
        [int(each[0][:3]) for each in heads], json.loads(body) if is_json else body, headers
    )


def sent(url: str | None, *pieces: bytes, over: bool = False) -> Told:
    """`over` says that no more will come."""
    with connected(url) as connection:
        for piece in pieces:
            connection.sendall(piece)
        if over:
            connection.shutdown(socket.SHUT_WR)
        return told(connection)


@pytest.mark.parametrize(
    ("status", "code", "pieces"),
    [
        (408, "head-too-slow", [b"GET /health/li"]),
        (408, "head-too-slow", [LIVE[:-2]]),
        (408, "head-too-slow", [LIVE, b"GET"]),
        (408, "body-too-slow", [ASKED[:-1]]),
        (408, "body-too-slow", [HEAD, b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"]),
        (431, "head-too-large", [b"GET / HTTP/1.1\r\nA: ", b"x" * 400_000]),
        (431, "head-too-large", [b"GET /%b HTTP/1.1\r\n\r\n" % (b"x" * 66_000)]),
        (431, "head-too-large", [b"GET / HTTP/1.1\r\n", b"A: b\r\n" * 20_000, b"\r\n"]),
        (400, "malformed-request", [b"\x16\x03\x01\x02\x00\x01\x00"]),
        (400, "malformed-request", [b"BREW /pot HTTP/1.1\r\n\r\n"]),
        (400, "malformed-request", [HEAD, b"Content-Length: -1\r\n\r\n"]),
        (400, "malformed-request", [HEAD, b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n"]),
        (400, "malformed-request", [HEAD, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"]),
        (
            400,
            "malformed-request",
            [HEAD, b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
        ),
    ],
)
def test_what_is_no_request_in_time_is_told_so_and_closed(
    server: Server, status: int, code: str, pieces: list[bytes]
) -> None:
    answer = sent(server.url, *pieces)
    assert answer.statuses[-1] == status
    assert (answer.body["status"], answer.body["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.body["request_id"]
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/v1/policies"])
def test_what_can_be_got_can_be_asked_for_without_its_body(server: Server, path: str) -> None:
    whole, bare = httpx.get(server.url + path), httpx.head(server.url + path)
    assert (bare.status_code, bare.content) == (whole.status_code, b"")
    assert bare.headers["content-type"] == whole.headers["content-type"]


def test_what_is_only_posted_has_no_head(server: Server) -> None:
    response = httpx.head(f"{server.url}/v1/decisions/greetings")
    assert (response.status_code, response.content) == (405, b"")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "pieces", [[LIVE * 9 + NO_HTTP], [LIVE * 9, NO_HTTP], [LIVE] * 9 + [NO_HTTP]]
)
def test_what_was_asked_before_something_wrong_is_answered(
    server: Server, pieces: list[bytes]
) -> None:
    assert sent(server.url, *pieces).statuses[:9] == [200] * 9


BROKEN = b"POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"


def test_a_body_that_breaks_off_loses_no_answer_before_it(server: Server) -> None:
    """Of the same connection, or of its neighbours."""
    with ExitStack() as stack:
        made = [stack.enter_context(connected(server.url)) for _ in range(20)]
        server.process.send_signal(signal.SIGSTOP)
        for place, connection in enumerate(made):
            connection.sendall(LIVE * 3 + BROKEN if place % 4 == 0 else LIVE)
        server.process.send_signal(signal.SIGCONT)
        for connection in made[1::4]:
            connection.shutdown(socket.SHUT_WR)
        assert [told(each).statuses for each in made[::4]] == [[200, 200, 200, 400]] * 5
        assert [told(each).statuses for each in made[1::4]] == [[200]] * 5


def test_many_at_once_are_each_answered(server: Server) -> None:
    """Some say no more at once, and some go on."""
    with ExitStack() as stack:
        made = [stack.enter_context(connected(server.url)) for _ in range(40)]
        server.process.send_signal(signal.SIGSTOP)
        for place, connection in enumerate(made):
            connection.sendall(LIVE)
            if place % 2:
                connection.shutdown(socket.SHUT_WR)
        server.process.send_signal(signal.SIGCONT)
        assert [told(each).statuses for each in made[1::2]] == [[200]] * 20
        for connection in made[::2]:
            connection.sendall(LIVE + NO_HTTP)
        assert [told(each).statuses[:2] for each in made[::2]] == [[200, 200]] * 20


def test_the_other_port_is_as_impatient(server: Server) -> None:
    half = (
        b"POST /v1/data/handoff/handoff HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"
    )
    assert sent(server.opa, half).body["code"] == "body-too-slow"
    assert sent(server.opa, b"GET /health").body["code"] == "head-too-slow"


@pytest.mark.parametrize("pieces", [[], [b"\r\n\r\n"]])
def test_who_says_nothing_is_not_waited_for(server: Server, pieces: list[bytes]) -> None:
    assert sent(server.url, *pieces) == Told([])


def test_a_body_that_nobody_reads_is_not_waited_for(server: Server) -> None:
    unread = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab"
    assert sent(server.url, unread).statuses == [200]


def test_who_has_sent_all_and_says_no_more_is_answered(server: Server) -> None:
    answer = sent(server.url, ASKED, over=True)
    assert (answer.statuses, answer.body["determining"]) == ([200], ["escalation_trigger"])
    assert sent(server.url, ASKED[:-1], over=True) == Told([])


def test_what_came_before_nonsense_is_answered_in_order(server: Server) -> None:
    answer = sent(server.url, ASKED + LIVE + ASKED + b"\x00\x00\r\n\r\n")
    assert answer.statuses == [200, 200, 200]
    assert answer.headers["decision-id"] == answer.body["decision_id"]


def test_what_stands_behind_a_body_is_no_header(server: Server) -> None:
    chunked = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n" % (len(BODY), BODY)
    trailer = b"X-Request-ID: behind\r\nAccept-Policy-Hash: sha256:0\r\n\r\n"
    answer = sent(server.url, HEAD + chunked + trailer, over=True)
    assert answer.statuses == [200]
    assert answer.headers["x-request-id"] != "behind"


def test_an_answer_that_nobody_takes_is_not_kept(server: Server) -> None:
    page = b"GET /schema/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    before = opened(server)
    with connected(server.url) as connection:
        connection.sendall(page * 400)
        while opened(server) == before:
            pass
        while opened(server) > before:
            pass


def opened(server: Server) -> int:
    """Sockets that the service has."""
    folder = Path(f"/proc/{server.process.pid}/fd")
    if not folder.exists():
        pytest.skip("sockets are only counted where the system shows them as files")
    return sum(_is_socket(each) for each in folder.iterdir())


def _is_socket(link: Path) -> bool:
    try:
        return str(link.readlink()).startswith("socket:")
    except FileNotFoundError:  # it is closed by now
        return False


def test_one_connection_too_many_is_told_so(tmp_path: Path) -> None:
    with impatient(tmp_path, "--most-connections", "3", "--patience", "30") as server:
        held = [connected(server.url) for _ in range(3)]
        try:
            for each in held:
                each.sendall(LIVE)
                assert each.recv(12) == b"HTTP/1.1 200"
            answer = sent(server.url, ASKED)
            assert (answer.statuses, answer.body["code"]) == ([503], "too-many-connections")
            assert answer.headers["Retry-After".lower()] == "1"
            assert httpx.get(f"{server.url}/health/live").status_code == 200
            held[0].sendall(ASKED)
            assert held[0].recv(65_536).endswith(b"}")
        finally:
            for each in held:
                each.close()
        while sent(server.url, ASKED, over=True).statuses != [200]:
            pass
