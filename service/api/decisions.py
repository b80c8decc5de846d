"""`POST /v1/decisions/{policy}` and `/v1/decisions/{policy}/{decision}`: facts to a decision.

This is the path that middleware waits for, so it stands on the bare protocol.
"""

import json
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

from litestar.types import HTTPScope, Receive, Send

import engine
from engine import Audience, Decision
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
from service.ids import micros
from service.problems import ProblemError, only
from service.records import extended
from service.replies import Noted, send_json

_TOLERANCE = 5 * 60 * 1_000_000
"""How many microseconds `as_of` may be off before a decision is hypothetical."""


async def decide(
    desks: SimpleNamespace, noted: Noted, scope: HTTPScope, receive: Receive, send: Send
) -> None:
    """A pin that is not the live version, or another time, makes the decision hypothetical."""
    only("POST", scope)
    policy, decision = path_asked(scope)
    caller: Caller = desks.access.who(noted.headers, "decide")
    within_rate(caller)
    body, raw = await read_object(noted.headers, receive, desks.settings)

    async def made(keep: Keep | None) -> Reply:
        program = program_asked(scope, policy, noted.headers, desks.shelf)
        given, live = _given(body), program is desks.shelf.active(policy)
        hypothetical = not live or given.is_for_another_time()
        if hypothetical:
            may_imagine(caller)
        asked = Question.of(
            program, decision, noted, caller.name, now=given.as_of, hypothetical=hypothetical
        )
        case = Case(given.input, raw, given.subject)
        return await _decide(desks.deciding, asked, case, given.explain, keep)

    retry = retry_of(scope, noted, caller, raw)
    reply = await (made(None) if retry is None else desks.answers.once(retry, made))
    headers = {**reply.headers, "Idempotency-Replayed": "true"} if reply.again else reply.headers
    await send_json(send, 200, reply.body, headers)


async def _decide(
    deciding: Deciding,
    asked: Question,
    case: Case,
    explain: Audience | None,
    keep: Keep | None,
) -> Reply:
    answer = deciding.decide(asked, case)
    headers = headers_of(asked.program)
    if answer.id is None:
        raise _refused(answer.decided, headers)
    headers["Decision-Id"] = answer.id
    explanation = _explanation(asked, answer, explain)
    reply = Reply(_told(answer, explanation), headers)
    subjects = () if case.subject is None else (case.subject,)
    await deciding.keep(asked, [answer], () if keep is None else [keep(reply, subjects)])
    return reply if answer.recorded else Reply(_told(answer, explanation), headers)


def _explanation(asked: Question, answer: Answer, audience: Audience | None) -> Object | None:
    if audience is None:
        return None
    decision = answer.decided.decision
    reasons = engine.explain(asked.program, answer.case.facts, decision, asked.now, audience)
    return reasons.model_dump(mode="json")


def _told(answer: Answer, explanation: Object | None) -> bytes:
    if explanation is None:
        return answer.record
    return extended(answer.record, "explanation", explanation)


class _Given(NamedTuple):
    """The body of a request. `as_of` is in microseconds since 1970, `explain` says for whom,
    `subject` whom the facts are about."""

    input: Any
    as_of: int | None = None
    explain: Audience | None = None
    subject: str | None = None

    def is_for_another_time(self) -> bool:
        return self.as_of is not None and abs(self.as_of - micros()) > _TOLERANCE


def _given(body: Object) -> _Given:
    if len(body) == 1 and "input" in body:
        return _Given(body["input"])
    as_of, explain, subject = body.get("as_of"), body.get("explain"), body.get("subject")
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
    if subject is not None and not is_subject(subject):
        errors.append(error("/subject", "wrong-type", SUBJECT, kind(subject)))
    if errors:
        raise ProblemError(400, "malformed-request", "the body cannot be understood", errors)
    return _Given(body["input"], instant, audience, subject)


_KEYS = ("input", "as_of", "explain", "subject")
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
