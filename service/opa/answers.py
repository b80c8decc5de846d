"""What the door found to the bytes and the status with which OPA would say it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.opa.asked import Send
from service.problems import ProblemError


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


async def send_answer(answer: Answer, pretty: bool, send: Send) -> None:
    laid_out: dict[str, Any] = {"indent": 2} if pretty else {"separators": (",", ":")}
    body = json.dumps(answer.body, ensure_ascii=False, **laid_out).encode() + b"\n"
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **answer.headers,
    }
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": told})
    await send({"type": "http.response.body", "body": body})


def of_problem(problem: ProblemError) -> Answer:
    return Answer(problem.status, problem_body(problem), problem.headers)


def problem_body(problem: ProblemError) -> dict[str, Any]:
    """`code` is one of those that OPA has."""
    errors = [
        {
            "code": each["code"],
            "message": f"{each['pointer']}: expected {each['expected']}, got {each['got']}",
        }
        for each in problem.errors
    ]
    said = {"code": _code(problem), "message": problem.detail}
    return {**said, "errors": errors} if errors else said


def _code(problem: ProblemError) -> str:
    if problem.code == "undefined-document":
        return "undefined_document"
    if problem.status >= 500:
        return "internal_error"
    return _CODES.get(problem.status, "invalid_parameter")


_CODES = {
    401: "unauthorized",
    403: "unauthorized",
    404: "resource_not_found",
    405: "invalid_operation",
    409: "resource_conflict",
    429: "invalid_operation",
}
