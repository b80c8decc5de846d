"""Law 17 for the prover: what it says of every case holds of each case that is decided."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import z3
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from engine.backends.proof.bits import Bit, both, either, every, no, same, some
from engine.backends.proof.decisions import Decided, decided
from engine.backends.proof.encode import Encoder
from engine.backends.proof.symbols import Seq, Sym
from engine.backends.python.trace import Trace, Tracer
from engine.language import types
from engine.language.values import from_wire, parse_instant
from engine.program import nodes as program
from tests.programs import WAYS, Way, cases, programs
from tests.test_agreement import DECISION, well_typed

NOW = st.sampled_from([0, parse_instant("2026-01-15T14:32:00Z")])
STEPS = 3_000_000
slow = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
)


@dataclass
class All(dict[str, int]):
    """Every list is told of so many elements."""

    most: int = field(default=10)

    def get(self, _root: str, _other: int = 0) -> int:  # type: ignore[override]
        return self.most


@settings(slow, max_examples=60)
@given(programs(), st.data())
def test_the_prover_says_of_a_case_what_the_evaluator_does(text: str, data: st.DataObject) -> None:
    agree(well_typed(text), data)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.row.symbol}-{way.signature.result}")
def test_the_prover_agrees_on_each_row_of_the_tables(way: Way) -> None:
    @settings(slow, max_examples=3)
    @given(programs(using=way), st.data())
    def on_random_programs(text: str, data: st.DataObject) -> None:
        agree(well_typed(text), data)

    on_random_programs()


@settings(slow, max_examples=40)
@given(programs(), st.data())
def test_of_long_lists_the_prover_says_nothing_false(text: str, data: st.DataObject) -> None:
    policy = well_typed(text)
    for trace in traces(policy, data):
        asked = Asked(policy, trace, All(most=1), Everything())
        assert asked.may_be(asked.as_decided()), told(trace)


class Everything(frozenset[str]):
    def __contains__(self, _root: object) -> bool:
        return True


def agree(policy: program.Program, data: st.DataObject) -> None:
    for trace in traces(policy, data):
        asked = Asked(policy, trace, All())
        assert asked.may_be(asked.as_decided()), told(trace)
        if not asked.encoder.rough:
            assert not asked.may_be(no(asked.as_decided())), told(trace)


def traces(policy: program.Program, data: st.DataObject) -> Iterator[Trace]:
    tracer = Tracer(policy)
    for case in data.draw(st.lists(cases(policy), min_size=1, max_size=2), "cases"):
        trace = tracer.trace(case, DECISION, data.draw(NOW, "now"))
        assume(trace.decision.basis != "refused")
        yield trace


def told(trace: Trace) -> str:
    return str(trace.decision)


class Asked:
    """What the prover says of one case."""

    def __init__(
        self,
        policy: program.Program,
        trace: Trace,
        lengths: Mapping[str, int],
        cut: frozenset[str] = frozenset(),
    ) -> None:
        self.trace = trace
        self.of = policy.decisions[DECISION]
        self.encoder = Encoder(policy, lengths, cut)
        self.facts, _ = self.encoder.facts.case(self.of.parameters)
        self.found: Decided = decided(self.encoder, self.of, self.facts)
        named = {each.name: each.type for each in self.of.parameters}
        named["now"] = types.Instant()
        self.pinned = every(
            self.equal(self.facts[name], self.trace.facts[name].value, type_)
            for name, type_ in named.items()
        )

    def as_decided(self) -> Bit:
        """The outcome, the basis, and what determined it."""
        decision = self.trace.decision
        basis = [same(bit, decision.basis == name) for name, bit in self.found.basis.items()]
        by = [same(bit, name in decision.determining) for name, bit in self.found.by.items()]
        asked = zip(
            (*self.trace.guards, *self.trace.rules),
            (*self.found.guards, *self.found.rules),
            strict=True,
        )
        verdicts = [
            both(same(its.surely, each.truth is True), same(its.blurred, each.truth is None))
            for each, its in asked
        ]
        outcome = self.equal_wire(self.found.outcome, decision.outcome, self.of.result)
        return every([*basis, *by, *verdicts, outcome])

    def may_be(self, bit: Bit) -> bool:
        solver = z3.Solver()
        solver.set("rlimit", STEPS)
        asked = [each for each in (self.pinned, bit) if not isinstance(each, bool)]
        if self.pinned is False or bit is False:
            return False
        solver.add(*self.encoder.known(), *self.encoder.arithmetic, *asked)
        found = solver.check()
        assume(found != z3.unknown)
        return bool(found == z3.sat)

    def equal_wire(self, of: Sym, wire: Any, type_: types.Type) -> Bit:
        return self.equal(of, from_wire(wire, type_), type_)

    def equal(self, of: Sym, value: Any, type_: types.Type) -> Bit:
        """Whether it stands for this value."""
        if value is None:
            return no(of.known)
        if of.known is False:
            return False
        match type_:
            case types.Record(fields=fields):
                parts = zip(range(len(fields)), value, fields, strict=True)
                inside = (
                    self.equal(of.value.field(place), part, each.type)
                    for place, part, each in parts
                )
                return both(of.known, every(inside))
            case types.ListOf(element=element):
                return both(of.known, self.equal_list(of.value, value, element))
            case types.Tally():
                totals = (
                    of.value.total(place).term == _total(value.get(member.wire, 0))
                    for place, member in enumerate(type_.member.members)
                )
                return both(of.known, every(totals))
            case _:
                constant = self.encoder.constant(value, type_).value
                return both(of.known, self.encoder.equal(of.value, constant, type_))

    def equal_list(self, of: Seq, values: tuple[Any, ...], element: types.Type) -> Bit:
        """Elements are where their bit holds; after `taken` of them the next is told from there."""
        ways: list[Bit] = [taken == 0 for taken in range(len(values) + 1)]
        for there, each in of.items:
            ways = [
                either(
                    both(no(there), ways[taken]),
                    both(there, ways[taken - 1], self.equal(each, values[taken - 1], element))
                    if taken
                    else False,
                )
                for taken in range(len(values) + 1)
            ]
        return either(both(no(of.rest), ways[-1]), both(of.rest, some(ways) if of.items else True))


def _total(counted: Any) -> int:
    return counted if isinstance(counted, int) else sum(counted.values())
