"""Texts as whole numbers, of which only what a policy asks is known: whether two are the same, and
which triggers each mentions; and such a number back to a text that is so.

A trigger is a bit for each text. What the words themselves imply is said as well: who mentions
`stolen card` mentions `stolen`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import z3

from engine.backends.proof.bits import Bit, implies
from engine.backends.proof.sayings import Sayings
from engine.language.phrases import Near, Pattern, Phrase, Trigger, Word

_FEW = 6


class Texts:
    """`numbers` are those of the texts that stand in a policy."""

    def __init__(self, axioms: list[Any]) -> None:
        self.sayings = Sayings()
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
        return self.sayings.reads(text, trigger)

    def similarity(self, left: Any, right: Any) -> Any:
        like = self._similar(left, right)
        self._axioms += [like >= 0, like <= 1, implies(left == right, like == 1)]
        return like

    def of_the_policy(self) -> Iterator[Any]:
        """What holds of the texts that stand in the policy itself."""
        for trigger, function in self._functions.items():
            for text, number in self.numbers.items():
                yield function(number) == self.reads(text, trigger)

    def asked(self) -> Iterator[tuple[Any, Mapping[Trigger, Bit]]]:
        yield from self._asked.values()

    def mentioned_in(self, model: Any, number: int) -> dict[Trigger, bool]:
        """Which triggers the text of this number mentions, of those that are asked of it."""
        return {
            trigger: z3.is_true(model.eval(bit, model_completion=True))
            for text, asked in self._asked.values()
            if model.eval(text, model_completion=True).as_long() == number
            for trigger, bit in asked.items()
        }

    def written(
        self, wanted: Mapping[Trigger, bool], beside: Sequence[str], plain: str
    ) -> str | None:
        """A text that mentions these triggers and no others, and is none of those `beside` it."""
        for text in _texts(self.sayings.texts(wanted), plain, said=any(wanted.values())):
            fits = all(self.reads(text, each) is holds for each, holds in wanted.items())
            if fits and text not in beside and text not in self.numbers:
                return text
        return None


def _texts(texts: Iterable[str], plain: str, *, said: bool) -> Iterator[str]:
    if said:
        for _, text in zip(range(_FEW), texts, strict=False):
            yield text
            yield from (f"{text} ({number})" for number in range(2, 30))
    else:
        yield plain
        for number in range(2, 300):
            yield f"{plain} {number}"


def _implied(one: Trigger, other: Trigger) -> bool:
    """Whether a text that mentions the one mentions the other, by the words alone: what the other
    leaves out, the one must leave out too."""
    if not set(other.exceptions) <= set(one.exceptions):
        return False
    there = set(other.patterns)
    return all(
        found in there or any(_inside(wanted, found) for wanted in other.patterns)
        for found in one.patterns
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
