"""Triggers to texts that mention some of them and not others.

What a trigger looks for, what it leaves out, and the one within the other are things to be said;
what each of them mentions is found by reading it. A text that mentions several is put together of
such, and read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from engine.language.mentions import Reader, reader
from engine.language.phrases import Near, Pattern, Phrase, Trigger
from engine.language.text import words

_MOST_OF_EACH = 40
_MOST_EXCEPTED = 24
_JOINTS = (", ", " and then I would like to say that ")


@dataclass
class Sayings:
    _readers: dict[Trigger, Reader] = field(default_factory=dict)
    _said: dict[Trigger, tuple[str, ...]] = field(default_factory=dict)
    _read: dict[tuple[str, Trigger], bool] = field(default_factory=dict)

    def reads(self, text: str, trigger: Trigger) -> bool:
        key = text, trigger
        if key not in self._read:
            known = self._readers.get(trigger)
            if known is None:
                known = self._readers[trigger] = reader(trigger)
            self._read[key] = bool(known(words(text)))
        return self._read[key]

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
        for trigger in triggers:
            for text in self._saying(trigger):
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
        found = dict.fromkeys(text for each in triggers for text in self._saying(each))
        yield from sorted(found, key=lambda text: (len(text.split()), len(text)))

    def _saying(self, trigger: Trigger) -> tuple[str, ...]:
        if trigger not in self._said:
            patterns = [said(each) for each in spread(trigger.patterns, _MOST_OF_EACH)]
            excepted = [said(each) for each in spread(trigger.exceptions, _MOST_EXCEPTED)]
            both = [f"{one} {other}" for one in excepted[:6] for other in patterns[:6]]
            self._said[trigger] = (*patterns, *excepted, *both)
        return self._said[trigger]


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
