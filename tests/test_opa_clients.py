"""OPA's own clients, unchanged, against a door that really serves."""

import asyncio
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from opa_client import AsyncOpaClient, OpaClient  # type: ignore[import-untyped]
from opa_client.errors import (  # type: ignore[import-untyped]
    ConnectionsError,
    DeleteDataError,
    DeletePolicyError,
    PatchDataError,
    PolicyNotFoundError,
    RegoParseError,
)

from service.problems import ProblemError
from tests.opa_desk import SHIPPED, Desk, door

CASE: dict[str, Any] = {
    "intents": [{"name": "return_request", "confidence": 0.8}],
    "message": "I would like to send it back",
    "channel": "messenger",
}
TOKEN = "secret"


@contextmanager
def serving(desk: Desk) -> Iterator[int]:
    """The port at which it is served."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(door(desk), log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(timeout=10)


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk("handoff@1.0.0", keys={TOKEN: "middleware"})


@pytest.fixture(scope="module")
def port(desk: Desk) -> Iterator[int]:
    with serving(desk) as port:
        yield port


@pytest.fixture
def client(port: int) -> Iterator[OpaClient]:
    with OpaClient(host="127.0.0.1", port=port, token=TOKEN, retries=0, timeout=10) as client:
        yield client


def test_the_connection_is_checked(client: OpaClient, port: int) -> None:
    assert client.check_connection() is True
    assert client.check_health({"bundles": True, "plugins": True}) is True
    assert client.wait_for_ready(timeout=10) is True
    with OpaClient(host="127.0.0.1", port=port, retries=0) as stranger:
        assert stranger.check_health() is True
        with pytest.raises(ConnectionsError):
            stranger.check_connection()


def test_a_rule_is_a_decision(client: OpaClient, desk: Desk) -> None:
    told = client.query_rule(CASE, "handoff", "handoff")
    assert told["result"]["action"] == "acknowledge_and_route"
    assert desk.journal[told["decision_id"]][0] == "middleware"


@pytest.mark.parametrize(
    ("package", "rule"), [("handoff.handoff", "action"), ("handoff", "handoff/action")]
)
def test_dotted_packages_and_paths_lead_there(client: OpaClient, package: str, rule: str) -> None:
    assert client.query_rule(CASE, package, rule)["result"] == "acknowledge_and_route"


def test_a_package_holds_its_rules(client: OpaClient) -> None:
    assert list(client.query_rule(CASE, "handoff")["result"]) == ["handoff"]


def test_words_of_the_query_are_understood(client: OpaClient) -> None:
    words = {"metrics": True, "pretty": True, "explain": "full", "provenance": True}
    told = client.query_rule(CASE, "handoff", "handoff", query_params=words)
    assert told["metrics"]["timer_rego_query_eval_ns"] > 0
    assert list(told["provenance"]["bundles"]) == ["handoff"]


def test_a_rule_that_is_not_there_is_undefined(client: OpaClient) -> None:
    assert "result" not in client.query_rule(CASE, "handoff", "allow")


def test_a_refused_case_is_decided_safely(client: OpaClient) -> None:
    assert (
        client.query_rule({"channel": "fax"}, "handoff", "handoff")["result"]["action"] == "route"
    )


def test_documents_are_read(client: OpaClient) -> None:
    assert client.get_data()["result"] == {"handoff": {}}
    params = {"input": json.dumps(CASE)}
    told = client.get_data("handoff/handoff/action", query_params=params)
    assert told["result"] == "acknowledge_and_route"
    with pytest.raises(PolicyNotFoundError):
        client.get_data("nobody")


def test_policies_are_listed_and_saved(client: OpaClient, tmp_path: Path) -> None:
    source = SHIPPED.source("handoff@1.0.0").text
    assert client.get_policies_list() == ["handoff"]
    assert client.get_policy("handoff")["result"]["raw"] == source
    at = f"{client.root_url}/data/handoff"
    assert client.get_policies_info() == {"handoff": {"path": at, "rules": [f"{at}/handoff"]}}
    assert client.policy_to_file("handoff", str(tmp_path), "saved") is True
    assert (tmp_path / "saved").read_text(encoding="utf-8") == source
    with pytest.raises(PolicyNotFoundError, match="there is no policy `nobody`"):
        client.get_policy("nobody")


def test_nothing_is_written(client: OpaClient) -> None:
    with pytest.raises(RegoParseError):
        client.update_policy_from_string("package handoff", "handoff")
    with pytest.raises(RegoParseError):
        client.update_or_create_data({}, "handoff")
    with pytest.raises(PatchDataError):
        client.patch_data("handoff", [])
    with pytest.raises(DeletePolicyError):
        client.delete_policy("handoff")
    with pytest.raises(DeleteDataError):
        client.delete_data("handoff")


def test_no_rego_is_evaluated(client: OpaClient) -> None:
    for ask in (client.ad_hoc_query, client.compile_query):
        with pytest.raises(requests.HTTPError, match="404"):
            ask("data.handoff.handoff")


def test_who_shows_no_token_is_told(port: int) -> None:
    with (
        OpaClient(host="127.0.0.1", port=port, retries=0) as stranger,
        pytest.raises(requests.HTTPError, match="401"),
    ):
        stranger.query_rule(CASE, "handoff", "handoff")


def test_the_client_that_does_not_wait_is_answered_alike(port: int) -> None:
    async def asked() -> Any:
        async with AsyncOpaClient(host="127.0.0.1", port=port, token=TOKEN) as client:
            assert await client.check_connection() is True
            return await client.query_rule(CASE, "handoff.handoff", "action")

    assert asyncio.run(asked())["result"] == "acknowledge_and_route"


FULL = {"code": "internal_error", "message": "the journal is full"}
NPM = ["@open-policy-agent/opa@2.0.0", "@open-policy-agent/ucast-prisma@0.1.6", "zod@4.1.8"]


def test_the_client_of_npm_is_answered_alike(desk: Desk, port: int) -> None:
    folder = _npm()
    often = ProblemError(429, "too-many-requests", "too often")
    with (
        serving(Desk("handoff@1.0.0", room=1)) as nearly_full,
        serving(Desk("handoff@1.0.0", room=0)) as full,
        serving(Desk("handoff@1.0.0", room=0, full=often)) as busy,
    ):
        ports = {"url": port, "nearlyFull": nearly_full, "full": full, "busy": busy}
        addresses = {name: f"http://127.0.0.1:{each}" for name, each in ports.items()}
        given = {**addresses, "token": TOKEN, "input": CASE, "refused": {"channel": "fax"}}
        told = json.loads(_run("node", "opa_client.mjs", json.dumps(given), folder=folder))
    outcome = desk.journal[told["low"]["decisionId"]][1].outcome
    assert told == {
        "outcome": outcome,
        "field": "acknowledge_and_route",
        "converted": False,
        "unset": True,
        "nowhere": True,
        "refused": "route",
        "without": "route",
        "default": outcome,
        "batch": {"a": "acknowledge_and_route", "b": "route"},
        "mixed": {"a": "acknowledge_and_route", "b": {"httpStatusCode": "500", **FULL}},
        "failed": {"b": FULL},
        "busy": "SDKError: API error occurred: Status 429 Content-Type application/json",
        "large": "ClientError: request body too large: at most 10000 bytes are read",
        "stranger": "SDKError: API error occurred: Status 401 Content-Type application/json",
        "healthy": {},
        "low": {
            "decisionId": told["low"]["decisionId"],
            "metrics": [
                "counter_server_query_cache_hit",
                "timer_rego_input_parse_ns",
                "timer_rego_query_eval_ns",
                "timer_server_handler_ns",
            ],
            "result": "acknowledge_and_route",
            "revision": desk.policies()["handoff"].content_hash,
        },
    }


def _npm() -> Path:
    """A folder with the client, kept from run to run; skips where it cannot be had."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("there is no node")
    folder = Path(__file__).parents[1] / ".build" / "opa-client"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "zod").is_dir():
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        try:
            _run(
                "npm",
                "install",
                "--no-package-lock",
                "--no-audit",
                "--no-fund",
                *NPM,
                folder=folder,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"the client cannot be installed: {error}")
    shutil.copy(Path(__file__).with_name("opa_client.mjs"), folder)
    return folder


def _run(*command: str, folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, timeout=60, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout
