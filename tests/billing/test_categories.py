"""What billing bills when affiliation tells a category; amounts worked out by hand from the published incomes."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.billing.store import decisions
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.contracts.vocabulary import Category
from tests.billing.world import World

#: Quarterly contributions without fee: 20.50 % of the least income of the year, divided by four.
PRIMO_2025, PRIMO_2026 = 450_15, 459_82  # of 8,783.48 and 8,972.07
MAIN_2026 = 890_42  # of 17,374.08
CUT_2025 = 116_03


async def tell(world: World, dossier: UUID, category: Category, applies_from: date, *, revision: int = 0) -> None:
    """Deliver a category to billing."""
    fact = AffiliationCategoryChanged(
        dossier=dossier,
        occurred_on=date(2026, 1, 2),
        category=category,
        applies_from=applies_from,
        revision=revision,
    )
    async with world.database.transaction() as connection:
        await decisions.apply_category_change(connection, fact=fact, booked_on=date(2026, 1, 2))


async def billed(world: World, dossier: UUID) -> dict[str, tuple[str, int]]:
    """Return category and contribution without fee of each quarter that was billed."""
    rows = await world.rows(
        "select quarter, category, contribution_cents from contribution where dossier = %s order by quarter", dossier
    )
    return {row["quarter"]: (row["category"], row["contribution_cents"]) for row in rows}


async def bill(world: World, *quarters: str) -> None:
    """Bill quarters, each in its first month."""
    for quarter in quarters:
        await world.bill(quarter)


@pytest.mark.parametrize(
    ("starts_on", "becomes_main_on", "expected"),
    [
        (  # four quarters: the last one is 2026Q1
            date(2025, 6, 10),
            date(2026, 4, 1),
            {
                "2025Q2": ("primoStarter", PRIMO_2025 - CUT_2025), "2025Q3": ("primoStarter", PRIMO_2025),
                "2025Q4": ("primoStarter", PRIMO_2025), "2026Q1": ("primoStarter", PRIMO_2026),
                "2026Q2": ("main", MAIN_2026), "2026Q3": ("main", MAIN_2026),
            },
        ),
        (  # an artist: eight quarters, the last one is 2026Q2
            date(2024, 8, 1),
            date(2026, 7, 1),
            {
                "2025Q2": ("primoStarter", PRIMO_2025), "2025Q3": ("primoStarter", PRIMO_2025),
                "2025Q4": ("primoStarter", PRIMO_2025), "2026Q1": ("primoStarter", PRIMO_2026),
                "2026Q2": ("primoStarter", PRIMO_2026), "2026Q3": ("main", MAIN_2026),
            },
        ),
    ],
)  # fmt: skip
async def test_a_primo_starter_is_billed_as_main_from_the_day_that_was_told_in_advance(
    world: World, starts_on: date, becomes_main_on: date, expected: dict[str, tuple[str, int]]
) -> None:
    dossier = await world.affiliate(category=Category.PRIMO_STARTER, starts_on=starts_on, first_activity=True)
    await tell(world, dossier, Category.MAIN, becomes_main_on)
    await bill(world, *expected)
    assert await billed(world, dossier) == expected


async def test_what_took_the_place_of_an_announced_category_is_billed(world: World) -> None:
    dossier = await world.affiliate(category=Category.PRIMO_STARTER, starts_on=date(2025, 6, 10), first_activity=True)
    await tell(world, dossier, Category.MAIN, date(2026, 4, 1))
    await tell(world, dossier, Category.COMPLEMENTARY, date(2026, 1, 1))
    await tell(world, dossier, Category.COMPLEMENTARY, date(2026, 4, 1), revision=1)
    await bill(world, "2025Q4", "2026Q1", "2026Q2")
    assert {quarter: category for quarter, (category, _) in (await billed(world, dossier)).items()} == {
        "2025Q4": "primoStarter", "2026Q1": "complementary", "2026Q2": "complementary",
    }  # fmt: skip
