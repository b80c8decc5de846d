"""The policies that are loaded, and which version of each is live."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine import Finding, Library, LibraryError, PolicyError, Program, Source, load


@dataclass(frozen=True)
class Trouble:
    """Why a version is not loaded, or not as its file says."""

    message: str
    help: str | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Shelf:
    """`programs` by name and version. `live` says which version decides, loaded or not; `troubles`
    are by reference; `last` has what was live last of a policy of which nothing is live now."""

    programs: Mapping[str, Mapping[str, Program]]
    live: Mapping[str, str]
    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    last: Mapping[str, Program] = field(default_factory=dict)

    def names(self) -> list[str]:
        """Every policy that anybody could ask for."""
        return sorted(
            {*self.programs, *self.live, *(each.partition("@")[0] for each in self.troubles)}
        )

    def active(self, name: str) -> Program | None:
        return self.version(name, self.live.get(name, ""))

    def actives(self) -> dict[str, Program]:
        """The live program of each policy that has one, by name."""
        return {name: found for name in self.names() if (found := self.active(name))}

    def version(self, name: str, version: str) -> Program | None:
        return self.programs.get(name, {}).get(version)

    def hashed(self, name: str, hash: str) -> Program | None:
        """The loaded version with this content."""
        loaded = self.programs.get(name, {}).values()
        return next((program for program in loaded if program.content_hash == hash), None)

    def references(self) -> list[str]:
        """Each with its content, as `name@version hash`."""
        return [f"{each.name}@{each.version} {each.content_hash}" for each in self.every()]

    def every(self) -> Iterable[Program]:
        return (program for versions in self.programs.values() for program in versions.values())


def fill(library: Library, before: Shelf | None = None) -> Shelf:
    """Everything in the folder that loads; what does not stops nothing else, and displaces nothing
    that was loaded before. A file that says what it said before is not read again."""
    known = {each.source: each for each in before.every()} if before is not None else {}
    try:
        released = library.released()
    except LibraryError as error:
        return Shelf(
            before.programs if before is not None else {},
            {},
            {each: Trouble(error.message, error.help) for each in library.references()},
        )
    programs: dict[str, dict[str, Program]] = {}
    troubles = {}
    for reference in library.references():
        name, _, version = reference.partition("@")
        loaded = _loaded(library, reference, known)
        if isinstance(loaded, Program) and released.get(reference) not in (
            None,
            loaded.content_hash,
        ):
            loaded = changed(loaded)
        if isinstance(loaded, Trouble):
            troubles[reference] = loaded
            earlier = before.version(name, version) if before is not None else None
            if earlier is None:
                continue
            loaded = earlier
        programs.setdefault(name, {})[version] = loaded
    return Shelf(programs, {}, {**troubles, **_misnamed(library)})


def _misnamed(library: Library) -> dict[str, Trouble]:
    """A file whose name is no version would wait in vain to be loaded."""
    troubles = {}
    for path in library.misnamed():
        name = path.parts[0] if len(path.parts) > 1 else path.stem
        place = path.relative_to(name) if len(path.parts) > 1 else path
        numbers = re.findall(r"\d+", path.stem)
        version = ".".join(numbers) if len(numbers) == 3 else "1.0.0"
        reference = f"{name}@{place.with_suffix('').as_posix()}"
        troubles[reference] = Trouble(
            f"`{path}` is not where a version stands",
            f"a version is three numbers, as in `{name}/{version}{path.suffix}`",
        )
    return troubles


def said_live(library: Library) -> Mapping[str, str]:
    """By `live.toml`; without that file it is the newest version of each policy."""
    live = library.live()
    return {name: library.versions(name)[-1] for name in library.names()} if live is None else live


def _loaded(library: Library, reference: str, known: Mapping[Source, Program]) -> Program | Trouble:
    """A trouble where the file has errors, or is another policy than its place says."""
    try:
        source = library.source(reference)
        program = known.get(source) or load(source)
    except PolicyError as errors:
        return Trouble("the file has errors", findings=tuple(errors.findings))
    except LibraryError as missing:
        return Trouble(missing.message, missing.help)
    itself = f"{program.name}@{program.version}"
    if itself != reference:
        return Trouble(f"the file stands as {reference} and is {itself}")
    return program


def changed(program: Program) -> Trouble:
    return Trouble(
        f"{program.name} {program.version} was released, and its file says something else since;"
        " the one that was released goes on",
        "take the change back, or make it in a file with a higher version",
    )
