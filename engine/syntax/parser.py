"""Tokens to what a rule of the grammar builds, one token at a time, by the grammar's tables."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.syntax.grammar import Grammar, Rule
from engine.syntax.tokens import END, Token

# A builder makes one value of what stands on the stack for a rule.
Builder = Callable[[list[Any]], Any]


class Parser:
    """Begins at one of the grammar's starts; after the last token `result` is what was built."""

    def __init__(self, grammar: Grammar, builders: Mapping[str, Builder], start: str) -> None:
        self.grammar = grammar
        self.builders = builders
        first, self.last = grammar.starts[start]
        self.states = [first]
        self.values: list[Any] = []
        self.result: Token | None = None

    @property
    def depth(self) -> int:
        return len(self.states)

    def choices(self) -> Mapping[str, int]:
        """The kinds of token that may stand here, and some that turn out not to."""
        return self.grammar.states[self.states[-1]]

    def take(self, token: Token) -> bool:
        """Whether the token can stand here; if not, all is as it was before."""
        move = self.choices().get(token.type)
        if move is None:
            return False
        if move >= 0:
            self.states.append(move)
            self.values.append(token)
            return True
        states, values = self.states[:], self.values[:]
        if self._take(token):
            return True
        self.states, self.values = states, values
        return False

    def _take(self, token: Token) -> bool:
        kind = token.type
        while True:
            move = self.grammar.states[self.states[-1]].get(kind)
            if move is None:
                return False
            if move >= 0:
                self.states.append(move)
                self.values.append(token)
                return True
            rule = self.grammar.rules[~move]
            below = len(self.values) - rule.size
            value = self._built(rule, self.values[below:])
            del self.values[below:]
            del self.states[below + 1 :]
            self.values.append(value)
            self.states.append(self.grammar.states[self.states[-1]][rule.origin])
            if kind == END and self.states[-1] == self.last:
                self.result = value
                return True

    def _built(self, rule: Rule, pieces: list[Any]) -> Any:
        if rule.children is not None:
            pieces = _children(rule, pieces)
        if rule.name.startswith("_"):
            return pieces
        if rule.passes and len(pieces) == 1:
            return pieces[0]
        return self.builders[rule.name](pieces)

    def would_take(self, kind: str) -> bool:
        """Whether a token of this kind can stand here."""
        states, height, above = self.grammar.states, len(self.states), list[int]()
        while True:
            top = above[-1] if above else self.states[height - 1]
            move = states[top].get(kind)
            if move is None:
                return False
            if move >= 0:
                return True
            rule = self.grammar.rules[~move]
            held = min(rule.size, len(above))
            del above[len(above) - held :]
            height -= rule.size - held
            top = above[-1] if above else self.states[height - 1]
            above.append(states[top][rule.origin])
            if kind == END and above[-1] == self.last:
                return True


def _children(rule: Rule, pieces: list[Any]) -> list[Any]:
    """Repetitions are lists on the stack; what was left out is None."""
    children: list[Any] = []
    for place, several, absent in rule.children or ():
        children += [None] * absent
        if not several:
            children.append(pieces[place])
        elif children:
            children += pieces[place]
        else:
            children = pieces[place]  # the list grows in place, so that its making stays linear
    return children + [None] * rule.absent if rule.absent else children
