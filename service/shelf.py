"""The policies that are loaded, and which version of each is live."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from engine import Library, LibraryError, PolicyError, Program, load, render

_LOG = logging.getLogger("bylaw")


@dataclass(frozen=True)
class Shelf:
    """`programs` by name and version. `live` says which version decides, loaded or not; `broken`
    are references of what could not be loaded."""

    programs: Mapping[str, Mapping[str, Program]]
    live: Mapping[str, str]
    broken: tuple[str, ...] = ()

    def names(self) -> list[str]:
        """Every policy that anybody could ask for."""
        return sorted(
            {*self.programs, *self.live, *(each.partition("@")[0] for each in self.broken)}
        )

    def active(self, name: str) -> Program | None:
        return self.version(name, self.live.get(name, ""))

    def version(self, name: str, version: str) -> Program | None:
        return self.programs.get(name, {}).get(version)

    def hashed(self, name: str, hash: str) -> Program | None:
        """The loaded version with this content."""
        loaded = self.programs.get(name, {}).values()
        return next((program for program in loaded if program.content_hash == hash), None)


def fill(library: Library) -> Shelf:
    """Everything that loads; what does not is logged and stops nothing else.

    `live.toml` says what is live; without that file it is the newest version of each policy.
    """
    programs: dict[str, dict[str, Program]] = {}
    broken = []
    for reference in library.references():
        name, _, version = reference.partition("@")
        program = _loaded(library, reference)
        if program is None:
            broken.append(reference)
        else:
            programs.setdefault(name, {})[version] = program
    live = library.live()
    if live is None:
        live = {name: library.versions(name)[-1] for name in library.names()}
    for name in sorted(live):
        if live[name] not in programs.get(name, {}):
            _LOG.error("%s@%s is to be live and is not loaded", name, live[name])
    return Shelf(programs, live, tuple(broken))


def _loaded(library: Library, reference: str) -> Program | None:
    """None where the file has errors, or is another policy than its place says."""
    try:
        program = load(library.source(reference))
    except PolicyError as errors:
        findings = "\n\n".join(render(finding) for finding in errors.findings)
        _LOG.error("%s is not loaded:\n%s", reference, findings)
        return None
    except LibraryError as missing:
        _LOG.error("%s is not loaded: %s", reference, missing)
        return None
    if f"{program.name}@{program.version}" != reference:
        _LOG.error("%s is not loaded: it is %s@%s", reference, program.name, program.version)
        return None
    return program
