"""Rows that a new version decides otherwise, as they are found, to a Parquet file."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from engine.cli.screen import Wrong
from engine.language.values import write_instant

if TYPE_CHECKING:
    from engine.cli.history import Asked
    from engine.program.differing import Decided
    from engine.verbs.replay import Outcome

_TEXTS = (
    "row",
    "as_of",
    "direction",
    "old_outcome",
    "old_basis",
    "old_rule",
    "new_outcome",
    "new_basis",
    "new_rule",
    "case",
)
_MOST = 5_000


class Changed:
    """The file is there when `keep` was said and all of it is written. Without a path nothing is
    written."""

    def __init__(self, path: Path | None, asked: "Asked") -> None:
        self._path, self._asked = path, asked
        self._part: list[Mapping[str, Any]] = []
        self._kept = False
        self._writer: Any = None

    def __enter__(self) -> "Changed":
        if self._path is None:
            return self
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError as error:
            raise Wrong(
                "to write Parquet takes the package `pyarrow`", '`pip install "bylaw[history]"`'
            ) from error
        if self._path.suffix != ".parquet":
            raise Wrong(f"`{self._path}` does not end in .parquet", "name it so")
        names = [*_TEXTS, *(each for each in self._asked.keep if each not in _TEXTS)]
        self._schema = pyarrow.schema([(each, pyarrow.string()) for each in names])
        self._unfinished = self._path.with_name(f"{self._path.name}.unfinished")
        try:
            self._unfinished.unlink(missing_ok=True)
            self._unfinished.touch(mode=0o600, exist_ok=False)
            self._writer = parquet.ParquetWriter(self._unfinished, self._schema)
        except OSError as error:
            raise self._unwritable(error) from error
        return self

    def take(self, of: "Outcome") -> None:
        if self._writer is None or (of.kind is None and not of.refused):
            return
        assert of.old is not None
        assert of.new is not None
        row = of.row
        self._part.append(
            {
                **dict(zip(self._asked.keep, of.values, strict=True)),
                "row": row.name,
                "as_of": None if of.now is None else write_instant(of.now),
                "direction": "refused" if of.refused else of.direction,
                **_decided("old", of.old),
                **_decided("new", of.new),
                "case": json.dumps(row.case, ensure_ascii=False),
            }
        )
        if len(self._part) >= _MOST:
            self._write()

    def keep(self) -> None:
        self._kept = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is None:
            return
        try:
            self._write()
            self._writer.close()
            if self._kept and error is None and self._path is not None:
                self._unfinished.replace(self._path)
        except OSError as wrong:
            raise self._unwritable(wrong) from wrong
        finally:
            with suppress(OSError):
                self._unfinished.unlink(missing_ok=True)

    def _write(self) -> None:
        import pyarrow

        if self._part:
            self._writer.write_table(pyarrow.Table.from_pylist(self._part, self._schema))
            self._part = []

    def _unwritable(self, error: OSError) -> Wrong:
        reason = (error.strerror or str(error)).lower()
        return Wrong(
            f"`{self._path}` cannot be written: {reason}",
            "its folder must be there, with room, and be yours to write",
        )


def _decided(which: str, of: "Decided") -> dict[str, str]:
    return {
        f"{which}_outcome": json.dumps(of.outcome, ensure_ascii=False),
        f"{which}_basis": of.basis,
        f"{which}_rule": ", ".join(of.determining),
    }
