"""A source to its text in the layout that every policy has."""

from dataclasses import dataclass

from engine.diagnostics.base import Finding
from engine.source import Source
from engine.syntax.parse import parse
from engine.syntax.write import write


@dataclass(frozen=True)
class Tidied:
    """`text` is None where the source could not be read, and `findings` say why."""

    text: str | None
    findings: tuple[Finding, ...] = ()


def tidy(source: Source) -> Tidied:
    parsed = parse(source)
    if parsed.tree is None:
        return Tidied(None, parsed.findings)
    return Tidied(write(parsed.tree, source.text), parsed.findings)
