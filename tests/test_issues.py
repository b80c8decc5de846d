"""The issue book over HTTP: what comes in twice, late, shuffled or wrong, what people do, and what
time does."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine import Source, load
from service.auth import create
from service.desks.policies import make_live
from service.store.store import StoreError
from tests.generate.feedback import spans
from tests.issues import Client, Wire, contents, keeping, policies_in, span, told_of
from tests.served import put, serving

FIRST = "ISSUE-2026-0001"
SECOND = "ISSUE-2026-0002"
EVENTS = f"/v1/issues/{FIRST}/events"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with keeping(tmp_path) as client:
        yield client


def resolved(client: Client, code: str = "FIX-EQUIPMENT") -> None:
    """An issue of one complaint, about which something was done."""
    client.take(span("A", "2026-01-05T08:00:00Z"))
    client.report(FIRST, "ack", "2026-01-05T08:30:00Z")
    client.report(FIRST, "start_work", "2026-01-05T09:00:00Z", owner_individual="line cook")
    client.report(FIRST, "resolve", "2026-01-05T10:00:00Z", resolution_code=code)


# feedback


def test_what_comes_twice_changes_nothing_and_says_what_it_did_then(client: Client) -> None:
    first = client.take(span("A", "2026-01-05T08:00:00Z"), span("B", "2026-01-05T09:00:00Z"))
    feed, record = client.feed(), client.issue()
    again = client.take(
        span("B", "2026-01-05T09:00:00Z"),
        span("A", "2026-01-09T08:00:00Z", intensity="I1", text="something else"),
    )
    assert again == [{**first[1], "known": True}, {**first[0], "known": True}]
    assert (client.feed(), client.issue()) == (feed, record)


def test_a_span_twice_in_one_bulk_is_one_span(client: Client) -> None:
    later = span("A", "2026-01-05T09:00:00Z")
    one, other = client.take(later, span("A", "2026-01-05T08:00:00Z"))
    assert (one["effect"], one["decisions"]) == (other["effect"], other["decisions"])
    assert client.issue()["created_at"] == "2026-01-05T08:00:00Z"


def test_one_span_may_come_without_a_list(client: Client) -> None:
    reply = client.http.post("/v1/spans", json=span("A", "2026-01-05T08:00:00Z"))
    assert [each["effect"] for each in reply.json()["spans"]] == ["opened"]


def test_an_empty_list_does_nothing(client: Client) -> None:
    assert client.take() == []


def test_a_bulk_is_decided_in_the_order_of_its_instants(tmp_path: Path) -> None:
    bulk = list(spans(5, 300, days=20, subcodes=5))
    stores = []
    for name, made in (("straight", bulk), ("shuffled", Random(5).sample(bulk, len(bulk)))):
        with keeping(tmp_path / name) as client:
            client.take(*made)
            stores.append(contents(client))
    assert stores[0] == stores[1]


def test_bulks_and_single_spans_come_to_the_same(tmp_path: Path) -> None:
    made = list(spans(6, 120, days=20, subcodes=3))
    stores = []
    for name, size in (("whole", 120), ("pieces", 1)):
        with keeping(tmp_path / name) as client:
            for start in range(0, len(made), size):
                client.take(*made[start : start + size])
            stores.append(contents(client, but={"revision"}))
    assert stores[0] == stores[1]


def test_a_span_older_than_what_was_decided_is_late_and_rewrites_nothing(client: Client) -> None:
    client.take(span("A", "2026-01-05T08:00:00Z"))
    client.report(FIRST, "ack", "2026-01-05T08:30:00Z")
    before = client.history()
    (late,) = client.take(span("B", "2026-01-05T08:10:00Z", intensity="I1"))
    assert (late["effect"], late["late"]) == ("attached", True)
    *same, told = client.history()
    assert same == before
    assert (told["timestamp"], told["late"]) == ("2026-01-05T08:30:00Z", True)
    assert client.issue()["span_ids"] == ["A", "B"]


def test_a_late_event_is_taken_as_it_comes(client: Client) -> None:
    client.take(span("A", "2026-01-05T08:00:00Z"))
    told = client.report(FIRST, "ack", "2026-01-04T08:00:00Z")
    assert (told["timestamp"], told["late"]) == ("2026-01-05T08:00:00Z", True)


def test_where_one_span_is_wrong_none_is_taken(client: Client) -> None:
    good, bad = span("A", "2026-01-05T08:00:00Z"), span("B", "soon", intensity="I4")
    told = client.refused(422, "/v1/spans", [good, bad, 7])
    assert [(each["pointer"], each["code"]) for each in told["errors"]] == [
        ("/1/intensity", "not-a-member"),
        ("/1/at", "wrong-form"),
        ("/2", "wrong-type"),
    ]
    assert told["safe_outcome"]["effect"] == "ignored"
    assert client.issues() == []


def test_what_the_policy_does_not_declare_is_reported_back(client: Client) -> None:
    reply = client.http.post("/v1/spans", json=span("A", "2026-01-05T08:00:00Z", locaton="bar"))
    assert reply.json()["ignored"] == [{"pointer": "/locaton", "nearest": "location"}]


@pytest.mark.parametrize("body", ["7", '"text"', "null", "[[]]", "{", "[" * 40 + "]" * 40])
def test_what_is_no_span_is_refused(client: Client, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    reply = client.http.post("/v1/spans", content=body, headers=headers)
    assert reply.status_code in (400, 422), reply.text


def test_a_bulk_has_a_limit(tmp_path: Path) -> None:
    with keeping(tmp_path, most=2) as client:
        many = [span(each, "2026-01-05T08:00:00Z") for each in "ABC"]
        told = client.refused(400, "/v1/spans", many)
        assert told["errors"][0]["expected"] == "at most 2 spans"


# what people do


def test_what_is_not_allowed_is_409_with_what_is(client: Client) -> None:
    client.take(span("A", "2026-01-05T08:00:00Z"))
    body = {"event": "resolve", "actor": "kim", "resolution_code": "FIX"}
    told = client.refused(409, EVENTS, body)
    assert (told["code"], told["state"]) == ("not-allowed", "DETECTED")
    assert told["allowed"] == ["ack", "decline", "assign", "manual"]
    assert client.issue()["state"] == "DETECTED"


@pytest.mark.parametrize(
    ("body", "status", "pointers"),
    [
        ({"event": "ak", "actor": "kim"}, 400, ["/event"]),
        ({"event": "span", "actor": "kim"}, 400, ["/event"]),
        ({"event": "merge", "actor": "kim"}, 400, ["/event"]),
        ({"event": "ack"}, 400, ["/actor"]),
        ({"event": ["ack"], "actor": ""}, 400, ["/event", "/actor"]),
        ({"event": "ack", "actor": "kim", "at": "soon"}, 400, ["/at"]),
        ({"event": "ack", "actor": "kim", "note": "x"}, 400, ["/note"]),
        ({"event": "ack", "actor": "kim", "notes": 7}, 400, ["/notes"]),
        ({"event": "decline", "actor": "kim"}, 422, ["/reason"]),
        ({"event": "decline", "actor": "kim", "reason": "DEC-XX"}, 422, ["/reason"]),
        ({"event": "analyse", "actor": "kim", "causal_codes": ["X"]}, 422, ["/causal_codes/0"]),
    ],
)
def test_an_event_that_cannot_be_read_is_refused(
    client: Client, body: Wire, status: int, pointers: list[str]
) -> None:
    client.take(span("A", "2026-01-05T08:00:00Z"))
    told = client.refused(status, EVENTS, body)
    assert [each["pointer"] for each in told["errors"]] == pointers


def test_of_an_issue_that_is_not_there_nothing_is_told(client: Client) -> None:
    body = {"event": "ack", "actor": "kim"}
    assert client.refused(404, EVENTS, body)["code"] == "unknown-issue"
    for path in (f"/v1/issues/{FIRST}", f"/v1/issues/{FIRST}/history"):
        assert client.http.get(path).json()["code"] == "unknown-issue"


def test_who_was_slower_is_told_so(client: Client) -> None:
    client.take(span("A", "2026-01-05T08:00:00Z"))
    tag = client.http.get(f"/v1/issues/{FIRST}").headers["ETag"]
    seen = client.http.get(f"/v1/issues/{FIRST}", headers={"If-None-Match": tag})
    assert (seen.status_code, seen.content) == (304, b"")
    body = {"event": "ack", "actor": "kim", "at": "2026-01-05T08:30:00Z"}
    reply = client.http.post(EVENTS, json=body, headers={"If-Match": tag})
    assert reply.status_code == 200
    assert reply.headers["ETag"] != tag
    late = {"event": "decline", "actor": "joe", "reason": "DEC-OOS"}
    told = client.refused(412, EVENTS, late, **{"If-Match": tag})
    assert told["code"] == "stale-version"
    assert client.refused(412, EVENTS, late, **{"If-Match": '"nonsense"'})["code"] == told["code"]
    assert client.issue()["state"] == "ACKNOWLEDGED"


def test_a_false_resolution_is_detected_and_told(client: Client) -> None:
    resolved(client, code="NAR")
    (placed,) = client.take(span("B", "2026-01-08T10:00:00Z", comparative="CR-S"))
    assert placed["effect"] == "reopened"
    assert [each["text"] for each in client.notices()] == [
        "NAR is a reason to decline, and stands here as a resolution",
        "FALSE RESOLUTION DETECTED: the original resolution is invalidated",
        "Issue marked NAR but customer reports persistence",
    ]
    record = client.issue()
    assert record["false_resolution_reason"] == "NAR without proper investigation"
    assert "resolved_at" not in record


def test_a_regression_is_escalated_and_wants_its_root_cause(client: Client) -> None:
    resolved(client)
    (placed,) = client.take(span("B", "2026-01-08T10:00:00Z", comparative="CR-W"))
    assert placed["effect"] == "escalated"
    (regression,) = [each for each in client.notices() if each["kind"] == "regression"]
    assert regression["due"] == "2026-01-09T10:00:00Z"
    client.report(FIRST, "analyse", "2026-01-08T12:00:00Z", causal_codes=["CD-O", "MG-P"])
    client.clock("2026-01-10T00:00:00Z")
    record = client.issue()
    assert (record["causal_codes"], record["root_cause_overdue"]) == (["CD-O", "MG-P"], False)


def test_an_issue_is_given_to_somebody(client: Client) -> None:
    client.take(span("A", "2026-01-05T08:00:00Z"))
    assert client.issue()["owner_team"] == "Kitchen Manager"
    client.report(FIRST, "assign", "2026-01-05T08:10:00Z", owner_individual="line cook")
    record = client.issue()
    assert (record["owner_team"], record["owner_individual"]) == ("Kitchen Manager", "line cook")
    assert [each["issue_id"] for each in client.issues(owner_individual="line cook")] == [FIRST]


def test_an_issue_on_the_manual_model_does_not_expire(client: Client) -> None:
    resolved(client)
    client.report(FIRST, "manual", "2026-01-05T11:00:00Z")
    client.clock("2026-12-31T00:00:00Z")
    record = client.issue()
    assert record["state"] == "RESOLVED"
    assert "verification_window_days" not in record


# duplicates


def two_issues(client: Client) -> None:
    client.take(
        span("A", "2026-01-05T08:00:00Z", entity="soup", intensity="I3", comparative="CR-S"),
        span("B", "2026-01-05T09:00:00Z", entity="grill", intensity="I3", specificity="S3"),
        span("C", "2026-01-05T10:00:00Z", entity="grill", intensity="I1", review_id="R-B"),
    )


def test_a_duplicate_is_merged_with_the_issue_that_goes_on(client: Client) -> None:
    two_issues(client)
    client.report(SECOND, "decline", "2026-01-05T11:00:00Z", reason="DEC-DUP", duplicate_of=FIRST)
    kept, duplicate = client.issue(FIRST), client.issue(SECOND)
    assert (duplicate["state"], duplicate["duplicate_of"]) == ("DECLINED", FIRST)
    assert duplicate["span_ids"] == ["B", "C"]
    assert (kept["span_ids"], kept["span_count"]) == (["A", "B", "C"], 3)
    assert (kept["reviews"], kept["intensities"], kept["specificity"]) == (
        2, {"I3": 2, "I1": 1}, "S3",
    )  # fmt: skip
    assert kept["marks"] == {"CR-S": {"2026-01-05": 1}, "CR-N": {"2026-01-05": 2}}
    (placed,) = client.take(span("D", "2026-01-05T12:00:00Z", entity="grill"))
    assert (placed["effect"], placed["issue_id"]) == ("attached", FIRST)
    merged = [each for each in client.feed() if each.get("duplicate") == SECOND]
    assert [each.get("span_ids") for each in merged] == [None, ["B", "C"]]


def test_merged_again_nothing_is_counted_twice(client: Client) -> None:
    two_issues(client)
    payload = {"reason": "DEC-DUP", "duplicate_of": FIRST}
    client.report(SECOND, "decline", "2026-01-05T11:00:00Z", **payload)
    client.report(SECOND, "reopen", "2026-01-05T12:00:00Z")
    assert "duplicate_of" not in client.issue(SECOND)
    client.report(SECOND, "ack", "2026-01-05T13:00:00Z")
    client.report(SECOND, "decline", "2026-01-05T14:00:00Z", **payload)
    assert client.issue(FIRST)["span_count"] == 3


@pytest.mark.parametrize("other", ["ISSUE-2026-0009", SECOND])
def test_a_duplicate_needs_another_issue(client: Client, other: str) -> None:
    two_issues(client)
    body = {"event": "decline", "actor": "kim", "reason": "DEC-DUP", "duplicate_of": other}
    told = client.refused(409, f"/v1/issues/{SECOND}/events", body)
    assert told["code"] == "not-mergeable"
    assert client.issue(SECOND)["state"] == "DETECTED"


def test_a_closed_issue_takes_no_duplicates(client: Client) -> None:
    two_issues(client)
    client.report(FIRST, "decline", "2026-01-05T11:00:00Z", reason="DEC-OOS")
    body = {"event": "decline", "actor": "kim", "reason": "DEC-DUP", "duplicate_of": FIRST}
    told = client.refused(409, f"/v1/issues/{SECOND}/events", body)
    assert told["detail"].endswith("`merge` is not allowed in DECLINED")


# time


def test_one_big_step_of_the_clock_equals_many_small_ones(tmp_path: Path) -> None:
    made = list(spans(8, 200, days=10, subcodes=8))
    days = [f"2026-{month:02d}-{day:02d}T07:30:00Z" for month in (2, 3, 4) for day in range(1, 29)]
    stores = []
    for name, looks in (("big", days[-1:]), ("small", days)):
        with keeping(tmp_path / name) as client:
            client.take(*made)
            for at in looks:
                client.clock(at)
            stores.append(contents(client, but={"revision"}))
    assert stores[0] == stores[1]


def test_a_deadline_happens_once_at_its_own_instant(client: Client) -> None:
    client.take(span("A", "2026-01-05T08:00:00Z"))
    assert client.clock("2026-01-05T11:59:59Z") == {"tta_target_passed": 1}
    assert client.clock("2026-01-05T12:00:00Z") == {"tta_maximum_passed": 1}
    assert client.clock("2026-01-05T12:00:00Z") == {}
    assert client.clock("2026-01-01T00:00:00Z") == {}
    assert told_of(client.history()) == [
        "2026-01-05T08:00:00Z opened by A",
        "2026-01-05T09:00:00Z tta_target_passed by clock: DETECTED",
        "2026-01-05T12:00:00Z tta_maximum_passed by clock: DETECTED",
    ]


def test_scores_fade_by_the_day_as_long_as_somebody_may_work_on_it(client: Client) -> None:
    client.take(span("A", "2026-01-05T00:00:00Z"))
    client.clock("2026-02-04T00:00:00Z")
    (record,) = client.issues()
    assert (record["state"], record["open"]) == ("STALE", False)
    assert record["priority_score"] == pytest.approx(4.0 * 2 ** (-29 / 30))
    assert client.clock("2026-03-01T00:00:00Z") == {}


def test_what_stands_with_an_issue_says_what_time_will_do(client: Client) -> None:
    client.take(span("A", "2026-01-05T08:00:00Z"))
    assert [(each["name"], each["at"]) for each in client.issue()["deadlines"]] == [
        ("tta_target_passed", "2026-01-05T09:00:00Z"),
        ("tta_maximum_passed", "2026-01-05T12:00:00Z"),
        ("ttr_target_passed", "2026-01-06T08:00:00Z"),
        ("neglected", "2026-02-04T08:00:00Z"),
    ]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/clock", {"at": "2150-01-01T00:00:00Z"}),
        ("/v1/spans", [span("A", "2150-01-01T00:00:00Z")]),
        (EVENTS, {"event": "ack", "actor": "kim", "at": "2150-01-01T00:00:00Z"}),
    ],
)
def test_only_a_simulation_takes_a_time_that_is_still_to_come(
    tmp_path: Path, path: str, body: Any
) -> None:
    with keeping(tmp_path, simulation=False) as client:
        assert client.refused(409, path, body)["code"] == "ahead-of-time"


@pytest.mark.parametrize("body", [{}, {"at": 7}, {"at": "soon"}, {"at": "2026-01-01", "to": 1}])
def test_the_clock_wants_an_instant(client: Client, body: Wire) -> None:
    assert client.refused(400, "/v1/clock", body)["code"] == "malformed-request"


@pytest.mark.parametrize("made", [True, False])
def test_a_store_stays_of_its_kind(tmp_path: Path, made: bool) -> None:
    with keeping(tmp_path, simulation=made):
        pass
    with (
        pytest.raises(StoreError, match="simulation"),
        keeping(tmp_path, simulation=not made),
    ):
        pass
    with keeping(tmp_path, simulation=made) as client:
        assert client.issues() == []


# looking


def test_issues_are_found_and_paged(client: Client) -> None:
    client.take(*spans(9, 400, days=10, subcodes=12))
    every = client.issues()
    assert [each["priority_score"] for each in every] == sorted(
        (each["priority_score"] for each in every), reverse=True
    )
    assert client.issues(limit=7) == every
    assert client.issues(order="created_at", limit=3) == sorted(
        every, key=lambda each: (each["created_at"], each["issue_id"])
    )
    assert client.issues(domain="O") == [each for each in every if each["domain"] == "O"]
    assert client.issues(open="false") == [each for each in every if not each["open"]]
    assert client.issues(subcode="O1.01", state="DETECTED", entity="the night shift") == [
        each
        for each in every
        if (each["primary_subcode"], each["state"], each.get("entity"))
        == ("O1.01", "DETECTED", "the night shift")
    ]


@pytest.mark.parametrize(
    "query", ["order=age", "open=maybe", "limit=0", "limit=x", "page=x", "page=1,", "colour=red"]
)
def test_a_query_that_nobody_understands_is_refused(client: Client, query: str) -> None:
    reply = client.http.get(f"/v1/issues?{query}")
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == f"?{query.partition('=')[0]}"


def test_a_history_is_paged(client: Client) -> None:
    client.take(*(span(f"S{n}", f"2026-01-05T08:0{n}:00Z") for n in range(5)))
    first = client.http.get(f"/v1/issues/{FIRST}/history?limit=3").json()
    rest = client.http.get(f"/v1/issues/{FIRST}/history?limit=3&after={first['next']}").json()
    assert first["history"] + rest["history"] == client.history()
    assert rest["next"] is None


def test_every_decision_of_the_book_can_be_asked_for_its_reasons(client: Client) -> None:
    placed = client.take(*spans(10, 150, days=60, subcodes=2))
    client.clock("2026-03-10T00:00:00Z")
    ids = [id for each in placed for id in each["decisions"].values()]
    ids += [each["decision_id"] for each in client.feed() if "decision_id" in each]
    for id in dict.fromkeys(ids):
        reply = client.http.get(f"/v1/journal/{id}/explanation")
        assert reply.status_code == 200, reply.text


@pytest.mark.parametrize("mode", ["hashed", "off"])
def test_how_decisions_are_kept_changes_nothing_of_what_they_are(tmp_path: Path, mode: str) -> None:
    made = list(spans(11, 100, days=10, subcodes=2))
    stores = []
    for each in ("sealed", mode):
        with keeping(tmp_path / each, journal=each) as client:
            client.take(*made)
            stores.append(contents(client))
            rows = client.http.app.state.store.reader().table("journal").count
            assert (rows > 0) == (each != "off")
    assert stores[0] == stores[1]


def test_no_text_of_a_customer_stands_open_in_the_store(tmp_path: Path) -> None:
    with keeping(tmp_path) as client:
        client.take(span("A", "2026-01-05T08:00:00Z", text="Mr Zyxomma was stone cold"))
    files = list(tmp_path.glob("bylaw.db*"))
    assert files
    assert not any(b"Zyxomma" in each.read_bytes() for each in files)


def test_a_service_that_is_started_again_goes_on_where_it_was(tmp_path: Path) -> None:
    made = list(spans(12, 300, days=20, subcodes=4))
    with keeping(tmp_path / "one") as client:
        client.take(*made)
        whole = contents(client, but={"revision"})
    for start in range(0, len(made), 60):
        with keeping(tmp_path / "several") as client:
            client.take(*made[start : start + 60])
            parts = contents(client, but={"revision"})
    assert whole == parts


def test_a_new_version_goes_on_with_the_issues_of_the_one_before(tmp_path: Path) -> None:
    with keeping(tmp_path) as client:
        client.take(span("A", "2026-01-05T08:00:00Z"))
    folder = policies_in(tmp_path)
    text = (folder / "lifecycle" / "1.0.0.bylaw").read_text(encoding="utf-8")
    newer = text.replace("policy lifecycle 1.0.0", "policy lifecycle 1.1.0")
    newer = newer.replace('"Operations Director"', '"Head of Kitchen"')
    put(folder, "lifecycle/1.1.0", newer)
    with keeping(tmp_path) as client, client.http.app.state.store.writing() as db:
        make_live(db, "test", load(Source("lifecycle@1.1.0", newer)))
    with keeping(tmp_path) as client:
        client.clock("2026-01-05T12:00:00Z")
        assert [each.get("to") for each in client.notices()] == [None, "Head of Kitchen"]
        assert [each["policy"] for each in client.history()] == [
            "lifecycle@1.0.0", "lifecycle@1.1.0", "lifecycle@1.1.0",
        ]  # fmt: skip


def test_without_a_policy_that_governs_issues_there_is_no_book(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    with serving(tmp_path / "policies", simulation=True) as http:
        told = Client(http).refused(503, "/v1/spans", [span("A", "2026-01-05T08:00:00Z")])
        assert told["code"] == "no-active-version"
        assert Client(http).issues() == []


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("report", "POST", "/v1/spans"),
        ("report", "POST", EVENTS),
        ("decide", "POST", "/v1/clock"),
        ("author", "GET", "/v1/issues"),
    ],
)
def test_who_has_not_the_role_may_not(tmp_path: Path, role: str, method: str, path: str) -> None:
    with keeping(tmp_path) as client, client.http.app.state.store.writing() as db:
        key = create(db, "test", role, [role]).secret
    with keeping(tmp_path, key) as client:
        reply = client.http.request(method, path, json={})
        assert (reply.status_code, reply.json()["code"]) == (403, "forbidden")


def test_a_bulk_costs_few_statements(client: Client) -> None:
    """Counted in the store itself, when what is asked for is in memory; a commit is one, too."""
    made = list(spans(13, 1500, days=20, subcodes=20))
    client.take(*made[:1000])
    counted = _Counted(client)
    with counted:
        client.take(*made[1000:])
    assert counted.statements / 500 < 2.5
    with counted:
        client.take(span("X", made[-1]["at"]))
    assert counted.statements < 25


class _Counted:
    """Statements of the connection that writes."""

    def __init__(self, client: Client) -> None:
        self._connection: sqlite3.Connection = client.http.app.state.writer._db.conn
        self.statements = 0

    def __enter__(self) -> None:
        self.statements = 0
        self._connection.set_trace_callback(self._count)

    def __exit__(self, *_: object) -> None:
        self._connection.set_trace_callback(None)

    def _count(self, _: str) -> None:
        self.statements += 1
