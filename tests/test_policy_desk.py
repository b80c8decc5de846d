"""Which policies are loaded and live while the service runs: saved files, uploads, an operator's
word, and a candidate in shadow."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from litestar.testing import TestClient

import engine
from service.cli import main
from service.entrance import Service
from service.log import Log
from tests.served import CLEAR, NEW, policies_in, put, serving
from tests.test_journal import until

CASE = {**CLEAR, "message": "When does the zebra house open?"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return policies_in(tmp_path)


def version(number: str, text: str = NEW) -> str:
    return text.replace("greetings 1.0.0", f"greetings {number}")


def stricter(number: str) -> str:
    """A version in which a person is asked about the zebra house."""
    before = 'trigger legal mentions "lawyer"'
    assert before in NEW, NEW
    return version(number, NEW.replace(before, f'{before}, "zebra house"'))


def states(client: TestClient[Service]) -> dict[str, str]:
    told = client.get("/v1/policies/greetings").json()
    return {each["version"]: each["state"] for each in told["versions"]}


def asked(client: TestClient[Service]) -> Any:
    return client.post("/v1/decisions/greetings", json={"input": CASE}).json()


def operate(folder: Path, *arguments: str, code: int = 0) -> str:
    where = ["--store", str(folder.parent / "bylaw.db"), "--policies", str(folder)]
    result = CliRunner().invoke(main, [*arguments, *where], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def audited(folder: Path) -> list[tuple[str, str, Any]]:
    with closing(sqlite3.connect(folder.parent / "bylaw.db")) as db, db:
        rows = db.execute("SELECT actor, event, detail FROM audit ORDER BY seq").fetchall()
    return [(actor, event, json.loads(detail)) for actor, event, detail in rows]


def test_a_fresh_store_takes_what_the_folder_says_is_live_once(folder: Path) -> None:
    with serving(folder) as client:
        assert states(client) == {"1.0.0": "live", "1.1.0": "candidate"}
    (folder / "live.toml").write_text('greetings = "1.1.0"\n', encoding="utf-8")
    with serving(folder) as client:
        assert states(client) == {"1.0.0": "live", "1.1.0": "candidate"}
    ((actor, event, detail),) = audited(folder)
    assert (actor, event, detail["version"]) == ("live.toml", "live", "1.0.0")


def test_a_file_that_is_saved_is_a_candidate_at_once(folder: Path) -> None:
    with serving(folder) as client:
        put(folder, "greetings/1.2.0", version("1.2.0"))
        until(lambda: states(client).get("1.2.0") == "candidate")
        (folder / "greetings" / "1.2.0.bylaw").unlink()
        until(lambda: "1.2.0" not in states(client))


def test_a_file_with_errors_displaces_nothing_and_is_told(folder: Path) -> None:
    with serving(folder) as client:
        put(folder, "greetings/1.2.0", version("1.2.0").replace("enum Action", "enmu Action"))
        until(lambda: client.get("/v1/policies/greetings").json()["not_loaded"])
        (told,) = client.get("/v1/policies/greetings").json()["not_loaded"]
        assert told["version"] == "1.2.0"
        assert told["findings"][0]["severity"] == "error"
        assert asked(client)["policy"]["version"] == "1.0.0"
        put(folder, "greetings/1.2.0", version("1.2.0"))
        until(lambda: states(client).get("1.2.0") == "candidate")
        until(lambda: client.get("/v1/policies/greetings").json()["not_loaded"] == [])
        put(folder, "greetings/1.2.0", "bylaw")
        until(lambda: client.get("/v1/policies/greetings").json()["not_loaded"])
        assert states(client)["1.2.0"] == "candidate"
        metrics = client.get("/metrics").text
    assert 'bylaw_policy_loads_total{result="refused"}' in metrics


def test_a_live_version_that_is_changed_goes_on_as_it_was(folder: Path) -> None:
    with serving(folder) as client:
        before = asked(client)["policy"]
        put(folder, "greetings/1.0.0", stricter("1.0.0"))
        until(lambda: client.get("/v1/policies/greetings").json()["not_loaded"])
        (told,) = client.get("/v1/policies/greetings").json()["not_loaded"]
        assert "was released, and its file says something else since" in told["message"]
        assert asked(client)["policy"] == before
    with serving(folder) as client:
        assert asked(client)["policy"] == before
    put(folder, "greetings/1.0.0", "# only a comment is new\n" + NEW)
    with serving(folder) as client:
        assert client.get("/v1/policies/greetings").json()["not_loaded"] == []


def test_a_candidate_may_be_changed_until_it_is_live(folder: Path) -> None:
    with serving(folder) as client:
        path = "/v1/decisions/greetings?version=1.1.0"
        first = client.post(path, json={"input": CASE}).json()
        put(folder, "greetings/1.1.0", stricter("1.1.0"))
        until(lambda: client.post(path, json={"input": CASE}).json()["policy"] != first["policy"])
        # what decided is kept by its hash, and can still be explained
        told = client.get(f"/v1/journal/{first['decision_id']}/explanation")
        assert told.status_code == 200, told.text


def test_a_folder_that_is_gone_takes_nothing_away(folder: Path) -> None:
    with serving(folder) as client:
        before = asked(client)["policy"]
        folder.rename(folder.parent / "elsewhere")
        until(lambda: asked(client)["policy"] == before)
        (folder.parent / "elsewhere").rename(folder)
        put(folder, "greetings/1.3.0", version("1.3.0"))
        until(lambda: states(client).get("1.3.0") == "candidate")
    shutil.rmtree(folder)
    folder.mkdir()
    with serving(folder) as client:
        assert asked(client)["policy"] == before


def test_an_operator_makes_a_candidate_live_while_the_service_runs(folder: Path) -> None:
    put(folder, "greetings/2.0.0", stricter("2.0.0"))
    with serving(folder) as client:
        assert asked(client)["outcome"]["action"] == "reply"
        said = operate(folder, "live", "greetings@2.0.0")
        assert said == "greetings 2.0.0 is live instead of 1.0.0\n"
        until(lambda: asked(client)["policy"]["version"] == "2.0.0")
        assert asked(client)["outcome"]["action"] == "ask_a_person"
        for _ in range(2):  # what is live already is no event
            assert operate(folder, "live", "greetings@1.0.0").startswith("greetings 1.0.0 is live")
        until(lambda: asked(client)["policy"]["version"] == "1.0.0")
    assert operate(folder, "live").startswith("  greetings  1.0.0, by ")
    assert [(event, detail["version"]) for _, event, detail in audited(folder)] == [
        ("live", "1.0.0"),
        ("live", "2.0.0"),
        ("live", "1.0.0"),
    ]


def test_what_has_errors_is_not_made_live(folder: Path) -> None:
    put(folder, "greetings/2.0.0", version("2.0.0").replace("enum Action", "enmu Action"))
    with serving(folder) as client:
        operate(folder, "live", "greetings@2.0.0", code=1)
        operate(folder, "live", "greetings", code=2)
        operate(folder, "live", "greetings@7.0.0", code=2)
        assert asked(client)["policy"]["version"] == "1.0.0"
    assert len(audited(folder)) == 1


def test_a_candidate_that_is_uploaded_stays(folder: Path) -> None:
    text = stricter("3.0.0")
    path = "/v1/policies/greetings/versions"
    with serving(folder) as client:
        made = client.post(path, json={"source": text})
        assert made.status_code == 201, made.text
        assert made.headers["Location"] == f"{path}/3.0.0"
        assert (made.json()["version"], made.json()["state"]) == ("3.0.0", "candidate")
        assert client.post(path, json={"source": text}).status_code == 200
        clash = client.post(path, json={"source": version("3.0.0")})
        assert (clash.status_code, clash.json()["code"]) == (409, "version-exists")
        clash = client.post(path, json={"source": stricter("1.0.0")})
        assert clash.status_code == 409
    with serving(folder) as client:
        assert states(client)["3.0.0"] == "candidate"
        assert client.get(f"{path}/3.0.0").json()["source"] == text
        operate(folder, "live", "greetings@3.0.0")
        until(lambda: asked(client)["policy"]["version"] == "3.0.0")
    assert [event for _, event, _ in audited(folder)] == ["live", "candidate", "live"]


@pytest.mark.parametrize(
    ("source", "status", "code"),
    [
        (NEW.replace("enum Action", "enmu Action"), 422, "policy-has-errors"),
        (NEW.replace("policy greetings", "policy others"), 422, "another-policy"),
        ("", 422, "policy-has-errors"),
        (7, 400, "malformed-request"),
    ],
)
def test_what_cannot_be_a_candidate_is_told_why(
    folder: Path, source: Any, status: int, code: str
) -> None:
    with serving(folder) as client:
        told = client.post("/v1/policies/greetings/versions", json={"source": source})
    assert (told.status_code, told.json()["code"]) == (status, code)
    if code == "policy-has-errors":
        finding = told.json()["findings"][0]
        assert set(finding) == {"code", "severity", "message", "help", "line", "column", "places"}


def test_a_candidate_in_shadow_is_counted_and_what_differs_is_listed(folder: Path) -> None:
    put(folder, "greetings/2.0.0", stricter("2.0.0"))
    path = "/v1/policies/greetings/versions/2.0.0/shadow"
    lawyer = {**CLEAR, "message": "My lawyer will call"}
    with serving(folder) as client:
        asked(client)
        assert operate(folder, "shadow") == "nothing decides in shadow\n"
        said = operate(folder, "shadow", "greetings@1.0.0", code=2)
        assert "greetings 1.0.0 is live, and would be compared with itself" in said
        said = operate(folder, "shadow", "greetings@2.0.0")
        assert said == "greetings 2.0.0 decides in shadow, 100% of the cases\n"
        until(lambda: asked(client) and client.get(path).json()["differed"])
        client.post("/v1/decisions/greetings", json={"input": lawyer})
        until(lambda: client.get(path).json()["agreed"] == 1)
        told = client.get(path).json()
        difference = told["differences"][0]
        assert difference["live"]["outcome"]["action"] == "reply"
        assert difference["candidate"]["outcome"]["action"] == "ask_a_person"
        assert client.get(f"/v1/journal/{difference['decision_id']}").status_code == 200
        assert asked(client)["policy"]["version"] == "1.0.0"
        told = operate(folder, "shadow")
        assert re.fullmatch(
            r"  greetings  2\.0\.0, 100% of the cases: 1 agreed, \d+ differed, 0 dropped\n", told
        )
        operate(folder, "shadow", "greetings", "--stop")
    assert "nothing decides in shadow" in operate(folder, "shadow", "greetings", "--stop", code=2)
    with serving(folder) as client:
        assert client.get(path).json()["agreed"] == 1
    events = [event for _, event, _ in audited(folder)]
    assert events == ["live", "shadow", "shadow-ended"]


def test_a_hundred_versions_made_live_under_load_lose_nothing(folder: Path) -> None:
    """Every decision is by a version that was live, and is on disk."""
    from concurrent.futures import ThreadPoolExecutor

    from service.desks import policies
    from service.store.store import Store

    programs = [
        engine.load(engine.Source("made", version(f"5.0.{number}"))) for number in range(100)
    ]
    done = False
    with serving(folder) as client, ThreadPoolExecutor(3) as pool:

        def load(_: int) -> list[Any]:
            made = []
            while not done:
                made.append(asked(client))
            return made

        running = [pool.submit(load, number) for number in range(3)]
        store = Store(folder.parent / "bylaw.db")
        for program in programs:
            with store.writing() as db:
                policies.make_live(db, "test", program)
        until(lambda: asked(client)["policy"]["version"] == "5.0.99")
        done = True
        answers = [answer for each in running for answer in each.result()]
    valid = {("1.0.0", engine.load(engine.Source("made", NEW)).content_hash)}
    valid |= {(each.version, each.content_hash) for each in programs}
    assert {(each["policy"]["version"], each["policy"]["hash"]) for each in answers} <= valid
    with closing(sqlite3.connect(folder.parent / "bylaw.db")) as store_file, store_file:
        kept = {id for (id,) in store_file.execute("SELECT id FROM journal")}
    assert {each["decision_id"] for each in answers} <= kept


@pytest.mark.parametrize("name", ["größe", "日本語"])
def test_a_policy_may_have_a_name_of_any_script(folder: Path, name: str) -> None:
    source = NEW.replace("greetings 1.0.0", f"{name} 1.0.0")
    with serving(folder) as client:
        uploaded = client.post(f"/v1/policies/{name}/versions", json={"source": source})
        assert uploaded.status_code == 201
        there = client.get(uploaded.headers["Location"])
        assert there.json()["name"] == name
        asked = client.post(f"/v1/decisions/{name}?version=1.0.0", json={"input": CLEAR})
        assert (asked.status_code, asked.json()["policy"]["name"]) == (200, name)


def test_a_policy_of_no_decision_stops_no_reload(folder: Path) -> None:
    put(
        folder,
        "hollow/1.0.0",
        'bylaw 1\n\npolicy hollow 1.0.0\n  title "Hollow"\n  owner "Nobody"\n',
    )
    with serving(folder) as client:
        operate(folder, "live", "hollow@1.0.0")
        until(lambda: "hollow" in client.get("/health/ready").json()["active"])
        operate(folder, "live", "greetings@1.1.0")
        until(lambda: asked(client)["policy"]["version"] == "1.1.0")


@pytest.mark.parametrize("name", ["live.toml", "released.toml"])
def test_a_broken_list_stops_no_key_from_being_revoked(folder: Path, name: str) -> None:
    secret = operate_keys(folder, "create", "tester", "--role", "decide").split()[0]
    with serving(folder, secret) as client:
        assert asked(client)["policy"]["version"] == "1.0.0"
        (folder / name).write_text("no toml = = =", encoding="utf-8")
        operate_keys(folder, "revoke", secret.split("_")[1])
        path = "/v1/decisions/greetings"
        until(lambda: client.post(path, json={"input": CASE}).status_code == 401)


def operate_keys(folder: Path, *arguments: str) -> str:
    where = ["--store", str(folder.parent / "bylaw.db")]
    return CliRunner().invoke(main, ["keys", *arguments, *where], catch_exceptions=False).stdout


def test_a_candidate_that_cannot_decide_in_shadow_stops_no_other(folder: Path) -> None:
    """It has no decision of this name."""
    put(folder, "greetings/2.0.0", version("2.0.0", NEW.replace("answer(", "reply_to(")))
    path = "/v1/policies/greetings/versions/{}/shadow"
    with serving(folder) as client:
        operate(folder, "shadow", "greetings@2.0.0")
        until(lambda: asked(client) and client.get(path.format("2.0.0")).json()["differed"])
        operate(folder, "shadow", "greetings@1.1.0")
        until(lambda: asked(client) and client.get(path.format("1.1.0")).json()["agreed"])


def test_without_a_file_of_what_is_live_the_newest_is_and_it_says_so(folder: Path) -> None:
    (folder / "live.toml").unlink()
    with serving(folder) as client:
        assert states(client) == {"1.0.0": "candidate", "1.1.0": "live"}
    ((actor, event, detail),) = audited(folder)
    assert (actor, event, detail["version"]) == (
        "the first start, as the newest, for there was no live.toml",
        "live",
        "1.1.0",
    )


def test_what_takes_effect_is_logged(folder: Path) -> None:
    def logged(event: str) -> list[Any]:
        lines = map(json.loads, log.getvalue().splitlines())
        return [each for each in lines if each["event"] == event]

    log = BytesIO()
    put(folder, "greetings/2.0.0", stricter("2.0.0"))
    with serving(folder, log=Log(log, plain=False)) as client:
        assert [each["policy"] for each in logged("live")] == ["greetings@1.0.0"]
        operate(folder, "shadow", "greetings@2.0.0")
        until(lambda: [each["policy"] for each in logged("shadow")] == ["greetings@2.0.0"])
        operate(folder, "shadow", "greetings", "--stop")
        until(lambda: logged("shadow-ended"))
        operate(folder, "live", "greetings@2.0.0")
        until(lambda: [each["policy"] for each in logged("live")][1:] == ["greetings@2.0.0"])
        assert logged("live")[1]["by"].endswith("at the command line")
        store = ["--store", str(folder.parent / "bylaw.db")]
        made = CliRunner().invoke(main, ["keys", "create", "a", "--role", "operate", *store])
        secret = made.stdout.split()[0]
        until(lambda: [each["name"] for each in logged("key-created")] == ["a"])
        assert secret.split("_", 2)[2].encode() not in log.getvalue()
        client.headers["Authorization"] = f"Bearer {secret}"
        assert 'bylaw_policy_loads_total{result="loaded"} 3.0' in client.get("/metrics").text
        CliRunner().invoke(main, ["keys", "revoke", secret.split("_")[1], *store])
        until(lambda: [each["name"] for each in logged("key-revoked")] == ["a"])


def test_a_file_whose_name_is_no_version_is_told_with_the_cure(folder: Path) -> None:
    for place in ("greetings/v1.3.0", "greetings/draft", "farewells", "greetings/old/1.0.0"):
        put(folder, place, NEW)
    with serving(folder) as client:
        told = {
            f"{policy['name']}@{each['version']}": each["help"]
            for policy in client.get("/v1/policies").json()["policies"]
            for each in policy["not_loaded"]
        }
        assert set(client.get("/health/ready").json()["not_loaded"]) == set(told)
    assert told == {
        "greetings@v1.3.0": "a version is three numbers, as in `greetings/1.3.0.bylaw`",
        "greetings@draft": "a version is three numbers, as in `greetings/1.0.0.bylaw`",
        "farewells@farewells": "a version is three numbers, as in `farewells/1.0.0.bylaw`",
        "greetings@old/1.0.0": "a version is three numbers, as in `greetings/1.0.0.bylaw`",
    }


def test_candidates_that_wait_are_bounded_and_can_be_taken_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.desks.policies._MOST_UPLOADED", 2)
    path = "/v1/policies/greetings/versions"
    with serving(folder) as client:
        answers = [client.post(path, json={"source": version(f"4.0.{each}")}) for each in range(3)]
        assert [each.status_code for each in answers] == [201, 201, 409]
        assert answers[-1].json()["code"] == "too-many-candidates"
        assert "`bylaw withdraw greetings@" in answers[-1].json()["detail"]
        operate(folder, "shadow", "greetings@4.0.0")
        assert "decides in shadow" in withdrawn(folder, "greetings@4.0.0", code=2)
        assert "no candidate" in withdrawn(folder, "greetings@1.1.0", code=2)
        said = withdrawn(folder, "greetings@4.0.1")
        assert said == "greetings 4.0.1 is no candidate any more\n"
        until(lambda: "4.0.1" not in states(client))
        assert client.post(path, json={"source": version("4.0.2")}).status_code == 201
        operate(folder, "live", "greetings@4.0.2")
        assert "was live" in withdrawn(folder, "greetings@4.0.2", code=2)
    assert "withdrawn" in [event for _, event, _ in audited(folder)]


def withdrawn(folder: Path, reference: str, code: int = 0) -> str:
    where = ["--store", str(folder.parent / "bylaw.db")]
    result = CliRunner().invoke(main, ["withdraw", reference, *where], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output
