"""Requests to contribute more or less, on real servers: who decides, what changes, what is never given back.

Main occupation in 2026, first band; the income of 2023 is 30,000.00, revalued 30,000.00 x 676.50 / 630.85 = 32,170.88
(32,170.8806): x 20.50 % / 4 = 1,648.76 (1,648.7576), fee 4.25 % = 70.07 (70.0723), together 1,718.83 a quarter.
20,000.00: 1,025.00 + 43.56 = 1,068.56. 40,000.00: 2,050.00 + 87.13 = 2,137.13.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client, WorkflowHandle

from services.billing.app import APP
from services.billing.reductions.procedure import ContributionRequestInput, RequestDecided
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.database.connections import Database
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.connecting import create_worker, start_workflow
from tests.billing.harness import Service, open_service
from tests.billing.world import World
from tests.histories.decoding import record_if_asked
from tests.support.servers import Databases

LEGAL, OF_20000, OF_40000 = 1718_83, 1068_56, 2137_13
ASKED_ON = date(2026, 2, 9)


@pytest.fixture(scope="module")
async def service(
    databases: Databases, parameters: Parameters, fund: Fund, temporal_client: Client
) -> AsyncIterator[Service]:
    """The service on a fresh database."""
    made = databases.of("billing", purpose=f"billing_{uuid.uuid4().hex[:6]}")
    database = await Database.open(made.url, application_name="test-billing", max_size=8)
    opened = open_service(World(database=database, parameters=parameters, fund=fund), temporal=temporal_client)
    opened.clock.day = ASKED_ON
    yield opened
    await opened.http.aclose()
    await database.close()
    databases.drop(made.name)


@pytest.fixture(scope="module")
async def queue(service: Service, temporal_client: Client) -> AsyncIterator[str]:
    """Run the service's worker on a task queue of its own."""
    name = f"billing-{uuid.uuid4().hex[:8]}"
    async with create_worker(temporal_client, task_queue=name, definition=APP.worker(service.context)):
        yield name


async def begin(client: Client, queue: str, request_id: str) -> WorkflowHandle[Any, Any]:
    """Start the procedure as the relay would, on the day of the request."""
    return await start_workflow(
        client,
        workflow="ContributionReduction",
        workflow_id=f"{queue}:contribution-request:{request_id}",
        task_queue=queue,
        argument=ContributionRequestInput(request_id=UUID(request_id)),
        shift=timedelta(seconds=round((business_moment(ASKED_ON) - datetime.now(UTC)).total_seconds())),
    )


async def ask(service: Service, dossier: UUID, **changes: Any) -> Any:
    """Ask for a reduction to 20,000.00 with evidence, or something else."""
    body = {
        "dossier": str(dossier),
        "year": 2026,
        "kind": "reduction",
        "estimateCents": 20_000_00,
        "evidence": ["vatReturns"],
        **changes,
    }
    return await service.post("/v1/contributionRequests", body, role="affiliationAgent")


async def decide(service: Service, request_id: str, outcome: str, reason: str) -> Any:
    """Decide as a person does."""
    path = f"/v1/contributionRequests/{request_id}/decision"
    return await service.post(path, {"outcome": outcome, "reason": reason}, role="affiliationAgent")


async def charged(service: Service, dossier: UUID, quarter: str) -> int:
    """What stands charged for a quarter, fee included."""
    items = (await service.open_of(dossier))["items"]
    return sum(
        one["chargedCents"] for one in items if one["quarter"] == quarter and one["kind"] in ("principal", "fee")
    )


async def task_of(service: Service, request_id: str) -> dict[str, Any]:
    """Wait for the task of a request."""
    async with asyncio.timeout(30):
        while True:
            rows = await service.world.rows(
                "select resolution, details from task where kind = 'contributionRequest' and reference = %s", request_id
            )
            if rows:
                return rows[0]
            await asyncio.sleep(0.05)


async def test_a_person_grants_a_reduction_and_the_quarters_follow(
    service: Service, temporal_client: Client, queue: str
) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    service.people.languages[str(dossier)] = "nl"
    await service.world.bill("2026Q1")
    assert await charged(service, dossier, "2026Q1") == LEGAL
    asked = (await ask(service, dossier)).json()
    assert asked["findings"] == {
        "legalCents": 4 * LEGAL,
        "currentCents": 4 * LEGAL,
        "askedCents": 4 * OF_20000,
        "minimumIncomeCents": 17_374_08,
        "problems": [],
    }
    assert asked["estimateQuarters"] == 4
    handle = await begin(temporal_client, queue, asked["requestId"])
    assert (await task_of(service, asked["requestId"]))["details"]["problems"] == []
    assert await charged(service, dossier, "2026Q1") == LEGAL
    assert (await decide(service, asked["requestId"], "granted", "objectiveEvidence")).status_code == 202
    await handle.signal("decided", RequestDecided(request_id=UUID(asked["requestId"])))
    assert (await handle.result())["outcome"] == "granted"
    await record_if_asked(temporal_client, handle, name="billing/ContributionReduction-granted")
    assert await charged(service, dossier, "2026Q1") == OF_20000
    assert (await task_of(service, asked["requestId"]))["resolution"] == "granted"
    assert (await decide(service, asked["requestId"], "refused", "evidenceInsufficient")).status_code == 409
    await service.world.bill("2026Q2")
    assert await charged(service, dossier, "2026Q2") == OF_20000
    facts = await service.world.facts(dossier)
    assert facts.count("billing.contribution-request-decided.v1") == 1
    (letter,) = await service.world.rows("select language, name from document where dossier = %s", dossier)
    assert (letter["language"], letter["name"].startswith("requests/2026/")) == ("nl", True)
    (proof,) = (await service.post("/v1/letterDeliveries/query", {"dossier": str(dossier)})).json()["items"]
    assert (proof["kind"], proof["channel"], proof["outcome"]) == (
        "contributionRequestDecision", "post", "accepted",
    )  # fmt: skip


async def test_a_person_refuses_what_the_law_does_not_allow(
    service: Service, temporal_client: Client, queue: str
) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    await service.world.bill("2026Q1")
    # The least income of 2026 in main occupation is 17,374.08: a cent less is refused, that amount is not.
    allowed = (await ask(service, dossier, estimateCents=17_374_08)).json()
    assert allowed["findings"]["problems"] == []
    asked = (await ask(service, dossier, estimateCents=17_374_07, evidence=[])).json()
    assert asked["findings"]["problems"] == ["evidenceMissing", "belowMinimum"]
    handle = await begin(temporal_client, queue, asked["requestId"])
    await task_of(service, asked["requestId"])
    granted = await decide(service, asked["requestId"], "granted", "objectiveEvidence")
    assert (granted.status_code, granted.json()["issues"][0]["name"]) == (400, "outcome")
    assert (await decide(service, asked["requestId"], "refused", "becauseISay")).status_code == 400
    assert (await decide(service, asked["requestId"], "refused", "belowMinimum")).status_code == 202
    await handle.signal("decided", RequestDecided(request_id=UUID(asked["requestId"])))
    assert (await handle.result())["outcome"] == "refused"
    await record_if_asked(temporal_client, handle, name="billing/ContributionReduction-refused")
    assert await charged(service, dossier, "2026Q1") == LEGAL
    assert await service.world.one("select count(*) from contribution_change where dossier = %s", dossier) == 0


async def test_an_increase_needs_nobody_unless_a_debt_is_overdue(
    service: Service, temporal_client: Client, queue: str
) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    await service.world.bill("2026Q1")
    asked = (await ask(service, dossier, kind="increase", estimateCents=40_000_00, evidence=[])).json()
    handle = await begin(temporal_client, queue, asked["requestId"])
    assert (await handle.result())["outcome"] == "granted"
    await record_if_asked(temporal_client, handle, name="billing/ContributionReduction-increase")
    assert await charged(service, dossier, "2026Q1") == OF_40000
    shown = (await service.get(f"/v1/contributionRequests/{dossier}")).json()["items"]
    assert [(one["outcome"], one["reason"], one["decidedBy"]) for one in shown] == [("granted", "withinLaw", "billing")]
    service.clock.day = date(2026, 4, 2)
    late = (await ask(service, dossier, kind="increase", estimateCents=50_000_00)).json()
    service.clock.day = ASKED_ON
    assert late["findings"]["problems"] == ["debtOverdue"]


async def test_surcharges_go_down_with_a_granted_reduction(
    service: Service, temporal_client: Client, queue: str
) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    await service.world.bill("2026Q1")
    await service.world.close("2026Q1")
    # 3 % of 1,648.76 = 49.46 (49.4628); after the reduction 3 % of 1,025.00 = 30.75 (RGS art. 44 par. 5)
    assert (await service.world.open_items(dossier))["2026Q1", "surcharge"] == 49_46
    asked = (await ask(service, dossier)).json()
    await decide(service, asked["requestId"], "granted", "objectiveEvidence")
    handle = await begin(temporal_client, queue, asked["requestId"])
    await handle.result()
    assert (await service.world.open_items(dossier))["2026Q1", "surcharge"] == 30_75
    shown = (await service.get(f"/v1/explanations/{dossier}?quarter=2026Q1&language=en")).json()["quarters"][0]
    assert sum(one["amountCents"] for one in shown["amounts"]) == shown["chargedCents"]
    kinds = {one["kind"] for one in shown["amounts"]}
    assert kinds == {"provisional", "reduction", "quarterlySurcharge", "surchargeCorrection"}


async def test_who_may_not_and_what_cannot_be_asked(service: Service) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    body = {"dossier": str(dossier), "year": 2026, "kind": "reduction", "estimateCents": 1}
    assert (await service.post("/v1/contributionRequests", body, role="auditor")).status_code == 403
    assert (await ask(service, dossier, year=2021)).status_code == 400
    assert (await ask(service, UUID(int=7))).status_code == 404
    unknown = await service.world.affiliate(starts_on=date(2019, 1, 1))
    refused = await ask(service, unknown)
    assert (refused.status_code, refused.json()["issues"][0]["name"]) == (400, "year")
    assert refused.json()["issues"][0]["type"].endswith(":notComputable")
    without_law = (await ask(service, dossier, year=2030)).json()
    assert without_law["issues"][0]["type"].endswith(":notComputable")
