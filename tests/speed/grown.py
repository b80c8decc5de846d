"""Policies grown to a size: tables of many rows, files of many lines."""

import re
from pathlib import Path

HANDOFF = Path(__file__).parents[2] / "policies" / "handoff" / "1.0.0.bylaw"


def table_of(rows: int) -> str:
    """A first-match table over one enum and one number range."""
    kinds = max(1, rows // 100)
    members = ", ".join(f"kind_{number}" for number in range(kinds))
    bands = rows // kinds
    lines = [
        f"  | kind_{kind} | {band / bands} ..< {(band + 1) / bands} | {kind * bands + band} |"
        for kind in range(kinds)
        for band in range(bands)
    ]
    return "\n".join(
        [
            "bylaw 1\n\npolicy grown 1.0.0\n",
            f"enum Kind: {members}\n",
            "table points(kind: Kind, share: number 0 .. 1): number",
            "  | kind | share | points |",
            *lines,
            "  | - | - | 0 |\n",
        ]
    )


def lines_of(count: int) -> str:
    """Handoff once more and once more, each copy under names of its own, to so many lines."""
    head, _, body = (
        HANDOFF.read_text(encoding="utf-8").partition("# What is promised")[0].partition("# Facts")
    )
    declared = re.compile(
        r"^(?:enum|record|threshold|list|whitelist|trigger|table|define|decision) (\w+)",
        re.MULTILINE,
    )
    names = declared.findall(body)
    text, number = head + body, 1
    while text.count("\n") < count:
        number += 1
        copy = body
        for name in sorted(names, key=len, reverse=True):
            copy = _renamed(copy, name, f"{name}_{number}")
        text += "\n" + copy
    return text


def _renamed(text: str, name: str, new: str) -> str:
    return re.sub(rf"(?<![\w.\"]){name}(?![\w\"])", new, text)
