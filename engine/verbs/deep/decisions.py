"""A decision to what is idle in it: rules that never hold or never decide, overlaps, masked guards,
and facts whose absence makes it looser."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from engine.backends.proof.bits import Bit, both, no, some
from engine.backends.proof.decisions import Asked
from engine.backends.proof.facts import Case
from engine.backends.proof.hinges import Hinges, Masked, hinges
from engine.backends.proof.session import Found, Session
from engine.backends.proof.solve import Question, told
from engine.backends.python.trace import Trace, Tracer
from engine.decision import Decision
from engine.diagnostics.deep import (
    AlwaysHolds,
    MaskedGuard,
    Named,
    NeverDecides,
    NeverHolds,
    RulesOverlap,
    VacuousGuard,
)
from engine.program import nodes as program
from engine.program.reads import Paths
from engine.verbs.confirmed import traced
from engine.verbs.deep.absence import is_looser, look_at_absence
from engine.verbs.deep.looking import Looking
from engine.verbs.deep.terms import SharedTerms, look_at_terms
from engine.verbs.deep.witness import witness


def look_at_decision(looking: Looking, of: program.Decision, shared: SharedTerms) -> None:
    _Deciding(looking, of, shared).look()


class _Deciding:
    def __init__(self, looking: Looking, of: program.Decision, shared: SharedTerms) -> None:
        self.looking, self.of, self.shared = looking, of, shared
        shared.show(of)
        made: list[Hinges] = []

        def build(encoder: Any) -> Question:
            made.append(hinges(encoder, of, looking.reads, shared.left_of(of)))
            return Question(encoder, True, made[-1].read)

        told(looking.policy, build)
        self.hinges = made[-1]
        self.session = Session(self.hinges.encoder, self.hinges.read, looking.budget)
        self.idle: set[str] = set()
        self._traces: dict[int, tuple[Case, Trace | None]] = {}

    def look(self) -> None:
        for each in self.hinges.asked:
            self._rule(each)
        self._overlaps()
        for masked in self.hinges.masked:
            self._masked(masked)
        look_at_absence(self.looking, self.of, self.hinges, self.session)
        look_at_terms(self.looking, self.of, self.hinges, self.session, self.idle, self.shared)

    # rules

    def _rule(self, each: Asked) -> None:
        rule, name = each.rule, each.rule.name
        decides = self.hinges.found.by[name]
        found = self._find([decides], partial(self._determines, name))
        if found.kind == "no":
            self._idle(each)
        elif found.kind != "yes":
            self._unsettled(found, rule, f"whether `{name}` ever decides")
        if rule.condition is None or name in self.idle or self.session.has_seen(no(each.surely)):
            return
        other = self._find([no(each.surely)], partial(self._is_not_true, rule))
        if other.kind == "no":
            self.idle.add(name)
            self.looking.tell(
                AlwaysHolds(
                    span=rule.condition.span, subject=self._path(rule), kind=rule.kind, name=name
                )
            )
        elif other.kind != "yes":
            self._unsettled(other, rule, f"whether `{name}` always applies")

    def _idle(self, each: Asked) -> None:
        rule = each.rule
        self.idle.add(rule.name)
        found = self._find([each.applies], partial(self._applies, rule))
        if found.kind == "no":
            self._never_holds(each)
            return
        if found.kind != "yes":
            self._unsettled(found, rule, f"whether `{rule.name}` ever applies")
            return
        by = tuple(Named(one.name, one.span) for one in self._blocking(each))
        self.looking.tell(
            NeverDecides(
                span=rule.span, subject=self._path(rule), kind=rule.kind, name=rule.name, by=by
            )
        )

    def _never_holds(self, each: Asked) -> None:
        rule = each.rule
        against = self._against(each)
        kind = VacuousGuard if rule.kind in ("guard", "guardrail") else NeverHolds
        span = rule.span if rule.condition is None else rule.condition.span
        self.looking.tell(
            kind(
                span=span,
                subject=self._path(rule),
                kind=rule.kind,
                name=rule.name,
                against=against,
            )
        )

    def _against(self, each: Asked) -> tuple[Any, ...]:
        """The parts of the condition that cannot hold together."""
        told = [
            hinge
            for hinge in self.hinges.hinges
            if hinge.rule is each.rule and hinge.term.of == "and" and hinge.true is not None
        ]
        known = each.rule.unknown_outcome is None
        bits = [hinge.true if known else no(hinge.false) for hinge in told]
        if len(bits) < 2 or self.session.ask(bits) != "no":
            return ()
        culprits = self.session.culprits([], bits)
        return tuple(told[place].term.node.span for place in culprits)

    def _blocking(self, each: Asked) -> list[program.Rule]:
        """The rules that take all its cases: as few as it takes."""
        rules, guards = self.hinges.found.rules, self.hinges.found.guards
        if each.rule.kind == "guard":
            return self._blocking_guards(each, guards)
        others = [*guards]
        match self.of.hit:
            case "first":
                others += rules[: rules.index(each)]
            case "strictest":
                others += [one for one in rules if one is not each]
            case _:
                pass
        if self.of.hit == "strictest":
            return [one.rule for one in others if self.session.ask([one.applies]) == "some"]
        places = self.session.culprits([each.applies], [no(one.applies) for one in others])
        return [others[place].rule for place in places]

    def _blocking_guards(self, each: Asked, guards: Sequence[Asked]) -> list[program.Rule]:
        at = guards.index(each)
        before = guards[:at]
        places = set(self.session.culprits([each.surely], [no(one.surely) for one in before]))
        others = [one for one in guards if one is not each]
        unsure = both(each.applies, each.blurred)
        free = [no(one.applies) if one in before else no(one.surely) for one in others]
        more = self.session.culprits([unsure, no(each.surely)], free)
        names = [before[place] for place in places] + [others[place] for place in more]
        return [one.rule for one in others if one in names]

    # pairs

    def _overlaps(self) -> None:
        if self.of.hit != "unique":
            return
        rules = self.hinges.found.rules
        free = no(some(each.applies for each in self.hinges.found.guards))
        for place, each in enumerate(rules):
            left = list(rules[place + 1 :])
            while left:
                together = some(one.applies for one in left)
                is_one = partial(self._conflicts, each.rule, {one.rule.name for one in left})
                found = self._find([free, each.applies, together], is_one, shown=True)
                if found.kind == "no":
                    break
                if found.kind != "yes":
                    question = f"whether `{each.rule.name}` overlaps with another rule"
                    self._unsettled(found, each.rule, question)
                    break
                left = [one for one in left if not self._overlapping(each, one, found.case)]

    def _overlapping(self, each: Asked, other: Asked, case: Case) -> bool:
        """Tells of the two, where both apply to the case."""
        decided = self._decided(case)
        if decided is None or other.rule.name not in decided.determining:
            return False
        subject = (*self._path(each.rule), other.rule.name)
        self.looking.tell(
            RulesOverlap(
                span=other.rule.span,
                subject=subject,
                name=other.rule.name,
                other=Named(each.rule.name, each.rule.span),
                witness=self._witness(case, [each.rule, other.rule]),
            )
        )
        return True

    def _masked(self, each: Masked) -> None:
        policy = self.looking.policy
        alone = replace(self.of, guards=(each.guard,))
        other = replace(policy, decisions={self.of.name: alone}, lifecycles={})
        tracer = Tracer(other, self.looking.matcher)
        skipped = {one.place for one in self.of.always}

        def is_one(case: Case) -> bool:
            decided = self._decided(case)
            if decided is None or each.by.name not in decided.determining:
                return False
            masked = tracer.trace_values(alone, case.arguments, case.now).decision
            return each.guard.name in masked.determining and is_looser(
                decided.outcome, masked.outcome, self.of.result, skipped
            )

        found = self._find([each.holds], is_one, shown=True)
        if found.kind == "yes":
            self.looking.tell(
                MaskedGuard(
                    span=each.guard.span,
                    subject=self._path(each.guard),
                    name=each.guard.name,
                    by=Named(each.by.name, each.by.span),
                    witness=self._witness(found.case, [each.guard, each.by]),
                )
            )
        elif found.kind != "no":
            question = f"whether `{each.by.name}` masks `{each.guard.name}`"
            self._unsettled(found, each.guard, question)

    # what they share

    def _find(
        self, supposed: Sequence[Bit], is_one: Callable[[Case], bool], *, shown: bool = False
    ) -> Found:
        """Looks among the examples first."""
        for case in self.looking.shown.cases(self.of.name):
            if is_one(case):
                return Found("yes", case)
        return self.session.find(supposed, is_one, shown=shown)

    def _trace(self, case: Case) -> Trace | None:
        known = self._traces.get(id(case))
        if known is None:
            found = traced(self.looking.policy, self.of.name, case.arguments, case.now)
            known = self._traces[id(case)] = case, found
        return known[1]

    def _decided(self, case: Case) -> Decision | None:
        trace = self._trace(case)
        return None if trace is None else trace.decision

    def _determines(self, name: str, case: Case) -> bool:
        decided = self._decided(case)
        return decided is not None and name in decided.determining

    def _applies(self, rule: program.Rule, case: Case) -> bool:
        trace = self._trace(case)
        return trace is not None and any(each.rule is rule and each.applies for each in trace.asked)

    def _is_not_true(self, rule: program.Rule, case: Case) -> bool:
        trace = self._trace(case)
        return trace is not None and any(
            each.rule is rule and each.truth is not True for each in trace.asked
        )

    def _conflicts(self, rule: program.Rule, others: set[str], case: Case) -> bool:
        decided = self._decided(case)
        if decided is None or decided.basis != "conflict":
            return False
        return rule.name in decided.determining and not others.isdisjoint(decided.determining)

    def _witness(self, case: Case, rules: Sequence[program.Rule]) -> str:
        given = [each.name for each in self.of.parameters]
        read: Paths = frozenset().union(
            *(self.looking.reads.facts(each.condition, given) for each in rules)
        )
        return witness(self.of.parameters, case.arguments, case.now, read)

    def _path(self, rule: program.Rule) -> tuple[str, ...]:
        return self.of.name, rule.name

    def _unsettled(self, found: Found, rule: program.Rule, question: str) -> None:
        rough = list(self.hinges.encoder.rough)
        self.looking.unsettled(found, rule.span, self._path(rule), question, rough)
