"""What a lint is: one thing to look for in a tree, with policies that have it and others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from engine.diagnostics.base import Diagnostic
from engine.syntax import nodes as syntax


@dataclass(frozen=True)
class Lint:
    """`valid` and `invalid` are declarations to stand under a header, or whole files."""

    says: type[Diagnostic]
    find: Callable[[syntax.File], Iterable[Diagnostic]]
    doc: str
    valid: tuple[str, ...]
    invalid: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.says.code()
