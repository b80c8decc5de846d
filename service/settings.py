"""What the service is told when it starts: by a flag, or by the environment, as `BYLAW_PORT`."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Mode = Literal["sealed", "hashed", "off"]
OnFailure = Literal["refuse", "serve_and_count"]


def _told(help: str, **more: Any) -> dict[str, Any]:
    return {"help": help, **more}


@dataclass(frozen=True)
class Settings:
    policies: Path = field(default=Path("policies"), metadata=_told("The folder of policies."))
    store: Path = field(
        default=Path("bylaw.db"),
        metadata=_told("The file that keeps decisions, keys and what is live."),
    )
    secret: Path | None = field(
        default=None,
        metadata=_told("The file of the store's secret; by default the store's name and .secret"),
    )
    simulation: bool = field(
        default=False,
        metadata=_told("Time is played by `POST /v1/clock`, in a store that is made for it."),
    )
    host: str = field(
        default="127.0.0.1", metadata=_told("The address to listen at; others need keys.")
    )
    port: int = field(
        default=8000, metadata=_told("The port to listen at; 0 takes any that is free.", least=0)
    )
    opa_port: int | None = field(
        default=None,
        metadata=_told(
            "A second port, for clients of the Open Policy Agent, by habit 8181; 0 takes any that"
            " is free. Without it they are not answered.",
            least=0,
        ),
    )
    opa_default: str | None = field(
        default=None,
        metadata=_told(
            "What `POST /` at that port asks, as handoff/handoff; by default the only live policy."
        ),
    )
    journal: Mode = field(
        default="sealed",
        metadata=_told(
            "How a decision's facts are kept: sealed by subject, the sensitive ones as hashes, or"
            " no decision at all.",
            choices=("sealed", "hashed", "off"),
        ),
    )
    on_journal_failure: OnFailure = field(
        default="refuse",
        metadata=_told(
            "What becomes of a decision that cannot be written down.",
            choices=("refuse", "serve_and_count"),
        ),
    )
    keep_days: int = field(
        default=0, metadata=_told("How many days decisions are kept; 0 is for ever.", least=0)
    )
    rate: int = field(
        default=0,
        metadata=_told(
            "Requests a second for keys without a rate of their own; 0 is any.", least=0
        ),
    )
    most_bytes: int = field(default=1_000_000, metadata=_told("The largest body.", least=1_000))
    most: int = field(default=1_000, metadata=_told("The most cases of a batch.", least=1))
    deepest: int = field(
        default=32, metadata=_told("How deep objects and lists of a body nest.", least=4)
    )
    longest_list: int = field(
        default=10_000, metadata=_told("The longest list in a body.", least=1)
    )
    longest_text: int = field(
        default=100_000, metadata=_told("The longest text in a body, in characters.", least=1)
    )
    patience: int = field(
        default=30,
        metadata=_told("Seconds that a request may take to come in, and its answer out.", least=1),
    )
    most_connections: int = field(
        default=500, metadata=_told("The most connections at once, at both ports.", least=1)
    )
    drain: int = field(
        default=10,
        metadata=_told("Seconds that requests under way may take when it stops.", least=1),
    )

    @property
    def secret_file(self) -> Path:
        return self.secret or self.store.with_name(f"{self.store.name}.secret")
