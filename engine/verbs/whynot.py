"""A case and what is wanted of its outcome to the smallest change of the case that gives it: fewest
facts first, then least distance. Or why no change does.

Every way was decided by both evaluators before it is told. What nobody can act on stays as it is
(see `wishing/staying.py`), unless it is thawed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.backends.python.validate import decode, validate
from engine.decision import Fault
from engine.language import types
from engine.program import nodes as program
from engine.program.cases import is_whole_case
from engine.program.words import pointer_words, sentence
from engine.verbs.confirmed import traced
from engine.verbs.decide import evaluator, named
from engine.verbs.explaining.headline import headline
from engine.verbs.solver import need_solver
from engine.verbs.wishing import wants as wishes
from engine.verbs.wishing.models import Stays, Way, WhyNot
from engine.verbs.wishing.staying import Staying, no_fact, nothing_stays
from engine.verbs.wishing.wants import Want

if TYPE_CHECKING:
    from engine.backends.proof.smallest import Asked, Smallest
    from engine.backends.proof.solve import Budget
    from engine.backends.python.trace import Trace
    from engine.verbs.wishing.differences import Difference

Case = Mapping[str, Any] | str | bytes

STEPS = 60
"""Millions of the solver's own, for a question in all."""


@dataclass(eq=False)
class NotAskableError(ValueError):
    """The case, or the decision, is none of which this can be asked."""

    message: str
    help: str
    faults: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        return f"{self.message}; {self.help}"


def whynot(
    policy: program.Program,
    case: Case,
    want: Mapping[str, Any],
    decision: str | None = None,
    now: int | None = None,
    *,
    frozen: Sequence[str] = (),
    thawed: Sequence[str] = (),
    steps: int = STEPS,
) -> WhyNot:
    """`want` is by the wire names of the outcome's fields, or `outcome` for the whole of one that
    is no record. `frozen` and `thawed` are pointers to facts that may not, or may, change."""
    need_solver()
    of = _decision(policy, decision)
    wanted = wishes.wants_of(of, want)
    for pointer in (*frozen, *thawed):
        cure = no_fact(of.parameters, pointer)
        if cure is not None:
            raise NotAskableError(f"`{pointer}` leads to no fact", cure)
    asking = _Asking(
        policy, of, wanted, _taken(of, case), now, Staying(tuple(frozen), tuple(thawed))
    )
    return asking.answer(steps)


def _decision(policy: program.Program, decision: str | None) -> program.Decision:
    name = named(policy, decision)
    if name in policy.lifecycles:
        message = f"`{name}` is a lifecycle"
        raise NotAskableError(message, "it can be asked of a decision alone")
    return policy.decisions[name]


def _taken(of: program.Decision, case: Case) -> tuple[Any, ...]:
    read = decode(case) if isinstance(case, str | bytes) else case
    faults: tuple[Fault, ...]
    if isinstance(read, Fault):
        faults = (read,)
    else:
        taken = validate(of.parameters, read)
        if taken.arguments is not None:
            return taken.arguments
        faults = taken.faults
    first = faults[0]
    message = f"the case is refused: {first.pointer or '/'}: expected {first.expected}"
    raise NotAskableError(message, f"found {first.got}", faults)


@dataclass(frozen=True)
class _Asking:
    policy: program.Program
    of: program.Decision
    wants: tuple[Want, ...]
    arguments: tuple[Any, ...]
    now: int | None
    staying: Staying

    def answer(self, steps: int) -> WhyNot:
        from engine.backends.proof.smallest import smallest
        from engine.backends.proof.solve import Budget

        budget = Budget(each=steps, all=steps)
        trace = traced(self.policy, self.of.name, self.arguments, self.now)
        if trace is None:
            raise NotAskableError("the case is decided in two ways", "tell the maintainers of it")
        if wishes.is_given(self.wants, trace.decision.outcome):
            text = f"It is so already. {headline(self.policy, trace)}"
            return self._told(trace, "already", text)
        asked = self._asked()
        found = smallest(asked, self.staying, budget)
        match found.kind:
            case "found":
                return self._changed(trace, asked, found, budget)
            case "impossible":
                return self._impossible(trace, asked, budget)
            case _:
                return self._unknown(trace, found, budget)

    def _asked(self) -> "Asked":
        from engine.backends.proof.smallest import Asked

        alone = is_whole_case(self.of.parameters)
        return Asked(
            self.policy, self.of, self.arguments, self.now, alone, self._wanted, self._is_one
        )

    def _wanted(self, encoder: Any, outcome: Any) -> Any:
        from engine.backends.proof.wanted import wanted

        pairs = [(each.place, each.type, each.value) for each in self.wants]
        return wanted(encoder, outcome, pairs)

    def _is_one(self, arguments: tuple[Any, ...]) -> bool:
        decided = evaluator(self.policy).decide_values(self.of.name, arguments, self.now)
        return wishes.is_given(self.wants, decided.outcome)

    def _told(self, trace: "Trace", answer: str, text: str, **more: Any) -> WhyNot:
        return WhyNot.model_validate(
            {
                "policy": self.policy.name,
                "version": self.policy.version,
                "decision": self.of.name,
                "want": {each.name: each.wire for each in self.wants},
                "answer": answer,
                "text": text,
                "outcome": trace.decision.outcome,
                **more,
            }
        )

    def _changed(
        self, trace: "Trace", asked: "Asked", found: "Smallest", budget: "Budget"
    ) -> WhyNot:
        ways = [way for each in found.ways for way in self._way(each, trace, asked, budget)]
        if not ways:
            return self._unknown(trace, found, budget)
        text = f"{sentence(wishes.said(self.wants)).removesuffix('.')} if"
        proved = found.surely and len(ways) == len(found.ways)
        return self._told(trace, "change", text, ways=ways, proved=proved, more=found.more)

    def _way(
        self, arguments: tuple[Any, ...], trace: "Trace", asked: "Asked", budget: "Budget"
    ) -> list[Way]:
        """None where the evaluators do not agree that it is one."""
        from engine.backends.proof.margins import margins
        from engine.verbs.wishing.differences import differences
        from engine.verbs.wishing.ways import Telling

        other = traced(self.policy, self.of.name, arguments, self.now)
        if other is None or not wishes.is_given(self.wants, other.decision.outcome):
            return []
        alone = is_whole_case(self.of.parameters)
        found = differences(self.of.parameters, self.arguments, arguments, alone=alone)
        numbers = [each.now for each in found if _is_number(each)]
        reaches = margins(replace(asked, arguments=arguments), numbers, budget)

        def does_with(at: "Difference", value: Any) -> bool:
            return self._is_one(_put(self.of.parameters, arguments, at.now, value))

        telling = Telling(
            self.policy, self.of, evaluator(self.policy).matcher, trace.voice, does_with, reaches
        )
        return [
            Way(
                changes=list(telling.changes(found)),
                outcome=other.decision.outcome,
                determining=list(other.decision.determining),
            )
        ]

    def _impossible(self, trace: "Trace", asked: "Asked", budget: "Budget") -> WhyNot:
        from engine.backends.proof.blocking import Fixed, in_the_way
        from engine.verbs.wishing.blocks import blocks

        kept = in_the_way(asked, self.staying, budget)
        fixed = Fixed(asked, nothing_stays if kept == () else self.staying, budget)
        found = list(blocks(self.policy, trace, fixed, self.wants))
        stays = [
            Stays(fact=each or "/", called=self._called(each)) for each in _outermost(kept or ())
        ]
        whatever = "whatever the case" if kept == () else "whatever else were different"
        text = f"{sentence(wishes.denied(self.wants)).removesuffix('.')}, {whatever}, because"
        return self._told(trace, "impossible", text, blocked=found, stays=stays)

    def _called(self, pointer: str) -> str:
        return pointer_words(self.of.parameters, pointer) or "the case"

    def _unknown(self, trace: "Trace", found: "Smallest", budget: "Budget") -> WhyNot:
        cause = "the budget ran out"
        if budget.room() > 0 and found.rough:
            cause = f"it hangs on {found.rough[0]}"
        text = "It is not known whether any change gives that"
        return self._told(trace, "unknown", text, proved=False, cause=cause)


def _outermost(pointers: Sequence[str]) -> list[str]:
    return [each for each in pointers if not any(each.startswith(f"{one}/") for one in pointers)]


def _is_number(of: "Difference") -> bool:
    is_number = isinstance(of.type, types.Number | types.Duration | types.Instant)
    return is_number and of.kind in ("value", "given")


def _put(
    parameters: Sequence[program.Parameter],
    arguments: tuple[Any, ...],
    pointer: str,
    value: Any,
) -> tuple[Any, ...]:
    """The arguments with another value at a place."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    at = 0
    if not is_whole_case(parameters):
        at = next(place for place, each in enumerate(parameters) if each.name == steps[0])
        steps = steps[1:]
    changed = _within(parameters[at].type, arguments[at], steps, value)
    return (*arguments[:at], changed, *arguments[at + 1 :])


def _within(type_: types.Type, old: Any, steps: Sequence[str], value: Any) -> Any:
    if not steps:
        return value
    match type_:
        case types.Record(fields=fields):
            place = next(at for at, each in enumerate(fields) if each.wire == steps[0])
            inner = fields[place].type
        case types.ListOf(element=inner):
            place = int(steps[0])
        case _:
            raise ValueError(steps)
    return (*old[:place], _within(inner, old[place], steps[1:], value), *old[place + 1 :])
