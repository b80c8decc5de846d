"""`check --deep` against exhaustive search: small policies with few cases, all of which are
decided, with each term and each fact and without it.

`python -m tests.prover.deep 10000` tries so many policies, from the seed after `--seed`.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from random import Random
from typing import Any

import engine
from engine.backends.python.lifecycle import Subject
from engine.backends.python.steps import Names
from engine.backends.python.trace import Tracer, facts_of
from engine.decision import Decision
from engine.diagnostics.deep import DeepFinding, NeverDecides, NotSettled
from engine.language import types
from engine.program import nodes as program
from engine.program import walk
from engine.program.terms import Term, terms
from engine.verbs.check_deep import check_deep
from tests.prover.every import every

Said = tuple[str, ...]
"""A finding: its code, what it is about, and where a term stands."""

MOST_CASES = 48
_HITS = ("first", "first", "unique", "collect", "sum", "strictest by action")
_FACTS = {
    "flag: bool": ["case.flag", "not case.flag"],
    "ready: bool optional": ["case.ready", "not case.ready", "(case.ready else false)"],
    "kind: Kind optional": ["case.kind is a", "case.kind is not b", "case.kind in [a, c]",
                            "look(case.kind) >= 2", "case.kind is missing"],
    "size: integer 0 .. 3": ["case.size >= most", "case.size < 2", "case.size <= 3",
                             "case.size + extra > most", "case.size is 4"],
    "share: number 0 .. 1 optional": ["case.share >= 0.5", "case.share * 2 > 1"],
    "kinds: list of Kind up to 2": ["any k in case.kinds where k is b", "a in case.kinds",
                                    "any k in case.kinds where k is a and k is not b",
                                    "all k in case.kinds satisfy k is not c or k is c",
                                    "count(case.kinds) > 1"],
    "items: list of Item up to 1": ["any i in case.items where i.good",
                                    "all i in case.items satisfy i.good or i.kind is a"],
    "said: text": ["case.said mentions red", "case.said mentions any of red, blue",
                   "case.said mentions blue"],
}  # fmt: skip
_VALUES = {
    "flag": 2, "ready": 3, "kind": 4, "size": 4, "share": 6, "kinds": 13, "items": 9, "said": 4
}  # fmt: skip
_TEXTS = ("", "red", "dark blue", "blue and red")
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_LOOSE = ("go", "wait", "stop")


def policies(seed: int) -> Iterator[tuple[str, program.Program]]:
    """Without end, always the same ones."""
    chance = Random(seed)
    while True:
        text = _text(chance)
        made = engine.check(engine.Source("drawn.bylaw", text)).program
        if made is not None:
            yield text, made


def _text(chance: Random) -> str:
    facts = _few(chance)
    atoms = [each for fact in facts for each in _FACTS[fact]]
    hit = chance.choice(_HITS)
    result = {"collect": "list of Outcome up to 9", "sum": "number"}.get(hit, "Outcome")
    lines = [
        "bylaw 1\n\npolicy drawn 1.0.0",
        "enum Action: stop, wait, go from strict to loose\nenum Kind: a, b, c",
        "record Item\n  good: bool\n  kind: Kind optional",
        "record Case",
        *(f"  {each}" for each in facts),
        "record Outcome\n  action: Action",
        f"threshold most: integer = {chance.randint(0, 3)}",
        f"threshold extra: integer = {chance.randint(0, 1)}",
        'trigger red mentions "red"\ntrigger blue mentions "blue"',
        "table look(kind: Kind): integer\n  | kind | points |\n  | a | 1 |\n  | - | 2 |",
        f"define ready(case: Case) = {_condition(chance, atoms)}",
        f"define clear(case: Case) = {_condition(chance, [*atoms, 'ready(case)'])}",
        f"decision drawn(case: Case): {result}",
        *_rules(chance, hit, [*atoms, "ready(case)", "clear(case)"]),
    ]
    if hit not in ("collect", "sum"):
        lines.append(f"  otherwise\n    then action: {chance.choice(('stop', 'stop', 'wait'))}")
    refused = {"collect": "[]", "sum": "0"}.get(hit, "action: stop")
    lines.append(f"  refused\n    then {refused}")
    lines += _lifecycle(chance, [*atoms, "clear(case)"])
    if chance.random() < 0.3 and hit not in ("collect", "sum"):
        lines.append(
            "guarantee kept\n  for drawn(case) = outcome\n"
            f"  when {_condition(chance, atoms)}\n  then outcome.action is not go"
        )
    return "\n".join(lines) + "\n"


def _few(chance: Random) -> list[str]:
    """Three facts with few cases."""
    while True:
        facts = sorted(chance.sample(list(_FACTS), 3))
        if prod(_VALUES[each.partition(":")[0]] for each in facts) <= MOST_CASES:
            return facts


def _rules(chance: Random, hit: str, atoms: Sequence[str]) -> Iterator[str]:
    for at in range(chance.randint(0, 2)):
        then = {"sum": "7", "collect": "[]"}.get(hit, f"action: {chance.choice(_LOOSE)}")
        yield f"  guard g{at}\n    when {_condition(chance, atoms)}\n    then {then}"
    yield f"  {hit}"
    count = chance.randint(1, 3)
    actions = sorted((chance.choice(_LOOSE) for _ in range(count)), key=_LOOSE.index)
    for at, action in enumerate(actions):
        unknown = chance.choice(("", "", "apply", "skip"))
        then = f"action: {action}"
        if hit == "sum":
            then, unknown = str(at + 1), str(10 * (at + 1))
        own = f"\n    when unknown: {unknown}" if unknown else ""
        given = f"{{ {then} }}" if hit == "collect" else then
        yield f"  rule r{at}\n    when {_condition(chance, atoms)}{own}\n    then {given}"


def _lifecycle(chance: Random, atoms: Sequence[str]) -> Iterator[str]:
    yield "lifecycle life(case: Case)\n  state A initial\n  state B\n  state C"
    yield f"  state D{' final' if chance.random() < 0.5 else ''}"
    yield "  event push(hard: bool)\n  event pull"
    atoms = [*atoms, "event.hard", "not event.hard"]
    for _ in range(chance.randint(2, 5)):
        source, target = chance.choice("ABC"), chance.choice("ABCD")
        event = chance.choice(("push", "pull"))
        plain = [each for each in atoms if event == "push" or "event" not in each]
        guard = chance.choice(("", "", "guard "))
        asked = f"\n    when {_condition(chance, plain)}" if chance.random() < 0.8 else ""
        yield f"  {guard}transition {source} -> {target} on {event}{asked}"


def _condition(chance: Random, atoms: Sequence[str]) -> str:
    one = chance.choice(atoms)
    kind = chance.random()
    if kind < 0.35:
        return one
    two = chance.choice(atoms)
    if kind < 0.6:
        return f"{one} and {two}"
    if kind < 0.8:
        return f"{one} or {two}"
    return f"{one} and ({two} or {chance.choice(atoms)})"


def wrong(policy: program.Program, codes: Counter[str]) -> str | None:
    """What is said and what is so, where that is not the same."""
    told = [each.diagnostic for each in check_deep(policy)]
    found = [each for each in told if isinstance(each, DeepFinding)]
    codes.update(each.code() for each in found)
    if any(isinstance(each, NotSettled) for each in found):
        return "not settled: " + "; ".join(each.message() for each in found)
    said = {_said(each) for each in found}
    trying = _Really(policy)
    really = set(trying.findings())
    if said != really:
        return f"said and not so {said - really}, so and not said {really - said}"
    return _blocked(trying, found)


def _said(of: DeepFinding) -> Said:
    at = str(of.span.start) if of.code() == "no-effect" else ""
    return (of.code(), *of.subject, at)


def _blocked(trying: "_Really", found: Sequence[DeepFinding]) -> str | None:
    """Whether what is said to block a rule applies wherever it does."""
    for each in found:
        if isinstance(each, NeverDecides) and each.kind in ("rule", "guard"):
            names = {one.name for one in each.by}
            for applying in trying.applied:
                if each.name in applying and names.isdisjoint(applying):
                    return f"`{each.name}` is blocked by more than {names}"
    return None


@dataclass(frozen=True)
class _Life:
    case: Any
    state: str
    event: str
    payload: tuple[Any, ...]


class _Really:
    """By deciding every case."""

    def __init__(self, policy: program.Program) -> None:
        self.policy = policy
        self.of = policy.decisions["drawn"]
        self.life = policy.lifecycles["life"]
        self.tracer = Tracer(policy)
        self.cases = list(every(self.of.parameters[0].type, _TEXTS, _SHARES))

    def findings(self) -> Iterator[Said]:
        idle = dict(self._rules())
        yield from idle.values()
        yield from self._pairs()
        yield from self._absences()
        yield from self._terms(set(idle))
        yield from self._moves()
        yield from self._states()
        for define in self.policy.defines.values():
            yield from self._define(define)
        yield from self._guarantees()

    # the decision

    @cached_property
    def decided(self) -> list[Decision]:
        return [self._decide(self.tracer, self.of, case) for case in self.cases]

    def applying(self, case: Any) -> list[str]:
        trace = self.tracer.trace_values(self.of, (case,), 0)
        return [each.rule.name for each in trace.asked if each.applies]

    @cached_property
    def applied(self) -> list[list[str]]:
        return [self.applying(case) for case in self.cases]

    def _decide(self, tracer: Tracer, of: program.Decision, case: Any) -> Decision:
        return tracer.trace_values(of, (case,), 0).decision

    def _rules(self) -> Iterator[tuple[str, Said]]:
        """What is idle as a whole, by name."""
        for rule in (*self.of.guards, *self.of.rules):
            about = ("drawn", rule.name, "")
            if not any(rule.name in each for each in self.applied):
                code = "vacuous-guard" if rule.kind == "guard" else "never-holds"
                yield rule.name, (code, *about)
            elif not any(rule.name in each.determining for each in self.decided):
                yield rule.name, ("never-decides", *about)
            elif all(self._asks(rule.condition, case) is True for case in self.cases):
                yield rule.name, ("always-holds", *about)

    def _asks(self, node: program.Expression | None, case: Any) -> Any:
        if node is None:
            return True
        self.tracer.interpreter.forget()
        return self.tracer.interpreter.step(node, facts_of(self.of.parameters, (case,), 0)).value

    def _pairs(self) -> Iterator[Said]:
        if self.of.hit == "unique":
            found = {
                ("rules-overlap", "drawn", one, other, "")
                for each in self.decided
                if each.basis == "conflict"
                for at, one in enumerate(each.determining)
                for other in each.determining[at + 1 :]
            }
            yield from found
        if isinstance(self.of.result, types.Record):
            yield from {
                ("masked-guard", "drawn", guard.name, "")
                for guard in self.of.guards
                for names, each in zip(self.applied, self.decided, strict=True)
                if guard.name in names
                and "guard" in each.basis
                and _rank(each.outcome) > _rank({"action": _action(guard)})
            }

    def _absences(self) -> Iterator[Said]:
        if not isinstance(self.of.result, types.Record):
            return
        for path, without in _lacking(self.of.parameters[0].type):
            if len(path) == 1 and self._is_said(path[0]):
                continue
            for case, each in zip(self.cases, self.decided, strict=True):
                if any(
                    _rank(self._decide(self.tracer, self.of, other).outcome) > _rank(each.outcome)
                    for other in without(case)
                ):
                    yield ("looser-without", "drawn", "case", *path, "")
                    break

    def _is_said(self, fact: str) -> bool:
        """Whether the policy says what it means that the fact is missing."""
        asked = [each.condition for each in (*self.of.guards, *self.of.rules) if each.condition]
        called = [
            define.value
            for define in self.policy.defines.values()
            if any(self._reaches(each, define.name) for each in asked)
        ]
        return any(
            isinstance(inside, program.FieldOf) and inside.name == fact
            for each in (*asked, *called)
            for node in walk.everything(each)
            if isinstance(node, program.Apply) and node.symbol in ("is missing", "else")
            for inside in walk.everything(node)
        )

    def _terms(self, idle: set[str]) -> Iterator[Said]:
        for rule in (*self.of.guards, *self.of.rules):
            if rule.condition is None or rule.name in idle:
                continue
            for one in _outermost(rule.condition, lambda one, rule=rule: self._turns(rule, one)):
                yield ("no-effect", "drawn", rule.name, str(one.node.span.start))

    def _turns(self, rule: program.Rule, one: Term) -> bool:
        """Whether some case is decided otherwise without the term."""
        other = replace(rule, condition=one.without)
        of = replace(
            self.of,
            guards=tuple(other if each is rule else each for each in self.of.guards),
            rules=tuple(other if each is rule else each for each in self.of.rules),
        )
        policy = replace(self.policy, decisions={"drawn": of}, lifecycles={})
        return self._decides_otherwise(policy)

    def _decides_otherwise(self, policy: program.Program) -> bool:
        tracer, of = Tracer(policy), policy.decisions["drawn"]
        return any(
            _gist(self._decide(tracer, of, case)) != _gist(each)
            for case, each in zip(self.cases, self.decided, strict=True)
        )

    # defines

    def _define(self, define: program.Define) -> Iterator[Said]:
        found = [self._asks(define.value, case) for case in self.cases]
        if True not in found:
            yield ("never-holds", define.name, "")
            return
        if set(found) == {True}:
            yield ("always-holds", define.name, "")
            return
        alone = list(_outermost(define.value, lambda one: self._gives_otherwise(define, one)))
        for one in alone:
            yield ("no-effect", define.name, str(one.node.span.start))
        if not any(self._reaches(each, define.name) for each in self._conditions()):
            return
        others = [
            one for one in terms(define.value) if not any(_inside(one, each) for each in alone)
        ]
        told: list[Term] = []
        for one in others:
            if not any(_inside(one, each) for each in told) and not self._matters(define, one):
                told.append(one)
                yield ("no-effect", define.name, str(one.node.span.start))

    def _gives_otherwise(self, define: program.Define, one: Term) -> bool:
        return any(
            self._asks(define.value, case) != self._asks(one.without, case) for case in self.cases
        )

    def _matters(self, define: program.Define, one: Term) -> bool:
        defines = {**self.policy.defines, define.name: replace(define, value=one.without)}
        policy = replace(self.policy, defines=defines)
        if self._decides_otherwise(replace(policy, lifecycles={})):
            return True
        return any(
            self._turned(each, each.condition, Tracer(replace(policy, lifecycles={})))
            for each in self.life.transitions
            if each.condition is not None and self._reaches(each.condition, define.name)
        )

    def _conditions(self) -> Iterator[program.Expression]:
        several = [each.condition for each in (*self.of.guards, *self.of.rules)]
        several += [each.condition for each in self.life.transitions]
        yield from (each for each in several if each is not None)

    def _reaches(self, node: program.Expression, define: str) -> bool:
        return any(
            each.define == define or self._reaches(self.policy.defines[each.define].value, define)
            for each in walk.everything(node)
            if isinstance(each, program.Call)
        )

    # the lifecycle

    @cached_property
    def lives(self) -> list[_Life]:
        return [
            _Life(case, state.wire, event.name, payload)
            for case in self.cases
            for state in self.life.states
            if any(state.name in each.sources for each in self.life.transitions)
            for event in self.life.events
            for payload in every(event.payload, _TEXTS, _SHARES)
        ]

    @cached_property
    def lived(self) -> list[tuple[Decision, str]]:
        machine = self.tracer.lives["life"].machine
        found = []
        for each in self.lives:
            subject = Subject((each.case), each.state, 0)
            after, decided = machine.step(subject, each.event, each.payload, 0)
            found.append((decided, after.state))
        return found

    def _moves(self) -> Iterator[Said]:
        for each in self.life.transitions:
            about = ("life", each.sources[0], each.target, each.event, "")
            held = [self._truth(each, life) for life in self._here(each)]
            if not any(truth or (truth is None and each.guard) for truth in held):
                yield ("never-holds", *about)
                continue
            if not any(
                each.name in decided.determining and decided.basis == "transition"
                for decided, _ in self.lived
            ):
                yield ("never-decides", *about)
                continue
            if each.condition is None:
                continue
            if set(held) == {True}:
                yield ("always-holds", *about)
                continue
            for one in terms(each.condition):
                if not self._turned(each, one.without, self.tracer):
                    place = str(one.node.span.start)
                    yield ("no-effect", "life", each.sources[0], each.target, each.event, place)
        yield from {
            ("rules-overlap", "life", other.sources[0], other.target, other.event, "")
            for decided, _ in self.lived
            if decided.basis == "conflict"
            for at, one in enumerate(self._named(decided.determining))
            for other in self._named(decided.determining)[at + 1 :]
            if one.target != other.target
        }

    def _named(self, names: Iterable[str]) -> list[program.Transition]:
        return [each for each in self.life.transitions if each.name in names]

    def _here(self, of: program.Transition) -> Iterator[_Life]:
        return (each for each in self.lives if each.event == of.event and each.state in of.sources)

    def _truth(self, of: program.Transition, life: _Life) -> Any:
        return True if of.condition is None else self._value(self.tracer, of.condition, life)

    def _value(self, tracer: Tracer, node: program.Expression, life: _Life) -> Any:
        event = next(each for each in self.life.events if each.name == life.event)
        given = [
            self.life.parameter,
            program.Parameter("state", self.life.state_type),
            program.Parameter("event", event.payload),
        ]
        names: Names = facts_of(given, (life.case, life.state, life.payload), 0)
        tracer.interpreter.forget()
        return tracer.interpreter.step(node, names).value

    def _turned(self, of: program.Transition, node: program.Expression, tracer: Tracer) -> bool:
        for life in self._here(of):
            one, other = self._truth(of, life), self._value(tracer, node, life)
            if (one is not other) if of.guard else ((one is True) != (other is True)):
                return True
        return False

    def _states(self) -> Iterator[Said]:
        ways = {
            (life.state, after)
            for life, (decided, after) in zip(self.lives, self.lived, strict=True)
            if decided.basis == "transition" and life.state != after
        }
        reached, finals = _reached("A", ways), {x.wire for x in self.life.states if x.final}
        for each in self.life.states:
            about = ("life", each.name, "")
            if each.wire not in reached:
                yield ("unreachable-state", *about)
            elif not each.final:
                beyond = _reached(each.wire, ways)
                if len(beyond) == 1 or (finals and not finals & beyond):
                    yield ("trapping-state", *about)

    # guarantees

    def _guarantees(self) -> Iterator[Said]:
        for each in self.policy.guarantees:
            promise = each.promise
            assert isinstance(promise, program.OutcomePromise)
            asked = [self._asks(promise.premise, case) is not False for case in self.cases]
            if any(
                premise and decided.outcome["action"] == "go"
                for premise, decided in zip(asked, self.decided, strict=True)
            ):
                yield ("refuted-guarantee", each.name, "")
            elif not any(asked):
                yield ("vacuous-guarantee", each.name, "")


def _outermost(node: program.Expression, matters: Any) -> Iterator[Term]:
    told: list[Term] = []
    for one in terms(node):
        if not any(_inside(one, each) for each in told) and not matters(one):
            told.append(one)
            yield one


def _inside(one: Term, other: Term) -> bool:
    span, outer = one.node.span, other.node.span
    return outer.start <= span.start and span.end <= outer.end


def _gist(of: Decision) -> tuple[Any, ...]:
    return of.basis, of.determining, of.outcome


def _rank(outcome: Any) -> int:
    return -_LOOSE.index(outcome["action"])


def _action(guard: program.Rule) -> str:
    assert isinstance(guard.outcome, program.MakeRecord)
    (action,) = guard.outcome.values
    assert isinstance(action, program.Constant)
    return str(action.value)


def _reached(state: str, ways: set[tuple[str, str]]) -> set[str]:
    reached = {state}
    while True:
        more = {target for source, target in ways if source in reached} - reached
        if not more:
            return reached
        reached |= more


def _lacking(type_: types.Type) -> Iterator[tuple[Said, Any]]:
    """The optional facts, and what a case is without one."""
    assert isinstance(type_, types.Record)
    for at, each in enumerate(type_.fields):
        if each.optional:
            yield (each.name,), lambda case, at=at: _without(case, at)
        if isinstance(each.type, types.ListOf) and isinstance(each.type.element, types.Record):
            for inner, one in enumerate(each.type.element.fields):
                if one.optional:
                    yield (
                        (each.name, one.name),
                        lambda case, at=at, inner=inner: [
                            (
                                *case[:at],
                                (*case[at][:n], other, *case[at][n + 1 :]),
                                *case[at + 1 :],
                            )
                            for n, element in enumerate(case[at])
                            for other in _without(element, inner)
                        ],
                    )


def _without(record: Any, at: int) -> list[Any]:
    return [(*record[:at], None, *record[at + 1 :])] if record[at] is not None else []


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("count", type=int)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    codes: Counter[str] = Counter()
    failed = 0
    drawn = policies(asked.seed)
    for number in range(asked.count):
        text, policy = next(drawn)
        said = wrong(policy, codes)
        if said is not None:
            failed += 1
            print(f"--- {number}: {said}\n{text}", flush=True)
    counted = ", ".join(f"{count} {code}" for code, count in sorted(codes.items()))
    print(f"{asked.count} policies, {failed} otherwise than by trying all cases: {counted}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
