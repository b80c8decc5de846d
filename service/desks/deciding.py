"""Questions to decisions: decided by the engine, counted, logged, written down, and only then
answered."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

import engine
from engine import Decision, Program
from service.desks.journal import Journal, Made
from service.desks.shadow import Shadow
from service.ids import micros, new_id
from service.log import DecisionLine, Log
from service.metrics import Metrics
from service.problems import ProblemError
from service.records import extended, written
from service.replies import Noted
from service.settings import OnFailure
from service.store.writer import Statement


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked of whatever cases: `decides` gives the decision of one. `arrived` is in
    microseconds since 1970, as is `now`."""

    program: Program
    decides: Callable[[Any], Decision]
    now: int
    arrived: int
    noted: Noted
    caller: str
    hypothetical: bool = False

    @classmethod
    def of(
        cls,
        program: Program,
        decision: str | None,
        noted: Noted,
        caller: str,
        *,
        now: int | None = None,
        hypothetical: bool = False,
    ) -> "Question":
        """Asked now, if not for another time."""
        arrived = micros()
        instant = arrived if now is None else now
        try:
            decides = engine.decider(program, decision, instant)
        except engine.UnknownDecisionError as unknown:
            near = unknown.nearest
            meant = f"; did you mean `{near}`?" if near else ""
            more = {"nearest": near, "decisions": list(unknown.known)}
            detail = f"{unknown}{meant}"
            raise ProblemError(404, "unknown-decision", detail, more=more) from unknown
        return cls(program, decides, instant, arrived, noted, caller, hypothetical)


class Case(msgspec.Struct, frozen=True):
    """`asked` is the request's JSON object, which is what the journal keeps."""

    facts: Any
    asked: bytes
    subject: str | None = None


class Answer(msgspec.Struct, eq=False):
    """`id` is None where the case was refused; `record` is JSON, and `recorded` whether it is on
    disk, or need not be."""

    case: Case
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

    def decide(self, question: Question, case: Case) -> Answer:
        """Not written down yet."""
        program, noted, facts = question.program, question.noted, case.facts
        began = time.perf_counter()
        decided = question.decides(facts if isinstance(facts, dict) else msgspec.json.encode(facts))
        took = time.perf_counter() - began
        noted.decided = (noted.decided or 0.0) + took
        word = self._metrics.decided(program, decided, took)
        id = None if decided.basis == "refused" else new_id()
        self._log.line(
            DecisionLine(
                at=question.arrived,
                decision_id=id,
                request_id=noted.id,
                trace_id=noted.trace_id,
                caller=question.caller,
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
            return Answer(case, decided)
        record = written(id, program, decided)
        if question.hypothetical:
            record = extended(record, "hypothetical", True)
        return Answer(case, decided, id, record)

    async def keep(
        self, question: Question, answers: Sequence[Answer], before: Sequence[Statement] = ()
    ) -> None:
        """Returns when all that was decided is on disk. What may be served without says so."""
        program, made = question.program, [each for each in answers if each.id is not None]
        try:
            await self._journal.keep([_made(question, each) for each in made], before)
        except (sqlite3.Error, OSError) as error:
            self._metrics.journal_failed.inc(len(made))
            self._log.happened("not-recorded", decisions=len(made), why=str(error))
            if self._on_failure == "refuse":
                raise _not_recorded(question, answers) from error
            self._metrics.journal_dropped.inc(len(made))
            for each in made:
                each.recorded = False
                each.record = extended(each.record, "recorded", False)
        if not question.hypothetical and self._shadow.decides(program):
            for each in made:
                self._shadow.offer(
                    str(each.id), program, each.case.facts, question.now, each.decided
                )


def _made(question: Question, answer: Answer) -> Made:
    case = answer.case
    return Made(
        str(answer.id),
        question.arrived,
        question.program,
        answer.decided.decision,
        case.facts,
        case.subject,
        answer.record,
        case.asked,
    )


def _not_recorded(question: Question, answers: Sequence[Answer]) -> ProblemError:
    more = {}
    if len(answers) == 1:
        decided = answers[0].decided
        refused = engine.decide(question.program, "[]", decided.decision, question.now)
        more = {"safe_outcome": refused.outcome}
    detail = "the decision could not be written down, and is not given without; try again"
    headers = {"Retry-After": "1"}
    return ProblemError(503, "not-recorded", detail, more=more, headers=headers)
