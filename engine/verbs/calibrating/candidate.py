"""New values of thresholds to the next version of a policy, and the page of what changes."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from engine.program.nodes import Program
from engine.verbs.calibrating.edit import edited
from engine.verbs.check import load
from engine.verbs.compare import bump_of, compare
from engine.verbs.comparing.models import Level
from engine.verbs.comparing.render import changes_markdown


@dataclass(frozen=True)
class Candidate:
    """`changes` is Markdown. An example of the old numbers may not hold now; `check` says so."""

    version: str
    text: str
    changes: str


def candidate(
    policy: Program,
    values: Mapping[str, float],
    versions: Collection[str],
    note: Callable[[str], None] = lambda _: None,
) -> Candidate:
    """The version number is raised by what changes, and past those that there are already. Raises
    NoSolverError, and PolicyError where the policy does not hold together with these values."""
    levels: tuple[Level, ...] = ("minor", "patch", "major")
    for level in levels:
        version = _next(policy.version, level, versions)
        source = edited(policy.source, values, version)
        changes = compare(policy, load(source), note=note)
        if bump_of(changes).level == level:
            break
    return Candidate(version, source.text, changes_markdown(changes))


def _next(version: str, level: Level, versions: Collection[str]) -> str:
    major, minor, patch = map(int, version.split("."))
    while True:
        match level:
            case "major":
                major, minor, patch = major + 1, 0, 0
            case "minor":
                minor, patch = minor + 1, 0
            case "patch":
                patch += 1
        found = f"{major}.{minor}.{patch}"
        if found not in versions:
            return found
