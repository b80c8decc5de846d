"""Texts as whole numbers, of which only what a policy asks is known: whether two are the same, and
which triggers each mentions; and such a number back to a text that is so.

A trigger is a bit for each text. What the words themselves imply is said as well: who mentions
`stolen card` mentions `stolen`.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import z3

from engine.backends.proof.bits import Bit, implies
from engine.language.mentions import Reader, reader
from engine.language.phrases import Near, Pattern, Phrase, Trigger, Word
from engine.language.text import words

_MOST_TRIES = 200
_FEW = 6
_FILLER = "and then I would like to say that"


class Texts:
    """`numbers` are those of the texts that stand in a policy."""

    def __init__(self, axioms: list[Any]) -> None:
        self._readers: dict[Trigger, Reader] = {}
        self._axioms = axioms
        self.numbers: dict[str, int] = {}
        self._functions: dict[Trigger, Any] = {}
        self._asked: dict[int, tuple[Any, dict[Trigger, Bit]]] = {}
        self._similar = z3.Function("similarity", z3.IntSort(), z3.IntSort(), z3.RealSort())

    def number(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers))

    def named(self, number: int) -> str | None:
        return next((text for text, its in self.numbers.items() if its == number), None)

    def mentioned(self, text: Any, trigger: Trigger) -> Bit:
        if isinstance(text, int):
            return self.reads(str(self.named(text)), trigger)
        _, asked = self._asked.setdefault(text.get_id(), (text, {}))
        if trigger not in asked:
            function = self._functions.get(trigger)
            if function is None:
                name = f"mentions {trigger.name} {len(self._functions)}"
                function = z3.Function(name, z3.IntSort(), z3.BoolSort())
                self._functions[trigger] = function
            new = function(text)
            for other, its in asked.items():
                if _implied(other, trigger):
                    self._axioms.append(implies(its, new))
                if _implied(trigger, other):
                    self._axioms.append(implies(new, its))
            asked[trigger] = new
        return asked[trigger]

    def reads(self, text: str, trigger: Trigger) -> bool:
        known = self._readers.get(trigger)
        if known is None:
            known = self._readers[trigger] = reader(trigger)
        return bool(known(words(text)))

    def similarity(self, left: Any, right: Any) -> Any:
        like = self._similar(left, right)
        self._axioms += [like >= 0, like <= 1]
        return like

    def of_the_policy(self) -> Iterator[Any]:
        """What holds of the texts that stand in the policy itself."""
        for trigger, function in self._functions.items():
            for text, number in self.numbers.items():
                yield function(number) == self.reads(text, trigger)

    def asked(self) -> Iterator[tuple[Any, Mapping[Trigger, Bit]]]:
        yield from self._asked.values()

    def mentioned_in(self, model: Any, number: int) -> dict[Trigger, bool]:
        """Which triggers the text of this number mentions, of those that matter."""
        return {
            trigger: z3.is_true(model.eval(function(number), model_completion=True))
            for trigger, function in self._functions.items()
        }

    def written(
        self, wanted: Mapping[Trigger, bool], beside: Sequence[str], plain: str
    ) -> str | None:
        """A text that mentions these triggers and no others, and is none of those `beside` it."""
        must = [trigger for trigger, mentioned in wanted.items() if mentioned]
        choices = [each.patterns[:_FEW] for each in must]
        for _, chosen in zip(range(_MOST_TRIES), product(*choices), strict=False):
            said = [_said(each) for each in chosen]
            for text in _texts(said, plain):
                fits = all(self.reads(text, each) is holds for each, holds in wanted.items())
                if fits and text not in beside and text not in self.numbers:
                    return text
        return None


def _texts(said: Sequence[str], plain: str) -> Iterator[str]:
    if said:
        yield ", ".join(said)
        yield f" {_FILLER} ".join(said)
        for number in range(2, 30):
            yield f"{', '.join(said)} ({number})"
    else:
        yield plain
        for number in range(2, 300):
            yield f"{plain} {number}"


def _said(pattern: Pattern) -> str:
    match pattern:
        case Phrase(words=found):
            return " ".join(each.text for each in found)
        case Near(left=left, right=right):
            return f"{_said(left)} {_said(right)}"


def _implied(one: Trigger, other: Trigger) -> bool:
    """Whether a text that mentions the one mentions the other, by the words alone."""
    return not other.exceptions and all(
        any(_inside(wanted, found) for wanted in other.patterns) for found in one.patterns
    )


def _inside(wanted: Pattern, found: Pattern) -> bool:
    match wanted, found:
        case Phrase(), Phrase():
            return any(
                _fits(wanted.words, found.words[at : at + len(wanted.words)])
                for at in range(len(found.words) - len(wanted.words) + 1)
            )
        case Phrase(), Near(left=left, right=right):
            return _inside(wanted, left) or _inside(wanted, right)
        case Near(), Near():
            pairs = ((found.left, found.right), (found.right, found.left))
            return found.within <= wanted.within and any(
                _fits(wanted.left.words, left.words) and _fits(wanted.right.words, right.words)
                for left, right in pairs
            )
        case _:
            return False


def _fits(wanted: Sequence[Word], found: Sequence[Word]) -> bool:
    return len(wanted) == len(found) and all(
        each.text.startswith(word.text) if word.stem else not each.stem and each.text == word.text
        for word, each in zip(wanted, found, strict=True)
    )
