"""New values of thresholds to the edit that a policy's text needs: their numbers, and the version.
Everything else stays as its author laid it out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import unified_diff

from engine.language.values import write_number
from engine.source import Source
from engine.syntax import nodes as syntax
from engine.syntax.parse import parse


@dataclass(frozen=True)
class Stale:
    """A threshold whose reason still tells the number that it had."""

    name: str
    written: str


def edited(source: Source, values: Mapping[str, float], version: str | None = None) -> Source:
    """With these numbers; where a version is given, as that."""
    tree = _tree(source)
    places = [
        (each.value.span.start, each.value.span.end, _written(each.value, values[each.name.text]))
        for each in _thresholds(tree, values)
    ]
    if version is not None:
        places.append((*_version(source, tree), version))
    text = source.text
    for start, end, new in sorted(places, reverse=True):
        text = text[:start] + new + text[end:]
    return Source(source.name, text)


def stale_reasons(source: Source, values: Mapping[str, float]) -> tuple[Stale, ...]:
    found = []
    for each in _thresholds(_tree(source), values):
        written = each.value.written if isinstance(each.value, syntax.Number) else ""
        number = rf"(?<![\d.]){re.escape(written)}(?!\.?\d)"
        if written and each.because and re.search(number, each.because):
            found.append(Stale(each.name.text, written))
    return tuple(found)


def difference(old: Source, new: Source) -> str:
    """The lines that are other, as a diff without its heading."""
    lines = unified_diff(old.text.splitlines(), new.text.splitlines(), lineterm="", n=0)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def _tree(source: Source) -> syntax.File:
    tree = parse(source).tree
    if tree is None:
        raise ValueError(f"{source.name} cannot be read")
    return tree


def _thresholds(tree: syntax.File, values: Mapping[str, float]) -> list[syntax.Threshold]:
    return [
        each
        for each in tree.declarations
        if isinstance(each, syntax.Threshold) and each.name.text in values
    ]


def _written(old: syntax.Expression, value: float) -> str:
    """With as many decimals as the author wrote, at least, and all that it has."""
    text = f"{Decimal(write_number(value)):f}"
    decimals = len(old.written.partition(".")[2]) if isinstance(old, syntax.Number) else 0
    return text if len(text.partition(".")[2]) >= decimals else f"{value:.{decimals}f}"


def _version(source: Source, tree: syntax.File) -> tuple[int, int]:
    start = tree.header.name.span.end
    at = source.text.index(tree.header.version, start)
    return at, at + len(tree.header.version)
