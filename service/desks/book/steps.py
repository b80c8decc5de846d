"""A step of an issue carried out: what it changed is counted and told, and what the policy says it
causes beyond that."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine import Decision
from service.desks.book.decisions import Keeping
from service.desks.book.issue import Issue, stamp
from service.desks.book.rules import Rules, Values, Wire
from service.desks.book.sheet import Sheet

_DAILY = "daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why an issue takes a step: the event or the deadline, who is behind it, and what stands
    beside it in its story. `span` is there where one caused it."""

    name: str
    at: int
    actor: str
    span: Values | None = None
    late: bool = False
    told: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """The step as the policy looks at it, and as it stands in the issue's story."""

    step: Values
    told: Wire


def carry(
    sheet: Sheet, issue: Issue, cause: Cause, decided: Decision, before: str, decision_id: str
) -> Carried:
    """After the machine has taken the step and all is counted."""
    rules, at = sheet.rules, cause.at
    subject = issue.subject
    step: Values = (cause.name, before, subject.state, cause.span, subject.facts)
    sheet.change(issue)
    story = _tell(sheet, issue, cause, decided, step, decision_id)
    for notice in rules.ask("consequences", at, step).outcome:
        told = {name: value for name, value in notice.items() if value is not None}
        body = {"issue_id": issue.issue_id, "timestamp": stamp(at), **told, "cause": cause.name}
        sheet.event(at, notice["kind"], issue.issue_id, body)
    recalculate(sheet, issue, at, step)
    return Carried(step, story)


def recalculate(sheet: Sheet, issue: Issue, at: int, step: Values) -> None:
    """The score, where the policy says that it is due, and when it is due again."""
    rules = sheet.rules
    said = rules.ask("recalculation", at, step).outcome
    if not said["daily"]:
        issue.daily = None
    elif issue.daily is None or step[0] == _DAILY:
        issue.daily = rules.instant(said["next"])
    if said["due"]:
        assess(sheet, issue, at)


def assess(sheet: Sheet, issue: Issue, at: int) -> None:
    assessed = sheet.rules.ask("assessment", at, issue.subject.facts).outcome
    label = issue.assessed.get("priority_label")
    signals = sheet.rules.ask("signals", at, issue.subject.facts).outcome
    issue.assessed = {"assessed_at": stamp(at), **assessed, "signals": signals}
    if label is not None and label != assessed["priority_label"]:
        told = {
            "issue_id": issue.issue_id,
            "timestamp": stamp(at),
            "from": label,
            "to": assessed["priority_label"],
            "priority_score": assessed["priority_score"],
        }
        sheet.event(at, "priority_label", issue.issue_id, told)


def happenings(sheet: Sheet, keeping: Keeping, issue: Issue, at: int) -> Iterator[str]:
    """What time alone does to an issue that is due at this instant; gives the name of each as it is
    done. What happens together is one decision."""
    if issue.subject.due() == at:
        yield from _passed(sheet, keeping, issue, at)
    if issue.daily == at:
        state = issue.subject.state
        sheet.change(issue)
        recalculate(sheet, issue, at, (_DAILY, state, state, None, issue.subject.facts))
        yield _DAILY


def _passed(sheet: Sheet, keeping: Keeping, issue: Issue, at: int) -> Iterator[str]:
    rules, asked = sheet.rules, {"input": _case(sheet.rules, issue)}
    passed = list(rules.machine.happenings(issue.subject, at))
    decisions = [decided for _, decided in passed if decided is not None]
    id = keep(sheet, keeping, rules.follower.joined(decisions), asked) if decisions else ""
    for subject, decided in passed:
        before, issue.subject = issue.subject.state, subject
        sheet.change(issue)
        if decided is not None:
            (name,) = decided.determining
            cause = Cause(name=name, at=at, actor="clock")
            carry(sheet, issue, cause, decided, before, id)
            yield name


def happen(
    sheet: Sheet, keeping: Keeping, issue: Issue, cause: Cause, payload: Values, told: Wire
) -> tuple[Decision, str | None]:
    """An event, and what it causes; the decision, and its id where it moved anything. `told` is
    the payload as JSON has it."""
    rules, before = sheet.rules, issue.subject
    subject, decided = rules.machine.step(before, cause.name, payload, cause.at)
    if decided.basis != "transition":
        return decided, None
    asked = {"input": {**_case(rules, issue), "event": {"name": cause.name, **told}}}
    id = keep(sheet, keeping, decided, asked)
    issue.subject = subject
    return decided, id


def keep(sheet: Sheet, keeping: Keeping, decided: Decision, asked: Wire) -> str:
    id, row = keeping.row(sheet.rules.program, decided, asked)
    if row:
        sheet.add("journal", row)
    return id


def _case(rules: Rules, issue: Issue) -> Wire:
    facts = {rules.machine.node.parameter.name: issue.written(rules)}
    return {**facts, "state": issue.subject.state}


def _tell(
    sheet: Sheet, issue: Issue, cause: Cause, decided: Decision, step: Values, decision_id: str
) -> Wire:
    entry = sheet.rules.ask("history_entry", cause.at, step).outcome
    body = {
        "event_type": entry["event_type"],
        "issue_id": issue.issue_id,
        "from_state": entry["from_state"],
        "to_state": entry["to_state"],
        "timestamp": stamp(cause.at),
        "actor": cause.actor,
        "trigger": entry["trigger"],
        "event": entry["event"],
        "cause": cause.name,
        **dict(cause.told),
        "reasons": [each.text for each in decided.reasons if each.text],
        "set": {name: value for name, value in decided.outcome["set"].items() if value is not None},
        "decision_id": decision_id,
        "policy": f"{sheet.rules.program.name}@{sheet.rules.program.version}",
    }
    if cause.late:
        body["late"] = True
    seq = sheet.event(cause.at, entry["event_type"], issue.issue_id, body)
    if entry["from_state"] != entry["to_state"]:
        moved = (entry["from_state"], entry["to_state"], entry["event"], entry["trigger"])
        sheet.add("transitions", (seq, issue.number, cause.at, *moved))
    return body
