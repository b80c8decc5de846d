"""The description of the service is OpenAPI, and says what the service really does."""

import json
import re
import shlex
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from litestar.testing import TestClient
from openapi_spec_validator import validate

from engine import Library, Program, __version__
from service.app import create_app
from service.cli import main
from service.entrance import Service
from service.openapi import document
from service.operations import OPERATIONS, PROBLEMS
from service.page import page
from service.settings import Settings
from service.shelf import fill, said_live
from tests.served import CLEAR, NEW, policies_in, put, serving

POLICIES = Path(__file__).parents[1] / "policies"
PROBLEM = "application/problem+json"
SPEECH = """bylaw 1

policy sprache 1.0.0
  title "Names in other <scripts>"

record Fall
  größe: number 0 .. 10 "the `size` & <more>"

decision maß(fall: Fall): bool
  otherwise
    then fall.größe > 5

  refused
    then false

example "</script> & <b>"
  maß(fall: { größe: 7 })
  gives true
"""
TICKETS = """bylaw 1

policy tickets 1.0.0
  title "The life of a ticket"

enum Reason: solved, spam

record Ticket
  opened_at: instant optional
  reason:    Reason optional

lifecycle ticket(ticket: Ticket)
  state NEW                   initial
  state CLOSED final as "closed"

  event close(reason: Reason)

  transition NEW -> CLOSED on close
    then reason: event.reason
    because "closed as {event.reason}"

  deadline forgotten in NEW
    at ticket.opened_at + 30d
    then go CLOSED
    because "nobody came back"

example "Closed"
  ticket(ticket: {})
  in NEW on close(reason: spam)
  gives CLOSED with { reason: spam }
"""


def live(folder: Path) -> dict[str, Program]:
    library = Library(folder)
    return replace(fill(library), live=said_live(library)).actives()


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(live(POLICIES), __version__)


@pytest.fixture(scope="module")
def sprache(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("sprache")
    put(folder, "sprache/1.0.0", SPEECH)
    return document(live(folder), __version__)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return policies_in(tmp_path)


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient[Service]]:
    with serving(folder, most_bytes=10_000) as client:
        yield client


def faults(described: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    root = {"components": described["components"], "allOf": [schema]}
    return [error.message for error in Draft202012Validator(root).iter_errors(value)]


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_it_is_openapi(described: dict[str, Any], sprache: dict[str, Any]) -> None:
    validate(described)
    validate(sprache)
    validate(document({}, __version__))


def test_every_schema_is_a_json_schema(described: dict[str, Any]) -> None:
    for made in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(made)


def test_every_example_fits_its_schema(described: dict[str, Any]) -> None:
    for name, made in described["components"]["schemas"].items():
        reference = {"$ref": f"#/components/schemas/{name}"}
        for example in made.get("examples", ()):
            assert faults(described, reference, example) == [], name


def test_every_live_decision_has_a_path_with_its_facts_and_its_examples(
    described: dict[str, Any],
) -> None:
    programs = live(POLICIES)
    for program in programs.values():
        for decision in (*program.decisions, *program.lifecycles):
            path = f"/v1/decisions/{program.name}/{decision}"
            operation = described["paths"][path]["post"]
            asked = operation["requestBody"]["content"]["application/json"]
            answered = operation["responses"]["200"]["content"]["application/json"]
            assert 1 <= len(asked["examples"]) <= 5, path
            assert list(asked["examples"]) == list(answered["examples"])
            for form in (asked, answered):
                for title, example in form["examples"].items():
                    assert faults(described, form["schema"], example["value"]) == [], title


def test_a_case_that_breaks_the_facts_does_not_fit(described: dict[str, Any]) -> None:
    operation = described["paths"]["/v1/decisions/handoff/handoff"]["post"]
    form = operation["requestBody"]["content"]["application/json"]["schema"]
    right = {"intents": [], "message": "Hello", "channel": "email"}
    assert faults(described, form, {"input": right}) == []
    assert faults(described, form, {"input": {**right, "channel": "fax"}})
    assert faults(described, form, {"input": right, "asof": "2026-01-15"})


def test_a_step_of_a_lifecycle_is_described_and_can_be_asked(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    put(folder, "tickets/1.0.0", TICKETS)
    taken = {"ticket": {}, "state": "NEW", "event": {"name": "close", "reason": "spam"}}
    described = document(live(folder), __version__)
    content = described["paths"]["/v1/decisions/tickets/ticket"]["post"]["requestBody"]["content"]
    form = content["application/json"]["schema"]
    with serving(folder) as client:
        for case, answered in (
            (taken, "transition"),
            ({**taken, "event": {"name": "dance"}}, "no_transition"),
            ({**taken, "event": None, "entered": "2026-01-15"}, "no_transition"),
            ({**taken, "state": "GONE"}, "refused-case"),
            ({**taken, "event": {"name": "close", "reason": "fun"}}, "refused-case"),
        ):
            told = client.post("/v1/decisions/tickets", json={"input": case}).json()
            assert told.get("basis", told.get("code")) == answered
            assert (faults(described, form, {"input": case}) == []) == ("basis" in told), case
        version = client.get("/v1/policies/tickets/versions/1.0.0").json()["lifecycles"]["ticket"]
    assert [each["name"] for each in version["states"]] == ["NEW", "closed"]
    assert [each["name"] for each in version["events"]] == ["close"]
    (transition,) = version["transitions"]
    assert (transition["from"], transition["to"]) == (["NEW"], "closed")
    assert version["deadlines"] == [{"name": "forgotten", "in": ["NEW"], "go": "closed"}]
    properties = version["facts"]["properties"]
    assert properties["event"]["anyOf"][0]["properties"]["name"] == {"const": "close"}


def test_operations_are_told_apart(described: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(set(ids)) == len(ids)
    used = {code for operation in OPERATIONS for code in operation.problems}
    assert used == set(PROBLEMS)


def test_what_is_served_is_described_and_nothing_else(folder: Path) -> None:
    app = create_app(Settings(policies=folder, store=folder.parent / "bylaw.db"))
    served = {re.sub(r":\w+}", "}", route.path) for route in app.routes}
    described = {each.path for each in OPERATIONS}
    direct = {path for path in described if path.startswith(tuple(app.direct))}
    assert described - direct == served
    for start in app.direct:
        assert any(path.startswith(start) for path in direct)


def decided(client: TestClient[Service], **body: Any) -> httpx.Response:
    return client.post("/v1/decisions/greetings", json={"input": CLEAR, **body})


def some_id(client: TestClient[Service]) -> str:
    return str(decided(client).json()["decision_id"])


REQUESTS: dict[str, Any] = {
    "decision": decided,
    "pinned": lambda client: client.post(
        "/v1/decisions/greetings/answer?version=1.1.0", json={"input": CLEAR}
    ),
    "explained for an agent": lambda client: decided(client, explain="agent"),
    "explained for an audit": lambda client: decided(client, explain="audit"),
    "explained by codes": lambda client: decided(client, explain="codes"),
    "refused": lambda client: client.post("/v1/decisions/greetings", json={"input": {"topic": 7}}),
    "malformed": lambda client: client.post("/v1/decisions/greetings", json={}),
    "misspelt": lambda client: client.post("/v1/decisions/greeting", json={"input": {}}),
    "no such decision": lambda client: client.post(
        "/v1/decisions/greetings/anser", json={"input": {}}
    ),
    "no such version": lambda client: client.post(
        "/v1/decisions/greetings?version=9.9.9", json={"input": {}}
    ),
    "not JSON": lambda client: client.post("/v1/decisions/greetings", content=b"a=1"),
    "too large": lambda client: client.post(
        "/v1/decisions/greetings", json={"input": "x" * 20_000}
    ),
    "batch": lambda client: client.post(
        "/v1/batches/greetings?version=1.1.0",
        json={"items": [{"id": "a", "input": CLEAR}, {"id": "b", "input": {}}]},
    ),
    "read again": lambda client: client.get(f"/v1/journal/{some_id(client)}"),
    "never made": lambda client: client.get("/v1/journal/01890000-0000-7000-8000-000000000000"),
    "why": lambda client: client.get(f"/v1/journal/{some_id(client)}/explanation"),
    "why in full": lambda client: client.get(
        f"/v1/journal/{some_id(client)}/explanation?for=audit"
    ),
    "why not": lambda client: client.post(
        f"/v1/journal/{some_id(client)}/whynot", json={"want": {"action": "hand_over"}}
    ),
    "why not, of what nobody knows": lambda client: client.post(
        f"/v1/journal/{some_id(client)}/whynot", json={"want": {"acton": "hand_over"}}
    ),
    "policies": lambda client: client.get("/v1/policies"),
    "policy": lambda client: client.get("/v1/policies/greetings"),
    "version": lambda client: client.get("/v1/policies/greetings/versions/1.0.0"),
    "unknown version": lambda client: client.get("/v1/policies/greetings/versions/1.0.9"),
    "uploaded": lambda client: client.post(
        "/v1/policies/greetings/versions",
        json={"source": NEW.replace("greetings 1.0.0", "greetings 1.2.0")},
    ),
    "uploaded again": lambda client: client.post(
        "/v1/policies/greetings/versions", json={"source": NEW}
    ),
    "uploaded with errors": lambda client: client.post(
        "/v1/policies/greetings/versions",
        json={"source": NEW.replace("confidence", "confidense", 1)},
    ),
    "report without a policy": lambda client: client.get("/v1/reports/sla?month=2026-01"),
    "report of no month": lambda client: client.get("/v1/reports/sla?month=13"),
    "shadow": lambda client: client.get("/v1/policies/greetings/versions/1.1.0/shadow"),
    "live": lambda client: client.get("/health/live"),
    "ready": lambda client: client.get("/health/ready"),
    "metrics": lambda client: client.get("/metrics"),
}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=list(REQUESTS))
def test_answers_are_as_described(client: TestClient[Service], request_: Any) -> None:
    response: httpx.Response = request_(client)
    described = document({}, __version__)
    closed = {**described, "components": _closed(described["components"])}
    operation = _of(response.request, closed)
    told = operation["responses"][str(response.status_code)]
    if "$ref" in told:
        told = closed["components"]["responses"][told["$ref"].rpartition("/")[2]]
    media = response.headers["Content-Type"].partition(";")[0]
    form = told["content"][media]["schema"]
    if media == PROBLEM:
        assert f"`{response.json()['code']}`" in told["description"]
    value = response.json() if media.endswith("json") else response.text
    assert faults(closed, form, value) == []
    always = {"Cache-Control", "Content-Length", "Content-Type"}
    always |= {"Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "Accept"}
    known = {each.lower() for each in always | set(told["headers"])}
    assert {name.lower() for name in response.headers} <= known
    for name in set(told["headers"]) & set(response.headers):
        header = closed["components"]["headers"][name]["schema"]
        assert faults(closed, header, response.headers[name]) == []


def _of(request: httpx.Request, described: dict[str, Any]) -> dict[str, Any]:
    for path, method, operation in operations(described):
        pattern = re.sub(r"{\w+}", "[^/]+", path)
        if re.fullmatch(pattern, request.url.path) and method == request.method.lower():
            return operation
    raise AssertionError(request.url)


def _closed(made: Any) -> Any:
    """With no room for what is not described."""
    match made:
        case {"properties": dict()}:
            inside = {name: _closed(of) for name, of in made.items()}
            return {**inside, "additionalProperties": False}
        case dict():
            return {name: _closed(of) for name, of in made.items()}
        case list():
            return [_closed(each) for each in made]
        case _:
            return made


def test_the_description_follows_what_is_live(client: TestClient[Service], folder: Path) -> None:
    first = client.get("/schema/openapi.json")
    assert first.headers["Content-Type"] == "application/json"
    assert (
        "version 1.0.0"
        in first.json()["paths"]["/v1/decisions/greetings/answer"]["post"]["description"]
    )
    tag = {"If-None-Match": first.headers["ETag"]}
    again = client.get("/schema/openapi.json", headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    options = ["--policies", str(folder), "--store", str(folder.parent / "bylaw.db")]
    result = CliRunner().invoke(main, ["live", "greetings@1.1.0", *options])
    assert result.exit_code == 0, result.output
    until = time.monotonic() + 20
    while (after := client.get("/schema/openapi.json", headers=tag)).status_code == 304:
        assert time.monotonic() < until
    assert "version 1.1.0" in after.text


class _Page(HTMLParser):
    """Every element with its attributes, all text, that of each `pre`, and what is still open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.blocks: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag == "pre":
            self.blocks.append("")
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] == "pre":
            self.blocks[-1] += data


def test_the_page_loads_nothing_and_runs_nothing(client: TestClient[Service]) -> None:
    response = client.get("/schema")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    style = response.text.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    allowed = response.headers["Content-Security-Policy"]
    assert allowed.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    read = _Page(response.text)
    assert read.open == []
    assert {tag for tag, _ in read.found}.isdisjoint({"script", "link", "img", "iframe", "form"})
    attributes = {name for _, attributes in read.found for name in attributes}
    assert attributes == {"lang", "charset", "name", "content", "class", "href", "id", "open"}


def test_every_link_of_the_page_leads_somewhere(
    described: dict[str, Any], sprache: dict[str, Any]
) -> None:
    for each in (described, sprache):
        read = _Page(page(each))
        ids = [attributes["id"] for _, attributes in read.found if "id" in attributes]
        assert len(set(ids)) == len(ids)
        links = {attributes["href"] for tag, attributes in read.found if tag == "a"}
        assert links - {f"#{id}" for id in ids} == {"/schema/openapi.json"}


def test_what_an_author_writes_is_text_on_the_page(sprache: dict[str, Any]) -> None:
    read = _Page(page(sprache))
    for written in ("Names in other <scripts>", "</script> & <b>", "the size & <more>", "größe"):
        assert written in read.text
    assert "/v1/decisions/sprache/ma%C3%9F" in sprache["paths"]


def test_a_line_for_the_shell_asks_what_its_example_says(client: TestClient[Service]) -> None:
    commands = [
        shlex.split(each)
        for each in _Page(client.get("/schema").text).blocks
        if each.startswith("curl -s http://127.0.0.1:8000/v1/decisions/greetings/answer ")
    ]
    assert len(commands) > 1
    for _, _, url, *_, body in commands:
        answer = client.post(url, json=json.loads(body))
        assert answer.status_code == 200, answer.text
