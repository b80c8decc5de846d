"""What the service is compared with: a bare Litestar application whose one typed route answers by
the hand-written rules, without keys, log, metrics, reasons or a record of anything."""

from typing import Any

import msgspec
from litestar import Litestar, post

from tests.speed.handoff_by_hand import handoff


class Intent(msgspec.Struct):
    name: str
    confidence: float


class Template(msgspec.Struct, omit_defaults=True):
    id: str
    tier: str
    text: str = ""


class Order(msgspec.Struct, omit_defaults=True):
    linked: bool | None = None
    id: str | None = None
    within_sla: bool | None = None
    error_codes: list[str] | None = None


class State(msgspec.Struct, omit_defaults=True):
    closed: bool | None = None
    human_replied: bool | None = None
    assignee: str | None = None


class Ticket(msgspec.Struct, omit_defaults=True):
    intents: list[Intent]
    message: str
    channel: str
    template: Template | None = None
    deterministic_match: bool | None = None
    order: Order | None = None
    vip: bool | None = None
    ticket_state: State | None = None


class Asked(msgspec.Struct):
    input: Ticket


@post("/decide", status_code=200)
async def decide(data: Asked) -> dict[str, Any]:
    made: dict[str, Any] = handoff(msgspec.to_builtins(data.input))
    return made


app = Litestar([decide], openapi_config=None, logging_config=None)
