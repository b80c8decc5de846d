"""A month's report: it equals what is counted by hand, and says what it left out."""

import csv
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from litestar.testing import TestClient

from engine import Library, Program, load
from service.cli import main
from service.desks.reports import sla
from service.desks.sheet import as_csv
from service.entrance import Service
from service.store.store import Store
from tests.booked import DAY, HOUR, OPEN, Life, dashboard, fill, instant, lives, written
from tests.releasing import Stage, policies_of_reviews, staged
from tests.served import policies_in, serving

POLICIES = Path(__file__).parents[1] / "policies"
SEEN = Path(__file__).parent / "reports"
Golden = Callable[[Path, str, str], None]
WINDOW = {"O": 30, "J": 30, "P": 60, "E": 60, "R": 90, "V": 90, "A": 60}
RATES = (
    "tta_compliance", "ttr_compliance", "resolution_rate", "recurrence_rate", "verification_rate",
)  # fmt: skip
A_MONTH_BEFORE = {
    "2026-01-20T12:00:00": "2025-12-20T12:00:00",
    "2026-02-15T00:00:00": "2026-01-15T00:00:00",
    "2026-03-31T00:00:00": "2026-03-01T00:00:00",
    "2026-08-01T00:00:00": "2026-07-01T00:00:00",
}


@pytest.fixture(scope="module")
def policy() -> Program:
    return load(Library(POLICIES).source("lifecycle@1.0.0"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "bylaw.db").create()
    yield made
    made.close()


def by_hand(made: list[Life], month: str, as_of: int) -> dict[str, tuple[int, int]]:
    """Section 6 as a person counts it, from our reading L21 and not from the policy: of each figure
    how many, of how many."""
    first = datetime.fromisoformat(f"{month}-01").replace(tzinfo=UTC)
    following = (first + timedelta(days=31)).replace(day=1)
    settled = instant(following.date().isoformat()) + 14 * DAY
    count: Counter[str] = Counter()
    for life in made:
        if life.created_at > as_of:
            continue
        past = [("DETECTED", life.created_at)] + [(to, at) for at, to in life.moves if at <= as_of]
        state = past[-1][0]
        count["open_issues"] += state in OPEN
        count["open_issues of"] += 1
        if written(life.created_at)[:7] != month:
            continue
        reached = {"tta": "ACKNOWLEDGED", "ttr": "RESOLVED"}
        for name, missed in (("tta", life.tta_missed_at), ("ttr", life.ttr_missed_at)):
            late = missed is not None and missed <= as_of
            came = reached[name] in [to for to, _ in past]
            count[f"{name}_compliance"] += came and not late
            count[f"{name}_compliance of"] += came or late
        then = [to for to, at in past if at <= settled][-1]
        if as_of >= settled and then not in ("DETECTED", "ACKNOWLEDGED", "DECLINED"):
            count["resolution_rate"] += then in ("RESOLVED", "VERIFIED")
            count["resolution_rate of"] += 1
        resolved = [at for to, at in past if to == "RESOLVED"]
        for at in resolved:
            window = 10**6 if life.manual else WINDOW[life.domain]
            undone = [when for to, when in past if to == "REOPENED" and when >= at]
            again = [when for when in resolved if when > at]
            over = undone and (not again or undone[0] < again[0])
            count["recurrence_rate"] += bool(over and undone[0] <= at + window * DAY)
            count["recurrence_rate of"] += 1
        if resolved:
            ended = not life.manual and resolved[-1] + WINDOW[life.domain] * DAY <= as_of
            count["verification_rate"] += state == "VERIFIED"
            count["verification_rate of"] += state == "VERIFIED" or ended
    names = (*RATES, "open_issues")
    return {name: (count[name], count[f"{name} of"]) for name in names}


def counted(section: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {name: (each["yes"], each["of"]) for name, each in section["figures"].items()}


def share(yes: int, of: int) -> float | None:
    return yes / of if of else None


@pytest.mark.parametrize("as_of", A_MONTH_BEFORE)
def test_a_report_is_what_is_counted_by_hand(store: Store, policy: Program, as_of: str) -> None:
    made = list(lives(7, 1_500, instant("2025-11-01"), instant("2026-03-01")))
    fill(store.connect(), made)
    at = instant(as_of)
    report = sla(store.reader(), policy, instant("2026-01-17"), at)
    earlier = A_MONTH_BEFORE[as_of]
    assert report["before"] == {"month": "2025-12", "as_of": written(instant(earlier))}
    for section in report["sections"]:
        of = [each for each in made if section["domain"] in ("all", each.domain)]
        now, then = by_hand(of, "2026-01", at), by_hand(of, "2025-12", instant(earlier))
        assert counted(section) == now
        for name in RATES:
            figure = section["figures"][name]
            value, value_before = share(*now[name]), share(*then[name])
            assert figure["value"] == pytest.approx(value)
            if value is None or value_before is None:
                assert figure["change"] is None
            else:
                assert figure["change"] == pytest.approx(value - value_before, abs=1e-8)
        changed = now["open_issues"][0] - then["open_issues"][0]
        assert section["figures"]["open_issues"]["change"] == changed


def test_what_is_counted_and_what_is_left_out_is_all_that_was_detected(
    store: Store, policy: Program
) -> None:
    fill(store.connect(), lives(8, 800, instant("2025-11-01"), instant("2026-03-01")))
    for as_of in A_MONTH_BEFORE:
        report = sla(store.reader(), policy, instant("2026-01-01"), instant(as_of))
        whole, *domains = report["sections"]
        assert whole["detected"] == sum(each["detected"] for each in domains) > 0
        for section in report["sections"]:
            for name in set(RATES) - {"recurrence_rate"}:
                figure = section["figures"][name]
                assert figure["of"] + sum(figure["left_out"].values()) == section["detected"]


def test_each_figure_says_why_it_leaves_out(store: Store, policy: Program) -> None:
    """Seven issues of January, on the day when it is settled."""
    day = instant("2026-01-10")
    worked = ((day + HOUR, "ACKNOWLEDGED"), (day + 2 * HOUR, "IN_PROGRESS"))
    resolved = (*worked, (day + 3 * HOUR, "RESOLVED"))
    late = day + 33 * DAY
    made = [
        Life("O", day),
        Life("O", day, worked[:1]),
        Life("O", day, (*worked[:1], (day + 2 * HOUR, "DECLINED"))),
        Life("O", day, resolved),
        Life("O", day, (*resolved, (late, "REOPENED"))),
        Life("R", day, resolved),
        Life("O", day, resolved, manual=True),
    ]
    fill(store.connect(), made)
    whole = sla(store.reader(), policy, day, instant("2026-02-15"))["sections"][0]
    assert {name: each["left_out"] for name, each in whole["figures"].items()} == {
        "tta_compliance": {"neither acknowledged nor late": 1},
        "ttr_compliance": {"neither resolved nor late": 3},
        "resolution_rate": {"declined": 1, "not yet in the pipeline": 2},
        "recurrence_rate": {"reopened after the verification window": 1},
        "verification_rate": {
            "its verification window has not ended": 1,
            "never resolved": 3,
            "on the manual model, without a window": 1,
        },
        "open_issues": {"DECLINED": 1},
    }


def lifecycle_in(folder: Path) -> Path:
    """A folder of this policy alone."""
    shutil.copytree(POLICIES / "lifecycle", folder / "policies" / "lifecycle")
    return folder / "policies"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Service]]:
    folder = tmp_path_factory.mktemp("served")
    with serving(lifecycle_in(folder)) as client:
        fill(
            Store(folder / "bylaw.db").connect(),
            lives(9, 200, instant("2023-11-01"), instant("2024-03-01")),
        )
        yield client


ASKED = "/v1/reports/sla?month=2024-01&as_of=2024-03-01T00:00:00Z"


def test_it_is_json_and_a_sheet_says_the_same(served: TestClient[Service]) -> None:
    told = served.get(ASKED)
    assert told.status_code == 200
    report = told.json()
    sheet = served.get(ASKED, headers={"Accept": "text/csv, application/json;q=0.5"})
    assert sheet.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert sheet.headers["Content-Disposition"] == 'attachment; filename="sla-2024-01.csv"'
    rows = list(csv.DictReader(io.StringIO(sheet.text)))
    assert len(rows) == 8 * 6
    figures = [
        (section["domain"], name, figure)
        for section in report["sections"]
        for name, figure in section["figures"].items()
    ]
    for row, (domain, name, figure) in zip(rows, figures, strict=True):
        assert (row["domain"], row["figure"]) == (domain, name)
        assert row["value"] == ("" if figure["value"] is None else str(figure["value"]))
        assert int(row["of"]) == figure["of"]
        assert int(row["left_out"]) == sum(figure["left_out"].values())


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("", "?month"),
        ("month=January", "?month"),
        ("month=2026-13", "?month"),
        ("month=2026-01&as_of=later", "?as_of"),
        ("month=2026-01&as_of=2999-01-01", "?as_of"),
        ("month=2026-01&mounth=2026-02", "?mounth"),
        ("month=2026-01&month=2026-02", "?month"),
    ],
)
def test_what_is_no_month_and_no_instant_is_told(
    served: TestClient[Service], query: str, pointer: str
) -> None:
    told = served.get(f"/v1/reports/sla?{query}")
    assert told.status_code == 400
    assert [each["pointer"] for each in told.json()["errors"]] == [pointer]


def test_without_a_policy_nobody_says_what_counts(tmp_path: Path) -> None:
    with serving(policies_in(tmp_path)) as client:
        told = client.get("/v1/reports/sla?month=2026-01")
        assert (told.status_code, told.json()["code"]) == (503, "no-active-version")


DASHBOARD = {
    "tta_compliance": ("94.2", "+2.1"),
    "ttr_compliance": ("87.5", "-1.3"),
    "resolution_rate": ("91.3", "+3.2"),
    "recurrence_rate": ("7.8", "-1.2"),
    "verification_rate": ("68.4", "+5.1"),
}
"""6.5 as it is printed, typed by hand."""
BY_DOMAIN = {
    "O": "89.2", "P": "95.1", "J": "82.4", "E": "91.0", "A": "88.7", "V": "86.3", "R": "93.2",
}  # fmt: skip


def test_the_dashboard_of_the_document(store: Store, policy: Program) -> None:
    fill(store.connect(), dashboard())
    report = sla(store.reader(), policy, instant("2026-01-01"), instant("2026-06-01"))
    whole, *domains = report["sections"]
    figures = whole["figures"]
    assert {
        name: (f"{figures[name]['value']:.1%}"[:-1], f"{figures[name]['change'] * 100:+.1f}")
        for name in RATES
    } == DASHBOARD
    assert (figures["open_issues"]["value"], figures["open_issues"]["change"]) == (23, -8)
    assert figures["resolution_rate"]["level"] == "good"
    assert figures["recurrence_rate"]["level"] == "acceptable"
    assert figures["recurrence_rate"]["action"] == "Monitor closely"
    assert {
        each["domain"]: f"{each['figures']['ttr_compliance']['value']:.1%}"[:-1] for each in domains
    } == BY_DOMAIN


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a service that has ended."""
    folder = tmp_path_factory.mktemp("book")
    path = folder / "bylaw.db"
    with serving(lifecycle_in(folder), simulation=True):
        fill(Store(path).connect(), dashboard(), instant("2026-06-02"))
    return path


def test_it_is_worth_looking_at(book: Path, golden: Golden) -> None:
    assert "looked at on 2026-06-02 by" in seen(book)
    golden(SEEN / "settled", seen(book, "--as-of", "2026-06-01"), "txt")
    golden(SEEN / "nothing-there", seen(book, "--as-of", "2024-02-01"), "txt")
    with closing(Store(book).connect().conn) as db:
        db.execute("UPDATE issues SET due = ? WHERE number = 1", [instant("2026-01-31T18:00:00")])
    golden(SEEN / "too-early", seen(book, "--as-of", "2026-02-01T09:30:00Z"), "txt")


def seen(book: Path, *asked: str) -> str:
    words = ["report", "sla", "--month", "2026-01", "--store", str(book), *asked]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0
    return result.output


def test_a_command_gives_what_the_service_gives(book: Path) -> None:
    as_of = ("--as-of", "2026-06-01")
    report = json.loads(seen(book, *as_of, "--format", "json"))
    assert seen(book, *as_of, "--format", "csv") == as_csv(report).replace("\r\n", "\n")
    assert report["sections"][0]["figures"]["open_issues"]["value"] == 23


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--month", "January"], "`January` is no month"),
        (["--month", "2026-01", "--as-of", "soon"], "`soon` is no instant"),
        (["--month", "2026-01", "--as-of", "2999-01-01"], "`2999-01-01` has not come"),
    ],
)
def test_what_cannot_be_reported_is_said(book: Path, asked: list[str], said: str) -> None:
    result = CliRunner().invoke(main, ["report", "sla", *asked, "--store", str(book)])
    assert (result.exit_code, said in result.output) == (2, True)


def test_the_evaluation_of_a_release(tmp_path: Path) -> None:
    """What the signals say before and after, and how soon the end was carried out."""
    stage = staged(tmp_path, policies_of_reviews(tmp_path))
    stage.active()
    with stage.serving() as asking:
        assert asking.signals(override_rate=0.02, escaped_defects=2).status_code == 200
        live, *_ = evaluated(stage)
        said = [live[each] for each in ("bound_as_approved", "ended", "can_be_restored")]
        assert said == [True, False, True]
        assert live["fewer_overrides"] == pytest.approx(0.03)
        assert (live["before"]["override_rate"], live["after"]["override_rate"]) == (0.05, 0.02)
        assert asking.signals(complaint_rate=0.2, escaped_defects=9).status_code == 200
    ended, *_ = evaluated(stage)
    assert (ended["state"], ended["ended"]) == ("ROLLED_BACK", True)
    assert "bound_as_approved" not in ended
    assert ended["fewer_complaints"] == pytest.approx(-0.18)
    assert {"end_delay", "to_inspection", "to_approval"} <= set(ended)
    seen = CliRunner().invoke(main, ["report", "release", "REL-0001", "--store", str(stage.path)])
    assert seen.output.splitlines()[:4] == [
        "REL-0001: review_scoring 1.1.0 in enterprise_review, ROLLED_BACK",
        "  escaped defects         9; before unknown",
        "  overrides               4.0 %, fewer; before 5.0 %",
        "  complaint callbacks     20.0 %, more; before 2.0 %",
    ]
    none = CliRunner().invoke(main, ["report", "release", "REL-0002", "--store", str(stage.path)])
    assert (none.exit_code, "there is no release `REL-0002`" in none.output) == (2, True)


def evaluated(stage: Stage) -> list[dict[str, Any]]:
    asked = ["report", "release", "--format", "json", "--store", str(stage.path)]
    made: list[dict[str, Any]] = json.loads(CliRunner().invoke(main, asked).output)
    return made
