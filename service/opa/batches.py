"""Many inputs for one path to as many answers, as OPA Enterprise publishes it.

Each is answered for itself. Where some could not be decided the status is 207 and each answer has a
`http_status_code`: the text `200`, or `500` whatever went wrong, for clients know no third.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.opa.answers import Answer, of_problem, problem_body
from service.opa.asked import malformed
from service.problems import ProblemError

_MOST_TIMES = 16
"""How many largest bodies a batch may amount to, once what is common is merged into each input."""


@dataclass(frozen=True)
class Batch:
    """`inputs` is None where nothing is said of them."""

    inputs: Mapping[str, Any] | None
    common: Any = None


def batch(body: Any, most: int, most_bytes: int) -> Batch:
    if body is None:
        return Batch(None)
    if not isinstance(body, dict):
        raise malformed("body", "it is no object with `inputs`")
    inputs = body.get("inputs")
    if inputs is None:
        return Batch(None)
    if not isinstance(inputs, dict):
        raise malformed("body", "`inputs` is no object of an input for each id")
    if len(inputs) > most:
        raise malformed("body", f"`inputs` holds {len(inputs)} cases, and may hold {most}")
    common = body.get("common_input")
    if len(inputs) * len(json.dumps(common)) > _MOST_TIMES * most_bytes:
        raise malformed("body", "`common_input` is too large for so many inputs")
    return Batch(inputs, common)


async def answer_all(asked: Batch, answer: Callable[[Any], Awaitable[dict[str, Any]]]) -> Answer:
    """All at once, so that their records can share a write."""
    inputs = asked.inputs or {}
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_answered(answer, _merged(asked.common, each)))
            for each in inputs.values()
        ]
    answers = {name: task.result() for name, task in zip(inputs, tasks, strict=True)}
    problems = [each for each in answers.values() if isinstance(each, ProblemError)]
    mixed = 0 < len(problems) < len(answers)
    responses = {name: _told(each, mixed) for name, each in answers.items()}
    if mixed:
        return Answer(207, {"responses": responses})
    if not problems:
        return Answer(200, {"responses": responses} if responses else {})
    if all(each.status < 500 for each in problems):
        return of_problem(problems[0])
    return Answer(500, {"responses": responses})


async def _answered(
    answer: Callable[[Any], Awaitable[dict[str, Any]]], input: Any
) -> dict[str, Any] | ProblemError:
    try:
        return await answer(input)
    except ProblemError as problem:
        return problem


def _told(answer: dict[str, Any] | ProblemError, mixed: bool) -> dict[str, Any]:
    if isinstance(answer, ProblemError):
        body, status = problem_body(answer), "500"
    else:
        body, status = answer, "200"
    return {**body, "http_status_code": status} if mixed else body


def _merged(common: Any, own: Any) -> Any:
    """What an input says itself goes before what all have, object by object."""
    if not isinstance(common, dict) or not isinstance(own, dict):
        return own
    return {
        **common,
        **{name: _merged(common.get(name), value) for name, value in own.items()},
    }
