"""Questions to decisions: decided by the engine, counted, logged, written down, and only then
answered."""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

import engine
from engine import Decision, Program
from service.desks.journal import Journal, Made
from service.desks.shadow import Shadow
from service.ids import new_id
from service.log import DecisionLine, Log
from service.metrics import Metrics
from service.problems import ProblemError
from service.records import extended, written
from service.replies import Noted
from service.settings import OnFailure
from service.store.writer import Statement


class Question(NamedTuple):
    """`now` and `arrived` are in microseconds since 1970; `asked` is the request's JSON object,
    which is what the journal keeps."""

    program: Program
    decision: str | None
    case: Any
    now: int
    arrived: int
    asked: bytes
    subject: str | None = None
    hypothetical: bool = False


@dataclass(slots=True, eq=False)
class Answer:
    """`id` is None where the case was refused; `record` is JSON, and `recorded` whether it is on
    disk, or need not be."""

    question: Question
    decided: Decision
    id: str | None = None
    record: bytes = b""
    recorded: bool = True


class Deciding:
    def __init__(
        self, journal: Journal, shadow: Shadow, metrics: Metrics, log: Log, on_failure: OnFailure
    ) -> None:
        self._journal, self._shadow = journal, shadow
        self._metrics, self._log = metrics, log
        self._on_failure = on_failure

    def decide(self, question: Question, noted: Noted, caller: str) -> Answer:
        """Not written down yet."""
        program = question.program
        began = time.perf_counter()
        decided = decide_case(program, question.case, question.decision, question.now)
        took = time.perf_counter() - began
        noted.decided = (noted.decided or 0.0) + took
        word = self._metrics.decided(program, decided, took)
        refused = decided.basis == "refused"
        id = None if refused else new_id()
        self._log.line(
            DecisionLine(
                at=question.arrived,
                decision_id=id,
                request_id=noted.id,
                trace_id=noted.trace_id,
                caller=caller,
                policy=program.name,
                version=program.version,
                decision=decided.decision,
                outcome=word,
                basis=decided.basis,
                determining=decided.determining,
                hypothetical=question.hypothetical,
                ms=int(took * 1_000_000) / 1000,
            )
        )
        if id is None:
            return Answer(question, decided)
        record = written(id, program, decided)
        if question.hypothetical:
            record = extended(record, "hypothetical", True)
        return Answer(question, decided, id, record)

    async def keep(self, answers: Sequence[Answer], before: Sequence[Statement] = ()) -> None:
        """Returns when all that was decided is on disk. What may be served without says so."""
        made = [_made(each) for each in answers if each.id is not None]
        try:
            await self._journal.keep(made, before)
        except (sqlite3.Error, OSError) as error:
            self._metrics.journal_failed.inc(len(made))
            self._log.happened("not-recorded", decisions=len(made), why=str(error))
            if self._on_failure == "refuse":
                raise _not_recorded(answers) from error
            self._metrics.journal_dropped.inc(len(made))
            for each in answers:
                if each.id is not None:
                    each.recorded = False
                    each.record = extended(each.record, "recorded", False)
        for each in answers if self._shadow.decides else ():
            if each.id is not None and not each.question.hypothetical:
                question = each.question
                self._shadow.offer(
                    each.id, question.program, question.case, question.now, each.decided
                )


def decide_case(program: Program, case: Any, decision: str | None, now: int) -> Decision:
    try:
        return engine.decide(
            program, case if isinstance(case, dict) else msgspec.json.encode(case), decision, now
        )
    except engine.UnknownDecisionError as unknown:
        near = unknown.nearest
        meant = f"; did you mean `{near}`?" if near else ""
        more = {"nearest": near, "decisions": list(unknown.known)}
        raise ProblemError(404, "unknown-decision", f"{unknown}{meant}", more=more) from unknown


def _made(answer: Answer) -> Made:
    question = answer.question
    return Made(
        str(answer.id),
        question.arrived,
        question.program,
        answer.decided.decision,
        question.case,
        question.subject,
        answer.record,
        question.asked,
    )


def _not_recorded(answers: Sequence[Answer]) -> ProblemError:
    more = {}
    if len(answers) == 1:
        question, decided = answers[0].question, answers[0].decided
        refused = engine.decide(question.program, "[]", decided.decision, question.now)
        more = {"safe_outcome": refused.outcome}
    detail = "the decision could not be written down, and is not given without; try again"
    headers = {"Retry-After": "1"}
    return ProblemError(503, "not-recorded", detail, more=more, headers=headers)
