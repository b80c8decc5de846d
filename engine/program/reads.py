"""An expression to the facts that it reads, through the defines it calls.

A path is how a fact is reached: ("ticket", "intents", "[]", "name"), where `[]` is any element. Who
reads a record as a whole reads all that is in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.program import nodes as program
from engine.program import walk

Path = tuple[str, ...]
Paths = frozenset[Path]
ELEMENT = "[]"
_NOTHING: Paths = frozenset()
_ASKS_PRESENCE = ("is known", "is missing")

_Env = Mapping[str, Path | None]
"""None: a value that is computed, whose facts are told where it is."""


@dataclass
class Reads:
    """Of one policy."""

    policy: program.Program
    _known: dict[object, Paths] = field(default_factory=dict)
    _calls: dict[int, frozenset[str]] = field(default_factory=dict)

    def facts(self, node: program.Expression | None, given: Iterable[str]) -> Paths:
        """`given` are the names of what the expression is asked with."""
        if node is None:
            return _NOTHING
        return self._facts(node, {name: (name,) for name in (*given, "now")}, by_presence=False)

    def by_presence(self, node: program.Expression | None, given: Iterable[str]) -> Paths:
        """Those of which `else`, `is known` or `is missing` say what their absence means."""
        if node is None:
            return _NOTHING
        return self._facts(node, {name: (name,) for name in (*given, "now")}, by_presence=True)

    def calls(self, node: program.Expression, define: str) -> bool:
        """Whether it calls the define, itself or through others."""
        return define in self._called_by(node)

    def _called_by(self, node: program.Expression) -> frozenset[str]:
        known = self._calls.get(id(node))
        if known is None:
            names = {
                each.define for each in walk.everything(node) if isinstance(each, program.Call)
            }
            below = (self._called_by(self.policy.defines[name].value) for name in names)
            known = self._calls[id(node)] = frozenset(names).union(*below)
        return known

    def _facts(self, node: program.Expression, env: _Env, *, by_presence: bool) -> Paths:
        if by_presence:
            match node:
                case program.Apply(symbol=symbol, operands=(operand,)) if symbol in _ASKS_PRESENCE:
                    return self._facts(operand, env, by_presence=False)
                case program.Apply(symbol="else", operands=(left, right)):
                    asked = self._facts(left, env, by_presence=False)
                    return asked | self._facts(right, env, by_presence=True)
        path = _path(node, env)
        if path is not None:
            return _NOTHING if by_presence else frozenset({path})
        match node:
            case program.Quantified(variable=name, items=items, condition=condition):
                inner = {**env, name: _element(items, env)}
                found = self._facts(items, env, by_presence=by_presence)
                return found | self._facts(condition, inner, by_presence=by_presence)
            case program.Gather(variable=name, items=items, value=value, condition=condition):
                inner = {**env, name: _element(items, env)}
                parts = [value] if condition is None else [value, condition]
                found = self._facts(items, env, by_presence=by_presence)
                return found.union(
                    *(self._facts(each, inner, by_presence=by_presence) for each in parts)
                )
            case program.Call(define=name, arguments=arguments):
                return self._called(name, arguments, env, by_presence=by_presence)
            case _:
                below = walk.children(node)
                return _NOTHING.union(
                    *(self._facts(each, env, by_presence=by_presence) for each in below)
                )

    def _called(
        self, name: str, arguments: tuple[program.Expression, ...], env: _Env, *, by_presence: bool
    ) -> Paths:
        define = self.policy.defines[name]
        inner: dict[str, Path | None] = {
            parameter.name: _path(argument, env)
            for parameter, argument in zip(define.parameters, arguments, strict=True)
        }
        inner["now"] = env.get("now")
        key = (name, by_presence, tuple(inner.items()))
        if key not in self._known:
            self._known[key] = self._facts(define.value, inner, by_presence=by_presence)
        computed = (each for each in arguments if _path(each, env) is None)
        return self._known[key].union(
            *(self._facts(each, env, by_presence=by_presence) for each in computed)
        )


def touches(paths: Paths, fact: Path) -> bool:
    """Whether the fact, or what it is in, or something in it, is among them."""
    return any(each[: len(fact)] == fact[: len(each)] for each in paths)


def _path(node: program.Expression, env: _Env) -> Path | None:
    match node:
        case program.Variable(name=name):
            return env.get(name)
        case program.FieldOf(record=record, name=name):
            above = _path(record, env)
            return None if above is None else (*above, name)
        case _:
            return None


def _element(items: program.Expression, env: _Env) -> Path | None:
    above = _path(items, env)
    return None if above is None else (*above, ELEMENT)
