"""`POST /v1/spans`: classified feedback in, one span or a list; what each did comes back."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import State

from service.api.asking import error, headers_of
from service.api.bodies import read_value
from service.auth import within_rate
from service.desks.book.desk import Desk
from service.desks.book.placement import Placed
from service.desks.book.rules import Rules, Values, rules_of
from service.problems import ProblemError
from service.replies import noted_of

_MOST_TOLD = 100


@post("/v1/spans", status_code=200)
async def spans(request: Request[Any, Any, Any], state: State) -> Response[dict[str, Any]]:
    """All of them, or with an error in any none."""
    headers = noted_of(request.scope).headers
    caller = state.access.who(headers, "decide")
    body, _ = await read_value(headers, request.receive, state.settings)
    given = body if isinstance(body, list) else [body]
    within_rate(caller, max(len(given), 1))
    if len(given) > state.settings.most:
        many = error("", "too-long", f"at most {state.settings.most} spans", str(len(given)))
        raise ProblemError(400, "malformed-request", "the body holds more than it may", [many])
    rules = rules_of(state.shelf)
    places = [f"/{place}" if isinstance(body, list) else "" for place in range(len(given))]
    taken, ignored = await asyncio.to_thread(_taken, rules, given, places)
    desk: Desk = state.desk
    _refuse_ahead(desk, rules, taken, places)
    done = await desk.take(rules, taken)
    told = [_told(done[rules.of_span(each, "span_id")]) for each in taken]
    return Response({"spans": told, "ignored": ignored}, headers=headers_of(rules.program))


def _taken(
    rules: Rules, given: Sequence[Any], places: Sequence[str]
) -> tuple[list[Values], list[dict[str, Any]]]:
    """Every span as values, and the facts that the policy does not declare."""
    values: list[Values] = []
    faults: list[dict[str, Any]] = []
    ignored: list[dict[str, Any]] = []
    for each, place in zip(given, places, strict=True):
        taken = rules.follower.take(rules.span, each, place)
        faults += map(asdict, taken.faults)
        ignored += map(asdict, taken.ignored)
        if taken.arguments is not None:
            values.append(taken.arguments[0])
    if faults:
        more = {"safe_outcome": rules.refused("placement"), "ignored": ignored[:_MOST_TOLD]}
        detail = "a span breaks the declared facts, and none of them was taken"
        told = faults[:_MOST_TOLD]
        raise ProblemError(
            422, "refused-case", detail, told, more=more, headers=headers_of(rules.program)
        )
    return values, ignored[:_MOST_TOLD]


def _refuse_ahead(desk: Desk, rules: Rules, spans: Sequence[Values], places: Sequence[str]) -> None:
    errors = [
        error(f"{place}/at", "ahead-of-time", "a time that has come", "a later one")
        for each, place in zip(spans, places, strict=True)
        if desk.is_ahead(rules.of_span(each, "at"))
    ]
    if errors:
        raise ahead_of_time(errors[:_MOST_TOLD])


def ahead_of_time(errors: Sequence[dict[str, str]]) -> ProblemError:
    detail = "only a store that was made for simulation takes a time past the real one"
    return ProblemError(409, "ahead-of-time", detail, errors)


def _told(placed: Placed) -> dict[str, Any]:
    decisions = {"placement": placed.decision, "issue": placed.step}
    told = {
        "span_id": placed.span_id,
        "effect": placed.effect,
        "issue_id": placed.issue_id,
        "decisions": {name: id for name, id in decisions.items() if id is not None},
        "late": placed.late or None,
        "known": placed.known or None,
    }
    return {name: value for name, value in told.items() if value is not None}
