"""What cannot be assessed: named, and without holding up the others."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from services.billing.assessment.rules import (
    AMOUNT_COLUMNS,
    AssessmentInputInvalid,
    AssessmentRefused,
    assess,
    assess_one,
    fee_rate_millionths,
)
from shared.law.parameters import ParameterMissing, Parameters
from shared.law.quarter import Quarter

PARAMETERS = Parameters.load()
FEE_RATE = Decimal("0.0425")
SCENARIO = Path(__file__).resolve().parents[3] / "samples" / "scenario.yaml"


def _frame(**changes: list[Any]) -> pl.DataFrame:
    columns: dict[str, list[Any]] = {
        "dossier": ["good", "odd"],
        "category": ["main", "main"],
        "income_cents": [3000000, 3000000],
        "income_basis": ["definitive", "definitive"],
    }
    return pl.DataFrame({**columns, **changes})


@pytest.mark.parametrize(
    ("changes", "quarter", "problem"),
    [
        ({"category": ["main", "knight"]}, "2026Q1", "unknown category knight"),
        ({"category": ["main", None]}, "2026Q1", "unknown category (none)"),
        ({"income_basis": ["definitive", "guess"]}, "2026Q1", "unknown income basis guess"),
        ({"income_basis": ["definitive", None]}, "2026Q1", "unknown income basis (none)"),
        ({"income_cents": [3000000, None]}, "2026Q1", "the income is not known (basis definitive)"),
        ({"income_cents": [3000000, 10**12 + 1]}, "2026Q1", "the income is not plausible"),
        ({"income_cents": [3000000, -(10**12) - 1]}, "2026Q1", "the income is not plausible"),
        ({"income_quarters": [4, 5]}, "2026Q1", "income_quarters lies between 1 and 4"),
        ({"income_quarters": [4, 0]}, "2026Q1", "income_quarters lies between 1 and 4"),
        (
            {"income_basis": ["definitive", "n-3"]},
            "2020Q1",
            "parameter contributions.revaluationNumerator has no value on 2020-01-01",
        ),
        (
            {"category": ["main", "primoStarter"]},
            "2018Q1",
            "parameter contributions.base.minimumIncomePrimoStarter has no value on 2018-01-01",
        ),
        (
            {"category": ["main", "beyondPensionAge"], "income_basis": ["definitive", "start"]},
            "2026Q1",
            "parameter contributions.startBaseBeyondPensionAge has no value on 2026-01-01",
        ),
        ({"fee_rate_millionths": [42500, None]}, "2026Q1", "the management fee rate is missing or negative"),
    ],
)
def test_one_refusal_names_its_reason_and_the_rest_goes_on(
    changes: dict[str, list[Any]], quarter: str, problem: str
) -> None:
    result = assess(_frame(**changes), quarter=Quarter.parse(quarter), parameters=PARAMETERS, fee_rate=FEE_RATE)
    good, odd = result.rows(named=True)
    assert good["problem"] is None
    assert good["total_cents"] > 0
    assert odd["problem"].startswith(problem)
    assert all(odd[column] is None for column in AMOUNT_COLUMNS)


def test_one_person_is_refused_by_an_error() -> None:
    with pytest.raises(AssessmentRefused, match="2020-01-01"):
        assess_one(
            category="main",
            income_cents=100,
            income_basis="n-3",
            quarter=Quarter(2020, 1),
            parameters=PARAMETERS,
            fee_rate=FEE_RATE,
        )


def test_a_quarter_without_law_is_refused_whole() -> None:
    with pytest.raises(ParameterMissing) as caught:
        assess(_frame(), quarter=Quarter(2027, 1), parameters=PARAMETERS, fee_rate=FEE_RATE)
    assert "contributions.indexNumerator has no value on 2027-01-01" in str(caught.value)


def test_a_scenario_says_that_its_amounts_are_assumed() -> None:
    scenario = Parameters.load(assumed=SCENARIO)
    row = assess(_frame(), quarter=Quarter(2027, 1), parameters=scenario, fee_rate=FEE_RATE).row(0, named=True)
    assert row["certainty"] == "assumed"


@pytest.mark.parametrize(
    ("frame", "fault"),
    [
        (_frame().drop("income_basis"), "column income_basis is missing"),
        (_frame(income_cents=[1.0, 2.0]), "column income_cents is Float64"),
        (_frame(first_quarter=[1, 0]), "column first_quarter is Int64"),
    ],
)
def test_a_wrong_frame_is_refused(frame: pl.DataFrame, fault: str) -> None:
    with pytest.raises(AssessmentInputInvalid, match=fault):
        assess(frame, quarter=Quarter(2026, 1), parameters=PARAMETERS, fee_rate=FEE_RATE)


def test_a_fee_rate_is_needed_and_checked() -> None:
    with pytest.raises(AssessmentInputInvalid, match="fee rate"):
        assess(_frame(), quarter=Quarter(2026, 1), parameters=PARAMETERS)
    assert fee_rate_millionths(Decimal("0.0425")) == 42500
    for rate in ("-0.01", "1", "4.25", "0.00000001"):
        with pytest.raises(AssessmentInputInvalid):
            fee_rate_millionths(Decimal(rate))


def test_an_empty_frame_gives_an_empty_result() -> None:
    result = assess(_frame().head(0), quarter=Quarter(2026, 1), parameters=PARAMETERS, fee_rate=FEE_RATE)
    assert result.height == 0
    assert "total_cents" in result.columns
