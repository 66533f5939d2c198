"""Surcharges of a reduction that proved wrong (royal decree 38, art. 11bis) in the books, whatever comes after them.

2023 was reduced to an income of 20,000.00: 20,000.00 x 20.50 % / 4 = 1,025.00 a quarter. The definitive income is
40,000.00: 2,050.00 a quarter; by law, on the indexed 40,000.00 of 2020, more was owed. So 1,025.00 a quarter was
wrongly spared. The statement is of 23 June 2025: 3 % at the six ends of quarters from 2023Q4 to 2025Q1 and 7 % once
are 25 %: of four quarters 4,100.00 x 25 % = 1,025.00, of three 3,075.00 x 25 % = 768.75.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from uuid6 import uuid7

from services.billing.changes_of_subjection.service import changes
from services.billing.explanations import service as explanations
from services.billing.fines_and_waivers.service import apply_surcharge_waiver
from services.billing.reductions import service as contribution_requests
from services.billing.reductions.rules.reductions import RequestKind
from services.billing.reliefs import service as reliefs
from shared.contracts.affiliation_v1 import AffiliationCeased, CessationReason
from shared.contracts.benefits_v1 import ContributionReliefGranted, ReliefBasis
from shared.contracts.billing_v1 import RequestOutcome
from shared.contracts.recovery_v1 import SurchargesWaived, WaivedSurcharges
from tests.billing.regularisation.test_regularisations import QUARTERS, credit, law_of, regularise_all
from tests.billing.world import SEVEN_PERCENT, World


async def wrongly_reduced(world: World) -> tuple[UUID, int]:
    """Somebody whose 2023 was reduced to 20,000.00 and regularised on 40,000.00, with 1,025.00 of surcharges."""
    dossier = await world.affiliate(starts_on=date(2015, 1, 1))
    number = world.next_file - 1
    await world.incomes(f"{number};2020;40000.00;2022-09-01")
    async with world.database.transaction() as connection:
        request = await contribution_requests.receive_request(
            connection,
            dossier=dossier,
            year=2023,
            kind=RequestKind.REDUCTION,
            estimate_cents=20_000_00,
            evidence=["vatReturns"],
            received_on=date(2023, 1, 2),
            received_by="test",
            law=law_of(world),
        )
        await contribution_requests.decide(
            connection,
            request_id=request.request_id,
            outcome=RequestOutcome.GRANTED,
            reason="objectiveEvidence",
            decided_on=date(2023, 1, 2),
            decided_by="test",
            signal=False,
        )
    for quarter in QUARTERS:
        await world.bill(quarter)
    await told(world, number, "40000.00", on=date(2025, 6, 23))
    assert await surcharges(world, dossier) == [("2023Q4", 1025_00, 0, 0)]
    return dossier, number


async def told(world: World, number: int, income: str, *, on: date) -> None:
    """Tell the definitive income of 2023 and send the statement."""
    await world.incomes(f"{number};2023;{income};{on.isoformat()}")
    await regularise_all(world, on=on)


async def surcharges(world: World, dossier: UUID) -> list[tuple[str, int, int, int]]:
    """What stands charged, paid and waived of surcharges per quarter; quarters with nothing are left out."""
    rows = await world.rows(
        "select quarter, charged_cents, paid_cents, waived_cents from open_item where dossier = %s "
        "and kind = 'surcharge' and (charged_cents, paid_cents, waived_cents) <> (0, 0, 0) order by quarter",
        dossier,
    )
    return [(row["quarter"], row["charged_cents"], row["paid_cents"], row["waived_cents"]) for row in rows]


async def relieve(world: World, dossier: UUID, *quarters: str) -> None:
    """Grant relief of quarters (RGS art. 50) and tell it twice."""
    fact = ContributionReliefGranted(
        dossier=dossier,
        occurred_on=date(2025, 8, 4),
        claim_id=UUID(int=uuid7().int),
        quarters=quarters,
        ground=ReliefBasis.ARTICLE_50,
        article="RGS art. 50",
    )
    for _ in range(2):
        async with world.database.transaction() as connection:
            await reliefs.apply_relief(connection, fact=fact, booked_on=date(2025, 8, 4), interest_rate=SEVEN_PERCENT)


@pytest.mark.parametrize("quarter", ["2023Q2", "2023Q4"])
async def test_relief_of_one_quarter_leaves_the_surcharges_of_the_other_three(world: World, quarter: str) -> None:
    dossier, _ = await wrongly_reduced(world)
    await relieve(world, dossier, quarter)
    await regularise_all(world, on=date(2025, 8, 5))
    assert await surcharges(world, dossier) == [("2023Q4", 768_75, 0, 0)]
    assert await credit(world, dossier) == 0
    open_items = await world.open_items(dossier)
    # 2,050.00 and a fee of 4.25 %, 87.13 (87.125), of each quarter that is left, and the surcharges.
    assert sum(open_items.values()) == 3 * (2050_00 + 87_13) + 768_75
    async with world.database.transaction() as connection:
        explained = await explanations.everything_of(connection, dossier=dossier)
    found = [one.amount_cents for one in explained["2023Q4"].amounts if one.kind == "reductionSurcharge"]
    assert found == [1025_00, -256_25]
    assert await world.one("select sum(cents) from journal_line") == 0


async def test_with_the_last_owed_quarter_of_a_year_its_surcharges_go(world: World) -> None:
    dossier, _ = await wrongly_reduced(world)
    await relieve(world, dossier, "2023Q4")
    await regularise_all(world, on=date(2025, 8, 5))
    await relieve(world, dossier, "2023Q1", "2023Q2", "2023Q3")
    await regularise_all(world, on=date(2025, 8, 6))
    assert sum((await world.open_items(dossier)).values()) == 0
    assert await credit(world, dossier) == 0


async def test_an_activity_that_ended_before_the_year_takes_its_surcharges_away(world: World) -> None:
    dossier, _ = await wrongly_reduced(world)
    fact = AffiliationCeased(
        dossier=dossier,
        occurred_on=date(2025, 8, 4),
        ceased_on=date(2022, 12, 31),
        reason=CessationReason.CESSATION,
    )
    async with world.database.transaction() as connection:
        await changes.apply_cessation(connection, fact=fact, booked_on=date(2025, 8, 4), interest_rate=SEVEN_PERCENT)
    assert sum((await world.open_items(dossier)).values()) == 0
    assert await credit(world, dossier) == 0


async def test_waived_surcharges_that_are_asked_no_longer_pay_nothing(world: World) -> None:
    dossier, number = await wrongly_reduced(world)
    fact = SurchargesWaived(
        dossier=dossier,
        occurred_on=date(2025, 8, 1),
        decision_id=UUID(int=uuid7().int),
        waived=(WaivedSurcharges(quarter="2023Q4", cents=None),),
        article="RGS art. 48",
    )
    async with world.database.transaction() as connection:
        await apply_surcharge_waiver(connection, fact=fact, booked_on=date(2025, 8, 1), interest_rate=SEVEN_PERCENT)
    assert await surcharges(world, dossier) == [("2023Q4", 1025_00, 0, 1025_00)]
    await told(world, number, "20000.00", on=date(2025, 9, 23))
    assert await surcharges(world, dossier) == []
    assert await credit(world, dossier) == 0
    # 1,025.00 and a fee of 43.56 (43.5625) of each quarter: nobody paid anything.
    assert sum((await world.open_items(dossier)).values()) == 4 * (1025_00 + 43_56)
