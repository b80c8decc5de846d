"""A report to a sheet: a line for each figure of each domain, as CSV."""

import csv
import io
from collections.abc import Mapping
from typing import Any

COLUMNS = (
    "month", "as_of", "domain", "name", "detected", "figure", "value", "change", "yes", "of",
    "level", "left_out", "because",
)  # fmt: skip


def as_csv(report: Mapping[str, Any]) -> str:
    """Rates are shares of 1, and empty where nothing was counted."""
    text = io.StringIO()
    sheet = csv.DictWriter(text, COLUMNS, restval="", extrasaction="ignore", lineterminator="\r\n")
    sheet.writeheader()
    for section in report["sections"]:
        for name, figure in section["figures"].items():
            left = figure["left_out"]
            because = "; ".join(f"{why}: {count}" for why, count in left.items())
            told = {"figure": name, "left_out": sum(left.values()), "because": because}
            sheet.writerow({**report, **section, **figure, **told})
    return text.getvalue()
