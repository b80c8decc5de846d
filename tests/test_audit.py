"""The audit chain: whatever somebody does to a store, `bylaw audit verify` says which entry."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.auth import create
from service.cli import main
from service.store.store import Store
from tests.served import policies_in, serving


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A chain of four entries: what is live, and three keys."""
    folder = policies_in(tmp_path)
    with serving(folder):
        pass
    path = tmp_path / "bylaw.db"
    for name in ("a", "b", "c"):
        bylaw(path, "keys", "create", name, "--role", "decide")
    return path


def bylaw(store: Path, *words: str, code: int = 0) -> str:
    result = CliRunner().invoke(
        main, [*words, "--store", str(store)], catch_exceptions=False, prog_name="bylaw"
    )
    assert result.exit_code == code, result.output
    return result.stdout or result.stderr


def tamper(store: Path, *statements: str) -> None:
    with closing(sqlite3.connect(store)) as db, db:
        for each in statements:
            db.execute(each)


def test_what_was_done_is_listed_with_who_did_it(store: Path) -> None:
    told = bylaw(store, "audit")
    assert "live, by live.toml" in told
    assert "key-created, by " in told
    assert "name b, roles [" in told
    whole = [json.loads(line) for line in bylaw(store, "audit", "--json").splitlines()]
    assert [each["seq"] for each in whole] == [1, 2, 3, 4]
    assert bylaw(store, "audit", "--json", "--after", "3").splitlines() == [json.dumps(whole[3])]


def test_a_chain_that_nobody_touched_is_whole(store: Path) -> None:
    assert bylaw(store, "audit", "verify") == "the chain of 4 entries is whole\n"


@pytest.mark.parametrize(
    "change",
    [
        """UPDATE audit SET detail = replace(detail, '"b"', '"z"') WHERE seq = 3""",
        "UPDATE audit SET detail = 'b' WHERE seq = 3",
        "UPDATE audit SET actor = 'nobody' WHERE seq = 3",
        "UPDATE audit SET at = at + 1 WHERE seq = 3",
        "UPDATE audit SET event = 'key-revoked' WHERE seq = 3",
        "UPDATE audit SET before = (SELECT before FROM audit WHERE seq = 2) WHERE seq = 3",
    ],
)
def test_a_changed_entry_is_found(store: Path, change: str) -> None:
    tamper(store, change)
    assert bylaw(store, "audit", "verify", code=1) == "entry 3: it was changed\n"


def test_a_dropped_entry_is_found(store: Path) -> None:
    tamper(store, "DELETE FROM audit WHERE seq = 2")
    assert bylaw(store, "audit", "verify", code=1) == "entry 2: it is missing\n"


def test_a_dropped_entry_whose_place_was_closed_up_is_found(store: Path) -> None:
    tamper(
        store,
        "DELETE FROM audit WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 4",
    )
    assert bylaw(store, "audit", "verify", code=1) == (
        "entry 2: what stands there was written as entry 3\n"
        "entry 3: what stands there was written as entry 4\n"
    )


def test_entries_in_another_order_are_found(store: Path) -> None:
    tamper(
        store,
        "UPDATE audit SET seq = 9 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 9",
    )
    assert bylaw(store, "audit", "verify", code=1) == (
        "entry 2: what stands there was written as entry 3\n"
        "entry 3: what stands there was written as entry 2\n"
    )


def test_a_cut_end_is_found_by_a_head_that_was_kept(store: Path, tmp_path: Path) -> None:
    head = tmp_path / "head.json"
    head.write_text(bylaw(store, "audit", "checkpoint"), encoding="utf-8")
    kept = ("--checkpoint", str(head))
    bylaw(store, "keys", "create", "d", "--role", "decide")
    assert bylaw(store, "audit", "verify", *kept) == (
        "the chain of 5 entries is whole, and goes on from the one signed as entry 4\n"
    )
    tamper(store, "DELETE FROM audit WHERE seq > 2")
    assert bylaw(store, "audit", "verify") == "the chain of 2 entries is whole\n"
    told = bylaw(store, "audit", "verify", *kept, code=1)
    assert told == "entries 3 to 4: it was cut off\n"


def test_a_chain_that_was_written_anew_is_found_by_a_head_that_was_kept(
    store: Path, tmp_path: Path
) -> None:
    """Whoever can write into the store can make a chain that is whole, but cannot sign it."""
    head = tmp_path / "head.json"
    head.write_text(bylaw(store, "audit", "checkpoint"), encoding="utf-8")
    tamper(store, "DELETE FROM audit WHERE seq > 2")
    with Store(store).create().writing() as db:
        for name in ("x", "c"):
            create(db, "somebody", name, ["decide"])
    assert bylaw(store, "audit", "verify") == "the chain of 4 entries is whole\n"
    assert bylaw(store, "audit", "verify", "--checkpoint", str(head), code=1) == (
        "entry 4: it is not the one that was signed: it or one before it is new\n"
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seq": 1}, "it is not what was signed"),
        ({"signature": "00"}, "it is not what was signed"),
        ({"key": "00" * 32}, "another store signed it"),
        ({"more": 1}, "it is no checkpoint"),
    ],
)
def test_a_head_that_this_store_did_not_sign_is_refused(
    store: Path, tmp_path: Path, change: dict[str, object], why: str
) -> None:
    signed = json.loads(bylaw(store, "audit", "checkpoint"))
    head = tmp_path / "head.json"
    head.write_text(json.dumps({**signed, **change}), encoding="utf-8")
    told = bylaw(store, "audit", "verify", "--checkpoint", str(head), code=2)
    assert f"cannot be taken: {why}" in told


def test_an_auditor_reads_it_over_http(store: Path) -> None:
    with Store(store).create().writing() as db:
        key = create(db, "test", "auditor", ["audit"]).secret
        other = create(db, "test", "other", ["operate"]).secret
    with serving(store.parent / "policies", key) as client:
        first = client.get("/v1/audit", params={"limit": 4}).json()
        assert [each["seq"] for each in first["entries"]] == [1, 2, 3, 4]
        rest = client.get("/v1/audit", params={"after": first["next"]}).json()
        assert ([each["seq"] for each in rest["entries"]], rest["next"]) == ([5, 6], None)
        assert client.get("/v1/audit/verify").json()["whole"] is True
        signed = client.get("/v1/audit/checkpoint").json()
        assert (signed["seq"], signed["hash"]) == (6, rest["entries"][-1]["hash"])
        wrong = client.get("/v1/audit", params={"limit": "many"})
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "?limit")
        tamper(store, "UPDATE audit SET actor = 'nobody' WHERE seq = 3")
        told = client.get("/v1/audit/verify").json()
        assert (told["whole"], told["broken"]) == (False, [{"seq": 3, "why": "it was changed"}])
    with serving(store.parent / "policies", other) as client:
        for path in ("/v1/audit", "/v1/audit/verify", "/v1/audit/checkpoint"):
            assert client.get(path).status_code == 403
