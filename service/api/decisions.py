"""`POST /v1/decisions/{policy}` and `/v1/decisions/{policy}/{decision}`: facts to a decision."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import State

import engine
from engine import Audience, Decision
from service.api.asking import decide_case, error, headers_of, program_asked, refusal
from service.api.bodies import Object, read_object
from service.ids import new_id
from service.problems import ProblemError
from service.replies import note_decided
from service.shelf import Shelf

_TOLERANCE = 5 * 60 * 1_000_000
"""How many microseconds `as_of` may be off before a decision is hypothetical."""


@post(["/v1/decisions/{policy:str}", "/v1/decisions/{policy:str}/{decision:str}"], status_code=200)
async def decide(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any]]:
    """A pin that is not the live version, or another time, makes the decision hypothetical."""
    shelf: Shelf = state.shelf
    policy, decision = request.path_params["policy"], request.path_params.get("decision")
    program = program_asked(request, shelf)
    asked = _asked(await read_object(request, state.settings.deepest))
    arrived = time.time_ns() // 1000
    now = arrived if asked.as_of is None else asked.as_of
    began = time.perf_counter()
    decided = decide_case(program, asked.input, decision, now)
    note_decided(request.scope, time.perf_counter() - began)
    headers = headers_of(program)
    if decided.basis == "refused":
        raise _refused(decided, headers)
    made = {"decision_id": new_id(), **engine.record(program, decided, engine.__version__)}
    if program is not shelf.active(policy) or abs(now - arrived) > _TOLERANCE:
        made["hypothetical"] = True
    if asked.explain is not None:
        reasons = engine.explain(program, asked.input, decision, now, asked.explain)
        made["explanation"] = reasons.model_dump(mode="json")
    return Response(made, headers={"Decision-Id": made["decision_id"], **headers})


@dataclass(frozen=True)
class _Asked:
    """The body of a request. `as_of` is in microseconds since 1970, `explain` says for whom."""

    input: Any
    as_of: int | None
    explain: Audience | None


def _asked(body: Object) -> _Asked:
    as_of, explain = body.get("as_of"), body.get("explain")
    instant = engine.parse_instant(as_of) if isinstance(as_of, str) else None
    audience = _AUDIENCES.get(explain) if isinstance(explain, str) else None
    errors = [_unknown_key(key) for key in body if key not in _KEYS]
    if "input" not in body:
        errors.append(error("/input", "missing", "the facts of the case", "nothing"))
    if as_of is not None and instant is None:
        expected = "an instant, as 2026-01-15T14:32:00Z"
        errors.append(error("/as_of", "wrong-type", expected, _shown(as_of)))
    if explain is not None and audience is None:
        expected = f"one of {_listed(_AUDIENCES)}"
        errors.append(error("/explain", "wrong-type", expected, _shown(explain)))
    if errors:
        raise ProblemError(400, "malformed-request", "the body cannot be understood", errors)
    return _Asked(body["input"], instant, audience)


_KEYS = ("input", "as_of", "explain")
_AUDIENCES: Mapping[str, Audience] = {"codes": "codes", "agent": "agent", "audit": "audit"}


def _unknown_key(key: str) -> dict[str, str]:
    meant = engine.nearest(key, _KEYS)
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    expected = f"`{meant}`" if meant else f"one of {_listed(_KEYS)}"
    return error(pointer, "unknown-key", expected, f"`{key}`")


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:100]


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _refused(decided: Decision, headers: dict[str, str]) -> ProblemError:
    told = refusal(decided, "/input")
    code, detail, errors = (told.pop(each) for each in ("code", "detail", "errors"))
    return ProblemError(422, code, detail, errors, more=told, headers=headers)
