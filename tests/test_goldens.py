"""Goldens stand beside their cases, and nowhere else."""

from collections.abc import Callable
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


def test_a_golden_is_the_file_beside_its_case(
    golden: Callable[[Path, str, str], None], tmp_path: Path
) -> None:
    (tmp_path / "1.0.0.changes.md").write_text("größer\n", encoding="utf-8")
    golden(tmp_path / "1.0.0.bylaw", "größer\n", "changes.md")


def test_no_golden_outlives_its_case() -> None:
    orphans = [
        path.relative_to(CORPUS)
        for path in CORPUS.rglob("*")
        if path.is_file() and not _has_case(path)
    ]
    assert orphans == []


def _has_case(path: Path) -> bool:
    return any(path.name.startswith(f"{case.stem}.") for case in path.parent.glob("*.bylaw"))
