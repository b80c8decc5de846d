"""The live policy to what the book asks of it: its decisions by name, and its records' places."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import engine
from engine import Decision, Follower, Program
from service.problems import ProblemError
from service.shelf import Shelf

GOVERNS = "issues"
Values = tuple[Any, ...]
Wire = dict[str, Any]

_LIFECYCLE = "issue"
_ASKED = (
    "placement",
    "opening",
    "auto_ack",
    "consequences",
    "span_effect",
    "history_entry",
    "recalculation",
    "assessment",
    "signals",
)


@dataclass(frozen=True)
class Tally:
    """A fact that the book keeps over the records of one kind, at its place among the facts."""

    place: int
    name: str
    kind: str
    record: str
    by: str
    daily: bool
    rank: Mapping[str, int]

    def height(self, value: Any) -> Any:
        """By which the greatest and the least are found."""
        return self.rank.get(value, value)


class Rules:
    """`span`, `facts` and `candidate` are records of the policy; `read_span` and `read_facts` read
    again what was written of them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.follower: Follower = engine.follow(program, _LIFECYCLE)
        follower = self.follower
        self.machine = follower.machine
        self.facts = follower.facts
        self.span = follower.parameter("placement", 0)
        self.candidate = follower.parameter("placement", 1)
        self.step = follower.parameter("consequences", 0)
        self.most_candidates = follower.bound("placement", 1)
        self.most_buffered = follower.bound("placement", 2)
        (newest,) = (each for each in self.candidate.fields if each.name == "newest")
        self.most_newest: int = newest.type.bound  # type: ignore[union-attr]
        self.read_span: Callable[[Mapping[str, Any]], Values] = follower.reader(self.span)
        self.read_facts: Callable[[Mapping[str, Any]], Values] = follower.reader(self.facts)
        self.tallies = [
            Tally(
                place,
                each.name,
                each.kept.kind,
                each.kept.record,
                each.kept.by,
                each.kept.daily,
                getattr(each.type, "ranks", {}),
            )
            for place, each in enumerate(self.facts.fields)
            if each.kept is not None
        ]
        self._of_candidate = [self.facts.places.get(each.name) for each in self.candidate.fields]

    def ask(self, decision: str, now: int, *arguments: Any) -> Decision:
        return self.follower.ask(decision, now, *arguments)

    def refused(self, decision: str) -> Any:
        """What is safe where a case cannot be read."""
        return engine.decide(self.program, "[]", decision, 0).outcome

    def fact(self, facts: Values, name: str) -> Any:
        return facts[self.facts.places[name]]

    def of_span(self, span: Values, name: str) -> Any:
        return span[self.span.places[name]]

    def written(self, facts: Values) -> Wire:
        return self.follower.written(self.facts, facts)

    def instant(self, text: str | None) -> int:
        """Of a text that the policy gave."""
        at = engine.parse_instant(text or "")
        if at is None:
            raise ValueError(text)
        return at

    def candidate_of(
        self, issue_id: str, state: str, facts: Values, newest: tuple[Values, ...]
    ) -> Values:
        """An issue as `placement` looks at it."""
        own: Mapping[str, Any] = {"issue_id": issue_id, "state": state, "newest": newest}
        return tuple(
            own[each.name] if place is None or each.name in own else facts[place]
            for each, place in zip(self.candidate.fields, self._of_candidate, strict=True)
        )


def rules_of(shelf: Shelf) -> Rules:
    """Of the one live policy that governs issues."""
    live = [each for each in shelf.actives().values() if GOVERNS in each.governs]
    for each in live:
        rules = _rules(each)
        if rules is not None:
            return rules
    detail = "no policy is live that governs issues, with all that the book asks"
    raise ProblemError(503, "no-active-version", detail)


def _rules(program: Program) -> Rules | None:
    """Made once; None where the policy lacks what the book asks."""
    if _LIFECYCLE not in program.lifecycles or not set(_ASKED) <= set(program.decisions):
        return None
    made = _made.get(program.content_hash)
    if made is None:
        while len(_made) >= _MOST_MADE:
            _made.pop(next(iter(_made)))
        made = _made[program.content_hash] = Rules(program)
    return made


_MOST_MADE = 8
_made: dict[str, Rules] = {}
