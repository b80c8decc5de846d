"""The feed: what happened, in order, by pages or as it happens; who comes back misses nothing."""

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from service.api import events
from service.cli import main
from service.desks import feed
from tests.issues import ISSUE, Client, keeping, span
from tests.live import ROOT, Server, started
from tests.releasing import policies_of_reviews, staged

EARLY = "2026-01-31T12:00:00Z"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Client]:
    with keeping(tmp_path) as client:
        yield client


def page(book: Client, **query: Any) -> dict[str, Any]:
    answer = book.http.get("/v1/events", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_pages_give_everything_once_and_in_order(book: Client) -> None:
    assert page(book) == {"events": [], "next": 0, "last": 0}
    book.take(*(span(f"S-{day}", f"2026-01-{day:02d}T12:00:00Z") for day in range(1, 29)))
    book.clock("2026-03-01T00:00:00Z")
    whole = page(book, limit=1000)
    seqs = [each["seq"] for each in whole["events"]]
    assert seqs == sorted(set(seqs))
    assert whole["last"] == seqs[-1] == whole["next"]
    found: list[Any] = []
    after = 0
    while (told := page(book, after=after, limit=7))["events"]:
        found += told["events"]
        after = told["next"]
    assert found == whole["events"]
    assert page(book, after=after) == {"events": [], "next": after, "last": after}


def test_an_issue_s_story_is_what_the_feed_says_of_it(book: Client) -> None:
    book.take(span("S-1", EARLY))
    book.report("ISSUE-2026-0001", "ack", "2026-01-31T12:10:00Z")
    told = page(book)["events"]
    story = book.http.get("/v1/issues/ISSUE-2026-0001/history").json()["history"]
    shown = [{"seq": each["seq"], **each["body"]} for each in told]
    assert [each for each in shown if each["seq"] in {one["seq"] for one in story}] == story
    assert {each["about"] for each in told} == {"ISSUE-2026-0001"}


@pytest.mark.parametrize("query", ["after=-1", "after=last", "limit=0", "limit=1001", "since=3"])
def test_what_is_no_cursor_is_told(book: Client, query: str) -> None:
    answer = book.http.get(f"/v1/events?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")


def test_the_last_event_of_who_comes_back_is_a_number(book: Client) -> None:
    headers = {"Accept": "text/event-stream", "Last-Event-ID": "yesterday"}
    answer = book.http.get("/v1/events", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "Last-Event-ID")


def test_a_stranger_s_key_is_not_enough(tmp_path: Path) -> None:
    with keeping(tmp_path) as book:
        made = book.http.app.state.store
        from service.auth import create

        with made.writing() as db:
            shown = create(db, "test", "ticketing", ["decide"]).secret
        book.http.app.state.access.load(made.reader())
        answer = book.http.get("/v1/events", headers={"Authorization": f"Bearer {shown}"})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with keeping(tmp_path):
        pass
    with started(tmp_path / "policies", "--simulation") as running:
        yield running


def heard(lines: Iterator[str], count: int) -> list[dict[str, Any]]:
    """So many events; each stands under its own id and kind."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        told = dict(each.split(": ", 1) for each in _block(lines) if not each.startswith(":"))
        if "data" in told:
            event = json.loads(told["data"])
            assert (told["id"], told["event"]) == (str(event["seq"]), event["type"])
            found.append(event)
    return found


def _block(lines: Iterator[str]) -> list[str]:
    block = []
    while line := next(lines):
        block.append(line)
    return block


def send(server: Server, *spans: Any) -> None:
    assert httpx.post(f"{server.url}/v1/spans", json=list(spans)).status_code == 200


def listening(server: Server, **headers: str) -> Any:
    asked = {"Accept": "text/event-stream", **headers}
    return httpx.stream("GET", f"{server.url}/v1/events", headers=asked, timeout=30)


def test_who_listens_hears_it_when_it_happens_and_comes_back_to_where_it_was(
    server: Server,
) -> None:
    send(server, span("S-1", "2026-01-01T12:00:00Z"))
    with listening(server) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        first = heard(lines, 1)[0]
        send(server, span("S-2", "2026-01-01T12:00:01Z", subcode="J1.01"))
        while (event := heard(lines, 1)[0])["about"] == first["about"]:
            pass
        assert event["type"] == "issue_opened"
    send(server, span("S-3", "2026-01-01T12:00:02Z", subcode="P1.01"))
    whole = httpx.get(f"{server.url}/v1/events").json()["events"]
    missed = [each for each in whole if each["seq"] > event["seq"]]
    with listening(server, **{"Last-Event-ID": str(event["seq"])}) as stream:
        assert heard(stream.iter_lines(), len(missed)) == missed


def test_a_stream_ends_when_the_service_stops(server: Server) -> None:
    send(server, span("S-1", "2026-01-01T12:00:00Z"))
    with listening(server) as stream:
        lines = stream.iter_lines()
        heard(lines, 1)
        stopping = threading.Thread(target=server.process.terminate)
        stopping.start()
        rest = list(lines)
        stopping.join()
    assert not rest or rest[-1] == ""
    assert server.process.wait(10) == 0


def test_silence_is_broken(book: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_SILENCE", 0.0)
    stream = events.told(book.http.app.state, 0)

    async def first(count: int) -> list[str]:
        return [await anext(stream) for _ in range(count)]

    assert asyncio.run(first(2)) == ["retry: 2000\n\n", ":\n\n"]


def story(folder: Path) -> list[dict[str, Any]]:
    """All that may happen to issues, once at least."""
    button = {"subcode": "E2.02", "entity": "checkout button"}
    with keeping(folder) as book:
        book.take(span("S-1", "2026-02-02T10:00:00Z", **button))
        book.report("ISSUE-2026-0001", "ack", "2026-02-02T16:00:00Z")
        book.report("ISSUE-2026-0001", "start_work", "2026-02-02T16:30:00Z", owner_team="App Team")
        told = {"resolution_code": "NAR", "notes": "Cannot reproduce."}
        book.report("ISSUE-2026-0001", "resolve", "2026-02-03T09:00:00Z", **told)
        book.take(span("S-2", "2026-02-05T10:00:00Z", comparative="CR-W", **button))
        book.take(span("S-3", "2026-02-05T11:00:00Z", subcode="P1.02"))
        book.report("ISSUE-2026-0002", "decline", "2026-02-05T13:00:00Z", reason="DEC-POL")
        book.take(span("S-4", "2026-02-05T14:00:00Z", subcode="P1.02"))
        book.take(span("S-5", "2026-02-05T15:00:00Z", subcode="E2.02", entity="pay button"))
        told = {"reason": "DEC-DUP", "duplicate_of": "ISSUE-2026-0001"}
        book.report("ISSUE-2026-0003", "decline", "2026-02-05T15:30:00Z", **told)
        return list(page(book, limit=1000)["events"])


def released(folder: Path) -> list[dict[str, Any]]:
    """A release that goes live and is rolled back. Its time is the real one."""
    folder.mkdir()
    stage = staged(folder, policies_of_reviews(folder))
    stage.active()
    with stage.serving() as asking:
        assert asking.signals(complaint_rate=0.2).json()["act"] == "roll_back"
    return [{**each, "at": "…"} for each in feed.after(stage.store.reader(), 0, 100)]


def example(event: dict[str, Any]) -> str:
    """As a page shows it."""
    shown = json.dumps(event, indent=2, ensure_ascii=False)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "…", shown)


def test_every_kind_has_an_example_that_is_true(tmp_path: Path) -> None:
    _, *sections = (ROOT / "docs" / "feed.md").read_text(encoding="utf-8").split("\n### ")
    shown = {each.split("`")[1]: each.split("```json\n")[1].split("\n```")[0] for each in sections}
    happened = story(tmp_path) + released(tmp_path / "released")
    assert set(shown) == {each["type"] for each in happened}
    for kind, one in shown.items():
        assert one in [example(each) for each in happened if each["type"] == kind]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which all of it happened."""
    folder = tmp_path_factory.mktemp("played")
    story(folder)
    return folder / "bylaw.db"


def export(store: Path, name: str, *asked: str) -> Path:
    file = store.with_name(name)
    told = CliRunner().invoke(main, ["export", str(file), *asked, "--store", str(store)])
    assert told.exit_code == 0, told.output
    return file


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_events_are_exported_as_the_feed_has_them(played: Path, tmp_path: Path) -> None:
    told = read(export(played, "events.jsonl", "--of", "events"))
    assert [example(each) for each in told] == [example(each) for each in story(tmp_path)]
    table = parquet.read_table(export(played, "events.parquet", "--of", "events")).to_pylist()
    shown = [{**each, "at": moment(each["at"]), "body": json.loads(each["body"])} for each in table]
    assert shown == told
    of_a_time = ["--since", "2026-02-05T11:00:00Z", "--until", "2026-02-05T13:00:00Z"]
    some = read(export(played, "some.jsonl", "--of", "events", *of_a_time))
    assert some == [each for each in told if "2026-02-05T11" <= each["at"] < "2026-02-05T13"]


def test_issues_are_exported_as_they_are_shown(played: Path) -> None:
    told = read(export(played, "issues.jsonl", "--of", "issues"))
    assert [(each["issue_id"], each["state"]) for each in told] == [
        ("ISSUE-2026-0001", "REOPENED"),
        ("ISSUE-2026-0002", "DECLINED"),
        ("ISSUE-2026-0003", "DECLINED"),
    ]
    for each in told:
        jsonschema.validate(each, ISSUE)
    table = parquet.read_table(export(played, "issues.parquet", "--of", "issues")).to_pylist()
    assert [json.loads(each["record"]) for each in table] == told
    for row, record in zip(table, told, strict=True):
        for name in set(row) - {"record"}:
            value = moment(row[name]) if isinstance(row[name], datetime) else row[name]
            assert value == record.get(name), name
    assert table[0]["span_ids"][:2] == ["S-1", "S-2"]


def moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def test_what_is_of_decisions_alone_is_told(played: Path) -> None:
    asked = ["export", "issues.jsonl", "--of", "issues", "--facts", "--store", str(played)]
    told = CliRunner().invoke(main, asked)
    assert (told.exit_code, "`--facts` is for decisions alone" in told.output) == (2, True)
