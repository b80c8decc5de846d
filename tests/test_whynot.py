"""`whynot` says the smallest change that gives another outcome, or what stands in its way."""

import json
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from litestar.testing import TestClient

import engine
from engine import NotAskableError, Program, WhyNot, WrongWantError
from engine.verbs.wishing.render import render
from service.cli import main
from service.entrance import Service
from tests.prover.whynot import Trial, differs, trials
from tests.served import CLEAR, policies_in, serving

ROOT = Path(__file__).parents[1]
DESK = Path(__file__).parent / "corpus" / "whynot" / "desk.bylaw"
AT = "2026-01-15T00:00:00Z"
CASE: dict[str, Any] = {
    "message": "Hello",
    "mood": "furious",
    "score": 0.5,
    "due": "2026-01-20",
    "waited": "3d",
    "secret": 7,
    "lines": [{"label": "a", "price": 40}, {"label": "b", "price": 60}],
    "items": [],
    "codes": ["X", "Y"],
}
READY = {"score": 0.7, "waited": "1h", "codes": [], "reply": {"id": "r", "signed": True}}
ANSWER, QUEUE, HOLD = ({"action": each} for each in ("answer", "queue", "hold"))
ONLY_LINES = ("/note", "/mood", "/due", "/items")
ONLY_ITEMS = ("/note", "/mood", "/due", "/lines")

Golden = Callable[[Path, str, str], None]


@pytest.fixture(scope="module")
def desk() -> Program:
    return engine.load(engine.Source(DESK.name, DESK.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def handoff() -> Program:
    path = ROOT / "policies" / "handoff" / "1.0.0.bylaw"
    return engine.load(engine.Source(path.name, path.read_text(encoding="utf-8")))


def ask(policy: Program, want: dict[str, Any], case: dict[str, Any], **how: Any) -> WhyNot:
    return engine.whynot(policy, case, want, None, engine.parse_instant(AT), **how)


def texts(answer: WhyNot) -> list[list[str]]:
    return [[change.text for change in way.changes] for way in answer.ways]


DRAWN = 15
"""Times twenty trials."""


@pytest.mark.parametrize("part", range(DRAWN))
def test_it_is_what_exhaustive_search_finds(part: int) -> None:
    tried: Iterator[Trial] = islice(trials(100 + part), 20)
    for trial in tried:
        wrong = differs(trial)
        assert wrong is None, (trial.text, trial.arguments, trial.want, trial.frozen, wrong)


ASKED: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("A number that is added up", QUEUE, {}, {}),
    ("Much is missing", ANSWER, {}, {}),
    ("A fact that stays", ANSWER, {**READY, "score": 0.3}, {}),
    ("What is not signed", ANSWER, {**READY, "reply": {"id": "r", "signed": False}}, {}),
    ("A guard that always applies", QUEUE, {"message": "my lawyer"}, {}),
    ("A thawed message", QUEUE, {"message": "my lawyer"}, {"thawed": ["/message"]}),
    ("What somebody has", ANSWER, {**READY, "owner": "Ann"}, {}),
    ("A computed outcome", {"grade": 6.5}, READY, {}),
    ("Another member, and an instant", {"urgent": True}, {}, {}),
    ("One more element", QUEUE, {}, {"frozen": ONLY_ITEMS}),
    (
        "An element that is changed",
        QUEUE,
        {"items": [{"damaged": False, "weight": 30}, {"damaged": True, "weight": 3}]},
        {"frozen": ONLY_ITEMS},
    ),
    ("Nothing is left to change", QUEUE, {"secret": 2}, {"frozen": ONLY_LINES}),
    (
        "A sensitive number, thawed",
        QUEUE,
        {"secret": 2},
        {"frozen": ONLY_LINES, "thawed": ["/secret"]},
    ),
    ("What otherwise gives", HOLD, READY, {"frozen": ["/codes", "/reply", "/owner", "/waited"]}),
    (
        "What otherwise gives, and a rule always applies",
        HOLD,
        READY,
        {"frozen": ["/codes", "/reply", "/owner", "/waited", "/score"]},
    ),
    ("Two wants", {"action": "queue", "urgent": True}, {}, {}),
    ("Two wants that never meet", {"action": "answer", "urgent": True}, {}, {}),
    ("It is so already", HOLD, {}, {}),
    ("A budget that is too small", QUEUE, {}, {"steps": 0}),
]


def test_what_agents_read(desk: Program, golden: Golden) -> None:
    told = [
        f"# {title}\n\n{render(ask(desk, want, {**CASE, **more}, **how))}\n"
        for title, want, more, how in ASKED
    ]
    golden(DESK, "\n".join(told), "txt")


def test_what_programs_read(desk: Program, golden: Golden) -> None:
    thawed = ask(desk, QUEUE, {**CASE, "message": "my lawyer"}, thawed=["/message"])
    stuck = ask(desk, QUEUE, {**CASE, "message": "my lawyer"})
    told = [json.loads(each.model_dump_json()) for each in (thawed, stuck)]
    golden(DESK, f"{json.dumps(told, indent=2, ensure_ascii=False)}\n", "json")


@pytest.mark.parametrize(("more", "how"), [(more, how) for _, _, more, how in ASKED])
def test_nothing_that_is_sensitive_is_shown(
    desk: Program, more: dict[str, Any], how: dict[str, Any]
) -> None:
    case = {**CASE, **more, "message": f"zebra {more.get('message', '')}", "secret": 3.25}
    for want in (ANSWER, QUEUE, HOLD):
        told = ask(desk, want, case, **how)
        assert "zebra" not in told.model_dump_json()
        assert "3.25" not in told.model_dump_json()


ORDER = {
    "intents": [{"name": "shipping_delay", "confidence": 0.72}],
    "message": "When will my parcel come?",
    "channel": "email",
    "template": {
        "id": "t_order_eta_no_tracking_verified",
        "tier": "tier_2",
        "text": "It should reach you on Friday. Reply to this message to reopen your ticket.",
    },
    "deterministic_match": True,
    "order": {"linked": True, "within_sla": True, "error_codes": ["E_TIMEOUT"]},
}


def test_order_errors_and_a_confidence_below_its_threshold(handoff: Program) -> None:
    told = ask(handoff, {"action": "reply_and_close"}, ORDER)
    assert told.answer == "change"
    assert told.proved
    assert texts(told) == [
        [
            "the 1st intent's confidence is at least 0.85 (verified confidence); it is 0.72",
            'the order\'s error codes are empty; they are "E_TIMEOUT"',
        ]
    ]
    (way,) = told.ways
    assert way.determining == ["auto_close"]
    assert [(each.fact, each.after) for each in way.changes] == [
        ("/intents/0/confidence", 0.85),
        ("/order/error_codes", []),
    ]
    assert way.changes[0].reach is not None
    assert way.changes[0].reach.at_least == 0.85
    assert way.changes[0].reach.named == ["verified_confidence"]


def test_a_template_cannot_be_renamed_but_another_one_is_thought_of(handoff: Program) -> None:
    case = {**ORDER, "template": {**ORDER["template"], "id": "t_order_status_verified"}}  # type: ignore[dict-item]
    stuck = ask(handoff, {"action": "reply_and_close"}, case)
    assert stuck.answer == "impossible"
    assert [(each.rule, each.text) for each in stuck.blocked] == [
        (
            "auto_close",
            'the template\'s ID ("t_order_status_verified") is none of the auto close templates',
        )
    ]
    assert [each.fact for each in stuck.stays] == ["/template/id"]
    thawed = ask(handoff, {"action": "reply_and_close"}, case, thawed=["/template/id"])
    assert (
        'the template\'s ID is "t_order_eta_no_tracking_verified"; it is "t_order_status_verified"'
        in texts(thawed)[0]
    )


MANY = """bylaw 1

policy many 1.0.0
  title "Many ways"
  owner "Support"

record Case
{facts}

decision many(case: Case): bool
  first
  rule any_of_them
    when {condition}
    then true

  otherwise
    then false

  refused
    then false
"""


@pytest.mark.parametrize(("count", "more"), [(3, False), (5, False), (6, True)])
def test_at_most_five_ways_are_told(count: int, more: bool) -> None:
    names = [f"f{at}" for at in range(count)]
    facts = "\n".join(f"  {name}: bool" for name in names)
    text = MANY.format(facts=facts, condition=" or ".join(f"case.{name}" for name in names))
    policy = engine.load(engine.Source("many", text))
    told = ask(policy, {"outcome": True}, dict.fromkeys(names, False))
    assert len({tuple(each) for each in texts(told)}) == min(count, 5)
    assert told.more is more


def test_nearest_is_by_the_range_of_a_fact() -> None:
    facts = "  a: number 0 .. 1\n  b: number 0 .. 1000"
    text = MANY.format(facts=facts, condition="case.a >= 0.5 or case.b >= 400")
    policy = engine.load(engine.Source("many", text))
    assert texts(ask(policy, {"outcome": True}, {"a": 0.0, "b": 0.0})) == [
        ["the b is at least 400; it is 0"]
    ]
    assert texts(ask(policy, {"outcome": True}, {"a": 0.2, "b": 50.0})) == [
        ["the a is at least 0.5; it is 0.2"]
    ]


def test_a_bound_says_where_it_ends_too() -> None:
    text = MANY.format(
        facts="  a: number 0 .. 10", condition="(case.a > 2.5 and case.a < 7.25) or case.a is 9"
    )
    policy = engine.load(engine.Source("many", text))
    assert texts(ask(policy, {"outcome": True}, {"a": 1})) == [
        ["the a is above 2.5 and below 7.25; it is 1"]
    ]
    assert texts(ask(policy, {"outcome": True}, {"a": 10})) == [["the a is 9; it is 10"]]


def test_several_parameters_are_pointed_into_by_name() -> None:
    text = MANY.replace("many(case: Case)", "many(case: Case, extra: number 0 .. 1)")
    policy = engine.load(
        engine.Source("many", text.format(facts="  a: bool", condition="case.a and extra >= 0.5"))
    )
    told = ask(policy, {"outcome": True}, {"case": {"a": False}, "extra": 0.1})
    assert [(each.fact, each.text) for each in told.ways[0].changes] == [
        ("/case/a", "the case's “a” is yes"),
        ("/extra", "the extra is at least 0.5; it is 0.1"),
    ]


@pytest.mark.parametrize(
    ("want", "message", "help"),
    [
        ({}, "nothing is wanted", "there is `action`, `urgent` or `grade`"),
        ({"acton": "answer"}, "the outcome of `desk` has no `acton`", "did you mean `action`?"),
        ({"action": "answr"}, '`action` is never "answr"', "did you mean `answer`?"),
        ({"action": 7}, "`action` is never 7", "it is `hold`, `queue` or `answer`"),
        ({"urgent": "x"}, '`urgent` is never "x"', "it is `yes` or `no`"),
    ],
)
def test_a_wrong_want_is_told(desk: Program, want: dict[str, Any], message: str, help: str) -> None:
    with pytest.raises(WrongWantError) as wrong:
        ask(desk, want, CASE)
    assert (wrong.value.message, wrong.value.help) == (message, help)


@pytest.mark.parametrize(
    ("pointer", "help"),
    [
        ("/scor", "did you mean `/score`?"),
        ("score", "a pointer begins with `/`: `/score`"),
        ("/lines/first", "elements are counted from 0: `/lines/0`"),
        ("/lines/0/prize", "did you mean `/lines/0/price`?"),
        ("/score/x", "`/score` has no parts"),
    ],
)
def test_a_pointer_to_nothing_is_told(desk: Program, pointer: str, help: str) -> None:
    for how in ("frozen", "thawed"):
        with pytest.raises(NotAskableError) as wrong:
            ask(desk, ANSWER, CASE, **{how: [pointer]})
        assert wrong.value.help == help


def test_what_proves_is_an_extra(desk: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    with pytest.raises(engine.NoSolverError, match="bylaw\\[proof\\]"):
        ask(desk, ANSWER, CASE)


# on the command line


@pytest.fixture
def _in_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.bylaw").write_text(DESK.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "case.json").write_text(json.dumps(CASE), encoding="utf-8")
    (tmp_path / "broken.json").write_text("{}", encoding="utf-8")


def bylaw(*arguments: str) -> Result:
    command = ["whynot", "desk.bylaw", "--case", "case.json", "--as-of", AT]
    return CliRunner().invoke(main, [*command, *arguments])


@pytest.mark.usefixtures("_in_a_library")
def test_the_command_prints_what_would_have_to_be() -> None:
    done = bylaw("--want", "urgent=yes", "--want", "grade=missing", "--frozen", "/due")
    assert done.exit_code == 1
    done = bylaw("--want", "urgent=yes", "--want", "grade=missing")
    assert (done.exit_code, done.stdout) == (
        0,
        "“urgent” would be yes and the grade would be missing if\n"
        "- the mood is another; it is furious\n"
        "- the due is before 2026-01-15; it is 2026-01-20\n",
    )
    told = json.loads(bylaw("--want", "urgent=yes", "--format", "json").stdout)
    assert told["want"] == {"urgent": True}
    assert told["ways"][0]["outcome"]["action"] == "queue"


@pytest.mark.usefixtures("_in_a_library")
@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--want", "action"], "`action` does not say what is wanted"),
        (["--want", "action=answer", "--want", "action=queue"], "`action` is wanted twice"),
        (["--want", "action=answr"], '`action` is never "answr"'),
        (["--want", "grade=much"], '`grade` is never "much"'),
        (["--want", "action=answer", "--case", "broken.json"], "the case is refused: /message"),
        (["--want", "action=answer", "--thaw", "/massage"], "`/massage` leads to no fact"),
    ],
)
def test_wrong_usage_is_told_kindly(arguments: list[str], error: str) -> None:
    done = bylaw(*arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: {error}")
    assert "\n  help: " in done.stderr


# over HTTP


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Service]]:
    with serving(policies_in(tmp_path)) as client:
        yield client


def made(client: TestClient[Service], **more: Any) -> str:
    body = {"input": {**CLEAR, **more}}
    return str(client.post("/v1/decisions/greetings", json=body).json()["decision_id"])


def test_a_decision_that_was_made_is_asked(client: TestClient[Service]) -> None:
    id = made(client, confidence=0.2)
    answer = client.post(f"/v1/journal/{id}/whynot", json={"want": {"action": "reply"}})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["decision_id"], told["answer"]) == (id, "change")
    assert told["ways"][0]["changes"][0]["fact"] == "/confidence"
    frozen = {"want": {"action": "reply"}, "frozen": ["/confidence", "/topic"]}
    stuck = client.post(f"/v1/journal/{id}/whynot", json=frozen).json()
    assert stuck["answer"] == "impossible"
    assert "/confidence" in [each["fact"] for each in stuck["stays"]]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/want"),
        ({"want": "reply"}, "/want"),
        ({"want": {}}, "/want"),
        ({"want": {"acton": "reply"}}, "/want/acton"),
        ({"want": {"action": "reply"}, "frozen": "/x"}, "/frozen"),
        ({"want": {"action": "reply"}, "frosen": []}, "/frosen"),
    ],
)
def test_what_cannot_be_asked_is_pointed_at(
    client: TestClient[Service], body: Any, pointer: str
) -> None:
    answer = client.post(f"/v1/journal/{made(client)}/whynot", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_what_cannot_be_decided_again_is_not_asked(tmp_path: Path) -> None:
    with serving(policies_in(tmp_path), journal="hashed") as client:
        body = {"want": {"action": "reply"}}
        answer = client.post(f"/v1/journal/{made(client)}/whynot", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "not-decidable-again")


def test_without_what_proves_the_service_says_what_is_missing(
    client: TestClient[Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    id = made(client)
    monkeypatch.setitem(sys.modules, "z3", None)
    answer = client.post(f"/v1/journal/{id}/whynot", json={"want": {"action": "reply"}})
    assert (answer.status_code, answer.json()["code"]) == (501, "no-solver")
    assert "bylaw[proof]" in answer.json()["detail"]
