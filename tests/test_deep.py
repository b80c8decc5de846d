"""Deep findings: what is found is so, what is so is found, and every kind of fault is found."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

import engine
from engine.diagnostics.base import Diagnostic
from engine.diagnostics.deep import DeepFinding, IdleWaiver
from engine.diagnostics.render import render
from service.cli import main
from tests.prover import deep

ROOT = Path(__file__).parents[1]
CASES = sorted((ROOT / "tests" / "corpus" / "deep").glob("*.bylaw"))
PAGES = ROOT / "docs" / "errors"
KINDS: list[type[Diagnostic]] = [*DeepFinding.__subclasses__(), IdleWaiver]
CODES = sorted(each.code() for each in KINDS)
NOT_SHOWN = {"not-settled", "wrong-version"}  # one takes long, the other two policies


def program(text: str, name: str = "a.bylaw") -> engine.Program:
    checked = engine.check(engine.Source(name, text))
    assert checked.program is not None, [each.message for each in checked.findings]
    return checked.program


def shipped(reference: str) -> str:
    name, _, version = reference.partition("@")
    return (ROOT / "policies" / name / f"{version}.bylaw").read_text(encoding="utf-8")


def told(text: str, before: engine.Program | None = None) -> set[tuple[str, str]]:
    """The codes, and what each is about."""
    found = [each.diagnostic for each in engine.check_deep(program(text), before)]
    return {(each.code(), ".".join(getattr(each, "subject", ()))) for each in found}


def planted(text: str, edits: Sequence[tuple[str, str]]) -> str:
    for old, new in edits:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize("seed", range(20))
def test_deep_findings_are_what_trying_all_cases_finds(seed: int) -> None:
    for (text, policy), _ in zip(deep.policies(1000 + seed), range(15), strict=False):
        assert deep.wrong(policy, Counter()) is None, text


def test_what_is_said_does_not_hang_on_what_was_asked_before() -> None:
    policies = [policy for _, policy in islice(deep.policies(1), 30)]
    once = [engine.check_deep(each) for each in policies]
    again = [engine.check_deep(each) for each in reversed(policies)]
    assert [list(map(render, each)) for each in again[::-1]] == [
        list(map(render, each)) for each in once
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_what_is_said(case: Path, golden: Callable[[Path, str, str], None]) -> None:
    policy = program(case.read_text(encoding="utf-8"), case.name)
    said = "\n\n".join(map(render, engine.check_deep(policy)))
    golden(case, f"{said}\n", "said")


@pytest.mark.parametrize("code", sorted(set(CODES) - NOT_SHOWN))
@pytest.mark.parametrize(("heading", "count"), [("Wrong", 1), ("Right", 0)])
def test_a_page_shows_what_is_said(code: str, heading: str, count: int) -> None:
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    assert section is not None
    (shown,) = re.findall(r"^```bylaw\n(.*?)^```$", section[1], re.M | re.S)
    assert [each for each, _ in told(shown)] == [code] * count


def test_faults_planted_in_handoff_are_found() -> None:
    text = planted(
        shipped("handoff@1.1.0"),
        [
            ("    when any i in ticket.intents where i.name in tier_0_intents\n"
             "    then action: route, escalate: true",
             "    when any i in ticket.intents where i.name in tier_0_intents\n"
             "    then action: acknowledge_and_route, escalate: true"),
            ("  guard vip\n    when ticket.vip\n",
             "  guard vip\n    when ticket.vip and not ticket.vip\n"),
            ("  guard person_wanted\n",
             "  guard unlinked\n    when not ticket.order.linked\n    when unknown: skip\n"
             "    then action: route\n\n  guard person_wanted\n"),
            ("    when verified(ticket)\n    then action: reply_and_route",
             "    when verified(ticket) and ticket.template.tier is tier_2\n"
             "    then action: reply_and_route"),
            ("    when ticket.template.tier is tier_1 and top_confidence(ticket) >= "
             "intake_confidence\n",
             "    when ticket.template.tier is tier_1 and ticket.template.tier is tier_0\n"),
            ("  rule acknowledge\n",
             "  rule again\n    when verified(ticket) and ticket.channel is email\n"
             "    then action: reply_and_route, reply: ticket.template.id\n\n"
             "  rule acknowledge\n"),
            ('  "chargeback*",', '  "chargeback*", "a chargeback",'),
            ("  when outcome.escalate\n", "  when outcome.escalate and not outcome.escalate\n"),
        ],
    )  # fmt: skip
    assert told(text) >= {
        ("masked-guard", "handoff.escalation_trigger"),
        ("vacuous-guard", "handoff.vip"),
        ("looser-without", "handoff.ticket.order.linked"),
        ("no-effect", "handoff.verified_reply"),
        ("never-holds", "handoff.intake"),
        ("never-decides", "handoff.again"),
        ("implied-phrase", "chargeback_or_dispute"),
        ("vacuous-guarantee", "what_is_escalated_is_not_answered"),
        ("refuted-guarantee", "tier_0_is_never_answered"),
        ("refuted-guarantee", "a_vip_is_never_answered"),
    }


def test_rules_of_handoff_overlap_where_one_of_them_alone_may_apply() -> None:
    text = planted(shipped("handoff@1.0.0"), [("\n  first\n", "\n  unique\n")])
    assert ("rules-overlap", "handoff.auto_close.verified_reply") in told(text)


def test_faults_planted_in_release_are_found() -> None:
    text = planted(
        shipped("release@1.0.0"),
        [
            ("    when event.act is keep\n", "    when event.act is not hold\n"),
            ("then inspected_at: now\n", "then inspected_at: now\n"),
            ("    when binds(release.approval, release) and in_window(release)\n"
             "    then activated_at: now\n",
             "    when in_window(release) and not in_window(release)\n"
             "    then activated_at: now\n"),
        ],
    )  # fmt: skip
    text = re.sub(r"(  state WITHDRAWN) +final", r"\1", text)
    assert told(text) >= {
        ("rules-overlap", "release.ACTIVE.ACTIVE.observe"),
        ("never-holds", "release.APPROVED.ACTIVE.activate"),
        ("unreachable-state", "release.ACTIVE"),
        ("unreachable-state", "release.EXPIRED"),
        ("trapping-state", "release.WITHDRAWN"),
    }


def test_faults_planted_in_review_scoring_are_found() -> None:
    text = planted(
        shipped("review_scoring@1.1.0"),
        [
            ("policy review_scoring 1.1.0", "policy review_scoring 1.0.1"),
            ("    when case.reopened > 0\n", "    when case.reopened >= 0\n"),
            ("# What is promised for every case\n",
             'waive no-effect on score.override.supervisor_override because "it was so once"\n'),
        ],
    )  # fmt: skip
    assert told(text, program(shipped("review_scoring@1.0.0"))) == {
        ("always-holds", "score.reopenings"),
        ("idle-waiver", "score.override.supervisor_override"),
        ("wrong-version", "review_scoring"),
    }


def test_the_shipped_policies_show_none_but_waived_ones() -> None:
    done = CliRunner().invoke(main, ["check", "--deep", str(ROOT / "policies")])
    assert (done.exit_code, "nothing to complain of" in done.output) == (0, True), done.output


def test_findings_end_with_code_1_in_every_format() -> None:
    case = str(ROOT / "tests" / "corpus" / "deep" / "a-rule-behind-a-wider-one.bylaw")
    for format in ("text", "json", "github", "sarif", "junit"):
        done = CliRunner().invoke(main, ["check", "--deep", "--format", format, case])
        assert (done.exit_code, "never-decides" in done.output) == (1, True), done.output
    (finding,) = json.loads(
        CliRunner().invoke(main, ["check", "--deep", "--format", "json", case]).output
    )["findings"]
    assert (finding["line"], finding["places"][0]["label"]) == (30, "`gold` takes its cases")


def test_what_no_budget_is_left_for_is_said_to_be_unknown() -> None:
    from engine.backends.proof.solve import Budget

    case = ROOT / "tests" / "corpus" / "deep" / "a-rule-behind-a-wider-one.bylaw"
    policy = program(case.read_text(encoding="utf-8"))
    found = engine.check_deep(policy, budget=Budget(each=1, all=0))
    assert found
    assert {each.code for each in found} == {"not-settled"}
    assert all("the budget ran out" in each.message for each in found)
