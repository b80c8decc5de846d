"""What came back over a connection to answers, and what is wrong with them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.operations import PROBLEMS
from tests.hostile.attacks import Attack

PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


class NoAnswerError(Exception):
    """What came is no HTTP."""


def answers(heard: bytes, methods: tuple[str, ...]) -> tuple[list[Answer], bytes]:
    """As many as are whole, but for those that say go on; and what is left."""
    found: list[Answer] = []
    while True:
        end = heard.find(b"\r\n\r\n")
        if end < 0:
            return found, heard
        lines = heard[:end].decode("latin-1").split("\r\n")
        status = re.fullmatch(r"HTTP/1\.1 (\d{3}) [\w ]*", lines[0])
        if status is None:
            raise NoAnswerError(lines[0])
        headers = dict(_headers(lines[1:]))
        number = int(status[1])
        method = methods[len(found)] if len(found) < len(methods) else ""
        bare = method == "HEAD" or number < 200 or number in (204, 304)
        length = 0 if bare else int(headers.get("content-length", "-1"))
        if length < 0:
            raise NoAnswerError("an answer without a length")
        whole = end + 4 + length
        if len(heard) < whole:
            return found, heard
        if number >= 200:
            found.append(Answer(number, headers, heard[end + 4 : whole]))
        heard = heard[whole:]


def _headers(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, sign, value = line.partition(": ")
        if not sign or not re.fullmatch(r"[A-Za-z0-9-]+", name) or not value.isprintable():
            raise NoAnswerError(f"a header {line!r}")
        yield name.lower(), value


def wrong(attack: Attack, answer: Answer) -> str | None:
    """What is wrong with it, if anything is."""
    if answer.status >= 500:
        return f"{answer.status} {answer.body[:300]!r}"
    if "x-injected" in answer.headers:
        return "a header of the stranger's"
    if "x-request-id" not in answer.headers:
        return "no id"
    if not answer.body:
        allowed = answer.status in (204, 304) or "HEAD" in attack.methods
        return None if allowed else f"{answer.status} without a body"
    if answer.media not in (PROBLEM, "application/json"):
        declared = answer.status == 200 and answer.media in ("text/plain", "text/html")
        return None if declared else f"{answer.status} as {answer.media}"
    try:
        told = json.loads(answer.body)
    except ValueError:
        return f"{answer.status} that is no JSON: {answer.body[:100]!r}"
    if answer.status < 400:
        return None if answer.media == "application/json" else "a success as a problem"
    if answer.media == PROBLEM:
        return _wrong_problem(told, answer)
    fit = attack.port == "opa" and {"code", "message"} <= set(told)
    return None if fit else f"{answer.status} that is no problem"


def _wrong_problem(told: Any, answer: Answer) -> str | None:
    missing = {"type", "title", "status", "code", "detail", "request_id", "errors"} - set(told)
    if missing:
        return f"a problem without {sorted(missing)}"
    if told["status"] != answer.status or told["request_id"] != answer.headers["x-request-id"]:
        return "a problem that says something else than its head"
    declared = PROBLEMS.get(told["code"])
    if declared is not None and declared.status != answer.status:
        return f"`{told['code']}` as {answer.status}"
    known = declared is not None or told["code"] in ("not-found", "method-not-allowed")
    return None if known else f"a code that nobody declared: `{told['code']}`"


def decided(answer: Answer) -> list[str]:
    """The ids of decisions that it acknowledges."""
    if answer.status != 200 or answer.media != "application/json" or not answer.body:
        return []
    told = json.loads(answer.body)
    if not isinstance(told, dict) or not {"decision_id", "items", "responses"} & set(told):
        return []
    responses = told.get("responses", {})
    inside = [*told.get("items", ()), *(responses.values() if isinstance(responses, dict) else ())]
    every = [told, *(each for each in inside if isinstance(each, dict))]
    return [each["decision_id"] for each in every if "decision_id" in each]
