"""The locked lists under .ci hold what pyproject.toml asks for, by hash and without addresses."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LISTS = {
    "runtime.txt": ("build",),
    "requirements.txt": ("build", "dev", "docs"),
    "benchmark.txt": ("benchmark",),
}


@pytest.mark.parametrize("name", LISTS)
def test_what_is_asked_for_is_locked(name: str) -> None:
    locked = _locked(name)
    for asked in _asked(name):
        versions = locked.get(canonicalize_name(asked.name), [])
        assert any(version in asked.specifier for version in versions), f"{asked}: run `poe lock`"


@pytest.mark.parametrize("name", LISTS)
def test_every_locked_package_has_a_hash_and_no_address(name: str) -> None:
    entries = _entries(name)
    assert entries
    for entry in entries:
        assert re.fullmatch(r"[\w.-]+==[\w.]+( ; [^\\]+)?( --hash=sha256:[0-9a-f]{64})+", entry)


def _asked(name: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups: dict[str, list[Any]] = project["dependency-groups"]
    asked = [line for group in LISTS[name] for line in groups[group] if isinstance(line, str)]
    if name != "benchmark.txt":
        asked += project["project"]["dependencies"]
    return [Requirement(line) for line in asked]


def _locked(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in _entries(name):
        package, version = entry.split(" ")[0].split("==")
        found.setdefault(canonicalize_name(package), []).append(version)
    return found


def _entries(name: str) -> list[str]:
    text = (ROOT / ".ci" / name).read_text(encoding="utf-8")
    return re.sub(r" *\\\n *", " ", text).splitlines()
