"""A span to what it does: it goes where `placement` says, opens an issue with those that waited, or
is taken by one, which takes a step by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from engine import Decision
from service.desks.book import steps, tallies
from service.desks.book.decisions import Keeping
from service.desks.book.issue import Issue, stamp
from service.desks.book.memory import Memory, Shelf, Waiting
from service.desks.book.rules import Values, Wire
from service.desks.book.sheet import Sheet
from service.desks.book.steps import Cause

_SPAN = "span"


@dataclass(frozen=True, slots=True)
class Placed:
    """What a span did. `decision` is the id of its placement, `step` that of the issue's step;
    `known` says that it had done so before."""

    span_id: str
    effect: str
    issue_id: str | None
    decision: str
    step: str | None
    late: bool
    known: bool = False


@dataclass(frozen=True, slots=True)
class Arrived:
    """A span as values; `at` is its own instant, `now` that at which it is decided."""

    span: Values
    span_id: str
    subcode: str
    at: int
    now: int

    @property
    def late(self) -> bool:
        return self.at < self.now

    def decided_at(self, now: int) -> "Arrived":
        return replace(self, now=now)


def place(
    sheet: Sheet, memory: Memory, keeping: Keeping, arrived: Arrived
) -> tuple[Placed, Issue | None]:
    """What it did, and the issue that has it. The clock must have been looked at before."""
    rules, span = sheet.rules, arrived.span
    shelf = memory.shelf(arrived.subcode, sheet)
    issues = tuple(shelf.issues[each].seen_by(rules) for each in sorted(shelf.issues))
    buffered = tuple(each.span for each in shelf.waiting)
    decided = rules.ask("placement", arrived.now, span, issues, buffered)
    outcome: Wire = decided.outcome
    seq = sheet.next("spans")
    decision = steps.keep(sheet, keeping, decided, _found_again(sheet, arrived, shelf, seq))
    effect, issue, step = outcome["effect"], None, None
    match effect:
        case "opened":
            issue = _open(sheet, memory, keeping, arrived, shelf, seq, decided, decision)
        case "attached":
            issue = _named(shelf, outcome["issue"])
            effect, step = _take(sheet, memory, keeping, arrived, issue, seq, outcome)
        case "buffered":
            waiting = Waiting(arrived.at, arrived.span_id, seq, span, outcome["mark"])
            memory.wait(waiting, arrived.subcode, sheet)
            sheet.add("buffer", (arrived.subcode, arrived.at, arrived.span_id, seq))
    number = None if issue is None else issue.number
    sheet.add("spans", _row(keeping, sheet, arrived, seq, outcome, effect, number, decision, step))
    issue_id = None if issue is None else issue.issue_id
    return Placed(arrived.span_id, effect, issue_id, decision, step, arrived.late), issue


def _open(
    sheet: Sheet,
    memory: Memory,
    keeping: Keeping,
    arrived: Arrived,
    shelf: Shelf,
    seq: int,
    decided: Decision,
    decision: str,
) -> Issue:
    rules, now, outcome = sheet.rules, arrived.now, decided.outcome
    others = [each for each in shelf.waiting if each.span_id in set(outcome["opening"])]
    opened = rules.ask("opening", now, arrived.span, tuple(each.span for each in others)).outcome
    declared = {each.wire for each in rules.facts.fields}
    given = {name: value for name, value in opened.items() if name in declared}
    taken = rules.follower.take(rules.facts, given)
    if taken.arguments is None:
        raise ValueError(f"the policy opens an issue with faults: {taken.faults}")
    number = sheet.next("issues")
    issue = Issue(
        number,
        sheet.name(int(stamp(now)[:4])),
        rules.machine.enter(taken.arguments[0], now),
        arrived.subcode,
        opened["domain"],
        now,
        arrived.at,
        None,
        opened["entity"],
        opened["location"],
        newest=[],
    )
    sheet.change(issue, new=True)
    for each in others:
        tallies.count(sheet, issue, each.span, complaint=True, mark=each.mark, now=now)
        _belong(sheet, issue, each.at, each.span_id, each.span, each.seq, seq)
        sheet.take(each.seq, number, (arrived.subcode, each.at, each.span_id))
    tallies.count(sheet, issue, arrived.span, complaint=True, mark=outcome["mark"], now=now)
    _belong(sheet, issue, arrived.at, arrived.span_id, arrived.span, seq, seq)
    _tell_opened(sheet, issue, arrived, others, decided, decision)
    state = issue.subject.state
    step: Values = (_SPAN, state, state, arrived.span, issue.subject.facts)
    steps.recalculate(sheet, issue, now, step)
    _acknowledge(sheet, keeping, issue, arrived)
    memory.opened(issue, shelf, sheet)
    memory.leave(others, arrived.subcode, sheet)
    return issue


def _acknowledge(sheet: Sheet, keeping: Keeping, issue: Issue, arrived: Arrived) -> None:
    """Where a rule of the policy does that without a person."""
    rules = sheet.rules
    said = rules.ask("auto_ack", arrived.now, issue.subject.facts)
    if not said.outcome["ack"]:
        return
    reasons = ", ".join(each.text for each in said.reasons)
    cause = Cause(
        name="ack",
        at=arrived.now,
        actor=f"{rules.program.name}@{rules.program.version}",
        span=arrived.span,
        told=(("span_id", arrived.span_id), ("notes", reasons)),
    )
    before = issue.subject.state
    decided, id = steps.happen(sheet, keeping, issue, cause, (), {})
    if id is not None:
        steps.carry(sheet, issue, cause, decided, before, id)


def _take(
    sheet: Sheet,
    memory: Memory,
    keeping: Keeping,
    arrived: Arrived,
    issue: Issue,
    seq: int,
    outcome: Mapping[str, Any],
) -> tuple[str, str | None]:
    """What the span does to the issue that takes it, and the id of that decision."""
    rules, now = sheet.rules, arrived.now
    cause = Cause(
        name=_SPAN,
        at=now,
        actor=arrived.span_id,
        span=arrived.span,
        late=arrived.late,
        told=(("span_id", arrived.span_id),),
    )
    before = issue.subject.state
    told = {"span": rules.follower.written(rules.span, arrived.span)}
    decided, id = steps.happen(sheet, keeping, issue, cause, (arrived.span,), told)
    tallies.count(
        sheet, issue, arrived.span, complaint=outcome["complaint"], mark=outcome["mark"], now=now
    )
    _belong(sheet, issue, arrived.at, arrived.span_id, arrived.span, seq, seq)
    sheet.change(issue)
    if id is None:
        return "attached", None
    carried = steps.carry(sheet, issue, cause, decided, before, id)
    memory.settle(issue, sheet)
    return str(rules.ask("span_effect", now, carried.step).outcome["effect"]), id


def _belong(
    sheet: Sheet, issue: Issue, at: int, span_id: str, span: Values, seq: int, since: int
) -> None:
    issue.add_newest(at, span_id, span, sheet.rules.most_newest)
    sheet.add("issue_spans", (issue.number, at, span_id, seq, since))


def _row(
    keeping: Keeping,
    sheet: Sheet,
    arrived: Arrived,
    seq: int,
    outcome: Mapping[str, Any],
    effect: str,
    issue: int | None,
    decision: str,
    step: str | None,
) -> tuple[Any, ...]:
    rules = sheet.rules
    written = msgspec.json.encode(rules.follower.written(rules.span, arrived.span))
    return (
        seq,
        arrived.span_id,
        arrived.at,
        arrived.subcode,
        keeping.vault.seal_of_nobody(arrived.span_id).close(written, "span", arrived.span_id),
        outcome["mark"],
        int(outcome["complaint"]),
        effect,
        int(arrived.late),
        issue,
        decision,
        step,
    )


def _found_again(sheet: Sheet, arrived: Arrived, shelf: Shelf, seq: int) -> Wire:
    """By which the case of a placement is found again: it is too large to be kept with each."""
    issues = [shelf.issues[each].referred(sheet.rules) for each in sorted(shelf.issues)]
    waiting = [each.seq for each in shelf.waiting]
    return {
        "book": {
            "span": arrived.span_id,
            "before": seq,
            "newest": sheet.rules.most_newest,
            "issues": issues,
            "waiting": waiting,
        }
    }


def _named(shelf: Shelf, issue_id: str) -> Issue:
    return next(each for each in shelf.issues.values() if each.issue_id == issue_id)


def _tell_opened(
    sheet: Sheet,
    issue: Issue,
    arrived: Arrived,
    others: Sequence[Waiting],
    decided: Decision,
    decision: str,
) -> None:
    rules = sheet.rules
    told = {
        "event_type": "issue_opened",
        "issue_id": issue.issue_id,
        "to_state": issue.subject.state,
        "timestamp": stamp(arrived.now),
        "actor": arrived.span_id,
        "trigger": _SPAN,
        "event": "detect",
        "subcode": issue.subcode,
        "domain": issue.domain,
        "span_ids": [*(each.span_id for each in others), arrived.span_id],
        "max_intensity": rules.fact(issue.subject.facts, "max_intensity"),
        "owner_team": rules.fact(issue.subject.facts, "owner_team"),
        "entity": issue.entity,
        "location": issue.location,
        "reasons": [each.text for each in decided.reasons if each.text],
        "decision_id": decision,
        "policy": f"{rules.program.name}@{rules.program.version}",
        "late": True if arrived.late else None,
    }
    body = {name: value for name, value in told.items() if value is not None}
    seq = sheet.event(arrived.now, "issue_opened", issue.issue_id, body)
    moved = ("", issue.subject.state, "detect", _SPAN)
    sheet.add("transitions", (seq, issue.number, arrived.now, *moved))
