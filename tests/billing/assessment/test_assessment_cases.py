"""Contributions against tables: amounts others published, and every threshold worked out apart from the program."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from services.billing.assessment.rules import assess, assess_one
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

CASES = Path(__file__).parent / "cases"
PARAMETERS = Parameters.load()
FEE_RATE = Decimal("0.0425")


def _cases(name: str, key: str = "cases") -> list[dict[str, Any]]:
    content: dict[str, list[dict[str, Any]]] = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))
    return content[key]


def _cents(text: str) -> int:
    return int(Decimal(text) * 100)


def _name(case: dict[str, Any]) -> str:
    return f"{case.get('category', 'main')}-{case.get('quarter', '')}-{case.get('income', 'start')}"


def _assess(case: dict[str, Any], *, basis: str, fee_rate: Decimal = FEE_RATE) -> dict[str, Any]:
    options = {name: case[name] for name in ("political_mandate", "old_age_opt_out", "income_quarters") if name in case}
    return assess_one(
        category=case.get("category", "main"),
        income_cents=_cents(case["income"]) if "income" in case else None,
        income_basis=basis,
        quarter=Quarter.parse(case["quarter"]),
        parameters=PARAMETERS,
        fee_rate=fee_rate,
        **options,
    )


@pytest.mark.parametrize("case", _cases("published.yaml"), ids=_name)
def test_published_amounts(case: dict[str, Any]) -> None:
    row = _assess(case, basis=case["basis"], fee_rate=Decimal(case["fee_rate"]) / 100)
    assert row["total_cents"] == _cents(case["total"]), case["source"]
    if "contribution" in case:
        assert row["contribution_cents"] == _cents(case["contribution"]), case["source"]


@pytest.mark.parametrize("case", _cases("published.yaml", "incomplete_years"), ids=lambda case: case["annualised"])
def test_published_incomplete_years(case: dict[str, Any]) -> None:
    row = _assess({**case, "quarter": "2025Q1"}, basis="definitive")
    assert row["annualised_income_cents"] == _cents(case["annualised"]), case["source"]


@pytest.mark.parametrize("case", _cases("thresholds.yaml"), ids=_name)
def test_around_every_threshold(case: dict[str, Any]) -> None:
    row = _assess(case, basis="definitive")
    assert row["base_income_cents"] == _cents(case["base"]), case["why"]
    assert row["contribution_cents"] == _cents(case["contribution"]), case["working"]
    assert row["fee_cents"] == _cents(case["fee"]), case["working"]
    assert row["total_cents"] == row["contribution_cents"] + row["fee_cents"]


def test_whole_columns_give_what_one_person_gets() -> None:
    for quarter in sorted({case["quarter"] for case in _cases("thresholds.yaml")}):
        cases = [case for case in _cases("thresholds.yaml") if case["quarter"] == quarter]
        frame = pl.DataFrame(
            {
                "dossier": list(range(len(cases))),
                "category": [case["category"] for case in cases],
                "income_cents": [_cents(case["income"]) for case in cases],
                "income_basis": ["definitive"] * len(cases),
                "political_mandate": [case.get("political_mandate", False) for case in cases],
                "old_age_opt_out": [case.get("old_age_opt_out", False) for case in cases],
            }
        )
        result = assess(frame, quarter=Quarter.parse(quarter), parameters=PARAMETERS, fee_rate=FEE_RATE)
        assert result["dossier"].to_list() == list(range(len(cases)))
        assert result["contribution_cents"].to_list() == [_cents(case["contribution"]) for case in cases]
        assert result["problem"].null_count() == len(cases)


@pytest.mark.parametrize("case", _cases("starts.yaml"), ids=_name)
def test_starting_lump_sums(case: dict[str, Any]) -> None:
    row = _assess(case, basis="start")
    assert row["adjustment"] == "lumpSum"
    assert row["base_income_cents"] == _cents(case["base"])
    assert row["contribution_cents"] == _cents(case["contribution"]), case["working"]


@pytest.mark.parametrize("case", _cases("revaluation.yaml"), ids=_name)
def test_income_of_the_third_year_before(case: dict[str, Any]) -> None:
    row = _assess(case, basis="n-3")
    assert row["annualised_income_cents"] == _cents(case["annualised"])
    assert row["reference_income_cents"] == _cents(case["reference"]), case["working"]
    assert row["contribution_cents"] == _cents(case["contribution"]), case["working"]


def test_definitive_and_estimated_incomes_are_not_revalued() -> None:
    for basis in ("definitive", "estimated"):
        row = _assess({"quarter": "2026Q1", "income": "20000.00"}, basis=basis)
        assert row["reference_income_cents"] == 2000000
        assert row["revaluation_numerator"] is None


@pytest.mark.parametrize(
    ("quarter", "full", "cut", "contribution"),
    [
        # 2022: 7569.70 x 20.5 % / 4 = 387.947; the cut of 100.00 exists since 01-04-2022.
        ("2022Q1", "387.95", "0.00", "387.95"),
        ("2022Q2", "387.95", "100.00", "287.95"),
        # 2026: 8972.07 x 20.5 % / 4 = 459.819; cut 118.52.
        ("2026Q1", "459.82", "118.52", "341.30"),
    ],
)
def test_first_quarter_of_a_primo_starter_is_cut(quarter: str, full: str, cut: str, contribution: str) -> None:
    row = assess_one(
        category="primoStarter",
        income_cents=None,
        income_basis="start",
        quarter=Quarter.parse(quarter),
        parameters=PARAMETERS,
        fee_rate=FEE_RATE,
        first_quarter=True,
    )
    assert row["full_quarter_cents"] == _cents(full)
    assert row["first_quarter_cut_cents"] == _cents(cut)
    assert row["contribution_cents"] == _cents(contribution)


def test_the_cut_is_for_primo_starters_only() -> None:
    row = assess_one(
        category="main",
        income_cents=None,
        income_basis="start",
        quarter=Quarter(2026, 1),
        parameters=PARAMETERS,
        fee_rate=FEE_RATE,
        first_quarter=True,
    )
    assert row["first_quarter_cut_cents"] == 0
