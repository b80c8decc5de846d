"""The terms of conditions and defines to those that change nothing.

A term of a rule's condition changes nothing where without it every case has the same outcome by the
same rule. A term of a define changes nothing where that is so of all that reads the define; and a
number that is only shown, while conditions read it, where none of them hangs on it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from engine.backends.proof.bits import Bit, both, either, no, same
from engine.backends.proof.encode import Encoder
from engine.backends.proof.facts import Case
from engine.backends.proof.hinges import Hinge, Hinges
from engine.backends.proof.session import Found, Session
from engine.backends.proof.solve import Question, told
from engine.backends.proof.symbols import true
from engine.backends.python.steps import Names
from engine.backends.python.trace import Trace, Tracer, facts_of
from engine.diagnostics.deep import AlwaysHolds, NeverHolds, NoEffect
from engine.language import types
from engine.program import nodes as program
from engine.program.reads import touches
from engine.program.terms import Term, names_in, terms
from engine.verbs.confirmed import traced
from engine.verbs.deep.looking import Looking


@dataclass
class SharedTerms:
    """The terms of defines, as long as nothing was found that hangs on them; `unsure` are those of
    which the prover could not tell."""

    looking: Looking
    left: list[tuple[program.Define, Term]]
    asked: set[int] = field(default_factory=set)
    unsure: dict[int, Found] = field(default_factory=dict)
    rough: list[str] = field(default_factory=list)
    _lacking: dict[int, Tracer] = field(default_factory=dict)

    def left_of(self, of: program.Decision) -> list[tuple[program.Define, Term]]:
        """Those that the conditions of a decision read."""
        conditions = [each.condition for each in (*of.guards, *of.rules)]
        return self.read_by([each for each in conditions if each is not None])

    def read_by(
        self, conditions: Sequence[program.Expression]
    ) -> list[tuple[program.Define, Term]]:
        calls = self.looking.reads.calls
        return [
            (define, one)
            for define, one in self.left
            if any(calls(each, define.name) for each in conditions)
        ]

    def show(self, of: program.Decision) -> None:
        """Settles those that an example shows."""
        differing = Differing(self.looking, of)
        for define, one in self.left_of(of):
            found = differing.shown(partial(differing.shared, define, one))
            if found is not None:
                self.settle(one, found)

    def lacking(self, term: Term) -> Tracer:
        """What decides by a policy whose define lacks the term."""
        if id(term) not in self._lacking:
            define = next(define for define, one in self.left if one is term)
            other = replace(define, value=term.without)
            policy = self.looking.policy
            defines = {**policy.defines, define.name: other}
            made = Tracer(replace(policy, defines=defines, lifecycles={}), self.looking.matcher)
            self._lacking[id(term)] = made
        return self._lacking[id(term)]

    def settle(self, term: Term, found: Found) -> None:
        key = id(term)
        self.asked.add(key)
        if found.kind == "yes":
            self.left = [pair for pair in self.left if pair[1] is not term]
        elif found.kind != "no":
            self.unsure[key] = found

    def tell(self) -> None:
        for define, one in outermost(self.left):
            subject = (define.name,)
            if id(one) in self.unsure:
                self.looking.unsettled(
                    self.unsure[id(one)],
                    one.node.span,
                    subject,
                    f"whether `{self.looking.written(one.node)}` changes anything",
                    self.rough,
                    _called(one),
                )
            elif id(one) in self.asked:
                self.looking.tell(
                    NoEffect(
                        span=one.node.span,
                        subject=subject,
                        called=_called(one),
                        term=self.looking.written(one.node),
                        where=define.name,
                        number=one.of == "sum",
                    )
                )


def shared_terms(looking: Looking) -> SharedTerms:
    """Looks at each define by itself; what changes nothing whatever it is called with is told, and
    what may still change nothing where it is called is left."""
    left: list[tuple[program.Define, Term]] = []
    policy, calls = looking.policy, looking.reads.calls
    deciding, showing = list(_deciding(policy)), list(_showing(policy))
    moving = [due.at for each in policy.lifecycles.values() for due in each.deadlines]
    for define in policy.defines.values():
        if not define.parameters or isinstance(define.value, program.Constant):
            continue
        is_read = any(calls(each, define.name) for each in deciding)
        is_shown = any(calls(each, define.name) for each in showing)
        moves = any(calls(each, define.name) for each in moving)
        alone = _Alone(looking, define)
        for one in alone.left():
            if is_read and not moves and (one.of == "sum" or not is_shown):
                left.append((define, one))
            elif id(one) in alone.unsure:
                alone.tell_unsure(one)
    return SharedTerms(looking, left)


def _deciding(policy: program.Program) -> Iterator[program.Expression]:
    """The conditions on which decisions hang."""
    for decision in policy.decisions.values():
        yield from (
            each.condition for each in (*decision.guards, *decision.rules) if each.condition
        )
    for lifecycle in policy.lifecycles.values():
        yield from (each.condition for each in lifecycle.transitions if each.condition)
        yield from (each.condition for each in lifecycle.deadlines if each.condition)


def _showing(policy: program.Program) -> Iterator[program.Expression]:
    """What is given, set or moved in time."""
    for decision in policy.decisions.values():
        for rule in (*decision.guards, *decision.rules):
            yield rule.outcome
            if rule.unknown_outcome is not None:
                yield rule.unknown_outcome
        if decision.otherwise is not None:
            yield decision.otherwise.outcome
        yield from (each.value for each in decision.always)
    for lifecycle in policy.lifecycles.values():
        for step in lifecycle.transitions:
            yield from (each.value for each in step.sets)
        for due in lifecycle.deadlines:
            yield from (each.value for each in due.sets)
        yield from (each.at for each in lifecycle.deadlines)


class _Alone:
    """A define by itself, its parameters being anything."""

    def __init__(self, looking: Looking, define: program.Define) -> None:
        self.looking, self.define = looking, define
        self.calls = looking.shown.calls(define.name)
        self.every = list(terms(define.value))
        self.terms = [one for one in self.every if not any(self._moves(one, x) for x in self.calls)]
        self.is_condition = isinstance(define.value.type, types.Bool) and not self._is_shown()
        self.unsure: dict[int, Found] = {}
        self._rough: list[str] = []
        self._bits: list[Bit] = []
        self._whole: Any = None

    def left(self) -> list[Term]:
        """The terms that change its value."""
        if not self.terms and not self.is_condition:
            return self.every
        question = told(self.looking.policy, self._build)
        session = Session(question.encoder, question.read, self.looking.little)
        self._rough = list(question.encoder.rough)
        if self.is_condition and self._is_constant(session):
            return []
        idle: list[Term] = []
        for one, bit in zip(self.terms, self._bits, strict=True):
            if any(_inside(one, other) for other in idle):
                continue
            found = session.find([bit], partial(self._differs, one))
            if found.kind == "no":
                idle.append(one)
                self._tell(one)
            elif found.kind != "yes":
                self.unsure[id(one)] = found
        return [one for one in self.every if not any(_inside(one, other) for other in idle)]

    def tell_unsure(self, one: Term) -> None:
        written = self.looking.written(one.node)
        self.looking.unsettled(
            self.unsure[id(one)],
            one.node.span,
            (self.define.name,),
            f"whether `{written}` changes anything",
            self._rough,
            _called(one),
        )

    def _is_shown(self) -> bool:
        """Whether examples show it true and not true."""
        found = {self._value(self.define.value, each) is True for each in self.calls}
        return len(found) == 2

    def _moves(self, one: Term, names: Names) -> bool:
        return bool(self._value(self.define.value, names) != self._value(one.without, names))

    def _value(self, node: program.Expression, names: Names) -> Any:
        self.looking.tracer.interpreter.forget()
        return self.looking.tracer.interpreter.step(node, names).value

    def _build(self, encoder: Encoder) -> Question:
        facts, read = encoder.facts.case(self.define.parameters)
        self._whole = encoder.express(self.define.value, facts)
        type_ = self.define.value.type
        self._bits = []
        for one in self.terms:
            other = encoder.express(one.without, facts)
            both_known = both(self._whole.known, other.known)
            alike: Bit = True
            if both_known is not False:
                alike = encoder.equal(self._whole.value, other.value, type_)
            moved = both(both_known, no(alike))
            self._bits.append(either(no(same(self._whole.known, other.known)), moved))
        return Question(encoder, True, read)

    def _is_constant(self, session: Session) -> bool:
        """Tells of a condition that is the same whatever is asked."""
        define = self.define
        for kind, bit, wanted in (
            (NeverHolds, true(self._whole), True),
            (AlwaysHolds, no(true(self._whole)), False),
        ):
            found = session.find([bit], partial(self._comes_to, wanted))
            if found.kind in ("perhaps", "spent"):
                question = f"whether `{define.name}` is ever {'true' if wanted else 'otherwise'}"
                subject, span = (define.name,), define.value.span
                self.looking.unsettled(found, span, subject, question, self._rough)
            if found.kind == "no":
                self.looking.tell(
                    kind(
                        span=define.value.span,
                        subject=(define.name,),
                        kind="define",
                        name=define.name,
                    )
                )
                return True
        return False

    def _comes_to(self, wanted: bool, case: Case) -> bool:
        return (self._value(self.define.value, self._names(case)) is True) is wanted

    def _differs(self, one: Term, case: Case) -> bool:
        return self._moves(one, self._names(case))

    def _names(self, case: Case) -> Names:
        return facts_of(self.define.parameters, case.arguments, case.now)

    def _tell(self, one: Term) -> None:
        self.looking.tell(
            NoEffect(
                span=one.node.span,
                subject=(self.define.name,),
                called=_called(one),
                term=self.looking.written(one.node),
                where=self.define.name,
            )
        )


def outermost(pairs: Sequence[tuple[program.Define, Term]]) -> list[tuple[program.Define, Term]]:
    """Without the terms that stand inside another of them."""
    kept: list[tuple[program.Define, Term]] = []
    for define, one in pairs:
        if not any(_inside(one, other) for _, other in kept):
            kept.append((define, one))
    return kept


def _inside(one: Term, other: Term) -> bool:
    span, outer = one.node.span, other.node.span
    return outer.start <= span.start and span.end <= outer.end


def _called(one: Term) -> tuple[str, ...]:
    return names_in(one.node)


def look_at_terms(
    looking: Looking,
    of: program.Decision,
    hinges: Hinges,
    session: Session,
    idle: set[str],
    shared: SharedTerms,
) -> None:
    """`idle` are the rules of which more was said already."""
    looking_at = _Terms(looking, of, hinges, session)
    session.draw([each.matters for each in hinges.hinges])
    found: list[Hinge] = []
    for each in hinges.hinges:
        inside = any(each.rule is one.rule and _inside(each.term, one.term) for one in found)
        if each.rule.name not in idle and not inside and looking_at.hinge(each):
            found.append(each)
    for one in hinges.shared:
        is_one = partial(looking_at.differing.shared, one.define, one.term)
        shared.settle(one.term, session.find([one.matters], is_one))
    shared.rough = list(hinges.encoder.rough)


class _Terms:
    def __init__(
        self, looking: Looking, of: program.Decision, hinges: Hinges, session: Session
    ) -> None:
        self.looking, self.of, self.hinges, self.session = looking, of, hinges, session
        self.differing = Differing(looking, of)

    def hinge(self, each: Hinge) -> bool:
        """Whether it changes nothing."""
        if self._is_for_words(each):
            return False
        without = partial(self.differing.without, each.rule, each.term)
        found = self.differing.shown(without)
        found = found or self.session.find([each.matters], without)
        subject = (self.of.name, each.rule.name)
        if found.kind == "no":
            self.looking.tell(
                NoEffect(
                    span=each.term.node.span,
                    subject=subject,
                    called=_called(each.term),
                    term=self.looking.written(each.term.node),
                    where=each.rule.name,
                    always=self._always(each),
                )
            )
            return True
        if found.kind != "yes":
            self.looking.unsettled(
                found,
                each.term.node.span,
                subject,
                f"whether `{self.looking.written(each.term.node)}` changes anything",
                list(self.hinges.encoder.rough),
                _called(each.term),
            )
        return False

    def _is_for_words(self, each: Hinge) -> bool:
        """Whether it says that a fact is known which the reason or the outcome then reads."""
        node, rule = each.term.node, each.rule
        given = [one.name for one in self.of.parameters]
        if not isinstance(node, program.Apply) or node.symbol != "is known":
            return False
        reads = self.looking.reads
        told = reads.facts(rule.because, given) | reads.facts(rule.outcome, given)
        asked = reads.facts(node.operands[0], given)
        return any(touches(told, path) for path in asked)

    def _always(self, each: Hinge) -> bool | None:
        if each.true is not None and self.session.ask([each.reached, no(each.true)]) == "no":
            return True
        if each.true is not None and self.session.ask([each.reached, each.true]) == "no":
            return False
        return None


class Differing:
    """Whether a case is decided otherwise by a policy that lacks a term."""

    def __init__(self, looking: Looking, of: program.Decision) -> None:
        self.looking, self.of = looking, of
        self._policy = replace(looking.policy, decisions={of.name: of}, lifecycles={})
        self._without: dict[int, tuple[Term, Tracer]] = {}

    def shown(self, is_one: Callable[[Case], bool]) -> Found | None:
        """By an example."""
        cases = self.looking.shown.cases(self.of.name)
        return Found("yes") if any(map(is_one, cases)) else None

    def without(self, rule: program.Rule, one: Term, case: Case) -> bool:
        """A term of a rule."""
        names = facts_of(self.of.parameters, case.arguments, case.now)
        interpreter = self.looking.tracer.interpreter
        interpreter.forget()
        if rule.condition is None or (
            interpreter.step(rule.condition, names).value
            == interpreter.step(one.without, names).value
        ):
            return False
        return self._differs(one, partial(self._by_rule, rule, one), case)

    def shared(self, define: program.Define, one: Term, case: Case) -> bool:
        """A term of a define."""
        return self._differs(one, partial(self._by_define, define, one), case)

    def _by_rule(self, rule: program.Rule, one: Term) -> program.Program:
        other = replace(rule, condition=one.without)
        guards = tuple(other if each is rule else each for each in self.of.guards)
        rules = tuple(other if each is rule else each for each in self.of.rules)
        of = replace(self.of, guards=guards, rules=rules)
        return replace(self._policy, decisions={of.name: of})

    def _by_define(self, define: program.Define, one: Term) -> program.Program:
        other = replace(define, value=one.without)
        return replace(self._policy, defines={**self._policy.defines, define.name: other})

    def _differs(self, one: Term, make: Callable[[], program.Program], case: Case) -> bool:
        if id(one) not in self._without:
            self._without[id(one)] = one, Tracer(make(), self.looking.matcher)
        tracer = self._without[id(one)][1]
        of = tracer.policy.decisions[self.of.name]
        without = tracer.trace_values(of, case.arguments, case.now)
        whole = traced(self.looking.policy, self.of.name, case.arguments, case.now)
        gist = _course if one.of == "sum" else _gist
        return whole is not None and gist(whole) != gist(without)


def _gist(of: Trace) -> tuple[Any, ...]:
    return of.decision.basis, of.decision.determining, of.decision.outcome


def _course(of: Trace) -> tuple[Any, ...]:
    """How it came to it: a number may show in the outcome, and decide nothing."""
    determining = of.decision.determining
    truths = (each.truth for each in of.asked if each.rule.name in determining)
    return of.decision.basis, determining, *truths
