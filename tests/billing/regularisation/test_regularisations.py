"""Regularisations through the store: statements, corrections of corrections, category changes, refunds, surcharges.

Amounts are worked by hand. Main occupation, first band, 20.50 %, management fee 4.25 % of the rounded quarter:
minimum of 2023: 16,409.20 x 20.50 % / 4 = 840.97; fee 35.74; together 876.71
24,000.00 x 20.50 % / 4 = 1,230.00; fee 52.28 (52.275); together 1,282.28
30,000.00 x 20.50 % / 4 = 1,537.50; fee 65.34 (65.34375); together 1,602.84
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

from uuid6 import uuid7

from services.billing.changes_of_subjection.service import changes
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.ledger.rules.entries import Account
from services.billing.regularisation.rules import KeptStatement
from services.billing.regularisation.service import runs as regularisations
from services.billing.regularisation.service.statements import statements_of
from services.billing.regularisation.store import runs as run_store
from services.billing.reliefs import service as reliefs
from services.billing.settlement.rules import Money
from services.billing.settlement.service import book_money
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.contracts.benefits_v1 import ContributionReliefGranted, ReliefBasis
from shared.contracts.billing_v1 import DebtOverdue, PrincipalOrigin, PrincipalPart
from shared.contracts.vocabulary import Category
from tests.billing.coda_writer import Line, StatementText, coda
from tests.billing.world import SEVEN_PERCENT, World

QUARTERS = ["2023Q1", "2023Q2", "2023Q3", "2023Q4"]
MINIMUM, OF_24000, OF_30000 = 876_71, 1282_28, 1602_84


def law_of(world: World) -> AssessmentLaw:
    """The law with the fees of the world's fund."""
    return AssessmentLaw(
        parameters=world.parameters, fee_rate_of=lambda quarter: world.fund.on(quarter.starts_on).management_fee_rate
    )


async def regularise_all(world: World, *, on: date) -> None:
    """Do every run that waits, as its workflow does."""
    for run in await world.rows("select run_id, pages from regularisation_run where status = 'requested' order by 1"):
        for ordinal in range(run["pages"]):
            for _ in range(2):  # the second time changes nothing
                async with world.database.transaction() as connection:
                    await regularisations.regularise_page(
                        connection, run_id=run["run_id"], ordinal=ordinal, law=law_of(world), today=on
                    )
        async with world.database.transaction() as connection:
            await run_store.set_status(connection, run_id=run["run_id"], status="done")


async def starter_of_2023(world: World) -> tuple[UUID, int]:
    """Somebody who began on 1 January 2023 and was billed the four quarters of that year on the starting amount."""
    dossier = await world.affiliate(starts_on=date(2023, 1, 1), told_on=date(2022, 12, 15), first_activity=True)
    number = world.next_file - 1
    for quarter in QUARTERS:
        await world.bill(quarter)
    return dossier, number


async def charged(world: World, dossier: UUID) -> dict[str, int]:
    """What stands charged per quarter, without surcharges."""
    rows = await world.rows(
        "select quarter, sum(charged_cents)::bigint as cents from open_item where dossier = %s "
        "and kind in ('principal', 'fee') group by quarter order by quarter",
        dossier,
    )
    return {row["quarter"]: row["cents"] for row in rows}


async def statements(world: World, dossier: UUID) -> list[KeptStatement]:
    """The statements of a dossier."""
    async with world.database.transaction() as connection:
        return await statements_of(connection, dossier=dossier)


async def credit(world: World, dossier: UUID) -> int:
    """What the fund owes the dossier."""
    rows = await world.rows("select credit_cents from dossier_credit where dossier = %s", dossier)
    return rows[0]["credit_cents"] if rows else 0


async def test_income_corrected_twice_ends_at_what_the_law_asks(world: World) -> None:
    dossier, number = await starter_of_2023(world)
    assert await charged(world, dossier) == dict.fromkeys(QUARTERS, MINIMUM)
    await world.incomes(f"{number};2023;30000.00;2025-06-20")
    await regularise_all(world, on=date(2025, 6, 23))
    assert await charged(world, dossier) == dict.fromkeys(QUARTERS, OF_30000)
    await world.incomes(f"{number};2023;24000.00;2025-09-15")
    await regularise_all(world, on=date(2025, 9, 16))
    assert await charged(world, dossier) == dict.fromkeys(QUARTERS, OF_24000)
    await world.incomes(f"{number};2023;30000.00;2026-02-02")
    await regularise_all(world, on=date(2026, 2, 3))
    assert await charged(world, dossier) == dict.fromkeys(QUARTERS, OF_30000)
    told = [(one.number, one.definitive_cents - one.previous_cents) for one in await statements(world, dossier)]
    assert told == [
        (1, 4 * (OF_30000 - MINIMUM)),
        (2, 4 * (OF_24000 - OF_30000)),
        (3, 4 * (OF_30000 - OF_24000)),
    ]
    facts = await world.facts(dossier)
    assert facts.count("billing.regularisation-issued.v1") == 3
    assert await world.one("select count(*) from notice where dossier = %s and kind = 'regularisation'", dossier) == 2
    assert await world.one("select sum(cents) from journal_line") == 0


async def test_a_quarter_relieved_late_takes_its_supplement_back_and_has_the_year_looked_at_once(world: World) -> None:
    dossier, number = await starter_of_2023(world)
    await pay_all(world, dossier)
    await world.incomes(f"{number};2023;30000.00;2025-06-20")
    await regularise_all(world, on=date(2025, 6, 23))
    relief = ContributionReliefGranted(
        dossier=dossier,
        occurred_on=date(2025, 8, 4),
        claim_id=UUID(int=uuid7().int),
        quarters=("2023Q2",),
        ground=ReliefBasis.ARTICLE_50,
        article="RGS art. 50",
    )
    for _ in range(2):
        async with world.database.transaction() as connection:
            await reliefs.apply_relief(connection, fact=relief, booked_on=date(2025, 8, 4), interest_rate=SEVEN_PERCENT)
    cause = f"relief|{relief.claim_id}"
    assert await world.one("select count(*) from regularisation_run where cause = %s", cause) == 1
    await regularise_all(world, on=date(2025, 8, 5))
    # What was paid for the quarter, 876.71, went to the supplement of the oldest: 726.13 were open of each.
    open_items = await world.open_items(dossier)
    assert sum(cents for (quarter, _), cents in open_items.items() if quarter == "2023Q2") == 0
    assert sum(open_items.values()) == 3 * (OF_30000 - MINIMUM) - MINIMUM
    assert len(await statements(world, dossier)) == 1
    assert await world.one("select sum(cents) from journal_line") == 0


async def test_the_statement_leaves_until_the_end_of_the_quarter_after_it(world: World) -> None:
    dossier, number = await starter_of_2023(world)
    await world.incomes(f"{number};2023;30000.00;2025-06-20")
    await regularise_all(world, on=date(2025, 6, 30))
    (one,) = await statements(world, dossier)
    assert one.due_on == date(2025, 9, 30)
    # Received on 2 January 2026 by the file: too late from 1 March (RGS art. 43).
    (run,) = await world.rows(
        "select r.state_before from regularisation_run r join regularisation g using (run_id) where g.dossier = %s",
        dossier,
    )
    assert run["state_before"] == date(2026, 3, 1)


async def test_a_supplement_bears_nothing_before_its_own_quarter_is_over(world: World) -> None:
    dossier, number = await starter_of_2023(world)
    await pay_all(world, dossier)
    await world.incomes(f"{number};2023;30000.00;2025-06-20")
    await regularise_all(world, on=date(2025, 6, 23))
    await world.close("2025Q2", on=date(2025, 7, 1))
    assert await surcharges(world, dossier) == []
    assert "billing.debt-overdue.v1" not in await world.facts(dossier)
    await world.close("2025Q3", on=date(2025, 10, 1))
    # 1,537.50 - 840.97 = 696.53 of each quarter; 3 % = 20.90 (20.8959)
    assert await surcharges(world, dossier) == [(quarter, "2025Q3", "quarterly", 696_53, 20_90) for quarter in QUARTERS]
    told = await world.rows(
        "select body from outbox where dossier = %s and type = 'billing.debt-overdue.v1' order by sequence", dossier
    )
    # What is overdue says that it is the supplement of a regularisation, which prescribes later (AR38 art. 16).
    assert [DebtOverdue.model_validate_json(bytes(row["body"])).principal_parts for row in told] == [
        (PrincipalPart(origin=PrincipalOrigin.REGULARISATION, claimed_on=date(2025, 6, 23), open_cents=696_53),)
    ] * len(QUARTERS)
    await world.close("2025Q4", on=date(2026, 1, 1))
    # First claimed in 2025: 7 % on 1 January 2026 = 48.76 (48.7571), and 3 % again.
    found = await surcharges(world, dossier)
    assert [one for one in found if one[1] == "2025Q4" and one[2] == "yearly"] == [
        (quarter, "2025Q4", "yearly", 696_53, 48_76) for quarter in QUARTERS
    ]


async def test_what_was_paid_too_much_is_ordered_back_once(world: World) -> None:
    dossier, number = await starter_of_2023(world)
    await world.incomes(f"{number};2023;30000.00;2025-06-20")
    await regularise_all(world, on=date(2025, 6, 23))
    await pay_all(world, dossier)
    await world.incomes(f"{number};2023;24000.00;2025-09-15")
    await regularise_all(world, on=date(2025, 9, 16))
    back = 4 * (OF_30000 - OF_24000)
    assert await credit(world, dossier) == back
    orders = await world.rows("select cause, amount_cents from refund_order where dossier = %s", dossier)
    assert orders == [{"cause": "regularisation", "amount_cents": back}]
    assert (await world.facts(dossier)).count("billing.refund-ordered.v1") == 1


async def test_a_lower_income_takes_off_what_is_still_open_and_pays_nothing_back(world: World) -> None:
    dossier, number = await starter_of_2023(world)
    await world.incomes(f"{number};2023;30000.00;2025-06-20")
    await regularise_all(world, on=date(2025, 6, 23))
    await world.incomes(f"{number};2023;24000.00;2025-09-15")
    await regularise_all(world, on=date(2025, 9, 16))
    assert await credit(world, dossier) == 0
    assert await world.rows("select * from refund_order where dossier = %s", dossier) == []
    items = await world.open_items(dossier)
    assert all(items[quarter, "principal"] == 1230_00 and items[quarter, "fee"] == 52_28 for quarter in QUARTERS)


async def test_a_change_of_category_told_afterwards_gives_one_statement_more(world: World) -> None:
    dossier, number = await starter_of_2023(world)
    await world.incomes(f"{number};2023;30000.00;2025-06-20")
    await regularise_all(world, on=date(2025, 6, 23))
    fact = AffiliationCategoryChanged(
        dossier=dossier,
        occurred_on=date(2025, 8, 1),
        category=Category.PENSIONER,
        applies_from=date(2023, 7, 1),
    )
    async with world.database.transaction() as connection:
        await changes.apply_category_change(connection, fact=fact, booked_on=date(2025, 8, 1))
    await regularise_all(world, on=date(2025, 8, 4))
    # Pensioner: 30,000.00 x 14.70 % / 4 = 1,102.50; fee 46.86 (46.85625); together 1,149.36
    assert await charged(world, dossier) == {
        "2023Q1": OF_30000,
        "2023Q2": OF_30000,
        "2023Q3": 1149_36,
        "2023Q4": 1149_36,
    }
    numbers = [one.number for one in await statements(world, dossier)]
    assert numbers == [1, 2]


async def test_the_same_income_again_changes_nothing(world: World) -> None:
    dossier, number = await starter_of_2023(world)
    await world.incomes(f"{number};2023;30000.00;2025-06-20")
    await regularise_all(world, on=date(2025, 6, 23))
    await world.incomes(f"{number};2023;30000.00;2025-07-20")
    await regularise_all(world, on=date(2025, 7, 21))
    assert len(await statements(world, dossier)) == 1
    rows = await world.rows("select status from regularisation_item where dossier = %s order by run_id", dossier)
    assert [row["status"] for row in rows] == ["issued", "unchanged"]


async def test_an_incomplete_year_is_brought_to_a_whole_one(world: World) -> None:
    dossier = await world.affiliate(starts_on=date(2023, 8, 1), told_on=date(2023, 7, 1), first_activity=True)
    number = world.next_file - 1
    for quarter in QUARTERS[2:]:
        await world.bill(quarter)
    await world.incomes(f"{number};2023;12000.00;2025-06-20")
    await regularise_all(world, on=date(2025, 6, 23))
    # 12,000.00 over two quarters counts as 24,000.00.
    assert await charged(world, dossier) == dict.fromkeys(QUARTERS[2:], OF_24000)


async def test_a_quarter_billed_after_its_income_was_known_is_found_by_the_monthly_sweep(world: World) -> None:
    dossier = await world.affiliate(starts_on=date(2023, 1, 1), told_on=date(2022, 12, 15), first_activity=True)
    number = world.next_file - 1
    for quarter in QUARTERS[:3]:
        await world.bill(quarter)
    await world.incomes(f"{number};2023;24000.00;2025-06-20")
    await regularise_all(world, on=date(2025, 6, 23))
    await world.bill(QUARTERS[3], on=date(2025, 7, 7))
    assert (await charged(world, dossier))["2023Q4"] == MINIMUM
    for _ in range(2):  # asked twice on a day
        async with world.database.transaction() as connection:
            await regularisations.request_sweep(connection, business_date=date(2025, 7, 10))
    await regularise_all(world, on=date(2025, 7, 10))
    assert await charged(world, dossier) == dict.fromkeys(QUARTERS, OF_24000)
    async with world.database.transaction() as connection:
        again = await regularisations.request_sweep(connection, business_date=date(2025, 8, 10))
    rows = await world.rows("select * from regularisation_item where run_id = %s and dossier = %s", again, dossier)
    assert rows == []


async def test_two_pages_at_once_write_one_statement(world: World) -> None:
    dossier, number = await starter_of_2023(world)
    await world.incomes(f"{number};2023;30000.00;2025-06-20")
    (run,) = await world.rows("select run_id from regularisation_run where status = 'requested'")

    async def page() -> None:
        async with world.database.transaction() as connection:
            await regularisations.regularise_page(
                connection, run_id=run["run_id"], ordinal=0, law=law_of(world), today=date(2025, 6, 23)
            )

    await asyncio.gather(page(), page(), page())
    assert len(await statements(world, dossier)) == 1
    assert await charged(world, dossier) == dict.fromkeys(QUARTERS, OF_30000)
    async with world.database.transaction() as connection:
        await run_store.set_status(connection, run_id=run["run_id"], status="done")


async def pay_all(world: World, dossier: UUID) -> None:
    """Pay everything that is open, from money that was waiting to be identified."""
    money = Money(
        payment_id=UUID(int=uuid7().int),
        dossier=dossier,
        source=Account.BANK,
        amount_cents=sum((await world.open_items(dossier)).values()),
        value_date=date(2023, 3, 1),
        chosen_quarter=None,
        matched_by="test",
        line_id=await a_bank_line(world),
    )
    async with world.database.transaction() as connection:
        await book_money(connection, money=[money], booked_on=date(2025, 6, 24), interest_rate=None)


async def a_bank_line(world: World) -> UUID:
    """A line of a bank statement that a payment can name."""
    sequence = await world.one("select count(*) + 1 from bank_statement")
    before = await world.one("select coalesce(sum(cents), 0)::bigint from bank_line")
    line = Line(cents=1, communication="a test")
    text = StatementText(lines=[line], old_cents=before, sequence=sequence)
    await world.read_bank_file(coda(text), on=date(2026, 3, 16))
    rows = await world.rows(
        "select line_id from bank_line l where not exists (select from payment p where p.line_id = l.line_id) limit 1"
    )
    return UUID(str(rows[0]["line_id"]))


async def surcharges(world: World, dossier: UUID) -> list[tuple[Any, ...]]:
    """The surcharges of a dossier: quarter, closing, kind, base and amount."""
    rows = await world.rows(
        "select quarter, closing, kind, base_cents, surcharge_cents from surcharge where dossier = %s "
        "order by closing, kind, quarter",
        dossier,
    )
    return [tuple(row.values()) for row in rows]
