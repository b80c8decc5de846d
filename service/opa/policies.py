"""The live policies as OPA lists its modules: a name, the source, and as much of a syntax tree as
clients read to find the package and its rules."""

from collections.abc import Mapping
from typing import Any

from engine import Program
from service.opa.answers import Answer
from service.opa.documents import decisions_of, unknown
from service.problems import ProblemError


def list_policies(programs: Mapping[str, Program]) -> Answer:
    return Answer(200, {"result": [_module(programs[name]) for name in sorted(programs)]})


def policy(programs: Mapping[str, Program], id: str) -> Answer:
    if id not in programs:
        raise ProblemError(404, "unknown-policy", unknown("policy", id, programs))
    return Answer(200, {"result": _module(programs[id])})


def provenance(programs: Mapping[str, Program], version: str) -> dict[str, Any]:
    """A bundle for each policy, of which the revision is the hash of its content."""
    bundles = {name: {"revision": each.content_hash} for name, each in sorted(programs.items())}
    return {"version": version, "bundles": bundles}


def _module(program: Program) -> dict[str, Any]:
    path = [{"type": "var", "value": "data"}, {"type": "string", "value": program.name}]
    rules = [{"head": {"name": name}} for name in decisions_of(program)]
    return {
        "id": program.name,
        "raw": program.source.text,
        "ast": {"package": {"path": path}, "rules": rules},
    }
