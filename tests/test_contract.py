"""Requests drawn from the service's own description: whatever is asked, the answer is as told."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from service.app import create_app
from service.auth import ROLES, create
from service.operations import OPERATIONS
from service.settings import Settings
from tests.live import ROOT
from tests.served import listening, policies_in

IDS = ["decide_greetings_answer", *(operation.id for operation in OPERATIONS)]
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]
UNSAID: list[Any] = [positive_data_acceptance]
"""Whether facts of some policy are declared, a version is loaded, or a source has no error, no
schema can say."""


@dataclass(frozen=True)
class Described:
    schema: OpenApiSchema
    headers: dict[str, str]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    folder = policies_in(tmp_path_factory.mktemp("contract"))
    with (folder / "live.toml").open("a", encoding="utf-8") as live:
        for name in ("lifecycle", "release", "review_scoring"):
            shutil.copytree(ROOT / "policies" / name, folder / name)
            live.write(f'{name} = "1.0.0"\n')
    settings = Settings(policies=folder, store=folder.parent / "bylaw.db")
    with create_app(settings).state.store.writing() as db:
        headers = {"Authorization": f"Bearer {create(db, 'test', 'all', ROLES).secret}"}
    with listening(settings) as url:
        where = f"{url}/schema/openapi.json"
        yield Described(schemathesis.openapi.from_url(where, headers=headers), headers)


@pytest.mark.parametrize("id", IDS)
def test_whatever_is_asked_is_answered_as_told(described: Described, id: str) -> None:
    operation = described.schema.find_operation_by_id(id)

    @settings(
        max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
    )
    @given(operation.as_strategy())
    def holds(case: Case) -> None:  # type: ignore[type-arg]
        case.call_and_validate(headers=described.headers, excluded_checks=UNSAID)

    holds()
