"""First and last quarters: a quarter is owed whole, and the quarter of a death is not owed."""

from __future__ import annotations

from datetime import date

import pytest

from services.billing.subjects.rules import ActivityPeriod, category_in, is_subject
from shared.contracts.vocabulary import Category
from shared.law.quarter import Quarter


@pytest.mark.parametrize(
    ("starts_on", "ceased_on", "reason", "quarter", "owed"),
    [
        (date(2026, 3, 31), None, None, "2026Q1", True),
        (date(2026, 4, 1), None, None, "2026Q1", False),
        (date(2020, 1, 1), date(2026, 4, 1), "cessation", "2026Q2", True),
        (date(2020, 1, 1), date(2026, 3, 31), "cessation", "2026Q2", False),
        (date(2020, 1, 1), date(2026, 6, 30), "bankruptcy", "2026Q2", True),
        (date(2020, 1, 1), date(2026, 6, 30), "death", "2026Q2", False),
        (date(2020, 1, 1), date(2026, 6, 30), "death", "2026Q1", True),
        (date(2020, 1, 1), date(2026, 4, 1), "pension", "2026Q2", False),
        (date(2020, 1, 1), date(2026, 6, 30), "pension", "2026Q2", False),
        (date(2020, 1, 1), date(2026, 6, 30), "pension", "2026Q1", True),
        (date(2026, 2, 1), date(2026, 2, 2), "cessation", "2026Q1", True),
    ],
)
def test_quarters_that_are_owed(
    starts_on: date, ceased_on: date | None, reason: str | None, quarter: str, owed: bool
) -> None:
    period = ActivityPeriod(starts_on=starts_on, ceased_on=ceased_on, cessation_reason=reason, first_activity=True)
    assert is_subject(period=period, quarter=Quarter.parse(quarter)) is owed


def test_a_category_applies_from_its_quarter_until_the_next_one() -> None:
    categories = [(date(2025, 11, 12), Category.PRIMO_STARTER), (date(2026, 10, 1), Category.MAIN)]
    found = [
        category_in(categories=categories, quarter=Quarter.parse(q)) for q in ("2025Q3", "2025Q4", "2026Q3", "2026Q4")
    ]
    assert found == [None, Category.PRIMO_STARTER, Category.PRIMO_STARTER, Category.MAIN]
