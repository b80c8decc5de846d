"""`POST /v1/journal/{id}/whynot`: the smallest change of a case that was decided which would have
given another outcome. It is decided again, with the very version that decided, as for the reasons.
"""

import asyncio
from functools import partial
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import State

import engine
from engine import NotAskableError, WhyNot, WrongWantError
from service.api.asking import error, kind
from service.api.bodies import Object, read_object
from service.api.journal import decidable
from service.auth import within_rate
from service.problems import ProblemError
from service.replies import noted_of

_KEYS = ("want", "frozen", "thawed")


@post("/v1/journal/{id:str}/whynot", status_code=200)
async def whynot(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any]]:
    headers = noted_of(request.scope).headers
    within_rate(state.access.who(headers, "decide", "report", "audit"))
    body, _ = await read_object(headers, request.receive, state.settings)
    wanted = _wanted(body)
    id = request.path_params["id"]
    again = await asyncio.to_thread(decidable, state, id)
    asked = partial(
        engine.whynot,
        again.program,
        again.input,
        wanted["want"],
        again.decision,
        again.now,
        frozen=wanted["frozen"],
        thawed=wanted["thawed"],
    )
    found = await _asked(state, asked)
    return Response({"decision_id": id, **found.model_dump(mode="json")})


async def _asked(state: State, asked: "partial[WhyNot]") -> WhyNot:
    try:
        found: WhyNot = await state.solving.answer(asked)
    except NotAskableError as wrong:
        raise ProblemError(409, "not-askable", str(wrong)) from wrong
    except WrongWantError as wrong:
        name = wrong.name.replace("~", "~0").replace("/", "~1")
        pointer = f"/want/{name}" if wrong.name else "/want"
        raise _malformed(error(pointer, "wrong-want", wrong.help, wrong.message)) from wrong
    return found


def _wanted(body: Object) -> Object:
    errors = [_unknown_key(key) for key in body if key not in _KEYS]
    if not isinstance(body.get("want"), dict):
        expected = "an object with a value for each field of the outcome that is wanted"
        errors.append(error("/want", "wrong-type", expected, kind(body.get("want", ...))))
    for key in ("frozen", "thawed"):
        pointers = body.get(key)
        are = isinstance(pointers, list) and all(isinstance(each, str) for each in pointers)
        if pointers is not None and not are:
            errors.append(error(f"/{key}", "wrong-type", "a list of pointers", kind(pointers)))
    if errors:
        raise _malformed(*errors)
    return {
        "want": body["want"],
        "frozen": body.get("frozen") or (),
        "thawed": body.get("thawed") or (),
    }


def _unknown_key(key: str) -> dict[str, str]:
    meant = engine.nearest(key, _KEYS)
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    known = ", ".join(f"`{each}`" for each in _KEYS)
    return error(pointer, "unknown-key", f"`{meant}`" if meant else f"one of {known}", f"`{key}`")


def _malformed(*errors: dict[str, str]) -> ProblemError:
    return ProblemError(400, "malformed-request", "the body cannot be understood", errors)
