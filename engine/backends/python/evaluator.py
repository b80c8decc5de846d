"""A compiled program: a case in, its decision out.

Nothing here reads a clock, keeps anything between two cases, or raises for what a case may hold.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.backends.python import generate
from engine.backends.python.lifecycle import Machine
from engine.backends.python.lifecycle_cases import decide_case
from engine.backends.python.matcher import Matcher
from engine.backends.python.refuse import NO_NOW, refused
from engine.backends.python.validate import decode, validate
from engine.decision import Decision, Fault, Ignored
from engine.language.values import to_wire, write_instant
from engine.program import nodes as program

Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    node: program.Decision
    by_case: generate.Function
    by_values: generate.Function
    timed: bool


class Evaluator:
    """Compiles once; then every method only computes."""

    def __init__(self, policy: program.Program) -> None:
        self._policy = policy
        self.matcher = Matcher(policy.triggers)
        functions = generate.generate(policy, self.matcher)
        self._applied = functions.applied
        self._compiled = {
            name: _Compiled(
                node, functions.by_case[name], functions.by_values[name], name in functions.timed
            )
            for name, node in policy.decisions.items()
        }
        self.lifecycles: Mapping[str, Machine] = {
            name: Machine(policy.name, node, functions.machines[name])
            for name, node in policy.lifecycles.items()
        }
        self._default = self._only()
        self._timeless: dict[str | None, generate.Function] = {
            name: each.by_case for name, each in self._compiled.items() if not each.timed
        }
        if self._default in self._timeless:
            self._timeless[None] = self._timeless[self._default]

    def decide(
        self, case: Case | bytes | str, decision: str | None = None, now: int | None = None
    ) -> Decision:
        """`decision` names a decision or a lifecycle, and may be left out where one of them has the
        policy's name, or there is only one. `now` is in microseconds since 1970."""
        if now is None:
            try:
                decided = self._timeless[decision](case, None, None)
            except KeyError:
                decided = None
            if decided is not None:
                return decided  # type: ignore[no-any-return]
        return self._decide(case, decision or self._default, now)

    def decider(self, name: str, now: int | None) -> Callable[[Case | bytes | str], Decision]:
        """Decides cases by one decision or lifecycle at one instant."""
        compiled = self._compiled.get(name)
        if compiled is None or now is None:
            return partial(self.decide, decision=name, now=now)
        by_case, as_of = compiled.by_case, write_instant(now)

        def decide(case: Any) -> Decision:
            decided: Decision | None = None
            if not isinstance(case, str | bytes):
                decided = by_case(case, now, as_of)
            return decided or self._decide(case, name, now)

        return decide

    def decide_values(
        self, decision: str, arguments: tuple[Any, ...], now: int | None = None
    ) -> Decision:
        """The same for arguments as `engine/language/values.py` has them."""
        as_of = None if now is None else write_instant(now)
        decided: Decision = self._compiled[decision].by_values(arguments, now, (), as_of)
        return decided

    def apply(self, name: str, arguments: tuple[Any, ...], now: int | None = None) -> Any:
        """The value of a define or a table; None where it is unknown."""
        return self._applied[name](arguments, now)

    def _decide(self, case: Any, name: str | None, now: int | None) -> Decision:
        """With an instant, of a text, or of a case with faults."""
        compiled = self._compiled.get(name or "")
        if compiled is None:
            return self._lifecycle_case(case, name, now)
        as_of = None if now is None else write_instant(now)
        if now is None and compiled.timed:
            return self._refused(compiled, (NO_NOW,), (), as_of)
        if isinstance(case, str | bytes):
            case = decode(case)
            if isinstance(case, Fault):
                return self._refused(compiled, (case,), (), as_of)
        decided: Decision | None = compiled.by_case(case, now, as_of)
        if decided is not None:
            return decided
        taken = validate(compiled.node.parameters, case)
        if taken.arguments is None:
            return self._refused(compiled, taken.faults, taken.ignored, as_of)
        return compiled.by_values(taken.arguments, now, taken.ignored, as_of)  # type: ignore[no-any-return]

    def _refused(
        self,
        compiled: _Compiled,
        faults: tuple[Fault, ...],
        ignored: tuple[Ignored, ...],
        as_of: str | None,
    ) -> Decision:
        node = compiled.node
        outcome = to_wire(node.refused, node.result)
        return refused(self._policy.name, node.name, outcome, faults, ignored, as_of)

    def _lifecycle_case(self, case: Any, name: str | None, now: int | None) -> Decision:
        if name is None:
            raise LookupError(f"`{self._policy.name}` has several decisions")
        if name not in self.lifecycles:
            raise LookupError(f"`{self._policy.name}` has no decision `{name}`")
        if isinstance(case, str | bytes):
            case = decode(case)
        return decide_case(self._policy.name, self.lifecycles[name], case, now)

    def _only(self) -> str | None:
        names = [*self._policy.decisions, *self.lifecycles]
        if self._policy.name in names:
            return self._policy.name
        if len(self._policy.decisions) == 1:
            return names[0]
        return names[0] if len(names) == 1 else None
