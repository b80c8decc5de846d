"""`GET /v1/policies/{name}/changes`: what is other in a second version, over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

import engine
from service.entrance import Service
from tests.served import NEW, policies_in, put, serving

LATER = NEW.replace("greetings 1.0.0", "greetings 1.1.0").replace('"lawyer"', '"lawyer", "court"')
BOTH = (("1.0.0", NEW), ("1.1.0", LATER))


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Service]]:
    folder = policies_in(tmp_path)
    put(folder, "greetings/1.1.0", LATER)
    with serving(folder) as client:
        yield client


def asked(client: TestClient[Service], query: str, **headers: str) -> Any:
    return client.get(f"/v1/policies/greetings/changes?{query}", headers=headers)


def test_it_is_what_the_verb_finds(client: TestClient[Service]) -> None:
    answer = asked(client, "from=1.0.0&to=1.1.0")
    assert answer.status_code == 200
    old, new = (engine.load(engine.Source(name, text)) for name, text in BOTH)
    assert answer.json() == engine.changes_record(engine.compare(old, new))
    (decision,) = answer.json()["decisions"]
    assert [each["direction"] for each in decision["regions"]] != []


def test_markdown_is_for_who_accepts_it(client: TestClient[Service]) -> None:
    answer = asked(client, "from=1.0.0&to=1.1.0", Accept="text/markdown")
    assert answer.headers["content-type"].startswith("text/markdown")
    assert answer.text.startswith("# greetings 1.0.0 → 1.1.0\n")


def test_asked_again_it_is_the_same(client: TestClient[Service]) -> None:
    first, second = (asked(client, "from=1.0.0&to=1.1.0").json() for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("from=1.0.0", 400, "malformed-request"),
        ("from=1.0.0&to=1.1.0&budget=9", 400, "malformed-request"),
        ("from=1.0.0&to=9.9.9", 404, "unknown-version"),
    ],
)
def test_a_wrong_question_is_a_problem(
    client: TestClient[Service], query: str, status: int, code: str
) -> None:
    answer = asked(client, query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
