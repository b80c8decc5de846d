"""`GET /v1/policies/{name}/versions/{version}/guarantees` and `/findings`: what is proved of a
version, over HTTP."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from litestar.testing import TestClient

import engine
from service.entrance import Service
from service.problems import ProblemError
from service.solving import Solving
from tests.served import NEW, policies_in, put, serving

BROKEN = """
guarantee everybody_is_answered
  for answer(ticket) = outcome
  then outcome.action is reply
"""
SAID = NEW.replace("greetings 1.0.0", "greetings 1.1.1") + BROKEN


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Service]]:
    folder = policies_in(tmp_path)
    put(folder, "greetings/1.1.1", SAID)
    with serving(folder) as client:
        yield client


def asked(client: TestClient[Service], what: str, version: str = "1.1.1") -> Any:
    return client.get(f"/v1/policies/greetings/versions/{version}/{what}")


def loaded() -> engine.Program:
    return engine.load(engine.Source("greetings", SAID))


def test_guarantees_are_what_the_verb_proves(client: TestClient[Service]) -> None:
    answer = asked(client, "guarantees")
    assert answer.status_code == 200
    assert answer.json() == engine.prove(loaded()).model_dump(mode="json")
    verdicts = {each["guarantee"]: each["verdict"] for each in answer.json()["guarantees"]}
    assert verdicts["everybody_is_answered"] == "refuted"


def test_findings_are_all_that_check_deep_finds(client: TestClient[Service]) -> None:
    found = asked(client, "findings").json()
    assert (found["policy"], found["version"]) == ("greetings", "1.1.1")
    assert found["hash"] == loaded().content_hash
    (broken,) = (each for each in found["findings"] if each["code"] == "refuted-guarantee")
    assert broken["line"] == SAID[: SAID.index("guarantee everybody")].count("\n") + 1
    assert "`answer` gives" in broken["places"][0]["label"]


def test_the_number_is_judged_by_the_version_before_it(tmp_path: Path) -> None:
    folder = policies_in(tmp_path)
    later = NEW.replace("greetings 1.0.0", "greetings 1.1.1").replace(
        '"lawyer"', '"lawyer", "court"'
    )
    put(folder, "greetings/1.1.1", later)
    put(folder, "greetings/1.2.0", NEW.replace("greetings 1.0.0", "greetings 1.2.0"))
    with serving(folder) as client:
        (found,) = asked(client, "findings", "1.1.1").json()["findings"]
        assert found["code"] == "wrong-version"
        assert "1.1.0" in found["message"]
        assert asked(client, "findings", "1.0.0").json()["findings"] == []


@pytest.mark.parametrize("what", ["guarantees", "findings"])
def test_a_version_that_is_not_there_is_a_problem(client: TestClient[Service], what: str) -> None:
    answer = asked(client, what, "9.9.9")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-version")


def test_who_asks_the_same_at_once_has_it_worked_out_once() -> None:
    asked: list[int] = []
    waits = Event()

    def work() -> str:
        asked.append(1)
        waits.wait(5)
        return "found"

    async def several() -> list[str]:
        solving = Solving()
        both = asyncio.gather(*(solving.once("it", work) for _ in range(3)))
        await asyncio.sleep(0)
        waits.set()
        found = [*await both, await solving.once("it", work)]
        solving.close()
        return found

    assert asyncio.run(several()) == ["found"] * 4
    assert len(asked) == 1


def test_what_failed_is_tried_again() -> None:
    answers: Iterator[Exception | None] = iter([engine.NoSolverError(), None])

    def work() -> str:
        failed = next(answers)
        if failed is not None:
            raise failed
        return "found"

    async def twice() -> str:
        solving = Solving()
        with pytest.raises(ProblemError, match="not installed"):
            await solving.once("it", work)
        found = await solving.once("it", work)
        solving.close()
        return found

    assert asyncio.run(twice()) == "found"


HARD = """bylaw 1

policy hard 1.0.0
  title "Hard"
  owner "Support"

enum Action: ask, reply from strict to loose

record Case
  a: number -100 .. 100
  b: number -100 .. 100
  c: number -100 .. 100
  d: number -100 .. 100

record Outcome
  action: Action

define cubes(case: Case) = case.a * case.a * case.a + case.b * case.b * case.b

define mixed(case: Case) = case.a * case.b * case.c + case.d * case.d * case.d - case.c * case.c

decision answer(case: Case): Outcome
  first
  rule far
    when mixed(case) > cubes(case) + 17.5 and case.a * case.d is 31.4159 and case.b * case.c > 9.5
    then action: reply

  otherwise
    then action: ask

  refused
    then action: ask

guarantee nobody_is_answered
  for answer(case) = outcome
  when mixed(case) * cubes(case) < -12.75 and case.a * case.b * case.c * case.d is 77.123
  then outcome.action is ask
"""


def hard() -> engine.Proofs:
    return engine.prove(engine.load(engine.Source("hard", HARD)))


def test_what_takes_too_long_is_given_up_and_holds_nobody_up() -> None:
    async def asked() -> None:
        solving = Solving(patience=0.3)
        with pytest.raises(ProblemError) as problem:
            await solving.once("hard", hard)
        assert (problem.value.status, problem.value.code) == (503, "too-hard")
        found = await solving.once("said", lambda: engine.prove(loaded()))
        assert found.guarantees[-1].verdict == "refuted"
        solving.close()

    asyncio.run(asked())


def test_a_stop_waits_for_no_proof() -> None:
    async def asked() -> None:
        solving = Solving()
        answer = asyncio.create_task(solving.done(hard))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(solving.close)
        with pytest.raises(ProblemError) as problem:
            await answer
        assert problem.value.code == "stopping"

    asyncio.run(asked())


def test_only_so_many_wait() -> None:
    waits = Event()

    async def asked() -> str:
        solving = Solving()
        waiting = [asyncio.create_task(solving.once(each, waits.wait)) for each in range(16)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(ProblemError) as problem:
            await solving.once("one more", waits.wait)
        waits.set()
        await asyncio.gather(*waiting)
        solving.close()
        assert problem.value.headers == {"Retry-After": "60"}
        return problem.value.code

    assert asyncio.run(asked()) == "too-many-questions"


@pytest.mark.parametrize("what", ["guarantees", "findings"])
def test_there_is_nothing_to_say_in_the_query(client: TestClient[Service], what: str) -> None:
    answer = asked(client, f"{what}?budget=9")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")
