"""Affiliated late: the quarters that were over are billed to that dossier alone, once, with what they cost by then."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from services.billing.quarterly.service.late_quarters import note_late_quarters
from services.billing.subjects import service as subjects
from services.billing.subjects.procedure import BusinessDay
from shared.contracts.affiliation_v1 import AffiliationOpened
from shared.contracts.vocabulary import Category, Language
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.database.connections import Database
from tests.billing.harness import Service, open_service
from tests.billing.lateness.test_closings import _pay
from tests.billing.quarterly.test_billing_activities import _bill_all, _billing
from tests.billing.world import World
from tests.support.servers import Databases

#: 20.5 % of the least income of 2025, 17,008.88, is 3,486.82 a year; a quarter of it is 871.71 (published by Securex).
QUARTER_2025 = 871_71
#: 3 % of it is 26.15, 7 % is 61.02.
THREE, SEVEN = 26_15, 61_02


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


async def _affiliate(service: Service, starts_on: date, told_on: date, **more: Any) -> uuid.UUID:
    """Handle the fact as the consumer does, twice."""
    world = service.world
    world.next_file += 1
    fact = AffiliationOpened(
        dossier=uuid.uuid4(),
        occurred_on=told_on,
        file_number=world.next_file,
        category=Category.MAIN,
        starts_on=starts_on,
        insurer="319",
        language=Language.FRENCH,
        **{"first_activity": True, **more},
    )
    for _ in range(2):
        async with world.database.transaction() as connection:
            await subjects.open_subject(connection, fact=fact)
            await note_late_quarters(connection, fact=fact)
    return fact.dossier


async def test_who_declared_in_time_is_in_time_whenever_the_affiliation_was_completed(service: Service) -> None:
    starts_on = date(2026, 2, 1)
    dossier = await _affiliate(service, starts_on, starts_on, declared_on=date(2026, 1, 31))
    (period,) = await service.world.rows("select told_on from activity_period where dossier = %s", dossier)
    assert period["told_on"] == date(2026, 1, 31)


async def _schedule(service: Service, day: date) -> list[dict[str, Any]]:
    """Let the schedule ask twice, do every run that waits, and return the runs of that day."""
    for _ in range(2):
        await _billing(service).request_quarterly_billing(BusinessDay(business_date=day))
    asked = await service.world.rows(
        "select run_id, quarter from billing_run where status = 'requested' order by quarter, round"
    )
    for run in asked:
        await _bill_all(service, run["run_id"], run["quarter"])
    return asked


async def _surcharges(service: Service, dossier: uuid.UUID) -> list[tuple[str, str, str, int]]:
    rows = await service.world.rows(
        "select quarter, closing, kind, surcharge_cents from surcharge where dossier = %s "
        "order by quarter, closing, kind",
        dossier,
    )
    return [(row["quarter"], row["closing"], row["kind"], row["surcharge_cents"]) for row in rows]


async def test_the_quarters_before_a_late_affiliation_are_billed_to_that_dossier_alone(service: Service) -> None:
    world = service.world
    # Somebody whose earlier quarters stand in other books: never billed here for them.
    other = await world.affiliate(starts_on=date(2015, 1, 1), taken_over=True, income_2023="30000.00")
    late = await _affiliate(service, date(2025, 7, 15), date(2026, 5, 4))
    (task,) = await world.rows("select role, details from task where kind = 'lateAffiliationToBill'")
    assert (task["role"], task["details"]["quarters"]) == ("affiliationAgent", ["2025Q3", "2025Q4", "2026Q1"])
    assert [run["quarter"] for run in await _schedule(service, date(2026, 5, 5))] == [
        "2025Q3", "2025Q4", "2026Q1", "2026Q2",
    ]  # fmt: skip
    billed = await world.rows("select quarter, contribution_cents from contribution where dossier = %s", late)
    assert {row["quarter"]: row["contribution_cents"] for row in billed} == {
        "2025Q3": QUARTER_2025, "2025Q4": QUARTER_2025, "2026Q1": 890_42, "2026Q2": 890_42,
    }  # fmt: skip
    of_other = await world.rows("select quarter from contribution where dossier = %s", other)
    assert [row["quarter"] for row in of_other] == ["2026Q2"]
    # A month later nothing is left to ask for.
    assert await _schedule(service, date(2026, 6, 5)) == []


async def test_they_bear_the_surcharges_of_the_closings_that_went_by(service: Service) -> None:
    world = service.world
    late = await _affiliate(service, date(2025, 7, 15), date(2026, 5, 4))
    await _schedule(service, date(2026, 5, 5))
    # 2025Q3 is paid before the closing: what its late affiliation cost is owed all the same.
    await _pay(world, late, QUARTER_2025, date(2026, 5, 20), date(2026, 5, 21), "2025Q3")
    for _ in range(2):
        await world.close("2026Q2")
    assert await _surcharges(service, late) == [
        ("2025Q3", "2025Q3", "quarterly", THREE),
        ("2025Q3", "2025Q4", "quarterly", THREE),
        ("2025Q3", "2025Q4", "yearly", SEVEN),
        ("2025Q3", "2026Q1", "quarterly", THREE),
        ("2025Q4", "2025Q4", "quarterly", THREE),
        ("2025Q4", "2025Q4", "yearly", SEVEN),
        ("2025Q4", "2026Q1", "quarterly", THREE),
        ("2025Q4", "2026Q2", "quarterly", THREE),
        ("2026Q1", "2026Q1", "quarterly", 26_71),
        ("2026Q1", "2026Q2", "quarterly", 26_71),
        ("2026Q2", "2026Q2", "quarterly", 26_71),
    ]
    assert (await world.open_items(late))["2025Q3", "surcharge"] == 3 * THREE + SEVEN
    await world.close("2026Q3")
    assert [one for one in await _surcharges(service, late) if one[1] == "2026Q3"] == [
        ("2025Q4", "2026Q3", "quarterly", THREE),
        ("2026Q1", "2026Q3", "quarterly", 26_71),
        ("2026Q2", "2026Q3", "quarterly", 26_71),
    ]


async def test_a_quarter_whose_law_is_not_known_waits_with_the_name_of_what_is_missing(service: Service) -> None:
    world = service.world
    late = await _affiliate(service, date(2016, 11, 15), date(2018, 1, 4))
    taken = await _affiliate(service, date(2016, 11, 15), date(2018, 1, 4), taken_over=True, first_activity=False)
    assert await world.one("select count(*) from late_quarter where dossier = %s", taken) == 0
    await _schedule(service, date(2018, 1, 5))
    rows = await world.rows("select quarter, status, reason from late_quarter where dossier = %s order by 1", late)
    assert [row["quarter"] for row in rows] == ["2016Q4", "2017Q1", "2017Q2", "2017Q3", "2017Q4"]
    assert {row["status"] for row in rows} == {"parked"}
    tasks = await world.rows("select details from task where kind = 'parkedLateQuarter' order by reference")
    assert len(tasks) == len(rows)
    assert all(task["details"]["reason"] == "lawNotKnown" and task["details"]["detail"] for task in tasks)
