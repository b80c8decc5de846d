"""`POST /v1/batches/{policy}` and `/v1/batches/{policy}/{decision}`: cases to as many answers."""

import asyncio
from types import SimpleNamespace
from typing import Any

import msgspec
from litestar.types import HTTPScope, Receive, Send

from service.api.asking import (
    SUBJECT,
    error,
    headers_of,
    is_subject,
    kind,
    may_imagine,
    path_asked,
    program_asked,
    refusal,
    retry_of,
)
from service.api.bodies import Object, read_object
from service.auth import Caller, within_rate
from service.desks.answers import Keep, Reply
from service.desks.deciding import Answer, Case, Deciding, Question
from service.problems import ProblemError, only
from service.records import extended
from service.replies import Noted, send_json
from service.settings import Settings

_AT_ONCE = 100
"""So many cases are decided before others get their turn."""
_MOST_BODIES = 16
"""What all have is kept with each: together that is no more than so many of the largest bodies."""


async def decide_all(
    desks: SimpleNamespace, noted: Noted, scope: HTTPScope, receive: Receive, send: Send
) -> None:
    """All are decided by one version and at one instant, each for itself: a case that is refused
    stops no other."""
    only("POST", scope)
    policy, decision = path_asked(scope)
    caller: Caller = desks.access.who(noted.headers, "decide")
    within_rate(caller, 0)  # who is in debt is not even read
    body, raw = await read_object(noted.headers, receive, desks.settings)
    common, items = _items(body, desks.settings)
    within_rate(caller, max(1, len(items)))

    async def made(keep: Keep | None) -> Reply:
        program = program_asked(scope, policy, noted.headers, desks.shelf)
        hypothetical = program is not desks.shelf.active(program.name)
        if hypothetical:
            may_imagine(caller)
        asked = Question.of(program, decision, noted, caller.name, hypothetical=hypothetical)
        async with desks.room:  # for so many batches at once
            return await _decide(desks.deciding, asked, common, items, keep)

    retry = retry_of(scope, noted, caller, raw)
    reply = await (made(None) if retry is None else desks.answers.once(retry, made))
    headers = {**reply.headers, "Idempotency-Replayed": "true"} if reply.again else reply.headers
    await send_json(send, 200, reply.body, headers)


async def _decide(
    deciding: Deciding,
    asked: Question,
    common: Object,
    items: list[Object],
    keep: Keep | None,
) -> Reply:
    answers = []
    for place, item in enumerate(items, 1):
        answers.append(deciding.decide(asked, _case(common, item)))
        if place % _AT_ONCE == 0:
            await asyncio.sleep(0)
    reply = _reply(asked, answers, items)
    await deciding.keep(asked, answers, () if keep is None else [keep(reply, _subjects(items))])
    recorded = all(each.recorded for each in answers)
    return reply if recorded else _reply(asked, answers, items)


def _case(common: Object, item: Object) -> Case:
    """What an item says goes before what all have."""
    facts = item["input"]
    if common and isinstance(facts, dict):
        facts = {**common, **facts}
    return Case(facts, msgspec.json.encode({"input": facts}), item.get("subject"))


def _subjects(items: list[Object]) -> set[str]:
    return {item["subject"] for item in items if item.get("subject") is not None}


def _reply(asked: Question, answers: list[Answer], items: list[Object]) -> Reply:
    told = b",".join(
        _told(answer, item["id"], place)
        for place, (answer, item) in enumerate(zip(answers, items, strict=True))
    )
    body = b'{"items":[%b]}' % told
    if asked.hypothetical:
        body = extended(body, "hypothetical", True)
    return Reply(body, headers_of(asked.program))


def _told(answer: Answer, id: str, place: int) -> bytes:
    """The record is written as JSON already; the id goes before it."""
    if answer.id is None:
        problem = refusal(answer.decided, f"/items/{place}/input")
        return msgspec.json.encode({"id": id, "problem": problem})
    return b'{"id":%b,%b' % (msgspec.json.encode(id), answer.record[1:])


def _items(body: Object, limits: Settings) -> tuple[Object, list[Object]]:
    common: Any = body.get("common", {})
    items: Any = body.get("items")
    errors = [
        error(f"/{key}", "unknown-key", "`common` or `items`", f"`{key}`")
        for key in body
        if key not in ("common", "items")
    ]
    if not isinstance(common, dict):
        errors.append(error("/common", "wrong-type", "facts that all cases have", kind(common)))
    if not isinstance(items, list):
        errors.append(
            error("/items", "wrong-type", "a list of cases", kind(body.get("items", ...)))
        )
    elif len(items) > limits.most:
        expected = f"at most {limits.most} cases"
        errors.append(error("/items", "too-long", expected, str(len(items))))
    elif len(items) * len(msgspec.json.encode(common)) > _MOST_BODIES * limits.most_bytes:
        expected = f"so little that with all {len(items)} cases it is no {_MOST_BODIES} bodies"
        errors.append(error("/common", "too-long", expected, "more"))
    else:
        errors += _wrong_items(items)
    if errors:
        raise ProblemError(400, "malformed-request", "the body cannot be understood", errors)
    return common, items


_MUST, _MAY = {"id", "input"}, {"id", "input", "subject"}


def _wrong_items(items: list[Any]) -> list[dict[str, str]]:
    errors, seen = [], set[str]()
    for place, item in enumerate(items):
        if not isinstance(item, dict) or not _MUST <= item.keys() <= _MAY:
            expected = "an object of `id`, `input` and perhaps `subject`"
            errors.append(error(f"/items/{place}", "wrong-type", expected, kind(item)))
            continue
        id, subject = item["id"], item.get("subject")
        if not isinstance(id, str):
            errors.append(error(f"/items/{place}/id", "wrong-type", "text", kind(id)))
        elif id in seen:
            expected = "an id of its own"
            errors.append(error(f"/items/{place}/id", "not-unique", expected, f"`{id}`"))
        elif subject is not None and not is_subject(subject):
            at = f"/items/{place}/subject"
            errors.append(error(at, "wrong-type", SUBJECT, kind(subject)))
        else:
            seen.add(id)
    return errors
