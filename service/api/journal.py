"""`GET /v1/journal/{id}` and `/v1/journal/{id}/explanation`: a decision that was made, and why.

The reasons are found by deciding again, with the very version that decided; where that cannot be
done the answer is 409, with the cause.
"""

from dataclasses import dataclass
from typing import Any, Literal

from litestar import Request, get
from litestar.datastructures import State

import engine
from engine import PolicyError, Program
from service.auth import Caller, needs
from service.desks.journal import Found, find
from service.problems import ProblemError

_SAME = ("outcome", "basis", "determining")


@get("/v1/journal/{id:str}", sync_to_thread=True, guards=[needs("decide", "report", "audit")])
def decision(request: Request[Any, Any, Any], state: State) -> dict[str, Any]:
    """The record as it was answered."""
    return _found(state, request.path_params["id"]).record


@get(
    "/v1/journal/{id:str}/explanation",
    sync_to_thread=True,
    guards=[needs("decide", "report", "audit")],
)
def explanation(request: Request[Any, Caller, Any], state: State) -> dict[str, Any]:
    audience = _audience(request)
    if audience == "audit" and "audit" not in request.auth.roles:
        detail = f"the key `{request.auth.name}` has no role `audit`"
        raise ProblemError(403, "forbidden", detail, more={"roles": sorted(request.auth.roles)})
    again = decidable(state, request.path_params["id"])
    reasons = engine.explain(
        again.program, again.input, again.decision, again.now, audience, key=state.vault.hashing
    )
    return {"decision_id": again.id, **reasons.model_dump(mode="json")}


@dataclass(frozen=True)
class Again:
    """All that decided, so that it can be decided again."""

    id: str
    program: Program
    input: Any
    decision: str
    now: int | None


def decidable(state: State, id: str) -> Again:
    """A decision that, made again, is the same; 409 with the cause where there is none."""
    found = _found(state, id)
    if found.asked is None or found.gone is not None:
        raise _conflict(f"it cannot be decided again: {found.gone}")
    record = found.record
    program = version_of(state, record["policy"])
    asked: Any = found.asked
    now = engine.parse_instant(record["as_of"])
    decided = engine.decide(program, asked["input"], record["decision"], now).record()
    if any(decided[each] != record[each] for each in _SAME):
        detail = f"engine {record['engine']} decided it, and {engine.__version__} decides otherwise"
        raise _conflict(detail)
    return Again(found.id, program, asked["input"], record["decision"], now)


def version_of(state: State, policy: dict[str, str]) -> Program:
    """By its hash: loaded, or as the store keeps it."""
    program = state.shelf.hashed(policy["name"], policy["hash"])
    if program is not None:
        return program  # type: ignore[no-any-return]
    rows = state.store.reader().table("versions").rows_where("hash = ?", [policy["hash"]])
    row = next(iter(rows), None)
    if row is None:
        raise _conflict(f"the version {policy['hash']} that decided is not kept")
    try:
        return engine.load(engine.Source(f"{row['name']}@{row['version']}", row["source"]))
    except PolicyError as errors:
        raise _conflict("the version that decided cannot be read by this engine") from errors


def _found(state: State, id: str) -> Found:
    found = find(state.store.reader(), state.vault, id)
    if found is None:
        raise ProblemError(404, "unknown-decision-id", "no decision with this id was recorded")
    return found


def _audience(request: Request[Any, Any, Any]) -> Literal["agent", "audit"]:
    wanted = request.query_params.get("for", "agent")
    if wanted == "agent":
        return "agent"
    if wanted == "audit":
        return "audit"
    error = {
        "pointer": "?for",
        "code": "not-a-member",
        "expected": "one of agent, audit",
        "got": wanted,
    }
    raise ProblemError(400, "malformed-request", "the query cannot be understood", [error])


def _conflict(detail: str) -> ProblemError:
    return ProblemError(409, "not-decidable-again", detail)
