"""What was acknowledged is on disk: after a kill, by the order of system calls, and with a disk
that is full, read-only or locked."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.crashes import kill_often
from tests.crashes.issues import kill_often as kill_issues_often
from tests.crashes.releases import kill_while_releasing
from tests.live import ROOT, started
from tests.releasing import policies_of_reviews, staged
from tests.served import CLEAR, policies_in, serving
from tests.test_journal import decide, rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return policies_in(tmp_path)


def test_what_was_acknowledged_survives_a_kill(folder: Path) -> None:
    for held in kill_often(folder, range(3)):
        assert held.acknowledged > 20


def test_a_kill_while_releases_go_live_leaves_one_version_live(tmp_path: Path) -> None:
    stage = staged(tmp_path, policies_of_reviews(tmp_path))
    assert sum(kill_while_releasing(stage, seed) for seed in range(3)) > 3


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_the_disk_is_synced_before_each_answer(folder: Path) -> None:
    """A kill cannot show it: what the system has, it writes even then."""
    log = folder.parent / "calls"
    traced = ("strace", "-f", "-qq", "-s", "16", "-o", str(log))
    calls = ("-e", "trace=fsync,fdatasync,sendto,write,writev,sendmsg")
    with started(folder, before=(*traced, *calls)) as server:
        for _ in range(20):
            assert server.decide(CLEAR).status_code == 200
        strace = server.process.pid
        children = Path(f"/proc/{strace}/task/{strace}/children").read_text(encoding="ascii")
        os.kill(int(children), signal.SIGTERM)
        server.process.wait(timeout=30)
    called = log.read_text(encoding="utf-8", errors="replace")
    assert '"{\\"decision_id' not in called, "head and body go out in one write"
    events = _events(called)
    first = events.index("answer")
    answers = "".join({"sync": "s", "answer": "a"}[each] for each in events[first - 1 :])
    assert answers.count("a") == 20
    assert not re.search("aa", answers), "two answers with no sync between them"


def _events(log: str) -> list[str]:
    found = []
    for line in log.splitlines():
        if re.search(r"\b(fsync|fdatasync)\(.*= 0|(fsync|fdatasync) resumed.*= 0", line):
            found.append("sync")
        elif '"HTTP/1.1 200' in line:
            found.append("answer")
    return found


def test_a_full_disk_refuses_and_loses_nothing(folder: Path) -> None:
    """A file that may grow no further is the same to the store."""
    limit = ("prlimit", "--fsize=600000")
    if shutil.which("prlimit") is None:
        pytest.skip("needs prlimit")
    acknowledged, refused = [], 0
    with started(folder, before=limit) as server:
        for _ in range(600):
            response = server.decide({**CLEAR, "message": "open? " * 500})
            if response.status_code == 200:
                acknowledged.append(response.json()["decision_id"])
                continue
            refused += 1
            assert (response.status_code, response.json()["code"]) == (503, "not-recorded")
            assert response.json()["safe_outcome"] == {"action": "ask_a_person", "reply": None}
            if refused == 5:
                break
    assert refused == 5
    assert set(acknowledged) <= {id for (id,) in rows(folder, "SELECT id FROM journal")}
    with serving(folder) as client:  # with room again, it goes on
        assert decide(client).status_code == 200


def test_a_store_that_another_holds_is_waited_for_and_then_refused(folder: Path) -> None:
    with serving(folder) as client:
        with closing(sqlite3.connect(folder.parent / "bylaw.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            response = decide(client)
            other.execute("ROLLBACK")
        assert (response.status_code, response.json()["code"]) == (503, "not-recorded")
        assert decide(client).status_code == 200


def test_a_clock_that_goes_back_changes_no_answer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(folder) as client:
        first = decide(client, {"Idempotency-Key": "a"}).json()
        real = time.time_ns
        monkeypatch.setattr(time, "time_ns", lambda: real() - 3_600_000_000_000)
        records = [decide(client).json() for _ in range(5)]
        assert decide(client, {"Idempotency-Key": "a"}).json() == first
        monkeypatch.undo()
        ids = {each["decision_id"] for each in [first, *records]}
        assert len(ids) == 6
        for id in ids:
            assert client.get(f"/v1/journal/{id}/explanation").status_code == 200
    assert min(each["as_of"] for each in records) < first["as_of"]


def test_a_read_only_disk_is_told_at_the_start(folder: Path) -> None:
    where = str(folder.parent)
    bound = f'mount --bind "{where}" "{where}" && mount -o remount,ro,bind "{where}" && exec "$@"'
    alone = ["unshare", "-m", "sh", "-c", bound, "sh"]
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    serve = [sys.executable, "-c", "from service.cli import main; main()", "serve", "--port", "0"]
    store = ["--policies", str(folder), "--store", str(folder.parent / "bylaw.db")]
    told = subprocess.run(
        [*alone, *serve, *store], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert told.returncode == 2
    assert "cannot be used: read-only file system" in told.stderr


def test_an_issue_book_that_is_killed_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    assert kill_issues_often(tmp_path, range(3), bulks=12) > 0
