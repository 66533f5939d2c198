"""Who is in order on a day, and which quarters a certificate of a day speaks of."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.billing.certificates.rules import CertifiedQuarter, Standing, last_certified_quarter
from shared.law.quarter import Quarter

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("certificates.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_who_is_in_order(case: dict[str, Any]) -> None:
    quarters = tuple(
        CertifiedQuarter(
            quarter=Quarter(2026, position), charged=True, due_cents=due, paid_cents=paid, waived_cents=waived
        )
        for position, (due, paid, waived) in enumerate(case["quarters"], start=1)
    )
    standing = Standing(
        day=date(2027, 2, 15),
        file_number=1,
        company=False,
        quarters=quarters,
        not_due_cents=case["not_due"],
        accessories_open_cents=0,
        fines_open_cents=0,
    )
    assert (standing.open_cents, standing.overdue_cents, standing.in_order) == (
        case["open"],
        case["overdue"],
        case["in_order"],
    )


@pytest.mark.parametrize(
    ("day", "quarter"), [("2026-03-31", "2025Q4"), ("2026-04-01", "2026Q1"), ("2027-02-15", "2026Q4")]
)
def test_a_quarter_is_certified_once_it_has_ended(day: str, quarter: str) -> None:
    assert str(last_certified_quarter(on=date.fromisoformat(day))) == quarter
