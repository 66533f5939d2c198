"""Companies from affiliation to the increase of a month: through the store, the API and the procedures."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel
from temporalio.client import Client
from uuid6 import uuid7

from services.billing.app import APP
from services.billing.companies import service as companies
from services.billing.company_contributions.procedure import (
    CompanyIncreaseInput,
    CompanyIncreaseProgress,
    CompanyRunInput,
    CompanyRunProgress,
)
from services.billing.company_contributions.service import increases as company_increases
from services.billing.company_contributions.service.increases import Increased
from shared.contracts.affiliation_v1 import CompanyAffiliated
from shared.contracts.billing_v1 import DebtOverdue
from shared.contracts.vocabulary import Language
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.database.connections import Database
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.connecting import create_worker, start_workflow
from shared.platform.temporal.schedules import ScheduledRun
from tests.billing.coda_writer import Line, StatementText, coda
from tests.billing.harness import Service, open_service
from tests.billing.world import World
from tests.histories.decoding import record_if_asked
from tests.support.servers import Databases

BILLED_ON = date(2026, 9, 12)
LARGE, SMALL = 1_022_38, 409_30


@pytest.fixture
async def service(
    databases: Databases, parameters: Parameters, fund: Fund, temporal_client: Client
) -> AsyncIterator[Service]:
    """The service on a fresh database, for one test alone."""
    made = databases.of("billing", purpose=f"companies_{uuid.uuid4().hex[:6]}")
    database = await Database.open(made.url, application_name="test-billing", max_size=8)
    opened = open_service(World(database=database, parameters=parameters, fund=fund), temporal=temporal_client)
    opened.clock.day = BILLED_ON
    yield opened
    await opened.http.aclose()
    await database.close()
    databases.drop(made.name)


@pytest.fixture
async def queue(service: Service, temporal_client: Client) -> AsyncIterator[str]:
    """Run the service's worker on a task queue of its own."""
    name = f"billing-{uuid.uuid4().hex[:8]}"
    async with create_worker(temporal_client, task_queue=name, definition=APP.worker(service.context)):
        yield name


async def _company(service: Service, *, founded_on: date = date(2012, 9, 3), balance: str | None = "879163.44") -> UUID:
    world, dossier = service.world, UUID(int=uuid7().int)
    number = world.next_file
    world.next_file += 1
    fact = CompanyAffiliated(
        dossier=dossier,
        occurred_on=date(2026, 1, 2),
        file_number=number,
        founded_on=founded_on,
        language=Language.DUTCH,
    )
    for _ in range(2):
        async with world.database.transaction() as connection:
            await companies.open_company(connection, fact=fact, parameters=world.parameters)
    if balance is not None:
        content = f"file_number;financial_year_end;balance_total;known_on\n{number};2024-12-31;{balance};2025-08-01\n"
        answer = await service.upload("/v1/balanceTotals/imports", content.encode(), media_type="text/csv")
        assert (answer.status_code, answer.json()["accepted"]) == (201, 1)
    return dossier


async def _run(
    service: Service, client: Client, queue: str, workflow: str, argument: BaseModel, *, history: str | None = None
) -> Any:
    handle = await start_workflow(
        client,
        workflow=workflow,
        workflow_id=f"{queue}:{workflow}:{uuid.uuid4().hex[:8]}",
        task_queue=queue,
        argument=argument,
        shift=timedelta(seconds=round((business_moment(service.clock.day) - datetime.now(UTC)).total_seconds())),
    )
    result = await handle.result()
    if history is not None:
        await record_if_asked(client, handle, name=f"billing/{history}")
    return result


async def _bill(service: Service, client: Client, queue: str, *, history: str | None = None) -> CompanyRunProgress:
    requested = (await service.post("/v1/companyContributionRuns", {"year": 2026})).json()
    argument = CompanyRunInput(run_id=requested["runId"], year=2026)
    result = await _run(service, client, queue, "CompanyContribution", argument, history=history)
    return CompanyRunProgress.model_validate(result)


async def _month(service: Service, month: date, *, on: date | None = None) -> Increased:
    async with service.world.database.transaction() as connection:
        asked = await company_increases.request_month(
            connection, month=month, requested_by="test", business_date=on or month
        )
        if asked is None:
            return Increased(companies=0, changed=0, overdue=0, next_after=None)
        return await company_increases.charge_increases(
            connection, month=month, after=None, limit=100, parameters=service.world.parameters
        )


async def _pay(service: Service, dossier: UUID, cents: int, *, value_date: date, told_on: date) -> None:
    reference = await service.world.reference(dossier, "2026Q4")
    line = Line(cents=cents, structured=reference, value_date=f"{value_date:%d%m%y}")
    content = coda(StatementText(lines=[line], day=f"{told_on:%d%m%y}"))
    read = await service.world.read_bank_file(content, on=told_on)
    assert read.refusal is None
    assert read.statements[0].matched == 1


async def test_a_year_is_billed_once_with_its_letters(service: Service, temporal_client: Client, queue: str) -> None:
    large = await _company(service, balance="879163.45")
    small = await _company(service)
    young = await _company(service, founded_on=date(2025, 11, 24), balance=None)
    unknown = await _company(service, balance=None)
    progress = await _bill(service, temporal_client, queue, history="CompanyContribution-done")
    assert progress == CompanyRunProgress(stage="done", billed=3, parked=1, letters=3)
    again = await service.post("/v1/companyContributionRuns", {"year": 2026})
    assert (again.status_code, again.json()["parked"]) == (200, 1)
    rows = await service.world.rows("select dossier, amount_cents, due_on, size from company_contribution")
    assert {row["dossier"]: (row["amount_cents"], row["size"]) for row in rows} == {
        large: (LARGE, "large"),
        small: (SMALL, "small"),
        young: (SMALL, "small"),
    }
    assert {row["due_on"] for row in rows} == {date(2026, 12, 31)}
    documents = (await service.get("/v1/documents?kind=companyContributionNotice")).json()["items"]
    assert min(document["name"] for document in documents) == "notices/2026-companies/0000001-fr.pdf"
    assert await service.world.one("select kind from task where dossier = %s", unknown) == "companyBalanceMissing"
    summary = (await service.get("/v1/summary")).json()
    assert (summary["subjects"], summary["noticesIssued"], summary["billedCents"]) == (0, 3, LARGE + 2 * SMALL)
    assert summary["ledgerSumCents"] == 0


async def test_who_was_parked_is_billed_once_the_balance_is_known(
    service: Service, temporal_client: Client, queue: str
) -> None:
    late = await _company(service, balance=None)
    assert (await _bill(service, temporal_client, queue)).parked == 1
    content = b"file_number;financial_year_end;balance_total;known_on\n1;2024-12-31;;2026-09-01\n"
    await service.upload("/v1/balanceTotals/imports", content, media_type="text/csv")
    assert await service.world.one("select resolution from task where kind = 'companyBalanceMissing'") == "supplied"
    assert (await _bill(service, temporal_client, queue)).billed == 1
    assert await service.world.one("select amount_cents from company_contribution where dossier = %s", late) == SMALL


async def test_the_schedule_asks_from_the_month_of_notices_on(
    service: Service, temporal_client: Client, queue: str
) -> None:
    await _company(service)
    for day, expected in ((date(2026, 8, 12), 0), (BILLED_ON, 1), (date(2026, 10, 12), 1)):
        service.clock.day = day
        asked = await _run(service, temporal_client, queue, "ScheduledCompanyContribution", ScheduledRun())
        assert len(asked["run_ids"]) == expected
    assert await service.world.one("select count(*) from dispatch") == 1
    assert await service.world.one("select workflow_id from dispatch") == "company-contribution-2026"


async def test_a_company_pays_by_its_reference_and_is_settled(
    service: Service, temporal_client: Client, queue: str
) -> None:
    dossier = await _company(service)
    await _bill(service, temporal_client, queue)
    await _pay(service, dossier, SMALL, value_date=date(2026, 12, 31), told_on=date(2026, 12, 31))
    owed = await service.open_of(dossier)
    assert (owed["totalOpenCents"], owed["items"][0]["dueOn"]) == (0, "2026-12-31")
    assert owed["items"][0]["structuredCommunication"] == await service.world.reference(dossier, "2026Q4")
    assert await service.world.facts(dossier) == ["billing.payment-allocated.v1", "billing.debt-settled.v1"]
    assert (await _month(service, date(2027, 1, 1))).companies == 0


async def test_lateness_costs_one_percent_a_month_and_is_told(
    service: Service, temporal_client: Client, queue: str
) -> None:
    dossier = await _company(service)
    await _bill(service, temporal_client, queue)
    service.clock.day = date(2027, 1, 1)
    asked = await _run(service, temporal_client, queue, "ScheduledCompanyIncrease", ScheduledRun())
    assert asked["workflow_id"] == "company-increase-2027-01"
    argument = CompanyIncreaseInput(month=date(2027, 1, 1))
    result = await _run(service, temporal_client, queue, "CompanyIncrease", argument, history="CompanyIncrease-done")
    assert CompanyIncreaseProgress.model_validate(result) == CompanyIncreaseProgress(companies=1, changed=1, overdue=1)
    assert (await _month(service, date(2027, 1, 1))).changed == 0
    # February and March at once: the month of February was never asked for.
    assert (await _month(service, date(2027, 3, 1))).changed == 2
    assert await service.world.open_items(dossier) == {("2026Q4", "principal"): SMALL, ("2026Q4", "surcharge"): 3 * 409}
    told = await service.world.rows("select body from outbox where type = %s order by sequence", DebtOverdue.type)
    assert len(told) == 2


async def test_a_payment_told_late_gives_the_increase_back(
    service: Service, temporal_client: Client, queue: str
) -> None:
    dossier = await _company(service)
    await _bill(service, temporal_client, queue)
    await _month(service, date(2027, 1, 1))
    # Credited on 31 December, told in January: 4.09 went to the increase that should never have been there.
    await _pay(service, dossier, SMALL, value_date=date(2026, 12, 31), told_on=date(2027, 1, 5))
    assert await service.world.open_items(dossier) == {("2026Q4", "principal"): 409, ("2026Q4", "surcharge"): 0}
    assert (await _month(service, date(2027, 2, 1))).overdue == 0
    assert await service.world.open_items(dossier) == {("2026Q4", "principal"): 0, ("2026Q4", "surcharge"): 0}
    assert (await _month(service, date(2027, 3, 1))).changed == 0
    assert await service.world.one("select sum(increase_cents)::bigint from company_increase") == 0
    assert (await service.world.facts(dossier))[-1] == "billing.debt-settled.v1"
    assert await service.world.one("select sum(cents)::bigint from journal_line") == 0


async def test_a_payment_that_goes_back_bears_one_percent_again(
    service: Service, temporal_client: Client, queue: str
) -> None:
    dossier = await _company(service)
    await _bill(service, temporal_client, queue)
    await _month(service, date(2027, 1, 1))
    world = service.world
    # 4.09 of the payment is the increase of January: 4.09 of principal is left, 1 % of it is 4 cents.
    await _pay(service, dossier, SMALL, value_date=date(2027, 1, 10), told_on=date(2027, 1, 11))
    assert (await _month(service, date(2027, 2, 1))).changed == 1
    reference = await world.reference(dossier, "2026Q4")
    back = Line(cents=-SMALL, value_date="050327", code="00149000", structured=reference)
    await world.read_bank_file(
        coda(StatementText(lines=[back], day="050327", sequence=2, old_cents=SMALL)), on=date(2027, 3, 5)
    )
    assert await world.one("select count(*) from payment_reversal") == 1
    assert (await _month(service, date(2027, 5, 1), on=date(2027, 5, 3))).changed == 3
    rows = await world.rows("select month, increase_cents from company_increase where dossier = %s order by 1", dossier)
    assert [(row["month"].month, row["increase_cents"]) for row in rows] == [
        (1, 409),
        (2, 4),
        (3, 4),
        (4, 409),
        (5, 409),
    ]
    assert await world.open_items(dossier) == {("2026Q4", "principal"): SMALL, ("2026Q4", "surcharge"): 1235}
    assert (await _month(service, date(2027, 6, 1))).changed == 1


async def test_an_exemption_waives_what_was_charged_and_frees_what_was_paid(
    service: Service, temporal_client: Client, queue: str
) -> None:
    dossier = await _company(service)
    await _bill(service, temporal_client, queue)
    await _pay(service, dossier, 100_00, value_date=date(2026, 10, 1), told_on=date(2026, 10, 1))
    wanted = {"dossier": str(dossier), "ground": "bankruptcy", "years": [2026], "certificate": "TEB-2026-0012"}
    for expected in (1, 0):
        granted = await service.post("/v1/companyExemptions", wanted)
        assert (granted.status_code, granted.json()["newYears"]) == (200, expected)
    owed = await service.open_of(dossier)
    assert (owed["totalOpenCents"], owed["creditCents"]) == (0, 100_00)
    assert (await _month(service, date(2027, 1, 1))).companies == 0
    shown = (await service.post("/v1/companies/query", {"dossier": str(dossier)})).json()
    assert [(one["year"], one["article"]) for one in shown["exemptions"]] == [(2026, "L1992 art. 94, 8°")]


async def test_a_starter_is_exempt_before_it_is_billed(service: Service) -> None:
    dossier = await _company(service, founded_on=date(2025, 11, 24), balance=None)
    starter = {
        "partnershipForm": True,
        "inCrossroadsBank": True,
        "partners": [{"manages": True, "quartersSelfEmployed": 12}],
    }
    wanted: dict[str, Any] = {"dossier": str(dossier), "ground": "starter", "starter": starter}
    assert (await service.post("/v1/companyExemptions", wanted)).json()["years"] == [2025, 2026, 2027]
    assert (await service.post("/v1/companyContributionRuns", {"year": 2026})).status_code == 409
    starter["partners"] = [{"manages": True, "quartersSelfEmployed": 13}]
    refused = await service.post("/v1/companyExemptions", wanted)
    assert refused.status_code == 400
    assert refused.json()["issues"][0]["type"].endswith(":managers")


async def test_a_person_moves_the_years_of_a_company(service: Service) -> None:
    dossier = await _company(service)
    years = {"dossier": str(dossier), "firstYear": 2027, "reason": "joined from another fund"}
    assert (await service.post("/v1/companyYears", years)).status_code == 200
    assert (await service.post("/v1/companyContributionRuns", {"year": 2026})).status_code == 409
    unknown = await service.post("/v1/companyYears", {**years, "dossier": str(uuid.uuid4())})
    assert unknown.json()["issues"][0]["type"].endswith(":referencedResourceNotFound")
