"""`POST /v1/decisions/{policy}` and `/v1/decisions/{policy}/{decision}`: facts to a decision."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import State

import engine
from engine import Audience, Decision, Program
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
    program = _chosen(shelf, policy, _pin_of(request))
    asked = _asked(await read_object(request, state.settings.deepest))
    arrived = time.time_ns() // 1000
    now = arrived if asked.as_of is None else asked.as_of
    began = time.perf_counter()
    decided = _decided(program, asked.input, decision, now)
    note_decided(request.scope, time.perf_counter() - began)
    headers = {"Policy-Version": program.version, "Policy-Hash": program.content_hash}
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
        errors.append(_error("/input", "missing", "the facts of the case", "nothing"))
    if as_of is not None and instant is None:
        expected = "an instant, as 2026-01-15T14:32:00Z"
        errors.append(_error("/as_of", "wrong-type", expected, _shown(as_of)))
    if explain is not None and audience is None:
        expected = f"one of {_listed(_AUDIENCES)}"
        errors.append(_error("/explain", "wrong-type", expected, _shown(explain)))
    if errors:
        raise ProblemError(400, "malformed-request", "the body cannot be understood", errors)
    return _Asked(body["input"], instant, audience)


_KEYS = ("input", "as_of", "explain")
_AUDIENCES: Mapping[str, Audience] = {"codes": "codes", "agent": "agent", "audit": "audit"}


def _unknown_key(key: str) -> dict[str, str]:
    meant = engine.nearest(key, _KEYS)
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    expected = f"`{meant}`" if meant else f"one of {_listed(_KEYS)}"
    return _error(pointer, "unknown-key", expected, f"`{key}`")


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:100]


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _error(pointer: str, code: str, expected: str, got: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "expected": expected, "got": got}


@dataclass(frozen=True)
class _Pin:
    """The version, by number or by content, that the caller wants and no other."""

    version: str | None
    hash: str | None


def _pin_of(request: Request[Any, Any, Any]) -> _Pin:
    errors = [
        _error(f"?{name}", "unknown-key", "`version`", f"`{name}`")
        for name in request.query_params
        if name != "version"
    ]
    if errors:
        raise ProblemError(400, "malformed-request", "the query cannot be understood", errors)
    wanted = request.query_params.get("version"), request.headers.get("Accept-Policy-Hash")
    return _Pin(*wanted)


def _chosen(shelf: Shelf, name: str, pin: _Pin) -> Program:
    """The live version, or the one that is pinned."""
    if name not in shelf.names():
        raise _unknown(f"there is no policy `{name}`", engine.nearest(name, shelf.names()))
    if pin.version is not None:
        program = shelf.version(name, pin.version)
    elif pin.hash is not None:
        program = shelf.hashed(name, pin.hash)
    else:
        return _active(shelf, name)
    if program is None or pin.hash not in (None, program.content_hash):
        loaded = list(shelf.programs.get(name, {}))
        detail = f"no version of `{name}` that is loaded is the one pinned"
        raise ProblemError(412, "version-not-loaded", detail, more={"loaded": loaded})
    return program


def _active(shelf: Shelf, name: str) -> Program:
    program = shelf.active(name)
    if program is None:
        raise ProblemError(503, "no-active-version", f"no version of `{name}` is active")
    return program


def _decided(program: Program, case: Any, decision: str | None, now: int) -> Decision:
    try:
        return engine.decide(
            program, case if isinstance(case, dict) else json.dumps(case), decision, now
        )
    except engine.UnknownDecisionError as unknown:
        raise _unknown(str(unknown), unknown.nearest, list(unknown.known)) from unknown


def _unknown(detail: str, near: str | None, known: list[str] | None = None) -> ProblemError:
    more: dict[str, Any] = {"nearest": near}
    if known is not None:
        more["decisions"] = known
    code = "unknown-policy" if known is None else "unknown-decision"
    meant = f"; did you mean `{near}`?" if near else ""
    return ProblemError(404, code, detail + meant, more=more)


def _refused(decided: Decision, headers: dict[str, str]) -> ProblemError:
    """Valid JSON that breaks the declared facts. The pointers lead into the request's body."""
    errors, ignored = (
        [{**asdict(each), "pointer": f"/input{each.pointer}"} for each in told]
        for told in (decided.faults, decided.ignored)
    )
    return ProblemError(
        422,
        "refused-case",
        "the case breaks the declared facts; `safe_outcome` is what to do with it",
        errors,
        more={"ignored": ignored, "safe_outcome": decided.outcome},
        headers=headers,
    )
