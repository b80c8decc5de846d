"""Policies on disk: from a path or a reference to their sources, and which are live and released.

The only reader of disk. A library is a folder of `<name>/<version>.bylaw`. A reference is
`name@version`, or `name` for its newest version.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.language.nearest import nearest
from engine.source import Source

ENDING = ".bylaw"


@dataclass(eq=False)
class LibraryError(Exception):
    """Something asked for is not there or cannot be read: what, and what would help."""

    message: str
    help: str | None = None

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Library:
    folder: Path

    def names(self) -> list[str]:
        """The policies of which there is a version."""
        if not self.folder.is_dir():
            return []
        return sorted(each.name for each in self.folder.iterdir() if self.versions(each.name))

    def versions(self, name: str) -> list[str]:
        """From the oldest to the newest."""
        found = [path.stem for path in (self.folder / name).glob(f"*{ENDING}")]
        return sorted((each for each in found if version_number(each)), key=version_number)

    def references(self) -> list[str]:
        return [f"{name}@{version}" for name in self.names() for version in self.versions(name)]

    def misnamed(self) -> list[Path]:
        """Files of policies that no reference means, below the folder."""
        known = {
            self.folder / name / f"{version}{ENDING}"
            for name in self.names()
            for version in self.versions(name)
        }
        return [
            path.relative_to(self.folder) for path in policies_in(self.folder) if path not in known
        ]

    def path(self, reference: str) -> Path:
        """The one file that a reference or a path means."""
        if not self._means_path(reference):
            return self._referred(reference)
        path = Path(reference)
        if path.is_dir():
            raise LibraryError(f"`{reference}` is a folder", "name one policy in it")
        if not path.is_file():
            raise LibraryError(f"there is no file `{reference}`")
        return path

    def paths(self, reference: str) -> list[Path]:
        """The file meant, or all policies in the folder meant."""
        folder = Path(reference)
        if folder.is_dir() and self._means_path(reference):
            return policies_in(folder)
        return [self.path(reference)]

    def source(self, reference: str) -> Source:
        return read(self.path(reference))

    def place(self, path: Path) -> tuple[str, str] | None:
        """The name and version under which a file stands here; None where it stands elsewhere."""
        if path.resolve().parent.parent != self.folder.resolve():
            return None
        return path.resolve().parent.name, path.stem

    def live(self) -> Mapping[str, str] | None:
        """The live version of each policy, by `live.toml`; None where there is no such file."""
        return self._table("live.toml")

    def released(self) -> Mapping[str, str]:
        """The content hash of each released `name@version`, by `released.toml`."""
        return self._table("released.toml") or {}

    def _means_path(self, reference: str) -> bool:
        if "/" in reference or "\\" in reference or reference.endswith((".", ENDING)):
            return True
        return bool(reference) and Path(reference).exists() and not self.versions(reference)

    def _referred(self, reference: str) -> Path:
        name, at, version = reference.partition("@")
        versions = self.versions(name) if name else []
        if not versions:
            raise self._unknown_name(name)
        if not at:
            version = versions[-1]
        if version not in versions:
            raise LibraryError(
                f"there is no version `{version}` of `{name}`", f"there is {_listed(versions)}"
            )
        return self.folder / name / f"{version}{ENDING}"

    def _unknown_name(self, name: str) -> LibraryError:
        names = self.names()
        near = nearest(name, names)
        if near:
            cure = f"did you mean `{near}`?"
        elif names:
            cure = f"there is {_listed(names)}"
        else:
            cure = f"there are no policies in `{self.folder}`; `--policies` names another folder"
        return LibraryError(f"there is no policy `{name}`", cure)

    def _table(self, name: str) -> Mapping[str, str] | None:
        path = self.folder / name
        if not path.exists():
            return None
        try:
            table = tomllib.loads(read(path).text)
        except tomllib.TOMLDecodeError as error:
            raise LibraryError(f"`{path}` is not TOML: {_lowered(str(error))}") from error
        for key, value in table.items():
            if not isinstance(value, str):
                raise LibraryError(
                    f"`{path}` says something of `{key}` that is no text", _quoted(key)
                )
        return table


def read(path: Path | str) -> Source:
    """A file as a source named by its path; line ends become plain newlines."""
    try:
        return Source(str(path), Path(path).read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise LibraryError(
            f"`{path}` is not UTF-8 text: see line {line}", "save it with the encoding UTF-8"
        ) from error
    except OSError as error:
        raise LibraryError(f"`{path}` cannot be read: {_lowered(error.strerror)}") from error


def write(path: Path, text: str) -> None:
    """Makes the folders that are missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise LibraryError(f"`{path}` cannot be written: {_lowered(error.strerror)}") from error


def policies_in(folder: Path) -> list[Path]:
    """Every policy file in a folder and its folders, versions in their order."""
    return sorted(
        folder.rglob(f"*{ENDING}"), key=lambda path: (path.parent, version_number(path.stem), path)
    )


def version_number(version: str) -> tuple[int, ...]:
    """Three numbers, or nothing where it is no version."""
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return ()
    return tuple(int(part) for part in parts)


def _listed(words: Sequence[str]) -> str:
    shown = ", ".join(f"`{word}`" for word in words[-8:])
    return f"{shown} and others" if len(words) > 8 else shown


def _quoted(key: str) -> str:
    return f'write the value between quotes, as `{key} = "1.0.0"`'


def _lowered(message: str | None) -> str:
    return message[:1].lower() + message[1:] if message else "for an unknown reason"
