"""Whatever strangers make of the service's own description, it answers as it describes.

`poe strangers` lets them ask for longer.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from service.auth import ROLES
from service.cli import main
from tests.live import ROOT, started

EXAMPLES = os.environ.get("STRANGERS", "5")
"""For each operation, beside those that cover its limits."""
STEP = 1 if "STRANGERS" in os.environ else 3
"""One of so many decisions is asked: they differ in their facts alone."""
PINS = ("version-asked", "Accept-Policy-Hash", "Idempotency-Key")
HELD = """
[checks.negative_data_rejection]
expected-statuses = ["4xx"]

# what fits the schemas may still be refused: a version that is not there, an instant that is none
[checks.positive_data_acceptance]
enabled = false
"""


@dataclass(frozen=True)
class Described:
    url: str
    authorization: str
    document: dict[str, Any]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    """A service with keys, and a key that may do everything."""
    folder = tmp_path_factory.mktemp("described")
    shutil.copytree(ROOT / "policies", folder / "policies")
    roles = [word for role in ROLES for word in ("--role", role)]
    store = ["--store", str(folder / "bylaw.db")]
    made = CliRunner().invoke(main, ["keys", "create", "stranger", *roles, *store])
    shown = f"Bearer {made.stdout.split()[0]}"
    with started(folder / "policies") as server:
        path = f"{server.url}/schema/openapi.json"
        document = httpx.get(path, headers={"Authorization": shown}).json()
        yield Described(server.url, shown, document)


def is_of_a_policy(path: str) -> bool:
    return path.startswith("/v1/decisions/") and "{" not in path


def test_what_is_asked_of_the_service_is_answered_as_described(
    described: Described, tmp_path: Path
) -> None:
    paths = described.document["paths"]
    asked = {path: item for path, item in paths.items() if not is_of_a_policy(path)}
    ask(described, asked, tmp_path)


def test_what_is_asked_of_a_policy_is_answered_as_described(
    described: Described, tmp_path: Path
) -> None:
    """Without pins: those that are made up pin nothing, and nothing would be decided."""
    paths = described.document["paths"]
    chosen = [path for path in paths if is_of_a_policy(path)][::STEP]
    asked = {path: paths[path] for path in chosen}
    for item in asked.values():
        taken = item["post"]["parameters"]
        item["post"]["parameters"] = [each for each in taken if not each["$ref"].endswith(PINS)]
    ask(described, asked, tmp_path)


def ask(described: Described, paths: dict[str, Any], folder: Path) -> None:
    (folder / "held.toml").write_text(HELD, encoding="utf-8")
    document = json.dumps({**described.document, "paths": paths})
    (folder / "openapi.json").write_text(document, encoding="utf-8")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "held.toml", "run"]
    key = ["--header", f"Authorization:{described.authorization}"]
    limits = ["--max-examples", EXAMPLES, "--seed", "1", "--warnings", "off", "--no-color"]
    done = subprocess.run(
        [*command, "openapi.json", "--url", described.url, *key, *limits],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
