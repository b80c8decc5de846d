"""`check` runs examples, holds refusals against guarantees, and looks at whole libraries."""

import re
from pathlib import Path

import pytest

from engine import Checked, Finding, PolicyError, Source, check, load, render
from engine.verbs.check_library import File, check_library

ROOT = Path(__file__).parents[1]
SHIPPED = sorted((ROOT / "policies").rglob("*.bylaw"))

POLICY = '''\
bylaw 1

policy refunds 1.0.0
  title "Refunds"
  owner "Support Operations"

enum Action: ask_a_person, refund from strict to loose
enum Channel: email, chat as "CHAT"

record Ticket
  amount:  number 0 .. 1000
  message: text sensitive
  channel: Channel
  weight:  number 0 .. 1000 optional

record Outcome
  action: Action
  note:   text
  score:  number
  via:    Channel optional
  tags:   list of text up to 3

threshold small: number 0 .. 100 = 25
  because "A small refund costs less than a talk about it"

threshold much: number 0 .. 1000 = 100
  because "More than that is not sent by mail"

trigger fraud mentions "fraud", "stolen card"

table fee(channel: Channel): number
  | channel | fee |
  | email   | 0.5 |
  | -       | 2   |

define third(ticket: Ticket) = ticket.amount / 3

decision answer(ticket: Ticket): Outcome
  guard fraud_is_mentioned
    when ticket.message mentions fraud
    then action: ask_a_person, tags: []
    because "the message mentions {matched}"

  guard heavy
    when ticket.weight > much
    then action: ask_a_person, tags: []
    because "it is heavy"

  first
  rule small_amount
    when ticket.amount <= small
    then action: refund, via: ticket.channel, tags: ["auto"]
    because "{ticket.amount} is a small amount"
  otherwise
    then action: ask_a_person, tags: []
    because "When unsure, a person decides"

  always
    score: third(ticket) + fee(ticket.channel)
    note: """
      Refund desk
      - score: {outcome.score: 0.00}
      - decided by the policy, and kept for three years as the law wants it
      """

  refused
    then action: ask_a_person, note: "refused", score: 0, tags: []

example "A small refund"
  answer(ticket: { amount: 25, message: "It broke", channel: chat, weight: 100 })
  gives { action: refund } by small_amount

'''


def run(example: str) -> Checked:
    return check(Source("refunds.bylaw", f"{POLICY}{example}"))


def case(**facts: str) -> str:
    given = {"amount": "10", "message": '"Hello"', "channel": "email", "weight": "1"} | facts
    return ", ".join(f"{name}: {value}" for name, value in given.items())


def decides(gives: str, **facts: str) -> tuple[Finding, ...]:
    return run(
        f'example "One"\n  answer(ticket: {{ {case(**facts)} }})\n  gives {gives}\n'
    ).findings


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}@{path.stem}")
def test_every_shipped_policy_checks_clean(path: Path) -> None:
    checked = check(Source(str(path), path.read_text(encoding="utf-8")))
    assert [render(finding) for finding in checked.findings] == []
    assert checked.program is not None


@pytest.mark.parametrize(
    "gives",
    [
        "{ action: refund } by small_amount, not fraud_is_mentioned",
        '{ via: email, tags: ["auto"] }',
        "about { score: 3.83 }",
    ],
)
def test_an_example_that_holds_says_nothing(gives: str) -> None:
    assert decides(gives) == ()


@pytest.mark.parametrize(
    ("gives", "facts", "message"),
    [
        ("{ action: ask_a_person }", {}, "`action` is `refund`, expected `ask_a_person`"),
        ("{ via: missing }", {"channel": "chat"}, "`via` is `chat`, expected missing"),
        ("{ via: email }", {"amount": "26"}, "`via` is missing, expected `email`"),
        ('{ tags: ["auto", "more"] }', {}, '`tags` is `["auto"]`, expected `["auto", "more"]`'),
        ("about { score: 3.84 }", {}, "`score` is `3.833333333`, expected `3.84`"),
        ("{ score: 3.83 }", {}, "`score` is `3.833333333`, expected `3.83`"),
        (
            "{ action: refund, tags: [] }",
            {"amount": "26"},
            "`action` is `ask_a_person`, expected `refund`",
        ),
        (
            '{ note: "Refund desk\\n- score: 3.84\\n- decided by the policy, and kept" }',
            {},
            'line 2 of `note` is `"- score: 3.83"`, expected `"- score: 3.84"`',
        ),
        (
            "{ action: refund } by otherwise",
            {},
            "what decided is `small_amount`, expected `otherwise`",
        ),
        (
            "{ action: refund } by not small_amount",
            {},
            "what decided is `small_amount`, expected something else",
        ),
    ],
)  # fmt: skip
def test_an_example_that_fails_says_both_values(
    gives: str, facts: dict[str, str], message: str
) -> None:
    (finding,) = decides(gives, **facts)
    assert (finding.code, finding.message) == ("failed-example", message)


def test_a_failed_example_says_how_it_came_about() -> None:
    (finding,) = decides("{ action: refund }", message='"My stolen card!"')
    assert render(finding) == (
        "error[failed-example]: `action` is `ask_a_person`, expected `refund`\n"
        "  --> refunds.bylaw:73:1\n"
        '73 | example "One"\n'
        "   | ^^^^^^^^^^^^^\n"
        "  --> refunds.bylaw:39:3\n"
        "39 |   guard fraud_is_mentioned\n"
        "   |   ^^^^^^^^^^^^^^^^^^^^^^^^ this decided: the message mentions stolen card"
    )


def test_a_failed_example_says_what_was_not_known() -> None:
    text = 'answer(ticket: { amount: 10, message: "Hello", channel: email })'
    (finding,) = run(f'example "One"\n  {text}\n  gives {{ action: refund }}\n').findings
    assert finding.help == "not known: `/weight`"


@pytest.mark.parametrize(
    ("example", "message"),
    [
        ("fee(email)\n  gives 0.5", None),
        ("fee(chat)\n  gives 2.5", "the result is `2`, expected `2.5`"),
        (f"third(ticket: {{ {case(amount='1')} }})\n  gives about 0.333", None),
        (
            f"third(ticket: {{ {case(amount='1')} }})\n  gives about 0.334",
            "the result is `0.333333333`, expected `0.334`",
        ),
    ],
)
def test_examples_of_tables_and_defines_are_run(example: str, message: str | None) -> None:
    findings = run(f'example "One"\n  {example}\n').findings
    assert [finding.message for finding in findings] == ([message] if message else [])


@pytest.mark.parametrize("of", ["outlived(ticket: ", "age(ticket: "])
def test_an_example_of_what_reads_now_says_when(of: str) -> None:
    timed = POLICY.replace(
        "decision answer",
        "record Old\n  since: instant\n\ndefine age(ticket: Old) = now - ticket.since\n\n"
        "decision outlived(ticket: Old): Fee\n  first\n  rule old\n    when age(ticket) > 7d\n"
        "    then fee: 1\n  otherwise\n    then fee: 2\n  refused\n    then fee: 3\n\n"
        "record Fee\n  fee: number\n\ndecision answer",
    )
    gives = "{ fee: 1 }" if of.startswith("outlived") else "8d"
    asked = f'{timed}example "One"\n  {of}{{ since: 2026-01-01 }})\n'
    dated = check(Source("timed", f"{asked}  at 2026-01-09\n  gives {gives}\n"))
    undated = check(Source("timed", f"{asked}  gives {gives}\n"))
    assert [each for each in dated.findings if each.severity == "error"] == []
    (failed,) = (each for each in undated.findings if each.severity == "error")
    assert failed.message == "`now` is missing, expected an instant, as in `at 2026-01-31`"


def test_a_refusal_is_held_against_what_is_promised_of_it() -> None:
    promise = "also when refused\n  for answer(ticket) = outcome\n  "
    findings = run(
        f"guarantee kept\n  {promise}when ticket.amount > 9\n  then outcome.tags is empty\n\n"
        f'guarantee broken\n  {promise}then outcome.note is not "refused"\n\n'
        f"guarantee open\n  {promise}then ticket.amount <= 1000\n"
    ).findings
    (finding,) = [each for each in findings if each.code == "unsafe-refusal"]
    assert finding.message == "what `answer` gives for a refused case breaks `broken`, `open`"
    assert finding.source.line_text(finding.line) == "  refused"


def test_a_program_is_loaded_in_spite_of_warnings_and_failed_examples_and_never_of_errors() -> None:
    warned = f'{POLICY}example "One"\n  fee(email)\n  gives 0.6\n'.replace(
        '  title "Refunds"\n', ""
    )
    severities = {finding.severity for finding in check(Source("a", warned)).findings}
    assert severities == {"warning", "error"}
    assert load(Source("a", warned)).name == "refunds"
    with pytest.raises(PolicyError, match="table or define `fie`") as wrong:
        load(Source("a", warned.replace("fee(email)", "fie(email)")))
    assert [finding.code for finding in wrong.value.findings] == ["unknown-name"]


def library(*texts: str, **known: dict[str, str]) -> list[list[str]]:
    files = [
        File(Source(f"{place}", text), ("refunds", "1.0.0")) for place, text in enumerate(texts)
    ]
    checked = check_library(files, known.get("live", {}), known.get("released", {}))
    return [[each.code for each in one.findings] for one in checked]


def test_a_file_must_be_what_its_place_says() -> None:
    assert library(POLICY) == [[]]
    assert library(POLICY.replace("refunds 1.0.0", "refunds 1.1.0")) == [["misplaced-policy"]]


def test_a_released_file_never_changes_but_in_its_layout() -> None:
    content = load(Source("refunds", POLICY)).content_hash
    released = {"refunds@1.0.0": content}
    moved = POLICY.replace("threshold small", "# a comment\n\n\nthreshold small")
    assert library(POLICY, moved, released=released) == [[], []]
    assert library(POLICY.replace("= 25", "= 26"), released=released) == [["changed-release"]]


def test_two_live_policies_spell_one_enum_alike() -> None:
    other = POLICY.replace("refunds 1.0.0", "returns 1.0.0")
    unlike = other.replace("enum Channel: email, chat", "enum Channel: email, Chat").replace(
        "chat", "Chat"
    )
    both = {"refunds": "1.0.0", "returns": "1.0.0"}
    assert library(POLICY, other, live=both)[0] == []
    unlike = unlike.replace('as "CHAT"', "")
    assert library(POLICY, unlike, live=both)[0] == ["enums-differ"]
    assert library(POLICY, unlike, live={"refunds": "1.0.0"})[0] == []


@pytest.mark.parametrize("code", ["failed-example", "unsafe-refusal"])
def test_the_page_of_a_finding_shows_it_and_its_cure(code: str) -> None:
    page = (ROOT / "docs" / "errors" / f"{code}.md").read_text(encoding="utf-8")
    wrong, right = re.findall(r"```bylaw\n(.*?)```", page, re.DOTALL)
    assert [finding.code for finding in check(Source("wrong", wrong)).findings] == [code]
    assert check(Source("right", right)).findings == ()
