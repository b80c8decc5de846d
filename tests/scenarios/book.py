"""Spans, events and a clock to the story of an issue, decided by the lifecycle policy alone.

The book keeps what the policy wants kept: issues with facts and counts, and spans that wait.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import decide, explain
from engine.backends.python.evaluator import Evaluator
from engine.backends.python.lifecycle import Subject
from engine.backends.python.validate import validate_record
from engine.decision import Decision
from engine.language import types
from engine.language.values import parse_instant, to_wire, write_instant
from engine.program.nodes import Program
from engine.verbs.explaining.render import render

Facts = dict[str, Any]


@dataclass
class Issue:
    """`subject` is what the machine knows, `spans` are those it has taken."""

    name: str
    subject: Subject
    spans: list[Facts]


@dataclass
class Step:
    """One step of the story: what is told of it, and what it came to."""

    told: list[str]
    effect: str | None = None
    notices: list[Facts] = field(default_factory=list)


class Book:
    def __init__(self, policy: Program, names: Iterator[str]) -> None:
        self.policy = policy
        self.machine = Evaluator(policy).lifecycles["issue"]
        record = self.machine.node.parameter.type
        assert isinstance(record, types.Record)
        self.record = record
        self.issues: list[Issue] = []
        self.waiting: list[Facts] = []
        self._names = names

    def facts(self, issue: Issue) -> Facts:
        wire: Any = to_wire(issue.subject.facts, self.record)
        return {name: value for name, value in wire.items() if value is not None}

    def clock(self, at: str) -> Step:
        """All that time alone brings, each at its own instant."""
        step = Step([])
        for issue in self.issues:
            self._look_at_the_clock(issue, _instant(at), step)
        return step

    def span(self, span: Facts) -> Step:
        step = self.clock(span["at"])
        asked = {
            "span": span,
            "issues": [self._candidate(each) for each in self.issues if _alike(each, span)],
            "buffered": [each for each in self.waiting if each["subcode"] == span["subcode"]],
        }
        placed = self._decide("placement", asked, span["at"], step)
        step.effect = placed["effect"]
        match placed["effect"]:
            case "opened":
                self._open(span, placed, step)
            case "attached":
                taker = next(each for each in self.issues if each.name == placed["issue"])
                self._happen(taker, "span", {"span": span}, span["at"], step, span, placed)
            case "buffered":
                self.waiting.append(span)
        return step

    def event(self, issue: Issue, name: str, payload: Facts, at: str) -> Step:
        step = self.clock(at)
        self._happen(issue, name, payload, at, step)
        return step

    def assessment(self, issue: Issue, at: str) -> Facts:
        decision = decide(self.policy, self.facts(issue), "assessment", _instant(at))
        outcome: Facts = decision.outcome
        return outcome

    def signals(self, issue: Issue, at: str) -> list[str]:
        decision = decide(self.policy, self.facts(issue), "signals", _instant(at))
        return [each["text"] for each in decision.outcome]

    def _open(self, span: Facts, placed: Facts, step: Step) -> None:
        others = [each for each in self.waiting if each["span_id"] in placed["opening"]]
        opened = self._decide("opening", {"span": span, "others": others}, span["at"], step)
        self.waiting = [each for each in self.waiting if each not in others]
        declared = {each.wire for each in self.record.fields}
        facts = {name: value for name, value in opened.items() if name in declared}
        subject = self.machine.enter(self._values(facts), _instant(span["at"]))
        issue = Issue(next(self._names), subject, [])
        for each in (*others, span):
            self._count(issue, each, complaint=True)
        self.issues.append(issue)
        step.told.append(f"{issue.name} is opened: {issue.subject.state}.")

    def _happen(
        self,
        issue: Issue,
        name: str,
        payload: Facts,
        at: str,
        step: Step,
        span: Facts | None = None,
        placed: Facts | None = None,
    ) -> None:
        case = {
            "issue": self.facts(issue),
            "state": issue.subject.state,
            "event": {"name": name, **payload},
        }
        step.told.append(render(explain(self.policy, case, "issue", _instant(at))))
        event = next(each for each in self.machine.node.events if each.name == name)
        taken = validate_record(event.payload, payload, "/event")
        assert taken.arguments is not None, taken.faults
        before = issue.subject.state
        issue.subject, decided = self.machine.step(
            issue.subject, name, taken.arguments[0], _instant(at)
        )
        assert decided.basis == "transition", decided
        if span is not None and placed is not None:
            self._count(issue, span, complaint=placed["complaint"], mark=placed["mark"])
        self._consequences(issue, name, before, at, step, span)

    def _look_at_the_clock(self, issue: Issue, until: int, step: Step) -> None:
        while (due := issue.subject.due()) is not None and due <= until:
            before = issue.subject.state
            issue.subject, decisions = self.machine.advance(issue.subject, due)
            for decision in decisions:
                self._passed(issue, decision, before, step)

    def _passed(self, issue: Issue, decision: Decision, before: str, step: Step) -> None:
        at, (cause,) = write_instant(issue.subject.entered), decision.determining
        at = decision.as_of or at
        step.told.append(f"At {at} {cause}: {decision.reasons[0].text}.")
        self._consequences(issue, cause, before, at, step, None)

    def _consequences(
        self, issue: Issue, cause: str, before: str, at: str, step: Step, span: Facts | None
    ) -> None:
        told: Facts = {
            "cause": cause,
            "from_state": before,
            "to_state": issue.subject.state,
            "issue": self.facts(issue),
        }
        if span is not None:
            told["span"] = span
            effect = decide(self.policy, told, "span_effect", _instant(at))
            step.effect = effect.outcome["effect"]
        notices = decide(self.policy, told, "consequences", _instant(at)).outcome
        step.notices += notices
        for each in notices:
            to = f" to {each['to']}" if each["to"] else ""
            due = f", by {each['due']}" if each["due"] else ""
            step.told.append(f"{each['kind'].capitalize()}{to}: {each['text']}{due}.")

    def _decide(self, name: str, case: Facts, at: str, step: Step) -> Facts:
        step.told.append(render(explain(self.policy, case, name, _instant(at))))
        decision = decide(self.policy, case, name, _instant(at))
        assert decision.basis != "refused", decision.faults
        outcome: Facts = decision.outcome
        return outcome

    def _candidate(self, issue: Issue) -> Facts:
        facts = self.facts(issue)
        kept = ("created_at", "resolved_at", "manual")
        return {
            "issue_id": issue.name,
            "state": issue.subject.state,
            "newest": issue.spans[-20:],
            **{name: facts[name] for name in kept if name in facts},
        }

    def _count(
        self, issue: Issue, span: Facts, *, complaint: bool, mark: str | None = None
    ) -> None:
        """The tallies of an issue, as the policy declares them."""
        issue.spans.append(span)
        facts = self.facts(issue)
        mark = mark or span["comparative"]
        by_day = facts.setdefault("marks", {}).setdefault(mark, Counter())
        by_day[span["at"][:10]] = by_day.get(span["at"][:10], 0) + 1
        if complaint:
            complaints = [each for each in issue.spans if each["valence"] == "V-"]
            facts["reviews"] = len({each["review_id"] for each in complaints})
            facts["evidence"] = _counts(complaints, "evidence", "EC")
            facts["intensities"] = _counts(complaints, "intensity", "I1")
            facts["specificity"] = max(each.get("specificity", "S1") for each in complaints)
        values = self._values(facts)
        issue.subject = self.machine.change(issue.subject, values, _instant(span["at"]))

    def _values(self, facts: Facts) -> tuple[Any, ...]:
        taken = validate_record(self.record, facts, "/issue")
        assert taken.arguments is not None, taken.faults
        values: tuple[Any, ...] = taken.arguments[0]
        return values


def _instant(text: str) -> int:
    instant = parse_instant(text)
    assert instant is not None
    return instant


def _alike(issue: Issue, span: Facts) -> bool:
    return any(each["subcode"] == span["subcode"] for each in issue.spans)


def _counts(spans: list[Facts], name: str, default: str) -> Mapping[str, int]:
    return Counter(str(each.get(name, default)) for each in spans)
