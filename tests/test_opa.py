"""OPA's clients are answered as OPA would answer them, and are safe where it has no word for what
happens here."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from service.opa.asked import Message
from service.opa.door import OpaDoor
from service.problems import ProblemError
from tests.opa_desk import SHIPPED, Desk, door

CASE: dict[str, Any] = {
    "intents": [{"name": "order_status_tracking", "confidence": 0.97}],
    "message": "My attorney will call you",
    "channel": "email",
}
OUTCOME = {
    "action": "route",
    "reply": None,
    "status": "open",
    "escalate": True,
    "team": "Email Support Team",
    "tags": ["mw-intent-order-status"],
    "note": "MW Router:\n- intent: order_status_tracking (0.97)\n"
    "- action: routed to Email Support Team\n- tags: mw-intent-order-status",
}
PATH = "/v1/data/handoff/handoff"
HANDOFF = SHIPPED.source("handoff@1.0.0")


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk("handoff@1.0.0", "review_scoring@1.0.0", "lifecycle@1.0.0", room=1_000_000)


def ask(to: Desk | OpaDoor, method: str, path: str, **request: Any) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(door(to) if isinstance(to, Desk) else to)
        async with httpx.AsyncClient(transport=transport, base_url="http://opa") as client:
            return await client.request(method, path, **request)

    return asyncio.run(asked())


def post(to: Desk | OpaDoor, path: str, input: Any = CASE, **request: Any) -> httpx.Response:
    return ask(to, "POST", path, json={"input": input}, **request)


def result(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/json"
    return response.json()["result"]


def wrong(response: httpx.Response, status: int, code: str) -> str:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert body["code"] == code
    return str(body["message"])


def test_a_decision_is_the_document_below_its_policy(desk: Desk) -> None:
    response = post(desk, PATH)
    assert result(response) == OUTCOME
    assert set(response.json()) == {"result", "decision_id"}


def test_the_journal_has_the_decision_under_its_id(desk: Desk) -> None:
    response = post(desk, PATH)
    caller, decided = desk.journal[response.json()["decision_id"]]
    assert (caller, decided.outcome) == ("anybody", OUTCOME)


@pytest.mark.parametrize(
    ("below", "value"),
    [
        ("action", "route"),
        ("escalate", True),
        ("tags", ["mw-intent-order-status"]),
        ("tags/0", "mw-intent-order-status"),
    ],
)
def test_a_path_leads_into_an_outcome(desk: Desk, below: str, value: object) -> None:
    assert result(post(desk, f"{PATH}/{below}")) == value


def test_a_policy_is_an_object_of_its_outcomes(desk: Desk) -> None:
    assert result(post(desk, "/v1/data/handoff")) == {"handoff": OUTCOME}


def test_of_several_decisions_the_one_with_the_name_of_the_policy_is_meant(desk: Desk) -> None:
    assert list(result(post(desk, "/v1/data/review_scoring"))) == ["review_scoring"]


def test_where_none_of_several_decisions_is_meant_the_object_is_empty(desk: Desk) -> None:
    response = post(desk, "/v1/data/lifecycle")
    assert result(response) == {}
    assert "`issue`" in response.json()["warning"]["message"]
    assert "decision_id" not in response.json()


@pytest.mark.parametrize("path", ["/v1/data", "/v1/data/"])
def test_all_data_names_the_live_policies_and_decides_nothing(desk: Desk, path: str) -> None:
    before = len(desk.journal)
    assert result(ask(desk, "GET", path)) == {"handoff": {}, "lifecycle": {}, "review_scoring": {}}
    assert len(desk.journal) == before


@pytest.mark.parametrize(
    "below",
    [
        "nobody", "handoff/nobody", "handoff/handoff/nobody", "handoff/handoff/action/deeper",
        "handoff/handoff/tags/1", "handoff/handoff/tags/-1", "handoff/handoff/tags/9999999999999",
        "handoff/handoff/tags/²", "handoff%2Fhandoff", "%FF%00", "...",
    ],
)  # fmt: skip
def test_an_undefined_document_is_an_answer_without_result(desk: Desk, below: str) -> None:
    response = post(desk, f"/v1/data/{below}")
    assert response.status_code == 200, response.text
    assert "result" not in response.json()


def test_a_field_that_is_not_set_is_undefined_when_it_is_asked_for(desk: Desk) -> None:
    response = post(desk, f"{PATH}/reply")
    assert response.status_code == 200
    assert set(response.json()) == {"decision_id"}


@pytest.mark.parametrize(
    ("below", "hint"),
    [
        ("handof", "there is no policy `handof`; did you mean `handoff`?"),
        ("handoff/handof", "there is no decision `handof`; did you mean `handoff`?"),
    ],
)
def test_a_path_that_leads_nowhere_says_so(desk: Desk, below: str, hint: str) -> None:
    told = post(desk, f"/v1/data/{below}").json()
    assert told == {"warning": {"code": "api_usage_warning", "message": hint}}


@pytest.mark.parametrize(
    "path", [f"{PATH}/", "/v1/data//handoff//handoff", "/v1/data/hand%6Fff/handoff"]
)
def test_slashes_and_escapes_are_read_as_opa_reads_them(desk: Desk, path: str) -> None:
    assert result(post(desk, path)) == OUTCOME


def test_a_document_is_read_with_the_input_in_the_query(desk: Desk) -> None:
    response = ask(desk, "GET", PATH, params={"input": json.dumps(CASE)})
    assert result(response) == OUTCOME
    assert "warning" not in response.json()


def test_of_several_inputs_in_the_query_the_last_counts(desk: Desk) -> None:
    inputs = ["{", json.dumps(CASE)]
    assert result(ask(desk, "GET", PATH, params={"input": inputs})) == OUTCOME


@pytest.mark.parametrize("text", ["", "{", '{"a": 1, "a": 2}', "NaN", "[" * 2_000])
def test_an_input_in_the_query_that_is_no_json_is_told(desk: Desk, text: str) -> None:
    message = wrong(ask(desk, "GET", PATH, params={"input": text}), 400, "invalid_parameter")
    assert message.startswith("parameter contains malformed input document: it is not JSON")


def test_an_input_in_the_query_that_is_too_large_is_told(desk: Desk) -> None:
    text = json.dumps({**CASE, "message": "x" * 10_000})
    response = ask(desk, "GET", PATH, params={"input": text})
    assert "request body too large" in wrong(response, 400, "invalid_parameter")


SAFE = {**OUTCOME, "escalate": False, "tags": [], "note": "MW Router: the case was refused"}


def test_a_refused_case_has_the_safe_outcome_for_its_result(desk: Desk) -> None:
    response = post(desk, PATH, {**CASE, "channel": "fax"})
    assert result(response) == SAFE
    warning = response.json()["warning"]
    assert warning["code"] == "api_usage_warning"
    assert warning["message"].startswith(
        "the input breaks the declared facts, and the result is the safe outcome: /channel is"
    )
    assert desk.journal[response.json()["decision_id"]][1].basis == "refused"


@pytest.mark.parametrize("input", [3, "fraud", [CASE], True, {}, {"input": CASE}])
def test_whatever_the_input_is_the_outcome_is_safe(desk: Desk, input: object) -> None:
    assert result(post(desk, PATH, input)) == SAFE


@pytest.mark.parametrize(
    "body", [b"", b"  \n", b"{}", b"null", b'{"input": null}', b'{"inputs": {}}']
)
def test_a_request_without_input_is_warned_and_safe(desk: Desk, body: bytes) -> None:
    response = ask(desk, "POST", PATH, content=body)
    assert result(response) == SAFE
    assert response.json()["warning"] == {
        "code": "api_usage_warning",
        "message": "'input' key missing from the request",
    }


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "a;b;c", ""]
)
def test_whatever_the_content_type_json_is_read(desk: Desk, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    body = json.dumps({"input": CASE}).encode()
    assert result(ask(desk, "POST", PATH, content=body, headers=headers)) == OUTCOME


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b"3", b"input: {}", b'{"input": {"a": 1, "a": 2}}', b'{"input": NaN}', b"\xff",
        b'{"input": "\\ud800"}', b'{"input": {}} x', b"[" * 5_000,
        b'{"input": ' + b"9" * 5_000 + b"}",
        b'{"input": {"a": [[[[[[[[]]]]]]]]}}', b"\xef\xbb\xbf{}",
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_told(desk: Desk, body: bytes) -> None:
    message = wrong(ask(desk, "POST", PATH, content=body), 400, "invalid_parameter")
    assert message.startswith("body contains malformed input document: it ")


def test_a_body_may_be_compressed(desk: Desk) -> None:
    body = gzip.compress(json.dumps({"input": CASE}).encode())
    response = ask(desk, "POST", PATH, content=body, headers={"Content-Encoding": "gzip"})
    assert result(response) == OUTCOME


@pytest.mark.parametrize("body", [b"{}", gzip.compress(b"{}", mtime=0)[:-5], b"\x1f\x8b"])
def test_a_body_that_is_not_what_it_is_compressed_by_is_told(desk: Desk, body: bytes) -> None:
    response = ask(desk, "POST", PATH, content=body, headers={"Content-Encoding": "gzip"})
    assert "could not decompress the body" in wrong(response, 400, "invalid_parameter")


@pytest.mark.parametrize("zipped", [False, True])
def test_a_body_that_is_too_large_is_told(desk: Desk, zipped: bool) -> None:
    body = json.dumps({"input": {**CASE, "message": "x" * 10_000}}).encode()
    headers = {"Content-Encoding": "gzip"} if zipped else {}
    content = gzip.compress(body) if zipped else body
    response = ask(desk, "POST", PATH, content=content, headers=headers)
    assert "request body too large" in wrong(response, 400, "invalid_parameter")


def test_a_body_in_pieces_is_read_no_further_than_its_bound(desk: Desk) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 1_000

    response = ask(desk, "POST", PATH, content=endless())
    assert "request body too large" in wrong(response, 400, "invalid_parameter")
    assert sent == 11


def test_a_caller_who_goes_away_does_no_harm(desk: Desk) -> None:
    pieces: Iterator[Message] = iter(
        [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    )
    statuses = []

    async def receive() -> Message:
        return next(pieces)

    async def send(message: Message) -> None:
        statuses.append(message.get("status"))

    scope = {"type": "http", "method": "POST", "path": PATH, "headers": []}
    asyncio.run(door(desk)(scope, receive, send))
    assert statuses == [400, None]


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_what_is_no_request_is_let_go(desk: Desk, kind: str) -> None:
    sent = []

    async def receive() -> Message:
        return {"type": f"{kind}.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message["type"])

    asyncio.run(door(desk)({"type": kind}, receive, send))
    assert sent == (["websocket.close"] if kind == "websocket" else [])


def test_a_misspelt_fact_is_warned_of(desk: Desk) -> None:
    told = post(desk, PATH, {**CASE, "chanel": "email", "xyzzyxyzzy": 1}).json()
    assert told["warning"] == {
        "code": "api_usage_warning",
        "message": "not declared, and ignored: /chanel, did you mean `channel`?; /xyzzyxyzzy",
    }
    assert "decision_id" in told


@pytest.mark.parametrize(
    "query", ["metrics", "metrics=true", "metrics=True", "metrics=1", "instrument=true"]
)
def test_metrics_are_told_in_nanoseconds_by_opas_names(desk: Desk, query: str) -> None:
    metrics = post(desk, f"{PATH}?{query}").json()["metrics"]
    timers = {"timer_rego_input_parse_ns", "timer_rego_query_eval_ns", "timer_server_handler_ns"}
    assert set(metrics) == {*timers, "counter_server_query_cache_hit"}
    parts = metrics["timer_rego_input_parse_ns"] + metrics["timer_rego_query_eval_ns"]
    assert 0 < parts <= metrics["timer_server_handler_ns"] < 10**10


@pytest.mark.parametrize(
    "query",
    [
        "metrics=false",
        "metrics=0",
        "metric=true",
        "explain=full",
        "strict-builtin-errors",
        "x",
        "%zz=%",
        "&&",
    ],
)
def test_other_words_of_a_query_change_nothing(desk: Desk, query: str) -> None:
    assert set(post(desk, f"{PATH}?{query}").json()) == {"result", "decision_id"}


def test_pretty_answers_are_laid_out(desk: Desk) -> None:
    assert post(desk, f"{PATH}/action?pretty=true").text.startswith('{\n  "result": "route",\n')
    assert post(desk, f"{PATH}/action").text.startswith('{"result":"route",')


def test_provenance_tells_the_exact_content_of_each_policy(desk: Desk) -> None:
    provenance = post(desk, f"{PATH}?provenance=true").json()["provenance"]
    assert provenance["version"] == engine.__version__
    hashed = engine.load(HANDOFF).content_hash
    assert provenance["bundles"]["handoff"] == {"revision": hashed}


def test_the_default_decision_takes_the_body_for_its_input() -> None:
    response = ask(Desk("handoff@1.0.0"), "POST", "/", json=CASE)
    assert response.status_code == 200
    assert response.json() == OUTCOME


def test_the_default_decision_can_be_said(desk: Desk) -> None:
    path = ("handoff", "handoff", "action")
    assert ask(door(desk, path), "POST", "/", json=CASE).json() == "route"


def test_without_a_default_decision_its_document_is_missing(desk: Desk) -> None:
    message = wrong(ask(desk, "POST", "/", json=CASE), 404, "undefined_document")
    assert message.startswith("document missing or undefined: data.system.main")


def test_a_webhook_is_answered_with_the_document_alone(desk: Desk) -> None:
    path = "/v0/data/handoff/handoff"
    assert ask(desk, "POST", path, json=CASE).json() == OUTCOME
    wrong(ask(desk, "POST", f"{path}/reply", json=CASE), 404, "undefined_document")


def batch(to: Desk | OpaDoor, body: Any, query: str = "") -> httpx.Response:
    return ask(to, "POST", f"/v1/batch/data/handoff/handoff/action{query}", json=body)


QUIET = {**CASE, "message": "Where is my order?", "channel": "messenger"}


def test_a_batch_is_answered_input_by_input(desk: Desk) -> None:
    response = batch(desk, {"inputs": {"a": CASE, "b": QUIET, "c": {"channel": 3}}})
    assert response.status_code == 200
    responses = response.json()["responses"]
    assert {name: each["result"] for name, each in responses.items()} == {
        "a": "route",
        "b": "acknowledge_and_route",
        "c": "route",
    }
    assert all(each["decision_id"] in desk.journal for each in responses.values())
    assert "warning" in responses["c"]
    assert not any("http_status_code" in each for each in responses.values())


def test_what_is_common_to_a_batch_is_merged_deep(desk: Desk) -> None:
    body = {
        "common_input": {**QUIET, "template": {"id": "t_return_intake", "tier": "tier_2"}},
        "inputs": {"a": {"template": {"tier": "tier_1"}}, "b": {}},
    }
    responses = batch(desk, body).json()["responses"]
    assert responses["a"]["result"] == "reply_and_route"
    assert responses["b"]["result"] == "acknowledge_and_route"


def test_a_batch_of_which_some_cannot_be_decided_says_which() -> None:
    response = batch(Desk("handoff@1.0.0", room=1), {"inputs": {"a": CASE, "b": CASE}}, "?metrics")
    assert response.status_code == 207
    decided, failed = response.json()["responses"].values()
    assert (decided["result"], decided["http_status_code"]) == ("route", "200")
    assert failed == {
        "code": "internal_error",
        "message": "the journal is full",
        "http_status_code": "500",
    }
    assert "timer_server_handler_ns" in response.json()["metrics"]


def test_a_batch_of_which_nothing_can_be_decided_has_failed() -> None:
    response = batch(Desk("handoff@1.0.0", room=0), {"inputs": {"a": CASE}})
    assert response.status_code == 500
    failed = {"code": "internal_error", "message": "the journal is full"}
    assert response.json() == {"responses": {"a": failed}}


def test_a_batch_that_asks_too_often_is_told_when_to_come_back() -> None:
    often = ProblemError(429, "too-many-requests", "too often", headers={"Retry-After": "7"})
    response = batch(Desk("handoff@1.0.0", room=0, full=often), {"inputs": {"a": CASE}})
    assert wrong(response, 429, "invalid_operation") == "too often"
    assert response.headers["Retry-After"] == "7"


@pytest.mark.parametrize("body", [{}, None, {"inputs": None}, {"input": CASE}])
def test_a_batch_without_inputs_is_warned(desk: Desk, body: object) -> None:
    response = batch(desk, body)
    assert response.status_code == 200
    message = "'inputs' key missing from the request"
    assert response.json() == {"warning": {"code": "api_usage_warning", "message": message}}


def test_what_is_common_to_a_batch_is_no_way_round_the_bound_of_a_body(desk: Desk) -> None:
    inputs: dict[str, Any] = {str(each): {} for each in range(30)}
    body = {"inputs": inputs, "common_input": {**CASE, "message": "x" * 6_000}}
    wide = OpaDoor(desk, most_bytes=10_000, deepest=8, most=30)
    assert "`common_input` is too large" in wrong(batch(wide, body), 400, "invalid_parameter")


def test_an_empty_batch_has_an_empty_answer(desk: Desk) -> None:
    assert batch(desk, {"inputs": {}}).json() == {}


@pytest.mark.parametrize("body", [[], {"inputs": [CASE]}, {"inputs": dict.fromkeys("abcd", CASE)}])
def test_what_is_no_batch_is_told(desk: Desk, body: object) -> None:
    message = wrong(batch(desk, body), 400, "invalid_parameter")
    assert message.startswith("body contains malformed input document: ")


def test_all_of_an_undefined_batch_is_undefined(desk: Desk) -> None:
    response = ask(desk, "POST", "/v1/batch/data/handof", json={"inputs": {"a": CASE}})
    assert response.status_code == 200
    assert set(response.json()["responses"]["a"]) == {"warning"}


@pytest.mark.parametrize("path", ["/v1/policies", "/v1/policies/"])
def test_policies_are_listed_with_their_source(desk: Desk, path: str) -> None:
    listed = result(ask(desk, "GET", path))
    assert [each["id"] for each in listed] == ["handoff", "lifecycle", "review_scoring"]
    assert listed[0]["raw"] == HANDOFF.text
    assert listed[0]["ast"]["package"]["path"][1] == {"type": "string", "value": "handoff"}
    assert [rule["head"]["name"] for rule in listed[2]["ast"]["rules"]] == [
        "score",
        "review_scoring",
    ]


def test_one_policy_is_found_by_its_name(desk: Desk) -> None:
    assert result(ask(desk, "GET", "/v1/policies/handoff"))["raw"] == HANDOFF.text
    message = wrong(ask(desk, "GET", "/v1/policies/handof"), 404, "resource_not_found")
    assert message == "there is no policy `handof`; did you mean `handoff`?"


@pytest.mark.parametrize("path", ["", "/", "/live", "/ready", "?bundles", "?plugins=true"])
def test_it_is_healthy_while_a_policy_is_live(desk: Desk, path: str) -> None:
    response = ask(desk, "GET", f"/health{path}")
    assert (response.status_code, response.json()) == (200, {})


def test_its_health_can_be_asked_without_a_body(desk: Desk) -> None:
    response = ask(desk, "HEAD", "/health")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    ("path", "status"), [("", 200), ("/live", 200), ("/ready", 500), ("?bundles", 500)]
)
def test_without_a_live_policy_it_runs_and_is_not_ready(path: str, status: int) -> None:
    assert ask(Desk(), "GET", f"/health{path}").status_code == status


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/data/handoff", "GET, POST"),
        ("PATCH", "/v1/data/handoff", "GET, POST"),
        ("DELETE", "/v1/data", "GET, POST"),
        ("OPTIONS", PATH, "GET, POST"),
        ("PUT", "/v1/policies/handoff", "GET"),
        ("DELETE", "/v1/policies/handoff", "GET"),
        ("GET", "/v1/batch/data/handoff", "POST"),
        ("POST", "/health", "GET, HEAD"),
        ("GET", "/", "POST"),
    ],
)
def test_nothing_can_be_written(desk: Desk, method: str, path: str, allowed: str) -> None:
    response = ask(desk, method, path)
    wrong(response, 405, "invalid_operation")
    assert response.headers["Allow"] == allowed


@pytest.mark.parametrize(
    "path", ["/v1/query", "/v1/compile", "/v1/config", "/v1/datas", "/health/x", "/v1"]
)
def test_what_is_not_spoken_is_not_there(desk: Desk, path: str) -> None:
    wrong(ask(desk, "GET", path), 404, "resource_not_found")


def test_a_token_is_asked_for_where_keys_are() -> None:
    desk = Desk("handoff@1.0.0", keys={"secret": "middleware"})
    for path in (PATH, "/", "/v1/batch/data/handoff"):
        response = post(desk, path)
        wrong(response, 401, "unauthorized")
        assert response.headers["WWW-Authenticate"] == "Bearer"
    response = post(desk, PATH, headers={"Authorization": "Bearer secret"})
    assert result(response) == OUTCOME
    assert [caller for caller, _ in desk.journal.values()] == ["middleware"]
    assert ask(desk, "GET", "/health").status_code == 200


def test_who_may_not_ask_is_not_read() -> None:
    response = post(Desk("handoff@1.0.0", keys={}), PATH, "x" * 20_000)
    wrong(response, 401, "unauthorized")


def test_where_no_decision_can_be_given_none_is() -> None:
    response = post(Desk("handoff@1.0.0", room=0), PATH)
    assert wrong(response, 503, "internal_error") == "the journal is full"
    assert "result" not in response.json()


def test_places_in_a_problem_become_errors_with_messages() -> None:
    error = {"pointer": "/message", "code": "too-long", "expected": "9 characters", "got": "10"}
    problem = ProblemError(422, "refused", "the case holds too much", [error])
    response = post(Desk("handoff@1.0.0", room=0, full=problem), PATH)
    wrong(response, 422, "invalid_parameter")
    assert response.json()["errors"] == [
        {"code": "too-long", "message": "/message: expected 9 characters, got 10"}
    ]


def test_a_mistake_of_ours_is_told_without_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    broken = Desk("handoff@1.0.0", room=cast(int, None))
    response = post(broken, PATH)
    assert "TypeError" not in response.text
    assert (
        wrong(response, 500, "internal_error") == "the service made a mistake; its log tells more"
    )
    assert "TypeError" in caplog.text


PLAIN = Desk("handoff@1.0.0", room=1_000_000)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.sampled_from(["GET", "POST", "PUT"]),
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.sampled_from(
        ["/v1/data/", "/v1/batch/data/", "/v0/data/", "/", f"{PATH}/", f"{PATH}?input="]
    ),
    st.binary(max_size=20) | JSON_VALUES.map(lambda value: json.dumps({"input": value}).encode()),
)
def test_nothing_that_is_sent_makes_it_fail(
    method: str, below: str, start: str, body: bytes
) -> None:
    response = ask(PLAIN, method, start + quote(below), content=body)
    assert response.status_code < 500
    assert isinstance(response.json(), dict | list | str | bool)
