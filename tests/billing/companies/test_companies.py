"""Which balance sheet counts, which years are owed, who is exempt (L1992 art. 89 to 94)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.billing.companies.rules.companies import (
    ActivePartner,
    BalanceTotal,
    BalanceUnknown,
    ExemptionRefused,
    balance_of_year,
    first_contribution_year,
    starter_years,
)
from shared.law.parameters import Parameters

PARAMETERS = Parameters.load()
OLD = date(2012, 9, 3)


def _total(year_end: str, cents: int | None = 100) -> BalanceTotal:
    return BalanceTotal(financial_year_end=date.fromisoformat(year_end), cents=cents)


@pytest.mark.parametrize(
    ("known", "counts"),
    [
        # Calendar years; on 1 January 2026 the accounts of 2025 are not deposited yet.
        (["2023-12-31", "2024-12-31"], "2024-12-31"),
        # They are known later in the year, and change nothing: 2024 stays the last but one.
        (["2023-12-31", "2024-12-31", "2025-12-31"], "2024-12-31"),
        # Years that end in June.
        (["2023-06-30", "2024-06-30", "2025-06-30"], "2024-06-30"),
        # The financial year was shortened: June 2024, December 2024, December 2025.
        (["2024-06-30", "2024-12-31", "2025-12-31"], "2024-12-31"),
        # Two closed in the year before: the first of them is the last but one.
        (["2024-12-31", "2025-06-30", "2025-12-31"], "2025-06-30"),
        # A financial year that ends after 1 January is not closed.
        (["2024-12-31", "2026-06-30"], "2024-12-31"),
    ],
)
def test_the_last_closed_year_but_one_counts(known: list[str], counts: str) -> None:
    found = balance_of_year(year=2026, founded_on=OLD, totals=[_total(day) for day in reversed(known)])
    assert found is not None
    assert str(found.financial_year_end) == counts


@pytest.mark.parametrize("founded_on", [date(2024, 1, 1), date(2025, 6, 1), date(2026, 2, 1)])
def test_a_young_company_has_none(founded_on: date) -> None:
    assert balance_of_year(year=2026, founded_on=founded_on, totals=[]) is None


def test_an_old_company_without_known_balance_is_not_guessed() -> None:
    with pytest.raises(BalanceUnknown, match="2024"):
        balance_of_year(year=2026, founded_on=date(2023, 12, 31), totals=[_total("2023-12-31")])


def test_no_deposited_accounts_are_an_answer() -> None:
    found = balance_of_year(year=2026, founded_on=OLD, totals=[_total("2024-12-31", None)])
    assert found == BalanceTotal(financial_year_end=date(2024, 12, 31), cents=None)


@pytest.mark.parametrize(
    ("founded_on", "affiliated_on", "year"),
    [
        ("2025-11-24", "2026-02-24", 2025),  # the last day of the three months of art. 89
        ("2025-11-24", "2026-02-25", 2026),  # too late: from another fund, or a person looks at 2025
        ("2012-09-03", "2026-01-02", 2026),
        ("2026-03-01", "2026-03-02", 2026),
    ],
)
def test_the_first_year_owed_here(founded_on: str, affiliated_on: str, year: int) -> None:
    found = first_contribution_year(
        founded_on=date.fromisoformat(founded_on),
        affiliated_on=date.fromisoformat(affiliated_on),
        parameters=PARAMETERS,
    )
    assert found == year


def _starter(**changes: Any) -> tuple[int, ...]:
    facts: dict[str, Any] = {"partnership_form": True, "in_crossroads_bank": True, "partners": [(True, 12)]} | changes
    partners = [ActivePartner(manages=manages, quarters_self_employed=count) for manages, count in facts["partners"]]
    return starter_years(
        founded_on=date(2025, 11, 24),
        partnership_form=facts["partnership_form"],
        in_crossroads_bank=facts["in_crossroads_bank"],
        partners=partners,
        parameters=PARAMETERS,
    )


def test_a_starter_owes_nothing_for_three_years() -> None:
    assert _starter() == (2025, 2026, 2027)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"partnership_form": False}, "legalForm"),
        ({"in_crossroads_bank": False}, "registration"),
        ({"partners": []}, "managers"),
        ({"partners": [(True, 13)]}, "managers"),
        ({"partners": [(True, 12), (True, 13)]}, "managers"),
        ({"partners": [(True, 0), (False, 13), (False, 12)]}, "activePartners"),  # a half is no majority
        ({"partners": [(True, 41)]}, "quarters"),
    ],
)
def test_each_condition_of_a_starter_counts(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(ExemptionRefused) as caught:
        _starter(**changes)
    assert caught.value.rule == rule


def test_most_other_partners_new_is_enough() -> None:
    assert _starter(partners=[(True, 0), (False, 12), (False, 0), (False, 40)]) == (2025, 2026, 2027)
