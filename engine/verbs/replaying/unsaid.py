"""A case in which hashes stand for sensitive texts, and what those mentioned, to one that mentions
just the same.

That serves only a version that asks of such texts what they mention and nothing else, and looks for
nothing but what the version that recorded them looked for, in the same words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.backends.proof.sayings import Sayings
from engine.backends.python.births import escaped
from engine.language import types
from engine.language.types import Type
from engine.program import nodes as program
from engine.program import walk
from engine.verbs.replaying.explained import case_type

NOT_KEPT = "message not kept"
_PRESENCE = ("is known", "is missing")
_SILENT = "-"
"""A text that mentions nothing."""


class UnsaidError(ValueError):
    """Why it cannot be done."""


@dataclass
class Unsaid:
    """For one version that recorded, and those that are to decide."""

    recording: program.Program
    sides: Sequence[program.Program]
    decision: str
    cause: str | None = None
    _texts: dict[tuple[str, ...], str | None] = field(default_factory=dict)
    _sayings: Sayings = field(default_factory=Sayings)

    def __post_init__(self) -> None:
        if any(self.decision not in each.decisions for each in self.sides):
            self.cause = f"{NOT_KEPT}, and a lifecycle decides"
            return
        known = set(self.recording.triggers)
        for each in self.sides:
            new = [one.name for one in _triggers(each, self.decision) if one not in known]
            if new:
                self.cause = f"{NOT_KEPT}: {each.version} looks for `{new[0]}` in other words"
            elif any(map(_reads_more, _roots(each, self.decision))):
                self.cause = f"{NOT_KEPT}: {each.version} reads more of it than what it mentions"
            if self.cause:
                return

    def case(self, case: Any, mentioned: Mapping[str, Sequence[str]]) -> Any:
        """With texts in place of the hashes; `UnsaidError` where that cannot be."""
        if self.cause is not None:
            raise UnsaidError(self.cause)
        return self._said(case, case_type(self.recording, self.decision), "", mentioned)

    def _said(
        self, value: Any, type_: Type, at: str, mentioned: Mapping[str, Sequence[str]]
    ) -> Any:
        match type_, value:
            case types.Record(fields=fields), Mapping():
                made = {}
                for each in fields:
                    inside, place = value.get(each.wire), f"{at}/{escaped(each.wire)}"
                    if inside is None:
                        continue
                    if not each.sensitive:
                        made[each.wire] = self._said(inside, each.type, place, mentioned)
                    elif isinstance(each.type, types.Text):
                        made[each.wire] = self._text(tuple(mentioned.get(place, ())))
                    else:
                        raise UnsaidError(f"{NOT_KEPT}: nor is `{place}`, which is no text")
                return made
            case types.ListOf(element=element), list():
                return [
                    self._said(each, element, f"{at}/{place}", mentioned)
                    for place, each in enumerate(value)
                ]
            case _:
                return value

    def _text(self, mentioned: tuple[str, ...]) -> str:
        if not mentioned:
            return _SILENT
        if mentioned not in self._texts:
            wanted = {each: each.name in mentioned for each in self.recording.triggers}
            self._texts[mentioned] = next(self._sayings.texts(wanted), None)
        found = self._texts[mentioned]
        if found is None:
            raise UnsaidError(f"{NOT_KEPT}: nothing is known to say just what it mentioned")
        return found


def _triggers(policy: program.Program, decision: str) -> list[Any]:
    """Those that the decision asks for."""
    asked = {
        name
        for root in _roots(policy, decision)
        for each in walk.everything(root)
        if isinstance(each, program.Mentions)
        for name in each.triggers
    }
    return [each for each in policy.triggers if each.name in asked]


def _reads_more(node: program.Expression) -> bool:
    """Whether a sensitive fact is read but to see what it mentions, or whether it is there."""
    inside = walk.children(node)
    if isinstance(node, program.Mentions) or (
        isinstance(node, program.Apply) and node.symbol in _PRESENCE
    ):
        inside = tuple(
            below
            for each in inside
            for below in (walk.children(each) if _is_sensitive(each) else (each,))
        )
    return any(_is_sensitive(each) or _reads_more(each) for each in inside)


def _is_sensitive(node: program.Expression) -> bool:
    return isinstance(node, program.FieldOf) and node.sensitive


def _roots(policy: program.Program, decision: str) -> Iterator[program.Expression]:
    """All expressions that may make the decision: its own, and those of every define."""
    of = policy.decisions[decision]
    for rule in (*of.guards, *of.rules):
        yield from filter(None, (rule.condition, rule.outcome, rule.unknown_outcome))
    if of.otherwise is not None:
        yield of.otherwise.outcome
    yield from (each.value for each in of.always)
    yield from (each.value for each in policy.defines.values())
