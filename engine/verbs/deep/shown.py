"""What a policy's own examples show: the cases of each decision and lifecycle, and what each define
was called with in them. What an example shows needs no proof."""

from collections.abc import Mapping, Sequence

from engine.backends.proof.facts import SOME_INSTANT, Case
from engine.backends.python.steps import Names
from engine.backends.python.trace import Tracer, facts_of
from engine.program import nodes as program
from engine.verbs.examples import lived

_MOST = 60


class Shown:
    def __init__(self, policy: program.Program, tracer: Tracer) -> None:
        self._policy = policy
        self._cases: dict[str, list[Case]] = {}
        self._calls = tracer.interpreter.called = dict[str, list[Names]]()
        for each in policy.examples:
            self._show(tracer, each)
        tracer.interpreter.called = None

    def cases(self, decision: str) -> Sequence[Case]:
        return self._cases.get(decision, [])

    def calls(self, define: str) -> Sequence[Names]:
        return self._calls.get(define, [])[:_MOST]

    @property
    def lives(self) -> Mapping[str, Sequence[program.Example]]:
        found: dict[str, list[program.Example]] = {}
        for each in self._policy.examples:
            if each.kind == "lifecycle":
                found.setdefault(each.of, []).append(each)
        return found

    def _show(self, tracer: Tracer, example: program.Example) -> None:
        tracer.interpreter.forget()
        match example.kind:
            case "decision":
                of = self._policy.decisions[example.of]
                now = SOME_INSTANT if example.now is None else example.now
                self._cases.setdefault(of.name, []).append(Case(example.arguments, now))
                tracer.trace_values(of, example.arguments, now)
            case "define":
                define = self._policy.defines[example.of]
                facts = facts_of(define.parameters, example.arguments, example.now)
                self._calls.setdefault(define.name, []).append(facts)
                tracer.interpreter.step(define.value, facts)
            case "lifecycle":
                lived(tracer.lives[example.of].machine, example)
            case "table":
                return
