"""What billing bills when affiliation tells a category; amounts worked out by hand from the published incomes."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.billing.accounts import service as accounts
from services.billing.assessment.rules import explain, law_from_document, stored_row
from services.billing.changes_of_subjection.service import changes
from services.billing.charge_changes.rules.explanation import change_row
from services.billing.charge_changes.service import changes_of
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.contracts.vocabulary import Category
from tests.billing.regularisation.test_regularisations import QUARTERS, regularise_all
from tests.billing.world import World

#: Quarterly contributions without fee: 20.50 % of the least income of the year, divided by four.
PRIMO_2025, PRIMO_2026 = 450_15, 459_82  # of 8,783.48 and 8,972.07
MAIN_2026 = 890_42  # of 17,374.08
CUT_2025 = 116_03


async def tell(
    world: World,
    dossier: UUID,
    category: Category,
    applies_from: date,
    *,
    revision: int = 0,
    mandate: bool = False,
    opted_out: bool = False,
    helped: UUID | None = None,
) -> None:
    """Deliver a category to billing."""
    fact = AffiliationCategoryChanged(
        dossier=dossier,
        occurred_on=date(2026, 1, 2),
        category=category,
        applies_from=applies_from,
        revision=revision,
        political_mandate=mandate,
        old_age_opt_out=opted_out,
        helped_dossier=helped,
    )
    async with world.database.transaction() as connection:
        await changes.apply_category_change(connection, fact=fact, booked_on=date(2026, 1, 2))


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


@pytest.mark.parametrize(
    ("category", "options", "income_2023", "contribution", "plain", "named"),
    [
        # Article 37: 1,900.00 x 1.07236269 = 2,037.49, below 9,101.26 but not below 1,922.16, the limit of a mandate.
        (Category.ARTICLE_37, {"mandate": True}, "1900.00", MAIN_2026, 104_42, "mandat politique"),
        (Category.ARTICLE_37, {"mandate": True}, "1792.45", MAIN_2026, 98_51, "mandat politique (1922,16"),  # 1,922.16
        (Category.ARTICLE_37, {"mandate": True}, "1792.44", 0, 0, "1922,16"),  # 1,922.15
        # Beyond pension age: as main from 2025Q4; whoever opted out pays 20.50 % of 5,361.81 (threshold 3,844.32).
        (Category.BEYOND_PENSION_AGE, {"opted_out": True}, "5000.00", 274_79, MAIN_2026, "37/1"),
        (Category.BEYOND_PENSION_AGE, {"opted_out": True}, "3500.00", 0, MAIN_2026, "3844,32"),
    ],
)
async def test_a_mandate_and_opting_out_decide_within_the_category_and_are_explained(
    world: World,
    category: Category,
    options: dict[str, Any],
    income_2023: str,
    contribution: int,
    plain: int,
    named: str,
) -> None:
    dossier = await world.affiliate(category=category, income_2023=income_2023)
    neighbour = await world.affiliate(category=category, income_2023=income_2023)
    await tell(world, dossier, category, date(2020, 1, 1), **options)
    await bill(world, "2026Q1")
    assert (await billed(world, dossier))["2026Q1"] == (category, contribution)
    assert (await billed(world, neighbour))["2026Q1"] == (category, plain)
    async with world.database.transaction() as connection:
        [row] = await accounts.contributions_of(connection, dossier=dossier)
    law = law_from_document(row.law)
    lines = explain(stored_row(asdict(row), law=law), law=law, language="fr")
    text = " ".join(f"{line.text} {line.article}" for line in lines)
    assert named in re.sub(r"(?<=[0-9])[.\s](?=[0-9]{3})", "", text)


async def test_a_mandate_told_after_billing_asks_a_person_and_counts_in_the_statement(world: World) -> None:
    dossier = await world.affiliate(category=Category.ARTICLE_37, starts_on=date(2023, 1, 1), first_activity=True)
    for quarter in QUARTERS:
        await world.bill(quarter)
    assert set(dict(await billed(world, dossier)).values()) == {("article37", 93_04)}  # 1,815.41 x 20.50 % / 4
    await tell(world, dossier, Category.ARTICLE_37, date(2023, 7, 1), mandate=True)
    (task,) = await world.rows("select kind, details from task where dossier = %s", dossier)
    assert (task["kind"], task["details"]["quarters"]) == ("billedInOtherCategory", QUARTERS[2:])
    await world.incomes(f"{world.next_file - 1};2023;5000.00;2025-06-20")
    await regularise_all(world, on=date(2025, 6, 23))
    async with world.database.transaction() as connection:
        changes = await changes_of(connection, dossier=dossier)
    # 5,000.00 is below 8,595.81: 20.50 % / 4 = 256.25; it is not below 1,815.41: 20.50 % of 16,409.20 / 4 = 840.97.
    assert [(one.quarter, one.contribution_cents) for one in changes] == list(
        zip(QUARTERS, [256_25, 256_25, 840_97, 840_97], strict=True)
    )
    assert [change_row(one)["rule"] for one in changes] == ["article37"] * 2 + ["article37/politicalMandate"] * 2


async def test_the_same_category_told_again_without_a_mandate_ends_it(world: World) -> None:
    dossier = await world.affiliate(category=Category.ARTICLE_37, income_2023="1900.00")
    await tell(world, dossier, Category.ARTICLE_37, date(2026, 1, 1), mandate=True)
    await tell(world, dossier, Category.ARTICLE_37, date(2026, 4, 1))
    await bill(world, "2025Q4", "2026Q1", "2026Q2")
    found = await billed(world, dossier)
    assert {quarter: found[quarter][1] for quarter in ("2026Q1", "2026Q2")} == {"2026Q1": MAIN_2026, "2026Q2": 104_42}


async def test_a_mini_spouse_contributes_on_the_income_of_the_helped_person(world: World) -> None:
    helped = await world.affiliate(category=Category.COMPLEMENTARY, income_2023="30000.00")
    spouse = await world.affiliate(category=Category.SPOUSE_MINI, income_2023="99000.00")
    alone = await world.affiliate(category=Category.SPOUSE_MINI, income_2023="99000.00")
    await tell(world, spouse, Category.SPOUSE_MINI, date(2020, 1, 1), helped=helped)
    await bill(world, "2026Q1")
    # 30,000.00 x 1.07236269 = 32,170.88; x 0.79 % / 4 = 63.54.
    assert (await billed(world, spouse))["2026Q1"] == ("spouseMini", 63_54)
    assert await billed(world, alone) == {}
    (parked,) = await world.rows("select reason, detail from parked_subject where dossier = %s", alone)
    assert parked["reason"] == "helpedUnknown"
    assert "helpedDossier" in parked["detail"]


async def test_the_definitive_income_of_the_helped_person_regularises_the_mini_spouse(world: World) -> None:
    helped = await world.affiliate(starts_on=date(2023, 1, 1), first_activity=True)
    number = world.next_file - 1
    spouse = await world.affiliate(category=Category.SPOUSE_MINI, starts_on=date(2023, 1, 1), first_activity=True)
    await tell(world, spouse, Category.SPOUSE_MINI, date(2023, 1, 1), helped=helped)
    for quarter in QUARTERS:
        await world.bill(quarter)
    assert set((await billed(world, spouse)).values()) == {("spouseMini", 32_41)}  # 16,409.20 x 0.79 % / 4
    await world.incomes(f"{number};2023;30000.00;2025-06-20")
    await regularise_all(world, on=date(2025, 6, 23))
    async with world.database.transaction() as connection:
        changes = await changes_of(connection, dossier=spouse)
    assert [one.contribution_cents for one in changes] == [59_25] * 4  # 30,000.00 x 0.79 % / 4
