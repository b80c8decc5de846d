"""For every test: the Hypothesis profiles, and `golden`, a text kept in a file beside its case."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from syrupy.assertion import SnapshotAssertion
from syrupy.data import SnapshotCollections
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

settings.register_profile("fast", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=200, deadline=None, derandomize=True, database=None)
settings.register_profile("deep", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "fast"))


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> Callable[[Path, str, str], None]:
    """`golden(case, text, ending)` holds the text against `<case>.<ending>` beside the case."""

    def hold(case: Path, text: str, ending: str) -> None:
        __tracebackhide__ = True
        beside = case.with_suffix(f".{ending}")
        assert text == snapshot(name=str(beside), extension_class=BesideTheCase)

    return hold


class BesideTheCase(SingleFileSnapshotExtension):
    """The name of the snapshot is its path."""

    _write_mode = WriteMode.TEXT

    @classmethod
    def get_location(cls, *, test_location: PyTestLocation, index: SnapshotIndex) -> str:
        return str(index)

    @classmethod
    def matches_test_location(
        cls, *, test_location: PyTestLocation, snapshot_location: str
    ) -> bool:
        return True

    def discover_snapshots(
        self, *, test_location: PyTestLocation, ignore_extensions: list[str] | None = None
    ) -> SnapshotCollections:
        return SnapshotCollections()  # what is unused is deleted, and the cases stand here too
