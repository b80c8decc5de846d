"""What strangers send is answered or ended, and honest callers lose nothing by it.

`python -m tests.hostile 10000` goes on where these stop.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.answers import PROBLEM, Answer, wrong
from tests.hostile.attacks import Attack
from tests.hostile.siege import siege

_MUCH = 50_000_000


def test_a_thousand_attacks_are_borne(tmp_path: Path) -> None:
    found = siege(range(1_000), tmp_path, 1)
    assert found.wrong == []
    assert found.refused == []
    assert found.honest >= 100
    assert found.lost == set()
    assert found.left_open == 0
    assert {"200", "400", "401", "404", "405", "408", "413", "415", "422", "431"} <= {
        *found.statuses
    }
    _, half, end = found.resident
    assert end - half < _MUCH


TOLD = {
    **{"type": "about:blank", "title": "Not Found", "status": 404, "code": "not-found"},
    **{"detail": "there is nothing", "request_id": "a", "errors": []},
}
HEADERS = {"content-type": PROBLEM, "x-request-id": "a"}


@pytest.mark.parametrize(
    ("status", "headers", "told"),
    [
        (500, HEADERS, {**TOLD, "status": 500, "code": "internal-error"}),
        (404, {**HEADERS, "content-type": "text/plain"}, TOLD),
        (404, {**HEADERS, "content-type": "application/json"}, TOLD),
        (404, {"content-type": PROBLEM}, TOLD),
        (404, {**HEADERS, "x-injected": "1"}, TOLD),
        (400, HEADERS, TOLD),
        (404, HEADERS, {**TOLD, "request_id": "b"}),
        (404, HEADERS, {**TOLD, "code": "teapot"}),
        (409, HEADERS, {**TOLD, "status": 409, "code": "unknown-policy"}),
        (404, HEADERS, {"detail": "there is nothing"}),
        (200, HEADERS, TOLD),
    ],
)
def test_a_wrong_answer_would_be_found(status: int, headers: dict[str, str], told: Any) -> None:
    asked = Attack("path", "main", (), ("GET",))
    body = json.dumps(TOLD).encode()
    assert wrong(asked, Answer(404, HEADERS, body)) is None
    assert wrong(asked, Answer(status, headers, json.dumps(told).encode())) is not None
