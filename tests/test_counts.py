"""What a decision costs, in counts that no machine's speed changes."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from engine.backends.python.evaluator import Evaluator
from engine.source import Source
from engine.verbs.check import load

TEXTS = """bylaw 1

policy texts 1.0.0
  title "Texts are read when a rule asks, and once"

record Part
  text: text

record Ticket
  message: text
  answer:  text optional
  parts:   list of Part up to 5
  vip:     bool

record Outcome
  action: text
  note:   text

trigger legal   mentions "lawyer", "legal"
trigger fraud   mentions "fraud", "identity" except "verify my identity"
trigger reopens mentions "reply" near "reopen"

define angry(ticket: Ticket) = ticket.message mentions any of legal, fraud

decision handle(ticket: Ticket): Outcome
  guard legal_words
    when ticket.message mentions legal
    then action: "legal"
    because "it mentions {matched}"

  guard fraud_words
    when ticket.message mentions fraud
    then action: "fraud"

  first
  rule vip
    when ticket.vip
    then action: "vip"

  rule part
    when any p in ticket.parts where p.text mentions legal and ticket.message mentions fraud
    then action: "part"

  rule answered
    when not angry(ticket) and ticket.answer mentions reopens
    then action: "answered"

  otherwise
    then action: "nothing"

  always
    note: "{if angry(ticket)}angry{else}calm{end}"

  refused
    then action: "refused", note: ""
"""


@contextmanager
def called(*names: str, built_in: bool = False) -> Iterator[Counter[str]]:
    """How often functions of these names are called inside, in Python or from it."""
    counts: Counter[str] = Counter()

    def note(frame: Any, event: str, function: Any) -> None:
        name = getattr(function, "__name__", "") if built_in else frame.f_code.co_name
        if event == ("c_call" if built_in else "call") and name in names:
            counts[name] += 1

    sys.setprofile(note)
    try:
        yield counts
    finally:
        sys.setprofile(None)


def ticket(message: str, **others: Any) -> dict[str, Any]:
    return {"message": message, "parts": [], "vip": False, **others}


@pytest.mark.parametrize(
    ("case", "passes"),
    [
        pytest.param(ticket("hello"), 1, id="a text is read once, whatever asks for it"),
        pytest.param(ticket("hello", answer="Reply to reopen"), 2, id="another text once more"),
        pytest.param(ticket("hello", answer="Hi", vip=True), 1, id="what no rule reaches is not"),
        pytest.param(
            ticket("hello", parts=[{"text": "a lawyer"}, {"text": "a lawyer"}, {"text": "b"}]),
            3,
            id="each text of a list once, equal ones together",
        ),
        pytest.param(ticket("my lawyer"), 2, id="the words found are a second pass"),
    ],
)
def test_a_text_is_passed_over_once(case: dict[str, Any], passes: int) -> None:
    evaluator = Evaluator(load(Source("texts.bylaw", TEXTS)))
    with called("Match", "words") as counts:
        evaluator.decide(case)
    assert counts == {"Match": passes}


@pytest.mark.parametrize(
    ("message", "readings"),
    [("how do I verify my identity", 1), ("this is fraud", 0), ("verify my purchase", 0)],
)
def test_words_are_read_only_where_an_exception_occurs(message: str, readings: int) -> None:
    evaluator = Evaluator(load(Source("texts.bylaw", TEXTS)))
    with called("Match", "words") as counts:
        evaluator.decide(ticket(message))
    assert (counts["Match"], counts["words"]) == (1, readings)


def test_nothing_is_compiled_while_deciding() -> None:
    evaluator = Evaluator(load(Source("texts.bylaw", TEXTS)))
    cases: list[Any] = [ticket("a legal fraud", parts=[{"text": "x"}]), {}, "{", b"[]", {"vip": 1}]
    with called("compile", "exec", built_in=True) as counts:
        for case in cases:
            evaluator.decide(case)
    assert counts == {}


class Probed(str):
    """A text that counts how often it is hashed or compared."""

    probes: int

    def __new__(cls, text: str) -> "Probed":
        made = super().__new__(cls, text)
        made.probes = 0
        return made

    def __hash__(self) -> int:
        self.probes += 1
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        self.probes += 1
        return super().__eq__(other)


class Weighed(float):
    """A number that counts how often it is compared."""

    probes: int

    def __new__(cls, number: float) -> "Weighed":
        made = super().__new__(cls, number)
        made.probes = 0
        return made

    def __lt__(self, other: float) -> bool:
        self.probes += 1
        return super().__lt__(other)


def fees(rows: int) -> str:
    half = rows // 2
    written = [f'  | "k{row}" | < {row % 50 + 1} | {row} |' for row in range(half)]
    written += [f'  | "k{row}" | - | {row + rows} |' for row in range(half)]
    table = "\n".join([*written, "  | - | - | 0 |"])
    return f"""bylaw 1

policy fees 1.0.0
  title "One table"

record Parcel
  kind:   text
  weight: number 0 .. 100 optional

record Fee
  fee: integer optional

table fee(kind: text, weight: number 0 .. 100): integer
  | kind | weight | fee |
{table}

decision fee_of(parcel: Parcel): Fee
  otherwise
    then fee: fee(parcel.kind, parcel.weight)
  refused
    then fee: 0
"""


def test_a_lookup_probes_as_little_in_a_large_table_as_in_a_small_one() -> None:
    small, large = (Evaluator(load(Source("fees.bylaw", fees(rows)))) for rows in (10, 1000))
    assert probes(small, "k3") == probes(large, "k3") == probes(large, "k499") == (2, 1)
    assert probes(large, "none") == (1, 0)


def probes(evaluator: Evaluator, kind: str) -> tuple[int, int]:
    """Looked up by hash, then by bisection: the hash and one comparison, a comparison for a cut."""
    text, weight = Probed(kind), Weighed(20.5)
    evaluator.apply("fee", (text, weight))
    return text.probes, weight.probes


def test_an_unknown_argument_is_no_reason_to_go_over_the_rows() -> None:
    evaluator = Evaluator(load(Source("fees.bylaw", fees(1000))))
    with called("compare") as counts:
        fees_found = [evaluator.decide({"kind": kind}).outcome["fee"] for kind in ("k3", "none")]
    assert (fees_found, counts) == ([None, 0], {})


LOOPS = """bylaw 1

policy loops 1.0.0
  title "What a loop does not change is not computed at each of its turns"

record Ticket
  message: text sensitive
  answers: list of Answer up to 20

record Answer
  id:   text
  text: text sensitive

record Scored
  id:    text
  score: number sensitive

record Outcome
  best: list of text up to 20

define scored(ticket: Ticket): list of Scored = [
  { id: a.id, score: similarity(a.text, ticket.message) } for a in ticket.answers
]

define best(found: list of Scored up to 20) = [
  s.id for s in found where all other in found satisfy other.score <= s.score
]

decision choose(ticket: Ticket): Outcome
  otherwise
    then best: best(scored(ticket))

  refused
    then best: []
"""


def test_what_a_loop_does_not_change_is_not_computed_at_each_of_its_turns() -> None:
    evaluator = Evaluator(load(Source("loops.bylaw", LOOPS)))
    answers = [{"id": str(place), "text": f"answer {place}"} for place in range(10)]
    with called("similarity") as counts:
        decided = evaluator.decide({"message": "answer 7", "answers": answers})
    assert (decided.outcome["best"], counts["similarity"]) == (["7"], 10)
