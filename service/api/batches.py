"""`POST /v1/batches/{policy}` and `/v1/batches/{policy}/{decision}`: cases to as many answers."""

import time
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import State

import engine
from engine import Program
from service.api.asking import decide_case, error, headers_of, program_asked, refusal
from service.api.bodies import Object, read_object
from service.ids import new_id
from service.problems import ProblemError
from service.replies import note_decided
from service.shelf import Shelf


@post(["/v1/batches/{policy:str}", "/v1/batches/{policy:str}/{decision:str}"], status_code=200)
async def decide_all(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any]]:
    """All are decided by one version and at one instant, each for itself: a case that is refused
    stops no other."""
    shelf: Shelf = state.shelf
    program = program_asked(request, shelf)
    common, items = _items(await read_object(request, state.settings.deepest), state.settings.most)
    now = time.time_ns() // 1000
    hypothetical = program is not shelf.active(program.name)
    began = time.perf_counter()
    decision = request.path_params.get("decision")
    answers = [
        _answer(program, decision, common, item, place, now) for place, item in enumerate(items)
    ]
    note_decided(request.scope, time.perf_counter() - began)
    made: dict[str, Any] = {"items": answers}
    return Response(
        {**made, "hypothetical": True} if hypothetical else made, headers=headers_of(program)
    )


def _items(body: Object, most: int) -> tuple[Object, list[Object]]:
    common: Any = body.get("common", {})
    items: Any = body.get("items")
    errors = [
        error(f"/{key}", "unknown-key", "`common` or `items`", f"`{key}`")
        for key in body
        if key not in ("common", "items")
    ]
    if not isinstance(common, dict):
        errors.append(error("/common", "wrong-type", "facts that all cases have", "no object"))
    if not isinstance(items, list):
        errors.append(error("/items", "wrong-type", "a list of cases", "no list"))
    elif len(items) > most:
        errors.append(error("/items", "too-long", f"at most {most} cases", str(len(items))))
    else:
        errors += _wrong_items(items)
    if errors:
        raise ProblemError(400, "malformed-request", "the body cannot be understood", errors)
    return common, items


def _wrong_items(items: list[Any]) -> list[dict[str, str]]:
    errors, seen = [], set[str]()
    for place, item in enumerate(items):
        at = f"/items/{place}"
        if not isinstance(item, dict) or set(item) != {"id", "input"}:
            errors.append(
                error(at, "wrong-type", "an object of `id` and `input`", "something else")
            )
        elif not isinstance(item["id"], str):
            errors.append(error(f"{at}/id", "wrong-type", "text", "something else"))
        elif item["id"] in seen:
            errors.append(error(f"{at}/id", "not-unique", "an id of its own", f"`{item['id']}`"))
        else:
            seen.add(item["id"])
    return errors


def _answer(
    program: Program, decision: str | None, common: Object, item: Object, place: int, now: int
) -> Object:
    """The record, or what is wrong with the case; what an item says goes before what all have."""
    case = item["input"]
    if isinstance(case, dict):
        case = {**common, **case}
    decided = decide_case(program, case, decision, now)
    if decided.basis == "refused":
        return {"id": item["id"], "problem": refusal(decided, f"/items/{place}/input")}
    record = engine.record(program, decided, engine.__version__)
    return {"id": item["id"], "decision_id": new_id(), **record}
