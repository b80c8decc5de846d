"""The release gate: who may do what to a release, what is live by it, and that nothing that goes
wrong around it makes two versions live, or one that nobody approved."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import engine
from service.auth import create
from service.cli import main
from service.desks import audit
from service.ids import micros
from tests.releasing import (
    DAY,
    DIRECTOR,
    PROGRAM,
    WELL,
    Asking,
    Stage,
    approval,
    clock,
    codes,
    policies_of_reviews,
    staged,
)
from tests.test_journal import until

HOUR = DAY // 24
CASE = {"case": {"case_id": "C", "cohorts": ["privacy_sensitive"], "capacity": 0.1}, "points": 0}
KEPT = {
    "release",
    "readable",
    "state",
    "program",
    "approved_version",
    "approved_hash",
    "manifest_hash",
    "prior_version",
    "prior_hash",
    "evidence_from",
    "evidence_until",
    "approver",
    "approved_at",
    "activated_at",
    "valid_from",
    "valid_until",
    "rollback_criteria",
    "renewals",
    "in_force",
    "live_version",
    "live_hash",
}


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return policies_of_reviews(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def stage(tmp_path: Path, shared: Path) -> Stage:
    return staged(tmp_path, shared)


@pytest.fixture
def edited(tmp_path: Path) -> Stage:
    """With policies of its own."""
    return staged(tmp_path, policies_of_reviews(tmp_path))


def decided(asking: Asking) -> Any:
    return asking.post("ops", "/v1/decisions/review_scoring", {"input": CASE})


def version(asking: Asking) -> str:
    return str(decided(asking).json()["policy"]["version"])


def test_a_release_goes_its_way_over_http(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """With evidence that is really gathered: from the journal, the checker and the prover."""
    with stage.serving() as asking:
        for days in (20, 2):
            clock(monkeypatch, -days * DAY)
            decide_many(asking, 260)
        clock(monkeypatch, 0)
        until_ = engine.write_instant(micros() + 20 * DAY)
        told = {"policy": "review_scoring", "version": "1.1.0", "valid_until": until_}
        made = asking.post("lead", "/v1/releases", told)
        assert made.status_code == 201, made.text
        release = made.json()
        path = made.headers["Location"]
        assert (path, release["state"]) == ("/v1/releases/REL-0001", "CANDIDATE")
        assert release["evidence"]["replay"]["cases"] == 520
        assert release["evidence"]["replay"]["check"] == {"checked": 520, "differing": 0}
        assert release["manifest"]["evidence"]["coverage"]["privacy_sensitive"] == 1
        assert release["evidence"]["findings"]["broken"] == 0
        verdicts = {each["verdict"] for each in release["evidence"]["findings"]["guarantees"]}
        assert verdicts == {"proved"}
        assert release["evidence"]["changes"]["changes"]["decisions"]
        listed = asking.get("lead", "/v1/releases").json()
        assert [each["id"] for each in listed["releases"]] == ["REL-0001"]
        read = asking.get("director", path)
        assert (read.json()["state"], read.headers["ETag"]) == ("INSPECTED", '"REL-0001.2"')
        body = {
            "content_hash": release["content_hash"],
            "manifest_hash": release["manifest_hash"],
            "reason": "the replay shows what was underweighted",
        }
        stale = asking.post("director", f"{path}/approve", body, **{"If-Match": '"REL-0001.1"'})
        assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
        good = asking.post("director", f"{path}/approve", body, **{"If-Match": '"REL-0001.2"'})
        assert good.json()["state"] == "APPROVED"
        assert version(asking) == "1.0.0"
        live = asking.post("ops", f"{path}/activate")
        assert live.json()["state"] == "ACTIVE"
        assert version(asking) == "1.1.0"
        active = asking.get("ops", f"/v1/programs/{PROGRAM}/active")
        assert (active.json()["version"], active.json()["release"]) == ("1.1.0", "REL-0001")
        tag = {"If-None-Match": active.headers["ETag"]}
        assert asking.get("ops", f"/v1/programs/{PROGRAM}/active", **tag).status_code == 304
        back = asking.post("ops", f"{path}/rollback", {"reason": "complaints by telephone"})
        assert back.json()["state"] == "ROLLED_BACK"
        assert version(asking) == "1.0.0"
        assert asking.get("ops", f"/v1/programs/{PROGRAM}/active", **tag).status_code == 200
        steps = [(each["event"], each["actor"]) for each in back.json()["history"]]
    assert steps == [
        ("propose", "lead"),
        ("inspect", "director"),
        ("approve", "director"),
        ("activate", "ops"),
        ("roll_back", "ops"),
    ]
    assert audit.verify(stage.store.reader()) == []


def decide_many(asking: Asking, count: int) -> None:
    cohorts = ["privacy_sensitive", "executive_reopen", "outage_recovery", "routine_closure"]
    items = [
        {
            "id": str(number),
            "input": {
                "case": {"case_id": "C", "cohorts": [cohorts[number % 4]], "capacity": 0.5},
                "points": 40,
            },
        }
        for number in range(count)
    ]
    sent = asking.post("ops", "/v1/batches/review_scoring", {"items": items})
    assert sent.status_code == 200, sent.text


def test_a_proposal_is_refused_with_every_guardrail_at_once(stage: Stage) -> None:
    told = {
        "policy": "review_scoring",
        "version": "1.1.0",
        "valid_until": engine.write_instant(micros() + 40 * DAY),
        "scope": "everything",
        "floors": [{"cohort": "privacy_sensitive", "minimum": 0.5}],
        "rollback_criteria": [],
    }
    with stage.serving() as asking:
        refused = asking.post("lead", "/v1/releases", told)
        assert asking.get("lead", "/v1/releases").json()["releases"] == []
    assert codes(refused) == [
        "named_scope",
        "bounded_window",
        "rollback_criteria",
        "protected_floors",
        "enough_evidence",
        "floors_hold_in_replay",
    ]
    assert [event for event, _ in stage.audited() if event.startswith("release")] == []


def test_a_proposal_that_cannot_be_read_is_told_where(stage: Stage) -> None:
    good = {"policy": "review_scoring", "version": "1.1.0", "valid_until": "2030-01-01"}
    missing = {"policy": "review_scorin", "version": "9.9.9"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"policy": 7}, "/policy"),
        ({"untill": "2030-01-01"}, "/untill"),
        ({"valid_until": "tomorrow"}, "/valid_until"),
        ({"floors": [{"cohort": "nobody", "minimum": 0.5}]}, "/floors/0/cohort"),
        ({"program": "nothing"}, "/program"),
        ({"evidence": {"window_from": "2026-01-01"}}, "/evidence"),
    ]
    with stage.serving() as asking:
        for name, value in missing.items():
            told = asking.post("lead", "/v1/releases", {**good, name: value})
            assert (told.status_code, told.json()["code"]) == (404, f"unknown-{name}")
        for change, pointer in wrong:
            told = asking.post("lead", "/v1/releases", {**good, **change})
            assert (told.status_code, told.json()["code"]) == (400, "malformed-request")
            assert [each["pointer"] for each in told.json()["errors"]] == [pointer]


def test_an_approval_is_refused_with_all_that_objects(stage: Stage) -> None:
    release = stage.proposed()
    others = {"content_hash": "sha256:0", "manifest_hash": "sha256:0"}
    refusals: list[tuple[str, dict[str, str], list[str]]] = [
        ("lead", {}, ["right_role", "not_the_author"]),
        ("other", {}, ["right_role"]),
        ("both", {"reason": ""}, ["says_why"]),
        ("director", others, ["same_revision", "same_manifest"]),
    ]
    with stage.serving() as asking:
        for who, change, expected in refusals:
            body = {**approval(release), **change}
            refused = asking.post(who, f"/v1/releases/{release.id}/approve", body)
            assert codes(refused) == expected
        assert asking.release(release.id)["state"] == "CANDIDATE"


def test_who_wrote_it_cannot_approve_it_with_another_key_of_the_same_name(stage: Stage) -> None:
    release = stage.proposed()
    with stage.store.writing() as db:
        stage.keys["twin"] = create(db, "test", "lead", [f"approve:{DIRECTOR}"]).secret
    with stage.serving() as asking:
        refused = asking.post("twin", f"/v1/releases/{release.id}/approve", approval(release))
        assert codes(refused) == ["not_the_author"]


def test_what_nobody_approved_does_not_go_live(stage: Stage) -> None:
    release = stage.proposed()
    with stage.serving() as asking:
        refused = asking.post("ops", f"/v1/releases/{release.id}/activate")
        assert codes(refused) == ["is_approved"]
        assert asking.client.get("/health/ready").status_code == 200
        assert version(asking) == "1.0.0"


def test_nothing_goes_live_before_its_window(stage: Stage) -> None:
    release = stage.approved(since=HOUR)
    with stage.serving() as asking:
        refused = asking.post("ops", f"/v1/releases/{release.id}/activate")
        assert codes(refused) == ["inside_its_window"]
    assert stage.live() == "1.0.0"


def test_two_activations_at_once_leave_one_version_live(stage: Stage) -> None:
    """Of two releases of the program, and of one release twice."""
    first, second = stage.approved(), stage.approved()
    with stage.serving() as asking, ThreadPoolExecutor(4) as pool:
        paths = [f"/v1/releases/{each.id}/activate" for each in (first, second)] * 2
        answers = list(pool.map(lambda path: asking.post("ops", path), paths))
    assert sorted(each.status_code for each in answers)[-2:] == [409, 409]
    states = stage.states()
    assert states.count("ACTIVE") == 1
    live = stage.store.reader().execute("SELECT hash FROM live WHERE name = 'review_scoring'")
    assert live.fetchall() == [(first.hash,)]
    assert audit.verify(stage.store.reader()) == []


def test_evidence_against_what_is_live_no_more_counts_for_nothing(stage: Stage) -> None:
    later = stage.approved()
    stage.active()
    with stage.serving() as asking:
        refused = asking.post("ops", f"/v1/releases/{later.id}/activate")
        assert codes(refused) == ["evidence_hashes", "still_nothing_violated"]
    assert stage.states() == ["APPROVED", "ACTIVE"]


def test_an_edit_of_the_candidate_after_approval_voids_it(edited: Stage) -> None:
    release = edited.approved()
    path = edited.folder / "review_scoring" / "1.1.0.bylaw"
    with edited.serving() as asking:
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("number = 30\n", "number = 31\n", 1), encoding="utf-8")
        refused = asking.post("ops", f"/v1/releases/{release.id}/activate")
        assert refused.status_code == 409, refused.text
        until(lambda: asking.release(release.id)["state"] == "VOID")
        path.write_text(text, encoding="utf-8")
        refused = asking.post("ops", f"/v1/releases/{release.id}/activate")
        assert refused.json()["code"] == "not-allowed"
        assert version(asking) == "1.0.0"


def test_an_edit_of_the_manifest_in_the_store_is_approved_by_nobody(stage: Stage) -> None:
    release = stage.approved()
    stage.do(
        lambda desk: desk.db.execute(
            "UPDATE releases SET manifest = replace(manifest, 'lead', 'somebody')"
        )
    )
    with stage.serving() as asking:
        refused = asking.post("ops", f"/v1/releases/{release.id}/activate")
        assert codes(refused) == ["approval_still_binds"]
    assert stage.live() == "1.0.0"


def test_evidence_that_was_changed_in_the_store_is_no_evidence(stage: Stage) -> None:
    release = stage.approved()
    stage.do(
        lambda desk: desk.db.execute(
            """UPDATE evidence SET body = '{"cases":900}' WHERE part = 'replay'"""
        )
    )
    with stage.serving() as asking:
        refused = asking.post("ops", f"/v1/releases/{release.id}/activate")
        assert codes(refused) == ["evidence_hashes", "still_nothing_violated"]


def test_an_approval_cannot_be_used_twice(stage: Stage) -> None:
    """Neither for the release that it was of, nor for another of the very same manifest."""
    first, second = stage.proposed(), stage.proposed()
    with closing(sqlite3.connect(stage.path)) as db, db:
        same = "SELECT manifest FROM releases WHERE number = 1"
        db.execute(f"UPDATE releases SET manifest = ({same}), evidence = evidence")
    with stage.serving() as asking:
        path = f"/v1/releases/{first.id}/approve"
        assert asking.post("director", path, approval(first)).status_code == 200
        again = asking.post("director", path, approval(first))
        assert (again.status_code, again.json()["code"]) == (409, "not-allowed")
        assert again.json()["allowed"] == ["activate", "edit", "withdraw"]
        path = f"/v1/releases/{second.id}/approve"
        other = asking.post("director", path, approval(first))
        assert codes(other) == ["same_manifest"]


@pytest.mark.parametrize(
    ("figures", "act", "state"),
    [
        ({}, "keep", "ACTIVE"),
        ({"override_rate": 0.09}, "roll_back", "ROLLED_BACK"),
        ({"coverage": {**WELL["coverage"], "outage_recovery": 0.8}}, "roll_back", "ROLLED_BACK"),
        ({"fairness_gap": None}, "warn", "ACTIVE"),
        ({"at": "2999-01-01T00:00:00Z"}, "warn", "ACTIVE"),
    ],
)
def test_live_figures_keep_warn_or_roll_back(
    stage: Stage, figures: dict[str, Any], act: str, state: str
) -> None:
    release = stage.active()
    with stage.serving() as asking:
        told = asking.signals(**figures).json()
        assert (told["act"], told["release"]["state"]) == (act, state)
        assert version(asking) == ("1.1.0" if state == "ACTIVE" else "1.0.0")
        step = asking.release(release.id)["history"][-1]
        assert told["reasons"][0]["text"] in step["reasons"]


def test_silence_warns_and_then_holds_and_what_is_held_is_not_renewed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = stage.active()
    with stage.serving() as asking:
        assert asking.signals().json()["act"] == "keep"
        clock(monkeypatch, 25 * HOUR)
        until(lambda: asking.release(release.id)["warned"])
        clock(monkeypatch, 49 * HOUR)
        until(lambda: asking.release(release.id)["held"])
        told = asking.release(release.id)
        body = {
            **approval(release),
            "valid_until": engine.write_instant(micros() + 25 * DAY),
            "signals_at": told["signals"]["at"],
        }
        path = f"/v1/releases/{release.id}/renew"
        assert codes(asking.post("director", path, body)) == ["not_held"]
        new = asking.signals().json()
        assert new["act"] == "keep"
        body["signals_at"] = asking.release(release.id)["signals"]["at"]
        renewed = asking.post("director", path, body)
        assert renewed.status_code == 200, renewed.text
        assert (renewed.json()["renewals"], renewed.json()["held"]) == (1, False)
        assert renewed.json()["valid_until"] == body["valid_until"]


def test_a_renewal_is_as_strict_as_an_approval(stage: Stage) -> None:
    release = stage.active()
    body = {
        **approval(release),
        "manifest_hash": "sha256:0",
        "valid_until": engine.write_instant(micros() + 90 * DAY),
        "reason": "",
    }
    with stage.serving() as asking:
        refused = asking.post("lead", f"/v1/releases/{release.id}/renew", body)
        assert codes(refused) == [
            "renewal_binds",
            "renewal_says_why",
            "signals_reviewed",
            "bounded_renewal",
        ]


def test_a_window_that_ends_restores_what_was_before_by_itself(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = stage.active(until=2 * HOUR)
    with stage.serving() as asking:
        assert version(asking) == "1.1.0"
        clock(monkeypatch, 2 * HOUR)
        until(lambda: version(asking) == "1.0.0")
        told = asking.release(release.id)
    assert (told["state"], told["history"][-1]["actor"]) == ("EXPIRED", "the clock")
    assert told["ended_at"] == release.manifest["valid_until"]
    assert told["carried_out_at"] > told["ended_at"]


def test_a_window_that_ended_while_nobody_served_is_carried_out_before_anybody_is_answered(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = stage.active(until=2 * HOUR)
    clock(monkeypatch, 30 * DAY)
    with stage.serving() as asking:
        assert version(asking) == "1.0.0"
        assert asking.release(release.id)["state"] == "EXPIRED"


def test_a_clock_that_is_set_back_and_forth_ends_in_the_right_version(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before its window nothing of it is live; in it, it is again; after it, never more."""
    release = stage.active()
    with stage.serving() as asking:
        clock(monkeypatch, -3 * HOUR)
        until(lambda: version(asking) == "1.0.0")
        assert asking.release(release.id)["state"] == "ACTIVE"
        clock(monkeypatch, HOUR)
        until(lambda: version(asking) == "1.1.0")
        clock(monkeypatch, 40 * DAY)
        until(lambda: version(asking) == "1.0.0")
        clock(monkeypatch, HOUR)
        assert asking.release(release.id)["state"] == "EXPIRED"
        assert version(asking) == "1.0.0"
    assert audit.verify(stage.store.reader()) == []


def test_a_candidate_whose_window_passes_lapses(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = stage.approved(until=HOUR)
    clock(monkeypatch, 2 * HOUR)
    with stage.serving() as asking:
        assert asking.release(release.id)["state"] == "LAPSED"
        refused = asking.post("ops", f"/v1/releases/{release.id}/activate")
        assert refused.json()["code"] == "not-allowed"


def test_an_author_takes_a_proposal_back(stage: Stage) -> None:
    release = stage.proposed()
    with stage.serving() as asking:
        path = f"/v1/releases/{release.id}/withdraw"
        assert asking.post("lead", path).json()["state"] == "WITHDRAWN"
        assert asking.post("lead", path).json()["code"] == "not-allowed"


def test_another_release_takes_the_place_of_the_one_that_is_live(edited: Stage) -> None:
    edited.active()
    path = edited.folder / "review_scoring" / "1.1.0.bylaw"
    text = path.read_text(encoding="utf-8").replace("scoring 1.1.0", "scoring 1.2.0")
    path.with_name("1.2.0.bylaw").write_text(text, encoding="utf-8")
    second = edited.active(version="1.2.0")
    assert edited.states() == ["SUPERSEDED", "ACTIVE"]
    assert second.manifest["restore_target"]["version"] == "1.1.0"
    with edited.serving() as asking:
        assert version(asking) == "1.2.0"
        assert asking.signals(escaped_defects=99).json()["act"] == "roll_back"
        assert version(asking) == "1.1.0"


def test_a_version_that_was_rolled_back_is_restored_no_more(edited: Stage) -> None:
    """The target of a release has lost its trust since: what is trusted besides is restored."""
    edited.active()
    path = edited.folder / "review_scoring" / "1.1.0.bylaw"
    text = path.read_text(encoding="utf-8").replace("scoring 1.1.0", "scoring 1.2.0")
    path.with_name("1.2.0.bylaw").write_text(text, encoding="utf-8")
    edited.active(version="1.2.0")
    with closing(sqlite3.connect(edited.path)) as db, db:
        db.execute("UPDATE releases SET state = 'ROLLED_BACK' WHERE number = 1")
    with edited.serving() as asking:
        asking.signals(escaped_defects=99)
        assert version(asking) == "1.0.0"
    notices = [body for _, body in events(edited, "release_notice")]
    assert {"alert"} == {each["weight"] for each in notices[-2:]}
    assert "the restore target is not live: version 1.0.0 is" in [each["text"] for each in notices]


def events(stage: Stage, type: str) -> list[tuple[str, Any]]:
    sql = "SELECT about, body FROM events WHERE type = ? ORDER BY seq"
    rows = stage.store.reader().query(sql, [type])
    return [(row["about"], engine.read_json(row["body"])) for row in rows]


def test_where_nothing_trusted_is_left_the_safe_outcome_is_told(tmp_path: Path) -> None:
    """The first release that a program ever had is rolled back."""
    stage = staged(tmp_path, policies_of_reviews(tmp_path, live=""))
    release = stage.active()
    with stage.serving() as asking:
        assert version(asking) == "1.1.0"
        assert asking.signals(privacy_miss_rate=0.5).json()["act"] == "roll_back"
        gone = decided(asking)
        assert (gone.status_code, gone.json()["code"]) == (503, "no-active-version")
        safe = {"attention": "surface", "by_floor": False, "points": 100, "needed": 0}
        assert gone.json()["safe_outcome"] == safe
        active = asking.get("ops", f"/v1/programs/{PROGRAM}/active")
        assert (active.status_code, active.json()["code"]) == (503, "no-active-version")
        assert asking.release(release.id)["state"] == "ROLLED_BACK"
    with stage.serving() as asking:
        assert decided(asking).json()["safe_outcome"] == safe
    assert stage.live() is None
    assert "review_scoring 1.1.0 was rolled back" in [
        body["text"] for _, body in events(stage, "release_notice")
    ]


def test_the_audit_keeps_what_the_document_asks_for(stage: Stage) -> None:
    release = stage.active()
    with stage.serving() as asking:
        asking.signals()
        asking.signals(override_rate=0.5)
    kept = [(event, detail) for event, detail in stage.audited() if event.startswith("release-")]
    assert [event for event, _ in kept] == [
        "release-propose",
        "release-approve",
        "release-activate",
        "release-observe",
        "release-observe",
    ]
    assert {*kept[2][1]} == KEPT
    assert {*kept[4][1]} == KEPT | {"ended_at"}
    last = kept[4][1]
    assert (last["approver"], last["prior_version"], last["approved_version"]) == (
        "director",
        "1.0.0",
        "1.1.0",
    )
    assert (last["in_force"], last["live_version"]) == ("restored", "1.0.0")
    assert last["manifest_hash"] == release.manifest_hash
    live = [detail["version"] for event, detail in stage.audited() if event == "live"]
    assert live[-2:] == ["1.1.0", "1.0.0"]


def test_what_a_program_takes_does_not_go_live_by_an_operators_word(stage: Stage) -> None:
    where = ["--store", str(stage.path), "--policies", str(stage.folder)]
    for reference in ("review_scoring@1.1.0", "release@1.0.0"):
        told = CliRunner().invoke(main, ["live", reference, *where])
        assert told.exit_code == 2
        assert "by an approved release" in told.stderr
        assert f"`bylaw release propose {reference} --until" in told.stderr
    assert stage.live() == "1.0.0"


def test_there_is_no_way_round_the_gate_by_a_new_store(tmp_path: Path, shared: Path) -> None:
    where = ["--store", str(tmp_path / "new.db"), "--policies", str(shared)]
    told = CliRunner().invoke(main, ["live", "review_scoring@1.1.0", *where])
    assert told.exit_code == 2


def test_what_there_is_not_is_told(stage: Stage) -> None:
    with stage.serving() as asking:
        for id in ("REL-0009", "REL-9", "x", "REL-٩"):
            missing = asking.get("lead", f"/v1/releases/{id}")
            assert (missing.status_code, missing.json()["code"]) == (404, "unknown-release")
        program = asking.get("ops", "/v1/programs/enterprise_revew/active")
        assert (program.status_code, program.json()["nearest"]) == (404, PROGRAM)
        nothing = asking.signals()
        assert (nothing.status_code, nothing.json()["code"]) == (409, "not-allowed")
