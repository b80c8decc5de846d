"""The jobs of the book: each runs in the one thread that writes, in a transaction of its own, and
looks at the clock before it decides."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine import Decision
from service.desks.book import merging, steps
from service.desks.book.clock import Agenda
from service.desks.book.decisions import Keeping
from service.desks.book.issue import Issue
from service.desks.book.memory import Memory
from service.desks.book.placement import Arrived, Placed, place
from service.desks.book.rules import Rules, Values, Wire
from service.desks.book.sheet import Sheet, clock_of
from service.desks.book.steps import Cause
from service.store.sqlite import Database

_TOGETHER = 500
"""Things that time does in one transaction."""


@dataclass(frozen=True)
class Happening:
    """An event that somebody reports of an issue. `payload` is as the policy takes it, `told` as
    JSON has it; `beside` stands in the story beside it."""

    name: str
    at: int
    actor: str
    payload: Values
    told: Mapping[str, Any]
    beside: tuple[tuple[str, Any], ...] = ()
    revision: int | None = None


@dataclass(eq=False)
class NotPossibleError(Exception):
    """Why an event changes nothing: `code` says what kind of reason, `decided` what the policy
    said, where it was asked. Nothing is written."""

    code: str
    detail: str
    decided: Decision | None = None
    revision: int | None = None


@dataclass(frozen=True)
class Happened:
    """The event as it stands in the issue's story, and the issue's revision after it."""

    told: Wire
    revision: int


@dataclass(frozen=True)
class Looked:
    """`times` says how often what happened; `done` whether there is no more up to the instant that
    was asked for, `clock` how far it went."""

    times: Counter[str]
    done: bool
    clock: int


class Book:
    """`memory` is of the thread that writes, and is touched by the jobs alone."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping
        self._memory = Memory(keeping.vault)

    def take(self, db: Database, rules: Rules, spans: Sequence[Values]) -> Mapping[str, Placed]:
        """What each did, by its id. They are decided in the order of their instants and ids; one
        that is known does nothing again."""
        with self._page(db, rules) as sheet:
            return self._take(sheet, spans)

    def _take(self, sheet: Sheet, spans: Sequence[Values]) -> Mapping[str, Placed]:
        rules, clock, db = sheet.rules, sheet.clock, sheet.db
        found = _known(db, [rules.of_span(each, "span_id") for each in spans])
        arrived = sorted(_new(rules, spans, found), key=lambda each: (each.at, each.span_id))
        if arrived:
            end = max(clock.at, arrived[-1].at)
            agenda = Agenda(sheet, self._memory, self._keeping, end)
            for each in arrived:
                now = max(each.at, clock.at)
                agenda.look(now)
                placed, issue = place(sheet, self._memory, self._keeping, each.decided_at(now))
                found[each.span_id] = placed
                if issue is not None:
                    agenda.note(issue)
        return found

    def happen(self, db: Database, rules: Rules, issue_id: str, happening: Happening) -> Happened:
        """`NotPossibleError` where it is not
        allowed."""
        with self._page(db, rules) as sheet:
            return self._happen(sheet, issue_id, happening)

    def _happen(self, sheet: Sheet, issue_id: str, happening: Happening) -> Happened:
        now = max(happening.at, sheet.clock.at)
        agenda = Agenda(sheet, self._memory, self._keeping, now)
        agenda.look(now)
        issue = self._memory.named(issue_id, sheet)
        if issue is None:
            raise NotPossibleError("unknown-issue", f"there is no issue `{issue_id}`")
        if happening.revision not in (None, issue.revision):
            detail = f"`{issue_id}` has changed since"
            raise NotPossibleError("stale-version", detail, revision=issue.revision)
        cause = Cause(
            name=happening.name,
            at=now,
            actor=happening.actor,
            late=happening.at < now,
            told=happening.beside,
        )
        told = self._carry(sheet, issue, cause, happening)
        self._memory.settle(issue, sheet)
        return Happened(told, issue.revision)

    def look(self, db: Database, rules: Rules, until: int) -> Looked:
        """All that time alone causes; after some hundred things it lets others write."""
        with self._page(db, rules) as sheet:
            agenda = Agenda(sheet, self._memory, self._keeping, until)
            done = agenda.look(until, _TOGETHER)
            return Looked(agenda.times, done, sheet.clock.at)

    @contextmanager
    def _page(self, db: Database, rules: Rules) -> Iterator[Sheet]:
        """What is written at the end. After an error the memory has what the store has not."""
        clock = clock_of(db)
        self._memory.begin(rules, clock.turn)
        sheet = Sheet(db, rules, clock)
        try:
            yield sheet
            if sheet.written_on:
                sheet.flush()
        except BaseException:
            self._memory.forget()
            raise
        self._memory.end(rules, clock.turn)

    def _carry(self, sheet: Sheet, issue: Issue, cause: Cause, happening: Happening) -> Wire:
        before = issue.subject.state
        payload, told = happening.payload, dict(happening.told)
        decided, id = steps.happen(sheet, self._keeping, issue, cause, payload, told)
        if id is None:
            raise NotPossibleError("not-allowed", decided.reasons[0].text, decided)
        carried = steps.carry(sheet, issue, cause, decided, before, id)
        other = told.get("duplicate_of")
        if other is not None:
            self._merge(sheet, issue, str(other), cause)
        return carried.told

    def _merge(self, sheet: Sheet, duplicate: Issue, kept: str, cause: Cause) -> None:
        other = self._memory.named(kept, sheet)
        if other is None or other is duplicate:
            detail = f"there is no other issue `{kept}`"
            raise NotPossibleError("not-mergeable", detail)
        said = merging.merge(sheet, self._memory, self._keeping, duplicate, other, cause)
        if said is not None and said.basis != "transition":
            detail = f"`{kept}` does not take its complaints: {said.reasons[0].text}"
            raise NotPossibleError("not-mergeable", detail, said)


def _known(db: Database, span_ids: Sequence[str]) -> dict[str, Placed]:
    """What those that were decided before did then."""
    places = ", ".join("?" * len(span_ids))
    rows = db.conn.execute(
        "SELECT span_id, effect, issue_id, decision, step, late FROM spans"
        f" LEFT JOIN issues ON number = issue WHERE span_id IN ({places})",
        span_ids,
    )
    return {
        row[0]: Placed(row[0], row[1], row[2], row[3], row[4], bool(row[5]), known=True)
        for row in rows
    }


def _new(rules: Rules, spans: Sequence[Values], found: Mapping[str, Placed]) -> list[Arrived]:
    """Each id once, the earliest of those that share it."""
    arrived: dict[str, Arrived] = {}
    for each in spans:
        id, at = rules.of_span(each, "span_id"), rules.of_span(each, "at")
        before = arrived.get(id)
        if id not in found and (before is None or at < before.at):
            arrived[id] = Arrived(each, id, rules.of_span(each, "subcode"), at, at)
    return list(arrived.values())
