"""A case that has what is wanted to the changes that lead to it, in words to be read aloud."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from engine.backends.proof.margins import Margin
from engine.backends.python.matcher import Matcher
from engine.language import types
from engine.language.values import to_wire
from engine.program import nodes as program
from engine.program import say, walk
from engine.program.say import Voice
from engine.program.words import (
    WITHHELD,
    listed,
    pointer_words,
    possessive,
    singular,
    value_words,
    words,
)
from engine.source import Span
from engine.verbs.wishing.differences import Difference
from engine.verbs.wishing.models import Change, Reach

_ELEMENT = "element"
_NOWHERE = Span(0, 0)


@dataclass(frozen=True)
class Telling:
    """`does_with` says whether the case would have what is wanted with another value there."""

    policy: program.Program
    decision: program.Decision
    matcher: Matcher
    voice: Voice
    does_with: Callable[[Difference, Any], bool]
    margins: Mapping[str, Margin]

    def changes(self, found: Sequence[Difference]) -> Iterator[Change]:
        for each in found:
            text, reach = self._told(each)
            if "/-/" in each.place:
                text = text.partition("; ")[0]  # of what was not there nothing is to be said
                if text.endswith(" is given"):
                    continue
            yield Change(
                fact=each.place or "/",
                called=self.called(each.place),
                text=text,
                before=None if each.sensitive else to_wire(each.before, each.type),
                after=to_wire(each.after, each.type),
                reach=reach,
                withheld=each.sensitive and each.before is not None,
            )

    def called(self, pointer: str) -> str:
        """As people call it; a new element is `the further intent`."""
        known, dash, below = pointer.partition("/-")
        if not dash:
            return pointer_words(self.decision.parameters, pointer) or "the case"
        owner = f"the {self._further(known)}"
        for step in below.split("/")[1:]:
            owner = possessive(owner, words(step))
        return owner

    def _further(self, pointer: str) -> str:
        several = pointer_words(self.decision.parameters, pointer).rpartition("'s ")[2]
        return f"further {singular(several.removeprefix('the '))}"

    def _told(self, of: Difference) -> tuple[str, Reach | None]:
        """The statement that would have to hold, then how it is."""
        called = self.called(of.place)
        match of.kind:
            case "gone":
                return f"{called} is left out", None
            case "more":
                return f"there is a {self._further(of.place.removesuffix('/-'))}", None
            case "missing":
                return f"{called} is missing; {_as_it_is(of)}", None
            case "list":
                return f"{called} {_list_said(of)}; {_as_it_is(of)}", None
            case "value" | "given":
                return self._value(of, called)
            case _:
                assert_never(of.kind)

    def _value(self, of: Difference, called: str) -> tuple[str, Reach | None]:
        now = _as_it_is(of)
        match of.type:
            case types.Bool():
                if of.kind == "given" and self.does_with(of, not of.after):
                    return f"{called} is given; {now}", None
                told = self._answered(of)
                return (told if of.kind == "value" else f"{told}; {now}"), None
            case types.Enum(members=members):
                others = [each.wire for each in members if each.wire not in (of.before, of.after)]
                fit = [each for each in others if self.does_with(of, each)]
                told = value_words(of.after, of.type)
                if len(fit) == len(others) and others:
                    told = "given" if of.kind == "given" else "another"
                return f"{called} is {told}; {now}", None
            case types.Text() | types.Code():
                return self._words(of, called), None
            case types.Number() | types.Duration() | types.Instant():
                return self._number(of, called)
            case _:
                return f"{called} is {value_words(of.after, of.type)}; {now}", None

    def _number(self, of: Difference, called: str) -> tuple[str, Reach | None]:
        now, margin = _as_it_is(of), self.margins.get(of.now)
        if margin is None or (margin.low is not None and margin.low == margin.high):
            return f"{called} is {value_words(of.after, of.type)}; {now}", None
        ends = _ends(self.policy, of, margin)
        told = ends.said(of.type) or ("given" if of.kind == "given" else "another")
        return f"{called} is {told}; {now}", ends.reach(of.type)

    def _answered(self, of: Difference) -> str:
        """What is answered by yes or no, as a condition."""
        node, voice = self._node(of.place)
        if node is None:
            return f"{self.called(of.place)} is {'yes' if of.after else 'no'}"
        return say.condition(node, voice, holds=of.after)

    def _node(self, pointer: str) -> tuple[program.Expression | None, Voice]:
        """The fact as an expression of the policy; an element of a list has a name of its own."""
        parameters, steps = self.decision.parameters, pointer.split("/")[1:]
        voice, so_far = self.voice, ""
        if len(parameters) == 1 and isinstance(parameters[0].type, types.Record):
            parameter = parameters[0]
        else:
            parameter = next(each for each in parameters if each.name == steps[0])
            so_far = f"/{steps.pop(0)}"
        node: program.Expression = program.Variable(
            name=parameter.name, type=parameter.type, span=_NOWHERE
        )
        for step in steps:
            so_far += f"/{step}"
            match node.type:
                case types.Record(fields=fields):
                    place = next((at for at, each in enumerate(fields) if each.wire == step), None)
                    if place is None:
                        return None, voice
                    field = fields[place]
                    node = program.FieldOf(
                        record=node, place=place, name=field.name, type=field.type, span=_NOWHERE
                    )
                case types.ListOf(element=element):
                    noun = self.called(so_far)
                    voice = voice.calling(_ELEMENT, noun)
                    node = program.Variable(name=_ELEMENT, type=element, span=_NOWHERE)
                case _:
                    return None, voice
        return node, voice

    def _words(self, of: Difference, called: str) -> str:
        now, old = _as_it_is(of), 0 if of.before is None else self.matcher.match(of.before)
        new, asked = self.matcher.match(of.after), self._asked_of(of.place)
        gained = [name for name, bit in asked.items() if new & bit and not old & bit]
        lost = [name for name, bit in asked.items() if old & bit and not new & bit]
        told = []
        if gained:
            told.append(f"{called} mentions {_triggers(gained, 'and')}")
        if lost:
            told.append(f"{called} does not mention {_triggers(lost, 'or')}")
        if told:
            return " and ".join(told) if of.before is not None else f"{told[0]}; {now}"
        if self._is_named(of.after):
            return f"{called} is {value_words(of.after, of.type)}; {now}"
        if of.before is None:
            return f"{called} is given; {now}"
        return f"{called} is another; {now}"

    def _asked_of(self, pointer: str) -> Mapping[str, int]:
        """The triggers that some condition looks for in a text of this name, with their bits."""
        wire = pointer.rpartition("/")[2]
        bits = {each.name: 1 << place for place, each in enumerate(self.policy.triggers)}
        return {
            name: bits[name]
            for each in _mentions(self.policy, self.decision)
            if not isinstance(each.text, program.FieldOf) or each.text.name == wire
            for name in each.triggers
        }

    def _is_named(self, text: str) -> bool:
        return any(
            text == each.value or (isinstance(each.value, tuple) and text in each.value)
            for each in _constants(self.policy, self.decision)
        )


def _triggers(names: Sequence[str], joint: str) -> str:
    return listed((f"“{words(each)}”" for each in names), joint)


def _roots(policy: program.Program, of: program.Decision) -> Iterator[program.Expression]:
    for rule in (*of.guards, *of.rules):
        if rule.condition is not None:
            yield rule.condition
    for define in policy.defines.values():
        yield define.value


def _mentions(policy: program.Program, of: program.Decision) -> Iterator[program.Mentions]:
    for root in _roots(policy, of):
        for each in walk.everything(root):
            if isinstance(each, program.Mentions):
                yield each


def _constants(policy: program.Program, of: program.Decision) -> Iterator[program.Constant]:
    for root in _roots(policy, of):
        for each in walk.everything(root):
            if isinstance(each, program.Constant):
                yield each


def _as_it_is(of: Difference) -> str:
    several = isinstance(of.type, types.ListOf)
    verb = "they are" if several else "it is"
    if of.before is None:
        return f"{verb} missing"
    if of.sensitive:
        return f"{verb} {WITHHELD.strip('()')}"
    return f"{verb} {value_words(of.before, of.type)}"


def _list_said(of: Difference) -> str:
    element = of.type.element if isinstance(of.type, types.ListOf) else types.Text()
    if not of.after:
        return "are empty"
    old, new = list(of.before or ()), list(of.after)
    gone, more = _less(old, new), _less(new, old)
    if of.before is None:
        return f"are {value_words(of.after, of.type)}"
    told = []
    if gone:
        told.append(f"do not have {listed((value_words(each, element) for each in gone), 'or')}")
    if more:
        told.append(f"have {listed(value_words(each, element) for each in more)} too")
    return " and ".join(told) or f"are {value_words(of.after, of.type)}"


def _less(one: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    """What the one has and the other has not, as often as that is so."""
    left, found = list(other), []
    for each in one:
        if each in left:
            left.remove(each)
        else:
            found.append(each)
    return found


@dataclass(frozen=True)
class _Ends:
    """How far a number may go, and the thresholds that lie there."""

    ends: Mapping[str, Any]
    named: Sequence[str]

    def reach(self, type_: types.Type) -> Reach:
        ends = {how: to_wire(value, type_) for how, value in self.ends.items()}
        return Reach(**ends, named=list(self.named))

    def said(self, type_: types.Type) -> str:
        how = _IN_TIME if isinstance(type_, types.Instant) else _COMPARED
        told = [f"{how[end]} {value_words(value, type_)}" for end, value in self.ends.items()]
        names = f" ({listed(map(words, self.named))})" if self.named else ""
        return f"{' and '.join(told)}{names}"


_COMPARED = {
    "at_least": "at least",
    "more_than": "above",
    "at_most": "at most",
    "less_than": "below",
}
_IN_TIME = {
    "at_least": "not before",
    "more_than": "after",
    "at_most": "not after",
    "less_than": "before",
}


def _ends(policy: program.Program, of: Difference, margin: Margin) -> _Ends:
    """An end is told by the number beyond it where that is a threshold, or much plainer."""
    names = {each.value: name for name, each in policy.thresholds.items() if each.type == of.type}
    ends: dict[str, Any] = {}

    def is_plainer(beyond: Any, good: Any) -> bool:
        if beyond is None or (isinstance(of.type, types.Number) and of.type.integer):
            return False
        return len(value_words(beyond, of.type)) + 3 < len(value_words(good, of.type))

    for good, beyond, inside, outside in (
        (margin.low, margin.below, "at_least", "more_than"),
        (margin.high, margin.above, "at_most", "less_than"),
    ):
        if good is None:
            continue
        is_beyond = good not in names and (beyond in names or is_plainer(beyond, good))
        ends[outside if is_beyond else inside] = beyond if is_beyond else good
    return _Ends(ends, [names[value] for value in ends.values() if value in names])
