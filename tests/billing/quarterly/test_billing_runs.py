"""Billing a quarter on a real database: who is billed, for what, and that it happens once."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

import pytest

from services.billing.accounts import service as accounts
from services.billing.accounts import store as account_store
from services.billing.quarterly.service import runs
from services.billing.quarterly.store import runs as run_store
from services.billing.reliefs import service as reliefs
from services.billing.subjects import service as subjects
from shared.contracts.affiliation_v1 import AffiliationCeased, AffiliationOpened, CessationReason
from shared.contracts.benefits_v1 import ContributionReliefGranted
from shared.contracts.billing_v1 import ContributionsIssued
from shared.contracts.topics import partition_of
from shared.contracts.vocabulary import Category, Language
from shared.law.quarter import Quarter
from tests.billing.world import SEVEN_PERCENT, World

QUARTER = "2026Q1"


async def _contribution(world: World, dossier: UUID, quarter: str = QUARTER) -> tuple[int, int, int] | None:
    rows = await world.rows(
        "select contribution_cents, fee_cents, total_cents from contribution where dossier = %s and quarter = %s",
        dossier,
        quarter,
    )
    return None if not rows else (rows[0]["contribution_cents"], rows[0]["fee_cents"], rows[0]["total_cents"])


async def test_amounts_entries_and_notices_of_a_run(world: World) -> None:
    # 30,000.00 x 676.50 / 630.85 = 32,170.88; x 20.5 % / 4 = 1,648.76; fee 4.25 % = 70.07
    earner = await world.affiliate(income_2023="30000.00")
    # No reference year yet: the least income 17,374.08 x 20.5 % / 4 = 890.42; fee 37.84
    starter = await world.affiliate(starts_on=date(2026, 2, 10), first_activity=True)
    # Below the threshold of 1,922.16 once revalued: nothing is due and no notice goes out
    small = await world.affiliate(category=Category.COMPLEMENTARY, income_2023="1000.00")
    run_id = await world.bill(QUARTER)
    assert await _contribution(world, earner) == (1648_76, 70_07, 1718_83)
    assert await _contribution(world, starter) == (890_42, 37_84, 928_26)
    assert await _contribution(world, small) == (0, 0, 0)
    assert await world.open_items(earner) == {(QUARTER, "principal"): 1648_76, (QUARTER, "fee"): 70_07}
    assert await world.open_items(small) == {}
    assert await world.one("select count(*) from notice where run_id = %s", run_id) == 2
    due = await world.one("select due_on from notice where dossier = %s", earner)
    assert due == date(2026, 3, 31)
    async with world.database.transaction() as connection:
        assert (await account_store.summary(connection)).ledger_sum_cents == 0


async def test_who_goes_on_in_another_activity_pays_on_the_reference_year(world: World) -> None:
    # Begun in 2019 and gone on from 2026-01-15 without a quarter in between: no beginning (RGS art. 38).
    goes_on = await world.affiliate(income_2023="30000.00", starts_on=date(2019, 4, 1))
    # The same, but after a quarter without activity: a beginning, whatever was earned in 2023.
    begins = await world.affiliate(income_2023="30000.00", starts_on=date(2019, 4, 1))
    for dossier, ceased_on, first in ((goes_on, date(2025, 12, 31), False), (begins, date(2025, 6, 30), True)):
        rows = await world.rows("select file_number from subject where dossier = %s", dossier)
        async with world.database.transaction() as connection:
            ceased = AffiliationCeased(
                dossier=dossier, occurred_on=ceased_on, ceased_on=ceased_on, reason=CessationReason.CESSATION
            )
            opened = AffiliationOpened(
                dossier=dossier,
                occurred_on=date(2026, 1, 10),
                file_number=rows[0]["file_number"],
                category=Category.MAIN,
                starts_on=date(2026, 1, 15),
                first_activity=first,
                insurer="319",
                language=Language.FRENCH,
            )
            await subjects.cease(connection, fact=ceased)
            await subjects.open_subject(connection, fact=opened)
    await world.bill(QUARTER, on=date(2026, 2, 5))
    assert await _contribution(world, goes_on) == (1648_76, 70_07, 1718_83)
    assert await _contribution(world, begins) == (890_42, 37_84, 928_26)


async def test_pages_tell_every_dossier_in_the_partition_it_belongs_to(world: World) -> None:
    rows = await world.rows("select partition, body from outbox where type = %s", ContributionsIssued.type)
    told: list[UUID] = []
    for row in rows:
        page = ContributionsIssued.model_validate_json(bytes(row["body"]))
        assert page.partition == row["partition"]
        for item in page.items:
            assert partition_of(item.dossier, "billing.facts.v1") == page.partition
            assert item.sequence == 1
            told.append(item.dossier)
    billed = [
        row["dossier"] for row in await world.rows("select dossier from contribution where quarter = %s", QUARTER)
    ]
    assert sorted(told) == sorted(billed)


async def test_who_cannot_be_billed_is_parked_with_a_reason_and_the_others_go_on(world: World) -> None:
    quarter = "2026Q2"
    unknown = await world.affiliate(starts_on=date(2019, 4, 1))
    late = await world.affiliate(starts_on=date(2019, 4, 1))
    number = await world.one("select file_number from subject where dossier = %s", late)
    # An income that became known after 1 January does not count for the year (royal decree 38, art. 11 par. 3).
    content = f"{number};2023;20000.00;2026-01-15"
    assert (await world.incomes(content)).accepted == 1
    old = await world.affiliate(starts_on=date(2018, 1, 1))
    number = await world.one("select file_number from subject where dossier = %s", old)
    # Nobody published the mean index of 2018, which would revalue it.
    await world.incomes(f"{number};2018;20000.00;2020-10-01")
    stood_in = await world.affiliate(starts_on=date(2018, 1, 1))
    number = await world.one("select file_number from subject where dossier = %s", stood_in)
    await world.incomes(f"{number};2018;20000.00;2020-10-01", f"{number};2021;20000.00;2023-10-01")
    fine = await world.affiliate(income_2023="20000.00")
    run_id = await world.bill(quarter)
    parked = {row["dossier"]: row["reason"] for row in await world.rows("select * from parked_subject")}
    assert parked == {unknown: "incomeUnknown", late: "incomeUnknown", old: "noLawForIncomeYear"}
    assert await _contribution(world, fine, quarter) is not None
    # 20,000.00 of 2021 x 676.50 / 553.21 = 24,457.26; x 20.5 % / 4 = 1,253.43; fee 4.25 % = 53.27
    assert await _contribution(world, stood_in, quarter) == (1253_43, 53_27, 1306_70)
    tasks = await world.rows("select reference from task where kind = 'parkedDossier' and resolved_at is null")
    assert {row["reference"] for row in tasks} == {f"{quarter}|{dossier}" for dossier in (unknown, late, old)}

    async with world.database.transaction() as connection:
        again = await runs.request_run(
            connection, quarter=Quarter.parse(quarter), requested_by="test", business_date=date(2026, 4, 6)
        )
    assert (again.run_id, again.created) == (run_id, False)

    await world.incomes(
        f"{await world.one('select file_number from subject where dossier = %s', unknown)};2023;20000.00;2025-12-31"
    )
    async with world.database.transaction() as connection:
        retried = await runs.request_run(
            connection,
            quarter=Quarter.parse(quarter),
            requested_by="test",
            business_date=date(2026, 4, 7),
            retry_parked=True,
        )
        pages = await run_store.plan_pages(connection, run_id=retried.run_id, page_size=10)
    assert retried.created
    for ordinal in range(pages):
        await world.bill_page(retried.run_id, ordinal, Quarter.parse(quarter))
    assert await _contribution(world, unknown, quarter) is not None
    resolved = await world.rows("select reference from task where kind = 'parkedDossier' and resolution = 'billed'")
    assert [row["reference"] for row in resolved] == [f"{quarter}|{unknown}"]


async def test_a_parked_dossier_is_billed_though_a_person_ended_its_task_with_another_word(world: World) -> None:
    quarter = Quarter.parse("2026Q2")
    dossier = await world.affiliate(starts_on=date(2019, 4, 1))
    async with world.database.transaction() as connection:
        for row in await run_store.runs(connection):
            await run_store.set_status(connection, run_id=row.run_id, status="done")
    await world.bill(str(quarter), on=date(2026, 4, 8))
    await world.end_task("parkedDossier", f"{quarter}|{dossier}")
    number = await world.one("select file_number from subject where dossier = %s", dossier)
    await world.incomes(f"{number};2023;20000.00;2025-12-30")
    async with world.database.transaction() as connection:
        retried = await runs.request_run(
            connection, quarter=quarter, requested_by="test", business_date=date(2026, 4, 9), retry_parked=True
        )
        pages = await run_store.plan_pages(connection, run_id=retried.run_id, page_size=10)
    for ordinal in range(pages):
        await world.bill_page(retried.run_id, ordinal, quarter)
    assert await _contribution(world, dossier, str(quarter)) is not None
    async with world.database.transaction() as connection:
        await run_store.set_status(connection, run_id=retried.run_id, status="done")


async def test_three_requests_and_three_workers_at_once_bill_once(world: World) -> None:
    quarter = Quarter.parse("2026Q3")

    async def request() -> tuple[UUID, bool]:
        async with world.database.transaction() as connection:
            run = await runs.request_run(
                connection, quarter=quarter, requested_by="test", business_date=date(2026, 7, 5)
            )
        return run.run_id, run.created

    requested = await asyncio.gather(*(request() for _ in range(3)))
    assert len({run_id for run_id, _ in requested}) == 1
    assert sum(created for _, created in requested) == 1
    run_id = requested[0][0]

    async def plan() -> int:
        async with world.database.transaction() as connection:
            return await run_store.plan_pages(connection, run_id=run_id, page_size=1)

    pages = await asyncio.gather(*(plan() for _ in range(3)))
    assert len(set(pages)) == 1
    outcomes = await asyncio.gather(
        *(world.bill_page(run_id, ordinal, quarter) for ordinal in range(pages[0]) for _ in range(3))
    )
    assert outcomes[0::3] == outcomes[1::3] == outcomes[2::3]
    doubled = await world.rows(
        "select dossier from journal_line where account = 'receivable' and quarter = %s and kind = 'principal' "
        "group by dossier having count(*) > 1",
        str(quarter),
    )
    assert doubled == []
    told = await world.rows("select body from outbox where type = %s", ContributionsIssued.type)
    items = [
        item.dossier
        for row in told
        for item in ContributionsIssued.model_validate_json(bytes(row["body"])).items
        if ContributionsIssued.model_validate_json(bytes(row["body"])).quarter == str(quarter)
    ]
    assert len(items) == len(set(items)) > 0


@pytest.mark.parametrize(
    ("reason", "ceased_on", "billed"),
    [
        (CessationReason.CESSATION, date(2026, 10, 1), True),
        (CessationReason.CESSATION, date(2026, 9, 30), False),
        (CessationReason.DEATH, date(2026, 11, 15), False),
    ],
)
async def test_only_quarters_that_are_owed_are_billed(
    world: World, reason: CessationReason, ceased_on: date, billed: bool
) -> None:
    dossier = await world.affiliate(income_2023="20000.00")
    async with world.database.transaction() as connection:
        await subjects.cease(
            connection,
            fact=AffiliationCeased(dossier=dossier, occurred_on=ceased_on, ceased_on=ceased_on, reason=reason),
        )
    await world.bill("2026Q4", on=date(2026, 10, 5))
    assert (await _contribution(world, dossier, "2026Q4") is not None) is billed


async def test_a_quarter_that_will_be_relieved_is_not_billed(world: World) -> None:
    dossier = await world.affiliate(income_2023="20000.00")
    relief = ContributionReliefGranted(
        dossier=dossier,
        occurred_on=date(2026, 9, 1),
        claim_id=dossier,
        quarters=("2026Q4",),
        ground="bankruptcy",
        article="RGS art. 50 par. 4",
    )
    async with world.database.transaction() as connection:
        await reliefs.apply_relief(connection, fact=relief, booked_on=date(2026, 9, 1), interest_rate=SEVEN_PERCENT)
    await world.bill("2026Q4", on=date(2026, 10, 6))
    assert await _contribution(world, dossier, "2026Q4") is None


async def test_the_rule_of_the_query_is_the_rule_of_the_domain(world: World) -> None:
    rows = await world.rows("select dossier from subject")
    for quarter in ("2025Q4", "2026Q1", "2026Q4"):
        wanted = Quarter.parse(quarter)
        async with world.database.transaction() as connection:
            by_query = await connection.execute(
                f"select dossier from ({run_store.DUE}) due", {**run_store.bounds(wanted), "quarter": "1999Q1"}
            )
            owed = {row["dossier"] for row in await by_query.fetchall()}
            by_rule = {
                row["dossier"]
                for row in rows
                if (await accounts.paid_quarters(connection, dossier=row["dossier"], first=wanted, last=wanted))[
                    0
                ].subject
            }
        assert owed == by_rule
