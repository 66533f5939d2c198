"""Activities of billing runs on a real database, without their workflows."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from services.billing.clients import Affiliation
from services.billing.correspondence.rules.notice import Notice
from services.billing.notices.letters import notice_data
from services.billing.quarterly import activities as billing_run
from services.billing.quarterly.activities import BillingRunActivities
from services.billing.quarterly.procedure import LettersStep, PageStep, RunReference, RunStatus
from services.billing.subjects.procedure import BusinessDay
from shared.correspondence.addressee import Addressee
from shared.law.fund import Fund, FundSettings
from shared.law.parameters import Parameters
from shared.platform.database.connections import Database
from tests.billing.harness import Service, open_service
from tests.billing.world import World
from tests.support.servers import Databases


@pytest.fixture
async def service(databases: Databases, parameters: Parameters, fund: Fund) -> AsyncIterator[Service]:
    """The service on a fresh database, for one test alone."""
    made = databases.of("billing", purpose=f"billing_{uuid.uuid4().hex[:6]}")
    database = await Database.open(made.url, application_name="test-billing", max_size=4)
    opened = open_service(World(database=database, parameters=parameters, fund=fund), temporal=None)
    yield opened
    await opened.http.aclose()
    await database.close()
    databases.drop(made.name)


async def test_who_starts_after_the_last_billing_day_of_a_quarter_is_billed_in_the_next(service: Service) -> None:
    activities = _billing(service)
    earner = await service.world.affiliate(income_2023="30000.00")
    await service.world.bill("2026Q2")
    starter = await service.world.affiliate(starts_on=date(2026, 6, 15), told_on=date(2026, 6, 10), first_activity=True)
    first = await activities.request_quarterly_billing(BusinessDay(business_date=date(2026, 7, 5)))
    again = await activities.request_quarterly_billing(BusinessDay(business_date=date(2026, 7, 5)))
    assert (first, first.quarter) == (again, "2026Q3")
    asked = await service.world.rows("select run_id, quarter, round from billing_run order by quarter, round")
    # Nothing of 2026Q1: these books begin with 2026Q2.
    assert [(row["quarter"], row["round"]) for row in asked] == [("2026Q2", 1), ("2026Q2", 2), ("2026Q3", 1)]
    await _bill_all(service, asked[1]["run_id"], "2026Q2")
    await _bill_all(service, asked[2]["run_id"], "2026Q3")
    billed = await service.world.rows("select dossier, quarter from contribution order by quarter, dossier")
    assert [(row["dossier"], row["quarter"]) for row in billed] == [
        (earner, "2026Q2"), (starter, "2026Q2"), (earner, "2026Q3"), (starter, "2026Q3"),
    ]  # fmt: skip
    before = await service.world.one("select count(*) from dispatch")
    await activities.request_quarterly_billing(BusinessDay(business_date=date(2026, 8, 5)))
    assert await service.world.one("select count(*) from billing_run") == 3
    assert await service.world.one("select count(*) from dispatch") == before


async def test_who_was_parked_is_tried_again_once_the_data_allow(service: Service) -> None:
    activities = _billing(service)
    parked = await service.world.affiliate(starts_on=date(2019, 1, 1))
    still = await service.world.affiliate(starts_on=date(2019, 1, 1))
    await service.world.bill("2026Q1")
    await activities.request_quarterly_billing(BusinessDay(business_date=date(2026, 2, 5)))
    assert await service.world.one("select count(*) from billing_run") == 1
    await service.world.incomes("1;2023;30000.00;2025-12-31")
    await activities.request_quarterly_billing(BusinessDay(business_date=date(2026, 3, 5)))
    run_id = await service.world.one("select run_id from billing_run where round = 2")
    await _bill_all(service, run_id, "2026Q1")
    assert [row["dossier"] for row in await service.world.rows("select dossier from contribution")] == [parked]
    waiting = await service.world.rows("select dossier from parked_subject where run_id = %s", run_id)
    assert [row["dossier"] for row in waiting] == [still]


async def test_a_notice_that_can_not_be_made_does_not_hold_up_the_others(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await service.world.affiliate(income_2023="30000.00") for _ in range(12)]
    run_id = await service.world.bill("2026Q1")
    wrong = await service.world.reference(people[0], "2026Q1")
    activities = _billing(service)
    broken = [wrong]

    def data_of_sound_notices(*, notice: Notice, addressee: Addressee, fund: FundSettings) -> dict[str, Any]:
        if notice.reference in broken:
            raise ValueError("an amount that can't be written")
        return notice_data(notice=notice, addressee=addressee, fund=fund)

    monkeypatch.setattr(billing_run, "notice_data", data_of_sound_notices)
    await _write_all(activities, run_id)
    made = {row["dossier"] for row in await service.world.rows("select dossier from document")}
    assert made == set(people[1:])
    (task,) = await service.world.rows("select dossier, kind, role, details from task where resolved_at is null")
    assert (task["dossier"], task["kind"], task["role"]) == (people[0], "noticeNotMade", "operator")
    assert task["details"]["problem"] == "ValueError"
    broken.clear()
    await _write_all(activities, run_id)
    assert await service.world.one("select count(*) from document") == len(people)
    assert await service.world.one("select resolution from task") == "letterMade"


def _billing(service: Service) -> BillingRunActivities:
    return BillingRunActivities(
        database=service.context.database,
        parameters=service.context.parameters,
        fund=service.context.fund,
        affiliation=Affiliation(service.context.peers.affiliation),
        page_size=2,
        letters_at_once=2,
    )


async def _bill_all(service: Service, run_id: uuid.UUID, quarter: str) -> None:
    """Do a run without its workflow."""
    activities = _billing(service)
    plan = await activities.plan_billing_run(RunReference(run_id=run_id, quarter=quarter))
    for ordinal in range(plan.pages):
        await activities.bill_page(PageStep(run_id=run_id, ordinal=ordinal))
    await activities.note_run_status(RunStatus(run_id=run_id, status="done", business_date=date(2026, 4, 7)))


async def _write_all(activities: BillingRunActivities, run_id: uuid.UUID) -> None:
    """Write the letters of 2026Q1 that are missing."""
    reference = RunReference(run_id=run_id, quarter="2026Q1")
    for partition in (await activities.partitions_of_run(reference)).partitions:
        after = None
        while True:
            step = LettersStep(run_id=run_id, quarter="2026Q1", partition=partition, after=after)
            after = (await activities.write_notice_letters(step)).next_after
            if after is None:
                break
