"""Who may what: keys with roles and rates, and what nobody may send."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.auth import Bucket
from service.cli import main
from tests.served import CLEAR, NEW, policies_in, serving
from tests.test_journal import until

SHIPPED = Path(__file__).parents[1] / "policies"
ID = "01890000-0000-7000-8000-000000000000"
BODY = {"input": CLEAR}
UPLOAD = {"source": NEW.replace("greetings 1.0.0", "greetings 2.0.0")}

APPROVER = "approve:lead"
SEES = {"report", "author", "operate", "audit", APPROVER}
PROPOSAL = {"policy": "greetings", "version": "1.1.0", "valid_until": "2030-01-01"}
READS = {"decide", "report", "operate", "audit"}
ROUTES: list[tuple[str, str, Any, set[str], int]] = [
    ("POST", "/v1/decisions/greetings", BODY, {"decide"}, 200),
    ("POST", "/v1/batches/greetings", {"items": []}, {"decide"}, 200),
    ("GET", f"/v1/journal/{ID}", None, {"decide", "report", "audit"}, 404),
    ("GET", f"/v1/journal/{ID}/explanation", None, {"decide", "report", "audit"}, 404),
    ("GET", f"/v1/journal/{ID}/explanation?for=audit", None, {"audit"}, 404),
    ("POST", f"/v1/journal/{ID}/whynot", {"want": {"a": 1}}, {"decide", "report", "audit"}, 404),
    ("GET", "/v1/policies", None, {"decide", "report", "author", "operate", "audit"}, 200),
    (
        "GET",
        "/v1/policies/greetings",
        None,
        {"decide", "report", "author", "operate", "audit"},
        200,
    ),
    (
        "GET",
        "/v1/policies/greetings/versions/1.0.0",
        None,
        {"decide", "report", "author", "operate", "audit"},
        200,
    ),
    ("POST", "/v1/policies/greetings/versions", UPLOAD, {"author"}, 201),
    (
        "GET",
        "/v1/policies/greetings/versions/1.0.0/shadow",
        None,
        {"report", "author", "operate", "audit"},
        200,
    ),
    ("POST", "/v1/replays", {"policy": "greetings", "version": "1.1.0"}, SEES, 202),
    ("GET", f"/v1/replays/{ID}", None, SEES, 404),
    ("GET", "/v1/releases", None, SEES, 200),
    ("GET", "/v1/releases/REL-0001", None, SEES, 503),
    ("POST", "/v1/releases", PROPOSAL, {"author"}, 503),
    ("POST", "/v1/releases/REL-0001/approve", {}, {"author", APPROVER}, 503),
    ("POST", "/v1/releases/REL-0001/activate", {}, {"author", "operate", APPROVER}, 503),
    ("POST", "/v1/releases/REL-0001/renew", {}, {"author", APPROVER}, 503),
    ("POST", "/v1/releases/REL-0001/rollback", {"reason": "x"}, {"operate", APPROVER}, 503),
    ("POST", "/v1/releases/REL-0001/withdraw", {}, {"author"}, 503),
    ("GET", "/v1/programs/p/active", None, {"decide", "operate", *SEES}, 503),
    ("POST", "/v1/programs/p/signals", {}, {"operate"}, 503),
    ("POST", "/v1/spans", [], {"decide"}, 503),
    ("GET", "/v1/issues", None, READS, 200),
    ("GET", "/v1/issues/ISSUE-2026-0001", None, READS, 404),
    ("GET", "/v1/issues/ISSUE-2026-0001/history", None, READS, 404),
    ("POST", "/v1/issues/ISSUE-2026-0001/events", {"event": "ack"}, {"decide", "operate"}, 503),
    ("POST", "/v1/clock", {"at": "2026-01-01T00:00:00Z"}, {"operate"}, 503),
    ("GET", "/v1/reports/sla?month=2026-01", None, {"report", "audit"}, 503),
    ("GET", "/v1/events", None, {"report", "audit"}, 200),
    ("GET", "/v1/audit", None, {"audit"}, 200),
    ("GET", "/v1/audit/verify", None, {"audit"}, 200),
    ("GET", "/v1/audit/checkpoint", None, {"audit"}, 200),
    ("GET", "/metrics", None, {"operate"}, 200),
]
"""Method, path, body, who may, and what they are answered. Nothing is released without a release
policy."""
OPEN = ("/health/live", "/health/ready")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return policies_in(tmp_path)


def run(folder: Path, *arguments: str, code: int = 0) -> str:
    store = ["--store", str(folder.parent / "bylaw.db")]
    result = CliRunner().invoke(main, [*arguments, *store], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


def key(folder: Path, *roles: str, more: tuple[str, ...] = ()) -> str:
    chosen = [word for role in roles for word in ("--role", role)]
    return run(folder, "keys", "create", "tester", *chosen, *more).split()[0]


@pytest.mark.parametrize("role", ["decide", "report", "author", "operate", "audit", "approve:lead"])
def test_each_role_may_what_it_is_for_and_nothing_else(folder: Path, role: str) -> None:
    with serving(folder, key(folder, role)) as client:
        for method, path, body, who, answered in ROUTES:
            response = client.request(method, path, json=body)
            may = role in who or (role == "approve:lead" and who >= {"decide", "author"})
            expected = answered if may else 403
            assert response.status_code == expected, (method, path, response.text)
            if not may:
                assert response.json()["code"] == "forbidden"
                assert response.json()["roles"] == [role]


def test_a_key_of_another_host_is_taken_here_too(folder: Path, tmp_path: Path) -> None:
    """So that who asks through a balancer shows one key; its roles are said here anew."""
    (tmp_path / "other").mkdir()
    made = key(tmp_path / "other" / "policies", "decide", "report")
    kept = tmp_path / "ticketing.key"
    kept.write_text(f"{made}\n", encoding="utf-8")
    taken = ("keys", "create", "ticketing", "--role", "decide", "--key", str(kept))
    said = run(folder, *taken)
    assert made.split("_")[1] in said
    assert made not in said
    with serving(folder, made) as client:
        assert client.post("/v1/decisions/greetings", json=BODY).status_code == 200
        assert client.get("/v1/releases").status_code == 403
    again = run(folder, *taken, code=2)
    assert "there is a key" in again
    for text in ("", "hush", f"{made}x", made.replace("bylaw", "other")):
        kept.write_text(text, encoding="utf-8")
        wrong = run(folder, *taken, code=2)
        assert "--key" in wrong
        assert not any(each in wrong for each in ("hush", made))


@pytest.mark.parametrize(
    "shown",
    [
        None,
        "Bearer",
        "Bearer x",
        "Basic {key}",
        "Bearer {key}x",
        "Bearer bylaw__",
        "Bearer {other}",
        "{key}",
    ],
)
def test_without_a_key_of_ours_nobody_is_answered(folder: Path, shown: str | None) -> None:
    good = key(folder, "decide")
    other = "_".join([*good.split("_")[:2], "A" * 43])
    with serving(folder) as client:
        if shown is not None:
            client.headers["Authorization"] = shown.format(key=good, other=other)
        for method, path, body, _, _ in ROUTES:
            response = client.request(method, path, json=body)
            assert response.status_code == 401, (method, path)
            assert response.json()["code"] == "no-key"
            assert response.headers["WWW-Authenticate"] == "Bearer"
        for path in OPEN:
            assert client.get(path).status_code == 200


def test_every_route_is_in_the_list_of_who_may(folder: Path) -> None:
    with serving(folder) as client:
        served = {route.path for route in client.app.routes} | {*client.app.direct}
    known = {path.partition("?")[0] for _, path, _, _, _ in ROUTES} | {*OPEN}
    public = {"/schema", "/schema/openapi.json"}
    for path in served - public:
        start = path.partition("{")[0].rstrip("/")
        assert any(each.startswith(start) for each in known), path


def test_a_key_is_shown_once_and_kept_as_a_hash(folder: Path) -> None:
    secret = key(folder, "decide", "report")
    id = secret.split("_")[1]
    for file in folder.parent.glob("bylaw.db*"):
        assert secret.split("_", 2)[2].encode() not in file.read_bytes()
    listed = run(folder, "keys", "list")
    assert listed == f"  {id}  tester: decide, report\n"
    assert run(folder, "keys", "revoke", id) == f"{id} is revoked\n"
    assert "no key" in run(folder, "keys", "revoke", id, code=2)
    assert "revoked" in run(folder, "keys", "list")
    with closing(sqlite3.connect(folder.parent / "bylaw.db")) as db, db:
        told = db.execute("SELECT event, detail FROM audit ORDER BY seq").fetchall()
    assert [event for event, _ in told] == ["key-created", "key-revoked"]
    assert json.loads(told[0][1]) == {"id": id, "name": "tester", "roles": ["decide", "report"]}


def test_a_key_that_is_revoked_ends_while_the_service_runs(folder: Path) -> None:
    secret = key(folder, "decide")
    with serving(folder, secret) as client:
        assert client.post("/v1/decisions/greetings", json=BODY).status_code == 200
        run(folder, "keys", "revoke", secret.split("_")[1])
        until(lambda: client.post("/v1/decisions/greetings", json=BODY).status_code == 401)


def test_the_last_key_that_is_revoked_opens_nothing(folder: Path) -> None:
    secret = key(folder, "decide")
    run(folder, "keys", "revoke", secret.split("_")[1])
    with serving(folder) as client:
        assert client.post("/v1/decisions/greetings", json=BODY).status_code == 401


def test_a_role_that_is_none_is_told_with_the_nearest(folder: Path) -> None:
    said = run(folder, "keys", "create", "x", "--role", "decied", code=2)
    assert "there is no role `decied`" in said
    assert "did you mean `decide`?" in said


def test_to_pin_what_is_not_live_takes_a_role_of_its_own(folder: Path) -> None:
    with serving(folder, key(folder, "decide")) as client:
        for path, body in (
            ("/v1/decisions/greetings?version=1.1.0", BODY),
            ("/v1/decisions/greetings", {**BODY, "as_of": "2020-01-01T00:00:00Z"}),
            ("/v1/batches/greetings?version=1.1.0", {"items": []}),
        ):
            response = client.post(path, json=body)
            assert (response.status_code, response.json()["code"]) == (403, "forbidden")
        live = client.post("/v1/decisions/greetings?version=1.0.0", json=BODY)
        assert live.status_code == 200
    with serving(folder, key(folder, "decide", "report")) as client:
        pinned = client.post("/v1/decisions/greetings?version=1.1.0", json=BODY)
        assert pinned.json()["hypothetical"] is True


def test_who_asks_too_often_waits(folder: Path) -> None:
    with serving(folder, key(folder, "decide", more=("--rate", "5"))) as client:
        answers = [client.post("/v1/decisions/greetings", json=BODY) for _ in range(12)]
        assert [each.status_code for each in answers[:5]] == [200] * 5
        refused = answers[-1]
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
        assert int(refused.headers["Retry-After"]) >= 1
    with serving(folder, key(folder, "decide"), rate=3) as client:
        items = [{"id": str(each), "input": CLEAR} for each in range(50)]
        assert client.post("/v1/batches/greetings", json={"items": items}).status_code == 200
        assert client.post("/v1/batches/greetings", json={"items": items}).status_code == 429


def test_a_bucket_fills_again_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("service.auth.time.monotonic", lambda: now)
    bucket = Bucket(10)
    assert [bucket.take(1) for _ in range(10)] == [0.0] * 10
    assert bucket.take(1) == pytest.approx(0.1)
    now += 0.25
    assert [bucket.take(1) > 0 for _ in range(3)] == [False, False, True]
    now += 60
    assert bucket.take(25) == 0.0
    assert bucket.take(1) > 1


@pytest.mark.parametrize(
    ("told", "body", "pointer"),
    [
        ({"longest_text": 50}, {"input": {"message": "a" * 51}}, "/input/message"),
        ({"longest_list": 3}, {"input": {"a/b": [{"c": [1, 2, 3, 4]}]}}, "/input/a~1b/0/c"),
        ({"longest_list": 3, "longest_text": 9}, {"input": [1, 2, 3, 4]}, "/input"),
    ],
)
def test_what_is_too_long_is_told_where(
    folder: Path, told: dict[str, Any], body: Any, pointer: str
) -> None:
    with serving(folder, **told) as client:
        response = client.post("/v1/decisions/greetings", json=body)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (400, "malformed-request")
    (error,) = problem["errors"]
    assert (error["pointer"], error["code"]) == (pointer, "too-long")


def test_a_page_of_another_name_cannot_ask_without_keys(folder: Path) -> None:
    with serving(folder) as client:
        for host in ("evil.example", "evil.example:8000", "localhost.evil.example", ""):
            response = client.post("/v1/decisions/greetings", json=BODY, headers={"Host": host})
            assert (response.status_code, response.json()["code"]) == (403, "foreign-host"), host
        for host in ("localhost", "localhost:9", "[::1]:8000", "127.0.0.1"):
            answered = client.post("/v1/decisions/greetings", json=BODY, headers={"Host": host})
            assert answered.status_code == 200, host


def test_no_log_line_holds_a_fact_or_a_key(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    secret = key(folder, "decide", "audit")
    spied = {**BODY, "input": {**CLEAR, "message": "a zebra, and my lawyer"}, "subject": "walrus"}
    with serving(folder, secret) as client:
        id = client.post("/v1/decisions/greetings", json=spied).json()["decision_id"]
        client.post("/v1/decisions/greetings", json={"input": {"message": ["zebra"]}})
        client.post("/v1/decisions/greetings", content=b'{"zebra', headers={"X-Request-ID": "r"})
        client.get(f"/v1/journal/{id}/explanation?for=audit")
    logged = capfdbinary.readouterr().err.decode()
    lines = [json.loads(line) for line in logged.splitlines()]
    decisions = [line for line in lines if line["event"] == "decision"]
    assert [line["decision_id"] for line in decisions] == [id, None]
    assert decisions[0]["caller"] == "tester"
    assert decisions[0]["basis"] == "guard"
    for word in ("zebra", "walrus", secret.split("_", 2)[2], "lawyer"):
        assert word not in logged


def test_a_trace_goes_on(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    given: Callable[[str], dict[str, str]] = lambda each: {"traceparent": each}  # noqa: E731
    with serving(folder) as client:
        told = client.post(
            "/v1/decisions/greetings", json=BODY, headers=given(f"00-{trace}-00f067aa0ba902b7-01")
        )
        version, kept, span, flags = told.headers["traceparent"].split("-")
        assert (version, kept, flags) == ("00", trace, "01")
        assert span != "00f067aa0ba902b7"
        for wrong in ("00-xyz", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"00-{trace}-{'0' * 16}-01"):
            answer = client.post("/v1/decisions/greetings", json=BODY, headers=given(wrong))
            assert "traceparent" not in answer.headers
    assert f'"trace_id":"{trace}"' in capfdbinary.readouterr().err.decode()


def test_replies_keep_browsers_from_more(folder: Path) -> None:
    with serving(folder) as client:
        answer = client.post("/v1/decisions/greetings", json=BODY)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        preflight = client.options("/v1/decisions/greetings", headers=asked)
        assert preflight.status_code == 405
        assert "access-control-allow-origin" not in preflight.headers


def test_a_key_has_a_name(folder: Path) -> None:
    assert "a key needs a name" in run(folder, "keys", "create", " ", "--role", "decide", code=2)


def test_a_role_that_the_release_policy_does_not_know_is_told(folder: Path) -> None:
    shutil.copytree(SHIPPED / "release", folder / "release")
    (folder / "live.toml").write_text('release = "1.0.0"\n', encoding="utf-8")
    with serving(folder):
        pass  # the policy is live now
    store = ["--store", str(folder.parent / "bylaw.db")]
    for role, told in (
        ("approve:Head of Support Operations", ""),
        ("approve:head_of_suport_operations", "did you mean `approve:Head of Support Operations`?"),
        ("approve:lead", "it knows `Director of Support Quality`, `Head of Support Operations`"),
    ):
        made = CliRunner().invoke(main, ["keys", "create", "a", "--role", role, *store])
        assert made.stdout.startswith("bylaw_")
        assert ("warning: the release policy knows no role" in made.stderr) == bool(told)
        assert told in made.stderr
