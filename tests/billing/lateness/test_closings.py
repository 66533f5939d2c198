"""Closing quarters on a real database: surcharges to the cent, overdue facts, and payments that come to light later."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from services.billing.lateness.service import closings
from services.billing.lateness.service.closings import QuarterNotOver
from services.billing.ledger.rules.entries import Account
from services.billing.reliefs import service as reliefs
from services.billing.settlement.rules import Money
from services.billing.settlement.service import book_money
from services.billing.titles import service as titles
from shared.contracts.benefits_v1 import ContributionReliefGranted
from shared.contracts.billing_v1 import DebtOverdue, DebtSettled, PaymentAllocated, ReliefApplied, SurchargeBooked
from shared.contracts.recovery_v1 import CostsCharged, WarrantServed
from shared.law.quarter import Quarter
from tests.billing.world import SEVEN_PERCENT, World

PRINCIPAL, FEE = 1648_76, 70_07  # see test_billing_runs


async def _pay(world: World, dossier: UUID, cents: int, value_date: date, booked_on: date, quarter: str) -> None:
    line = await _line(world, cents, value_date)
    money = Money(
        payment_id=line,
        dossier=dossier,
        source=Account.BANK,
        amount_cents=cents,
        value_date=value_date,
        chosen_quarter=Quarter.parse(quarter),
        matched_by="structured",
        line_id=line,
    )
    async with world.database.transaction() as connection:
        await book_money(connection, money=[money], booked_on=booked_on, interest_rate=SEVEN_PERCENT)


async def _line(world: World, cents: int, value_date: date) -> UUID:
    """Put a line of a statement in the database, as the reader would."""
    file_id, statement_id, line_id = uuid4(), uuid4(), uuid4()
    async with world.database.transaction() as connection:
        await connection.execute(
            "insert into bank_file (file_id, sha256, format, received_on, received_by, size_bytes) "
            "values (%s, %s, 'coda', %s, 'test', 1)",
            (file_id, file_id.hex * 2, value_date),
        )
        await connection.execute(
            "insert into bank_statement (statement_id, file_id, account, year, old_balance_cents, old_balance_date, "
            "new_balance_cents, new_balance_date, separate_application) "
            "values (%s, %s, 'X', 2026, 0, %s, %s, %s, true)",
            (statement_id, file_id, value_date, cents, value_date),
        )
        await connection.execute(
            "insert into bank_line (line_id, statement_id, ordinal, file_line, sequence, detail, cents, value_date, "
            "entry_date, transaction_code, communication, counterparty_account, counterparty_name, reversal, treatment)"
            " values (%s, %s, 1, 1, 1, 0, %s, %s, %s, '00150000', '', '', '', false, 'allocated')",
            (line_id, statement_id, cents, value_date, value_date),
        )
    return line_id


@pytest.fixture(scope="module")
async def debtors(world: World) -> dict[str, UUID]:
    """Several people who owe 2026Q1, and what they paid before it was closed on 1 April."""
    people = {
        name: await world.affiliate(income_2023="30000.00")
        for name in ("unpaid", "paid", "paidLastDay", "partly", "toldLater", "served", "servedLate", "relieved")
    }
    people["starter"] = await world.affiliate(
        starts_on=date(2026, 1, 15), told_on=date(2026, 1, 10), first_activity=True
    )
    people["lateStarter"] = await world.affiliate(
        starts_on=date(2026, 1, 15), told_on=date(2026, 2, 10), first_activity=True
    )
    await world.bill("2026Q1")
    await _pay(world, people["paid"], PRINCIPAL + FEE, date(2026, 2, 1), date(2026, 2, 2), "2026Q1")
    await _pay(world, people["paidLastDay"], PRINCIPAL + FEE, date(2026, 3, 31), date(2026, 4, 1), "2026Q1")
    await _pay(world, people["partly"], 648_76, date(2026, 3, 1), date(2026, 3, 2), "2026Q1")
    await world.close("2026Q1")
    return people


async def _surcharges(world: World, dossier: UUID) -> list[tuple[str, str, int]]:
    rows = await world.rows(
        "select closing, kind, surcharge_cents from surcharge where dossier = %s order by closing, kind", dossier
    )
    return [(row["closing"], row["kind"], row["surcharge_cents"]) for row in rows]


async def test_three_percent_of_the_unpaid_principal(world: World, debtors: dict[str, UUID]) -> None:
    # 3 % of 1,648.76 = 49.46; of the 1,000.00 that were left = 30.00; never of the fee
    assert await _surcharges(world, debtors["unpaid"]) == [("2026Q1", "quarterly", 49_46)]
    assert await _surcharges(world, debtors["partly"]) == [("2026Q1", "quarterly", 30_00)]
    assert await _surcharges(world, debtors["paid"]) == []
    assert await _surcharges(world, debtors["paidLastDay"]) == []
    assert await world.facts(debtors["unpaid"]) == [SurchargeBooked.type, DebtOverdue.type]
    assert DebtOverdue.type not in await world.facts(debtors["paidLastDay"])


async def test_a_starter_who_affiliated_in_time_has_one_more_quarter(world: World, debtors: dict[str, UUID]) -> None:
    assert await _surcharges(world, debtors["starter"]) == []
    assert DebtOverdue.type in await world.facts(debtors["starter"])
    # 3 % of 890.42
    assert await _surcharges(world, debtors["lateStarter"]) == [("2026Q1", "quarterly", 26_71)]


async def test_what_is_overdue_is_told_with_every_kind(world: World, debtors: dict[str, UUID]) -> None:
    row = (
        await world.rows(
            "select body from outbox where dossier = %s and type = %s", debtors["partly"], DebtOverdue.type
        )
    )[0]
    fact = DebtOverdue.model_validate_json(bytes(row["body"]))
    assert {(str(a.kind), a.open_cents) for a in fact.amounts} == {
        ("principal", 1000_00),
        ("fee", FEE),
        ("surcharge", 30_00),
    }
    assert (fact.total_cents, fact.due_on) == (1100_07, date(2026, 3, 31))


async def test_closing_again_changes_nothing(world: World, debtors: dict[str, UUID]) -> None:
    before = await world.one("select count(*) from journal_line")
    closing_id = await world.close("2026Q1")
    async with world.database.transaction() as connection:
        for ordinal in range(3):
            await closings.close_page(connection, closing_id=closing_id, ordinal=ordinal, parameters=world.parameters)
    assert await world.one("select count(*) from journal_line") == before
    assert len(await _surcharges(world, debtors["unpaid"])) == 1


async def test_a_payment_in_time_that_is_told_after_the_closing(world: World, debtors: dict[str, UUID]) -> None:
    dossier = debtors["toldLater"]
    await _pay(world, dossier, PRINCIPAL + FEE, date(2026, 3, 30), date(2026, 4, 2), "2026Q1")
    assert set((await world.open_items(dossier)).values()) == {0}
    assert await world.one("select surcharge_cents from surcharge_correction where dossier = %s", dossier) == 49_46
    assert await world.facts(dossier) == [
        SurchargeBooked.type,
        DebtOverdue.type,
        PaymentAllocated.type,
        DebtSettled.type,
    ]


async def test_a_quarter_that_is_not_over_is_not_closed(world: World) -> None:
    async with world.database.transaction() as connection:
        with pytest.raises(QuarterNotOver):
            await closings.request_closing(
                connection, quarter=Quarter(2026, 3), requested_by="test", business_date=date(2026, 9, 30)
            )


async def test_surcharges_stop_at_the_service_of_a_warrant_and_interest_runs(
    world: World, debtors: dict[str, UUID]
) -> None:
    dossier, warrant = debtors["served"], uuid4()
    served = WarrantServed(
        dossier=dossier,
        occurred_on=date(2026, 5, 4),
        case_id=uuid4(),
        warrant_id=warrant,
        served_on=date(2026, 5, 4),
        quarters=("2026Q1",),
    )
    costs = CostsCharged(
        dossier=dossier,
        occurred_on=date(2026, 5, 4),
        case_id=served.case_id,
        warrant_id=warrant,
        quarter="2026Q1",
        cost_cents=250_00,
    )
    async with world.database.transaction() as connection:
        for _ in range(2):
            await titles.serve_warrant(connection, fact=served, booked_on=date(2026, 5, 4), interest_rate=SEVEN_PERCENT)
            await titles.charge_costs(connection, fact=costs, booked_on=date(2026, 5, 4), interest_rate=SEVEN_PERCENT)
    await world.close("2026Q2")
    assert await _surcharges(world, dossier) == [("2026Q1", "quarterly", 49_46)]
    assert await _surcharges(world, debtors["unpaid"]) == [
        ("2026Q1", "quarterly", 49_46),
        ("2026Q2", "quarterly", 49_46),
    ]
    assert await _surcharges(world, debtors["starter"]) == [("2026Q2", "quarterly", 26_71)]
    # From 4 May to 16 July are 73 days: 1,648.76 x 7 % x 73 / 365 = 23.08
    total = PRINCIPAL + FEE + 49_46 + 250_00 + 23_08
    await _pay(world, dossier, total, date(2026, 7, 16), date(2026, 7, 17), "2026Q1")
    assert set((await world.open_items(dossier)).values()) == {0}
    assert (await world.facts(dossier))[-2:] == [PaymentAllocated.type, DebtSettled.type]


async def test_a_service_that_is_told_after_a_closing_takes_its_surcharge_back(
    world: World, debtors: dict[str, UUID]
) -> None:
    dossier = debtors["servedLate"]
    served = WarrantServed(
        dossier=dossier,
        occurred_on=date(2026, 6, 29),
        case_id=uuid4(),
        warrant_id=uuid4(),
        served_on=date(2026, 6, 29),
        quarters=("2026Q1",),
    )
    assert (await world.open_items(dossier))["2026Q1", "surcharge"] == 2 * 49_46
    async with world.database.transaction() as connection:
        for _ in range(2):
            await titles.serve_warrant(connection, fact=served, booked_on=date(2026, 7, 3), interest_rate=SEVEN_PERCENT)
    assert (await world.open_items(dossier))["2026Q1", "surcharge"] == 49_46


async def test_seven_percent_once_on_the_first_of_january(world: World, debtors: dict[str, UUID]) -> None:
    await world.close("2026Q3")
    await world.close("2026Q4")
    # 7 % of 1,648.76 = 115.41
    assert await _surcharges(world, debtors["unpaid"]) == [
        ("2026Q1", "quarterly", 49_46),
        ("2026Q2", "quarterly", 49_46),
        ("2026Q3", "quarterly", 49_46),
        ("2026Q4", "quarterly", 49_46),
        ("2026Q4", "yearly", 115_41),
    ]
    # No 7 % for a contribution whose warrant was served in the year.
    assert not any(kind == "yearly" for _, kind, _ in await _surcharges(world, debtors["served"]))


async def test_relief_waives_the_quarter_with_its_surcharges(world: World, debtors: dict[str, UUID]) -> None:
    dossier = debtors["relieved"]
    fact = ContributionReliefGranted(
        dossier=dossier,
        occurred_on=date(2027, 1, 11),
        claim_id=uuid4(),
        quarters=("2026Q1", "2027Q1"),
        ground="bankruptcy",
        article="RGS art. 50 par. 4",
    )
    async with world.database.transaction() as connection:
        for _ in range(2):
            await reliefs.apply_relief(connection, fact=fact, booked_on=date(2027, 1, 11), interest_rate=SEVEN_PERCENT)
    assert set((await world.open_items(dossier)).values()) == {0}
    assert (await world.facts(dossier))[-2:] == [ReliefApplied.type, DebtSettled.type]
    row = (await world.rows("select body from outbox where dossier = %s and type = %s", dossier, ReliefApplied.type))[0]
    waived = ReliefApplied.model_validate_json(bytes(row["body"])).waived_cents
    assert waived == PRINCIPAL + FEE + 4 * 49_46 + 115_41


async def test_the_books_add_up_after_all_this(world: World, debtors: dict[str, UUID]) -> None:
    assert debtors
    unbalanced = await world.rows("select entry_id from journal_line group by entry_id having sum(cents) <> 0")
    assert unbalanced == []
    wrong = await world.rows("select * from open_item where open_cents <> charged_cents - paid_cents - waived_cents")
    assert wrong == []
    booked = await world.rows(
        "select dossier, quarter from allocation a join payment p using (payment_id) group by dossier, quarter, kind "
        "having sum(cents) <> (select paid_cents from open_item o where o.dossier = p.dossier "
        "and o.quarter = a.quarter and o.kind = a.kind)"
    )
    assert booked == []
