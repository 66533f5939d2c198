"""A closing beside other writers to the same accounts, each on a connection of its own."""

from __future__ import annotations

import asyncio
from datetime import date

from services.billing.lateness import store as closing_store
from services.billing.lateness.service import closings
from services.billing.ledger.rules.entries import Account
from services.billing.settlement.rules import Money
from services.billing.settlement.service import book_money
from shared.contracts.billing_v1 import DebtOverdue
from shared.law.quarter import Quarter
from tests.billing.lateness.test_closings import FEE, PRINCIPAL
from tests.billing.lateness.test_closings import _line as line_of
from tests.billing.world import SEVEN_PERCENT, World


async def test_a_payment_that_is_being_booked_is_seen_by_the_closing(world: World) -> None:
    dossier = await world.affiliate(income_2023="30000.00")
    await world.bill("2026Q1")
    ends_before = Quarter.parse("2026Q1").ends_before
    async with world.database.transaction() as connection:
        closing_id, _ = await closings.request_closing(
            connection, quarter=Quarter.parse("2026Q1"), requested_by="test", business_date=ends_before
        )
        pages = await closing_store.plan_pages(connection, closing_id=closing_id, page_size=1000)
    line = await line_of(world, PRINCIPAL + FEE, date(2026, 3, 1))
    money = Money(
        payment_id=line,
        dossier=dossier,
        source=Account.BANK,
        amount_cents=PRINCIPAL + FEE,
        value_date=date(2026, 3, 1),
        chosen_quarter=Quarter.parse("2026Q1"),
        matched_by="structured",
        line_id=line,
    )

    async def close() -> None:
        for ordinal in range(pages):
            async with world.database.transaction() as connection:
                await closings.close_page(
                    connection, closing_id=closing_id, ordinal=ordinal, parameters=world.parameters
                )

    async with world.database.transaction() as paying:
        await book_money(paying, money=[money], booked_on=ends_before, interest_rate=SEVEN_PERCENT)
        closing = asyncio.create_task(close())
        await _waits_for_a_lock(world, closing)
    await closing
    assert await world.rows("select from surcharge where dossier = %s", dossier) == []
    assert DebtOverdue.type not in await world.facts(dossier)


async def _waits_for_a_lock(world: World, closing: asyncio.Task[None]) -> None:
    """Return once the closing waits for what another connection holds."""
    while not await world.one(
        "select count(*) from pg_locks where not granted and pid in "
        "(select pid from pg_stat_activity where datname = current_database())"
    ):
        assert not closing.done(), "the closing did not wait for the payment"
        await asyncio.sleep(0.01)
