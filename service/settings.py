"""What the service is told when it starts."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """`most_bytes` bounds the body of a request, `deepest` how deep its objects and lists nest,
    `most` how many cases a batch has."""

    policies: Path = Path("policies")
    host: str = "127.0.0.1"
    port: int = 8000
    most_bytes: int = 1_000_000
    deepest: int = 32
    most: int = 1_000
