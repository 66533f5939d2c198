"""Cessations on a real database: inside the affiliation, told once, never rewritten."""

from __future__ import annotations

from datetime import date

import pytest

from tests.affiliation.harness import Service, assess, declare, facts


@pytest.mark.parametrize(
    ("ceased_on", "rule"), [("2026-07-01", "ceasedOn.future"), ("2026-01-31", "ceasedOn.beforeStart")]
)
async def test_a_cessation_outside_the_affiliation_is_refused(service: Service, ceased_on: str, rule: str) -> None:
    body = await declare(service)
    await assess(service, body["applicationId"])
    service.clock.day = date(2026, 6, 30)
    report = {"dossier": body["dossier"], "ceasedOn": ceased_on, "reason": "cessation"}
    answer = await service.post("/v1/cessations", report)
    assert [issue["type"].rpartition(":")[2] for issue in answer.json()["issues"]] == [rule]
    assert await facts(service) == ["affiliation.affiliation-opened.v1"]


async def test_a_cessation_is_told_once_and_never_rewritten(service: Service) -> None:
    body = await declare(service)
    await assess(service, body["applicationId"])
    service.clock.day = date(2026, 6, 30)
    report = {"dossier": body["dossier"], "ceasedOn": "2026-06-30", "reason": "cessation"}
    assert [(await service.post("/v1/cessations", report)).status_code for _ in range(2)] == [201, 201]
    other = await service.post("/v1/cessations", {**report, "ceasedOn": "2026-06-29"})
    assert other.json()["issues"][0]["type"].endswith(":cessation.already")
    assert (await facts(service)).count("affiliation.affiliation-ceased.v1") == 1
    with pytest.raises(Exception, match="can only end, once"):
        await service.rows("update affiliation set ceased_on = '2026-06-01' returning 1")
    unknown = {**report, "dossier": "01900000-0000-7000-8000-000000000000"}
    assert (await service.post("/v1/cessations", unknown)).status_code == 404
