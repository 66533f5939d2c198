"""What must hold for every income: monotone, bounded, summing up, and the same alone as among others."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.assessment.rules import assess, quarter_law
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

PARAMETERS = Parameters.load()
#: A euro to ten million; and just around zero.
INCOMES = st.integers(-1_000_000, 1_000_000_000)
CATEGORIES = st.sampled_from([str(category) for category in Category])
QUARTERS = st.builds(Quarter, st.integers(2018, 2026), st.integers(1, 4)).filter(
    lambda quarter: quarter > Quarter(2018, 1)
)
BASES = st.sampled_from(["definitive", "estimated", "start"])
FEES = st.integers(0, 60_000)


def _assess(rows: list[dict[str, Any]], quarter: Quarter) -> list[dict[str, Any]]:
    frame = pl.DataFrame(rows, schema_overrides={"income_cents": pl.Int64, "fee_rate_millionths": pl.Int64})
    return assess(frame, quarter=quarter, parameters=PARAMETERS).rows(named=True)


def _row(
    category: str, income: int, *, basis: str = "definitive", fee: int = 42_500, quarters: int = 4
) -> dict[str, Any]:
    return {
        "dossier": f"{category}{income}",
        "category": category,
        "income_cents": income,
        "income_basis": basis,
        "income_quarters": quarters,
        "fee_rate_millionths": fee,
    }


@settings(max_examples=60, deadline=None)
@given(CATEGORIES, st.lists(INCOMES, min_size=2, max_size=8), QUARTERS)
def test_who_earns_more_never_pays_less(category: str, incomes: list[int], quarter: Quarter) -> None:
    rows = _assess([_row(category, income) for income in sorted(incomes)], quarter)
    contributions = [row["contribution_cents"] for row in rows]
    assert contributions == sorted(contributions)


@settings(max_examples=60, deadline=None)
@given(CATEGORIES, INCOMES, QUARTERS, BASES, FEES, st.integers(1, 4))
def test_amounts_are_bounded_and_add_up(
    category: str, income: int, quarter: Quarter, basis: str, fee: int, quarters: int
) -> None:
    row = _assess([_row(category, income, basis=basis, fee=fee, quarters=quarters)], quarter)[0]
    if row["problem"] is not None:
        assert "startBaseBeyondPensionAge" in row["problem"]
        return
    law = quarter_law(quarter=quarter, parameters=PARAMETERS)
    highest = (law.ceiling1_cents * 2050 + (law.ceiling2_cents - law.ceiling1_cents) * 1416) // 40_000 + 1
    assert 0 <= row["contribution_cents"] <= highest
    assert row["total_cents"] == row["contribution_cents"] + row["fee_cents"]
    assert row["band1_income_cents"] + row["band2_income_cents"] == min(row["base_income_cents"], law.ceiling2_cents)
    assert abs(row["annual_contribution_cents"] - 4 * row["full_quarter_cents"]) <= 2
    assert abs(row["fee_cents"] * 1_000_000 - row["contribution_cents"] * fee) <= 500_000
    exact = row["band1_income_cents"] * row["rate_band1_basis_points"]
    exact += row["band2_income_cents"] * row["rate_band2_basis_points"]
    assert abs(row["full_quarter_cents"] * 40_000 - exact) <= 20_000


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(CATEGORIES, INCOMES), min_size=1, max_size=8), QUARTERS)
def test_nobody_changes_the_amount_of_another(people: list[tuple[str, int]], quarter: Quarter) -> None:
    rows = [_row(category, income) for category, income in people]
    together = _assess(rows, quarter)
    alone = [_assess([row], quarter)[0] for row in rows]
    assert together == alone


@settings(max_examples=50, deadline=None)
@given(INCOMES, QUARTERS)
def test_least_incomes_are_respected(income: int, quarter: Quarter) -> None:
    law = quarter_law(quarter=quarter, parameters=PARAMETERS)
    categories = ("main", "primoStarter", "spouseMaxi")
    for row in _assess([_row(category, income) for category in categories], quarter):
        assert row["base_income_cents"] == max(income, law.category(row["category"]).minimum_cents)


@settings(max_examples=50, deadline=None)
@given(INCOMES, QUARTERS)
def test_favourable_categories_never_cost_more_than_the_main_one(income: int, quarter: Quarter) -> None:
    categories = ("main", "complementary", "article37", "student", "pensioner", "primoStarter", "spouseMaxi")
    main, *others = _assess([_row(category, income) for category in categories], quarter)
    assert all(row["contribution_cents"] <= main["contribution_cents"] for row in others)


@settings(max_examples=60, deadline=None)
@given(INCOMES, st.integers(2022, 2026))
def test_revaluation_is_exact(income: int, year: int) -> None:
    quarter = Quarter(year, 1)
    row = _assess([_row("main", income, basis="n-3")], quarter)[0]
    numerator, denominator = row["revaluation_numerator"], row["revaluation_denominator"]
    assert abs(2 * (row["reference_income_cents"] * denominator - income * numerator)) <= denominator
    assert Decimal(numerator) / 100 == PARAMETERS.decimal("contributions.revaluationNumerator", on=quarter.starts_on)
