"""Triggers to texts that mention some of them and not others.

What a trigger looks for, what it leaves out, and the one within the other are things to be said;
what each of them mentions is found by reading it. A text that mentions several is put together of
such, and read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, permutations

from engine.language.mentions import Reader, reader
from engine.language.phrases import Near, Pattern, Phrase, Trigger
from engine.language.text import words

_MOST_OF_EACH = 40
_MOST_EXCEPTED = 24
_MOST_APART = 60
_JOINTS = (", ", " and then I would like to say that ")


@dataclass
class Sayings:
    """Triggers are told apart by what they are, not by what they say: that would take long."""

    _readers: dict[int, tuple[Trigger, Reader]] = field(default_factory=dict)
    _said: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _read: dict[tuple[str, int], bool] = field(default_factory=dict)

    def reads(self, text: str, trigger: Trigger) -> bool:
        key = text, id(trigger)
        known = self._read.get(key)
        if known is None:
            if id(trigger) not in self._readers:
                self._readers[id(trigger)] = trigger, reader(trigger)
            known = self._read[key] = bool(self._readers[id(trigger)][1](words(text)))
        return known

    def ways(self, triggers: Sequence[Trigger]) -> list[tuple[bool, ...]]:
        """Which of them a text may mention together: none, or what one thing said mentions, or two
        of them in one text."""
        found = {tuple(False for _ in triggers): ""}
        for text in self._pool(triggers):
            found.setdefault(self._way(text, triggers), text)
        single = list(found.items())
        for (_, one), (_, other) in combinations(single, 2):
            if one and other:
                text = _JOINTS[1].join((one, other))
                found.setdefault(self._way(text, triggers), text)
        return list(found)

    def one_of_each(self, triggers: Sequence[Trigger]) -> list[str]:
        """One thing said for each way, the first that the policies name."""
        found: dict[tuple[bool, ...], str] = {}
        for text in self._all(triggers):
            found.setdefault(self._way(text, triggers), text)
        return list(found.values())

    def texts(self, wanted: Mapping[Trigger, bool]) -> Iterator[str]:
        """Texts that mention just these of the triggers that are wanted or not."""
        triggers = tuple(wanted)
        way = tuple(wanted.values())
        if not any(way):
            return
        fitting: dict[tuple[bool, ...], str] = {}
        for text in self._pool(triggers):
            its = self._way(text, triggers)
            if its == way:
                yield text
            if any(its) and all(not each or asked for each, asked in zip(its, way, strict=True)):
                fitting.setdefault(its, text)
        for size in (2, 3):
            for several in combinations(list(fitting.items())[:_MOST_OF_EACH], size):
                covered = [any(each) for each in zip(*(its for its, _ in several), strict=True)]
                for joint in _JOINTS if covered == list(way) else ():
                    text = joint.join(said for _, said in several)
                    if self._way(text, triggers) == way:
                        yield text
        whole = [self._alone(each, triggers, way) for each, asked in wanted.items() if asked]
        if None not in whole:
            text = _JOINTS[1].join(each for each in whole if each is not None)
            if self._way(text, triggers) == way:
                yield text

    def _alone(
        self, trigger: Trigger, triggers: Sequence[Trigger], way: Sequence[bool]
    ) -> str | None:
        for text in self._saying(trigger):
            its = self._way(text, triggers)
            if self.reads(text, trigger) and all(
                not each or asked for each, asked in zip(its, way, strict=True)
            ):
                return text
        return None

    def _way(self, text: str, triggers: Sequence[Trigger]) -> tuple[bool, ...]:
        return tuple(self.reads(text, each) for each in triggers)

    def _pool(self, triggers: Sequence[Trigger]) -> Iterator[str]:
        """The shortest first."""
        found = dict.fromkeys(self._all(triggers))
        yield from sorted(found, key=lambda text: (len(text.split()), len(text)))

    def _all(self, triggers: Sequence[Trigger]) -> Iterator[str]:
        """What two versions of a trigger have apart, before what each of them looks for."""
        for one, other in permutations(triggers, 2):
            if one.name == other.name:
                for mine, its in (
                    (one.patterns, set(other.patterns)),
                    (one.exceptions, set(other.exceptions)),
                ):
                    yield from map(said, spread([e for e in mine if e not in its], _MOST_APART))
        for each in triggers:
            yield from self._saying(each)

    def _saying(self, trigger: Trigger) -> tuple[str, ...]:
        if id(trigger) not in self._said:
            self._readers.setdefault(id(trigger), (trigger, reader(trigger)))
            patterns = [said(each) for each in spread(trigger.patterns, _MOST_OF_EACH)]
            excepted = [said(each) for each in spread(trigger.exceptions, _MOST_EXCEPTED)]
            both = [f"{one} {other}" for one in excepted[:6] for other in patterns[:6]]
            self._said[id(trigger)] = (*patterns, *excepted, *both)
        return self._said[id(trigger)]


def spread(patterns: Sequence[Pattern], most: int) -> Sequence[Pattern]:
    """Some from everywhere, where there are too many."""
    step = -(-len(patterns) // most) or 1
    return patterns[::step]


def said(pattern: Pattern) -> str:
    match pattern:
        case Phrase(words=found):
            return " ".join(each.text for each in found)
        case Near(left=left, right=right):
            return f"{said(left)} {said(right)}"
