"""`calibrate` says how right a policy is on labelled cases at each value of a threshold."""

import json
import math
import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import engine
from engine import Labelled, PolicyError, Program
from engine.backends.python.evaluator import Evaluator
from engine.backends.python.validate import validate
from engine.cli import group
from engine.language.types import Number
from engine.verbs.calibrate import thresholds_of
from engine.verbs.calibrating.edit import edited
from engine.verbs.calibrating.figures import Counts, share
from engine.verbs.calibrating.lifted import lifted, only_compared
from engine.verbs.calibrating.models import Calibration, Goal, Steps
from engine.verbs.calibrating.pieces import pieces_of
from engine.verbs.calibrating.values import ends
from tests.programs import cases, programs

ROOT = Path(__file__).parents[1]
DESK = Path(__file__).parent / "corpus" / "calibrate" / "desk.bylaw"
CASES = DESK.with_suffix(".csv")
NOW = engine.parse_instant("2026-01-15T00:00:00Z")

DRAWN = "drawn"

Golden = Callable[[Path, str, str], None]
Positive = Callable[[Any], bool]


def loaded(text: str, name: str = "policy") -> Program:
    return engine.load(engine.Source(name, text))


@pytest.fixture(scope="module")
def desk() -> Program:
    return loaded(DESK.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def handoff() -> Program:
    return loaded((ROOT / "policies" / "handoff" / "1.1.0.bylaw").read_text(encoding="utf-8"))


def bylaw(*arguments: str) -> Result:
    runner = CliRunner(env={"COLUMNS": "80"})
    return runner.invoke(group(), arguments, catch_exceptions=False)


def calibrated(*arguments: str) -> Result:
    """Of the desk, at its threshold `sure`."""
    asked = ("calibrate", str(DESK), "sure", "--cases", str(CASES), "--label", "right")
    return bylaw(*asked, *arguments)


# Figures


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (95, 100, 0.8882, 0.9785),
        (1, 2, 0.0945, 0.9055),
    ],
)
def test_intervals_are_those_of_wilson(part: int, whole: int, low: float, high: float) -> None:
    found = share(part, whole, 0.95)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_of_nothing_there_is_no_share() -> None:
    found = share(0, 0, 0.95)
    assert (found.value, found.low, found.high) == (None, 0.0, 1.0)


def test_a_surer_interval_is_wider() -> None:
    usual, surer = share(8, 10, 0.95), share(8, 10, 0.99)
    assert surer.low < usual.low
    assert usual.high < surer.high


BY_HAND = {
    # a value of `sure`: right, wrongly, missed, rightly left
    0.28: (7, 3, 0, 0),
    0.58: (7, 2, 0, 1),
    0.65: (6, 2, 1, 1),
    0.73: (6, 1, 1, 2),
    0.8: (5, 1, 2, 2),
    0.83: (4, 1, 3, 2),
    0.87: (4, 0, 3, 3),
    0.91: (3, 0, 4, 3),
    0.93: (2, 0, 5, 3),
    0.96: (1, 0, 6, 3),
    0.99: (0, 0, 7, 3),
}


def test_the_figures_of_ten_cases_are_those_counted_by_hand() -> None:
    result = calibrated("--format", "json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    names = ("true_positive", "false_positive", "false_negative", "true_negative")
    counted = {
        point["values"]["sure"]: tuple(point[name] for name in names) for point in found["points"]
    }
    assert counted == BY_HAND
    now = found["current"]
    assert (now["precision"]["value"], now["recall"]["value"]) == (5 / 6, 5 / 7)
    assert (now["coverage"]["value"], now["auto_close"]["value"]) == (0.6, 0.6)
    assert (found["cases"], found["labelled_yes"], found["exact"]) == (10, 7, True)


# A plain recomputation

MANY = """bylaw 1

policy many 1.0.0
  title "Many ways to use a threshold"
  owner "Support Operations"

enum Level: low, middle, high   from strict to loose

record Line
  score: number 0 .. 1

record Case
  score:  number 0 .. 1
  other:  number 0 .. 1 optional
  count:  integer 0 .. 9
  lines:  list of Line up to 4

threshold bar: number 0 .. 1 = 0.5
  because "A guess"

threshold over: number 0 .. 1 = 0.7
  because "A guess"

threshold several: integer 0 .. 9 = 3
  because "A guess"

define best(case: Case) = max(l.score for l in case.lines)

define good(case: Case, least: number 0 .. 1) = best(case) >= least or case.score > bar

decision many(case: Case): Level
  guard just_that
    when case.score is bar
    when unknown: skip
    then low

  guard other
    when case.other > over
    then low

  first
  rule several
    when case.count >= several and any l in case.lines where l.score >= bar
    then high

  rule good
    when good(case, 0.9)
    then middle

  otherwise
    then low

  refused
    then low
"""


def some_cases(seed: int, number: int) -> list[Labelled]:
    draw = random.Random(seed)

    def score() -> float:
        return draw.choice([round(draw.random(), 1), round(draw.random(), 3)])

    found = []
    for _ in range(number):
        case: dict[str, Any] = {
            "score": score(),
            "count": draw.randrange(10),
            "lines": [{"score": score()} for _ in range(draw.randrange(5))],
        }
        if draw.random() < 0.6:
            case["other"] = score()
        if draw.random() < 0.05:
            case["score"] = 7  # refused
        found.append(Labelled(case, draw.random() < 0.6))
    return found


def plainly(
    policy: Program, cases: Iterable[Labelled], values: Mapping[str, float], is_positive: Positive
) -> tuple[int, int, int, int]:
    """Every case decided by the policy with those numbers in its text."""
    variant = engine.load(edited(policy.source, values))
    right = wrongly = missed = left = 0
    for each in cases:
        positive = is_positive(engine.decide(variant, each.case, policy.name, NOW).outcome)
        right += positive and each.right
        wrongly += positive and not each.right
        missed += not positive and each.right
        left += not positive and not each.right
    return right, wrongly, missed, left


def counted(counts: Counts) -> tuple[int, int, int, int]:
    return (
        counts.true_positive,
        counts.false_positive,
        counts.false_negative,
        counts.true_negative,
    )


def named(found: Calibration, values: Sequence[float]) -> dict[str, float]:
    return {each.name: value for each, value in zip(found.thresholds, values, strict=True)}


@pytest.mark.parametrize(
    ("thresholds", "positive"),
    [(["bar"], "high"), (["several"], "high"), (["over"], "middle,high"), (["bar"], "low")],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_each_point_is_what_a_plain_recomputation_gives(
    thresholds: list[str], positive: str, seed: int
) -> None:
    policy, cases = loaded(MANY), some_cases(seed, 25)
    found = engine.calibrate(
        policy, cases, thresholds, positive=f"outcome={positive}", level=0.9, now=NOW
    )
    assert found.exact
    assert len(found.points) > 3
    for point in found.points:
        again = plainly(
            policy,
            cases,
            named(found, point.values),
            lambda outcome: outcome in positive.split(","),
        )
        assert counted(point.counts) == again, point.values


@pytest.mark.parametrize("seed", [3, 4])
def test_between_two_points_there_is_nothing_else(seed: int) -> None:
    policy, cases = loaded(MANY), some_cases(seed, 20)
    found = engine.calibrate(policy, cases, ["bar"], positive="outcome=high", now=NOW)
    points = {point.values[0]: counted(point.counts) for point in found.points}
    draw = random.Random(seed)
    for _ in range(30):
        value = round(draw.random(), draw.choice([1, 3, 5]))
        below = max((each for each in points if each <= value), default=min(points))
        above = min((each for each in points if each >= value), default=max(points))
        again = plainly(policy, cases, {"bar": value}, lambda outcome: outcome == "high")
        assert again in (points[below], points[above]), value


def test_each_point_of_two_thresholds_is_what_a_plain_recomputation_gives() -> None:
    policy, cases = loaded(MANY), some_cases(5, 8)
    found = engine.calibrate(policy, cases, ["bar", "over"], positive="outcome=middle,high")
    assert found.exact
    assert len(found.points) > 40
    for point in found.points[::7]:
        again = plainly(policy, cases, named(found, point.values), lambda outcome: outcome != "low")
        assert counted(point.counts) == again, point.values


def test_a_threshold_that_is_reckoned_with_is_looked_at_in_steps() -> None:
    text = MANY.replace("case.score > bar", "case.score > bar * 0.5 + 0.1")
    policy, cases = loaded(text), some_cases(6, 15)
    found = engine.calibrate(policy, cases, ["bar"], positive="outcome=high,middle", now=NOW)
    assert not found.exact
    assert any("more with a threshold" in each for each in found.warnings)
    for point in found.points[::5]:
        again = plainly(policy, cases, named(found, point.values), lambda outcome: outcome != "low")
        assert counted(point.counts) == again, point.values


TABLED = """bylaw 1

policy tabled 1.0.0
  title "A threshold in a table"
  owner "Support Operations"

record Case
  score: number 0 .. 1

threshold bar: number 0.2 .. 0.8 = 0.5
  because "A guess"

table good(score: number 0 .. 1): bool
  | score  | good  |
  | < bar  | false |
  | >= bar | true  |

decision tabled(case: Case): bool
  first
  rule good
    when good(case.score)
    then true

  otherwise
    then false

  refused
    then false
"""


def test_a_threshold_in_a_table_is_put_there_anew() -> None:
    policy = loaded(TABLED)
    cases = [Labelled({"score": at / 10}, at > 4) for at in range(11)]
    found = engine.calibrate(policy, cases, ["bar"], positive="outcome=yes")
    assert len(found.points) == 11
    for point in found.points:
        again = plainly(policy, cases, named(found, point.values), bool)
        assert counted(point.counts) == again, point.values


def test_the_figures_of_handoff_are_what_a_plain_recomputation_gives(handoff: Program) -> None:
    cases = list(tickets(40))
    found = engine.calibrate(handoff, cases, ["verified_confidence"], now=NOW)
    assert found.positive == "action is reply_and_route or reply_and_close"
    for point in found.points[:: len(found.points) // 6]:
        again = plainly(
            handoff,
            cases,
            named(found, point.values),
            lambda outcome: outcome["action"] in ("reply_and_route", "reply_and_close"),
        )
        assert counted(point.counts) == again, point.values


def tickets(number: int) -> Iterator[Labelled]:
    draw = random.Random(7)
    for at in range(number):
        case = {
            "intents": [{"name": "shipping_delay", "confidence": round(draw.random(), 3)}],
            "message": "When will my parcel come?" if at % 9 else "This is fraud",
            "channel": "email",
            "template": {"id": "t_order_status_verified", "tier": f"tier_{1 + at % 2}"},
            "deterministic_match": True,
            "order": {"linked": True, "error_codes": []},
        }
        yield Labelled(case, draw.random() < 0.7)


@settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
    max_examples=15,
)
@given(programs(), st.data())
def test_a_threshold_as_a_fact_is_the_same_as_in_the_text(text: str, data: st.DataObject) -> None:
    try:
        policy = loaded(text)
    except PolicyError:
        assume(False)
    numbers = [each for each in policy.thresholds.values() if isinstance(each.type, Number)]
    assume(numbers)
    name = data.draw(st.sampled_from(numbers)).name
    fact = lifted(policy, DRAWN, [name])
    assume(fact is not None)
    assert fact is not None
    (swept,) = thresholds_of(policy, [name])
    low, high = ends(swept)
    inside = st.integers(int(low), int(high)) if swept.integer else st.floats(low, high)
    evaluator, parameters = Evaluator(fact), policy.decisions[DRAWN].parameters
    for case in data.draw(st.lists(cases(policy), min_size=1, max_size=3)):
        arguments = validate(parameters, case).arguments
        if arguments is None:
            continue

        def decided(given: tuple[float, ...], arguments: Any = arguments) -> tuple[str, Any]:
            made = evaluator.decide_values(DRAWN, (*arguments, *given), NOW)
            return made.basis, made.determining

        known: list[tuple[str, Any]] = []

        def ask(given: tuple[float, ...], decided: Any = decided, known: Any = known) -> int:
            known.append(decided(given))
            return int(known.index(known[-1]))

        values = [data.draw(inside) for _ in range(3)] + [swept.current]
        pieces = pieces_of(ask, [low], [high]) if only_compared(fact, [name]) else None
        for value in values:
            try:
                variant = engine.load(edited(policy.source, {name: value}))
            except PolicyError:
                continue  # the policy holds together with other numbers only
            plain = engine.decide(variant, case, DRAWN, NOW)
            assert decided((value,)) == (plain.basis, plain.determining), (text, case, name, value)
            if pieces is not None:
                at = bisect_right(pieces.starts[0], value) - 1
                assert known[pieces.classes[at]] == (plain.basis, plain.determining)


# What is chosen


def test_the_best_value_that_meets_the_goals_is_chosen(desk: Program) -> None:
    found = engine.calibrate(desk, ten(), ["sure"], goals=[Goal("precision", ">=", 0.95)])
    assert found.choice is not None
    assert found.choice.meets
    assert found.choice.point.values == (0.87,)


def test_of_too_many_values_it_looks_closer_at_the_best(desk: Program) -> None:
    draw = random.Random(9)
    cases = []
    for _ in range(400):
        sure, risk = round(draw.random(), 4), round(draw.random(), 4)
        cases.append(Labelled({"confidence": sure, "risk": risk}, sure > 0.4 and risk < 0.6))
    weights = {"false_positive": 1.0, "false_negative": 1.0}
    found = engine.calibrate(desk, cases, ["sure", "risky"], weights=weights)  # type: ignore[arg-type]
    assert found.choice is not None
    assert found.choice.point.cost == 0
    assert any("too many values for a grid" in each for each in found.warnings)


def test_the_least_cost_is_chosen(desk: Program) -> None:
    weights = {"false_positive": 5.0, "false_negative": 1.0}
    found = engine.calibrate(desk, ten(), ["sure"], weights=weights)  # type: ignore[arg-type]
    costs = {value: 5 * wrongly + missed for value, (_, wrongly, missed, _) in BY_HAND.items()}
    assert {point.values[0]: point.cost for point in found.points} == costs
    assert found.choice is not None
    assert found.choice.point.cost == min(costs.values()) == 3


def test_what_comes_nearest_is_told_with_what_it_lacks(desk: Program) -> None:
    goals = [Goal("precision", ">=", 0.95), Goal("recall", ">=", 0.6)]
    found = engine.calibrate(desk, ten(), ["sure"], goals=goals)
    assert found.choice is not None
    (miss,) = found.choice.misses
    assert found.choice.point.values == (0.87,)
    assert (miss.goal.measure, round(miss.by, 4)) == ("recall", round(0.6 - 4 / 7, 4))


def test_a_goal_may_have_to_be_met_by_the_whole_interval(desk: Program) -> None:
    goal = Goal("precision", ">=", 0.5)
    usual = engine.calibrate(desk, ten(), ["sure"], goals=[goal], surely=False)
    surely = engine.calibrate(desk, ten(), ["sure"], goals=[goal], surely=True)
    assert usual.choice is not None
    assert surely.choice is not None
    assert usual.choice.point.values == (0.58,)
    assert surely.choice.point.values == (0.87,)
    assert surely.choice.point.figures["precision"].low >= 0.5


def test_held_out_cases_are_the_same_in_any_order(desk: Program) -> None:
    cases = [Labelled({"confidence": at / 200}, at % 3 > 0) for at in range(200)]
    goals = [Goal("precision", ">=", 0.5)]
    one, other = (
        engine.calibrate(desk, each, ["sure"], goals=goals, holdout=0.3)
        for each in (cases, cases[::-1])
    )
    assert one == other
    assert one.held_out is not None
    assert one.cases + one.held_out.cases == 200
    assert 40 <= one.held_out.cases <= 80


def test_steps_are_those_that_were_asked_for(desk: Program) -> None:
    found = engine.calibrate(desk, ten(), ["sure"], steps=Steps(0.6, 0.9, 0.1))
    assert [point.values[0] for point in found.points] == [0.6, 0.7, 0.8, 0.9]
    assert counted(found.points[1].counts) == (6, 2, 1, 1)


def ten() -> list[Labelled]:
    lines = CASES.read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split(",") for line in lines]
    return [
        Labelled(
            {"confidence": float(sure), **({"risk": float(risk)} if risk else {})}, right == "yes"
        )
        for sure, risk, right, _ in rows
        if right
    ]


# What is told


def test_what_a_support_lead_reads(golden: Golden) -> None:
    told = calibrated("--goal", "precision>=0.95", "--plot")
    assert told.exit_code == 0, told.stderr
    golden(DESK, told.stdout, "txt")


def test_what_stands_in_a_review(golden: Golden) -> None:
    costs = ("--cost", "false_positive=5", "--cost", "false_negative=1")
    told = calibrated(*costs, "--goal", "precision>=99%", "--surely", "--format", "markdown")
    assert told.exit_code == 1
    golden(DESK, told.stdout, "md")


def test_what_programs_read(golden: Golden) -> None:
    told = calibrated("--goal", "precision>=0.95", "--from", "0.8", "--format", "json")
    assert told.exit_code == 0
    golden(DESK, told.stdout, "json")


def test_the_order_of_a_label_and_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    lines = [{**each.case, "ok": "answer" if each.right else "ask_a_person"} for each in ten()]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    asked = ("calibrate", str(DESK), "sure", "--cases", str(path), "--label", "ok")
    found = json.loads(bylaw(*asked, "--format", "json").stdout)
    assert found["points"] == json.loads(calibrated("--format", "json").stdout)["points"]


def test_parquet_is_read(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    path = tmp_path / "cases.parquet"
    rows = [{**each.case, "right": each.right} for each in ten()]
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    asked = ("calibrate", str(DESK), "sure", "--cases", str(path), "--label", "right")
    found = json.loads(bylaw(*asked, "--format", "json").stdout)
    assert found["points"] == json.loads(calibrated("--format", "json").stdout)["points"]


@pytest.mark.parametrize("engine", ["evaluator", "duckdb"])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("verb", ["calibrate", "replay"])
def test_a_column_that_is_named_twice_is_refused(
    ending: str, engine: str, verb: str, tmp_path: Path
) -> None:
    import pyarrow
    from pyarrow import parquet

    path = tmp_path / f"cases.{ending}"
    path.write_text("risk,confidence,right,risk\n0,0.9,yes,1\n", encoding="utf-8")
    if ending == "parquet":
        names = ["risk", "confidence", "right", "risk"]
        columns = [pyarrow.array([each]) for each in (0.0, 0.9, True, 1.0)]
        parquet.write_table(pyarrow.Table.from_arrays(columns, names), path)
    asked = {
        "calibrate": ("sure", "--label", "right", "--engine", engine),
        "replay": ("--against", str(DESK), "--engine", engine),
    }
    result = bylaw(verb, str(DESK), "--cases", str(path), *asked[verb])
    assert result.exit_code == 2
    assert "`risk` is named twice" in result.stderr


def test_spaces_around_a_label_mean_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("confidence, right \n0.9,yes\n0.2,no\n", encoding="utf-8")
    asked = ("calibrate", str(DESK), "sure", "--cases", str(path), "--label", "right")
    assert bylaw(*asked).exit_code == 0


NO_CASES = "confidence,right\n"
WRONG: list[tuple[str, list[str], str | None, str]] = [
    ("threshold", ["suer"], None, "did you mean `sure`?"),
    ("words", ["greeting"], None, "is a text, and only numbers are swept"),
    ("three", ["sure", "risky", "sure"], None, "one threshold or two"),
    ("twice", ["sure", "sure"], None, "named twice"),
    ("column", ["sure", "--label", "rigth"], None, "did you mean `right`?"),
    ("fact", ["sure", "--label", "risk"], None, "is a fact of the policy, and no label"),
    ("label", ["sure"], "confidence,right\n0.9,perhaps\n", "write yes or no in `right`"),
    ("no yes", ["sure"], "confidence,right\n0.9,no\n", "no case is labelled yes"),
    ("empty", ["sure"], NO_CASES, "holds no cases"),
    ("all refused", ["sure"], "confidence,right\n7,yes\n", "every case is refused: /confidence"),
    ("goal", ["sure", "--goal", "precision"], None, "a goal is written as"),
    ("measure", ["sure", "--goal", "precisoin>=0.9"], None, "did you mean `precision`?"),
    ("bound", ["sure", "--goal", "precision>=95"], None, "a share is 0 to 1, or 0% to 100%"),
    ("percent", ["sure", "--goal", "precision>=95"], None, "write 0.95 or 95%"),
    ("more", ["sure", "--goal", "precision>0.9"], None, "write it with >= or <="),
    (
        "contradiction",
        ["sure", "--goal", "recall>=0.9", "--goal", "recall<=0.8"],
        None,
        "these goals contradict each other: recall >= 0.9 and recall <= 0.8",
    ),
    ("surely", ["sure", "--surely"], None, "`--surely` goes with `--goal`"),
    (
        "cost twice",
        ["sure", "--cost", "false_positive=1", "--cost", "false_positive=2"],
        None,
        "twice for false_positive",
    ),
    ("less", ["sure", "--positive", "action<=answer"], None, "write it with = or >="),
    ("outside", ["sure", "--from", "2", "--to", "3"], None, "declared to be from 0 to 1"),
    ("below", ["sure", "--from", "-1"], None, "`sure` cannot be -1"),
    ("nan", ["sure", "--from", "nan"], None, "are numbers"),
    ("no step", ["sure", *["--from", "0", "--to", "1", "--step", "nan"]], None, "are numbers"),
    ("as_of", ["sure"], "confidence,right,as_of\n0.9,yes,today\n", "its `as_of` is no instant"),
    ("plot", ["sure", "--plot", "--format", "json"], None, "does not go with `--format json`"),
    ("cost goal", ["sure", "--goal", "cost<=9"], None, "nothing costs"),
    ("mistake", ["sure", "--cost", "false_postive=5"], None, "did you mean `false_positive`?"),
    ("weight", ["sure", "--cost", "false_positive=much"], None, "`false_positive=5`"),
    ("positive", ["sure", "--positive", "action=anser"], None, "did you mean `answer`?"),
    ("field", ["sure", "--positive", "acton=answer"], None, "did you mean `action`?"),
    ("step", ["sure", "--step", "0.1"], None, "`--step` goes with `--from` and `--to`"),
    ("ending", ["sure", "--chart", "sweep.pdf"], None, "no .svg and no .png"),
    ("write", ["sure", "--write"], None, "nothing is suggested that could be written"),
    (
        "where",
        ["sure", "--write", "--goal", "recall>=0.1"],
        None,
        "is not among the policies",
    ),
]


@pytest.mark.parametrize(
    ("arguments", "cases", "told"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG]
)
def test_what_cannot_be_done_is_said_with_a_cure(
    arguments: list[str], cases: str | None, told: str, tmp_path: Path
) -> None:
    policy, path = tmp_path / "desk.bylaw", tmp_path / "cases.csv"
    more = 'threshold greeting: text = "Hello"\n\ndecision'
    text = DESK.read_text(encoding="utf-8").replace("decision", more, 1)
    policy.write_text(text, encoding="utf-8")
    path.write_text(cases or CASES.read_text(encoding="utf-8"), encoding="utf-8")
    given = ["--cases", str(path), "--policies", str(tmp_path)]
    label = [] if "--label" in arguments else ["--label", "right"]
    result = bylaw("calibrate", str(policy), *arguments, *given, *label)
    assert result.exit_code == 2
    assert told in result.stderr


def test_an_outcome_that_cannot_be_guessed_is_asked_for(tmp_path: Path) -> None:
    text = DESK.read_text(encoding="utf-8").replace("   from strict to loose", "")
    policy = tmp_path / "desk.bylaw"
    policy.write_text(text, encoding="utf-8")
    asked = ("calibrate", str(policy), "sure", "--cases", str(CASES), "--label", "right")
    result = bylaw(*asked)
    assert result.exit_code == 2
    assert "say it with `--positive`" in result.stderr
    assert bylaw(*asked, "--positive", "action=answer").exit_code == 0


def test_a_fact_that_is_never_given_is_told(desk: Program) -> None:
    text = desk.source.text.replace("    when unknown: skip\n", "")
    cases = [Labelled({"confidence": at / 20}, at > 9) for at in range(20)]
    found = engine.calibrate(loaded(text), cases, ["sure"])
    assert any("`/risk` is not given in 20 of 20 cases" in each for each in found.warnings)
    assert any("none of these cases hangs on `sure`" in each for each in found.warnings)


def test_why_cases_are_refused_is_told(desk: Program) -> None:
    wrong = [Labelled({"confidence": 7}, right=True)] * 2 + [
        Labelled({"confidence": 0.9, "risk": 7}, right=False)
    ]
    found = engine.calibrate(desk, ten() + wrong, ["sure"])
    told = [each for each in found.warnings if "3 cases are refused" in each]
    assert len(told) == 1
    assert told[0].startswith("3 cases are refused, whatever the value: /confidence should be")
    assert told[0].endswith(" in 2 of them")
    found = engine.calibrate(desk, ten() + wrong, ["sure"], positive="action=ask_a_person")
    assert any("and count as positive" in each for each in found.warnings)


def test_a_case_without_an_instant_is_refused_where_that_is_asked_for() -> None:
    timed = MANY.replace("case.score is bar", "case.score is bar and not now > now")
    assert timed != MANY
    cases = [Labelled(each.case, each.right, NOW) for each in some_cases(2, 10)]
    cases.append(Labelled(cases[0].case, right=True))
    found = engine.calibrate(loaded(timed), cases, ["bar"], positive="outcome=high")
    assert found.refused == 1 + sum(each.case["score"] == 7 for each in cases)


def test_that_nothing_is_labelled_no_is_told(desk: Program) -> None:
    told = "no case is labelled no"
    found = engine.calibrate(desk, [each for each in ten() if each.right], ["sure"])
    assert any(told in each for each in found.warnings)
    assert not any(told in each for each in engine.calibrate(desk, ten(), ["sure"]).warnings)


def test_positive_may_be_all_from_a_value_on() -> None:
    policy, cases = loaded(MANY), some_cases(8, 12)
    one, other = (
        engine.calibrate(policy, cases, ["bar"], positive=positive)
        for positive in ("outcome>=middle", "outcome=middle,high")
    )
    assert one == other


def test_a_number_may_be_positive_from_a_value_on(desk: Program) -> None:
    text = desk.source.text.replace("action: Action", "action: Action\n  points: number")
    text = text.replace("ask_a_person\n", "ask_a_person, points: 0\n")
    text = text.replace("then action: answer\n", "then action: answer, points: 7\n")
    found = engine.calibrate(loaded(text), ten(), ["sure"], positive="points>=5")
    assert found.positive == "points is at least 5"
    assert counted(found.current.counts) == BY_HAND[0.8]


def test_a_lifecycle_is_not_calibrated() -> None:
    policies = str(ROOT / "policies")
    asked = ("lifecycle@1.0.0", "correlated", "--cases", str(CASES), "--label", "right")
    result = bylaw("calibrate", *asked, "--decision", "issue", "--policies", policies)
    assert result.exit_code == 2
    assert "`issue` is a lifecycle" in result.stderr


# Charts


@pytest.mark.parametrize("thresholds", [["sure"], ["sure", "risky"]], ids=["one", "two"])
@pytest.mark.parametrize("ending", ["svg", "png"])
def test_a_chart_is_the_same_each_time_and_well_formed(
    thresholds: list[str], ending: str, tmp_path: Path
) -> None:
    drawn = []
    for name in ("one", "other"):
        path = tmp_path / f"{name}.{ending}"
        goals = ("--goal", "precision>=0.95", "--cost", "false_positive=3")
        asked = ("calibrate", str(DESK), *thresholds, "--cases", str(CASES), "--label", "right")
        assert bylaw(*asked, *goals, "--chart", str(path)).exit_code == 0
        drawn.append(path.read_bytes())
    assert drawn[0] == drawn[1]
    if ending == "svg":
        assert ElementTree.fromstring(drawn[0]).tag.endswith("svg")
    else:
        assert drawn[0].startswith(b"\x89PNG\r\n")


def test_a_stretch_begins_and_ends_where_a_case_is_decided_otherwise(desk: Program) -> None:
    found = engine.calibrate(desk, ten(), ["sure"])
    sure = [0.55, 0.6, 0.7, 0.75, 0.82, 0.84, 0.9, 0.91, 0.95, 0.97]
    begins = [begin for begin, _ in found.stretches[0]]
    assert begins == [0.0, *(math.nextafter(each, 1) for each in sure)]
    assert [end for _, end in found.stretches[0]] == [*begins[1:], 1.0]
    for point, (begin, end) in zip(found.points, found.stretches[0], strict=True):
        assert begin <= point.values[0] < end or point is found.points[-1]


def test_a_chart_has_no_slopes(tmp_path: Path) -> None:
    path = tmp_path / "sweep.svg"
    assert calibrated("--chart", str(path), "--cost", "false_positive=3").exit_code == 0
    drawn = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}path")
    coloured = ("#0072b2", "#d55e00", "#009e73", "#aa4499", "#444444")
    lines = [
        each.attrib["d"].split()
        for each in drawn
        if "fill: none" in each.attrib.get("style", "")
        and any(colour in each.attrib["style"] for colour in coloured)
    ]
    assert len(lines) > 4
    for line in lines:
        places = [
            (line[at + 1], line[at + 2]) for at, each in enumerate(line) if each in ("M", "L")
        ]
        assert all(one[0] == two[0] or one[1] == two[1] for one, two in pairwise(places))


def test_the_chart_of_the_page_is_what_its_figures_give(tmp_path: Path, golden: Golden) -> None:
    page = (ROOT / "docs" / "calibrate.md").read_text(encoding="utf-8")
    _, _, rest = page.partition('{file="labelled.csv"}\n')
    cases, path = tmp_path / "labelled.csv", tmp_path / "sweep.svg"
    cases.write_text(rest.partition("```")[0], encoding="utf-8")
    policy = ROOT / "policies" / "handoff" / "1.1.0.bylaw"
    asked = ("calibrate", str(policy), "verified_confidence", "--cases", str(cases))
    more = ("--label", "right", "--goal", "precision>=0.95", "--chart", str(path))
    assert bylaw(*asked, *more).exit_code == 0
    drawn = path.read_text(encoding="utf-8")
    golden(ROOT / "docs" / "_static" / "calibrate.svg", drawn, "svg")


# The new version


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    (folder / "desk").mkdir(parents=True)
    (folder / "desk" / "1.0.0.bylaw").write_bytes(DESK.read_bytes())
    return folder


def written(policies: Path, *arguments: str) -> Result:
    asked = ("desk", "sure", "--cases", str(CASES), "--label", "right", "--policies", str(policies))
    return bylaw("calibrate", *asked, "--write", *arguments)


def test_a_new_version_is_the_old_one_but_for_its_numbers(policies: Path, golden: Golden) -> None:
    result = written(policies, "--goal", "coverage>=70%", "--best", "precision")
    assert result.exit_code == 0, result.output
    new = (policies / "desk" / "1.1.0.bylaw").read_text(encoding="utf-8")
    old = DESK.read_text(encoding="utf-8")
    assert new == old.replace("policy desk 1.0.0", "policy desk 1.1.0").replace("= 0.80", "= 0.73")
    assert "1.1.0.bylaw` is there" in result.stdout
    assert "the reason of `sure` still says 0.80" in result.stdout
    assert bylaw("check", str(policies), "--policies", str(policies)).exit_code == 0
    golden(DESK, (policies / "desk" / "1.1.0.changes.md").read_text("utf-8"), "changes.md")


def test_an_example_that_no_longer_holds_is_told(policies: Path) -> None:
    result = written(policies, "--goal", "precision>=0.95")
    assert result.exit_code == 1
    assert "error[failed-example]" in result.stdout
    assert (policies / "desk" / "1.1.0.bylaw").exists()
    assert bylaw("check", str(policies), "--policies", str(policies)).exit_code == 1


def test_a_number_that_is_taken_is_passed_over(policies: Path) -> None:
    text = DESK.read_text(encoding="utf-8").replace("policy desk 1.0.0", "policy desk 1.1.0")
    (policies / "desk" / "1.1.0.bylaw").write_text(text, encoding="utf-8")
    asked = ("desk@1.0.0", "sure", "--cases", str(CASES), "--label", "right", "--write")
    more = ("--goal", "coverage>=70%", "--best", "precision", "--policies", str(policies))
    assert bylaw("calibrate", *asked, *more).exit_code == 0
    assert (policies / "desk" / "1.2.0.bylaw").exists()


def test_what_is_there_already_is_not_written_again(policies: Path) -> None:
    asked = ("desk@1.0.0", "sure", "--cases", str(CASES), "--label", "right", "--write")
    more = ("--goal", "coverage>=70%", "--best", "precision", "--policies", str(policies))
    assert bylaw("calibrate", *asked, *more).exit_code == 0
    assert "1.1.0 has it already" in bylaw("calibrate", *asked, *more).stderr
    assert not (policies / "desk" / "1.2.0.bylaw").exists()


def test_where_nothing_is_better_nothing_is_written(policies: Path) -> None:
    result = written(policies, "--goal", "precision>=0.8", "--goal", "precision<=0.84")
    assert "nothing is written" in result.stderr
    assert [each.name for each in (policies / "desk").iterdir()] == ["1.0.0.bylaw"]
