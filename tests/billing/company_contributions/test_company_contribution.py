"""Contributions of companies against published amounts and dates counted by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.billing.company_contributions.rules.contribution import company_contribution, company_interest
from shared.law.parameters import ParameterMissing, Parameters

PARAMETERS = Parameters.load()
CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "company.yaml").read_text(encoding="utf-8")
)


def _cents(text: str) -> int:
    return int(Decimal(text) * 100)


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: f"{case['year']}-{case.get('balance_total')}")
def test_amount_size_and_due_date(case: dict[str, Any]) -> None:
    found = company_contribution(
        year=case["year"],
        balance_total_cents=_cents(case["balance_total"]) if "balance_total" in case else None,
        created_on=case.get("created_on"),
        parameters=PARAMETERS,
    )
    assert found.amount_cents == _cents(case["amount"])
    assert found.size == case["size"]
    assert found.due_on == case["due_on"]


@pytest.mark.parametrize("case", CASES["late"], ids=lambda case: str(case["paid_on"]))
def test_lateness_costs_one_percent_a_month(case: dict[str, Any]) -> None:
    months = company_interest(
        open_cents=_cents(case["open"]), due_on=case["due_on"], paid_on=case["paid_on"], parameters=PARAMETERS
    )
    assert len(months) == case["months"]
    assert sum(month.cents for month in months) == _cents(case["interest"])


def test_nothing_open_costs_nothing() -> None:
    assert not company_interest(
        open_cents=0, due_on=date(2025, 12, 31), paid_on=date(2026, 5, 1), parameters=PARAMETERS
    )


@pytest.mark.parametrize(
    ("year", "balance_total_cents", "name"),
    [
        (2020, 100, "company.balanceTotalLimit"),
        (2019, None, "company.contributionSmall"),
        (2027, None, "company.contributionSmall"),
    ],
)
def test_an_unknown_year_is_refused_by_name(year: int, balance_total_cents: int | None, name: str) -> None:
    with pytest.raises(ParameterMissing) as caught:
        company_contribution(year=year, balance_total_cents=balance_total_cents, created_on=None, parameters=PARAMETERS)
    assert caught.value.name == name
    assert str(year) in str(caught.value)
