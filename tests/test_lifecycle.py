"""Lifecycles: what an event does, and what time alone does, however late the clock is looked at."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backends.python.evaluator import Evaluator
from engine.backends.python.lifecycle import Machine, RestlessError, Subject
from engine.language.values import parse_instant
from engine.source import Source
from engine.verbs.check import load

ORDERS = """bylaw 1

policy orders 1.0.0
  title "Orders that wait, are late, and are looked at again"

record Order
  placed:   instant
  patience: duration optional
  weight:   integer 0 .. 9
  reminded: integer default 0 because "nobody was reminded yet"
  turns:    integer default 0 because "none yet"
  held:     bool optional

lifecycle order(order: Order)
  state PLACED  initial
  state LATE    as "LATE!"
  state CHECKED
  state LOST    final

  event hold
  event weigh(weight: integer 0 .. 9)
  event check
  event drop
  event both

  transition PLACED -> PLACED on hold
    then held: true
  transition PLACED, LATE -> PLACED on weigh
    when event.weight < 8
    then weight: event.weight
    because "it weighs {event.weight}"
  guard transition PLACED -> LATE on check
    when order.held
    then turns: order.turns + 1
  transition PLACED -> LATE on check
    when order.weight > 4
    then turns: order.turns + 1, reminded: order.turns
  transition PLACED -> CHECKED on check
    when order.weight <= 4
  transition PLACED -> LOST on both
  transition PLACED -> LATE on both
    when order.weight > 4

  deadline reminder in PLACED, LATE
    at order.placed + order.weight * 1h
    then reminded: order.reminded + 1
    because "reminded at {now}"
  deadline patience in PLACED
    at order.placed + order.patience
    when not (order.held else false)
    then go LATE
  deadline checking in CHECKED
    at now + 2h
    then go PLACED, turns: order.turns + 1
  deadline lost in LATE
    at order.placed + 4d
    then go LOST
"""


def machine_of(text: str) -> Machine:
    evaluator = Evaluator(load(Source("orders.bylaw", text)))
    (machine,) = evaluator.lifecycles.values()
    return machine


def instant(text: str) -> int:
    parsed = parse_instant(text)
    assert parsed is not None
    return parsed


MACHINE = machine_of(ORDERS)
EVALUATOR = Evaluator(load(Source("orders.bylaw", ORDERS)))
START = instant("2026-01-15")
HOUR = 3_600_000_000
EVENTS: list[tuple[str, tuple[Any, ...]]] = [
    ("hold", ()), ("weigh", (1,)), ("weigh", (7,)), ("weigh", (9,)), ("check", ()),
]  # fmt: skip


def order(**changed: Any) -> tuple[Any, ...]:
    facts = {
        "placed": START,
        "patience": 30 * HOUR,
        "weight": 5,
        "reminded": 0,
        "turns": 0,
        "held": None,
    }
    return tuple((facts | changed).values())


def facts(subject: Subject) -> dict[str, Any]:
    names = ("placed", "patience", "weight", "reminded", "turns", "held")
    return dict(zip(names, subject.facts, strict=True))


def names(decisions: Any) -> list[tuple[str, str | None]]:
    return [(each.determining[0], each.as_of) for each in decisions]


hours = st.integers(0, 120)
happenings = st.lists(st.tuples(hours, st.sampled_from(EVENTS)), max_size=4)


@given(happenings, st.lists(hours, max_size=6), st.sampled_from([None, 12 * HOUR, 30 * HOUR]))
def test_one_big_step_equals_many_small_ones(
    events: list[tuple[int, tuple[str, tuple[Any, ...]]]], looks: list[int], patience: int | None
) -> None:
    """The clock is looked at before each event, and in one of the two runs in between too."""
    events = sorted(events, key=lambda each: each[0])
    start = order(patience=patience)
    assert lived(start, events, []) == lived(start, events, sorted(looks))


def lived(
    start: tuple[Any, ...], events: list[tuple[int, tuple[str, tuple[Any, ...]]]], looks: list[int]
) -> tuple[Subject, list[Any]]:
    subject, decisions = MACHINE.enter(start, START), list[Any]()
    moments = [(at, 0, None) for at in looks] + [(at, 1, event) for at, event in events]
    for at, _, event in sorted(moments, key=lambda each: each[:2]):
        now = START + at * HOUR
        subject, by_clock = MACHINE.advance(subject, now)
        decisions += by_clock
        if event is not None:
            subject, decided = MACHINE.step(subject, *event, now)
            decisions.append(decided)
    subject, by_clock = MACHINE.advance(subject, START + 200 * HOUR)
    return subject, [*decisions, *by_clock]


def test_each_deadline_happens_once_at_its_own_instant_and_ties_in_file_order() -> None:
    subject, decisions = MACHINE.advance(MACHINE.enter(order(), START), START + 1000 * HOUR)
    assert names(decisions) == [
        ("reminder", "2026-01-15T05:00:00Z"),
        ("patience", "2026-01-16T06:00:00Z"),
        ("lost", "2026-01-19T00:00:00Z"),
    ]
    assert (subject.state, facts(subject)["reminded"]) == ("LOST", 1)
    assert MACHINE.advance(subject, START + 9999 * HOUR) == (subject, [])
    _, tied = MACHINE.advance(MACHINE.enter(order(patience=5 * HOUR), START), START + 5 * HOUR)
    assert [name for name, _ in names(tied)] == ["reminder", "patience"]


def test_a_deadline_of_several_states_goes_on_when_the_subject_moves_between_them() -> None:
    subject, _ = MACHINE.advance(MACHINE.enter(order(), START), START + 10 * HOUR)
    subject, decided = MACHINE.step(subject, "check", (), START + 10 * HOUR)
    assert (subject.state, decided.outcome) == (
        "LATE!", {"state": "LATE!", "set": {"turns": 1, "reminded": 0}},
    )  # fmt: skip
    assert MACHINE.advance(subject, START + 11 * HOUR) == (subject, [])


def test_a_deadline_in_the_past_happens_at_the_instant_that_moved_it_there() -> None:
    subject = MACHINE.enter(order(weight=7), START)
    subject, _ = MACHINE.step(subject, "weigh", (1,), START + 3 * HOUR)
    assert subject.due() == START + 3 * HOUR
    subject, decisions = MACHINE.advance(subject, START + 4 * HOUR)
    assert names(decisions) == [("reminder", "2026-01-15T03:00:00Z")]
    assert decisions[0].reasons[0].text == "reminded at 2026-01-15T03:00:00Z"


def test_a_deadline_that_has_happened_begins_anew_only_where_a_fact_moves_it_ahead() -> None:
    subject, _ = MACHINE.advance(MACHINE.enter(order(), START), START + 6 * HOUR)
    heavier, _ = MACHINE.step(subject, "weigh", (7,), START + 6 * HOUR)
    assert names(MACHINE.advance(heavier, START + 8 * HOUR)[1]) == [
        ("reminder", "2026-01-15T07:00:00Z")
    ]
    lighter, _ = MACHINE.step(subject, "weigh", (1,), START + 6 * HOUR)
    assert MACHINE.advance(lighter, START + 8 * HOUR)[1] == []


def test_facts_may_change_by_themselves_and_only_what_reads_them_is_moved() -> None:
    subject = MACHINE.enter(order(), START)
    changed = MACHINE.change(subject, order(weight=9), START + HOUR)
    assert dict(changed.deadlines) == {
        "reminder": START + 9 * HOUR,
        "patience": START + 30 * HOUR,
    }
    assert MACHINE.change(subject, order(turns=5), START + HOUR).deadlines == subject.deadlines


def test_a_deadline_counted_from_entering_is_not_moved_by_other_facts() -> None:
    subject = MACHINE.enter(order(weight=1, held=False), START)
    subject, _ = MACHINE.advance(subject, START + 2 * HOUR)
    subject, _ = MACHINE.step(subject, "check", (), START + 2 * HOUR)
    subject = MACHINE.change(subject, order(weight=2), START + 3 * HOUR)
    assert (subject.state, subject.due()) == ("CHECKED", START + 4 * HOUR)


def test_transitions_that_hold_together_join_and_read_the_facts_before_them() -> None:
    subject = MACHINE.enter(order(held=True, turns=3, weight=9), START)
    subject, decided = MACHINE.step(subject, "check", (), START + HOUR)
    assert decided.determining == ("PLACED -> LATE on check", "PLACED -> LATE on check (2)")
    assert decided.outcome["set"] == {"turns": 4, "reminded": 3}


def test_a_guard_whose_condition_is_unknown_goes_first() -> None:
    subject = MACHINE.enter(order(held=None, weight=1), START)
    _, decided = MACHINE.step(subject, "check", (), START)
    assert (decided.basis, decided.determining, decided.unknown) == (
        "transition", ("PLACED -> LATE on check",), ("/order/held",),
    )  # fmt: skip
    (reason,) = decided.reasons
    assert reason.text == (
        "could not tell whether `PLACED -> LATE on check` applies: /order/held is not known"
    )


def test_different_targets_are_a_conflict_and_nothing_moves() -> None:
    subject = MACHINE.enter(order(), START)
    same, decided = MACHINE.step(subject, "both", (), START)
    assert same == subject
    assert decided.basis == "conflict"
    assert decided.determining == ("PLACED -> LOST on both", "PLACED -> LATE on both")
    assert decided.outcome == {"state": "PLACED", "set": {}}


@pytest.mark.parametrize(
    ("state", "event", "payload", "allowed"),
    [
        ("LATE!", "check", (), ("weigh",)),
        ("LOST", "weigh", (1,), ()),
        ("PLACED", "weigh", (8,), ("hold", "weigh", "check", "both")),
        ("PLACED", "explode", None, ("hold", "weigh", "check", "both")),
    ],
)
def test_what_is_not_declared_is_refused_with_what_is_allowed(
    state: str, event: str, payload: tuple[Any, ...] | None, allowed: tuple[str, ...]
) -> None:
    subject = Subject(order(), state, START)
    same, decided = MACHINE.step(subject, event, payload, START)
    assert (same, decided.basis, decided.allowed) == (subject, "no_transition", allowed)


def test_an_event_waits_for_what_is_due_before_it() -> None:
    with pytest.raises(ValueError, match="come before"):
        MACHINE.step(MACHINE.enter(order(), START), "hold", (), START + 5 * HOUR)


def case(**others: Any) -> dict[str, Any]:
    given = {"placed": "2026-01-15", "patience": "30h", "weight": 5}
    return {"order": given, "state": "PLACED", **others}


def test_a_case_with_an_event_and_the_instant_of_entering_lives_through_both() -> None:
    weighed = case(event={"name": "weigh", "weight": 3}, entered="2026-01-15")
    decided = EVALUATOR.decide(weighed, now=START + 40 * HOUR)
    assert decided.determining == ("reminder", "patience", "PLACED, LATE -> PLACED on weigh")
    assert decided.outcome == {"state": "PLACED", "set": {"reminded": 1, "weight": 3}}
    assert (decided.basis, decided.as_of) == ("transition", "2026-01-16T16:00:00Z")
    alone = EVALUATOR.decide(case(event={"name": "weigh", "weight": 3}))
    assert alone.determining == ("PLACED, LATE -> PLACED on weigh",)


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({}, ["/order", "/state"]),
        (case(event={"name": "weigh", "weight": 10}), ["/event/weight"]),
        (case(event={"name": "weigh"}), ["/event/weight"]),
        (case(event="hold"), ["/event"]),
        (case(event={}), ["/event/name"]),
        (case(state="LATE"), ["/state"]),
        (case(state=[]), ["/state"]),
        (case(entered="soon"), ["/entered"]),
        (case(), ["/now"]),
        ("{", [""]),
        ([], [""]),
    ],
)
def test_a_case_with_faults_is_refused(given: Any, faults: list[str]) -> None:
    decided = EVALUATOR.decide(given)
    assert (decided.basis, [each.pointer for each in decided.faults]) == ("refused", faults)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["order", "state", "event", "name", "weight"]), inner)
        ),
    )
)
def test_no_json_breaks_it(given: Any) -> None:
    assert EVALUATOR.decide(given, now=START).decision == "order"


CIRCLE = """bylaw 1

policy circle 1.0.0
  title "Two states that hand over to each other"

record Lamp
  wait:   duration
  turned: integer default 0 because "none yet"

lifecycle lamp(lamp: Lamp)
  state ON  initial
  state OFF

  event wait

  transition ON -> ON on wait

  deadline off in ON
    at now + lamp.wait
    then go OFF, turned: lamp.turned + 1
  deadline on in OFF
    at now + lamp.wait
    then go ON
"""


def test_in_a_circle_each_deadline_happens_once_at_one_instant() -> None:
    lamps = machine_of(CIRCLE)
    subject, decisions = lamps.advance(lamps.enter((0, 0), START), START)
    assert names(decisions) == [("off", "2026-01-15T00:00:00Z"), ("on", "2026-01-15T00:00:00Z")]
    assert lamps.advance(subject, START + HOUR) == (subject, [])


def test_a_circle_without_rest_is_told_and_not_walked_for_ever() -> None:
    lamps = machine_of(CIRCLE)
    with pytest.raises(RestlessError):
        lamps.advance(lamps.enter((1, 0), START), START + HOUR)
    evaluator = Evaluator(load(Source("circle.bylaw", CIRCLE)))
    given = {"lamp": {"wait": "0.000001s"}, "state": "ON", "entered": "2026-01-15"}
    assert [each.code for each in evaluator.decide(given, now=START + HOUR).faults] == ["restless"]
    del given["entered"]
    assert evaluator.decide(given, now=START).basis == "no_transition"
