"""What the engine says: a diagnostic is one mistake with its facts; a finding is a diagnostic in
its source."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from engine.source import Source, Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Place:
    """A second place that a complaint speaks of, with what is to be said of it."""

    span: Span
    label: str


@dataclass(frozen=True, kw_only=True)
class Diagnostic(ABC):
    """The base of everything the engine can say about a policy; a subclass is one code and has one
    page."""

    span: Span
    severity: ClassVar[Severity] = "error"

    @classmethod
    def code(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    @abstractmethod
    def message(self) -> str: ...

    def help(self) -> str | None:
        return None

    def places(self) -> Sequence[Place]:
        return ()


@dataclass(frozen=True)
class Finding:
    """One complaint, ready to be shown."""

    source: Source
    diagnostic: Diagnostic

    @property
    def code(self) -> str:
        return self.diagnostic.code()

    @property
    def severity(self) -> Severity:
        return self.diagnostic.severity

    @property
    def message(self) -> str:
        return self.diagnostic.message()

    @property
    def help(self) -> str | None:
        return self.diagnostic.help()

    @property
    def line(self) -> int:
        return self.source.line(self.diagnostic.span.start)

    @property
    def column(self) -> int:
        return self.source.column(self.diagnostic.span.start)
