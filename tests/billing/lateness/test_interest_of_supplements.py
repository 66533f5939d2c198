"""Interest of a warrant, in the books and in what billing answers: on what it claimed, not on a later supplement."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from uuid6 import uuid7

from services.billing.accounts import service as accounts
from services.billing.accounts.rules import ServedPrincipal
from services.billing.ledger.rules.entries import Account
from services.billing.settlement.rules import Money
from services.billing.settlement.service import book_money
from services.billing.titles import service as titles
from shared.contracts.recovery_v1 import WarrantServed
from shared.law.quarter import Quarter
from tests.billing.regularisation.test_regularisations import a_bank_line, regularise_all, starter_of_2023
from tests.billing.world import SEVEN_PERCENT, World


async def test_a_supplement_of_a_later_statement_bears_no_interest_of_the_warrant(world: World) -> None:
    dossier, number = await starter_of_2023(world)
    warrant = WarrantServed(
        dossier=dossier,
        occurred_on=date(2024, 2, 1),
        case_id=UUID(int=uuid7().int),
        warrant_id=UUID(int=uuid7().int),
        served_on=date(2024, 2, 1),
        quarters=("2023Q1",),
    )
    async with world.database.transaction() as connection:
        await titles.serve_warrant(connection, fact=warrant, booked_on=date(2024, 2, 1), interest_rate=SEVEN_PERCENT)
    await world.incomes(f"{number};2023;30000.00;2025-06-20")
    await regularise_all(world, on=date(2025, 6, 23))
    # 2023Q1: 840.97 claimed by the warrant, 696.53 by the statement of 23 June 2025.
    async with world.database.transaction() as connection:
        (served,) = await accounts.served_principal(connection, dossier=dossier)
    assert served == ServedPrincipal(
        quarter=Quarter.parse("2023Q1"),
        served_on=date(2024, 2, 1),
        interest_from=date(2024, 2, 1),
        open_cents=840_97,
    )
    money = Money(
        payment_id=UUID(int=uuid7().int),
        dossier=dossier,
        source=Account.BANK,
        amount_cents=10_000_00,
        value_date=date(2025, 9, 1),
        chosen_quarter=None,
        matched_by="test",
        line_id=await a_bank_line(world),
    )
    async with world.database.transaction() as connection:
        await book_money(connection, money=[money], booked_on=date(2025, 9, 1), interest_rate=SEVEN_PERCENT)
    # From 1 February 2024 to 1 September 2025 are 578 days: 840.97 x 7 % x 578 / 365 = 93.22 (RGS art. 47bis par. 4).
    assert await world.rows(
        "select quarter, base_cents, interest_cents from interest_booked where dossier = %s", dossier
    ) == [{"quarter": "2023Q1", "base_cents": 840_97, "interest_cents": 93_22}]
