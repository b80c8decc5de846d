"""What was asked of a case, rule by rule, to the outcome with its reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, assert_never

from engine.backends.python.decisions import OTHERWISE, unknown_reason
from engine.backends.python.interpreter import Interpreter
from engine.backends.python.steps import MATCHED, Found, Names, Step, elements
from engine.decision import Basis, Reason
from engine.language import types
from engine.language.values import settle
from engine.program import nodes as program

_NOTHING_APPLIED = "no rule applied"


@dataclass(frozen=True, slots=True)
class Asked:
    """`step` is None where the rule has no condition. `consulted` says that the decision needed it;
    the others are evaluated too, so that an explanation can say what else would have applied."""

    rule: program.Rule
    step: Step | None
    consulted: bool

    @property
    def truth(self) -> bool | None:
        return True if self.step is None else self.step.value

    @property
    def applies(self) -> bool:
        truth = self.truth
        return truth or (truth is None and self.rule.unknown_outcome is not None)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """`outcome` is a value, before `always`."""

    outcome: Any
    basis: Basis
    determining: tuple[str, ...]
    reasons: tuple[Reason, ...]
    unknown: tuple[str, ...]


def conclude(
    interpreter: Interpreter,
    policy: str,
    of: program.Decision,
    asked: Sequence[Asked],
    facts: Names,
) -> Conclusion:
    """Of the guards the first that is true decides, else the first unknown one that applies; then
    the rules by their hit policy."""
    return _Concluding(interpreter, policy, of, facts).conclude(asked)


def determining_guard(guards: Sequence[Asked]) -> Asked | None:
    true = (each for each in guards if each.truth)
    return next(true, None) or next((each for each in guards if each.applies), None)


@dataclass(frozen=True)
class _Concluding:
    interpreter: Interpreter
    policy: str
    of: program.Decision
    facts: Names

    def conclude(self, asked: Sequence[Asked]) -> Conclusion:
        guards = [each for each in asked if each.rule.kind == "guard"]
        rules = [each for each in asked if each.rule.kind != "guard"]
        guard = determining_guard(guards)
        if guard is None:
            return self._by_rules(rules, _births(guards))
        held = [each for each in guards if each.applies and each.truth is guard.truth]
        basis: Basis = "guard" if guard.truth else "unknown_guard"
        unknown = () if guard.truth else _births(held)
        return self._concluded(self.given(guard), basis, [guard], unknown, held)

    def given(self, asked: Asked) -> Any:
        """What a rule that applies gives."""
        if asked.truth is None:
            return self._value(asked.rule.unknown_outcome, self.facts)
        return self._value(asked.rule.outcome, names_in(self.interpreter, asked, self.facts))

    def _by_rules(self, rules: Sequence[Asked], unknown: tuple[str, ...]) -> Conclusion:
        applied = [each for each in rules if each.applies]
        everywhere = (*unknown, *_births(rules))
        match self.of.hit:
            case "first":
                if not applied:
                    return self._otherwise(everywhere)
                consulted = rules[: rules.index(applied[0]) + 1]
                unknown = (*unknown, *_births(consulted))
                return self._concluded(self.given(applied[0]), "rule", applied[:1], unknown)
            case "unique":
                if len(applied) == 1:
                    return self._concluded(self.given(applied[0]), "rule", applied, everywhere)
                if applied:
                    return self._concluded(self._fallback(), "conflict", applied, everywhere)
                return self._otherwise(everywhere)
            case "collect":
                found = tuple(self.given(each) for each in applied)
                return self._gathered(found, applied, everywhere)
            case "sum":
                total = settle(sum(self.given(each) for each in applied))
                return self._gathered(total, applied, everywhere)
            case "strictest":
                return self._strictest(rules, unknown)
            case None:
                return self._otherwise(unknown)
            case _:
                assert_never(self.of.hit)

    def _gathered(
        self, outcome: Any, applied: Sequence[Asked], unknown: tuple[str, ...]
    ) -> Conclusion:
        if applied:
            return self._concluded(outcome, "rule", applied, unknown)
        return Conclusion(
            outcome, "otherwise", (OTHERWISE,), self._otherwise_reasons(), _once(unknown)
        )

    def _strictest(self, rules: Sequence[Asked], unknown: tuple[str, ...]) -> Conclusion:
        """What is unknown counts where it is skipped, or where it was the strictest so far."""
        place, result = self.of.strictest_by, self.of.result
        if place is None or not isinstance(result, types.Record):
            raise TypeError(result)
        ranks = result.fields[place].type.ranks  # type: ignore[union-attr]
        best: tuple[Asked, Any] | None = None
        for each in rules:
            made = self.given(each) if each.applies else None
            if made is not None and (best is None or ranks[made[place]] < ranks[best[1][place]]):
                best = each, made
            elif made is not None:
                continue
            unknown = (*unknown, *_births([each]))
        if best is None:
            return self._otherwise(unknown)
        return self._concluded(best[1], "rule", [best[0]], unknown)

    def _otherwise(self, unknown: tuple[str, ...]) -> Conclusion:
        reasons = self._otherwise_reasons()
        return Conclusion(self._fallback(), "otherwise", (OTHERWISE,), reasons, _once(unknown))

    def _fallback(self) -> Any:
        return (
            None
            if self.of.otherwise is None
            else self._value(self.of.otherwise.outcome, self.facts)
        )

    def _otherwise_reasons(self) -> tuple[Reason, ...]:
        because = self.of.otherwise and self.of.otherwise.because
        text = self.interpreter.text(because.pieces, self.facts) if because else _NOTHING_APPLIED
        return (Reason(f"{self.policy}.{OTHERWISE}", text),)

    def _concluded(
        self,
        outcome: Any,
        basis: Basis,
        determining: Sequence[Asked],
        unknown: tuple[str, ...],
        reasoning: Sequence[Asked] | None = None,
    ) -> Conclusion:
        reasons = [self._reason(each) for each in (reasoning or determining)]
        names = tuple(each.rule.name for each in determining)
        return Conclusion(outcome, basis, names, tuple(reasons), _once(unknown))

    def _reason(self, asked: Asked) -> Reason:
        rule, words = asked.rule, asked.rule.name.replace("_", " ")
        code = f"{self.policy}.{rule.name}"
        if asked.truth is None and asked.step is not None:
            return unknown_reason(code, words, asked.step.born)
        if rule.because is None:
            return Reason(code, words)
        names = names_in(self.interpreter, asked, self.facts)
        return Reason(code, self.interpreter.text(rule.because.pieces, names))

    def _value(self, node: program.Expression | None, names: Names) -> Any:
        return None if node is None else self.interpreter.step(node, names).value


def _once(places: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(places))


def _births(asked: Sequence[Asked]) -> tuple[str, ...]:
    return tuple(born for each in asked if each.step is not None for born in each.step.born)


def names_in(interpreter: Interpreter, asked: Asked, facts: Names) -> Names:
    """The facts, the witnesses of what was found in lists, and the words that were found."""
    if asked.step is None:
        return facts
    names = dict(facts)
    found: list[Found] = []
    for conjunct in _conjuncts(asked.step):
        node = conjunct.node
        if isinstance(node, program.Quantified) and node.quantity == "any":
            place = next((at for at, each in enumerate(conjunct.steps) if each.value), None)
            if place is not None:
                witness = elements(interpreter.step(node.items, facts))[place]
                names.setdefault(node.variable, witness)
                found += found_in(conjunct.steps[place])
        else:
            found += found_in(conjunct)
    return {**names, MATCHED: Step(asked.step.node, None, found=partial(_words, found))}


def _words(found: Sequence[Found]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for each in found for word in each()))


def _conjuncts(step: Step) -> Iterator[Step]:
    if isinstance(step.node, program.Chain) and step.node.symbol == "and":
        for each in step.steps:
            yield from _conjuncts(each)
    else:
        yield step


def found_in(step: Step) -> Iterator[Found]:
    """What the mentions found which may make the condition true."""
    match step.node:
        case program.Mentions():
            if step.found is not None:
                yield step.found
        case program.Chain() | program.Call():
            for each in step.steps:
                yield from found_in(each)
        case program.Choice(branches=branches):
            taken = step.steps[-1]  # a condition, where that is unknown
            if all(taken.node is not each.condition for each in branches):
                yield from found_in(taken)
        case _:
            return
